//! Tests, conformance, figures: everything that runs the code.
//!
//! Rule: all of it in the release profile, the one that ships, so that the world is built once.

use std::process::Command;

use crate::process::{self, cargo};
use crate::workspace::Workspace;
use crate::{browser, build, setup};

/// Every test of the project, or those whose names hold the given words.
pub(crate) fn run(workspace: &Workspace, words: &[&str]) -> Result<(), String> {
    prepare(workspace)?;
    browser::setup()?;
    let mut test = cargo_with_parts(workspace, &["test", "--workspace", "--exclude", "portico-frontend", "--no-fail-fast"]);
    process::run(test.arg("--").args(words))?;
    // The pages in the form in which a server uses them; with the rest of the workspace they would have no form at all.
    let mut pages = cargo_with_parts(workspace, &["test", "--package", "portico-frontend", "--features", "ssr"]);
    process::run(pages.arg("--").args(words))
}

/// The cases recorded from a real portal, in `folder`.
pub(crate) fn conformance(workspace: &Workspace, folder: &str) -> Result<(), String> {
    let folder = std::fs::canonicalize(folder).map_err(|error| format!("{folder} cannot be read: {error}"))?;
    prepare(workspace)?;
    let mut test = cargo_with_parts(workspace, &["test", "--package", "portico-model", "--package", "portico-tests", "--test", "conformance"]);
    process::run(test.env("PORTICO_CONFORMANCE", folder).args(["--", "--nocapture"]))
}

/// The portal's figures on generated catalogs.
pub(crate) fn bench(workspace: &Workspace, arguments: &[&str]) -> Result<(), String> {
    prepare(workspace)?;
    let mut bench = cargo_with_parts(workspace, &["run", "--package", "portico-tests", "--bin", "figures"]);
    process::run(bench.arg("--").args(arguments))
}

fn prepare(workspace: &Workspace) -> Result<(), String> {
    let compiler = setup::target()?;
    build::all(workspace)?;
    build::test_plugins(workspace, &compiler)
}

/// A cargo command that builds what the program's own build built, and finds what it carries.
fn cargo_with_parts(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = cargo();
    let (name, rest) = arguments.split_first().map_or(("", arguments), |(name, rest)| (*name, rest));
    command.args([name, "--release"]).args(rest);
    command.env("PORTICO_ASSETS", workspace.assets()).env("PORTICO_BIN", workspace.program());
    command.env("PORTICO_PLUGINS", workspace.assets().join("plugins")).env("PORTICO_TEST_PLUGINS", workspace.test_plugins());
    command
}
