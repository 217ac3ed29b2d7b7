//! JSON Schemas that others wrote, and what they say of a document in sentences: of a kind's `spec`, a plugin's settings, a form.
//!
//! Rule: a schema may not make judging a document dear. It fetches nothing, refers to itself in no circle, does not grow beyond a
//! bound when its references are filled in, and its patterns are matched in linear time.

use std::collections::BTreeSet;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use portico_model::SpecRule;
use serde_json::{Map, Value};

/// Bytes of a schema as JSON: the longest that describe one kind of thing have a tenth.
const BYTES: usize = 64 << 10;

/// Values of a schema once its references are filled in.
const VALUES: usize = 20_000;

/// Sentences about one document; who mends these sees the next.
const SENTENCES: usize = 20;

/// Bytes of a compiled pattern.
const PATTERN: usize = 1 << 20;

/// A compiled schema.
pub struct Schema {
    validator: Validator,
    /// What its sentences call a document: `spec`.
    root: &'static str,
    /// What they call the schema: `the kind's schema`.
    name: &'static str,
}

/// The rule for a kind's `spec`; none if anything goes.
pub(crate) struct SchemaRule(Option<Schema>);

impl SchemaRule {
    /// Compiles a schema; otherwise says everything that is wrong with it.
    pub(crate) fn new(schema: Option<&Value>) -> Result<SchemaRule, Vec<String>> {
        let Some(schema) = schema else { return Ok(SchemaRule::none()) };
        let compiled = Schema::new(schema, "spec", "the kind's schema");
        compiled.map(|schema| SchemaRule(Some(schema))).map_err(|first| Schema::faults_beside(schema, first))
    }

    /// Anything goes.
    pub(crate) fn none() -> SchemaRule {
        SchemaRule(None)
    }
}

impl SpecRule for SchemaRule {
    fn check(&self, spec: &Value) -> Vec<(String, String)> {
        self.0.as_ref().map(|schema| schema.check(spec)).unwrap_or_default()
    }
}

impl Schema {
    /// Compiles a schema; otherwise says what is wrong with it. Sentences call a document `root` and the schema `name`.
    pub fn new(schema: &Value, root: &'static str, name: &'static str) -> Result<Schema, String> {
        bounded(schema)?;
        Schema::compiled(schema, None, root, name)
    }

    /// Compiles a schema of draft-07, or a part of one, whose references were filled in by [`Schema::filled_in`].
    pub fn filled(schema: &Value, root: &'static str, name: &'static str) -> Result<Schema, String> {
        // Has all of draft-07, and what came after it that forms use.
        Schema::compiled(schema, Some(Draft::Draft201909), root, name)
    }

    fn compiled(
        schema: &Value,
        draft: Option<Draft>,
        root: &'static str,
        name: &'static str,
    ) -> Result<Schema, String> {
        let patterns = PatternOptions::regex().size_limit(PATTERN).dfa_size_limit(PATTERN);
        let options = jsonschema::options().with_pattern_options(patterns).should_validate_formats(true);
        let options = draft.into_iter().fold(options, |options, draft| options.with_draft(draft));
        let validator = options.build(schema).map_err(|error| {
            let place = error.instance_path().as_str().to_owned();
            format!(
                "it is no usable JSON Schema{}: {error}",
                if place.is_empty() { place } else { format!(" at {place}") }
            )
        })?;
        Ok(Schema { validator, root, name })
    }

    /// A schema with what its references refer to in their places, if it keeps all bounds. Words beside a reference stay.
    pub fn filled_in(schema: &Value) -> Result<Value, String> {
        bounded(schema)?;
        Ok(fill(schema, schema))
    }

    /// Everything that is wrong with a schema; nothing if it can be used.
    pub fn faults(schema: &Value) -> Vec<String> {
        let compiled = Schema::new(schema, "settings", "the schema");
        compiled.err().map(|first| Schema::faults_beside(schema, first)).unwrap_or_default()
    }

    /// Everything that is wrong with a schema, of which the first is known.
    fn faults_beside(schema: &Value, first: String) -> Vec<String> {
        let Ok(meta) = jsonschema::meta::validator_for(schema) else { return vec![first] };
        let said = |error: ValidationError<'_>| {
            let place = error.instance_path().as_str();
            format!(
                "it is no usable JSON Schema{}: {error}",
                if place.is_empty() { String::new() } else { format!(" at {place}") }
            )
        };
        let found: Vec<String> = meta.iter_errors(schema).take(SENTENCES).map(said).collect();
        // What is wrong beyond the form of a schema ends the reading of it.
        if found.is_empty() { vec![first] } else { found }
    }

    /// Whether nothing is wrong with a document.
    pub fn is_valid(&self, document: &Value) -> bool {
        self.validator.is_valid(document)
    }

    /// What is wrong with a document, for whoever has sentences of their own.
    pub fn errors<'d>(&'d self, document: &'d Value) -> impl Iterator<Item = ValidationError<'d>> {
        self.validator.iter_errors(document)
    }

    /// What is wrong with a document: each place as a JSON pointer, with a sentence.
    pub fn check(&self, document: &Value) -> Vec<(String, String)> {
        self.validator
            .iter_errors(document)
            .take(SENTENCES)
            .map(|error| sentence(&error, self.root, self.name))
            .collect()
    }
}

/// Holds a schema against all bounds.
fn bounded(schema: &Value) -> Result<(), String> {
    if !schema.is_object() {
        return Err("it is no mapping; write a JSON Schema, such as `{ type: object, properties: { … } }`".to_owned());
    }
    let bytes = schema.to_string().len();
    if bytes > BYTES {
        return Err(format!("it has {bytes} bytes; at most {BYTES} are taken"));
    }
    let mut budget = VALUES;
    measure(schema, schema, &mut BTreeSet::new(), &mut budget)
}

/// What `measure` found to end.
fn fill(value: &Value, root: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| fill(item, root)).collect(),
        Value::Object(fields) => {
            let target = fields.get("$ref").and_then(Value::as_str).and_then(|reference| {
                let target = root.pointer(reference.strip_prefix('#')?)?;
                Some(fill(target, root))
            });
            let mut filled = match target {
                Some(Value::Object(target)) => target,
                Some(other) => return other,
                None => Map::new(),
            };
            let own = fields.iter().filter(|(key, value)| !(key.as_str() == "$ref" && value.is_string()));
            filled.extend(own.map(|(key, value)| (key.clone(), fill(value, root))));
            Value::Object(filled)
        }
        other => other.clone(),
    }
}

/// Counts the values of a schema with its references filled in.
fn measure<'s>(
    value: &'s Value,
    root: &'s Value,
    inside: &mut BTreeSet<&'s str>,
    budget: &mut usize,
) -> Result<(), String> {
    *budget = budget.checked_sub(1).ok_or_else(|| {
        format!("it holds more than {VALUES} values once its references are filled in; make it smaller")
    })?;
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| measure(item, root, inside, budget)),
        Value::Object(fields) => {
            for key in ["$dynamicRef", "$recursiveRef", "$id", "$anchor", "$dynamicAnchor"] {
                if fields.contains_key(key) {
                    return Err(format!(
                        "`{key}` is not supported; refer to a place of the same schema, such as `#/$defs/x`"
                    ));
                }
            }
            if let Some(Value::String(reference)) = fields.get("$ref") {
                follow(reference, root, inside, budget)?;
            }
            fields.values().try_for_each(|value| measure(value, root, inside, budget))
        }
        _ => Ok(()),
    }
}

fn follow<'s>(
    reference: &'s str,
    root: &'s Value,
    inside: &mut BTreeSet<&'s str>,
    budget: &mut usize,
) -> Result<(), String> {
    let Some(pointer) = reference.strip_prefix('#') else {
        return Err(format!(
            "`{reference}` leads elsewhere, and nothing is fetched; refer to a place of the same schema"
        ));
    };
    if !inside.insert(reference) {
        return Err(format!("`{reference}` leads back to itself; spell out as many levels as there are"));
    }
    let target = root.pointer(pointer).ok_or_else(|| format!("`{reference}` leads nowhere in the schema"))?;
    measure(target, root, inside, budget)?;
    inside.remove(reference);
    Ok(())
}

/// The place inside the document, and what is wrong there.
fn sentence(error: &ValidationError<'_>, root: &str, name: &str) -> (String, String) {
    let pointer = error.instance_path().as_str().to_owned();
    let place = dotted(root, &pointer);
    let found = shown(error.instance());
    let message = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let key = property.as_str().unwrap_or_default();
            let below = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
            return (below, format!("`{place}.{key}` is missing, and {name} needs it. Add it."));
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let keys: Vec<String> = unexpected.iter().map(|key| format!("`{key}`")).collect();
            format!("`{place}` has {}, which {name} does not know. Remove it, or correct its name.", keys.join(", "))
        }
        ValidationErrorKind::Type { kind } => {
            format!("`{place}` is {found}, where {} is expected.", types(kind))
        }
        ValidationErrorKind::Enum { options } => {
            let options: Vec<String> = options.as_array().into_iter().flatten().map(shown).collect();
            format!("`{place}` is {found}, where one of these is expected: {}.", options.join(", "))
        }
        ValidationErrorKind::Constant { expected_value } => {
            format!("`{place}` is {found}, where {} is expected.", shown(expected_value))
        }
        ValidationErrorKind::Pattern { pattern } => {
            format!("`{place}` is {found}, which does not match the pattern `{pattern}`.")
        }
        ValidationErrorKind::Format { format } => format!("`{place}` is {found}, which is no `{format}`."),
        ValidationErrorKind::Minimum { limit } => format!("`{place}` is {found}; the least is {limit}."),
        ValidationErrorKind::Maximum { limit } => format!("`{place}` is {found}; the most is {limit}."),
        ValidationErrorKind::ExclusiveMinimum { limit } => {
            format!("`{place}` is {found}; it has to be more than {limit}.")
        }
        ValidationErrorKind::ExclusiveMaximum { limit } => {
            format!("`{place}` is {found}; it has to be less than {limit}.")
        }
        ValidationErrorKind::MinLength { limit } => {
            format!("`{place}` is {found}; it has to have at least {}.", many(*limit, "character"))
        }
        ValidationErrorKind::MaxLength { limit } => format!("`{place}` is longer than {}.", many(*limit, "character")),
        ValidationErrorKind::MinItems { limit } => format!("`{place}` has to have at least {}.", many(*limit, "item")),
        ValidationErrorKind::MaxItems { limit } => format!("`{place}` has more than {}.", many(*limit, "item")),
        ValidationErrorKind::UniqueItems => format!("`{place}` names something twice; each item may stand there once."),
        _ => format!("`{place}` does not keep {name}: {error}."),
    };
    (pointer, message)
}

fn many(count: u64, of: &str) -> String {
    format!("{count} {of}{}", if count == 1 { "" } else { "s" })
}

fn types(kind: &TypeKind) -> String {
    let word = |kind: &dyn std::fmt::Display| match kind.to_string().as_str() {
        "string" => "a text".to_owned(),
        "integer" => "a whole number".to_owned(),
        "number" => "a number".to_owned(),
        "boolean" => "`true` or `false`".to_owned(),
        "array" => "a list".to_owned(),
        "object" => "a mapping".to_owned(),
        "null" => "nothing (null)".to_owned(),
        other => other.to_owned(),
    };
    match kind {
        TypeKind::Single(one) => word(one),
        TypeKind::Multiple(several) => several.iter().map(|one| word(&one)).collect::<Vec<_>>().join(" or "),
    }
}

/// `/placement/zones/0` as `spec.placement.zones[0]`.
fn dotted(root: &str, pointer: &str) -> String {
    let mut out = root.to_owned();
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        if step.bytes().all(|byte| byte.is_ascii_digit()) && !step.is_empty() {
            out.push_str(&format!("[{step}]"));
        } else if step.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            out.push_str(&format!(".{step}"));
        } else {
            out.push_str(&format!("[{step:?}]"));
        }
    }
    out
}

/// A value as a sentence shows it: short, whatever it is.
fn shown(value: &Value) -> String {
    const SHOWN: usize = 60;
    match value {
        Value::Null => "empty (null)".to_owned(),
        Value::Object(fields) if fields == &Map::new() => "an empty mapping".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::String(text) if text.chars().count() > SHOWN => {
            format!("\"{}…\"", text.chars().take(SHOWN).collect::<String>())
        }
        other => other.to_string(),
    }
}
