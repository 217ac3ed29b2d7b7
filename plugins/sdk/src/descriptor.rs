//! Descriptors: files of YAML documents, each of which is an entity or says why it is none.
//!
//! Rule: whatever is wrong with a document is said with its line, its column and its place in the document, and costs no
//! other document.

use portico_model::{Document, Entity, EntityRef, parse_documents, reference_of};
use serde_json::Value;

use crate::ingest::{Origin, Problem, Put};

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

/// Judges a document, and makes what is handed over of it. `value` is the document's value, or what has become of it.
pub fn judge(document: &Document, value: Value, place: &Place) -> Result<(Entity, Put), Vec<Problem>> {
    let named = reference_of(&value);
    let entity = Entity::from_value(value).map_err(|violations| {
        let problem = |violation: portico_model::Violation| Problem {
            entity: named.clone(),
            ..place.problem_at(document, &violation.path, violation.message)
        };
        violations.into_iter().map(problem).collect::<Vec<_>>()
    })?;
    let origin = Origin {
        file: place.file.clone(),
        line: document.line(),
        url: place.url.clone(),
        parent: place.parent.clone(),
    };
    let put = Put { document: entity.value().to_string(), origin };
    Ok((entity, put))
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

        let (entity, put) = judge(good, good.value.clone(), &place).expect("valid");
        assert_eq!(entity.reference().as_str(), "system:default/shop");
        assert_eq!((put.origin.line, put.origin.url.as_deref()), (1, Some("https://x.test/f")));
        assert!(put.document.contains("\"namespace\":\"default\""));

        let problems = judge(bad, bad.value.clone(), &place).expect_err("invalid");
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
    fn what_is_no_text_is_said() {
        let (_, problems) = documents(b"kind: \xff\xfe", &Place::file("f.yaml"));
        assert_eq!(problems[0].message, "the file is no UTF-8 text (at byte 6); save it as UTF-8");
    }
}
