//! What end-to-end tests stand on: the real program on a free port, real Git repositories, a real browser.
//!
//! Rule: nothing here knows how the program works inside; it starts it, asks it, and stops it, as users do. What was
//! started is stopped when its handle is dropped.

mod background;
mod bare;
mod browser;
mod client;
pub mod fakes;
mod git;
pub mod load;
mod plugins;
mod portal;
mod real;
mod relay;
mod table;
mod wait;
mod web;

pub use background::Background;
pub use bare::{Bare, bare};
pub use browser::Browser;
pub use client::{Seen, client};
pub use git::Repository;
pub use plugins::{changed_plugin, packed_plugin, plugin_command, taken_apart, test_plugin};
pub use portal::{Answer, Portal, PortalBuilder, program};
pub use real::Real;
pub use relay::Relay;
pub use table::Table;
pub use wait::until;
pub use web::Web;
