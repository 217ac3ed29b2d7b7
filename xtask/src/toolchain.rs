//! Which compiler makes WebAssembly: the one on the path if it has the target's standard library, else Debian's.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::output;

/// The one target that the front end and the plugins are built for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Where Debian installs its compiler.
pub(crate) const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// A compiler that has the target's standard library.
pub(crate) struct WasmCompiler(PathBuf);

impl WasmCompiler {
    pub(crate) fn find() -> Option<WasmCompiler> {
        ["rustc", DEBIAN_RUSTC].into_iter().map(PathBuf::from).find(|rustc| has_target(rustc)).map(WasmCompiler)
    }

    /// A cargo command that uses it. What the surroundings say about compilers and flags is meant for the host.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = crate::process::cargo();
        cargo.env("RUSTC", &self.0).env_remove("RUSTFLAGS").env_remove("RUSTC_WRAPPER");
        cargo
    }

    /// A cargo command that checks with clippy of the same version, if that is there.
    pub(crate) fn clippy(&self) -> Option<Command> {
        let mut cargo = self.cargo();
        if self.0 != Path::new(DEBIAN_RUSTC) {
            cargo.arg("clippy");
            return Some(cargo);
        }
        // Cargo's own clippy takes the driver beside itself, which is of another version than this compiler.
        let driver = Path::new("/usr/bin/clippy-driver");
        cargo.env("RUSTC_WORKSPACE_WRAPPER", driver).arg("check");
        driver.exists().then_some(cargo)
    }
}

fn has_target(rustc: &Path) -> bool {
    let folder = output(Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]));
    let Ok(entries) = folder.map(|folder| std::fs::read_dir(folder.trim())) else { return false };
    let core = |name: &str| name.starts_with("libcore-") && name.ends_with(".rlib");
    entries.is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(core)))
}
