//! What the operator writes: which portals are read, what of each, and what becomes of its namespaces.
//!
//! Rule: what becomes a part of an address is checked here, so that nothing further on can lead a request elsewhere; and so is every
//! filter, so that a run never begins with one that cannot be read.

use std::collections::BTreeSet;

use portico_sdk::model::Filter;
use portico_sdk::{Error, Result};
use serde::{Deserialize, Deserializer};

use crate::chain;
use crate::namespaces::Namespaces;

/// The settings of the plugin.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The portals, in the order in which they are read.
    pub portals: Vec<Portal>,
    /// What this portal is called among portals; made up, if it is not said.
    #[serde(default, deserialize_with = "instance")]
    pub instance: Option<String>,
}

/// A portal that is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Portal {
    /// What it is called here: its scope, and what its entities are annotated with.
    #[serde(deserialize_with = "name")]
    pub name: String,
    /// The address of its back end, without a slash at the end.
    #[serde(deserialize_with = "address")]
    pub url: String,
    /// The address of its pages, where that is another one.
    #[serde(default, deserialize_with = "pages")]
    pub app: Option<String>,
    /// What is read, as filters of the API; everything, if there is none.
    #[serde(default, deserialize_with = "filters")]
    pub filter: Vec<String>,
    /// What is left out of that.
    #[serde(default, deserialize_with = "filters")]
    pub exclude: Vec<String>,
    /// The kinds that are taken over, in lower case; all, if none.
    #[serde(default, deserialize_with = "kinds")]
    pub kinds: Vec<String>,
    /// What becomes of its namespaces.
    #[serde(default)]
    pub namespace: Namespaces,
}

impl Settings {
    /// The settings as the operator wrote them, if they make sense together.
    pub(crate) fn read() -> Result<Settings> {
        portico_sdk::settings::read::<Settings>()?.checked()
    }

    fn checked(self) -> Result<Settings> {
        let mut seen = BTreeSet::new();
        match self.portals.iter().find(|portal| !seen.insert(portal.name.as_str())) {
            Some(Portal { name, .. }) => Err(Error::Invalid(format!(
                "settings.portals: two portals are called `{name}`; give each a name of its own"
            ))),
            None => Ok(self),
        }
    }
}

impl Portal {
    /// The filters that are asked for: each names kinds, its own or those of the settings. Two conditions of one filter that name the same
    /// key are alternatives, so that to one that names kinds nothing can be added.
    pub(crate) fn asked(&self) -> Vec<String> {
        let kinds: Vec<String> = self.kinds.iter().map(|kind| format!("kind={kind}")).collect();
        let kinds = kinds.join(",");
        match (self.filter.is_empty(), kinds.is_empty()) {
            (_, true) => self.filter.clone(),
            (true, false) => vec![kinds],
            (false, false) => {
                let names_kinds = |filter: &str| filter.split(',').any(|part| key(part).eq_ignore_ascii_case("kind"));
                let asked =
                    |filter: &String| if names_kinds(filter) { filter.clone() } else { format!("{filter},{kinds}") };
                self.filter.iter().map(asked).collect()
            }
        }
    }

    /// Whether entities of a kind are taken over, as far as kinds say. Locations never are: they lead to files for the portal that
    /// reads them, which is another.
    pub(crate) fn takes(&self, kind: &str) -> bool {
        let is_named = |known: &String| known.eq_ignore_ascii_case(kind);
        !kind.eq_ignore_ascii_case("location") && (self.kinds.is_empty() || self.kinds.iter().any(is_named))
    }

    /// What is left out.
    pub(crate) fn excluded(&self) -> Option<Filter> {
        let filters: Vec<&str> = self.exclude.iter().map(String::as_str).collect();
        // They were read with the settings.
        if filters.is_empty() { None } else { Filter::from_query(&filters).ok() }
    }

    /// The address of its pages.
    pub(crate) fn pages(&self) -> &str {
        self.app.as_deref().unwrap_or(&self.url)
    }
}

/// What a condition of a filter is about.
fn key(condition: &str) -> &str {
    condition.split('=').next().unwrap_or(condition).trim()
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_good = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-';
    let is_name = (1..=63).contains(&text.len()) && text.bytes().all(is_good);
    if is_name && !text.starts_with('-') && !text.ends_with('-') {
        return Ok(text);
    }
    Err(serde::de::Error::custom(format!(
        "`{text}` is no name; use at most 63 lower-case letters, digits and dashes, such as `old`"
    )))
}

fn instance<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty());
    match text {
        Some(wrong) if !chain::is_name(&wrong) => Err(serde::de::Error::custom(format!(
            "`{wrong}` is no name for a portal among portals; use at most 64 letters, digits, dots and dashes, such as `acme-berlin`"
        ))),
        text => Ok(text),
    }
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let host = host_of(&text).filter(|host| !host.trim_end_matches('/').contains('/'));
    match host {
        Some(_) => Ok(text.trim_end_matches('/').to_owned()),
        None => Err(serde::de::Error::custom(format!(
            "`{text}` is no address of a portal's back end; write one without a path, such as `https://backstage.acme.example`: the API is \
             read below `/api` there"
        ))),
    }
}

fn pages<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty());
    match text {
        Some(wrong) if host_of(&wrong).is_none() => Err(serde::de::Error::custom(format!(
            "`{wrong}` is no address of pages; write it as a browser shows it, such as `https://backstage.acme.example`"
        ))),
        text => Ok(text.map(|text| text.trim_end_matches('/').to_owned())),
    }
}

/// What follows the scheme of an address that is one, and holds nothing that would lead elsewhere.
fn host_of(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let odd = |sign: char| matches!(sign, '?' | '#' | '@' | '\\') || sign.is_whitespace() || sign.is_control();
    (!rest.is_empty() && !rest.starts_with('/') && !rest.contains(odd) && !rest.contains("..")).then_some(rest)
}

fn filters<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<String>, D::Error> {
    let filters = Vec::<String>::deserialize(deserializer)?;
    for filter in &filters {
        if filter.trim().is_empty() {
            return Err(serde::de::Error::custom(
                "a filter is empty; write one such as `kind=component`, or leave it out",
            ));
        }
        Filter::from_query(&[filter]).map_err(serde::de::Error::custom)?;
    }
    Ok(filters)
}

fn kinds<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<String>, D::Error> {
    let kinds = Vec::<String>::deserialize(deserializer)?;
    for kind in &kinds {
        if !portico_sdk::model::format::is_kind(kind) {
            return Err(serde::de::Error::custom(format!("`{kind}` is no kind; write one such as `Component`")));
        }
        if kind.eq_ignore_ascii_case("location") {
            return Err(serde::de::Error::custom(
                "Locations are never taken over: they say what the other portal reads, and this one would read it as well; leave it out",
            ));
        }
    }
    Ok(kinds.into_iter().map(|kind| kind.to_ascii_lowercase()).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{portal, settings};

    fn parsed(settings: &Value) -> Result<Settings> {
        portico_sdk::settings::parse::<Settings>(&settings.to_string())?.checked()
    }

    #[test]
    fn a_portal_takes_a_name_and_an_address() {
        let old = portal(json!({ "url": "https://old.test:7007/" }));
        assert_eq!(
            (old.name.as_str(), old.url.as_str(), old.pages()),
            ("old", "https://old.test:7007", "https://old.test:7007")
        );
        assert!(old.takes("Component") && old.takes("PagerDutyService") && !old.takes("Location"));
        assert!(old.asked().is_empty() && old.excluded().is_none());
        assert_eq!(portal(json!({ "app": "https://pages.test/portal/" })).pages(), "https://pages.test/portal");
    }

    #[test]
    fn kinds_are_asked_for_where_a_filter_names_none() {
        for (filter, kinds, expected) in [
            (json!([]), json!(["API", "User"]), vec!["kind=api,kind=user"]),
            (json!(["spec.type=service"]), json!(["Component"]), vec!["spec.type=service,kind=component"]),
            (json!(["Kind=api", "metadata.tags=x"]), json!(["API"]), vec!["Kind=api", "metadata.tags=x,kind=api"]),
            (json!(["kind=api"]), json!([]), vec!["kind=api"]),
        ] {
            assert_eq!(portal(json!({ "filter": filter, "kinds": kinds })).asked(), expected);
        }
    }

    #[test]
    fn what_cannot_be_is_said_with_its_place() {
        for (more, said) in [
            (json!({ "name": "Old one" }), "settings.portals[0].name: `Old one` is no name"),
            (json!({ "name": "-old" }), "settings.portals[0].name: `-old` is no name"),
            (json!({ "url": "old.test" }), "settings.portals[0].url: `old.test` is no address of a portal's back end"),
            (
                json!({ "url": "https://old.test/api" }),
                "`https://old.test/api` is no address of a portal's back end; write one without a path",
            ),
            (json!({ "url": "https://me@old.test" }), "`https://me@old.test` is no address"),
            (json!({ "app": "pages" }), "settings.portals[0].app: `pages` is no address of pages"),
            (json!({ "filter": ["=x"] }), "settings.portals[0].filter: the filter `=x` has nothing before `=`"),
            (json!({ "exclude": [" "] }), "settings.portals[0].exclude: a filter is empty"),
            (json!({ "kinds": ["Some kind"] }), "settings.portals[0].kinds: `Some kind` is no kind"),
            (json!({ "kinds": ["Location"] }), "Locations are never taken over"),
            (json!({ "namespace": { "*": "A b" } }), "settings.portals[0].namespace: `A b` is no namespace"),
            (json!({ "token": "x" }), "settings.portals[0].token: unknown field `token`"),
        ] {
            let error = parsed(&settings(more)).expect_err(said).to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn what_stands_beside_the_portals_is_looked_at_as_well() {
        let old = json!({ "name": "old", "url": "https://old.test" });
        for (settings, said) in [
            (json!({}), "settings: missing field `portals`"),
            (json!({ "portals": [old, old] }), "settings.portals: two portals are called `old`"),
            (
                json!({ "portals": [], "instance": "a b" }),
                "settings.instance: `a b` is no name for a portal among portals",
            ),
        ] {
            let error = parsed(&settings).expect_err(said).to_string();
            assert!(error.contains(said), "{error}");
        }
        let empty = parsed(&json!({ "portals": [], "instance": "" })).expect("a form leaves what is empty");
        assert_eq!(empty.instance, None);
    }
}
