//! Takes over what other portals hold, Backstages and other Porticos, and follows them: for moving house, and for one catalog of several.
//!
//! The way of a portal: `api` asks it, and `list` reads its entities page by page. `moved` makes of each what it is here, with namespaces
//! as `namespaces` maps them, references rewritten by `references`, and where it came from in annotations; `chain` is the list of portals
//! that it passed, by which circles are found, and `returned` finds what came from here before this portal had a name. `reading` commits
//! that as a scope, whole or not at all, once `tally` says that nothing is missing; `cursor` says where it stands, so that little is
//! asked while nothing changes, and `follow` does so with another Portico's own log of changes. `zero` doubts a
//! portal that has nothing any more. `sync` reads each portal. `instance` is
//! what this portal is called among portals, and `checks` looks at what all of this needs.
//!
//! Rule: other portals are only ever read.

mod api;
#[cfg(test)]
mod asked;
mod chain;
mod checks;
mod cursor;
mod follow;
mod instance;
mod list;
mod moved;
mod namespaces;
mod reading;
mod references;
mod returned;
mod settings;
mod sync;
mod tally;
#[cfg(test)]
mod testing;
mod zero;

portico_sdk::plugin! { ingestion: sync::run, routes: instance::handle, checks: checks::run }
