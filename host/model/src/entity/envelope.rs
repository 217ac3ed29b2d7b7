//! What every entity has, whatever its kind: `apiVersion`, `kind`, `metadata` and, for most, `spec`.
//!
//! Rule: sorts of values first, formats of those that are of the right sort second, so that no place is reported twice.

use serde_json::{Map, Value};

use super::path::Path;
use super::violation::{Rule, Violation};
use crate::format::{self, Format};
use crate::kind::{Kinds, Shape, Spec};
use crate::object::get;
use crate::text::{closest, found, shown};

const ROOT_KEYS: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];
const METADATA_KEYS: [&str; 8] =
    ["name", "namespace", "title", "description", "labels", "annotations", "tags", "links"];
const MAPPING: Shape = Shape::Mapping { fields: &[], others: None };
const LIST: Shape = Shape::List { of: &Shape::FilledText, least: 0 };
const LINKS: Shape = Shape::List { of: &MAPPING, least: 0 };
const EVERY: &str = "every entity";

/// Judges everything but `spec`'s inside.
pub(super) fn check(document: &Value, kinds: &Kinds, violations: &mut Vec<Violation>) {
    let root = Path::ROOT;
    let Value::Object(document) = document else {
        let message = format!(
            "The document is {}, where a mapping with `apiVersion`, `kind`, `metadata` and `spec` is expected. Write \
             one entity per document, with `---` between them.",
            found(document)
        );
        violations.push(Violation::new(Rule::Envelope, &root, message));
        return;
    };
    let mut checker = Checker { kinds, violations };
    for key in document.keys().filter(|key| !ROOT_KEYS.contains(&key.as_str())) {
        checker.foreign_key(key, document);
    }
    checker.required(document, "apiVersion", &root, &format::API_VERSION, "Add `apiVersion: backstage.io/v1alpha1`.");
    checker.required(document, "kind", &root, &format::KIND, "Add it, for example `kind: Component`.");
    match get(document, "metadata") {
        Some(Value::Object(metadata)) => checker.metadata(metadata, &root.key("metadata")),
        Some(other) => checker.wrong_sort(&root.key("metadata"), other, &MAPPING),
        None => checker.missing(&root, "metadata", EVERY, "Add `metadata` with at least a `name`."),
    }
    if let Some(spec) = get(document, "spec").filter(|spec| !spec.is_object()) {
        checker.wrong_sort(&root.key("spec"), spec, &MAPPING);
    }
}

struct Checker<'a> {
    kinds: &'a Kinds,
    violations: &'a mut Vec<Violation>,
}

impl Checker<'_> {
    fn metadata(&mut self, metadata: &Map<String, Value>, path: &Path) {
        self.required(metadata, "name", path, &format::NAME, "Add it, for example `name: payments-api`.");
        self.text(metadata, "namespace", path, Some(&format::NAMESPACE));
        for key in ["uid", "etag", "title"] {
            self.text(metadata, key, path, None);
        }
        if let Some(description) = get(metadata, "description").filter(|value| !value.is_string()) {
            self.wrong_sort(&path.key("description"), description, &Shape::Text);
        }
        self.pairs(metadata, "labels", path, Some(&format::LABEL_VALUE));
        self.pairs(metadata, "annotations", path, None);
        self.tags(metadata, path);
        self.links(metadata, path);
    }

    fn pairs(&mut self, metadata: &Map<String, Value>, key: &str, path: &Path, format: Option<&Format>) {
        let path = path.key(key);
        let pairs = match get(metadata, key) {
            Some(Value::Object(pairs)) => pairs,
            Some(other) => return self.wrong_sort(&path, other, &MAPPING),
            None => return,
        };
        for (key, value) in pairs {
            let path = path.key(key);
            self.format(&path, key, "the key ", &format::KEY);
            match (value, format) {
                (Value::String(text), Some(format)) => self.format(&path, text, "", format),
                (Value::String(_), None) => {}
                (other, _) => self.wrong_sort(&path, other, &Shape::Text),
            }
        }
    }

    fn tags(&mut self, metadata: &Map<String, Value>, path: &Path) {
        let path = path.key("tags");
        let tags = match get(metadata, "tags") {
            Some(Value::Array(tags)) => tags,
            Some(other) => return self.wrong_sort(&path, other, &LIST),
            None => return,
        };
        for (index, tag) in tags.iter().enumerate() {
            self.filled(&path.index(index), tag, Some(&format::TAG));
        }
    }

    fn links(&mut self, metadata: &Map<String, Value>, path: &Path) {
        let path = path.key("links");
        let links = match get(metadata, "links") {
            Some(Value::Array(links)) => links,
            Some(other) => return self.wrong_sort(&path, other, &LINKS),
            None => return,
        };
        for (index, link) in links.iter().enumerate() {
            let path = path.index(index);
            let Value::Object(link) = link else {
                self.wrong_sort(&path, link, &MAPPING);
                continue;
            };
            match get(link, "url") {
                Some(url) => self.filled(&path.key("url"), url, Some(&format::LINK_URL)),
                None => self.missing(&path, "url", "every link", "Add it, for example `url: https://docs.acme.com`."),
            }
            self.text(link, "title", &path, Some(&format::NOT_BLANK));
            self.text(link, "icon", &path, Some(&format::NOT_BLANK));
            self.text(link, "type", &path, None);
        }
    }

    /// A text that has to be there.
    fn required(&mut self, object: &Map<String, Value>, key: &str, path: &Path, format: &Format, advice: &str) {
        if let Some(value) = get(object, key) {
            return self.filled(&path.key(key), value, Some(format));
        }
        let strangers =
            object.keys().map(String::as_str).filter(|key| !ROOT_KEYS.contains(key) && !METADATA_KEYS.contains(key));
        match closest(key, strangers) {
            Some(written) => self.missing(path, key, EVERY, &format!("There is `{written}`; did you mean `{key}`?")),
            None => self.missing(path, key, EVERY, advice),
        }
    }

    /// A text that is not empty, where it is given.
    fn text(&mut self, object: &Map<String, Value>, key: &str, path: &Path, format: Option<&Format>) {
        if let Some(value) = get(object, key) {
            self.filled(&path.key(key), value, format);
        }
    }

    fn filled(&mut self, path: &Path, value: &Value, format: Option<&Format>) {
        match value {
            Value::String(text) if text.is_empty() => self.violations.push(Violation::empty(Rule::Envelope, path)),
            Value::String(text) => {
                if let Some(format) = format {
                    self.format(path, text, "", format);
                }
            }
            other => self.wrong_sort(path, other, &Shape::FilledText),
        }
    }

    fn format(&mut self, path: &Path, text: &str, what: &str, format: &Format) {
        if (format.holds)(text) {
            return;
        }
        let mended = Some((format.mend)(text)).filter(|mended| (format.holds)(mended) && !mended.is_empty());
        let advice = mended.map(|mended| format!(" Write `{mended}`, for example.")).unwrap_or_default();
        let message = match what {
            "" => format!("`{}` is {}, but {}.{advice}", path.dotted(), shown(text), format.allowed),
            what => format!("`{}` has {what}{}, but {}.{advice}", path.dotted(), shown(text), format.allowed),
        };
        self.violations.push(Violation::new(Rule::Format, path, message));
    }

    fn missing(&mut self, parent: &Path, key: &str, whose: &str, advice: &str) {
        self.violations.push(Violation::missing(Rule::Envelope, parent, key, whose, advice));
    }

    fn wrong_sort(&mut self, path: &Path, value: &Value, shape: &Shape) {
        self.violations.push(Violation::wrong_sort(Rule::Envelope, path, value, shape));
    }

    /// A key beside the four that a document has.
    fn foreign_key(&mut self, key: &str, document: &Map<String, Value>) {
        let absent = ROOT_KEYS.into_iter().filter(|known| !document.contains_key(*known));
        let advice = if matches!(key, "relations" | "status") {
            "The portal writes it itself; remove it.".to_owned()
        } else if METADATA_KEYS.contains(&key) {
            format!("Move it under `metadata`: `metadata.{key}`.")
        } else if is_of_spec(key, document, self.kinds) {
            format!("Move it under `spec`: `spec.{key}`.")
        } else if let Some(meant) = closest(key, absent) {
            format!("Did you mean `{meant}`?")
        } else {
            "Move it under `spec` or `metadata`, where further keys are allowed, or remove it.".to_owned()
        };
        let message = format!(
            "The document has the key {}, but only `apiVersion`, `kind`, `metadata` and `spec` stand there. {advice}",
            shown(key)
        );
        self.violations.push(Violation::new(Rule::Envelope, &Path::ROOT.key(key), message));
    }
}

/// Whether the kind of the document has this key in `spec`.
fn is_of_spec(key: &str, document: &Map<String, Value>, kinds: &Kinds) -> bool {
    let kind = document.get("kind").and_then(Value::as_str).and_then(|kind| kinds.get(kind));
    kind.is_some_and(|kind| match &kind.spec {
        Spec::Fields { fields, .. } => fields.iter().any(|field| field.name == key),
        Spec::Rule(_) => false,
    })
}
