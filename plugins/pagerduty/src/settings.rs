//! The settings, checked once at the edge.

use std::hash::{DefaultHasher, Hash, Hasher};

use portico_sdk::{Error, Result, settings};
use serde::Deserialize;

/// Where accounts are that are not in the European service region.
const API: &str = "https://api.pagerduty.com";

/// As the operator wrote them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct Written {
    api: String,
    teams: Vec<String>,
    match_by_name: bool,
    actions: bool,
    from: Option<String>,
}

impl Default for Written {
    fn default() -> Written {
        Written { api: API.to_owned(), teams: Vec::new(), match_by_name: false, actions: false, from: None }
    }
}

/// What the operator wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Without a slash at its end.
    pub(crate) api: String,
    /// Ids of the teams that it is about; all, if empty.
    pub(crate) teams: Vec<String>,
    /// Whether components without an annotation are linked with services of their name.
    pub(crate) match_by_name: bool,
    /// Whether cards have buttons that change something in PagerDuty.
    pub(crate) actions: bool,
    /// Who acts where the portal does not know who looks.
    pub(crate) from: Option<String>,
}

impl Settings {
    /// Stands for what is read.
    pub(crate) fn what(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.api, &self.teams).hash(&mut hasher);
        hasher.finish()
    }

    /// The settings of this call.
    pub(crate) fn read() -> Result<Settings> {
        settings::read::<Written>()?.check()
    }
}

impl Written {
    fn check(self) -> Result<Settings> {
        let api = self.api.trim().trim_end_matches('/');
        let host = api.split_once("://").filter(|(scheme, _)| matches!(*scheme, "https" | "http"));
        if host.is_none_or(|(_, host)| host.is_empty() || host.contains(['/', '?', '#', '@'])) {
            return Err(Error::Invalid(format!(
                "settings.api: `{}` is no address of PagerDuty's API; write {API}, or https://api.eu.pagerduty.com for an \
                 account in the European service region",
                self.api
            )));
        }
        let is_id = |id: &String| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if let Some(wrong) = self.teams.iter().find(|id| !is_id(id)) {
            return Err(Error::Invalid(format!(
                "settings.teams: `{wrong}` is no team's id; write what stands at the end of the team's address, such as PQ9K7I8"
            )));
        }
        let from = self.from.map(|from| from.trim().to_owned()).filter(|from| !from.is_empty());
        if let Some(wrong) = from.as_ref().filter(|from| !from.contains('@') || from.contains(char::is_whitespace)) {
            return Err(Error::Invalid(format!(
                "settings.from: `{wrong}` is no e-mail address; write that of a PagerDuty user in whose name buttons act"
            )));
        }
        Ok(Settings {
            api: api.to_owned(),
            teams: self.teams,
            match_by_name: self.match_by_name,
            actions: self.actions,
            from,
        })
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::Portal;
    use serde_json::{Value, json};

    use super::*;

    fn read(settings: Value) -> Result<Settings> {
        Portal::new().settings(settings).run(Settings::read)
    }

    #[test]
    fn without_a_word_it_is_the_whole_account_and_nothing_is_changed() {
        let settings = read(json!({})).expect("good");
        assert_eq!((settings.api.as_str(), settings.teams.len()), (API, 0));
        assert!(!settings.actions && !settings.match_by_name && settings.from.is_none());
    }

    #[test]
    fn what_is_wrong_is_said_with_its_key_and_what_to_write() {
        for (settings, said) in [
            (json!({ "api": "api.pagerduty.com" }), "settings.api: `api.pagerduty.com` is no address"),
            (json!({ "api": "https://acme.pagerduty.com/api" }), "or https://api.eu.pagerduty.com for an account in"),
            (json!({ "api": "ftp://x" }), "settings.api: `ftp://x`"),
            (json!({ "teams": ["Payments team"] }), "settings.teams: `Payments team` is no team's id"),
            (json!({ "from": "alice" }), "settings.from: `alice` is no e-mail address"),
            (json!({ "tokens": "x" }), "unknown field `tokens`"),
            (json!({ "actions": "yes" }), "settings.actions: invalid type"),
        ] {
            let error = read(settings.clone()).expect_err("wrong").to_string();
            assert!(error.contains(said), "{settings}: {error}");
        }
    }

    #[test]
    fn a_slash_at_the_end_of_the_address_is_no_mistake() {
        let settings = read(json!({ "api": "https://api.eu.pagerduty.com/", "from": " " })).expect("good");
        assert_eq!((settings.api.as_str(), settings.from), ("https://api.eu.pagerduty.com", None));
    }
}
