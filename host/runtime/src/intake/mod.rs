//! What comes in from outside: requests to the routes of plugins, and objects that are sent to the portal itself.
//!
//! The way of a request: its rule is found before its body is read (`gate`), size and rate are counted, the signature is checked, a
//! delivery that came before is turned away; only then somebody reads it (`route`).
//!
//! Rule: what nobody vouches for is not read, and what is wrong with a request is not said to its sender in more words than it needs.

mod gate;
mod ingested;
mod route;

pub(crate) use gate::Gate;
pub use gate::{Arrived, IntakeError};
pub(crate) use ingested::Ingest;
pub use ingested::IngestScope;
pub(crate) use route::gates;
pub use route::{RouteAnswer, RouteGate};
