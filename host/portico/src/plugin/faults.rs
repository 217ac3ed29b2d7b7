//! Everything that is wrong with a manifest: what it says, and the schemas, kinds and mappings that it holds.
//!
//! Rule: what is wrong in one part keeps nobody from hearing of another; only mappings wait for kinds that are in order, as they are
//! judged by them, and code for the keys that it is compared with.

use portico_api_types::{KindDeclaration, KindOrigin};
use portico_kinds::{Declared, Registry, Schema};
use portico_manifest::{Extension, LocationKind, Manifest, parse};
use portico_mappings::Mappings;
use serde::Deserialize;

/// What is wrong with a manifest; `file` is the name that errors use.
pub(super) fn faults(text: &str, file: &str) -> Vec<String> {
    let said = Manifest::faults(text, file);
    let is_about = |key: &str| said.iter().any(|fault| fault.path.starts_with(key));
    let mut found: Vec<String> = said.iter().map(ToString::to_string).collect();
    let Some(manifest) = Manifest::sound(text) else { return found };
    found.extend(settings(&manifest).into_iter().map(|fault| format!("{file}, `settings`: {fault}")));
    let kinds = kinds(&manifest);
    let judged = kinds.is_empty() && !is_about("kinds") && !is_about("mappings");
    found.extend(kinds);
    if judged {
        found.extend(mappings(&manifest));
    }
    found
}

/// What code is compared with, as it is written.
#[derive(Deserialize)]
struct Compared {
    contract: String,
    extensions: Vec<Extension>,
    #[serde(default)]
    locations: Vec<LocationKind>,
}

/// What is sound of a manifest, for code to be compared with; none where that is not what its author wrote of it.
pub(super) fn comparable(text: &str) -> Option<Manifest> {
    let written: Compared = parse(text, "").ok()?;
    let sound = Manifest::sound(text)?;
    let is_whole = sound.contract.to_string() == written.contract
        && sound.extensions == written.extensions
        && sound.locations == written.locations;
    is_whole.then_some(sound)
}

/// Why the schema of settings cannot be used.
fn settings(manifest: &Manifest) -> Vec<String> {
    manifest.settings.as_ref().map(Schema::faults).unwrap_or_default()
}

/// Why mappings cannot be used: each by itself.
fn mappings(manifest: &Manifest) -> Vec<String> {
    let evaluator = crate::keep::evaluator(None);
    let Ok(registry) = Registry::new(declared(manifest, &manifest.kinds), evaluator.clone()) else { return Vec::new() };
    let read = Mappings::new(&manifest.mappings, &registry, evaluator);
    read.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

/// Why declared kinds cannot be used: each by itself, part by part, and if nothing is wrong with any, all together.
fn kinds(manifest: &Manifest) -> Vec<String> {
    let alone: Vec<String> = manifest.kinds.iter().flat_map(|kind| kind_alone(manifest, kind)).collect();
    if alone.is_empty() { wrong(manifest, &manifest.kinds).into_iter().collect() } else { alone }
}

/// What is wrong with a kind: with its schema, its relations, its properties and its columns, or else between them.
fn kind_alone(manifest: &Manifest, kind: &KindDeclaration) -> Vec<String> {
    let Some(first) = wrong(manifest, std::slice::from_ref(kind)) else { return Vec::new() };
    let bare = KindDeclaration {
        schema: None,
        relations: Vec::new(),
        properties: Vec::new(),
        columns: Vec::new(),
        ..kind.clone()
    };
    if let Some(fault) = wrong(manifest, std::slice::from_ref(&bare)) {
        return vec![fault];
    }
    let related = KindDeclaration { relations: kind.relations.clone(), ..bare.clone() };
    let parts = [
        KindDeclaration { schema: kind.schema.clone(), ..bare.clone() },
        related.clone(),
        // Both look at relations, so that these come with them.
        KindDeclaration { properties: kind.properties.clone(), ..related.clone() },
        KindDeclaration { columns: kind.columns.clone(), ..related },
    ];
    let mut found: Vec<String> = Vec::new();
    for fault in parts.iter().filter_map(|part| wrong(manifest, std::slice::from_ref(part))) {
        if !found.contains(&fault) {
            found.push(fault);
        }
    }
    if found.is_empty() { vec![first] } else { found }
}

fn wrong(manifest: &Manifest, kinds: &[KindDeclaration]) -> Option<String> {
    let read = Registry::new(declared(manifest, kinds), crate::keep::evaluator(None));
    read.err().map(|error| error.to_string())
}

fn declared(manifest: &Manifest, kinds: &[KindDeclaration]) -> Vec<Declared> {
    let origin = KindOrigin::Plugin { plugin: manifest.name.clone() };
    kinds.iter().map(|one| Declared { declaration: one.clone(), origin: origin.clone() }).collect()
}
