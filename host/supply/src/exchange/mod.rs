//! Exchanges with servers: bounded in time, in size and in where they lead.
//!
//! Written over the workspace's own hyper and rustls. The crate of the field, `oci-client` 0.18, was weighed: it brings 17
//! crates that the tree has not (reqwest, hyper-rustls, oci-spec, chrono and two generations of derive macros among them)
//! and second versions of sha2 and digest, its redirects cannot be bounded or kept encrypted, and its HTTP client takes
//! proxies from the environment. A registry needs six requests, which are in `oci`.
//!
//! Rule: one connection for one exchange, over by the deadline. So nothing, neither a credential nor a session, is left
//! over for the next.

mod client;
mod connect;
pub(crate) mod tls;

pub(crate) use client::{Answer, Ask, Client};
pub(crate) use connect::plain;
