//! The guests that follow a server and that reach for what is outside, as packages; they are where the hostile one is.

use std::path::PathBuf;
use std::sync::OnceLock;

use portico_manifest::pack;

use super::package::built;

/// The package of the guest that follows a server.
pub(crate) fn follower() -> Vec<u8> {
    static PACKAGE: OnceLock<Vec<u8>> = OnceLock::new();
    PACKAGE.get_or_init(|| package("follower")).clone()
}

/// The package of the guest that reaches for the machine and for servers that mean ill.
pub(crate) fn outsider() -> Vec<u8> {
    static PACKAGE: OnceLock<Vec<u8>> = OnceLock::new();
    PACKAGE.get_or_init(|| package("outsider")).clone()
}

fn package(name: &str) -> Vec<u8> {
    match std::env::var_os("PORTICO_TEST_PLUGINS") {
        Some(folder) => std::fs::read(PathBuf::from(folder).join(format!("{name}.wasm"))).unwrap(),
        None => {
            let (component, manifest) = built(name);
            pack(&component, &manifest).unwrap()
        }
    }
}
