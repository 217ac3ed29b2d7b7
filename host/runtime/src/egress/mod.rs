//! The only way out of the process for what plugins ask: policy, addresses, credentials, limits.
//!
//! In this order: the URL is parsed once and checked against the plugin's rights (`policy`), the name is resolved once
//! and its addresses are judged (`address`), exactly these are connected to (`connect`, by one of so many `connections`), a credential is
//! added (`credential`; where an App makes it, by `github_app`), and the answer is bounded in time and size (`client`). `send` is all of it
//! in the terms of the contract's `http` interface; Git goes through `client` as well. A `recording` stands between: it writes exchanges
//! down, or has them answered by a `replay` in the place of a server.
//!
//! Rule: nothing else in this crate opens a connection.

mod app_tokens;
mod carry;
mod client;
mod connect;
mod connections;
pub(crate) mod credential;
mod error;
mod github_app;
mod policy;
mod recorded;
mod recording;
mod replay;
mod resolve;
mod send;
mod tls;
mod traffic;
mod trust;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use client::{Answer, Body, Bounds, Client, Network};
pub(crate) use error::{Class, EgressError, size};
pub(crate) use policy::Target;
pub use recording::{Tape, TapeError};
pub(crate) use send::{Going, Request};
pub(crate) use traffic::Traffic;

#[cfg(test)]
pub(crate) use {error::Phase, resolve::Resolver, send::Response};
