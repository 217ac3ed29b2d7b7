//! What a guest hands over to a session, parsed into what the catalog takes.
//!
//! Rule: texts that are shown are cut and cleaned, never refused for their length; a document is taken whole or not at all.

use portico_catalog::{About, Origin, Report, Session};
use portico_manifest::CatalogRight;
use portico_model::EntityRef;

use crate::admit::{self, Refusal};
use crate::bindings::portico::plugin::ingest::{self, Attachment, Problem, Put};
use crate::bindings::portico::plugin::types::{EntityRef as GuestRef, Error};
use crate::classify::{clean, cut};
use crate::guest::Call;
use crate::kinds::Taken;

/// Bytes of one document: the largest descriptors in use, an API's definition inside, have a tenth.
pub(crate) const DOCUMENT: usize = 1 << 20;

/// Bytes of a path, an address, a pointer.
const PLACE: usize = 2 << 10;

/// Hands a document over to a session. Where it is refused, why stands among the problems of its source, too.
fn put_one(session: &mut Session, put: Put, may_come: impl Fn(&str) -> Result<(), Refusal>) -> Result<(), String> {
    let ingest::Origin { file, line, url, parent } = put.origin;
    let mut origin = Origin { file: place(&file), line, url: url.as_deref().map(place), parent: None };
    if put.document.len() > DOCUMENT {
        let message = format!(
            "the document has {} bytes; at most {DOCUMENT} are taken. Move what is large into a file and refer to it.",
            put.document.len()
        );
        return Err(session.refuse(&origin, About::default(), "", message));
    }
    if let Err(refusal) = may_come(&put.document) {
        return Err(session.refuse(&origin, refusal.about, "", refusal.message));
    }
    origin.parent = match parent.as_ref().map(reference).transpose() {
        Ok(parent) => parent,
        Err(reason) => {
            let message = format!("the parent of the document is no entity: {reason}");
            return Err(session.refuse(&origin, About::default(), "", message));
        }
    };
    session.put(&put.document, origin)
}

/// Hands over what became of a document of a plugin, with what follows from it.
pub(crate) fn take_one(session: &mut Session, call: &Call, taken: Taken) -> Result<(), String> {
    take(session, taken, |document| {
        let admitted = admit::admit(call.rules.as_deref(), &call.loaded.rights, document);
        admitted.inspect_err(|refusal| {
            if let Some(capability) = refusal.capability {
                call.counters.denial(capability);
            }
        })
    })
}

/// Hands over what became of a document of the operator's own source, which may bring in whatever it makes.
pub(crate) fn take_own(session: &mut Session, taken: Taken) -> Result<(), String> {
    take(session, taken, |_| Ok(()))
}

fn take(session: &mut Session, taken: Taken, may_come: impl Fn(&str) -> Result<(), Refusal>) -> Result<(), String> {
    let Taken { put, emitted, warnings, refused } = taken;
    let (file, line, url) = (put.origin.file.clone(), put.origin.line, put.origin.url.clone());
    let about = match refused.is_some() || !emitted.is_empty() || !warnings.is_empty() {
        true => serde_json::from_str(&put.document).map(|document| About::document(&document)).unwrap_or_default(),
        // Most documents pass nobody, and are read once, further on.
        false => About::default(),
    };
    let origin = Origin { file: place(&file), line, url: url.as_deref().map(place), parent: None };
    if let Some(refused) = refused {
        return Err(session.refuse(&origin, about, "", refused.why));
    }
    put_one(session, put, &may_come)?;
    for document in emitted {
        let parent = about.entity.as_ref().map(guest_reference);
        let origin = ingest::Origin { file: file.clone(), line, url: url.clone(), parent };
        put_one(session, Put { document, origin }, &may_come)?;
    }
    for message in warnings {
        let Origin { file, line, url, .. } = origin.clone();
        session.warn(Report { file, line, url, about: about.clone(), message, ..Report::default() });
    }
    Ok(())
}

/// An entity as guests name it.
pub(crate) fn guest_reference(entity: &EntityRef) -> GuestRef {
    GuestRef {
        kind: entity.kind().to_owned(),
        namespace: entity.namespace().to_owned(),
        name: entity.name().to_owned(),
    }
}

/// Attaches what a plugin knows of an entity, of the kinds that it may attach to.
pub(crate) fn attach_one(session: &mut Session, call: &Call, one: &Attachment) -> Result<(), String> {
    let entity = reference(&one.entity)?;
    call.loaded.rights.kind(CatalogRight::Attach, entity.kind()).map_err(|denial| {
        call.counters.denial(denial.capability);
        denial.to_string()
    })?;
    session.attach(entity, &one.facts)
}

/// Scopes are keys in the store and lines on a page; sessions check theirs in the catalog.
pub(super) fn named(scope: &str) -> Result<(), Error> {
    if (1..=512).contains(&scope.len()) && !scope.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "a scope is named by 1 to 512 bytes without control characters, this one has {}",
        scope.len()
    )))
}

/// A path, an address or a pointer, as it is kept.
pub(crate) fn place(text: &str) -> String {
    cut(text, PLACE).to_owned()
}

/// A problem that a plugin has met.
pub(crate) fn report(problem: Problem) -> Report {
    // A broken document may well have a broken name; the problem counts without it.
    let named = |entity: &Option<GuestRef>| entity.as_ref().and_then(|entity| reference(entity).ok());
    Report {
        refused: matches!(problem.cause, ingest::Cause::Refused),
        file: place(&problem.file),
        line: problem.line,
        column: problem.column,
        path: place(&problem.path),
        about: About { entity: named(&problem.entity), owner: named(&problem.owner) },
        url: problem.url.as_deref().map(place),
        message: clean(&problem.message),
    }
}

/// An entity that a plugin names.
pub(crate) fn reference(entity: &GuestRef) -> Result<EntityRef, String> {
    let GuestRef { kind, namespace, name } = entity;
    EntityRef::new(kind, namespace, name).map_err(|error| error.to_string())
}
