//! `checks.check`: a plugin finds out whether it can do its work as it is set and granted.
//!
//! It is asked when a version is loaded, which it also is when its settings or its grants change, and whenever somebody wants to know.
//!
//! Rule: a check always ends with findings. One that fails is a finding itself, and what was not granted is the portal's to say.

use std::sync::Arc;

use portico_api_types::{Finding, FindingOutcome, PluginCheck, Timestamp};
use portico_manifest::{Extension, Limits, Period};
use wasmtime::Store;

use crate::bindings::checks::exports::portico::plugin::checks as guest;
use crate::call::{Answered, Share, Work};
use crate::classify::{cut, plain};
use crate::fault::Fault;
use crate::guest::Guest;
use crate::host::Host;
use crate::plugin::{Loaded, Plugin};
use crate::points::{Points, offered};

/// Computing time of a check, and its time on the clock: some requests, of which the slowest may find nobody at home.
const CPU: Period = Period::seconds(5);
const WALL: Period = Period::seconds(90);

/// Findings of one check, as the contract says.
const FINDINGS: usize = 50;

/// Bytes of a subject, and of what is said about it.
const SUBJECT: usize = 200;
const MESSAGE: usize = 2_000;

/// Why a plugin was not asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckRefused {
    /// There is no such plugin.
    #[error("no plugin named {0}")]
    Unknown(String),
    /// It does not run.
    #[error("the plugin `{name}` is not loaded: {reason}")]
    NotLoaded {
        /// The plugin.
        name: String,
        /// Why.
        reason: String,
    },
    /// It does not look at what it depends on.
    #[error("the plugin `{0}` does not check anything by itself: it does not offer the extension point `checks`")]
    NotOffered(String),
    /// What it depends on is elsewhere.
    #[error(
        "the agent `{agent}` runs the plugin `{name}`, and what it depends on cannot be looked at from here; its runs say how it stands"
    )]
    Elsewhere {
        /// The plugin.
        name: String,
        /// The agent.
        agent: String,
    },
}

struct Check;

impl Work for Check {
    type Answer = Vec<guest::Finding>;

    fn limits(&self, granted: Limits) -> Limits {
        Limits { cpu: granted.cpu.min(CPU), wall: granted.wall.min(WALL), ..granted }
    }

    fn share(&self) -> Share {
        Share::Patient
    }

    fn may_ingest(&self) -> bool {
        false
    }

    async fn enter(self, points: Points, store: &mut Store<Guest>) -> Answered<Vec<guest::Finding>> {
        let plugin = offered(points.checks.as_ref(), Extension::Checks)?.instantiate_async(&mut *store).await?;
        plugin.portico_plugin_checks().call_check(store).await.map(Ok)
    }
}

impl Host {
    /// Has a plugin find out how it stands.
    pub(crate) async fn check_plugin(self: &Arc<Self>, name: &str) -> Result<PluginCheck, CheckRefused> {
        let plugin = self.plugin(name).ok_or_else(|| CheckRefused::Unknown(name.to_owned()))?;
        let loaded = plugin
            .loaded()
            .ok_or_else(|| CheckRefused::NotLoaded { name: name.to_owned(), reason: plugin.reason() })?;
        if !loaded.manifest.offers(Extension::Checks) {
            return Err(CheckRefused::NotOffered(name.to_owned()));
        }
        if let Some(agent) = loaded.config.agent.clone() {
            return Err(CheckRefused::Elsewhere { name: name.to_owned(), agent });
        }
        Ok(self.look(&plugin, &loaded).await)
    }

    /// Has a version that was just loaded find out how it stands, while others go on.
    pub(crate) fn check_soon(self: &Arc<Self>, plugin: &Arc<Plugin>) {
        let looks = |loaded: &Arc<Loaded>| loaded.manifest.offers(Extension::Checks) && loaded.config.agent.is_none();
        let Some(loaded) = plugin.loaded().filter(looks) else { return };
        let (host, plugin) = (self.clone(), plugin.clone());
        tokio::spawn(async move { host.look(&plugin, &loaded).await });
    }

    async fn look(self: &Arc<Self>, plugin: &Plugin, loaded: &Arc<Loaded>) -> PluginCheck {
        let found = self.ask_now(plugin, loaded, Extension::Checks, Check, within).await;
        let mut findings = found.unwrap_or_else(|failed| {
            vec![Finding {
                subject: "The check".to_owned(),
                outcome: FindingOutcome::Failed,
                message: failed.result.message,
            }]
        });
        findings.extend(not_granted(loaded));
        let check = PluginCheck { checked_at: Timestamp::now(), findings };
        plugin.checked(loaded, check.clone());
        check
    }
}

/// What the plugin asks for and does not get. It may well do without.
fn not_granted(loaded: &Loaded) -> Option<Finding> {
    let lines = loaded.rights.lines();
    let missing: Vec<String> = lines
        .iter()
        .filter(|line| line.granted.is_none())
        .map(|line| format!("{} {}", line.capability.as_str(), line.target))
        .collect();
    (!missing.is_empty()).then(|| Finding {
        subject: "Is granted what it asks for".to_owned(),
        outcome: FindingOutcome::Warned,
        message: format!(
            "Not granted: {}. What it was refused, it says when it comes to that.",
            cut(&missing.join("; "), MESSAGE)
        ),
    })
}

/// The findings as people see them.
fn within(findings: Vec<guest::Finding>) -> Result<Vec<Finding>, Fault> {
    if findings.len() > FINDINGS {
        return Err(Fault::BadOutput(format!(
            "its check found {} things; at most {FINDINGS} are taken",
            findings.len()
        )));
    }
    let finding = |guest::Finding { subject, outcome, message }| Finding {
        subject: plain(cut(&subject, SUBJECT), false),
        outcome: match outcome {
            guest::Outcome::Passed => FindingOutcome::Passed,
            guest::Outcome::Warned => FindingOutcome::Warned,
            guest::Outcome::Failed => FindingOutcome::Failed,
        },
        message: plain(cut(&message, MESSAGE), true),
    };
    Ok(findings.into_iter().map(finding).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(subject: &str, message: &str) -> guest::Finding {
        guest::Finding { subject: subject.to_owned(), outcome: guest::Outcome::Warned, message: message.to_owned() }
    }

    #[test]
    fn findings_are_bounded_and_plain() {
        let long = "x".repeat(10_000);
        let found = within(vec![finding("a\u{202e}b\n", "c\u{7}\nd"), finding(&long, &long)]).expect("findings");
        assert_eq!((found[0].subject.as_str(), found[0].message.as_str()), ("ab", "c\nd"));
        assert_eq!((found[1].subject.len(), found[1].message.len()), (SUBJECT, MESSAGE));
        assert!(within(vec![finding("a", "b"); FINDINGS]).is_ok());
        let error = within(vec![finding("a", "b"); FINDINGS + 1]).expect_err("too many");
        assert_eq!(error, Fault::BadOutput("its check found 51 things; at most 50 are taken".to_owned()));
    }
}
