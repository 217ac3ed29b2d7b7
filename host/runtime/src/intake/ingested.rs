//! JSON that is sent to the portal by itself, with no plugin: mappings make entities and facts of it.
//!
//! Rule: a request is one transaction, or none. What it says is held against the mappings and the kinds alone, which the operator wrote,
//! and passes whoever processes documents of its kinds, as everybody's does.

use std::collections::BTreeMap;
use std::sync::Arc;

use portico_api_types::{IngestSources, Ingested};
use portico_catalog::{About, Catalog, CommitError, Mode, Origin, Session};
use portico_manifest::{IngestSource, SecretSource};
use portico_mappings::{Made, MadeEntity};
use serde_json::Value;

use super::admission::{Address, Admitted, Proven, to_its_end};
use super::gate::{Gate, IntakeError, target};
use crate::bindings::portico::plugin::ingest::{Origin as GuestOrigin, Put};
use crate::capabilities::handed::take_own;
use crate::host::Host;
use crate::kinds::Taken;
use crate::mapped::Mapped;

/// Objects of one request: a page of any tool's list.
const OBJECTS: usize = 10_000;

/// Problems that are said to the sender; all of them stand with the source.
const SAID: usize = 20;

/// Bytes of the name of a part of a source.
const SCOPE: usize = 200;

/// A source, with the checks in front of it.
pub(crate) struct Ingest {
    source: IngestSource,
    gate: Gate,
    mapped: Mapped,
}

impl Ingest {
    pub(crate) fn new(name: &str, source: IngestSource) -> Ingest {
        let gate = Gate::new(target("ingest", name), source.intake.clone());
        let mapped = Mapped::new(&source.mappings, &[]);
        Ingest { source, gate, mapped }
    }

    /// What its objects become.
    pub(crate) fn mapped(&self) -> &Mapped {
        &self.mapped
    }

    /// What is told of it.
    fn described(&self, name: &str) -> portico_api_types::IngestSource {
        portico_api_types::IngestSource {
            name: name.to_owned(),
            path: format!("/api/ingest/{name}"),
            object: self.source.object.clone(),
            each: self.source.each.clone(),
            signed_in: self.source.intake.signature.as_ref().map(|signature| signature.header.clone()),
        }
    }
}

/// A source that takes a request, before its body is read.
pub struct IngestGate {
    name: String,
    ingest: Arc<Ingest>,
}

impl Address for IngestGate {
    fn gate(&self) -> &Gate {
        &self.ingest.gate
    }

    fn secrets(&self) -> BTreeMap<String, SecretSource> {
        self.ingest.source.secrets.clone()
    }
}

/// Which part of a source a request speaks of, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestScope {
    /// The part; what is sent to one part says nothing of another.
    pub scope: String,
    /// Whether the request names everything that is there: what it does not name goes.
    pub is_full: bool,
}

impl Host {
    /// All sources that take requests.
    pub(crate) fn ingest_sources(&self) -> IngestSources {
        IngestSources { items: self.ingest.iter().map(|(name, ingest)| ingest.described(name)).collect() }
    }

    /// A source that takes requests.
    pub(crate) fn ingest_source(&self, name: &str) -> Result<IngestGate, IntakeError> {
        let ingest = self.ingest.get(name).cloned().ok_or(IntakeError::Nowhere)?;
        Ok(IngestGate { name: name.to_owned(), ingest })
    }

    /// Checks a request, and takes what it says into the catalog, also if its sender hangs up.
    pub(crate) async fn take_in(
        self: &Arc<Self>,
        admitted: Admitted<IngestGate>,
        scope: IngestScope,
        body: Vec<u8>,
    ) -> Result<Ingested, IntakeError> {
        let host = self.clone();
        to_its_end(async move {
            let proven = host.proven(admitted, &body).await?;
            let Proven { address: IngestGate { name, ingest }, delivery, room: _room, .. } = proven;
            let taken = host.take(&name, ingest, scope, body).await?;
            if let Some(delivery) = delivery {
                delivery.taken().await;
            }
            Ok(taken)
        })
        .await
    }

    async fn take(
        self: &Arc<Self>,
        name: &str,
        ingest: Arc<Ingest>,
        scope: IngestScope,
        body: Vec<u8>,
    ) -> Result<Ingested, IntakeError> {
        let (catalog, plugin) = (self.catalog.clone(), name.to_owned());
        let part = scope.clone();
        let objects = blocking(move || made(&catalog, &ingest, &part, &body)).await?;
        let documents = self.taken(objects.iter().flat_map(documents).collect()).await;
        let catalog = self.catalog.clone();
        blocking(move || store(&catalog, &plugin, &scope, objects, documents)).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IntakeError> + Send + 'static,
) -> Result<T, IntakeError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| IntakeError::Unable(error.to_string())).and_then(|done| done)
}

/// What the objects of a body make, each by itself.
fn made(catalog: &Catalog, ingest: &Ingest, scope: &IngestScope, body: &[u8]) -> Result<Vec<Made>, IntakeError> {
    if !(1..=SCOPE).contains(&scope.scope.len()) || scope.scope.chars().any(char::is_control) {
        return Err(IntakeError::Wrong(format!("`scope` is a word of 1 to {SCOPE} bytes")));
    }
    let body = serde_json::from_slice(body);
    let body: Value = body.map_err(|error| IntakeError::Wrong(format!("the body is no JSON: {error}")))?;
    let objects = objects(catalog, &ingest.source, body).map_err(IntakeError::Wrong)?;
    for object in &objects {
        ingest.mapped.remember(&ingest.source.object, object, object.to_string().len());
    }
    let mappings = ingest.mapped.mappings(catalog).map_err(IntakeError::Unable)?;
    Ok(objects.iter().map(|object| mappings.apply(&ingest.source.object, object)).collect())
}

/// The documents of what an object makes, which pass whoever processes their kinds.
fn documents(made: &Made) -> Vec<Put> {
    let put = |entity: &MadeEntity| {
        let origin = GuestOrigin { file: entity.file.clone(), line: 1, url: entity.url.clone(), parent: None };
        Put { document: entity.document.to_string(), origin }
    };
    made.entities.iter().map(put).collect()
}

fn store(
    catalog: &Catalog,
    name: &str,
    scope: &IngestScope,
    objects: Vec<Made>,
    documents: Vec<Taken>,
) -> Result<Ingested, IntakeError> {
    let mode = if scope.is_full { Mode::Full } else { Mode::Delta };
    let session = catalog.session(name, &scope.scope, mode);
    let mut session = session.map_err(|error| IntakeError::Wrong(error.to_string()))?;
    let (mut problems, count, mut documents) = (Vec::new(), objects.len() as u64, documents.into_iter());
    for made in objects {
        put(&mut session, made, &mut documents, &mut problems);
    }
    let refused = problems.len() as u64;
    problems.truncate(SAID);
    match session.commit(None) {
        Ok(summary) => Ok(Ingested { objects: count, refused, problems, summary }),
        Err(error @ (CommitError::Held { .. } | CommitError::Elsewhere { .. })) => {
            Err(IntakeError::Wrong(error.to_string()))
        }
        Err(CommitError::Store(error)) => Err(IntakeError::Unable(error.to_string())),
    }
}

/// The objects that a body holds.
fn objects(catalog: &Catalog, source: &IngestSource, body: Value) -> Result<Vec<Value>, String> {
    let Some(each) = &source.each else { return Ok(vec![body]) };
    let found = catalog.expressions().evaluate(&format!("[{each}\n]"), &body);
    let found = found.map_err(|reason| format!("`each` of the source {reason}"))?;
    let Value::Array(found) = found else { return Err("`each` of the source came to no list".to_owned()) };
    if found.len() > OBJECTS {
        return Err(format!("{} objects in one request; at most {OBJECTS} are taken", found.len()));
    }
    Ok(found)
}

/// Puts what an object made into a session; `documents` are what became of the documents of all objects, in their order.
fn put(session: &mut Session, made: Made, documents: &mut impl Iterator<Item = Taken>, problems: &mut Vec<String>) {
    let Made { entities, facts, problems: own } = made;
    let file = entities.first().map(|entity| entity.file.clone()).unwrap_or_default();
    for problem in own {
        let at = Origin { file: file.clone(), line: 0, url: None, parent: None };
        problems.push(session.refuse(&at, About::default(), "", problem));
    }
    for taken in documents.by_ref().take(entities.len()) {
        problems.extend(take_own(session, taken).err());
    }
    for facts in facts {
        let json = Value::Object(facts.facts.as_ref().clone()).to_string();
        problems.extend(session.attach(facts.about, &json).err());
    }
}
