//! Extension point: find out whether the plugin can do its work as it is set and granted.
//!
//! ```
//! use portico_sdk::checks::Findings;
//! use portico_sdk::http;
//!
//! fn check(findings: &mut Findings) {
//!     let reached = http::get("https://api.example/abilities").send().and_then(|answer| answer.ok());
//!     match reached {
//!         Ok(_) => findings.passed("Reaches api.example", "It answers, and knows the credential."),
//!         Err(error) => findings.failed("Reaches api.example", error.to_string()),
//!     }
//! }
//!
//! portico_sdk::plugin! { checks: check }
//! ```

use crate::bindings::checks::exports::portico::plugin::checks as host;
use crate::plugin::begin;

/// How something that was looked at is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As it has to be.
    Passed,
    /// The plugin does its work, though not all of it, or not for long.
    Warned,
    /// The plugin cannot do its work.
    Failed,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, in a few words: `Reaches api.pagerduty.com`.
    pub subject: String,
    /// How it is.
    pub outcome: Outcome,
    /// In a sentence or two: what was found, and what to do if it is not as it has to be.
    pub message: String,
}

/// What was looked at, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// It is as it has to be.
    pub fn passed(&mut self, subject: impl Into<String>, message: impl Into<String>) {
        self.add(subject, Outcome::Passed, message);
    }

    /// The plugin does its work, though not all of it, or not for long.
    pub fn warned(&mut self, subject: impl Into<String>, message: impl Into<String>) {
        self.add(subject, Outcome::Warned, message);
    }

    /// The plugin cannot do its work.
    pub fn failed(&mut self, subject: impl Into<String>, message: impl Into<String>) {
        self.add(subject, Outcome::Failed, message);
    }

    fn add(&mut self, subject: impl Into<String>, outcome: Outcome, message: impl Into<String>) {
        self.0.push(Finding { subject: subject.into(), outcome, message: message.into() });
    }

    /// All of them so far.
    pub fn all(&self) -> &[Finding] {
        &self.0
    }
}

/// Calls the plugin's function that looks at what it depends on.
#[doc(hidden)]
pub fn enter(check: fn(&mut Findings)) -> Vec<host::Finding> {
    begin();
    let mut findings = Findings::default();
    check(&mut findings);
    let outcome = |outcome| match outcome {
        Outcome::Passed => host::Outcome::Passed,
        Outcome::Warned => host::Outcome::Warned,
        Outcome::Failed => host::Outcome::Failed,
    };
    let finding =
        |Finding { subject, outcome: how, message }| host::Finding { subject, outcome: outcome(how), message };
    findings.0.into_iter().map(finding).collect()
}
