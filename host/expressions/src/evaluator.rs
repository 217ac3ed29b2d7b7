//! The language: jaq, with the functions that depend on nothing but their input.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use jaq_core::compile::Undefined;
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::Val;

/// Bytes of an expression. What people write is bounded to a page where it is declared; this much is a mapping whose leaves are put
/// together to one expression.
const LONGEST: usize = 256 << 10;

/// Compiled expressions that are kept. Each carries the language's own library, a tenth of a megabyte, and all of them leave half of
/// the sandbox's memory to values. The host counts along (`host/runtime/src/expressions.rs`).
const KEPT: usize = 400;

/// Bytes of the expressions that are kept: compiled, an expression takes ten times its text.
const KEPT_BYTES: usize = 1 << 20;

/// Functions that depend on the moment or the machine, or that write.
const WITHHELD: [&str; 14] = [
    "now",
    "localtime",
    "mktime",
    "gmtime",
    "strflocaltime",
    "env",
    "input",
    "inputs",
    "input_filename",
    "debug_empty",
    "stderr_empty",
    "halt",
    "halt_error",
    "input_line_number",
];

type Data = data::JustLut<Val>;
type Filter = jaq_core::Filter<Data>;

/// Expressions that were compiled.
#[derive(Default)]
struct Compiled {
    filters: HashMap<String, Rc<Filter>>,
    /// Of their texts.
    bytes: usize,
}

thread_local! {
    static COMPILED: RefCell<Compiled> = RefCell::default();
}

/// Says what is wrong with an expression.
pub fn check(expression: &str) -> Result<(), String> {
    compiled(expression).map(drop)
}

/// The first value that an expression yields over `input`, JSON both; `null` if it yields none.
pub fn evaluate(expression: &str, input: &str) -> Result<String, String> {
    let filter = compiled(expression)?;
    let input =
        jaq_json::read::parse_single(input.as_bytes()).map_err(|error| format!("the input is no JSON: {error}"))?;
    let context = Ctx::<Data>::new(&filter.lut, Vars::new([]));
    match filter.id.run((context, input)).map(unwrap_valr).next() {
        None => Ok("null".to_owned()),
        Some(Ok(value)) => Ok(value.to_string()),
        Some(Err(error)) => Err(error.to_string()),
    }
}

fn compiled(expression: &str) -> Result<Rc<Filter>, String> {
    if let Some(filter) = COMPILED.with_borrow(|compiled| compiled.filters.get(expression).cloned()) {
        return Ok(filter);
    }
    let filter = Rc::new(compile(expression)?);
    COMPILED.with_borrow_mut(|compiled| {
        if compiled.filters.len() >= KEPT || compiled.bytes + expression.len() > KEPT_BYTES {
            *compiled = Compiled::default();
        }
        compiled.bytes += expression.len();
        compiled.filters.insert(expression.to_owned(), filter.clone());
    });
    Ok(filter)
}

fn compile(expression: &str) -> Result<Filter, String> {
    if expression.len() > LONGEST {
        return Err(format!("the expression has {} bytes; at most {LONGEST} are read", expression.len()));
    }
    let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let defs = defs.filter(|def| !matches!(def.name, "debug" | "stderr" | "halt" | "halt_error" | "input_line_number"));
    let arena = Arena::default();
    let file = File { code: expression, path: () };
    let modules = Loader::new(defs).load(&arena, file).map_err(|errors| unreadable(expression, &errors))?;
    let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let funs = funs.filter(|(name, ..)| !WITHHELD.contains(name));
    Compiler::default().with_funs(funs).compile(modules).map_err(|errors| {
        let undefined = errors.into_iter().flat_map(|(_, undefined)| undefined).next();
        match undefined {
            Some((name, Undefined::Filter(arity))) => {
                format!("{}there is no function `{name}/{arity}` here", place(expression, name))
            }
            Some((name, kind)) => format!("{}the {} `{name}` is not defined", place(expression, name), kind.as_str()),
            None => "the expression cannot be compiled".to_owned(),
        }
    })
}

fn unreadable(expression: &str, errors: &load::Errors<&str, ()>) -> String {
    let first = errors.iter().map(|(_, error)| error).next();
    let said = match first {
        Some(load::Error::Lex(errors)) => errors.first().map(|(expected, found)| (expected.as_str(), *found)),
        Some(load::Error::Parse(errors)) => errors.first().map(|(expected, found)| (expected.as_str(), *found)),
        Some(load::Error::Io(_)) => {
            return "expressions include and import nothing; write out what is needed".to_owned();
        }
        None => None,
    };
    match said {
        Some((expected, found)) => format!("{}a {expected} is expected", place(expression, found)),
        None => "the expression cannot be read".to_owned(),
    }
}

/// Where a part of the expression begins, as sentences write it; empty for what stands elsewhere.
fn place(expression: &str, part: &str) -> String {
    // A part is a slice of the expression, so its address says where it is.
    let (whole, part) = (expression.as_ptr() as usize, part.as_ptr() as usize);
    match part.checked_sub(whole).and_then(|at| expression.get(..at)) {
        Some(before) => format!("at character {}: ", before.chars().count() + 1),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_yields_its_first_value() {
        for (expression, input, expected) in [
            (".spec.nodes > 2", r#"{"spec": {"nodes": 3}}"#, "true"),
            (".a, .b", r#"{"a": 1, "b": 2}"#, "1"),
            ("empty", "{}", "null"),
            (".missing.below", "{}", "null"),
            ("[.tags[] | select(startswith(\"j\"))] | length", r#"{"tags": ["java", "js", "c"]}"#, "2"),
            (".when | fromdate", r#"{"when": "2026-01-01T00:00:00Z"}"#, "1767225600"),
            ("def f: if . > 9 then . else . * 2 | f end; 1 | f", "{}", "16"),
            ("\"ä\" | length", "{}", "1"),
        ] {
            assert_eq!(evaluate(expression, input).as_deref(), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn what_cannot_be_evaluated_is_said() {
        assert_eq!(evaluate(".a + 1", r#"{"a": {}}"#).unwrap_err(), "cannot calculate {} + 1");
        for (expression, sentence) in [
            (".a |", "at character 5: a term is expected"),
            ("nothing(1)", "at character 1: there is no function `nothing/1` here"),
            ("ä | $x", "at character 1: a token is expected"),
            (". + $x", "at character 5: the variable `$x` is not defined"),
            ("now", "at character 1: there is no function `now/0` here"),
            ("env", "at character 1: there is no function `env/0` here"),
            ("input", "at character 1: there is no function `input/0` here"),
            ("debug", "at character 1: there is no function `debug/0` here"),
            ("halt", "at character 1: there is no function `halt/0` here"),
            ("import \"a\" as a; .", "expressions include and import nothing; write out what is needed"),
        ] {
            assert_eq!(check(expression).unwrap_err(), sentence, "{expression}");
        }
        assert!(check(&" ".repeat(300_000)).unwrap_err().contains("at most 262144 are read"));
    }
}
