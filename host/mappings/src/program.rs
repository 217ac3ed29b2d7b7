//! The one program of a mapping: its expressions put together, and its result taken apart.
//!
//! Rule: an expression stands in it as it stands alone. Each was compiled alone before, so it is whole; it is put in brackets, so
//! it is one; and two line ends close a comment at its end, even one that goes on after a backslash.
//!
//! What an expression came to is `[value]`, `[]` where it yielded nothing, and `{error}` where it failed, so that one that fails
//! takes no other with it and is known by its place.

use portico_kinds::Expressions;
use serde_json::Value;

/// Values of `each`: what one object of a tool holds of anything.
pub(crate) const ITEMS: usize = 1_000;

/// Characters of what an expression says when it fails: some errors hold the value that they are about.
const LONGEST_MESSAGE: usize = 200;

/// What one expression came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Came {
    /// Nothing, or it was not asked.
    #[default]
    Nothing,
    /// A value that is not null.
    To(Value),
    /// It failed.
    Failed(String),
}

/// What a mapping's expressions came to over an object.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What `when` came to; true where there is none.
    pub(crate) when: Came,
    /// By item, what each expression came to; an error where `each` failed. Empty where `when` let nothing through.
    pub(crate) items: Result<Vec<Vec<Came>>, String>,
}

impl Outcome {
    /// Whether `when` lets the object through.
    pub(crate) fn is_admitted(&self) -> bool {
        matches!(&self.when, Came::To(value) if *value != Value::Bool(false))
    }
}

/// An expression in brackets.
pub(crate) fn wrapped(expression: &str) -> String {
    format!("({expression}\n\n)")
}

/// Yields what an expression came to.
pub(crate) fn guarded(expression: &str) -> String {
    format!("(try [first({})] catch {{error: .}})", wrapped(expression))
}

/// Yields all that an expression came to.
pub(crate) fn collected(expression: &str) -> String {
    format!("(try [limit({}; {})] catch {{error: .}})", ITEMS + 1, wrapped(expression))
}

/// Puts expressions together. `always` has the items made whatever `when` came to.
pub(crate) fn compose<'a>(
    when: Option<&str>,
    each: Option<&str>,
    leaves: impl Iterator<Item = &'a str>,
    always: bool,
) -> String {
    let leaves: Vec<String> = leaves.map(guarded).collect();
    let leaves = format!("[{}]", leaves.join(",\n"));
    let items = match each {
        None => format!("[{leaves}]"),
        Some(each) => format!(
            ". as $object | try [limit({}; {}) | {{item: ., object: $object}} | {leaves}] catch {{error: .}}",
            ITEMS + 1,
            wrapped(each)
        ),
    };
    match when {
        None => format!("{{when: [true], items: ({items})}}"),
        Some(when) if always => format!("{{when: {}, items: ({items})}}", guarded(when)),
        Some(when) => format!(
            "{} as $when | {{when: $when, items: (if ($when | type) == \"array\" and $when[0] then {items} else [] end)}}",
            guarded(when)
        ),
    }
}

/// Runs a program whose leaves are those of these indices, of `count`.
pub(crate) fn run(
    program: &str,
    asked: &[usize],
    count: usize,
    data: &Value,
    expressions: &dyn Expressions,
) -> Result<Outcome, String> {
    let mut outcome = expressions.evaluate(program, data)?;
    let mut part = |key| outcome.get_mut(key).map(Value::take).unwrap_or_default();
    let when = came(part("when"));
    let items = match part("items") {
        Value::Array(items) => Ok(items.into_iter().map(|item| leaves(item, asked, count)).collect()),
        failed => Err(message(failed)),
    };
    Ok(Outcome { when, items })
}

fn leaves(item: Value, asked: &[usize], count: usize) -> Vec<Came> {
    let mut leaves = vec![Came::Nothing; count];
    if let Value::Array(values) = item {
        for (leaf, value) in asked.iter().zip(values) {
            leaves[*leaf] = came(value);
        }
    }
    leaves
}

fn came(value: Value) -> Came {
    match value {
        Value::Array(values) => match values.into_iter().next() {
            None | Some(Value::Null) => Came::Nothing,
            Some(value) => Came::To(value),
        },
        failed => Came::Failed(message(failed)),
    }
}

/// The message of `{error}`, which an expression may have raised with any value.
fn message(mut failed: Value) -> String {
    match failed.get_mut("error").map(Value::take) {
        Some(Value::String(message)) => message.chars().take(LONGEST_MESSAGE).collect(),
        other => other.unwrap_or_default().to_string().chars().take(LONGEST_MESSAGE).collect(),
    }
}
