//! A plugin: compiled, made a component, packed with its manifest.

use std::path::Path;

use wit_component::ComponentEncoder;

use super::{read, write};
use crate::process::run;
use crate::toolchain::{TARGET, WasmCompiler};
use crate::workspace::Workspace;

/// Plugins read as much as there is, so they are made fast, where the client is made small.
const PROFILE: &str = "plugin-release";

/// Compiles crates, all in one: linking each keeps one processor busy for a while, and has others to share it with.
pub(crate) fn compile(compiler: &WasmCompiler, packages: &[&str]) -> Result<(), String> {
    let mut command = compiler.cargo();
    command.args(["build", "--lib", "--profile", PROFILE, "--target", TARGET]);
    for package in packages {
        command.args(["--package", package]);
    }
    run(&mut command)
}

/// Packs a plugin that was compiled.
pub(crate) fn pack(workspace: &Workspace, package: &str, manifest: &Path, output: &Path) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("{package} could not be packed: {error}");
    let component = component(workspace, package)?;
    let manifest = String::from_utf8(read(manifest)?).map_err(|error| failed(&error))?;
    let packed = portico_manifest::pack(&component, &manifest).map_err(|error| failed(&error))?;
    if write(output, &packed)? {
        eprintln!("xtask: {package} is packed, {} kB", packed.len() / 1000);
    }
    Ok(())
}

/// Makes a component of a crate that was compiled.
pub(crate) fn component(workspace: &Workspace, package: &str) -> Result<Vec<u8>, String> {
    let module = workspace.target.join(TARGET).join(PROFILE).join(format!("{}.wasm", package.replace('-', "_")));
    let failed = |error: &dyn std::fmt::Display| format!("{package} could not be made a component: {error}");
    ComponentEncoder::default()
        .module(&read(&module)?)
        .and_then(|encoder| encoder.validate(true).encode())
        .map_err(|error| failed(&format!("{error:#}")))
}
