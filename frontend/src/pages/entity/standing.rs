//! How an entity stands, as facts say it: whether it is healthy, who is on call, what changed last.
//!
//! Rule: any plugin answers these questions by attaching facts of these names, whichever plugin it is: `health`, `onCall`, `changed`. Facts of
//! another shape answer nothing. Where a source of it cannot be read now, nothing is known to be well, whatever it was.

use portico_api_types::{SourceState, Timestamp};
use serde_json::Value;

use super::load::EntityPage;
use crate::components::Tone;
use crate::entity::safe_url;

/// How an entity is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Bad,
    Warn,
    /// Its plugin could not look lately.
    Unknown,
    Ok,
}

/// What one plugin says of how an entity is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Health<'e> {
    pub(super) state: State,
    /// Why.
    pub(super) text: &'e str,
    pub(super) url: Option<&'e str>,
    pub(super) plugin: &'e str,
}

/// Who is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OnCall<'e> {
    /// At least one.
    pub(super) now: Vec<&'e str>,
    pub(super) email: Option<&'e str>,
    pub(super) until: Option<Timestamp>,
    pub(super) next: Option<&'e str>,
}

/// What changed, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changed<'e> {
    pub(super) at: Timestamp,
    pub(super) text: &'e str,
    pub(super) url: Option<&'e str>,
    pub(super) plugin: &'e str,
}

impl State {
    pub(super) fn tone(self) -> Tone {
        match self {
            State::Bad => Tone::Bad,
            State::Warn => Tone::Warn,
            State::Unknown => Tone::Idle,
            State::Ok => Tone::Ok,
        }
    }
}

/// How the entity is, the worst first; nothing where no plugin says it.
pub(super) fn health(page: &EntityPage) -> Vec<Health<'_>> {
    let mut all = Vec::new();
    for (plugin, said) in facts(page, "health") {
        let (Some(state), Some(text)) = (text(said, "state"), text(said, "text")) else { continue };
        // What is bad in one place is bad, whatever another would say; what is well has to be so in all of them.
        let state = match (state, read(page, plugin)) {
            (_, Read::None) => State::Unknown,
            ("bad", _) => State::Bad,
            ("warn", _) => State::Warn,
            ("ok", Read::Some) => State::Unknown,
            ("ok", Read::All) => State::Ok,
            _ => continue,
        };
        let place = all.iter().take_while(|before: &&Health<'_>| before.state <= state).count();
        all.insert(place, Health { state, text, url: url(said), plugin });
    }
    all
}

/// Who is called for the entity, by each plugin that knows it.
pub(super) fn on_call(page: &EntityPage) -> Vec<OnCall<'_>> {
    let mut all = Vec::new();
    for (_, said) in facts(page, "onCall") {
        let mut now = Vec::new();
        each(said.get("now"), |name| now.extend(name.as_str().filter(|name| !name.is_empty())));
        if !now.is_empty() {
            let until = text(said, "until").and_then(|until| until.parse().ok());
            all.push(OnCall { now, email: text(said, "email"), until, next: text(said, "next") });
        }
    }
    all
}

/// What changed, as plugins say it.
pub(super) fn changed(page: &EntityPage) -> Vec<Changed<'_>> {
    let mut all = Vec::new();
    for (plugin, said) in facts(page, "changed") {
        each(Some(said), |said| {
            let at = text(said, "at").and_then(|at| at.parse().ok());
            if let (Some(at), Some(text)) = (at, text(said, "text")) {
                all.push(Changed { at, text, url: url(said), plugin });
            }
        });
    }
    all
}

/// One value, or each of a list.
fn each<'e>(value: Option<&'e Value>, mut told: impl FnMut(&'e Value)) {
    match value {
        Some(Value::Array(items)) => items.iter().for_each(told),
        Some(value) => told(value),
        None => {}
    }
}

/// The facts of a name, by plugin.
fn facts<'e>(page: &'e EntityPage, name: &str) -> Vec<(&'e str, &'e Value)> {
    let plugins = page.entity.0.get("facts").and_then(Value::as_object).into_iter().flatten();
    plugins.filter_map(|(plugin, facts)| Some((plugin.as_str(), facts.get(name)?))).collect()
}

fn text<'e>(value: &'e Value, name: &str) -> Option<&'e str> {
    value.get(name)?.as_str().filter(|text| !text.is_empty())
}

fn url(value: &Value) -> Option<&str> {
    text(value, "url").and_then(safe_url)
}

/// How much of a plugin's sources could be read when it was last tried.
#[derive(Clone, Copy)]
enum Read {
    All,
    Some,
    None,
}

/// How many sources of a plugin's facts could be read. Where nobody knows, what is said stands.
fn read(page: &EntityPage, plugin: &str) -> Read {
    let said = page.origin.as_ref().map(|origin| origin.facts.as_slice()).unwrap_or_default();
    let (mut all, mut unread) = (0, 0);
    for said in said.iter().filter(|said| said.source.plugin == plugin) {
        all += 1;
        unread += u32::from(matches!(said.source.state, SourceState::Failing | SourceState::Off));
    }
    match unread {
        0 => Read::All,
        _ if unread < all => Read::Some,
        _ => Read::None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn page(facts: Value, sources: &[(&str, &str)]) -> EntityPage {
        let source = |(plugin, state): &(&str, &str)| {
            json!({
                "source": {
                    "id": 1, "plugin": plugin, "scope": "all", "state": state, "entities": 0, "problems": 0, "facts": 1,
                    "syncedAt": null, "changedAt": null, "failure": null, "held": null,
                },
                "changedAt": "2026-01-01T00:00:00Z",
            })
        };
        let said: Vec<Value> = sources.iter().map(source).collect();
        serde_json::from_value(json!({
            "entity": { "kind": "Component", "metadata": { "name": "a" }, "facts": facts },
            "reference": "component:default/a",
            "titles": {},
            "origin": { "Ok": { "claims": [], "facts": said } },
            "problems": { "Ok": [] }, "cards": { "Ok": [] }, "owned": { "Ok": [] },
        }))
        .unwrap()
    }

    #[test]
    fn the_worst_is_said_first_and_what_is_no_health_is_not_said() {
        let page = page(
            json!({
                "a": { "health": { "state": "ok", "text": "3 of 3 replicas ready" } },
                "b": { "health": { "state": "bad", "text": "2 open incidents", "url": "https://b.example" } },
                "c": { "health": "fine" },
                "d": { "health": { "state": "purple", "text": "x" } },
                "e": { "health": { "state": "warn", "text": "CI failed", "url": "javascript:alert(1)" } },
            }),
            &[],
        );
        let said: Vec<(State, &str, Option<&str>)> =
            health(&page).into_iter().map(|one| (one.state, one.text, one.url)).collect();
        assert_eq!(
            said,
            [
                (State::Bad, "2 open incidents", Some("https://b.example")),
                (State::Warn, "CI failed", None),
                (State::Ok, "3 of 3 replicas ready", None),
            ]
        );
    }

    #[test]
    fn health_that_could_not_be_read_lately_is_not_known() {
        for (said, sources, state) in [
            ("ok", vec![], State::Ok),
            ("ok", vec![("a", "failing")], State::Unknown),
            ("ok", vec![("a", "off")], State::Unknown),
            ("bad", vec![("a", "failing")], State::Unknown),
            ("ok", vec![("a", "failing"), ("a", "current")], State::Unknown),
            ("bad", vec![("a", "failing"), ("a", "current")], State::Bad),
            ("ok", vec![("a", "syncing"), ("a", "current")], State::Ok),
            ("ok", vec![("b", "failing")], State::Ok),
        ] {
            let facts = json!({ "a": { "health": { "state": said, "text": "fine" } } });
            assert_eq!(health(&page(facts, &sources))[0].state, state, "{said} {sources:?}");
        }
    }

    #[test]
    fn every_change_that_has_a_time_and_a_text_is_one() {
        let page = page(
            json!({
                "a": { "changed": { "at": "2026-11-01T10:00:00Z", "text": "rolled out" } },
                "b": { "changed": [
                    { "at": "2026-11-02T10:00:00Z", "text": "v2 released" }, { "at": "soon", "text": "x" }, { "at": "2026-11-03T10:00:00Z" },
                ] },
            }),
            &[],
        );
        let said: Vec<(&str, &str)> = changed(&page).into_iter().map(|one| (one.plugin, one.text)).collect();
        assert_eq!(said, [("a", "rolled out"), ("b", "v2 released")]);
    }

    #[test]
    fn who_is_called_has_a_name() {
        let page = page(
            json!({
                "a": { "onCall": { "now": "Ada", "until": "2026-11-01T10:00:00Z", "next": "Grace" } },
                "b": { "onCall": { "next": "Bo" } },
                "c": { "onCall": { "now": ["Cy", "Di"] } },
                "d": { "onCall": { "now": [] } },
            }),
            &[],
        );
        let until = "2026-11-01T10:00:00Z".parse().ok();
        let ada = OnCall { now: vec!["Ada"], email: None, until, next: Some("Grace") };
        let cy = OnCall { now: vec!["Cy", "Di"], email: None, until: None, next: None };
        assert_eq!(on_call(&page), [ada, cy]);
    }
}
