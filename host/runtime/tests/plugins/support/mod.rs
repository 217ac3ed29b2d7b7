//! What the tests stand on: packages made of the hostile guest, and a portal to put them into.

mod package;
mod portal;

pub(crate) use package::{Changes, follower, hostile};
pub(crate) use portal::{Portal, Setup, catalog, eventually};
