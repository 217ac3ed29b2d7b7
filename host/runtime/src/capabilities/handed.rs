//! What a guest hands over to a session, parsed into what the catalog takes.
//!
//! Rule: texts that are shown are cut and cleaned, never refused for their length; a document is taken whole or not at all.

use portico_catalog::{Origin, Report, Session};
use portico_manifest::Rules;
use portico_model::EntityRef;

use crate::admit;
use crate::bindings::portico::plugin::ingest::{self, Problem, Put};
use crate::bindings::portico::plugin::types::EntityRef as GuestRef;
use crate::classify::{clean, cut};

/// Bytes of one document: the largest descriptors in use, an API's definition inside, have a tenth.
pub(crate) const DOCUMENT: usize = 1 << 20;

/// Bytes of a path, an address, a pointer.
const PLACE: usize = 2 << 10;

/// Hands a document over to a session. Where it is refused, why stands among the problems of its source, too.
pub(crate) fn put_one(session: &mut Session, rules: Option<&Rules>, put: Put) -> Result<(), String> {
    let ingest::Origin { file, line, url, parent } = put.origin;
    let file = cut(&file, PLACE).to_owned();
    let url = url.map(|url| cut(&url, PLACE).to_owned());
    let refused = |session: &mut Session, entity: Option<EntityRef>, message: String| {
        session.report(Report {
            file: file.clone(),
            line,
            entity,
            url: url.clone(),
            message: message.clone(),
            ..Report::default()
        });
        Err(message)
    };
    if put.document.len() > DOCUMENT {
        let message = format!(
            "the document has {} bytes; at most {DOCUMENT} are taken. Move what is large into a file and refer to it.",
            put.document.len()
        );
        return refused(session, None, message);
    }
    if let Some(Err(refusal)) = rules.map(|rules| admit::admit(rules, &put.document)) {
        return refused(session, refusal.entity, refusal.message);
    }
    let parent = match parent.as_ref().map(reference).transpose() {
        Ok(parent) => parent,
        Err(reason) => return refused(session, None, format!("the parent of the document is no entity: {reason}")),
    };
    session.put(&put.document, Origin { file: file.clone(), line, url: url.clone(), parent })
}

/// A problem that a plugin has met.
pub(crate) fn report(problem: Problem) -> Report {
    let shorten = |text: &str| cut(text, PLACE).to_owned();
    Report {
        file: shorten(&problem.file),
        line: problem.line,
        column: problem.column,
        path: shorten(&problem.path),
        // A broken document may well have a broken name; the problem counts without it.
        entity: problem.entity.as_ref().and_then(|entity| reference(entity).ok()),
        url: problem.url.as_deref().map(shorten),
        message: clean(&problem.message),
    }
}

/// An entity that a plugin names.
pub(crate) fn reference(entity: &GuestRef) -> Result<EntityRef, String> {
    let GuestRef { kind, namespace, name } = entity;
    EntityRef::new(kind, namespace, name).map_err(|error| error.to_string())
}
