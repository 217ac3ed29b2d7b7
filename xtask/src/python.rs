//! Setting up what the tests of plugins in Python need: Python with its module `venv`. Each project has an environment of its own.

use std::process::Command;

use crate::process::{exists, output};
use crate::setup::install;

const REMEDY: &str = "Install Python 3.10 or newer with its module venv so that `python3` is on the path";

/// Python; installed, if it is not there.
pub(crate) fn setup() -> Result<(), String> {
    let is_whole =
        || exists("python3") && output(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_ok();
    if is_whole() {
        return Ok(());
    }
    eprintln!("xtask: the tests of plugins in Python need Python with its module venv; installing python3-venv");
    install(&["python3", "python3-venv"]).map_err(|error| format!("{error}. {REMEDY}"))?;
    if is_whole() { Ok(()) } else { Err(format!("Python was installed, and has no module venv. {REMEDY}")) }
}
