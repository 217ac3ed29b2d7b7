//! Everything that is wrong with a manifest: what it says, and the schemas, kinds and mappings that it holds.
//!
//! Rule: what is wrong in one part keeps nobody from hearing of another. Each is looked at as far as it can be read, and what follows
//! only from something else that is wrong is left out.

use portico_api_types::KindOrigin;
use portico_kinds::{DeclarationError, Declared, Registry, Schema};
use portico_manifest::{Extension, LocationKind, Manifest, Sound, at_place, parse};
use portico_mappings::Mappings;
use serde::Deserialize;

/// What is wrong with a manifest; `file` is the name that errors use.
pub(super) fn faults(text: &str, file: &str) -> Vec<String> {
    let mut found = Manifest::faults(text, file);
    if let Some(sound) = Manifest::sound(text) {
        let mut further = settings(&sound.manifest);
        let (registry, of_kinds) = kinds(&sound);
        let are_sure = are_sure(&sound, &of_kinds);
        further.extend(of_kinds.into_iter().chain(mappings(&sound, &registry)));
        // What the manifest itself says of a place is said already.
        let is_said = |place: &str| {
            let item = place.strip_suffix(".name").unwrap_or(place);
            found.iter().any(|fault| fault.path == place || fault.path == item)
        };
        further.retain(|(place, _)| sound.holds(place) && (are_sure || !rests_on_kinds(place)) && !is_said(place));
        found.extend(further.iter().map(|(place, message)| at_place(text, file, place, message)));
    }
    found.sort_by_key(|error| (error.line, error.column));
    found.iter().map(ToString::to_string).collect()
}

/// What is wrong with the version of the contract that a manifest names, as far as that can be read.
pub(super) fn contract(text: &str, file: &str) -> Option<String> {
    let version = Manifest::sound(text)?.manifest.contract;
    let fault = portico_runtime::contract(&version).err()?;
    Some(at_place(text, file, "contract", &fault).to_string())
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
    let sound = Manifest::sound(text)?.manifest;
    let is_whole = sound.contract.to_string() == written.contract
        && sound.extensions == written.extensions
        && sound.locations == written.locations;
    is_whole.then_some(sound)
}

/// Something that is wrong, and its place.
type Fault = (String, String);

/// Why the schema of settings cannot be used.
fn settings(manifest: &Manifest) -> Vec<Fault> {
    let faults = manifest.settings.as_ref().map(Schema::faults).unwrap_or_default();
    faults.into_iter().map(|fault| ("settings".to_owned(), fault)).collect()
}

/// The kinds that there are with the declared ones, and why these cannot be used.
fn kinds(sound: &Sound) -> (Registry, Vec<Fault>) {
    let origin = KindOrigin::Plugin { plugin: sound.manifest.name.clone() };
    let declared = sound.manifest.kinds.iter();
    let declared = declared.map(|one| Declared { declaration: one.clone(), origin: origin.clone() }).collect();
    let (registry, found) = Registry::of_sound(declared, crate::keep::evaluator(None));
    let fault = |(index, error): (usize, DeclarationError)| {
        let dot = if error.place.is_empty() { "" } else { "." };
        (format!("kinds[{index}]{dot}{}", error.place), error.message)
    };
    (registry, found.into_iter().map(fault).collect())
}

/// Whether all that others refer to of the declared kinds is there: their names, versions and relations.
fn are_sure(sound: &Sound, of_kinds: &[Fault]) -> bool {
    (0..sound.manifest.kinds.len()).all(|index| {
        let kind = format!("kinds[{index}]");
        let parts = ["name", "apiVersions", "relations"].map(|part| format!("{kind}.{part}"));
        let is_wrong = |part: &String| of_kinds.iter().any(|(place, _)| place.starts_with(part) || *place == kind);
        parts.iter().all(|part| sound.holds(part) && !is_wrong(part))
    })
}

/// Whether what stands at a place refers to kinds.
fn rests_on_kinds(place: &str) -> bool {
    let ends = [".along", ".where", ".entity.kind", ".entity.apiVersion"];
    ends.iter().any(|end| place.ends_with(end)) || place.contains(".entity.relations")
}

/// Why mappings cannot be used.
fn mappings(sound: &Sound, registry: &Registry) -> Vec<Fault> {
    let read = Mappings::new(&sound.manifest.mappings, registry, crate::keep::evaluator(None));
    read.err().unwrap_or_default().into_iter().map(|error| (error.place, error.message)).collect()
}
