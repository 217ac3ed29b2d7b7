//! Brings what runs in Kubernetes clusters into the catalog, and notes on components how it runs.
//!
//! The way of a cluster: `api` asks its server and `list` reads whole lists of it; what they name is read by `objects` into trimmed
//! pieces, of which `model` is all that is known of a cluster at one time, whether lists said it or a `watch`. `entities` says by the
//! catalog's annotations and by labels whom a workload belongs to, and `view` is what comes out of both: a `part` of facts for each
//! entity, and an object for each workload. `cluster` commits that as a scope, and `sums` adds the parts of all clusters up in a scope
//! of its own. `sync` does that every few minutes, and `follow` whenever something changes, in a cluster or, as `subscriber` says, in the
//! catalog. `checks` looks at what all of this needs,
//! and `card` shows it.
//!
//! Rule: a cluster is only ever read. What changes something, a restart and another number of replicas, is behind a setting and a
//! grant of its own. Secrets are never asked for.

mod actions;
mod api;
#[cfg(test)]
mod asked;
mod card;
mod checks;
mod cluster;
mod entities;
mod follow;
mod image;
mod list;
mod model;
mod objects;
mod part;
mod quantity;
mod reading;
mod selector;
mod settings;
mod sort;
mod subscriber;
mod sums;
mod sync;
#[cfg(test)]
mod testing;
mod time;
mod view;
mod watch;

portico_sdk::plugin! {
    ingestion: sync::run,
    cards: card::Runtime,
    subscriber: subscriber::handle,
    checks: checks::run,
    watcher: follow::run,
}
