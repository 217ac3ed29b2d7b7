//! Hosts the plugins: manifests, grants, capabilities, limits, runs.

pub mod egress;
pub mod repositories;
