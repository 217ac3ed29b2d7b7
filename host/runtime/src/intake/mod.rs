//! What comes in from outside: requests to the routes of plugins, and objects that are sent to the portal itself.
//!
//! The way of a request: its address is found (`route`, `ingested`), and what its head proves is checked before its body is read, for which
//! there has to be room (`admission`); then its signature, that it came for the first time (`delivery`), and how many came (`gate`); only
//! then somebody reads it.
//!
//! Rule: what nobody vouches for is not read, and what is wrong with a request is not said to its sender in more words than it needs.

mod admission;
mod delivery;
mod gate;
mod ingested;
mod left;
mod route;
mod turned_away;

pub(crate) use admission::Rooms;
pub use admission::{Address, Admitted};
pub(crate) use delivery::Deliveries;
pub use gate::{Gate, Head, IntakeError};
pub(crate) use ingested::Ingest;
pub use ingested::{IngestGate, IngestScope};
pub(crate) use left::forget_left;
pub(crate) use route::gates;
pub use route::{RouteAnswer, RouteGate};
pub use turned_away::TurnedAway;
