//! Backstage's own clients from npm, run as a program of its own against a portal.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::Portal;

/// What puts right whatever is missing.
const REMEDY: &str = "`cargo xtask setup` installs what is wanted";

/// The answers that the client got.
pub struct Seen {
    /// By the names that the chapter gives them.
    pub saw: Value,
    /// The requests it made for them, as `METHOD PATH STATUS`.
    pub requests: Vec<String>,
}

/// Runs one chapter of `tests/client/client.js` against a portal.
///
/// # Panics
///
/// If Node or the package is missing, or if the client gives up; what it said is in the message.
#[must_use]
pub fn client(portal: &Portal, chapter: &str, words: &[&str]) -> Seen {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("client");
    let mut command = Command::new("node");
    command.arg(source.join("client.js")).args([portal.address(), chapter]).args(words);
    let output = command.env("PORTICO_CLIENT", packages(&source)).output();
    let output = output.unwrap_or_else(|error| panic!("Node cannot be started: {error}; {REMEDY}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the client gave up on {chapter}: {said}\n{}", portal.log());
    let mut document: Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    let requests = document["requests"].as_array().cloned().unwrap_or_default();
    let requests = requests.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Seen { saw: document["saw"].take(), requests }
}

/// Where the packages lie: what `PORTICO_CLIENT` names, else where `cargo xtask setup` puts it. The stamp beside it is the lock
/// file that was installed.
fn packages(source: &Path) -> PathBuf {
    let folder = std::env::var_os("PORTICO_CLIENT").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/portico-client"));
    let installed = fs::read(folder.join("stamp"));
    assert!(installed.is_ok(), "Backstage's clients from npm are missing; {REMEDY}");
    let wanted = fs::read(source.join("package-lock.json")).expect("the lock file");
    assert!(installed.is_ok_and(|lock| lock == wanted), "other versions of Backstage's clients are there; {REMEDY}");
    folder
}
