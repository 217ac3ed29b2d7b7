//! What a guest hands over to a session, parsed into what the catalog takes.
//!
//! Rule: texts that are shown are cut and cleaned, never refused for their length; a document is taken whole or not at all.

use portico_catalog::{About, Judged, Origin, Report, Session};
use portico_manifest::CatalogRight;
use portico_model::EntityRef;

use crate::admit::{self, Refusal};
use crate::bindings::portico::plugin::ingest::{self, Attachment, Problem, Put};
use crate::bindings::portico::plugin::types::EntityRef as GuestRef;
use crate::classify::{clean, cut};
use crate::guest::Call;
use crate::kinds::Taken;

/// Bytes of one document: the largest descriptors in use, an API's definition inside, have a tenth.
pub(crate) const DOCUMENT: usize = 1 << 20;

/// Bytes of a path, an address, a pointer.
const PLACE: usize = 2 << 10;

/// What is handed over with one document.
struct Handed {
    document: (Judged, Origin),
    /// Documents that follow from it.
    followers: Vec<(Judged, Origin)>,
    warnings: Vec<Report>,
}

/// Hands over what became of documents of a plugin. They are judged side by side, and taken in their order; of each, the reason if it is
/// refused. Where one is refused, why stands among the problems of its source, too, and what follows from it is not taken.
pub(crate) fn take_each(session: &mut Session, call: &Call, taken: Vec<Taken>) -> Vec<Result<(), String>> {
    let may_come = |document: &str| {
        let admitted = admit::admit(call.rules.as_deref(), &call.loaded.rights, document);
        admitted.inspect_err(|refusal| {
            if let Some(capability) = refusal.capability {
                call.counters.denial(capability);
            }
        })
    };
    let looked_at: &Session = session;
    let handed = call.host.side_by_side.each(taken, |taken| judge_with_followers(looked_at, taken, may_come));
    handed.into_iter().map(|handed| take(session, handed)).collect()
}

/// The same of a document of the operator's own source, which may bring in whatever it makes.
pub(crate) fn take_own(session: &mut Session, taken: Taken) -> Result<(), String> {
    let handed = judge_with_followers(session, taken, |_| Ok(()));
    take(session, handed)
}

fn take(session: &mut Session, handed: Handed) -> Result<(), String> {
    for (judged, origin) in std::iter::once(handed.document).chain(handed.followers) {
        session.take(judged, origin)?;
    }
    handed.warnings.into_iter().for_each(|warning| session.warn(warning));
    Ok(())
}

fn judge_with_followers(
    session: &Session,
    taken: Taken,
    may_come: impl Fn(&str) -> Result<(), Refusal> + Copy,
) -> Handed {
    let Taken { put, emitted, warnings, refused } = taken;
    if refused.is_none() && emitted.is_empty() && warnings.is_empty() {
        // As most are, which are read once.
        return Handed { document: judge(session, &put, may_come), followers: Vec::new(), warnings: Vec::new() };
    }
    let about = serde_json::from_str(&put.document).map(|document| About::document(&document)).unwrap_or_default();
    let origin = origin(&put);
    let document = match refused {
        Some(refused) => (refusal(about.clone(), refused.why), origin.clone()),
        None => judge(session, &put, may_come),
    };
    let parent = about.entity.as_ref().map(guest_reference);
    let follower = |document| {
        let origin = ingest::Origin { parent: parent.clone(), ..put.origin.clone() };
        judge(session, &Put { document, origin }, may_come)
    };
    let warning = |message| {
        let Origin { file, line, url, .. } = origin.clone();
        Report { file, line, url, about: about.clone(), message, ..Report::default() }
    };
    let (followers, warnings) = (emitted.into_iter().map(follower), warnings.into_iter().map(warning));
    Handed { document, followers: followers.collect(), warnings: warnings.collect() }
}

/// Whether a document may come in, and whether it is good.
fn judge(session: &Session, put: &Put, may_come: impl Fn(&str) -> Result<(), Refusal>) -> (Judged, Origin) {
    let mut origin = origin(put);
    if put.document.len() > DOCUMENT {
        let message = format!(
            "the document has {} bytes; at most {DOCUMENT} are taken. Move what is large into a file and refer to it.",
            put.document.len()
        );
        return (refusal(About::default(), message), origin);
    }
    if let Err(refused) = may_come(&put.document) {
        return (refusal(refused.about, refused.message), origin);
    }
    origin.parent = match put.origin.parent.as_ref().map(reference).transpose() {
        Ok(parent) => parent,
        Err(reason) => {
            let message = format!("the parent of the document is no entity: {reason}");
            return (refusal(About::default(), message), origin);
        }
    };
    (session.judge(&put.document, &origin), origin)
}

fn refusal(about: About, message: String) -> Judged {
    Judged::Refused { about, reasons: vec![(String::new(), message)] }
}

/// Where a document stands, without what led there.
fn origin(put: &Put) -> Origin {
    let ingest::Origin { file, line, url, parent: _ } = &put.origin;
    Origin { file: place(file), line: *line, url: url.as_deref().map(place), parent: None }
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
