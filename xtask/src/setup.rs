//! Setting up the WebAssembly target: the first way that works, once.

use std::path::Path;
use std::process::Command;

use crate::process::{exists, output, run};
use crate::toolchain::{DEBIAN_CLIPPY, DEBIAN_RUSTC, DEBIAN_SOURCES, TARGET, WasmCompiler};

/// Debian's compiler for the web, with its sources to build the standard library from, and its clippy.
const DEBIAN: [&str; 4] = ["rustc-web", "rust-web-src", "rust-web-clippy", "cargo-web"];

/// A compiler for the target; set up, if there is none.
pub(crate) fn target() -> Result<WasmCompiler, String> {
    if let Some(compiler) = WasmCompiler::find() {
        return Ok(compiler);
    }
    eprintln!("xtask: the target {TARGET} is not installed; asking rustup for it");
    let added = exists("rustup") && run(Command::new("rustup").args(["target", "add", TARGET])).is_ok();
    if let Some(compiler) = WasmCompiler::find().filter(|_| added) {
        return Ok(compiler);
    }
    eprintln!(
        "xtask: rustup cannot provide it; taking Debian's compiler and building the target's standard library once"
    );
    if ![DEBIAN_RUSTC, DEBIAN_CLIPPY, DEBIAN_SOURCES].iter().all(|path| Path::new(path).exists()) {
        install(&DEBIAN).map_err(|error| format!("{error}. {REMEDY}"))?;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("wasm-std.sh");
    run(Command::new("bash").arg(script).arg(TARGET)).map_err(|error| format!("{error}. {REMEDY}"))?;
    WasmCompiler::find()
        .ok_or_else(|| format!("the standard library was built, but {DEBIAN_RUSTC} does not find it. {REMEDY}"))
}

const REMEDY: &str = "Install the target with `rustup target add wasm32-unknown-unknown`, then try again";

/// Installs Debian packages, as root or through sudo.
pub(crate) fn install(packages: &[&str]) -> Result<(), String> {
    if !exists("apt-get") {
        return Err(format!("this machine has no apt-get to install {} with", packages.join(", ")));
    }
    let apt = |arguments: &[&str]| {
        let root = output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
        let mut command = if root { Command::new("apt-get") } else { Command::new("sudo") };
        if !root {
            command.args(["-n", "apt-get"]);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("-q").args(arguments);
        command
    };
    let install: Vec<&str> =
        ["install", "-y", "--no-install-recommends"].into_iter().chain(packages.iter().copied()).collect();
    // A fresh machine knows no packages yet; one that does is spared the wait.
    if run(&mut apt(&install)).is_ok() {
        return Ok(());
    }
    run(&mut apt(&["update"]))?;
    run(&mut apt(&install))
}
