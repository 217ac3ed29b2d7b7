//! Whether a document may come in: whether its plugin may bring in its kind, and whether it may come from where it comes from, by
//! `catalog.rules`.
//!
//! Rule: of rules, judged is where the chain of locations began, which no author can write, since plugins overwrite it. What comes from no
//! location is none of the rules' business; nor is the entity that the portal makes for a registered location.
//!
//! The rules are part of where a reading stands: under other rules, every scope has to be read afresh.

use portico_catalog::About;
use portico_manifest::{Capability, CatalogRight, KindPattern, Rights, Rules};
use portico_model::{LocationRef, MANAGED_BY_ORIGIN_LOCATION};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What stands behind a cursor that was stored under rules or after code had seen its documents, with the digest of both.
const MARK: &str = " rules ";

/// A document that stays out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) about: About,
    /// Why, and which rule or grant to add.
    pub(crate) message: String,
    /// What was not granted, if it was for want of a grant.
    pub(crate) capability: Option<Capability>,
}

/// Refuses a document, JSON, whose kind was not granted, or that no rule lets in. One that is broken is let through to be judged.
pub(crate) fn admit(rules: Option<&Rules>, rights: &Rights, document: &str) -> Result<(), Refusal> {
    // Most plugins may bring in everything, and most portals have no rules; then nothing needs to be read here.
    if rules.is_none() && rights.write.contains(&KindPattern::Any) {
        return Ok(());
    }
    let Ok(document) = serde_json::from_str::<Value>(document) else { return Ok(()) };
    let Some(kind) = document["kind"].as_str() else { return Ok(()) };
    if let Err(denial) = rights.kind(CatalogRight::Write, kind) {
        let (message, capability) = (denial.to_string(), Some(denial.capability));
        return Err(Refusal { about: About::document(&document), message, capability });
    }
    let Some(rules) = rules else { return Ok(()) };
    let_in(rules, kind, &document)
}

fn let_in(rules: &Rules, kind: &str, document: &Value) -> Result<(), Refusal> {
    let origin = document["metadata"]["annotations"][MANAGED_BY_ORIGIN_LOCATION].as_str();
    let Some(origin) = origin.and_then(|origin| LocationRef::parse(origin).ok()) else { return Ok(()) };
    if stands_for(document, kind, &origin) {
        return Ok(());
    }
    let refusal = |message| Refusal { about: About::document(document), message, capability: None };
    rules.check(kind, &origin).map_err(refusal)
}

/// Whether a document is the entity that the portal makes for a location.
fn stands_for(document: &Value, kind: &str, location: &LocationRef) -> bool {
    let spec = &document["spec"];
    let generated = document["metadata"]["name"].as_str().is_some_and(|name| name.starts_with("generated-"));
    kind == "Location"
        && generated
        && spec["type"] == location.kind.as_str()
        && spec["target"] == location.target.as_str()
}

/// Stands for all that documents are judged by beside their kinds: the rules, and the code that processes them. Empty for nothing.
pub(crate) fn judged_by(rules: Option<&Rules>, processors: &str) -> String {
    let rules = rules.map(|rules| hex::encode(&Sha256::digest(rules.spelling())[..4])).unwrap_or_default();
    format!("{rules}{processors}")
}

/// A cursor as it is stored by what its documents were judged by.
pub(crate) fn mark(judged_by: &str, cursor: String) -> String {
    if judged_by.is_empty() { cursor } else { format!("{cursor}{MARK}{judged_by}") }
}

/// The cursor that was stored by the same; none if it was stored by another.
pub(crate) fn unmark(judged_by: &str, stored: String) -> Option<String> {
    match stored.rsplit_once(MARK) {
        None => judged_by.is_empty().then_some(stored),
        Some((cursor, by)) => (by == judged_by).then(|| cursor.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use portico_manifest::{CatalogRule, Grants, Manifest, parse};
    use serde_json::json;

    use super::*;

    fn rules(text: &str) -> Rules {
        let rules: Vec<CatalogRule> = parse(text, "portico.yaml").unwrap();
        Rules::new(Some(rules), Vec::new()).unwrap()
    }

    fn rights(grants: &str) -> Rights {
        let text = "name: demo\nversion: 1.0.0\npublisher: Acme\ntitle: Demo\ndescription: Shows.\ncontract: 0.1.0\nextensions: [ingestion]\nasks: { catalog: { write: { kinds: ['*'], reason: x } } }\nkinds: [{ name: Cluster }]\n";
        let manifest = Manifest::parse(text, "manifest.yaml").unwrap();
        Rights::new(&manifest, &parse::<Grants>(grants, "portico.yaml").unwrap())
    }

    #[test]
    fn a_document_comes_in_if_its_kind_was_granted() {
        for (grants, kind, comes_in) in [
            ("{}", "Component", false),
            ("{}", "Cluster", true),
            ("catalog: { write: [component] }", "Component", true),
            ("catalog: { write: [Component] }", "Group", false),
            ("catalog: { write: ['*'] }", "Group", true),
        ] {
            let document = json!({ "kind": kind, "metadata": { "name": "a" } }).to_string();
            let admitted = admit(None, &rights(grants), &document);
            assert_eq!(admitted.is_ok(), comes_in, "{kind} with {grants}");
            if let Err(refusal) = admitted {
                assert_eq!(refusal.capability, Some(Capability::Write));
                assert!(refusal.message.ends_with(&format!("write: [\"{kind}\"]")), "{}", refusal.message);
            }
        }
        assert!(admit(None, &rights("{}"), "no JSON").is_ok(), "what is broken is judged by the catalog");
    }

    #[test]
    fn a_document_comes_in_by_the_place_where_its_chain_of_locations_began() {
        let rules = rules("[{ allow: [Component] }, { allow: [Group], locations: [{ type: file }] }]");
        let granted = rights("catalog: { write: ['*'] }");
        let document = |kind: &str, name: &str, origin: Option<&str>, spec: Value| {
            let mut metadata = json!({ "name": name });
            if let Some(origin) = origin {
                metadata["annotations"] = json!({ MANAGED_BY_ORIGIN_LOCATION: origin });
            }
            json!({ "kind": kind, "metadata": metadata, "spec": spec }).to_string()
        };
        let own = json!({ "type": "url", "target": "https://x.test/a" });
        let (web, file) = (Some("url:https://x.test/a"), Some("file:/srv/a.yaml"));
        for (document, comes_in) in [
            (document("Component", "a", web, json!({})), true),
            (document("Group", "a", web, json!({})), false),
            (document("Group", "a", file, json!({})), true),
            (document("Group", "a", None, json!({})), true),
            (document("Location", "generated-1", web, own.clone()), true),
            (document("Location", "mine", web, own.clone()), false),
            (document("Location", "generated-1", file, own), false),
            ("no JSON".to_owned(), true),
            ("{}".to_owned(), true),
        ] {
            assert_eq!(admit(Some(&rules), &granted, &document).is_ok(), comes_in, "{document}");
        }
        let refused = admit(Some(&rules), &granted, &document("Group", "admins", web, json!({}))).unwrap_err();
        assert_eq!(refused.about.entity.unwrap().as_str(), "group:default/admins");
    }

    #[test]
    fn a_cursor_counts_only_by_what_it_was_stored_by() {
        let (some, others) = (rules("[{ allow: [Component] }]"), rules("[{ allow: [Group] }]"));
        let (none, some, others) = (judged_by(None, ""), judged_by(Some(&some), ""), judged_by(Some(&others), ""));
        let processed = judged_by(None, "0011aabb");
        for (stored, read, counts) in [
            (&none, &none, true),
            (&some, &some, true),
            (&processed, &processed, true),
            (&none, &some, false),
            (&some, &none, false),
            (&some, &others, false),
            (&some, &processed, false),
            (&none, &processed, false),
        ] {
            let expected = counts.then(|| "commit 1".to_owned());
            assert_eq!(unmark(read, mark(stored, "commit 1".to_owned())), expected);
        }
    }
}
