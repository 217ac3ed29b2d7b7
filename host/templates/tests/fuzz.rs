//! What people and machines write goes wrong in every way. Nothing may panic, take long, or be answered with a sentence as long as the text.
//!
//! Rule: every target runs `PORTICO_FUZZ_CASES` cases, a few hundred where that is not set. A failure is shrunk and printed with its text,
//! which then becomes a case of a test beside the others.

use std::time::{Duration, Instant};

use portico_templates::{Context, Dialect, Template, TemplateError, TextTemplate, Whitespace};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::json;

/// The longest that an evaluation may take, in a build without optimisation on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

/// Bytes of a sentence, whatever was read.
const SENTENCE: usize = 2_000;

const PIECES: &[&str] = &[
    "${{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "{{",
    "-}}",
    "{%-",
    "-%}",
    " if ",
    " else ",
    " for ",
    " in ",
    " endif ",
    " endfor ",
    " set ",
    " endset ",
    " macro ",
    " endmacro ",
    " call ",
    " endcall ",
    " filter ",
    " endfilter ",
    " switch ",
    " case ",
    " default ",
    " endswitch ",
    " raw ",
    " endraw ",
    " elif ",
    " block ",
    "x",
    "y",
    "list",
    "object",
    "text",
    "loop",
    "caller",
    "secrets",
    "m",
    "range",
    "always",
    "failure",
    "true",
    "none",
    " not ",
    " and ",
    " or ",
    " is ",
    "defined",
    "divisibleby",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "|",
    "~",
    "+",
    "-",
    "*",
    "/",
    "//",
    "**",
    "%",
    "==",
    "===",
    "!=",
    "<",
    ">=",
    "=",
    "'",
    "\"",
    "\\",
    "r/",
    "/g",
    "a",
    "é",
    "\u{2}",
    "\n",
    " ",
    "0",
    "1",
    "99",
    "9999999999",
    "1.5",
    "upper",
    "join",
    "replace",
    "sort",
    "dump",
    "groupby",
    "slice",
    "batch",
    "indent",
    "split",
    "length",
    "repeat",
    "padStart",
    "slice(-1)",
    "__op",
    "self",
];

const OPERATORS: &[&str] =
    &["+", "-", "*", "/", "//", "%", "**", "~", "==", "===", "!=", "<", ">=", "and", "or", "in", "not in"];

const FILTERS: &[&str] = &[
    "abs",
    "batch",
    "capitalize",
    "center",
    "default",
    "dictsort",
    "dump",
    "escape",
    "first",
    "float",
    "groupby",
    "indent",
    "int",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "nl2br",
    "parseEntityRef",
    "parseRepoUrl",
    "pick",
    "projectSlug",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "string",
    "striptags",
    "sum",
    "title",
    "trim",
    "truncate",
    "upper",
    "urlencode",
    "wordcount",
];

const METHODS: &[&str] = &[
    "split",
    "replace",
    "replaceAll",
    "slice",
    "substring",
    "join",
    "concat",
    "indexOf",
    "at",
    "flat",
    "repeat",
    "padEnd",
    "toFixed",
    "items",
    "get",
    "sort",
    "includes",
    "test",
    "charAt",
    "count",
];

const TESTS: &[&str] = &["defined", "odd", "eq(1)", "divisibleby(2)", "string", "gt('a')", "upper", "iterable"];

fn context() -> Context {
    let values = json!({"x": 1, "y": null, "list": [3, "é", [1], {"a": 1}], "object": {"a": 1, "b": [1]}, "text": "héllo wörld", "secrets": {"x": "y"}});
    let values = values.as_object().expect("an object");
    values.iter().try_fold(Context::new(), |context, (name, value)| context.with(name, value)).expect("flat")
}

fn fuzz(cases: impl Strategy<Value = String>, target: impl Fn(&str) -> Result<(), TestCaseError>) {
    let given = std::env::var("PORTICO_FUZZ_CASES").ok();
    let number = given.map_or(300, |given| given.parse().expect("PORTICO_FUZZ_CASES is a number"));
    let config = Config { cases: number, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&cases, |text| target(&text)).unwrap_or_else(|failure| panic!("{failure}"));
}

/// Evaluates a text in every way.
fn is_survived(text: &str) -> Result<(), TestCaseError> {
    let context = context();
    let begun = Instant::now();
    let sentence = |error: TemplateError| {
        prop_assert!(error.to_string().len() < SENTENCE, "{error}");
        let position = error.position.unwrap_or_default();
        prop_assert!(position.line <= text.matches('\n').count() + 1, "{error}");
        Ok(())
    };
    for dialect in [Dialect::Backstage, Dialect::Cookiecutter] {
        let whitespace = Whitespace { trim_blocks: dialect == Dialect::Backstage, lstrip_blocks: true };
        TextTemplate::parse(text, dialect, whitespace)
            .and_then(|template| template.render(&context))
            .map_or_else(sentence, |_| Ok(()))?;
    }
    let value = Template::parse(&json!({"a": [text]}));
    value.and_then(|template| template.evaluate(&context)).map_or_else(sentence, |_| Ok(()))?;
    prop_assert!(begun.elapsed() < LONGEST, "it took {:?}", begun.elapsed());
    Ok(())
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![20 => prop::sample::select(PIECES).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)]
}

/// Expressions that can be read, so that what evaluates them is reached.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(
        &[
            "x",
            "y",
            "list",
            "object",
            "text",
            "1",
            "-2.5",
            "'a b'",
            "true",
            "none",
            "[]",
            "{}",
            "missing",
            "loop",
            "r/[a-z]+/g",
        ][..],
    );
    leaf.prop_map(str::to_owned).prop_recursive(5, 40, 3, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(OPERATORS), inner.clone())
                .prop_map(|(a, sign, b)| format!("({a} {sign} {b})")),
            (inner.clone(), prop::sample::select(FILTERS), vec(inner.clone(), 0..3))
                .prop_map(|(a, name, rest)| format!("({a} | {name}({}))", rest.join(", "))),
            (inner.clone(), prop::sample::select(METHODS), vec(inner.clone(), 0..3))
                .prop_map(|(a, name, rest)| format!("({a}).{name}({})", rest.join(", "))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[{b}]")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} if {b} else {c})")),
            (inner.clone(), prop::sample::select(TESTS)).prop_map(|(a, test)| format!("({a} is {test})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[{a}, {b}]")),
            inner.clone().prop_map(|a| format!("{{k: {a}}}")),
            inner.prop_map(|a| format!("(not {a})")),
        ]
    })
}

#[test]
fn any_text_is_survived() {
    fuzz(vec(piece(), 0..60).prop_map(|pieces| pieces.concat()), is_survived);
}

#[test]
fn any_expression_is_survived() {
    fuzz(expression().prop_map(|expression| format!("${{{{ {expression} }}}}")), is_survived);
}

#[test]
fn any_expression_is_survived_in_blocks() {
    let blocks = (expression(), expression()).prop_map(|(a, b)| {
        format!("{{% set z = {a} %}}{{% for i in [1, {b}, 3] %}}{{% set z = i %}}{{% if {b} %}}${{{{ z }}}}{{% endif %}}{{% endfor %}}${{{{ z | dump }}}}")
    });
    fuzz(blocks, is_survived);
}

#[test]
fn what_has_no_tag_comes_out_as_it_is() {
    fuzz(any::<String>(), |text| {
        prop_assume!(!["{{", "{%", "{#"].iter().any(|open| text.contains(open)));
        let template = TextTemplate::parse(text, Dialect::Backstage, Whitespace::default());
        prop_assert_eq!(template.and_then(|template| template.render(&Context::new())), Ok(text.to_owned()));
        let beside =
            TextTemplate::parse(&format!("{text}${{{{ 1 }}}}{text}"), Dialect::Backstage, Whitespace::default());
        prop_assert_eq!(beside.and_then(|template| template.render(&Context::new())), Ok(format!("{text}1{text}")));
        Ok(())
    });
}
