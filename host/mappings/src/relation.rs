//! Relations of entities that are made: which fields of `spec` stand for them, and what is written there.
//!
//! Rule: a field is the kind's. Where several stand for one relation, as `system` and `subcomponentOf` do for `partOf`, the kind of a
//! reference says which one takes it.

use portico_model::{EntityRef, Field, Kind, RelationField, Shape, Spec};
use serde_json::{Map, Value};

use crate::make::Making;
use crate::references;
use crate::template::{Fields, is_taken};

/// A relation that a mapping writes.
#[derive(Debug)]
pub(crate) struct Relation {
    pub(crate) leaf: usize,
    targets: Vec<Target>,
}

/// A field that stands for it.
#[derive(Debug)]
struct Target {
    /// With dots between.
    path: String,
    /// The `spec.type` with which the kind has it; always where it is none.
    spec_type: Option<&'static str>,
    /// Whether a list is written there.
    list: bool,
    default_kind: Option<String>,
    kinds: Vec<String>,
}

impl Relation {
    /// The relation of this name that a kind has; an error says which ones there are, or what else is wrong.
    pub(crate) fn new(kind: &Kind, name: &str, leaf: usize, spec: &Fields) -> Result<Relation, String> {
        let targets: Vec<Target> = fields(kind)
            .filter(|(_, field)| &*field.relation == name)
            .map(|(spec_type, field)| Target {
                path: field.path.clone(),
                spec_type,
                list: takes_list(kind, field),
                default_kind: field.default_kind.clone(),
                kinds: field.targets.clone(),
            })
            .collect();
        if targets.is_empty() {
            return Err(unknown(kind, name));
        }
        match targets.iter().find(|target| is_taken(spec, &target.path)) {
            Some(target) => Err(format!("`spec.{}` says it already; keep one of the two", target.path)),
            None => Ok(Relation { leaf, targets }),
        }
    }

    /// Writes what the expression came to.
    pub(crate) fn write(&self, spec: &mut Map<String, Value>, namespace: &str, making: &mut Making<'_>) {
        let Some(value) = making.value(self.leaf) else { return };
        let spec_type = spec.get("type").and_then(Value::as_str);
        let targets: Vec<&Target> =
            self.targets.iter().filter(|target| target.spec_type.is_none() || target.spec_type == spec_type).collect();
        if targets.is_empty() {
            return making.say(self.leaf, "is no relation that the kind has with this `spec.type`: it is left out");
        }
        let mut written: Vec<Vec<Value>> = vec![Vec::new(); targets.len()];
        for one in making.listed(self.leaf, value) {
            match reference(one, &targets, namespace) {
                Ok((target, text)) => written[target].push(Value::String(text)),
                Err(reason) => making.say(self.leaf, &format!("names no entity: {reason}")),
            }
        }
        for (target, mut references) in targets.into_iter().zip(written) {
            match references.len() {
                0 => {}
                _ if target.list => put(spec, &target.path, Value::Array(references)),
                1 => put(spec, &target.path, references.remove(0)),
                count => {
                    let what = format!("names {count} entities, and `spec.{}` takes one: it is left out", target.path);
                    making.say(self.leaf, &what);
                }
            }
        }
    }
}

/// Every field of a kind that points at others, and the `spec.type` that it comes with.
fn fields(kind: &Kind) -> impl Iterator<Item = (Option<&'static str>, &RelationField)> {
    let by_type = match &kind.spec {
        Spec::Fields { by_type, .. } => by_type.as_slice(),
        Spec::Rule(_) => &[],
    };
    let by_type = by_type.iter().flat_map(|rule| rule.relations.iter().map(|field| (Some(rule.spec_type), field)));
    kind.relations.iter().map(|field| (None, field)).chain(by_type)
}

/// Whether a field holds a list: as the table of the kind says, and else where it may name several.
fn takes_list(kind: &Kind, field: &RelationField) -> bool {
    let Spec::Fields { fields, by_type } = &kind.spec else { return field.many };
    let all = fields.iter().chain(by_type.iter().flat_map(|rule| rule.fields));
    let is_it = |known: &&Field| known.name == field.path;
    all.into_iter().find(is_it).map_or(field.many, |known| matches!(known.shape, Shape::List { .. }))
}

fn unknown(kind: &Kind, name: &str) -> String {
    let mut known: Vec<String> =
        fields(kind).map(|(_, field)| format!("`{}` (`spec.{}`)", field.relation, field.path)).collect();
    known.sort();
    known.dedup();
    if known.is_empty() {
        return format!("the kind `{}` has no relations; remove it", kind.name);
    }
    format!("the kind `{}` has no relation {name:?}; there are {}", kind.name, known.join(", "))
}

/// The target that takes a reference, and the text that is written there.
fn reference(value: &Value, targets: &[&Target], namespace: &str) -> Result<(usize, String), String> {
    // With one target its kind is that of a reference that names none; of several, none is.
    let kind = match targets {
        [only] => only.default_kind.as_deref(),
        _ => None,
    };
    let reference = references::read(value, kind, namespace)?;
    let text = match value.as_str() {
        // A text that says the same already stays as it is.
        Some(text) if EntityRef::parse_with(text, kind, namespace).is_ok_and(|read| read == reference) => {
            text.to_owned()
        }
        _ => reference.to_string(),
    };
    let is_meant = |target: &&Target| {
        target.kinds.iter().any(|kind| kind == reference.kind())
            || target.default_kind.as_deref() == Some(reference.kind())
    };
    let free = |target: &&Target| target.kinds.is_empty() && target.default_kind.is_none();
    let place = targets.iter().position(is_meant);
    let place = place.or_else(|| targets.iter().position(free));
    match (place, targets) {
        (Some(place), _) => Ok((place, text)),
        // Whether another kind may stand there is the document's judge's to say.
        (None, [_]) => Ok((0, text)),
        (None, _) => Err(format!("no field of this relation takes the kind `{}`", reference.kind())),
    }
}

fn put(spec: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => drop(spec.insert(path.to_owned(), value)),
        Some((key, below)) => {
            let inner = spec.entry(key).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, below, value);
            }
        }
    }
}
