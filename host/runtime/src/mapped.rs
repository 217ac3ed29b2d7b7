//! The mappings of a plugin or of an ingest source, as they are by the kinds of now: objects that come in become documents and facts.
//!
//! Rule: a mapping says what can be stored, rights say what may be; an object that breaks either is refused beside those that stand.
//! Some objects of each kind are kept in memory, so that a person who writes a mapping sees what comes in; none is ever written down.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portico_api_types::{LogLevel, MappingDeclaration};
use portico_catalog::{About, Origin, Session};
use portico_kinds::Registry;
use portico_manifest::CatalogRight;
use portico_mappings::{Mappings, override_with};
use serde_json::Value;

use crate::bindings::portico::plugin::ingest::{Attachment, Object, Origin as GuestOrigin, Put};
use crate::capabilities::handed::{DOCUMENT, attach_one, guest_reference, place, take_each};
use crate::classify::cut;
use crate::guest::Call;
use crate::kinds::Taken;

/// Objects of each kind that are kept as examples.
const EXAMPLES: usize = 16;

/// Bytes of one that is kept; larger ones are none that a person reads.
const EXAMPLE: usize = 64 << 10;

/// Kinds of object that examples are kept of.
const KINDS: usize = 100;

/// Bytes of the word for a kind of object.
const KIND: usize = 100;

/// What the objects of a plugin or of an ingest source become.
#[derive(Default)]
pub(crate) struct Mapped {
    declared: Vec<MappingDeclaration>,
    ready: Mutex<Option<Ready>>,
    examples: Mutex<BTreeMap<String, VecDeque<Value>>>,
}

/// Mappings by the kinds that there were.
struct Ready {
    registry: Arc<Registry>,
    mappings: Result<Arc<Mappings>, String>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Mapped {
    /// The mappings of a manifest, with those of the operator in the place of what they replace.
    pub(crate) fn new(defaults: &[MappingDeclaration], operators: &[MappingDeclaration]) -> Mapped {
        Mapped { declared: override_with(defaults.to_vec(), operators.to_vec()), ..Mapped::default() }
    }

    /// What is declared.
    pub(crate) fn declared(&self) -> &[MappingDeclaration] {
        &self.declared
    }

    /// The mappings, made anew when the kinds have changed; otherwise what is wrong with them.
    pub(crate) fn mappings(&self, catalog: &portico_catalog::Catalog) -> Result<Arc<Mappings>, String> {
        let registry = catalog.registry();
        let mut ready = locked(&self.ready);
        if let Some(ready) = ready.as_ref().filter(|ready| Arc::ptr_eq(&ready.registry, &registry)) {
            return ready.mappings.clone();
        }
        let mappings = self.judged(&registry, catalog).map(Arc::new);
        *ready = Some(Ready { registry, mappings: mappings.clone() });
        mappings
    }

    /// The mappings by some kinds; otherwise what is wrong with them.
    pub(crate) fn judged(&self, registry: &Registry, catalog: &portico_catalog::Catalog) -> Result<Mappings, String> {
        let mappings = Mappings::new(&self.declared, registry, catalog.expressions().clone());
        mappings.map_err(|errors| {
            let sentences: Vec<String> = errors.iter().map(ToString::to_string).collect();
            format!("the mappings cannot be used: {}", sentences.join(" "))
        })
    }

    /// Keeps an object as an example of what comes in.
    pub(crate) fn remember(&self, kind: &str, data: &Value, bytes: usize) {
        let mut examples = locked(&self.examples);
        if bytes > EXAMPLE || (examples.len() >= KINDS && !examples.contains_key(kind)) {
            return;
        }
        let of_kind = examples.entry(kind.to_owned()).or_default();
        // The first ones and the last: what a run begins with is what it brings most of.
        if of_kind.len() == EXAMPLES {
            of_kind.pop_back();
        }
        of_kind.push_back(data.clone());
    }

    /// Keeps the examples of a version before, so that who has changed a mapping sees what becomes of the same objects.
    pub(crate) fn remember_all_of(&self, before: &Mapped) {
        let kept = locked(&before.examples).clone();
        *locked(&self.examples) = kept;
    }

    /// Examples of what came in, by kind of object.
    pub(crate) fn examples(&self) -> BTreeMap<String, Vec<Value>> {
        let examples = locked(&self.examples);
        examples.iter().map(|(kind, objects)| (kind.clone(), objects.iter().cloned().collect())).collect()
    }
}

/// What mappings make of an object.
pub(crate) struct MadeOf {
    pub(crate) puts: Vec<Put>,
    attachments: Vec<Attachment>,
    problems: Vec<String>,
    /// The object's own place, for what concerns all of it.
    file: String,
}

impl MadeOf {
    /// Bytes of all that it holds.
    pub(crate) fn bytes(&self) -> usize {
        let documents = self.puts.iter().map(|put| put.document.len());
        documents.chain(self.attachments.iter().map(|one| one.facts.len())).sum()
    }

    /// How many facts it holds, and their bytes; its documents are counted once it is known what becomes of them.
    pub(crate) fn size(&self) -> (usize, u64) {
        (self.attachments.len(), self.attachments.iter().map(|one| one.facts.len()).sum::<usize>() as u64)
    }
}

/// What mappings make of an object; nothing of one that has no mapping.
pub(crate) fn made_of(call: &Call, object: &Object) -> Result<MadeOf, String> {
    let (kind, data) = read(object)?;
    let mapped = &call.loaded.mapped;
    mapped.remember(&kind, &data, object.data.len());
    let mappings = mapped.mappings(&call.catalog)?;
    if !mappings.objects().any(|known| known == kind) {
        call.live
            .once(LogLevel::Info, &format!("Objects of the kind `{kind}` have no mapping; nothing is kept of them."));
    }
    let made = mappings.apply(&kind, &data);
    let file = made.entities.first().map_or_else(|| kind.clone(), |entity| entity.file.clone());
    let puts = made.entities.into_iter().map(|entity| {
        let origin = GuestOrigin { file: entity.file, line: 1, url: entity.url, parent: None };
        Put { document: entity.document.to_string(), origin }
    });
    let attachments = made.facts.into_iter().map(|facts| Attachment {
        entity: guest_reference(&facts.about),
        facts: Value::Object(facts.facts.as_ref().clone()).to_string(),
    });
    Ok(MadeOf { puts: puts.collect(), attachments: attachments.collect(), problems: made.problems, file })
}

/// Puts what an object became into a session: `taken` is what became of its documents since.
pub(crate) fn hand_over(session: &mut Session, call: &Call, made: MadeOf, taken: Vec<Taken>) -> Result<(), String> {
    let mut problems = made.problems;
    for problem in &problems {
        let at = Origin { file: place(&made.file), line: 0, url: None, parent: None };
        session.refuse(&at, About::default(), "", problem.clone());
    }
    problems.extend(take_each(session, call, taken).into_iter().filter_map(Result::err));
    problems.extend(made.attachments.iter().filter_map(|one| attach_one(session, call, one).err()));
    if problems.is_empty() { Ok(()) } else { Err(problems.join(" ")) }
}

/// Takes back what mappings made of an object.
pub(crate) fn withdraw_one(session: &mut Session, call: &Call, object: &Object) -> Result<(), String> {
    let (kind, data) = read(object)?;
    let names = call.loaded.mapped.mappings(&call.catalog)?.names(&kind, &data);
    for entity in names.entities {
        call.loaded.rights.kind(CatalogRight::Write, entity.kind()).map_err(|denial| denial.to_string())?;
        session.remove(entity);
    }
    for entity in names.facts {
        session.detach(entity);
    }
    if names.problems.is_empty() { Ok(()) } else { Err(names.problems.join(" ")) }
}

fn read(object: &Object) -> Result<(String, Value), String> {
    let kind = object.kind.as_str();
    if kind.is_empty() || kind.len() > KIND || kind.chars().any(char::is_control) {
        return Err(format!("the kind of an object is a word of 1 to {KIND} bytes, this one is `{}`", cut(kind, KIND)));
    }
    if object.data.len() > DOCUMENT {
        return Err(format!("the object has {} bytes; at most {DOCUMENT} are read", object.data.len()));
    }
    let data = serde_json::from_str(&object.data).map_err(|error| format!("the object is no JSON: {error}"))?;
    Ok((kind.to_owned(), data))
}
