//! A plugin as the API shows it.

use portico_api_types::{Ask, AskNeeds, Managed, Markdown, Plugin as Described, PluginData, PluginState, Run};
use portico_manifest::{Manifest, Piece, Rights};

use super::{Plugin, State, every};
use crate::schedule::time;

impl Plugin {
    /// The plugin as the API shows it.
    pub(crate) fn describe(&self, runs: Vec<Run>) -> Described {
        let state = self.state();
        let manifest = state.card.manifest.as_ref();
        let rights = manifest.map(|manifest| match &state.loaded {
            Some(loaded) => loaded.rights.as_ref().clone(),
            None => Rights::new(manifest, &state.config.as_deref().cloned().unwrap_or_default().grants),
        });
        let text = |field: fn(&Manifest) -> String| manifest.map(field).unwrap_or_default();
        Described {
            name: self.name.clone(),
            version: text(|manifest| manifest.version.to_string()),
            publisher: text(|manifest| manifest.publisher.clone()),
            title: text(|manifest| manifest.title.clone()),
            description: text(|manifest| manifest.description.clone()),
            icon: manifest.and_then(|manifest| manifest.icon.clone()),
            documentation: manifest.and_then(|manifest| manifest.documentation.as_deref()).map(Markdown::blocks),
            signed_by: state.loaded.as_ref().and_then(|loaded| loaded.signed_by.clone()),
            managed: Managed::Nobody,
            waiting: None,
            before: Vec::new(),
            grants: None,
            origin: state.card.origin.clone(),
            digest: state.card.digest.clone(),
            extension_points: manifest
                .into_iter()
                .flat_map(|manifest| &manifest.extensions)
                .map(|e| e.as_str().to_owned())
                .collect(),
            state: self.standing(&state),
            message: message(&state, rights.as_ref()),
            asks: rights.as_ref().map(|rights| self.asks(rights)).unwrap_or_default(),
            every_seconds: manifest
                .and_then(|manifest| every(state.config.as_deref(), manifest))
                .map(|every| every.as_secs()),
            next_run_at: state.next.map(|due| due.shown),
            follows_since: state.follows,
            agent: None,
            used: self.counters.shown(rights.as_ref().map_or(0, |rights| rights.limits.memory.as_bytes())),
            points: self.counters.points(),
            denials: self.counters.refused(),
            turned_away: self.counters.requests_turned_away(),
            http: self.traffic.shown(),
            check: state.check.clone(),
            data: PluginData::default(),
            runs,
            settings: state.config.as_ref().map(|config| config.settings.clone()).unwrap_or_default(),
            settings_schema: manifest.and_then(|manifest| manifest.settings.clone()),
        }
    }

    fn standing(&self, state: &State) -> PluginState {
        match state {
            State { live: Some(_), .. } => PluginState::Syncing,
            State { loaded: None, config, complaint, .. }
                if complaint.is_empty() && config.as_ref().is_none_or(|config| !config.enabled) =>
            {
                PluginState::Off
            }
            State { loaded: None, .. } => PluginState::Refused,
            State { failures: 0, troubles, .. } if troubles.are_none() => PluginState::Running,
            _ => PluginState::Failing,
        }
    }

    /// What a version asks for, with what it gets by these rights.
    pub(crate) fn asks(&self, rights: &Rights) -> Vec<Ask> {
        let ask = |line: portico_manifest::AskLine| Ask {
            capability: line.capability.as_str().to_owned(),
            denied: self.counters.denials(line.capability),
            target: line.target,
            reason: line.reason,
            granted: line.granted,
            needs: match line.piece {
                Piece::Asked(..) => AskNeeds::Nothing,
                Piece::Names(_) => AskNeeds::Names,
                Piece::Secret(_) => AskNeeds::Secret,
            },
            more: false,
        };
        rights.lines().into_iter().map(ask).collect()
    }
}

/// Everything that an operator should know, most pressing first.
fn message(state: &State, rights: Option<&Rights>) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !state.complaint.is_empty() {
        parts.push(state.complaint.clone());
    }
    if state.failures > 0 {
        parts.push(state.failure.clone());
    }
    if state.failures > 1 {
        let next = state.next.as_ref().map(|due| format!("; it is asked again at {}", time(due.shown)));
        let failures = state.failures;
        parts.push(format!(
            "Its extension point `ingestion` failed {failures} times in a row{}.",
            next.unwrap_or_default()
        ));
    }
    for sentence in state.troubles.sentences() {
        if !parts.contains(&sentence) {
            parts.push(sentence);
        }
    }
    if let Some(loaded) = &state.loaded {
        parts.extend(loaded.unset.iter().cloned());
        parts.extend(rights.into_iter().flat_map(Rights::unmet).cloned());
    }
    parts.join("\n")
}
