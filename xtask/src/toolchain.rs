//! Which compiler makes WebAssembly: the one on the path if it has the target's standard library, else Debian's.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{self, output};

/// The one target that the front end and the plugins are built for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Where Debian installs its compiler.
pub(crate) const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// Where Debian installs its lints.
pub(crate) const DEBIAN_CLIPPY: &str = "/usr/bin/cargo-clippy";

/// Where Debian's compiler finds its library's sources.
pub(crate) const DEBIAN_SOURCES: &str = "/usr/lib/rustlib/src/rust/library";

/// A compiler that has the target's standard library.
pub(crate) struct WasmCompiler(PathBuf);

impl WasmCompiler {
    pub(crate) fn find() -> Option<WasmCompiler> {
        ["rustc", DEBIAN_RUSTC].into_iter().map(PathBuf::from).find(|rustc| has_target(rustc)).map(WasmCompiler)
    }

    /// The compiler.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A cargo command that uses it. What the surroundings say about compilers and flags is meant for the host.
    pub(crate) fn cargo(&self) -> Command {
        self.command(&process::cargo_path())
    }

    /// `cargo clippy` of the same version. Cargo takes the `clippy-driver` that lies beside its `cargo-clippy`, so Debian's
    /// compiler goes with Debian's `cargo-clippy`.
    pub(crate) fn clippy(&self) -> Result<Command, String> {
        let debian = self.0 == Path::new(DEBIAN_RUSTC);
        if debian && !Path::new(DEBIAN_CLIPPY).exists() {
            return Err(format!("{DEBIAN_CLIPPY} is missing; install it with `apt-get install rust-web-clippy`"));
        }
        let mut command = if debian { self.command(Path::new(DEBIAN_CLIPPY)) } else { self.cargo() };
        command.arg("clippy");
        Ok(command)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("RUSTC", &self.0).env_remove("RUSTFLAGS").env_remove("RUSTC_WRAPPER");
        command
    }
}

fn has_target(rustc: &Path) -> bool {
    let folder = output(Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]));
    let Ok(folder) = folder.map(|folder| PathBuf::from(folder.trim())) else { return false };
    let Ok(entries) = std::fs::read_dir(&folder) else { return false };
    let core = |name: &str| name.starts_with("libcore-") && name.ends_with(".rlib");
    let there = entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(core));
    there && fits(rustc, &folder)
}

/// A library that was built for another version of the compiler, before an upgrade, is none.
fn fits(rustc: &Path, folder: &Path) -> bool {
    let Ok(built_for) = std::fs::read_to_string(folder.join(".commit")) else { return true };
    output(Command::new(rustc).arg("-vV")).is_ok_and(|version| version.contains(built_for.trim()))
}
