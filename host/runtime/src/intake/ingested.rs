//! JSON that is sent to the portal by itself, with no plugin: mappings make entities and facts of it.
//!
//! Rule: a request is one transaction, or none. What it says is held against the mappings and the kinds alone: the operator wrote both.

use std::collections::BTreeMap;
use std::sync::Arc;

use portico_api_types::{Ingested, MappingDeclaration};
use portico_catalog::{About, CommitError, Mode, Origin, Session};
use portico_manifest::{IngestSource, SecretSource};
use portico_mappings::{Made, Mappings};
use serde_json::Value;

use super::admission::{Address, Admitted, Proven, to_its_end};
use super::gate::{Gate, IntakeError, target};
use crate::host::Host;

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
}

impl Ingest {
    pub(crate) fn new(name: &str, source: IngestSource) -> Ingest {
        let gate = Gate::new(target("ingest", name), source.intake.clone());
        Ingest { source, gate }
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
            let catalog = host.catalog.clone();
            let taken = tokio::task::spawn_blocking(move || take(&catalog, &name, &ingest.source, &scope, &body)).await;
            let taken = taken.map_err(|error| IntakeError::Unable(error.to_string())).and_then(|taken| taken)?;
            if let Some(delivery) = delivery {
                delivery.taken().await;
            }
            Ok(taken)
        })
        .await
    }
}

fn take(
    catalog: &portico_catalog::Catalog,
    name: &str,
    source: &IngestSource,
    scope: &IngestScope,
    body: &[u8],
) -> Result<Ingested, IntakeError> {
    let wrong = |message: String| IntakeError::Wrong(message);
    if !(1..=SCOPE).contains(&scope.scope.len()) || scope.scope.chars().any(char::is_control) {
        return Err(wrong(format!("`scope` is a word of 1 to {SCOPE} bytes")));
    }
    let body: Value = serde_json::from_slice(body).map_err(|error| wrong(format!("the body is no JSON: {error}")))?;
    let objects = objects(catalog, source, body).map_err(wrong)?;
    let mappings = mappings(catalog, &source.mappings).map_err(IntakeError::Unable)?;
    let mode = if scope.is_full { Mode::Full } else { Mode::Delta };
    let mut session = catalog.session(name, &scope.scope, mode).map_err(|error| wrong(error.to_string()))?;
    let mut problems = Vec::new();
    for object in &objects {
        put(&mut session, mappings.apply(&source.object, object), &mut problems);
    }
    let refused = problems.len();
    problems.truncate(SAID);
    match session.commit(None) {
        Ok(summary) => Ok(Ingested { objects: objects.len() as u64, refused: refused as u64, problems, summary }),
        Err(error @ (CommitError::Held { .. } | CommitError::Elsewhere { .. })) => Err(wrong(error.to_string())),
        Err(CommitError::Store(error)) => Err(IntakeError::Unable(error.to_string())),
    }
}

/// The objects that a body holds.
fn objects(catalog: &portico_catalog::Catalog, source: &IngestSource, body: Value) -> Result<Vec<Value>, String> {
    let Some(each) = &source.each else { return Ok(vec![body]) };
    let found = catalog.expressions().evaluate(&format!("[{each}\n]"), &body);
    let found = found.map_err(|reason| format!("`each` of the source {reason}"))?;
    let Value::Array(found) = found else { return Err("`each` of the source came to no list".to_owned()) };
    if found.len() > OBJECTS {
        return Err(format!("{} objects in one request; at most {OBJECTS} are taken", found.len()));
    }
    Ok(found)
}

fn mappings(catalog: &portico_catalog::Catalog, declared: &[MappingDeclaration]) -> Result<Mappings, String> {
    let read = Mappings::new(declared, &catalog.registry(), catalog.expressions().clone());
    read.map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}

fn put(session: &mut Session, made: Made, problems: &mut Vec<String>) {
    let Made { entities, facts, problems: own } = made;
    let file = entities.first().map(|entity| entity.file.clone()).unwrap_or_default();
    for problem in own {
        let at = Origin { file: file.clone(), line: 0, url: None, parent: None };
        problems.push(session.refuse(&at, About::default(), "", problem));
    }
    for entity in entities {
        let origin = Origin { file: entity.file, line: 1, url: entity.url, parent: None };
        problems.extend(session.put(&entity.document.to_string(), origin).err());
    }
    for facts in facts {
        let json = Value::Object(facts.facts.as_ref().clone()).to_string();
        problems.extend(session.attach(facts.about, &json).err());
    }
}
