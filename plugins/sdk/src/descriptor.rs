//! Descriptors: files of YAML documents, each of which is an entity or says why it is none.
//!
//! Rule: whatever is wrong with a document is said with its line, its column and its place in the document, and costs no
//! other document.

use portico_model::{Document, Entity, EntityRef, Kinds, owner_of, parse_documents, reference_of};
use serde_json::Value;

use crate::ingest::{Cause, Origin, Problem, Put, Violation};

/// Where a file is, for everything that is said about what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file inside the scope.
    pub file: String,
    /// A page on which a person can read it.
    pub url: Option<String>,
    /// The entity that led here, such as a Location.
    pub parent: Option<EntityRef>,
}

impl Place {
    /// A file that nothing else is known about.
    pub fn file(file: impl Into<String>) -> Place {
        Place { file: file.into(), url: None, parent: None }
    }

    /// A problem of the file as a whole.
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        Problem { url: self.url.clone(), ..Problem::new(self.file.clone(), message) }
    }

    /// A problem at a place inside one of its documents.
    pub fn problem_at(&self, document: &Document, path: &str, message: impl Into<String>) -> Problem {
        Problem {
            position: Some(document.position(path)),
            path: path.to_owned(),
            entity: reference_of(&document.value),
            owner: owner_of(&document.value),
            ..self.problem(message)
        }
    }
}

/// The documents of a file, and what in it is no text or no YAML.
pub fn documents(bytes: &[u8], place: &Place) -> (Vec<Document>, Vec<Problem>) {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("the file is no UTF-8 text (at byte {}); save it as UTF-8", error.valid_up_to());
            return (Vec::new(), vec![place.problem(message)]);
        }
    };
    let (mut documents, mut problems) = (Vec::new(), Vec::new());
    for document in parse_documents(text) {
        match document {
            Ok(document) => documents.push(document),
            Err(error) => problems.push(Problem { position: Some(error.position), ..place.problem(error.message) }),
        }
    }
    (documents, problems)
}

/// A document that keeps the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Its name in the catalog.
    pub reference: EntityRef,
    /// The document.
    pub value: Value,
    /// What is handed over of it.
    pub put: Put,
}

/// Asks the portal what is wrong with a document, see [`crate::ingest::check`].
pub type Check<'a> = &'a mut dyn FnMut(&str) -> crate::Result<Vec<Violation>>;

/// Judges a document, and makes what is handed over of it. `value` is the document's value, or what has become of it. Kinds that
/// every portal has are judged here; of others the portal is asked.
pub fn judge(
    document: &Document,
    value: Value,
    place: &Place,
    check: Check<'_>,
) -> crate::Result<Result<Judged, Vec<Problem>>> {
    let named = reference_of(&value);
    let is_built_in = value["kind"].as_str().is_some_and(|kind| Kinds::built_in().get(kind).is_some());
    let (value, violations) = if is_built_in {
        match Entity::judge(value, Kinds::built_in()) {
            Ok(entity) => (entity.into_value(), Vec::new()),
            Err(broken) => {
                let broken = broken.into_iter().map(|broken| Violation { path: broken.path, message: broken.message });
                (Value::Null, broken.collect())
            }
        }
    } else {
        let violations = check(&value.to_string())?;
        (value, violations)
    };
    match named {
        Some(reference) if violations.is_empty() => {
            let origin = Origin {
                file: place.file.clone(),
                line: document.line(),
                url: place.url.clone(),
                parent: place.parent.clone(),
            };
            let put = Put { document: serde_json::to_string(&value)?, origin };
            Ok(Ok(Judged { reference, value, put }))
        }
        named => {
            let problem = |violation: Violation| Problem {
                cause: Cause::Refused,
                entity: named.clone(),
                ..place.problem_at(document, &violation.path, violation.message)
            };
            Ok(Err(violations.into_iter().map(problem).collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
apiVersion: backstage.io/v1alpha1
kind: System
metadata: { name: shop }
spec: { owner: team-a }
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata:
  name: has spaces
spec: {}
---
kind: [unclosed
";

    #[test]
    fn one_bad_document_costs_no_other() {
        let place = Place { url: Some("https://x.test/f".into()), ..Place::file("f.yaml") };
        let (documents, problems) = documents(FILE.as_bytes(), &place);
        let [good, bad] = documents.as_slice() else { panic!("{documents:?}") };
        let [broken] = problems.as_slice() else { panic!("{problems:?}") };

        let mut unasked = |_: &str| panic!("systems are known everywhere");
        let Judged { reference, put, .. } =
            judge(good, good.value.clone(), &place, &mut unasked).expect("an answer").expect("valid");
        assert_eq!(reference.as_str(), "system:default/shop");
        assert_eq!((put.origin.line, put.origin.url.as_deref()), (1, Some("https://x.test/f")));
        assert!(put.document.contains("\"namespace\":\"default\""));

        let problems = judge(bad, bad.value.clone(), &place, &mut unasked).expect("an answer").expect_err("invalid");
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert!(
            paths.contains(&"/metadata/name") && paths.iter().any(|path| path.starts_with("/spec")),
            "{problems:?}"
        );
        let name = problems.iter().find(|problem| problem.path == "/metadata/name").expect("said");
        assert_eq!(name.position.map(|position| position.line), Some(9));

        assert!(broken.position.is_some_and(|position| position.line >= 12), "{broken:?}");
        assert_eq!(broken.file, "f.yaml");
    }

    #[test]
    fn of_kinds_that_a_portal_has_for_itself_it_is_asked() {
        let text = "apiVersion: x.test/v1\nkind: Cluster\nmetadata: { name: one }\nspec:\n  nodes: many\n";
        let (documents, _) = documents(text.as_bytes(), &Place::file("f.yaml"));
        let judged = |answer: Vec<Violation>| {
            let mut asked = |document: &str| {
                assert!(document.contains("\"nodes\":\"many\""), "{document}");
                Ok(answer.clone())
            };
            judge(&documents[0], documents[0].value.clone(), &Place::file("f.yaml"), &mut asked).expect("an answer")
        };
        assert_eq!(judged(Vec::new()).expect("valid").reference.as_str(), "cluster:default/one");
        let broken = Violation { path: "/spec/nodes".into(), message: "no number".into() };
        let problems = judged(vec![broken]).expect_err("invalid");
        assert_eq!(problems[0].position.map(|position| position.line), Some(5));
        assert_eq!(problems[0].entity.as_ref().map(EntityRef::as_str), Some("cluster:default/one"));
    }

    #[test]
    fn what_is_no_text_is_said() {
        let (_, problems) = documents(b"kind: \xff\xfe", &Place::file("f.yaml"));
        assert_eq!(problems[0].message, "the file is no UTF-8 text (at byte 6); save it as UTF-8");
    }
}
