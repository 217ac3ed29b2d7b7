//! Exchanges with servers: bounded in time, in size and in where they lead.
//!
//! Written over the workspace's own hyper and rustls. The crate of the field, `oci-client` 0.18, was weighed: besides
//! itself it brings 17 crates that the tree has not (reqwest, hyper-rustls, oci-spec, chrono and derive_builder among them)
//! and second versions of sha2 and digest; how far it follows redirects, and whether away from encryption, cannot be said;
//! and its HTTP client takes proxies from the environment. A registry needs six requests, which are in `oci`.
//!
//! Rule: one connection for one exchange, over by the deadline. So nothing, neither a credential nor a session, is left
//! over for the next.

mod client;
mod connect;
pub(crate) mod tls;

pub use client::exchange;
pub(crate) use client::{Answer, Ask, Client};
pub(crate) use connect::plain;
