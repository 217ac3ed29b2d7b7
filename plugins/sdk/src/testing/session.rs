//! Sessions of the portal in memory: what they take and refuse, and what they collect.

use std::cell::RefCell;

use portico_model::{Entity, EntityRef, Kinds, reference_of};
use serde_json::Value;

use super::committed::Committed;
use super::with;
use crate::bindings::portico::plugin::ingest::{Attachment, Mode, Object, Problem, Put, Rejection, Summary, Violation};
use crate::bindings::portico::plugin::types::{self, Error};
use crate::ingest::Origin;
use crate::reference::inwards;

/// Facts of one entity, as the contract says.
const MOST_FACTS: usize = 64 << 10;

/// A session that collects what it is told.
pub(crate) struct Session(RefCell<Committed>);

impl Drop for Session {
    fn drop(&mut self) {
        // After a panic there may be no portal any more.
        if let Some(world) = super::current() {
            world.borrow_mut().open.remove(&self.0.borrow().place());
        }
    }
}

impl Session {
    pub(crate) fn open(scope: &str, mode: Mode) -> Result<Session, Error> {
        let mode = match mode {
            Mode::Full => crate::ingest::Mode::Full,
            Mode::Delta => crate::ingest::Mode::Delta,
        };
        Session::begin(Committed::new(scope, Some(mode), &[]))
    }

    pub(crate) fn open_files(scope: &str, files: &[String]) -> Result<Session, Error> {
        Session::begin(Committed::new(scope, None, files))
    }

    fn begin(mut begun: Committed) -> Result<Session, Error> {
        let (scope, is_delta) = begun.place();
        begun.in_place_of_full = is_delta && with(|world| world.open.contains(&(scope.clone(), false)));
        if !with(|world| world.open.insert((scope, is_delta))) {
            return Err(Error::Invalid(format!("a session of `{}` is open already; commit it first", begun.scope)));
        }
        Ok(Session(RefCell::new(begun)))
    }

    pub(crate) fn put(&self, puts: &[Put]) -> Result<Vec<Rejection>, Error> {
        self.each(puts, |collected, put| {
            let document: Value = serde_json::from_str(&put.document).map_err(|error| error.to_string())?;
            match violations(document.clone()).first() {
                Some(broken) => Err(format!("{}: {}", broken.path, broken.message)),
                None => {
                    collected.entities.push((document, origin(put)?));
                    Ok(())
                }
            }
        })
    }

    pub(crate) fn attach(&self, attachments: &[Attachment]) -> Result<Vec<Rejection>, Error> {
        self.each(attachments, |collected, attachment| {
            let entity = inwards(&attachment.entity).map_err(|error| error.to_string())?;
            let facts: Value = serde_json::from_str(&attachment.facts).map_err(|error| error.to_string())?;
            if !facts.is_object() || attachment.facts.len() > MOST_FACTS {
                return Err(format!("facts are one JSON object of at most {MOST_FACTS} bytes"));
            }
            collected.facts.push((entity, facts));
            Ok(())
        })
    }

    pub(crate) fn push(&self, objects: &[Object]) -> Result<Vec<Rejection>, Error> {
        self.each(objects, |collected, object| {
            collected.objects.push(read(object)?);
            Ok(())
        })
    }

    pub(crate) fn withdraw(&self, objects: &[Object]) -> Result<Vec<Rejection>, Error> {
        self.changes("withdraw")?;
        self.each(objects, |collected, object| {
            collected.withdrawn.push(read(object)?);
            Ok(())
        })
    }

    pub(crate) fn detach(&self, entities: &[types::EntityRef]) -> Result<(), Error> {
        self.changes("detach")?;
        self.0.borrow_mut().detached.extend(references(entities)?);
        Ok(())
    }

    pub(crate) fn remove(&self, entities: &[types::EntityRef]) -> Result<(), Error> {
        self.changes("remove")?;
        self.0.borrow_mut().removed.extend(references(entities)?);
        Ok(())
    }

    pub(crate) fn report(&self, problems: &[Problem]) -> Result<(), Error> {
        let problems = problems.iter().map(|problem| (problem.file.clone(), problem.message.clone()));
        self.0.borrow_mut().problems.extend(problems);
        Ok(())
    }

    /// Everything that was put counts as added: what was there before is not known.
    pub(crate) fn commit(session: Session, cursor: Option<&str>) -> Result<Summary, Error> {
        let mut committed = session.0.borrow().clone();
        committed.cursor = cursor.map(str::to_owned);
        let summary = Summary {
            added: committed.entities.len() as u64,
            updated: 0,
            unchanged: 0,
            removed: committed.removed.len() as u64,
            refused: (committed.refused.len() + committed.problems.len()) as u64,
            facts: committed.facts.len() as u64,
        };
        with(|world| {
            match cursor {
                Some(cursor) => world.cursors.insert(committed.scope.clone(), cursor.to_owned()),
                None => world.cursors.remove(&committed.scope),
            };
            world.committed.push(committed);
        });
        Ok(summary)
    }

    pub(crate) fn submit(session: Session, cursor: Option<&str>) -> Result<Submission, Error> {
        Session::commit(session, cursor).map(Submission)
    }

    /// Takes each by itself; one that is refused costs no other.
    fn each<T>(
        &self,
        items: &[T],
        take: impl Fn(&mut Committed, &T) -> Result<(), String>,
    ) -> Result<Vec<Rejection>, Error> {
        let collected = &mut *self.0.borrow_mut();
        let mut rejections = Vec::new();
        for (index, item) in (0..).zip(items) {
            if let Err(reason) = take(collected, item) {
                collected.refused.push(reason.clone());
                rejections.push(Rejection { index, reason });
            }
        }
        Ok(rejections)
    }

    /// What only makes sense where a session names what changes.
    fn changes(&self, what: &str) -> Result<(), Error> {
        match self.0.borrow().mode {
            Some(crate::ingest::Mode::Delta) => Ok(()),
            _ => Err(Error::Invalid(format!(
                "`{what}` is for `delta` sessions; what others do not name is removed anyway"
            ))),
        }
    }
}

/// A session that is visible at once.
pub(crate) struct Submission(Summary);

impl Submission {
    pub(crate) fn wait(submission: Submission) -> Result<Summary, Error> {
        Ok(submission.0)
    }
}

/// What is wrong with a document. Which kinds a portal has besides is not known here, so that only their names are looked at.
pub(super) fn violations(document: Value) -> Vec<Violation> {
    let of = |path: &str, message: &str| Violation { path: path.to_owned(), message: message.to_owned() };
    let kind = document["kind"].as_str().unwrap_or_default();
    if Kinds::built_in().get(kind).is_none() && !kind.is_empty() {
        let is_named = reference_of(&document).is_some() && document["apiVersion"].is_string();
        return if is_named {
            Vec::new()
        } else {
            vec![of("", "the document has no `apiVersion` or no `metadata.name`")]
        };
    }
    let broken = Entity::judge(document, Kinds::built_in()).err().unwrap_or_default();
    broken.iter().map(|violation| of(&violation.path, &violation.message)).collect()
}

fn read(object: &Object) -> Result<(String, Value), String> {
    let data: Value = serde_json::from_str(&object.data).map_err(|error| error.to_string())?;
    if data.is_object() { Ok((object.kind.clone(), data)) } else { Err("the object is no JSON object".to_owned()) }
}

fn origin(put: &Put) -> Result<Origin, String> {
    let parent = put.origin.parent.as_ref().map(inwards).transpose().map_err(|error| error.to_string())?;
    Ok(Origin { file: put.origin.file.clone(), line: put.origin.line, url: put.origin.url.clone(), parent })
}

fn references(entities: &[types::EntityRef]) -> Result<Vec<EntityRef>, Error> {
    Ok(entities.iter().map(inwards).collect::<crate::Result<_>>()?)
}
