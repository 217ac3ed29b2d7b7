//! Reads descriptors out of files, wherever a plugin has the files from.
//!
//! Reading the files of one scope is `reader`, with `location`, `placeholder`, `skeleton` and `annotate` for what documents
//! hold. Going through all scopes of a run is `sync`. They work on traits: a [`Tree`] holds the files, a [`Site`] says how
//! they are addressed, and a [`Portal`] takes what was read.
//!
//! Rule: what is said of an address, and what to do about one that is not read, is the plugin's word, since it knows its
//! settings and its grants. Nothing here knows where files come from.

mod annotate;
mod host;
mod location;
pub mod paths;
mod placeholder;
mod portal;
mod reader;
mod root;
mod site;
mod skeleton;
mod sync;
pub mod testing;
mod tree;

pub use host::Host;
pub use portal::{Collector, Portal, Session, Submission, Submitted};
pub use reader::{Outline, Reading, Sink, read, read_files};
pub use root::Root;
pub use site::{Links, Site, Target};
pub use sync::{Done, DoneIn, Noun, run};
pub use tree::Tree;
