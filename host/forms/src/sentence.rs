//! What the schema finds wrong, in sentences for whoever fills in the form.
//!
//! Rule: a sentence stands beside its field, so it names none, and it holds no value: any may be secret. It says what to do.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

/// The sentence for an error.
pub(crate) fn sentence(error: &ValidationError<'_>) -> String {
    match error.kind() {
        Kind::Required { .. } => "Fill this in; it is needed.".to_owned(),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let keys: Vec<String> = unexpected.iter().map(|key| format!("`{key}`")).collect();
            format!("The form has no {}; take it out.", keys.join(", "))
        }
        // Keys where there may be none at all.
        Kind::FalseSchema if error.schema_path().as_str().ends_with("/additionalProperties") => {
            "The form has no keys of these names here; take them out.".to_owned()
        }
        Kind::Type { .. } if error.instance().is_null() => "Fill this in; it is empty.".to_owned(),
        Kind::Type { kind } => format!("Write {} here.", types(kind)),
        Kind::Enum { options } => {
            const SHOWN: usize = 12;
            let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let more = if options.len() > SHOWN { ", …" } else { "." };
            let options: Vec<String> = options.iter().take(SHOWN).map(shown).collect();
            format!("Choose one of these: {}{more}", options.join(", "))
        }
        Kind::Constant { expected_value } if expected_value.as_bool() == Some(true) => {
            "This has to be agreed to; tick it.".to_owned()
        }
        Kind::Constant { expected_value } => format!("This has to be {}.", shown(expected_value)),
        Kind::Pattern { pattern } => format!("Write it so that it matches the pattern `{pattern}`."),
        Kind::Format { format } => format!("Write {}.", formatted(format)),
        Kind::Minimum { limit } => format!("Take at least {limit}."),
        Kind::Maximum { limit } => format!("Take at most {limit}."),
        Kind::ExclusiveMinimum { limit } => format!("Take more than {limit}."),
        Kind::ExclusiveMaximum { limit } => format!("Take less than {limit}."),
        Kind::MultipleOf { multiple_of } => format!("Take a multiple of {multiple_of}."),
        Kind::MinLength { limit } => format!("Write at least {}.", many(*limit, "character")),
        Kind::MaxLength { limit } => format!("Write at most {}.", many(*limit, "character")),
        Kind::MinItems { limit } => format!("Give at least {}.", many(*limit, "item")),
        Kind::MaxItems { limit } => format!("Give at most {}.", many(*limit, "item")),
        Kind::MinProperties { limit } => format!("Fill in at least {}.", many(*limit, "field")),
        Kind::MaxProperties { limit } => format!("Fill in at most {}.", many(*limit, "field")),
        Kind::AdditionalItems { limit } => format!("Give at most {}.", many(*limit as u64, "item")),
        Kind::UniqueItems => "Something stands here twice; each may stand here once.".to_owned(),
        Kind::Contains => "None of these is what the template asks for; add one that is.".to_owned(),
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
            "This fits none of the alternatives; fill in one of them.".to_owned()
        }
        Kind::OneOfMultipleValid { .. } => {
            "This fits several of the alternatives, and has to fit one alone; leave out what belongs to others."
                .to_owned()
        }
        Kind::Not { .. } | Kind::FalseSchema => {
            "The template does not allow this; change it or leave it out.".to_owned()
        }
        Kind::PropertyNames { .. } => "The name of a key here is not allowed; change it.".to_owned(),
        _ => format!("This does not keep what the template asks for: {}.", error.masked_with("it")),
    }
}

fn many(count: u64, of: &str) -> String {
    format!("{count} {of}{}", if count == 1 { "" } else { "s" })
}

fn types(kind: &TypeKind) -> String {
    let word = |kind: String| match kind.as_str() {
        "string" => "a text".to_owned(),
        "integer" => "a whole number".to_owned(),
        "number" => "a number".to_owned(),
        "boolean" => "`true` or `false`".to_owned(),
        "array" => "a list".to_owned(),
        "object" => "a mapping as JSON".to_owned(),
        _ => "nothing".to_owned(),
    };
    match kind {
        TypeKind::Single(one) => word(one.to_string()),
        TypeKind::Multiple(several) => several.iter().map(|one| word(one.to_string())).collect::<Vec<_>>().join(" or "),
    }
}

fn formatted(format: &str) -> String {
    match format {
        "date" => "a day, such as `2026-11-27`".to_owned(),
        "time" => "a time of day, such as `10:30:00Z`".to_owned(),
        "date-time" => "a day and a time, such as `2026-11-27T10:30:00Z`".to_owned(),
        "email" => "an address for mail, such as `ada@example.org`".to_owned(),
        "uri" | "iri" => "an address, such as `https://example.org/`".to_owned(),
        "hostname" => "the name of a host, such as `www.example.org`".to_owned(),
        "ipv4" => "an address such as `192.0.2.1`".to_owned(),
        "uuid" => "a UUID".to_owned(),
        other => format!("what is a `{other}`"),
    }
}

fn shown(value: &Value) -> String {
    const SHOWN: usize = 60;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}
