//! The address of a repository, as `HOST?owner=…&repo=…`, and its parts.
//!
//! Rule: an address is kept as it was written until one of its parts changes. Which parts a host asks for is told by its name, since
//! nothing else is known of it here.

use std::collections::BTreeMap;

use portico_api_types::template_form::{FormPart, FormRepository, INPUT};
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::autocomplete;
use crate::words;

/// The parts behind a host, in the order that addresses have them in.
const PARTS: [&str; 5] = ["owner", "repo", "organization", "workspace", "project"];

/// What a field lets through.
pub(crate) struct Repository {
    allowed: Vec<(&'static str, Vec<String>)>,
    token: Option<String>,
}

/// The parts of an address.
pub(crate) type Parts = BTreeMap<&'static str, String>;

impl Repository {
    pub(crate) fn of(schema: &Value) -> Repository {
        let lists = [
            ("host", "allowedHosts"),
            ("owner", "allowedOwners"),
            ("organization", "allowedOrganizations"),
            ("workspace", "allowedWorkspaces"),
            ("project", "allowedProjects"),
            ("repo", "allowedRepos"),
        ];
        let token = words::hint(schema, "requestUserCredentials").and_then(|wanted| wanted["secretsKey"].as_str());
        Repository {
            allowed: lists.into_iter().map(|(part, word)| (part, words::texts(schema, word))).collect(),
            token: token.map(str::to_owned),
        }
    }

    /// The control for a value at a place. Parts are called by what they are, `#`, and the place, which may hold any sign itself.
    pub(crate) fn drawn(&self, value: Option<&Value>, pointer: &str) -> FormRepository {
        let mut parts = value.and_then(Value::as_str).map(parts).unwrap_or_default();
        if !parts.contains_key("host")
            && let [only] = self.allowed("host")
        {
            parts.insert("host", only.clone());
        }
        let host = parts.get("host").map_or("", String::as_str);
        let mut shown = vec!["host"];
        shown.extend(asked_of(host));
        shown.extend(PARTS.iter().copied().filter(|part| parts.contains_key(part) && !asked_of(host).contains(part)));
        let part = |part: &'static str| FormPart {
            part: part.to_owned(),
            name: format!("{INPUT}{part}#{pointer}"),
            text: parts.get(part).cloned().unwrap_or_default(),
            options: self.allowed(part).to_vec(),
            asks: match part {
                "owner" if !host.is_empty() => Some(autocomplete::owners(host)),
                "repo" => autocomplete::of_forge("repositories", value, &["owner"]),
                _ => None,
            },
        };
        FormRepository { parts: shown.into_iter().map(part).collect(), token: self.token.clone() }
    }

    fn allowed(&self, part: &str) -> &[String] {
        self.allowed.iter().find(|(known, _)| *known == part).map(|(_, all)| all.as_slice()).unwrap_or_default()
    }

    /// What keeps a value from being an address that the field lets through.
    pub(crate) fn fault(&self, value: &Value) -> Option<String> {
        let parts = parts(value.as_str()?);
        let Some(host) = parts.get("host") else {
            return Some("This is no address of a repository; write it as `HOST?owner=…&repo=…`.".to_owned());
        };
        // A project at GitLab may be named by its number alone.
        let is_there = |part: &str| parts.contains_key(part) || part == "owner" && parts.contains_key("project");
        if let Some(missing) = asked_of(host).iter().find(|part| !is_there(part)) {
            return Some(format!("The address of the repository lacks its {missing}; fill it in."));
        }
        let refused = |(part, text): (&&'static str, &String)| {
            let allowed = self.allowed(part);
            let is_taken = allowed.is_empty() || allowed.iter().any(|one| one == text);
            (!is_taken).then(|| format!("The {part} has to be one of these: {}.", allowed.join(", ")))
        };
        parts.iter().find_map(refused)
    }
}

/// What a form says of the parts as the address; none if nothing but a host is said.
pub(crate) fn written(said: &[(String, String)]) -> Option<Value> {
    let of = |part: &str| {
        let found = said.iter().find(|(name, _)| name == part).map(|(_, text)| text.trim());
        found.filter(|text| !text.is_empty())
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    let mut is_empty = true;
    for part in PARTS {
        if let Some(text) = of(part) {
            query.append_pair(part, text);
            is_empty = false;
        }
    }
    (!is_empty).then(|| Value::from(format!("{}?{}", of("host").unwrap_or_default(), query.finish())))
}

/// The host of an address.
pub(crate) fn host(value: &Value) -> Option<String> {
    parts(value.as_str()?).remove("host")
}

/// The parts of an address; none at all if it is none.
pub(crate) fn parts(address: &str) -> Parts {
    let Some(url) = Url::parse(&format!("https://{address}")).ok().filter(|url| url.path() == "/") else {
        return Parts::new();
    };
    let Some(host) = url.host_str() else { return Parts::new() };
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let mut parts = Parts::from([("host", host)]);
    for (key, value) in url.query_pairs() {
        if let Some(part) = PARTS.iter().find(|part| **part == key).filter(|_| !value.is_empty()) {
            parts.entry(part).or_insert_with(|| value.into_owned());
        }
    }
    parts
}

/// What a host asks for.
fn asked_of(host: &str) -> &'static [&'static str] {
    match host {
        "bitbucket.org" => &["workspace", "project", "repo"],
        "dev.azure.com" => &["organization", "project", "repo"],
        host if host.ends_with(".visualstudio.com") => &["project", "repo"],
        host if host.contains("bitbucket") => &["project", "repo"],
        host if host.contains("gerrit") => &["repo"],
        _ => &["owner", "repo"],
    }
}
