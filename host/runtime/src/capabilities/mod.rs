//! What plugins can ask of the portal, one interface of the contract a file.
//!
//! Rules: whatever a guest hands over is hostile until it was checked; what is not granted, or over a limit, is an answer
//! and never a trap; work that blocks leaves the async threads.

pub(crate) mod books;
mod catalog;
mod clock;
mod files;
mod filesystem;
pub(crate) mod handed;
mod http;
pub(crate) mod ingest;
mod locations;
mod objects;
pub(crate) mod repositories;
mod run;
pub(crate) mod session;
mod settings;
mod state;
pub(crate) mod streams;
pub(crate) mod submission;
mod workspace;

use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

use crate::bindings;
use crate::guest::Guest;

/// A linker with everything that plugins may import.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    // Guests of many languages import all of WASI without using it; the context behind it is empty.
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    filesystem::add_to_linker(&mut linker)?;
    bindings::Host_::add_to_linker::<_, HasSelf<Guest>>(&mut linker, |guest| guest)?;
    Ok(linker)
}

/// The vocabulary has no functions.
impl crate::bindings::portico::plugin::types::Host for Guest {}
