//! `fields`: which part of an entity a reader wants.
//!
//! Rule: a dotted path is resolved from the left; the first key that exists is taken, and where none does the next part
//! joins it, so that `metadata.annotations.github.com/project-slug` finds a key with dots in it. Paths into lists do
//! not exist.

use serde_json::{Map, Value};

/// A list of paths to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields(Vec<String>);

/// A field that cannot be asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` points into a list, and fields of lists cannot be chosen; leave the part from `[` out")]
pub struct FieldsError(String);

impl Fields {
    /// Reads the `fields` parameters, each a comma list. None when nothing is asked for, which means everything.
    pub fn parse(params: &[&str]) -> Result<Option<Fields>, FieldsError> {
        let mut paths = Vec::new();
        for path in params.iter().flat_map(|param| param.split(',')).map(str::trim) {
            if path.contains('[') {
                return Err(FieldsError(path.to_owned()));
            }
            if !path.is_empty() {
                paths.push(path.to_owned());
            }
        }
        Ok((!paths.is_empty()).then_some(Fields(paths)))
    }

    /// A copy of the entity that holds these fields and no others; `{}` when it has none of them.
    pub fn project(&self, entity: &Value) -> Value {
        let mut out = Map::new();
        for path in &self.0 {
            if let Some((keys, value)) = resolve(entity, path) {
                place(&mut out, &keys, value.clone());
            }
        }
        Value::Object(out)
    }
}

/// The keys that lead to `path`, and what is there.
fn resolve<'a>(entity: &'a Value, path: &'a str) -> Option<(Vec<&'a str>, &'a Value)> {
    let mut keys = Vec::new();
    let mut value = entity;
    let mut rest = Some(path);
    while let Some(open) = rest {
        let object = value.as_object()?;
        let ends = open.match_indices('.').map(|(at, _)| at).chain([open.len()]);
        let (end, next) = ends.into_iter().find_map(|end| Some((end, object.get(&open[..end])?)))?;
        keys.push(&open[..end]);
        value = next;
        rest = open.get(end + 1..);
    }
    Some((keys, value))
}

fn place(out: &mut Map<String, Value>, keys: &[&str], value: Value) {
    let Some((last, parents)) = keys.split_last() else { return };
    let mut object = out;
    for key in parents {
        let slot = object.entry(*key).or_insert_with(|| Value::Object(Map::new()));
        // A parent that was projected whole is the entity's own object, so it is one here too.
        let Value::Object(inner) = slot else { return };
        object = inner;
    }
    object.insert((*last).to_owned(), value);
}
