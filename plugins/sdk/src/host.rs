//! The portal, as the SDK's modules call it.
//!
//! Rule: in a plugin these are the functions of the contract and nothing else; on other targets, where there is no portal, the test
//! double of [`crate::testing`] stands in their place, with the same names and types.

#[cfg(target_arch = "wasm32")]
pub(crate) use crate::bindings::portico::plugin::{
    catalog, clock, files, http, ingest, locations, repositories, run, settings, state, streams, workspace,
};

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use crate::testing::contract::{
    catalog, clock, files, http, ingest, locations, repositories, run, settings, state, streams, workspace,
};

/// The folders that an action has.
#[cfg(target_arch = "wasm32")]
pub(crate) use crate::workspace::wasi as disk;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use crate::testing::disk;
