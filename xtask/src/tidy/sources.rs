//! Source files: each opens with what it is for, stays readable, and holds nothing of the machine it was written on.

use std::fs;
use std::process::Command;

use crate::process::output;
use crate::workspace::Workspace;

/// Lines after which a file asks to be split by meaning.
const LONG: usize = 420;

/// What no file may hold: the words, and what to do.
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

#[cfg(test)]
mod tests {
    use super::source;

    fn check(file: &str, text: &str, expected: &[&str]) {
        let mut failures = Vec::new();
        source(file, text, &mut failures);
        assert_eq!(failures, expected, "{file}");
    }

    #[test]
    fn each_failure_names_the_file_and_says_what_to_do() {
        check("host/a.rs", "//! What it is for.\n", &[]);
        check(
            "host/a.rs",
            "fn a() {}\n",
            &["host/a.rs does not open with `//!`; say what it is for, its rule, and what it is not"],
        );
        check(
            "host/a.rs",
            &format!("//! Long.\n{}", "\n".repeat(500)),
            &["host/a.rs has 501 lines, more than 420; split it by meaning"],
        );
        check(
            "host/a.rs",
            "//! Left out.\n#[ignore]\n",
            &["host/a.rs holds `#[ignore`; assert what the code does today instead of leaving the test out"],
        );
    }

    #[test]
    fn only_tests_may_not_sleep() {
        let text = "//! Waits.\nfn wait() { std::thread::sleep(PAUSE) }\n";
        check("host/a.rs", text, &[]);
        check("host/catalog/tests/a.rs", text, &["host/catalog/tests/a.rs sleeps; wait for the condition instead"]);
        check("tests/src/a.rs", text, &["tests/src/a.rs sleeps; wait for the condition instead"]);
    }
}
