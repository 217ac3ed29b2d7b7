//! Plugins that only tests use.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use portico_manifest::{MANIFEST_SECTION, pack};

use crate::program;

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

/// The packed first-party plugin of this name, from the folder that `PORTICO_PLUGINS` names, else where `cargo xtask` puts it.
///
/// # Panics
///
/// If it was not built.
#[must_use]
pub fn packed_plugin(name: &str) -> Vec<u8> {
    let folder = std::env::var_os("PORTICO_PLUGINS").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/portico/plugins"));
    let file = folder.join(format!("{name}.wasm"));
    fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask build` makes it", file.display()))
}

/// A packed plugin taken apart: the component, and its manifest, which is the last section.
///
/// # Panics
///
/// If it is no packed plugin.
#[must_use]
pub fn taken_apart(packed: &[u8]) -> (&[u8], &str) {
    let name = MANIFEST_SECTION.as_bytes();
    let at = packed.windows(name.len()).rposition(|window| window == name).expect("a manifest");
    // An id, a length, and the name with its own length stand before it.
    let body = packed.len() - (at - 1);
    let length = (body.ilog2() / 7 + 1) as usize;
    let text = std::str::from_utf8(&packed[at + name.len()..]).expect("text");
    (&packed[..at - 2 - length], text)
}

/// The plugin of this name with another manifest.
///
/// # Panics
///
/// If the manifest cannot be used.
#[must_use]
pub fn changed_plugin(name: &str, change: impl FnOnce(&str) -> String) -> Vec<u8> {
    let packed = test_plugin(name);
    let (component, manifest) = taken_apart(&packed);
    pack(component, &change(manifest)).expect("a manifest that can be used")
}

/// Runs `portico plugin` in a folder. Whether it succeeded, and what it said.
///
/// # Panics
///
/// If it does not start.
#[must_use]
pub fn plugin_command(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program()).arg("plugin").args(arguments).current_dir(folder).output();
    let output = output.expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}
