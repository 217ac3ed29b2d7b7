//! Where things are.

use std::env;
use std::path::{Path, PathBuf};

/// The checkout and its build folder.
pub(crate) struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
}

impl Workspace {
    pub(crate) fn find() -> Workspace {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_owned);
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Workspace { root, target }
    }

    /// What is built for the program to carry: `site/` and `plugins/`.
    pub(crate) fn assets(&self) -> PathBuf {
        self.target.join("portico")
    }

    /// Plugins that only tests use.
    pub(crate) fn test_plugins(&self) -> PathBuf {
        self.target.join("portico-test-plugins")
    }

    /// The program.
    pub(crate) fn program(&self) -> PathBuf {
        self.target.join("release").join("portico")
    }
}
