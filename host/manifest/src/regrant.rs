//! How grants stand when something changes: other ticks, another version.
//!
//! Rule: nothing becomes wider by itself. A tick leaves a grant as narrow as it was, and a version that would get more than the one
//! before it had asks a person first.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::config::Grants;
use crate::denial::Capability;
use crate::http::{HttpGrant, HttpRule};
use crate::manifest::Manifest;
use crate::piece::Piece;
use crate::rights::{AskLine, Rights};
use crate::yaml::parse;

/// The keys of grants that asks are about.
const ASKED: [&str; 9] =
    ["repositories", "push", "files", "http", "credentials", "kubeconfigs", "catalog", "state", "limits"];

/// Grants with what was narrower before left so: a tick says that something is granted, and not that more of it is. `chosen` are the
/// places of the asks that were ticked.
pub fn narrowed(mut grants: Value, before: &Value, manifest: &Manifest, chosen: &BTreeSet<usize>) -> Value {
    let Some(before) = before.as_object() else { return grants };
    let lines = Rights::new(manifest, &Grants::default()).lines();
    for (place, line) in lines.iter().enumerate().filter(|(place, _)| chosen.contains(place)) {
        if let Piece::Names(key) = &line.piece {
            keep_parts(&mut grants[*key], before.get(*key));
        }
        let Piece::Asked(path, asked) = &line.piece else { continue };
        let pointer = format!("/{}", path.join("/"));
        let Some(old) = Value::Object(before.clone()).pointer(&pointer).cloned() else { continue };
        let kept = match &old {
            // Of a list, what meets this ask and no other.
            Value::Array(items) => items.iter().filter(|item| meets(manifest, path, item, place)).cloned().collect(),
            other => vec![other.clone()],
        };
        let Some(new) = grants.pointer_mut(&pointer) else { continue };
        match new {
            _ if kept.is_empty() => {}
            Value::Array(new) => {
                let asked = asked.as_array().cloned().unwrap_or_default();
                new.retain(|item| !asked.contains(item) || kept.contains(item));
                new.extend(kept.into_iter().filter(|item| !asked.contains(item)));
            }
            new => *new = kept[0].clone(),
        }
    }
    // What no ask is about is the operator's own.
    for (key, value) in before.iter().filter(|(key, _)| !ASKED.contains(&key.as_str())) {
        grants[key] = value.clone();
    }
    grants
}

/// What is named whole and was granted in part stays so: a kubeconfig of which some contexts were granted.
fn keep_parts(named: &mut Value, before: Option<&Value>) {
    let parts = before.and_then(Value::as_array).into_iter().flatten().filter(|item| item.is_object());
    for part in parts {
        let whole = named.as_array_mut().into_iter().flatten().find(|name| **name == part["file"]);
        if let Some(whole) = whole {
            *whole = part.clone();
        }
    }
}

/// Whether an item of a list of grants, by itself, grants something of the ask at this place.
fn meets(manifest: &Manifest, path: &[&str], item: &Value, place: usize) -> bool {
    let alone = path.iter().rev().fold(Value::Array(vec![item.clone()]), |inner, key| json!({ *key: inner }));
    let Ok(grants) = parse::<Grants>(&alone.to_string(), "grants") else { return false };
    let bare = Rights::new(manifest, &Grants::default()).lines();
    let line = Rights::new(manifest, &grants).lines().into_iter().nth(place);
    line.is_some_and(|line| line.granted.is_some() && bare.get(place).is_none_or(|bare| bare.granted != line.granted))
}

/// Whether a version asks for something that the one before did not, and that was not granted yet.
pub fn asks_for_more(manifest: &Manifest, before: Option<&Manifest>, grants: &Grants) -> bool {
    !more_asked(manifest, before, grants).is_empty()
}

/// The places of those asks.
pub fn more_asked(manifest: &Manifest, before: Option<&Manifest>, grants: &Grants) -> BTreeSet<usize> {
    let known: Vec<(Capability, String)> = before
        .map(|manifest| Rights::new(manifest, &Grants::default()).lines())
        .unwrap_or_default()
        .into_iter()
        .map(|line| (line.capability, line.target))
        .collect();
    let rights = Rights::new(manifest, &as_it_was(grants, before));
    let is_new = |line: &AskLine| !known.contains(&(line.capability, line.target.clone()));
    let lines = rights.lines().into_iter().enumerate();
    let more = lines.filter(|(_, line)| is_new(line) && line.granted.as_deref() != Some(line.target.as_str()));
    more.map(|(place, _)| place).collect()
}

/// Grants in which what was left to the asks is what it came to with the version before.
fn as_it_was(grants: &Grants, before: Option<&Manifest>) -> Grants {
    let asks = before.map(|manifest| manifest.asks.http.as_slice()).unwrap_or_default();
    let as_it_was = |grant: &HttpGrant| match grant {
        HttpGrant { methods: Some(_), paths: Some(_), .. } => vec![grant.clone()],
        _ => asks.iter().filter_map(|ask| HttpRule::meet(ask, grant)).map(|rule| rule.grant()).collect(),
    };
    Grants { http: grants.http.iter().flat_map(as_it_was).collect(), ..grants.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::piece::grants_of;

    fn manifest(asks: &str) -> Manifest {
        let text = format!(
            "name: demo\nversion: 1.0.0\npublisher: Acme\ntitle: Demo\ndescription: Shows.\ncontract: 0.1.0\nextensions: [ingestion]\nasks:\n{asks}"
        );
        Manifest::parse(&text, "manifest.yaml").expect(asks)
    }

    #[test]
    fn a_version_that_sends_a_secret_in_another_way_asks_for_more() {
        let asks = |how: &str| {
            manifest(&format!("  credentials: [{{ name: token, hosts: [api.acme.example], {how} reason: x }}]\n"))
        };
        let before = asks("");
        for (how, more) in [
            ("", false),
            ("header: authorization, format: 'Bearer {}',", false),
            ("header: x-public-comment, format: 'hello {}',", true),
            ("username: bob,", true),
        ] {
            assert_eq!(asks_for_more(&asks(how), Some(&before), &Grants::default()), more, "{how}");
        }
        let line = |how: &str| Rights::new(&asks(how), &Grants::default()).lines().remove(0).target;
        assert_eq!(line(""), "token, for api.acme.example");
        assert_eq!(line("username: bob,"), "token, for api.acme.example, as the password of `bob`");
        assert_eq!(line("header: x-key, format: '{}',"), "token, for api.acme.example, as `x-key: {}`");
    }

    #[test]
    fn a_tick_leaves_a_grant_as_narrow_as_it_was() {
        let manifest = manifest(
            "  http:\n    - { host: '*', port: '*', methods: [GET], reason: x }\n    - { host: status.acme.io, reason: x }\n  catalog: { read: { kinds: [Component, API], reason: x } }\n",
        );
        let lines = Rights::new(&manifest, &Grants::default()).lines();
        let all = || lines.iter().map(|line| (line, ""));
        let before = json!({
            "http": [{ "host": "localhost", "port": 80, "scheme": "http" }],
            "private-addresses": ["127.0.0.1"],
            "catalog": { "read": ["API"] },
        });
        let ticked = BTreeSet::from([0, 1, 2]);
        assert_eq!(
            narrowed(grants_of(all()).unwrap(), &before, &manifest, &ticked),
            json!({
                "http": [
                    { "host": "status.acme.io", "methods": ["GET", "HEAD"] },
                    { "host": "localhost", "port": 80, "scheme": "http" },
                ],
                "catalog": { "read": ["API"] },
                "private-addresses": ["127.0.0.1"],
            })
        );
        let first = narrowed(grants_of(all().take(1)).unwrap(), &Value::Null, &manifest, &BTreeSet::from([0]));
        assert_eq!(
            first,
            json!({ "http": [{ "host": "*", "port": "*", "methods": ["GET"] }] }),
            "what is new is granted as asked"
        );
    }

    #[test]
    fn a_kubeconfig_of_which_some_was_granted_is_granted_no_further_by_a_tick() {
        let manifest = manifest(
            "  kubeconfig: { setting: clusters, reason: x }\nsettings: { type: object, properties: { clusters: { type: array } } }\n",
        );
        let lines = Rights::new(&manifest, &Grants::default()).lines();
        let said = "/etc/one\n/etc/two";
        let before = json!({ "kubeconfigs": [{ "file": "/etc/two", "contexts": ["prod"] }, { "file": "/etc/three" }] });
        let grants = grants_of(lines.iter().map(|line| (line, said))).unwrap();
        assert_eq!(
            narrowed(grants, &before, &manifest, &BTreeSet::from([0])),
            json!({ "kubeconfigs": ["/etc/one", { "file": "/etc/two", "contexts": ["prod"] }] })
        );
    }

    #[test]
    fn a_version_that_would_get_more_than_the_one_before_asks_for_more() {
        let read = "  http: [{ host: api.acme.io, reason: x }]\n";
        let write = "  http: [{ host: api.acme.io, methods: [POST, DELETE], reason: x }]\n";
        let both =
            "  http: [{ host: api.acme.io, reason: x }, { host: api.acme.io, methods: [POST, DELETE], reason: x }]\n";
        let below = "  http: [{ host: api.acme.io, paths: [/v1/*], reason: x }]\n";
        let elsewhere = "  http: [{ host: api.acme.io, reason: x }, { host: hub.acme.io, reason: x }]\n";
        let any = "http: [{ host: api.acme.io }]";
        let cases = [
            (read, any, read, false),
            // Granted as it was asked, which was reading.
            (read, any, write, true),
            (read, any, both, true),
            (read, "http: [{ host: api.acme.io, methods: [GET, HEAD] }]", write, true),
            // What was left out meant less than it would.
            (below, any, read, true),
            (read, any, below, false),
            (read, "http: [{ host: '*' }]", elsewhere, true),
            // What a person wrote for it holds for whatever asks for it.
            (read, "http: [{ host: api.acme.io, methods: [POST, DELETE], paths: [/*] }]", write, false),
            (below, "http: [{ host: '*', methods: [GET, HEAD], paths: [/v1/*, /v2/*] }]", below, false),
            (read, "{}", read, false),
            (read, "{}", "  http: []\n", false),
            (
                "  catalog: { read: { kinds: [API], reason: x } }\n",
                "catalog: { read: [API, Group] }",
                "  catalog: { read: { kinds: [Group], reason: x } }\n",
                false,
            ),
            ("  http: []\n", "{}", "  repositories: { reason: x }\n", true),
        ];
        for (before, grants, after, more) in cases {
            let granted = parse::<Grants>(grants, "grants").expect(grants);
            let found = asks_for_more(&manifest(after), Some(&manifest(before)), &granted);
            assert_eq!(found, more, "{before} then {after} with {grants}");
        }
        let granted = parse::<Grants>(any, "grants").unwrap();
        assert!(asks_for_more(&manifest(read), None, &granted), "the first version waits");
    }
}
