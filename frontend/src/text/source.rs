//! Sources, runs and plugins as words.

use portico_api_types::{PluginState, ProblemCause, RunState, SourceState, Summary, Trigger};

use super::number::counted;
use crate::components::Tone;

/// A scope in short: the path of an address without its host and ending, the last part of a path.
pub(crate) fn scope(scope: &str) -> &str {
    let path = match scope.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or(rest, |(_, path)| path),
        None => scope.trim_end_matches('/').rsplit('/').next().unwrap_or(scope),
    };
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    if path.is_empty() { scope } else { path }
}

/// How a source stands.
pub(crate) fn source_state(state: SourceState) -> (Tone, &'static str) {
    match state {
        SourceState::Current => (Tone::Ok, "Current"),
        SourceState::Syncing => (Tone::Info, "Syncing"),
        SourceState::Failing => (Tone::Bad, "Failing"),
        SourceState::Held => (Tone::Warn, "Asks first"),
        SourceState::Off => (Tone::Idle, "Switched off"),
    }
}

/// How a plugin stands.
pub(crate) fn plugin_state(state: PluginState) -> (Tone, &'static str) {
    match state {
        PluginState::Running => (Tone::Ok, "Running"),
        PluginState::Syncing => (Tone::Info, "Syncing"),
        PluginState::Failing => (Tone::Bad, "Failing"),
        PluginState::Refused => (Tone::Bad, "Refused"),
        PluginState::Off => (Tone::Idle, "Off"),
    }
}

/// How a run stands.
pub(crate) fn run_state(state: RunState) -> (Tone, &'static str) {
    match state {
        RunState::Running => (Tone::Info, "Running"),
        RunState::Succeeded => (Tone::Ok, "Succeeded"),
        RunState::Failed => (Tone::Bad, "Failed"),
        RunState::Cancelled => (Tone::Idle, "Stopped"),
    }
}

/// What started a run, inside a sentence.
pub(crate) fn trigger(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Schedule => "by schedule",
        Trigger::Request => "on request",
        Trigger::Installed => "because the plugin or its settings are new",
    }
}

/// What sort of problem it is.
pub(crate) fn cause(cause: ProblemCause) -> (Tone, &'static str) {
    match cause {
        ProblemCause::Unreadable => (Tone::Bad, "Unreadable"),
        ProblemCause::Refused => (Tone::Bad, "Refused"),
        ProblemCause::Conflict => (Tone::Warn, "Conflict"),
        ProblemCause::Dangling => (Tone::Warn, "Leads to nothing"),
        ProblemCause::Warned => (Tone::Warn, "Warning"),
    }
}

/// What a run changed, such as `3 new, 14 changed`; `nothing` if nothing.
pub(crate) fn changes(summary: &Summary) -> String {
    let parts = [(summary.added, "new"), (summary.updated, "changed"), (summary.removed, "gone")];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| counted(*count, word, word)).collect();
    if said.is_empty() { "nothing".to_owned() } else { said.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_shown_by_what_tells_it_apart() {
        for (full, short) in [
            ("https://github.com/acme/payments-api", "acme/payments-api"),
            ("https://git.acme.example/acme/ledger.git", "acme/ledger"),
            ("/srv/git/empty.git", "empty"),
            ("/srv/git/team/", "team"),
            ("https://acme.example", "acme.example"),
            ("everything", "everything"),
            ("/", "/"),
            ("", ""),
        ] {
            assert_eq!(scope(full), short, "{full}");
        }
    }

    #[test]
    fn changes_name_only_what_happened() {
        let nothing = Summary { unchanged: 212, ..Summary::default() };
        assert_eq!(changes(&nothing), "nothing");
        let some = Summary { added: 3, updated: 1400, removed: 1, ..Summary::default() };
        assert_eq!(changes(&some), "3 new, 1\u{202f}400 changed, 1 gone");
    }
}
