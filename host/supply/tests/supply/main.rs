//! The crate as its users see it: references, fetching, pushing, signatures. Everything runs on loopback.

mod bundles;
mod downloads;
mod files;
mod hostile;
mod keys;
mod pulls;
mod pushes;
mod redirects;
mod references;
mod registry;
mod sentences;
mod signatures;
mod support;
mod vouching;
