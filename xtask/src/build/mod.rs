//! Building everything that the program carries, then the program.
//!
//! Rule: cargo knows what has changed in code; what is made of its output is made again only when that differs.

mod client;
mod plugin;

use std::fs;
use std::path::Path;

pub(crate) use client::FIRST;

use crate::process::{cargo, run};
use crate::setup;
use crate::toolchain::WasmCompiler;
use crate::workspace::Workspace;

/// First-party plugins: the crate, and the name of its package.
const PLUGINS: &[(&str, &str)] = &[
    ("portico-plugin-backstage", "backstage"),
    ("portico-plugin-forges", "forges"),
    ("portico-plugin-git", "git"),
    ("portico-plugin-kubernetes", "kubernetes"),
    ("portico-plugin-locations", "locations"),
    ("portico-plugin-pagerduty", "pagerduty"),
    ("portico-plugin-scaffolder", "scaffolder"),
];

/// Plugins that only tests use, by their folders below `tests`.
const TEST_PLUGINS: [&str; 3] = ["hostile", "follower", "outsider"];

/// The evaluator of expressions, which the host runs in a sandbox.
const EXPRESSIONS: &str = "portico-expressions";

/// Builds the front end's client, the plugins, and the program with both inside.
pub(crate) fn all(workspace: &Workspace) -> Result<(), String> {
    let compiler = setup::target()?;
    parts(workspace, &compiler)?;
    run(cargo().args(["build", "--release", "--package", "portico"]).env("PORTICO_ASSETS", workspace.assets()))
}

/// Builds what the program carries.
pub(crate) fn parts(workspace: &Workspace, compiler: &WasmCompiler) -> Result<(), String> {
    client::build(workspace, compiler)?;
    let packages: Vec<&str> = PLUGINS.iter().map(|(package, _)| *package).chain([EXPRESSIONS]).collect();
    plugin::compile(compiler, &packages)?;
    for (package, name) in PLUGINS {
        let manifest = workspace.root.join("plugins").join(name).join("manifest.yaml");
        plugin::pack(workspace, package, &manifest, &workspace.assets().join("plugins").join(format!("{name}.wasm")))?;
    }
    let evaluator = plugin::component(workspace, EXPRESSIONS)?;
    write(&workspace.assets().join("expressions").join("evaluator.wasm"), &evaluator)?;
    Ok(())
}

/// Builds the plugins that only tests use.
pub(crate) fn test_plugins(workspace: &Workspace, compiler: &WasmCompiler) -> Result<(), String> {
    let packages = TEST_PLUGINS.map(|name| format!("portico-plugin-{name}"));
    plugin::compile(compiler, &packages.each_ref().map(String::as_str))?;
    for (name, package) in TEST_PLUGINS.into_iter().zip(&packages) {
        let manifest = workspace.root.join("tests").join(name).join("manifest.yaml");
        plugin::pack(workspace, package, &manifest, &workspace.test_plugins().join(format!("{name}.wasm")))?;
    }
    Ok(())
}

/// Writes a file unless it holds these bytes already, so that what is built of it is not built again. Says whether it wrote.
fn write(file: &Path, bytes: &[u8]) -> Result<bool, String> {
    if fs::read(file).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("{} could not be made: {error}", folder.display()))?;
    }
    fs::write(file, bytes).map_err(|error| format!("{} could not be written: {error}", file.display()))?;
    Ok(true)
}

/// Reads a file that a step before has made.
fn read(file: &Path) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|error| format!("{} could not be read: {error}", file.display()))
}
