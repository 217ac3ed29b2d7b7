//! What the tests stand on: packages made of the hostile guest, and a portal to put them into.

mod attacks;
mod guests;
mod package;
mod portal;
mod task;

pub(crate) use attacks::attacks;
pub(crate) use guests::{follower, outsider};
pub(crate) use package::{Changes, hostile};
pub(crate) use portal::{Portal, Setup, catalog, eventually};
pub(crate) use task::Task;
