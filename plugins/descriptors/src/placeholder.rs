//! `$text`, `$json` and `$yaml`: parts of a document that stand in a file of their own.
//!
//! A mapping with one of these as its only key is replaced by the file that it names: as text, or as the value that the
//! file holds. What a file brings is not looked into again. Any other key with a `$`, such as `$ref`, is the author's.
//!
//! Rule: files of the same tree only; one that is missing or broken costs the document, and is said with the place where it
//! is named.

use portico_sdk::model::parse_documents;
use portico_sdk::{Error, Result};
use serde_json::Value;

use crate::site::Site;
use crate::tree::Tree;

/// What all files of one document may bring together; an interface description of this size has 50,000 lines.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Deeper values do not come out of the parser.
const DEEPEST: usize = 64;

/// What could not be put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The placeholder, as a JSON pointer.
    pub path: String,
    /// What happened, and what to do.
    pub message: String,
}

/// Puts in what a document leaves to other files.
pub(crate) fn resolve(value: &mut Value, file: &str, tree: &dyn Tree, site: &dyn Site) -> Vec<Failure> {
    let mut resolver = Resolver { file, tree, site, left: MOST_BYTES, failures: Vec::new() };
    resolver.visit(value, "", 0);
    resolver.failures
}

#[derive(Clone, Copy)]
enum Form {
    Text,
    Json,
    Yaml,
}

struct Resolver<'a> {
    file: &'a str,
    tree: &'a dyn Tree,
    site: &'a dyn Site,
    left: usize,
    failures: Vec<Failure>,
}

impl Resolver<'_> {
    fn visit(&mut self, value: &mut Value, path: &str, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        if let Some((form, target)) = placeholder(value) {
            let key = value.as_object().and_then(|map| map.keys().next()).cloned().unwrap_or_default();
            match self.bring(form, &target) {
                Ok(brought) => *value = brought,
                Err(error) => {
                    self.failures.push(Failure {
                        path: path.to_owned(),
                        message: format!("`{key}: {target}` cannot be put in: {error}"),
                    });
                }
            }
            return;
        }
        match value {
            Value::Object(map) => {
                for (key, inner) in map.iter_mut() {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    self.visit(inner, &format!("{path}/{key}"), depth + 1);
                }
            }
            Value::Array(list) => {
                for (index, inner) in list.iter_mut().enumerate() {
                    self.visit(inner, &format!("{path}/{index}"), depth + 1);
                }
            }
            _ => {}
        }
    }

    fn bring(&mut self, form: Form, target: &str) -> Result<Value> {
        let path = self.site.include(self.file, target)?;
        let bytes = self.tree.read(&path)?;
        if bytes.len() > self.left {
            let most = MOST_BYTES / 1024 / 1024;
            return Err(Error::Invalid(format!(
                "the files of one document have more than {most} MiB together; refer to them by a link instead"
            )));
        }
        self.left -= bytes.len();
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::Invalid(format!("{path} is no UTF-8 text; save it as UTF-8")))?;
        match form {
            Form::Text => Ok(Value::String(text)),
            Form::Json => {
                serde_json::from_str(&text).map_err(|error| Error::Invalid(format!("{path} is no JSON: {error}")))
            }
            Form::Yaml => yaml(&path, &text),
        }
    }
}

fn placeholder(value: &Value) -> Option<(Form, String)> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    let (key, target) = map.iter().next()?;
    let form = match key.as_str() {
        "$text" => Form::Text,
        "$json" => Form::Json,
        "$yaml" => Form::Yaml,
        _ => return None,
    };
    Some((form, target.as_str()?.to_owned()))
}

fn yaml(path: &str, text: &str) -> Result<Value> {
    let mut documents = parse_documents(text).into_iter();
    match (documents.next(), documents.next()) {
        (Some(Ok(document)), None) => Ok(document.value),
        (Some(Err(error)), _) => Err(Error::Invalid(format!("{path} is no YAML: {error}"))),
        (None, _) => Err(Error::Invalid(format!("{path} holds no document"))),
        (Some(_), Some(_)) => {
            Err(Error::Invalid(format!("{path} holds more than one document; `$yaml` takes exactly one")))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{Files, Shelf};

    fn files() -> Files {
        let large = "x".repeat(3 * 1024 * 1024);
        Files::new(&[
            ("api/openapi.yaml", "openapi: 3.1.0\n"),
            ("shared/values.json", r#"{"a": [1, {"$text": "./x"}]}"#),
            ("api/two.yaml", "a: 1\n---\nb: 2\n"),
            ("api/broken.json", "{"),
            ("api/empty.yaml", ""),
            ("large", &large),
        ])
    }

    fn resolved(mut value: Value) -> (Value, Vec<Failure>) {
        let failures = resolve(&mut value, "api/catalog-info.yaml", &files(), &Shelf);
        (value, failures)
    }

    #[test]
    fn files_are_put_in_as_they_are_asked_for() {
        let cases = [
            (json!({"$text": "./openapi.yaml"}), json!("openapi: 3.1.0\n")),
            (json!({"$text": "openapi.yaml"}), json!("openapi: 3.1.0\n")),
            (json!({"$text": "/api/openapi.yaml"}), json!("openapi: 3.1.0\n")),
            (json!({"$yaml": "./openapi.yaml"}), json!({"openapi": "3.1.0"})),
            (json!({"$json": "../shared/values.json"}), json!({"a": [1, {"$text": "./x"}]})),
            (json!({"$text": "https://shelf.test/x/api/openapi.yaml"}), json!("openapi: 3.1.0\n")),
            (json!({"deep": [{"er": {"$text": "./openapi.yaml"}}]}), json!({"deep": [{"er": "openapi: 3.1.0\n"}]})),
        ];
        for (value, expected) in cases {
            assert_eq!(resolved(value.clone()), (expected, Vec::new()), "{value}");
        }
    }

    #[test]
    fn what_only_looks_like_a_placeholder_is_left_alone() {
        for value in [
            json!({"$ref": "#/definitions/node"}),
            json!({"$text": "./openapi.yaml", "more": 1}),
            json!({"$text": 7}),
            json!({"$openapi": "./openapi.yaml"}),
            json!({"text": "./openapi.yaml"}),
            json!("$text: ./openapi.yaml"),
        ] {
            assert_eq!(resolved(value.clone()), (value.clone(), Vec::new()), "{value}");
        }
    }

    #[test]
    fn what_cannot_be_put_in_is_said_with_its_place() {
        let cases = [
            (json!({"$text": "./nothing"}), "there is no file api/nothing"),
            (json!({"$text": "../../etc/passwd"}), "lies beside the shelf"),
            (json!({"$text": "https://example.test/"}), "stands on another shelf"),
            (json!({"$json": "./broken.json"}), "api/broken.json is no JSON"),
            (json!({"$yaml": "./two.yaml"}), "holds more than one document"),
            (json!({"$yaml": "./empty.yaml"}), "holds no document"),
        ];
        for (value, expected) in cases {
            let (left, failures) = resolved(json!({"spec": {"a/b": [value.clone()]}}));
            let [failure] = failures.as_slice() else { panic!("{value}: {failures:?}") };
            assert_eq!(failure.path, "/spec/a~1b/0", "{value}");
            assert!(failure.message.contains(expected), "{value}: {}", failure.message);
            assert_eq!(left["spec"]["a/b"][0], value);
        }
    }

    #[test]
    fn a_document_does_not_grow_without_bound() {
        let (_, failures) = resolved(json!([{"$text": "/large"}, {"$text": "/large"}]));
        assert_eq!(failures.len(), 1);
        assert!(failures[0].message.contains("more than 4 MiB together"), "{failures:?}");
    }
}
