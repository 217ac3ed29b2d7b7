//! Holds the model against recorded outcomes: values, references, whole entities, and files as the field writes them.
//!
//! The cases under `tests/cases` are ours and always run. With `PORTICO_CONFORMANCE` naming a folder that holds
//! `conformance/model-cases.json` and `corpus/expectations.json`, those run as well; the test prints how many.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use portico_model::{Entity, EntityRef, Kinds, LocationRef, Rule, format, parse_documents};
use serde_json::Value;

#[test]
fn every_case_of_ours_has_its_outcome() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut tally = Tally::default();
    for entry in fs::read_dir(folder).expect("the cases are beside this test") {
        tally.cases(&read_json(&entry.expect("a readable folder").path()));
    }
    tally.conclude("cases of ours", 90);
}

#[test]
fn every_recorded_case_has_its_outcome() {
    let Some(folder) = std::env::var_os("PORTICO_CONFORMANCE").map(PathBuf::from) else {
        println!("PORTICO_CONFORMANCE names no folder; only our own cases ran");
        return;
    };
    let mut tally = Tally::default();
    tally.cases(&read_json(&folder.join("conformance/model-cases.json")));
    tally.conclude("model cases", 300);
    let mut tally = Tally::default();
    tally.corpus(&folder.join("corpus"));
    tally.conclude("documents of the corpus", 764);
}

fn read_json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Counts what ran, by sort, and keeps what disagreed.
#[derive(Default)]
struct Tally {
    ran: BTreeMap<&'static str, usize>,
    disagreed: Vec<String>,
}

impl Tally {
    fn conclude(self, what: &str, least: usize) {
        let total: usize = self.ran.values().sum();
        println!("{what}: {total} ran, {} disagreed {:?}", self.disagreed.len(), self.ran);
        assert!(total >= least, "only {total} of at least {least} {what} ran");
        assert!(self.disagreed.is_empty(), "{}", self.disagreed.join("\n"));
    }

    fn note(&mut self, sort: &'static str, case: &str, agreed: Result<(), String>) {
        *self.ran.entry(sort).or_default() += 1;
        if let Err(why) = agreed {
            self.disagreed.push(format!("{sort} {case}: {why}"));
        }
    }

    fn cases(&mut self, cases: &Value) {
        for case in list(cases, "primitives") {
            self.note("primitives", &case.to_string(), primitive(case));
        }
        for case in list(cases, "entityRefs") {
            self.note("entity references", &case.to_string(), entity_ref(case));
        }
        for case in list(cases, "locationRefs") {
            self.note("location references", &case.to_string(), location_ref(case));
        }
        for case in list(cases, "entities") {
            let value = parse_documents(text(case, "yaml")).remove(0).map(|document| document.value);
            let agreed = value.map_err(|error| error.to_string()).and_then(|value| outcome(case, value));
            self.note("entities", text(case, "id"), agreed);
        }
    }

    fn corpus(&mut self, folder: &Path) {
        let expectations = read_json(&folder.join("expectations.json"));
        let mut files = BTreeMap::new();
        for case in list(&expectations, "documents") {
            let file = text(case, "file");
            let documents = files.entry(file).or_insert_with(|| {
                let content = fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
                parse_documents(&String::from_utf8_lossy(&content))
            });
            let at = case["doc"].as_u64().expect("a document has a number") as usize;
            let agreed = match documents.get(at) {
                Some(Ok(document)) => outcome(case, without_placeholders(&document.value)),
                Some(Err(error)) => Err(error.to_string()),
                None => Err("the file has no such document".to_owned()),
            };
            self.note("documents", &format!("{file}#{at}"), agreed);
        }
    }
}

fn primitive(case: &Value) -> Result<(), String> {
    let check: fn(&str) -> bool = match text(case, "check") {
        "apiVersion" => format::is_api_version,
        "kind" => format::is_kind,
        "entityName" => format::is_name,
        "namespace" | "dnsLabel" => format::is_dns_label,
        "dnsSubdomain" => format::is_dns_subdomain,
        "labelKey" | "annotationKey" => format::is_key,
        "labelValue" => format::is_label_value,
        "annotationValue" => |_| true,
        "tag" => format::is_tag,
        "url" => format::is_url,
        "nonEmptyString" => format::is_not_blank,
        unknown => return Err(format!("there is no check `{unknown}`")),
    };
    let valid = case["value"].as_str().is_some_and(check);
    if case["valid"] == valid { Ok(()) } else { Err(format!("found {valid}")) }
}

fn entity_ref(case: &Value) -> Result<(), String> {
    let context = &case["context"];
    let namespace = context["defaultNamespace"].as_str().unwrap_or("default");
    let parsed = EntityRef::from_value(&case["input"], context["defaultKind"].as_str(), namespace);
    match (parsed, case["string"].as_str()) {
        (Ok(parsed), Some(expected)) if parsed.as_str() == expected => Ok(()),
        (Err(_), None) => Ok(()),
        (found, _) => Err(format!("found {found:?}")),
    }
}

fn location_ref(case: &Value) -> Result<(), String> {
    let parsed = case["input"].as_str().map(LocationRef::parse);
    let expected = case.get("parsed").map(|parsed| (text(parsed, "type"), text(parsed, "target")));
    match (&parsed, expected) {
        (Some(Ok(found)), Some(expected)) if (found.kind.as_str(), found.target.as_str()) == expected => Ok(()),
        (Some(Err(_)) | None, None) => Ok(()),
        _ => Err(format!("found {parsed:?}")),
    }
}

/// Whether a document is valid, unrecognised or invalid as the case says, with the same reference and relations, or
/// with a complaint about the same field.
fn outcome(case: &Value, value: Value) -> Result<(), String> {
    let expected = text(case, "outcome");
    match Entity::judge(value, Kinds::built_in()) {
        Ok(entity) => {
            let found: BTreeSet<_> = entity
                .relations()
                .into_iter()
                .map(|relation| [relation.from.to_string(), relation.relation.to_string(), relation.to.to_string()])
                .collect();
            let part = |relation: &Value, key| text(relation, key).to_owned();
            let wanted: BTreeSet<_> = list(case, "relations")
                .iter()
                .map(|relation| [part(relation, "source"), part(relation, "type"), part(relation, "target")])
                .collect();
            if expected != "valid" {
                Err(format!("it is valid here and {expected} there"))
            } else if entity.reference().as_str() != text(case, "ref") {
                Err(format!("its reference is {} here", entity.reference()))
            } else if found != wanted {
                Err(format!("relations differ: {:?}", found.symmetric_difference(&wanted).collect::<Vec<_>>()))
            } else {
                Ok(())
            }
        }
        Err(violations) => {
            // A document is foreign when nothing is wrong with it that would be wrong in every kind.
            let is_foreign = violations.iter().any(|violation| violation.rule == Rule::Kind)
                && violations.iter().all(|violation| violation.rule >= Rule::Kind);
            let found = if is_foreign { "unrecognized" } else { "invalid" };
            let field = case["field"].as_str().filter(|field| !field.is_empty());
            let field = field.map(|field| format!("/{}", field.replace('.', "/"))).unwrap_or_default();
            if found != expected {
                Err(format!("it is {found} here and {expected} there: {violations:?}"))
            } else if !violations.iter().any(|violation| violation.path.starts_with(&field)) {
                Err(format!("nothing is said of `{field}`: {violations:?}"))
            } else {
                Ok(())
            }
        }
    }
}

/// The document with `$text`, `$json` and `$yaml` replaced by some text, as the expectations were made.
fn without_placeholders(value: &Value) -> Value {
    match value {
        Value::Object(object) if object.len() == 1 && object.keys().all(|key| is_placeholder(key)) => {
            Value::from("substituted")
        }
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), without_placeholders(value))).collect(),
        Value::Array(items) => items.iter().map(without_placeholders).collect(),
        scalar => scalar.clone(),
    }
}

fn is_placeholder(key: &str) -> bool {
    matches!(key, "$text" | "$json" | "$yaml")
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("a case lacks `{key}`: {value}"))
}
