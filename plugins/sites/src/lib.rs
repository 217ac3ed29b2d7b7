//! How files of Git repositories are addressed, for plugins that read descriptors in repositories.
//!
//! What the pages of a forge are called is `forge`, what becomes of an address that stands in a descriptor is `addresses`, and which files
//! of a repository are descriptors is `patterns`.
//!
//! Rule: nothing here reads a repository, or knows why one is read. That is the plugin's.

mod addresses;
mod forge;
mod patterns;

pub use addresses::{Addresses, Neighbour, Neighbours};
pub use forge::{Forge, Inside, Reference, Site, repository_of};
pub use patterns::Patterns;
