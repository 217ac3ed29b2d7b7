//! Writes a Portico plugin in a page of Rust.
//!
//! A plugin is a function that brings data in, and one line that makes a plugin of it:
//!
//! ```
//! use portico_sdk::{Origin, Result, Session, info, settings};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Settings {
//!     team: String,
//! }
//!
//! fn sync() -> Result<()> {
//!     let settings: Settings = settings::read()?;
//!     let mut session = Session::full("teams")?;
//!     let group = serde_json::json!({
//!         "apiVersion": "backstage.io/v1alpha1",
//!         "kind": "Group",
//!         "metadata": { "name": settings.team },
//!         "spec": { "type": "team", "children": [] },
//!     });
//!     session.put(&group, Origin::file("settings"))?;
//!     let summary = session.commit(None)?;
//!     info!("{} groups are new", summary.added);
//!     Ok(())
//! }
//!
//! portico_sdk::plugin!(sync);
//! ```
//!
//! It is built for `wasm32-unknown-unknown`, made a component, and packed with its `manifest.yaml`. It needs no WASI but
//! for the files of a task (see [`workspace`]): what it may do is what the contract's interfaces offer and the operator granted.
//!
//! A plugin may offer more than that: cards, code for its kinds, a subscription, an address, the steps of templates. [`plugin!`] names what stands behind each.
//!
//! On other targets everything compiles, so that a plugin is tested where it is written: [`testing`](crate::testing) has a portal in
//! memory for its calls.

pub mod actions;
#[doc(hidden)]
pub mod bindings;
pub mod cards;
pub mod catalog;
pub mod checks;
pub mod clock;
pub mod descriptor;
pub mod doubt;
pub mod entity;
pub mod files;
pub mod http;
pub mod kinds;
pub mod locations;
pub mod repositories;
pub mod routes;
pub mod run;
pub mod settings;
pub mod standing;
pub mod state;
pub mod subscriber;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
pub mod workspace;

mod error;
mod host;
mod ingest;
mod plugin;
mod reference;

pub use entity::Entity;
pub use error::{Error, Result};
pub use ingest::{
    Cause, Mode, Origin, Problem, Put, Rejection, Session, Submission, Summary, Violation, check, current, cursor,
    read_soon, retain, unreadable,
};
pub use portico_model as model;

#[doc(hidden)]
pub use plugin::enter;

/// The guide, whose Rust is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/plugins.md")]
struct Guide;
