//! Tests, conformance, pictures: everything that runs the code, save its figures (`bench`).
//!
//! Rule: in the release profile, the one that ships, and in groups that resolve to the same features as the program's own
//! build, so that the world is built once.

use std::fs;
use std::process::Command;

use crate::process::{self, cargo};
use crate::toolchain::WasmCompiler;
use crate::workspace::Workspace;
use crate::{browser, build, node, python, setup};

/// What shares the program's dependencies. Tests of the outside bring a browser's client with them, and these commands bring
/// compilers: in one build with the rest, their features would have the engine and the pages compiled a second time.
pub(crate) const WORLD: [&str; 7] =
    ["--workspace", "--exclude", "portico-tests", "--exclude", "xtask", "--exclude", "portico-plugin-publish"];

/// What seals secrets for forges: its cryptography has features that would have the engine compiled a second time.
pub(crate) const ASIDE: [&str; 2] = ["--package", "portico-plugin-publish"];

/// What tests from outside.
pub(crate) const OUTSIDE: [&str; 2] = ["--package", "portico-tests"];

/// These commands, which are never built for release.
pub(crate) const COMMANDS: [&str; 2] = ["--package", "xtask"];

/// Every test of the project, or those whose names hold the given words. With `real`, a folder of real counterparts, tests that can
/// stand on those do.
pub(crate) fn run(workspace: &Workspace, words: &[&str], real: Option<&str>) -> Result<(), String> {
    let real = real.map(|folder| fs::canonicalize(folder).map_err(|error| format!("{folder} cannot be read: {error}")));
    let real = real.transpose()?;
    prepare(workspace)?;
    setup(workspace)?;
    // All groups run even if one fails, so that one run shows all there is to mend.
    let inside = process::run(in_release(workspace, "test").args(WORLD).args(["--no-fail-fast", "--"]).args(words));
    let aside = process::run(in_release(workspace, "test").args(ASIDE).args(["--no-fail-fast", "--"]).args(words));
    let mut outside = in_release(workspace, "test");
    outside.args(OUTSIDE).args(["--no-fail-fast", "--"]).args(words);
    if let Some(real) = real {
        outside.env("PORTICO_REAL", real);
    }
    let outside = process::run(&mut outside);
    let commands = process::run(cargo().arg("test").args(COMMANDS).arg("--").args(words));
    inside.and(aside).and(outside).and(commands)
}

/// The cases recorded from a real portal, in `folder`.
pub(crate) fn conformance(workspace: &Workspace, folder: &str) -> Result<(), String> {
    let folder = fs::canonicalize(folder).map_err(|error| format!("{folder} cannot be read: {error}"))?;
    prepare(workspace)?;
    for group in [&WORLD[..], &OUTSIDE[..]] {
        let mut test = in_release(workspace, "test");
        test.env("PORTICO_CONFORMANCE", &folder).args(group).args(["--test", "conformance", "--", "--nocapture"]);
        process::run(&mut test)?;
    }
    Ok(())
}

/// The pictures that the documentation shows, taken in the browser of the tests.
pub(crate) fn pictures(workspace: &Workspace) -> Result<(), String> {
    prepare(workspace)?;
    browser::setup()?;
    let folder = workspace.root.join("docs/integrations/pictures");
    process::run(in_release(workspace, "run").args(OUTSIDE).args(["--bin", "pictures", "--"]).arg(folder))
}

/// Sets up what the tests use beside what is built.
pub(crate) fn setup(workspace: &Workspace) -> Result<(), String> {
    browser::setup()?;
    node::setup(workspace)?;
    python::setup()
}

/// Builds what the tests run.
pub(crate) fn prepare(workspace: &Workspace) -> Result<(), String> {
    let compiler = setup::target()?;
    build::all(workspace)?;
    build::test_plugins(workspace, &compiler)
}

/// A cargo command that builds what the program's own build built, and finds what it carries.
pub(crate) fn in_release(workspace: &Workspace, name: &str) -> Command {
    let mut command = cargo();
    command.args([name, "--release"]);
    command.env("PORTICO_ASSETS", workspace.assets()).env("PORTICO_BIN", workspace.program());
    command
        .env("PORTICO_PLUGINS", workspace.assets().join("plugins"))
        .env("PORTICO_TEST_PLUGINS", workspace.test_plugins())
        .env("PORTICO_CLIENT", node::packages(workspace));
    // Tests build plugins in Rust, with the compiler that built ours.
    if let Some(compiler) = WasmCompiler::find() {
        command.env("PORTICO_RUSTC", compiler.path());
    }
    command
}
