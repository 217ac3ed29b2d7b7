//! The guest that follows a server, as a package; it is where the hostile one is.

use std::path::PathBuf;
use std::sync::OnceLock;

use portico_manifest::pack;

use super::package::built;

/// The package of the guest that follows a server.
pub(crate) fn follower() -> Vec<u8> {
    static PACKAGE: OnceLock<Vec<u8>> = OnceLock::new();
    let package = PACKAGE.get_or_init(|| match std::env::var_os("PORTICO_TEST_PLUGINS") {
        Some(folder) => std::fs::read(PathBuf::from(folder).join("follower.wasm")).unwrap(),
        None => {
            let (component, manifest) = built("follower");
            pack(&component, &manifest).unwrap()
        }
    });
    package.clone()
}
