//! Setting up what the tests with Backstage's own client need: Node, npm, and the package.
//!
//! Rule: the package is installed below the build folder, from the lock file alone, and again only when that has changed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::process::{exists, output, run};
use crate::setup::install;
use crate::workspace::Workspace;

/// The oldest Node that the package runs on; what Debian 12 has.
const OLDEST: u32 = 18;

const REMEDY: &str = "Install Node 18 or newer and npm so that `node` and `npm` are on the path";

/// Node, npm and the package; installed, if they are not there.
pub(crate) fn setup(workspace: &Workspace) -> Result<(), String> {
    programs()?;
    package(workspace)
}

/// Where the package lies, for the tests.
pub(crate) fn packages(workspace: &Workspace) -> PathBuf {
    workspace.target.join("portico-client")
}

fn programs() -> Result<(), String> {
    let missing: Vec<&str> =
        [("node", "nodejs"), ("npm", "npm")].into_iter().filter(|(name, _)| !exists(name)).map(|(_, of)| of).collect();
    if !missing.is_empty() {
        eprintln!("xtask: the tests with Backstage's client need Node and npm; installing {}", missing.join(" and "));
        install(&missing).map_err(|error| format!("{error}. {REMEDY}"))?;
    }
    let version = output(Command::new("node").arg("--version"))?;
    match major(&version) {
        Some(major) if major >= OLDEST => Ok(()),
        _ => Err(format!("Node is there as {}, which is too old. {REMEDY}", version.trim())),
    }
}

fn package(workspace: &Workspace) -> Result<(), String> {
    let (source, folder) = (workspace.root.join("tests/client"), packages(workspace));
    let stamp = folder.join("stamp");
    let failed = |error: std::io::Error| format!("{} cannot be set up: {error}", folder.display());
    let lock = fs::read(source.join("package-lock.json")).map_err(failed)?;
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    eprintln!("xtask: installing Backstage's client from npm for the tests");
    fs::create_dir_all(&folder).map_err(failed)?;
    // Without its stamp, what is left of an attempt that failed counts as nothing.
    let _ = fs::remove_file(&stamp);
    for name in ["package.json", "package-lock.json"] {
        fs::copy(source.join(name), folder.join(name)).map_err(failed)?;
    }
    // A package that brings a script for its installation has no say here.
    let mut npm = Command::new("npm");
    npm.args(["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
    run(&mut npm).map_err(|error| format!("{error}. npm needs a way to its registry: directly, or by `npm config`"))?;
    fs::write(&stamp, lock).map_err(failed)
}

/// The first number of `v18.20.4`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn a_version_of_node_is_read_by_its_first_number() {
        for (version, expected) in [("v18.20.4\n", Some(18)), ("v20.0.0", Some(20)), ("18", None), ("", None)] {
            assert_eq!(major(version), expected, "{version}");
        }
    }
}
