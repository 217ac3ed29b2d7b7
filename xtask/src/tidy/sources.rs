//! Source files: each opens with what it is for, stays readable, and holds nothing of the machine it was written on.

use std::fs;
use std::process::Command;

use crate::process::output;
use crate::workspace::Workspace;

/// Lines after which a file asks to be split by meaning.
const LONG: usize = 420;

/// What no file may hold: the words, where they are allowed, and what to do.
const BANNED: [(&str, &str); 4] = [
    ("#[ignore", "assert what the code does today instead of leaving the test out"),
    ("todo!(", "write it, or leave it out"),
    ("unimplemented!(", "write it, or leave it out"),
    ("FIXME", "mend it, or open an issue and say in words what is so"),
];

/// Waiting in tests: for conditions, never for time.
const SLEEPS: [&str; 2] = ["thread::sleep(", "time::sleep("];

pub(super) fn check(workspace: &Workspace) -> Result<Vec<String>, String> {
    let listed = output(Command::new("git").args(["ls-files"]).current_dir(&workspace.root))?;
    let home = format!("{}/", std::env::var("HOME").unwrap_or_default());
    let root = format!("{}/", workspace.root.display());
    let mut failures = Vec::new();
    for file in listed.lines() {
        let Ok(text) = fs::read_to_string(workspace.root.join(file)) else { continue };
        for place in [root.as_str(), home.as_str()].into_iter().filter(|place| place.len() > 4) {
            if text.contains(place) {
                failures.push(format!(
                    "{file} holds a path of this machine ({place}); name things relative to the project"
                ));
            }
        }
        if file.ends_with(".rs") && !file.starts_with("xtask/src/tidy/") {
            source(file, &text, &mut failures);
        }
    }
    Ok(failures)
}

fn source(file: &str, text: &str, failures: &mut Vec<String>) {
    if !text.starts_with("//!") {
        failures.push(format!("{file} does not open with `//!`; say what it is for, its rule, and what it is not"));
    }
    let lines = text.lines().count();
    if lines > LONG {
        failures.push(format!("{file} has {lines} lines, more than {LONG}; split it by meaning"));
    }
    for (words, remedy) in BANNED {
        if text.contains(words) {
            failures.push(format!("{file} holds `{words}`; {remedy}"));
        }
    }
    let tests = file.contains("/tests/") || file.starts_with("tests/");
    if tests && SLEEPS.iter().any(|words| text.contains(words)) {
        failures.push(format!("{file} sleeps; wait for the condition instead"));
    }
}
