//! The kinds that a portal was given: kept in the store, compiled in memory, and changed in one transaction with everything that
//! follows.
//!
//! Rule: what sources said outlives kinds. A kind that goes takes its entities off the pages, and leaves claims and documents
//! where they are; when it comes back, so do they. A document that breaks a kind's new rules stays as it is and says why.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use portico_api_types::{InvalidDocument, KindDeclaration, KindEffect, KindOrigin};
use portico_kinds::{DeclarationError, Declared, Expressions, Registry};
use portico_model::{Entity, Kinds};
use redb::{ReadableTable, WriteTransaction};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::change::KINDS;
use crate::pack::{unpack, unpack_document};
use crate::record::{Cause, Claim, EntityRecord, ProblemRecord, SourceRecord, decode};
use crate::work::Work;
use crate::{Catalog, KindsError, StoreError, source, tables};

/// Invalid documents that an effect shows; more is a list for a page of its own.
const EXAMPLES: usize = 20;

/// A declaration as stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    declaration: KindDeclaration,
    origin: KindOrigin,
}

/// Evaluates nothing, and says so.
#[derive(Clone, Copy, Debug)]
pub struct NoExpressions;

impl Expressions for NoExpressions {
    fn check(&self, _: &str) -> Result<(), String> {
        Err("this catalog evaluates no expressions".to_owned())
    }

    fn evaluate(&self, _: &str, _: &Value) -> Result<Value, String> {
        Err("cannot be derived: this catalog evaluates no expressions".to_owned())
    }
}

/// What a change of kinds came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindsChanged {
    /// What became of the documents of the kinds that changed.
    pub effect: KindEffect,
    /// Sources to be read afresh, each a plugin and a scope.
    pub read: Vec<(String, String)>,
}

/// The kinds that are built in and these.
pub(crate) fn registry(
    declared: Vec<Declared>,
    expressions: &Arc<dyn Expressions>,
) -> Result<Arc<Registry>, StoreError> {
    let damaged = |error: DeclarationError| StoreError::Damaged { table: "kinds", reason: error.to_string() };
    Ok(Arc::new(Registry::new(declared, expressions.clone()).map_err(damaged)?))
}

/// The kinds of a store. One that this version of the portal cannot use is left out, and said, so that the others stand.
pub(crate) fn load(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    expressions: &Arc<dyn Expressions>,
) -> Result<Arc<Registry>, StoreError> {
    let mut declared: Vec<Declared> = stored(table)?.into_values().collect();
    loop {
        match Registry::new(declared.clone(), expressions.clone()) {
            Ok(registry) => return Ok(Arc::new(registry)),
            Err(error) => {
                tracing::error!("{error}; the kind is left out until its declaration is mended");
                let before = declared.len();
                declared.retain(|one| one.declaration.name != error.kind);
                if declared.len() == before {
                    return registry(Vec::new(), expressions);
                }
            }
        }
    }
}

fn stored(table: &impl ReadableTable<&'static str, &'static [u8]>) -> Result<BTreeMap<String, Declared>, StoreError> {
    let mut all = BTreeMap::new();
    for entry in table.iter()? {
        let (name, json) = entry?;
        let Stored { declaration, origin } = serde_json::from_slice(json.value())
            .map_err(|error| StoreError::Damaged { table: "kinds", reason: error.to_string() })?;
        all.insert(name.value().to_owned(), Declared { declaration, origin });
    }
    Ok(all)
}

type All = BTreeMap<String, Declared>;

/// Puts declarations in the place of all that come from `origin`.
fn replace(all: &mut All, origin: &KindOrigin, declarations: Vec<KindDeclaration>) -> Result<(), KindsError> {
    all.retain(|_, declared| declared.origin != *origin);
    for declaration in declarations {
        let name = declaration.name.to_lowercase();
        if let Some(other) = all.get(&name) {
            return Err(KindsError::Foreign { kind: declaration.name, origin: other.origin.clone() });
        }
        all.insert(name, Declared { declaration, origin: origin.clone() });
    }
    Ok(())
}

impl Catalog {
    /// Declares a kind through the API, or changes one that came that way.
    pub fn declare_kind(&self, declaration: KindDeclaration) -> Result<KindsChanged, KindsError> {
        self.change_kinds(|all| {
            let name = declaration.name.to_lowercase();
            if let Some(other) = all.get(&name).filter(|other| other.origin != KindOrigin::Api) {
                return Err(KindsError::Foreign { kind: declaration.name.clone(), origin: other.origin.clone() });
            }
            all.insert(name, Declared { declaration, origin: KindOrigin::Api });
            Ok(())
        })
    }

    /// Removes a kind that was declared through the API.
    pub fn remove_kind(&self, name: &str) -> Result<KindsChanged, KindsError> {
        self.change_kinds(|all| match all.remove(&name.to_lowercase()) {
            Some(Declared { origin: KindOrigin::Api, .. }) => Ok(()),
            Some(Declared { origin, declaration }) => Err(KindsError::Foreign { kind: declaration.name, origin }),
            None if Kinds::built_in().find(name).is_some() => {
                Err(KindsError::Foreign { kind: name.to_owned(), origin: KindOrigin::BuiltIn })
            }
            None => Err(KindsError::Unknown { kind: name.to_owned() }),
        })
    }

    /// Says which kinds come from `origin`, all of them.
    pub fn replace_kinds(
        &self,
        origin: &KindOrigin,
        declarations: Vec<KindDeclaration>,
    ) -> Result<KindsChanged, KindsError> {
        self.change_kinds(|all| replace(all, origin, declarations))
    }

    /// The kinds that there would be, if these were all that come from `origin`. Nothing is changed.
    pub fn registry_with(
        &self,
        origin: &KindOrigin,
        declarations: Vec<KindDeclaration>,
    ) -> Result<Arc<Registry>, KindsError> {
        let now = self.registry();
        let mut all = now.declared().clone();
        replace(&mut all, origin, declarations)?;
        if *now.declared() == all {
            return Ok(now);
        }
        Ok(Arc::new(Registry::new(all.into_values().collect(), self.expressions().clone())?))
    }

    /// What would become of the documents that there are, if this were declared. Nothing is changed.
    pub fn kind_effect(&self, declaration: KindDeclaration) -> Result<KindEffect, KindsError> {
        let name = declaration.name.to_lowercase();
        let mut all = self.registry().declared().clone();
        all.insert(name.clone(), Declared { declaration, origin: KindOrigin::Api });
        let registry = Registry::new(all.into_values().collect(), self.expressions().clone())?;
        let transaction = self.read()?;
        let records = transaction.open_table(tables::RECORDS).map_err(StoreError::from)?;
        let entities = transaction.open_table(tables::ENTITIES).map_err(StoreError::from)?;
        let documents = transaction.open_table(tables::DOCUMENTS).map_err(StoreError::from)?;
        let claims = transaction.open_table(tables::CLAIMS).map_err(StoreError::from)?;
        let mut effect = KindEffect::default();
        for (reference, source, document) in of_kind(&records, &entities, &documents, &name)? {
            let claim = claims.get((source, reference.as_str())).map_err(StoreError::from)?;
            let claim: Option<Claim> = claim.map(|claim| decode("claims", claim.value())).transpose()?;
            note(&mut effect, &reference, claim.as_ref(), &broken(&document, registry.kinds())?);
        }
        Ok(effect)
    }

    fn change_kinds(&self, edit: impl FnOnce(&mut All) -> Result<(), KindsError>) -> Result<KindsChanged, KindsError> {
        let transaction = self.write()?;
        let before = self.registry();
        let mut all = stored(&transaction.open_table(tables::KINDS).map_err(StoreError::from)?)?;
        edit(&mut all)?;
        // Looked at first: reading all kinds anew for each plugin that brings the ones it brought before made starts slow.
        if *before.declared() == all {
            transaction.abort().map_err(StoreError::from)?;
            return Ok(KindsChanged::default());
        }
        let after = Arc::new(Registry::new(all.into_values().collect(), self.expressions().clone())?);
        keep(&transaction, &after)?;
        let mut changed = KindsChanged::default();
        let mut work = Work::open(&transaction, after.clone())?;
        work.speak_for(KINDS);
        let names: BTreeSet<&String> = before.declared().keys().chain(after.declared().keys()).collect();
        let mut anew = BTreeSet::new();
        for name in names {
            let (old, new) = (before.declared().get(name), after.declared().get(name));
            if old == new {
                continue;
            }
            if judges_alike(old, new) {
                work.rederive(name)?;
            } else {
                work.rejudge(name, &before, &mut changed.effect)?;
                anew.insert(name.clone());
            }
        }
        work.finish()?;
        changed.read = read_afresh(&transaction, &anew)?;
        // Before the commit, so that no writer after it judges by the kinds before.
        self.set_registry(after);
        if let Err(error) = transaction.commit() {
            self.set_registry(before);
            // Where it can be opened again, what is in the store counts.
            let _ = self.read().and_then(|transaction| self.see_kinds(&transaction));
            return Err(StoreError::from(error).into());
        }
        Ok(changed)
    }
}

/// Whether two declarations of a kind take the same documents, and relate them in the same way.
fn judges_alike(old: Option<&Declared>, new: Option<&Declared>) -> bool {
    // Of a kind that every portal has, declarations only say what is shown and derived.
    if old.or(new).is_some_and(|one| Kinds::built_in().get(&one.declaration.name).is_some()) {
        return true;
    }
    let (Some(old), Some(new)) = (old, new) else { return false };
    let rules = |declared: &Declared| {
        let KindDeclaration { name, api_versions, schema, relations, .. } = declared.declaration.clone();
        (name, api_versions, schema, relations)
    };
    rules(old) == rules(new)
}

fn keep(transaction: &WriteTransaction, registry: &Registry) -> Result<(), StoreError> {
    let mut table = transaction.open_table(tables::KINDS)?;
    table.retain(|_, _| false)?;
    for (name, Declared { declaration, origin }) in registry.declared() {
        let stored = Stored { declaration: declaration.clone(), origin: origin.clone() };
        let json = serde_json::to_vec(&stored)
            .map_err(|error| StoreError::Damaged { table: "kinds", reason: error.to_string() })?;
        table.insert(name.as_str(), json.as_slice())?;
    }
    Ok(())
}

/// Every entity of a kind, its name in lower case.
pub(crate) fn entities_of(
    records: &impl ReadableTable<&'static str, &'static [u8]>,
    name: &str,
) -> Result<Vec<(String, EntityRecord)>, StoreError> {
    let (first, beyond) = bounds(name);
    let mut found = Vec::new();
    for entry in records.range(first.as_str()..beyond.as_str())? {
        let (reference, record) = entry?;
        found.push((reference.value().to_owned(), decode("records", record.value())?));
    }
    Ok(found)
}

/// Every document of a kind, shown or not: its reference, its source, and the document.
pub(crate) fn of_kind(
    records: &impl ReadableTable<&'static str, &'static [u8]>,
    entities: &impl ReadableTable<u32, &'static [u8]>,
    documents: &impl ReadableTable<(&'static str, u32), &'static [u8]>,
    name: &str,
) -> Result<Vec<(String, u32, Vec<u8>)>, StoreError> {
    let mut found = Vec::new();
    for (reference, record) in entities_of(records, name)? {
        let stored = entities.get(record.id)?;
        if let Some(document) = stored.map(|stored| unpack_document(stored.value())).transpose()?.flatten() {
            found.push((reference, record.owner, document));
        }
    }
    let (first, beyond) = bounds(name);
    for entry in documents.range((first.as_str(), 0)..(beyond.as_str(), 0))? {
        let (key, document) = entry?;
        let (reference, source) = key.value();
        found.push((reference.to_owned(), source, unpack("documents", document.value())?));
    }
    Ok(found)
}

/// The references of a kind begin with its name and a colon, which is followed by a semicolon in the order of texts.
fn bounds(name: &str) -> (String, String) {
    (format!("{name}:"), format!("{name};"))
}

/// The rules that a stored document breaks, in sentences.
pub(crate) fn broken(document: &[u8], kinds: &Kinds) -> Result<Vec<String>, StoreError> {
    let value: Value = serde_json::from_slice(document)
        .map_err(|error| StoreError::Damaged { table: "documents", reason: error.to_string() })?;
    let broken = Entity::judge(value, kinds).err().unwrap_or_default();
    Ok(broken.into_iter().map(|violation| violation.message).collect())
}

/// Counts a document.
pub(crate) fn note(effect: &mut KindEffect, reference: &str, claim: Option<&Claim>, messages: &[String]) {
    effect.documents += 1;
    if messages.is_empty() {
        return;
    }
    effect.invalid += 1;
    if effect.examples.len() < EXAMPLES {
        effect.examples.push(InvalidDocument {
            entity_ref: reference.to_owned(),
            file: claim.map(|claim| claim.file.clone()).unwrap_or_default(),
            line: claim.map_or(0, |claim| claim.line),
            messages: messages.to_vec(),
        });
    }
}

/// Has the sources read afresh that hold documents of these kinds, or were refused some.
fn read_afresh(transaction: &WriteTransaction, names: &BTreeSet<String>) -> Result<Vec<(String, String)>, StoreError> {
    let mut ids = BTreeSet::new();
    for name in names {
        let shown = entities_of(&transaction.open_table(tables::RECORDS)?, name)?;
        ids.extend(shown.into_iter().map(|(_, record)| record.owner));
        let (first, beyond) = bounds(name);
        for entry in transaction.open_table(tables::DOCUMENTS)?.range((first.as_str(), 0)..(beyond.as_str(), 0))? {
            ids.insert(entry?.0.value().1);
        }
    }
    for entry in transaction.open_table(tables::PROBLEMS)?.iter()? {
        let (key, problem) = entry?;
        let problem = ProblemRecord::read(problem.value())?;
        let kind = problem.entity.as_deref().and_then(|entity| entity.split(':').next());
        if problem.cause != Cause::Conflict && kind.is_some_and(|kind| names.contains(kind)) {
            ids.insert(key.value().0);
        }
    }
    let mut table = transaction.open_table(tables::SOURCES)?;
    let mut read = Vec::new();
    for id in ids {
        let Some(record) = source::load(&table, id)? else { continue };
        source::save(&mut table, id, &SourceRecord { cursor: None, ..record.clone() })?;
        read.push((record.plugin, record.scope));
    }
    Ok(read)
}
