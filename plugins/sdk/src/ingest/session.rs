//! Sessions: one sync of one scope.

use portico_model::EntityRef;
use serde::Serialize;

use super::convert::{problem, put, summary};
use super::{Mode, Origin, Problem, Put, Rejection, Summary};
use crate::error::Result;
use crate::host::ingest as host;
use crate::reference::outwards;

/// What is handed over at once; each call into the host costs something, and so does each document kept.
const MOST: usize = 200;

/// Bytes that are handed over at once; the host takes 12 MiB in one call.
const MOST_BYTES: usize = 1024 * 1024;

/// Bytes of one thing, with room for where it stood. What is larger would end the run.
const LARGEST: usize = 11 << 20;

/// One sync of one scope. Nothing of it is visible before it is committed, all of it after. What is put, attached and pushed is
/// handed over in batches, so that memory stays bounded whatever the size of a scope.
pub struct Session {
    session: host::Session,
    puts: Vec<Put>,
    attachments: Vec<(EntityRef, String)>,
    objects: Vec<Object>,
    bytes: usize,
    rejections: Vec<Rejection>,
}

/// A tool's own object that waits to be handed over.
struct Object {
    kind: String,
    data: String,
    is_there: bool,
}

impl Session {
    /// Begins a sync of `scope` that names everything that is there.
    pub fn full(scope: &str) -> Result<Session> {
        Session::open(scope, Mode::Full)
    }

    /// Begins a sync of `scope` that names what changes. Beside a full one of the same call, which was opened before anything was read, it
    /// says what that has read and removes nothing: what another call said since then stands, as long as the full one is open.
    pub fn delta(scope: &str) -> Result<Session> {
        Session::open(scope, Mode::Delta)
    }

    /// Begins a sync that names everything that these files of `scope` bring, and leaves the rest of it as it is. Its commit is
    /// [`Error::Invalid`](crate::Error::Invalid) if one of its entities is said by another file of the scope.
    pub fn files(scope: &str, files: &[String]) -> Result<Session> {
        Ok(Session::begun(host::Session::open_files(scope, files)?))
    }

    fn open(scope: &str, mode: Mode) -> Result<Session> {
        let mode = match mode {
            Mode::Full => host::Mode::Full,
            Mode::Delta => host::Mode::Delta,
        };
        Ok(Session::begun(host::Session::open(scope, mode)?))
    }

    fn begun(session: host::Session) -> Session {
        let (puts, attachments, objects) = (Vec::new(), Vec::new(), Vec::new());
        Session { session, puts, attachments, objects, bytes: 0, rejections: Vec::new() }
    }

    /// Says that an entity exists.
    pub fn put<T: Serialize + ?Sized>(&mut self, entity: &T, origin: Origin) -> Result<()> {
        let document = serde_json::to_string(entity)?;
        self.put_document(Put { document, origin })
    }

    /// Says that an entity exists, with the document ready made.
    pub fn put_document(&mut self, put: Put) -> Result<()> {
        if self.is_too_large(put.document.len(), &put.origin)? {
            return Ok(());
        }
        self.make_room(put.document.len(), self.puts.len())?;
        self.puts.push(put);
        Ok(())
    }

    /// Attaches facts, an object of the plugin's own making, to an entity that it need not own. They are found under `facts.` and
    /// the plugin's name.
    pub fn attach<T: Serialize + ?Sized>(&mut self, entity: &EntityRef, facts: &T) -> Result<()> {
        let facts = serde_json::to_string(facts)?;
        if self.is_too_large(facts.len(), &Origin::file(entity.as_str()))? {
            return Ok(());
        }
        self.make_room(facts.len(), self.attachments.len())?;
        self.attachments.push((entity.clone(), facts));
        Ok(())
    }

    /// Hands over a tool's own object, of which the mappings for its kind make entities and facts. Of an object without a mapping
    /// nothing is kept.
    pub fn push<T: Serialize + ?Sized>(&mut self, kind: &str, object: &T) -> Result<()> {
        self.object(kind, serde_json::to_string(object)?, true)
    }

    /// Says that an object is gone: what the mappings made of it is removed; for sessions that name what changes.
    pub fn withdraw<T: Serialize + ?Sized>(&mut self, kind: &str, object: &T) -> Result<()> {
        self.object(kind, serde_json::to_string(object)?, false)
    }

    /// What is pushed and what is withdrawn is handed over in the order in which it was said.
    fn object(&mut self, kind: &str, data: String, is_there: bool) -> Result<()> {
        if self.is_too_large(data.len(), &Origin::file(kind))? {
            return Ok(());
        }
        if self.objects.last().is_some_and(|last| last.is_there != is_there) {
            self.flush()?;
        }
        self.make_room(data.len(), self.objects.len())?;
        self.objects.push(Object { kind: kind.to_owned(), data, is_there });
        Ok(())
    }

    /// Takes back what was attached to entities; for sessions that name what changes.
    pub fn detach(&mut self, entities: &[EntityRef]) -> Result<()> {
        let entities: Vec<_> = entities.iter().map(outwards).collect();
        Ok(self.session.detach(&entities)?)
    }

    /// Says that entities are gone; for sessions that name what changes.
    pub fn remove(&mut self, entities: &[EntityRef]) -> Result<()> {
        let entities: Vec<_> = entities.iter().map(outwards).collect();
        Ok(self.session.remove(&entities)?)
    }

    /// Records what could not be read.
    pub fn report(&mut self, problems: &[Problem]) -> Result<()> {
        for batch in problems.chunks(MOST) {
            let batch: Vec<_> = batch.iter().map(problem).collect();
            self.session.report(&batch)?;
        }
        Ok(())
    }

    /// What the host refused since the last time this was asked. It keeps these as problems by itself.
    pub fn rejections(&mut self) -> Result<Vec<Rejection>> {
        self.flush()?;
        Ok(std::mem::take(&mut self.rejections))
    }

    /// Makes all of it visible at once. `cursor` says where the reading stands, and is stored with the data.
    pub fn commit(mut self, cursor: Option<&str>) -> Result<Summary> {
        self.flush()?;
        Ok(summary(host::Session::commit(self.session, cursor)?))
    }

    /// As [`Session::commit`], but does not wait for it: the plugin reads on meanwhile.
    pub fn submit(mut self, cursor: Option<&str>) -> Result<Submission> {
        self.flush()?;
        Ok(Submission(host::Session::submit(self.session, cursor)?))
    }

    /// Whether something is larger than the host takes. It is left out then, and is a problem of where it stood.
    fn is_too_large(&mut self, bytes: usize, origin: &Origin) -> Result<bool> {
        if bytes <= LARGEST {
            return Ok(false);
        }
        let reason = format!(
            "has {bytes} bytes, and at most {LARGEST} are taken, so it is left out; make it smaller where it comes from"
        );
        self.report(&[Problem { url: origin.url.clone(), ..Problem::new(origin.file.as_str(), reason.clone()) }])?;
        self.rejections.push(Rejection { origin: origin.clone(), reason });
        Ok(true)
    }

    /// Hands over what waits, if so many bytes more, or one more of what waits already, would be too much at once.
    fn make_room(&mut self, bytes: usize, waiting: usize) -> Result<()> {
        if self.bytes + bytes > MOST_BYTES || waiting == MOST {
            self.flush()?;
        }
        self.bytes += bytes;
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.bytes = 0;
        self.flush_puts()?;
        self.flush_attachments()?;
        self.flush_objects()
    }

    fn flush_puts(&mut self) -> Result<()> {
        if self.puts.is_empty() {
            return Ok(());
        }
        // Their documents are handed over as they are; what is kept is where they stood.
        let (batch, origins): (Vec<host::Put>, Vec<Origin>) =
            std::mem::take(&mut self.puts).into_iter().map(put).unzip();
        let rejections = self.session.put(&batch)?;
        self.refused(rejections, |index| origins.get(index).cloned());
        Ok(())
    }

    fn flush_attachments(&mut self) -> Result<()> {
        if self.attachments.is_empty() {
            return Ok(());
        }
        let attachments = std::mem::take(&mut self.attachments);
        let batch: Vec<host::Attachment> = attachments
            .iter()
            .map(|(entity, facts)| host::Attachment { entity: outwards(entity), facts: facts.clone() })
            .collect();
        let rejections = self.session.attach(&batch)?;
        self.refused(rejections, |index| attachments.get(index).map(|(entity, _)| Origin::file(entity.as_str())));
        Ok(())
    }

    fn flush_objects(&mut self) -> Result<()> {
        let objects = std::mem::take(&mut self.objects);
        let Some(first) = objects.first() else { return Ok(()) };
        let is_there = first.is_there;
        let batch: Vec<host::Object> =
            objects.into_iter().map(|Object { kind, data, .. }| host::Object { kind, data }).collect();
        let rejections = if is_there { self.session.push(&batch)? } else { self.session.withdraw(&batch)? };
        self.refused(rejections, |index| batch.get(index).map(|object| Origin::file(object.kind.as_str())));
        Ok(())
    }

    /// Notes what was refused. An index beyond the list would be the host's mistake; there is nothing to attach it to.
    fn refused(&mut self, rejections: Vec<host::Rejection>, origin: impl Fn(usize) -> Option<Origin>) {
        for rejection in rejections {
            if let Some(origin) = origin(rejection.index as usize) {
                self.rejections.push(Rejection { origin, reason: rejection.reason });
            }
        }
    }
}

/// A session on its way to being visible.
pub struct Submission(host::Submission);

impl Submission {
    /// Waits until it is visible.
    pub fn wait(self) -> Result<Summary> {
        Ok(summary(host::Submission::wait(self.0)?))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::Portal;

    #[test]
    fn objects_are_handed_over_in_batches_and_in_their_order() {
        let portal = Portal::new();
        portal.run(|| {
            let mut session = Session::delta("services").expect("begun");
            for number in 0..450 {
                session.push("service", &json!({ "id": number })).expect("taken");
            }
            session.withdraw("service", &json!({ "id": 7 })).expect("taken");
            session.push("team", &json!({ "id": 1 })).expect("taken");
            session.commit(Some("450")).expect("visible");
        });
        let committed = portal.committed("services").expect("committed");
        assert_eq!((committed.objects.len(), committed.withdrawn.len()), (451, 1));
        assert_eq!(committed.objects[449], ("service".to_owned(), json!({ "id": 449 })));
        assert_eq!(committed.objects[450].0, "team");
        assert_eq!(committed.cursor.as_deref(), Some("450"));
    }

    #[test]
    fn one_thing_that_is_larger_than_the_host_takes_is_a_problem_and_costs_no_other() {
        // A text has two quotes.
        let (fits, too_large) = ("x".repeat(LARGEST - 2), "x".repeat(LARGEST - 1));
        let portal = Portal::new();
        portal.run(|| {
            let mut session = Session::full("services").expect("begun");
            session.push("service", &too_large).expect("left out");
            session.push("service", &fits).expect("taken");
            session.put(&too_large, Origin::file("a.yaml")).expect("left out");
            session.attach(&EntityRef::parse("group:a").expect("one"), &too_large).expect("left out");
            let refused = session.rejections().expect("handed over");
            let places: Vec<_> = refused.iter().map(|rejection| rejection.origin.file.as_str()).take(3).collect();
            assert_eq!(places, ["service", "a.yaml", "group:default/a"]);
            assert!(
                refused[0].reason.starts_with("has 11534337 bytes, and at most 11534336 are taken"),
                "{}",
                refused[0].reason
            );
            session.commit(None).expect("visible");
        });
        let committed = portal.committed("services").expect("committed");
        assert_eq!(committed.problems.len(), 3);
    }

    #[test]
    fn what_is_refused_is_told_by_where_it_stood() {
        Portal::new().run(|| {
            let mut session = Session::full("teams").expect("begun");
            session.put(&json!({ "kind": "Group" }), Origin::file("a.yaml")).expect("handed over");
            session.attach(&EntityRef::parse("group:a").expect("one"), &[1]).expect("handed over");
            session.push("team", "a text").expect("handed over");
            let refused = session.rejections().expect("handed over");
            let places: Vec<_> = refused.iter().map(|rejection| rejection.origin.file.as_str()).collect();
            assert_eq!(places, ["a.yaml", "group:default/a", "team"]);
            assert_eq!(session.rejections(), Ok(Vec::new()));
        });
    }
}
