//! A plugin: compiled, made a component, packed with its manifest.

use std::path::Path;

use wit_component::ComponentEncoder;

use super::{read, write};
use crate::process::run;
use crate::toolchain::{TARGET, WasmCompiler};
use crate::workspace::Workspace;

/// Plugins read as much as there is, so they are made fast, where the client is made small.
const PROFILE: &str = "plugin-release";

pub(crate) fn build(
    workspace: &Workspace,
    compiler: &WasmCompiler,
    package: &str,
    manifest: &Path,
    output: &Path,
) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("{package} could not be packed: {error}");
    let component = component(workspace, compiler, package)?;
    let manifest = String::from_utf8(read(manifest)?).map_err(|error| failed(&error))?;
    let packed = portico_manifest::pack(&component, &manifest).map_err(|error| failed(&error))?;
    if write(output, &packed)? {
        eprintln!("xtask: {package} is packed, {} kB", packed.len() / 1000);
    }
    Ok(())
}

/// Compiles a crate and makes a component of it.
pub(crate) fn component(workspace: &Workspace, compiler: &WasmCompiler, package: &str) -> Result<Vec<u8>, String> {
    run(compiler.cargo().args(["build", "--lib", "--package", package, "--profile", PROFILE, "--target", TARGET]))?;
    let module = workspace.target.join(TARGET).join(PROFILE).join(format!("{}.wasm", package.replace('-', "_")));
    let failed = |error: &dyn std::fmt::Display| format!("{package} could not be made a component: {error}");
    ComponentEncoder::default()
        .module(&read(&module)?)
        .and_then(|encoder| encoder.validate(true).encode())
        .map_err(|error| failed(&format!("{error:#}")))
}
