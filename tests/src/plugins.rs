//! Plugins that only tests use.

use std::fs;
use std::path::{Path, PathBuf};

/// The packed plugin of this name, from the folder that `PORTICO_TEST_PLUGINS` names, else where `cargo xtask` puts it.
///
/// # Panics
///
/// If it was not built.
#[must_use]
pub fn test_plugin(name: &str) -> Vec<u8> {
    let folder = std::env::var_os("PORTICO_TEST_PLUGINS").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/portico-test-plugins"));
    let file = folder.join(format!("{name}.wasm"));
    fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask test` builds it first", file.display()))
}
