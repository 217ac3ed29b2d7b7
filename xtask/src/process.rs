//! Running other programs.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Runs a command, shows what it prints, and fails with its line if it fails.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let line = line(command);
    eprintln!("xtask: {line}");
    let status = command.status().map_err(|error| format!("`{line}` could not be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` failed ({status}); what it printed above says why")) }
}

/// Runs a command quietly and answers what it printed, if it succeeded.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let line = line(command);
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("`{line}` could not be started: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("`{line}` failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

/// Whether a program can be started.
pub(crate) fn exists(program: &str) -> bool {
    Command::new(program).arg("--version").stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
}

/// The `cargo` that runs this program.
pub(crate) fn cargo() -> Command {
    Command::new(cargo_path())
}

/// Where that `cargo` is.
pub(crate) fn cargo_path() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

fn line(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
