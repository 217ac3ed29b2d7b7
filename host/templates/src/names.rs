//! Names: which filters, tests and functions there are, and what to write instead of those that are not.
//!
//! Rule: one table of each. The engine registers what is in it, and the parser refuses what is not.

/// A filter: its name, and the names of its arguments in their order.
pub(crate) type Signature = (&'static str, &'static [&'static str]);

pub(crate) const FILTERS: &[Signature] = &[
    ("abs", &[]),
    ("batch", &["linecount", "fill_with"]),
    ("capitalize", &[]),
    ("center", &["width"]),
    ("default", &["default_value", "boolean"]),
    ("dictsort", &["case_sensitive", "by"]),
    ("dump", &["spaces"]),
    ("escape", &[]),
    ("first", &[]),
    ("float", &["default"]),
    ("forceescape", &[]),
    ("groupby", &["attribute"]),
    ("indent", &["width", "indentfirst"]),
    ("int", &["default", "base"]),
    ("join", &["d", "attribute"]),
    ("last", &[]),
    ("length", &[]),
    ("list", &[]),
    ("lower", &[]),
    ("nl2br", &[]),
    ("parseEntityRef", &["defaults"]),
    ("parseRepoUrl", &[]),
    ("pick", &["path"]),
    ("projectSlug", &[]),
    ("reject", &["test", "argument"]),
    ("rejectattr", &["attribute"]),
    ("replace", &["old", "new", "count"]),
    ("reverse", &[]),
    ("round", &["precision", "method"]),
    ("safe", &[]),
    ("select", &["test", "argument"]),
    ("selectattr", &["attribute"]),
    ("slice", &["slices", "fill_with"]),
    ("sort", &["reverse", "case_sensitive", "attribute"]),
    ("string", &[]),
    ("striptags", &["preserve_linebreaks"]),
    ("sum", &["attribute", "start"]),
    ("title", &[]),
    ("trim", &[]),
    ("truncate", &["length", "killwords", "end"]),
    ("upper", &[]),
    ("urlencode", &[]),
    ("wordcount", &[]),
];

/// Tests, and how many arguments each has.
pub(crate) const TESTS: &[(&str, usize)] = &[
    ("defined", 0),
    ("divisibleby", 1),
    ("eq", 1),
    ("even", 0),
    ("falsy", 0),
    ("ge", 1),
    ("gt", 1),
    ("iterable", 0),
    ("le", 1),
    ("lower", 0),
    ("lt", 1),
    ("mapping", 0),
    ("ne", 1),
    ("none", 0),
    ("number", 0),
    ("odd", 0),
    ("sameas", 1),
    ("string", 0),
    ("truthy", 0),
    ("undefined", 0),
    ("upper", 0),
];

/// Functions that are not macros of the template.
pub(crate) const FUNCTIONS: [&str; 3] = ["always", "failure", "range"];

/// Other names of the same filter.
const FILTER_NAMES: [(&str, &str); 2] = [("d", "default"), ("e", "escape")];

/// Other names of the same test.
const TEST_NAMES: [(&str, &str); 4] = [("equalto", "eq"), ("greaterthan", "gt"), ("lessthan", "lt"), ("null", "none")];

/// What people write out of habit, and what to write here.
const FILTER_HABITS: [(&str, &str); 15] = [
    ("tojson", "`dump`"),
    ("to_json", "`dump`"),
    ("json", "`dump`"),
    ("map", "a `{% for %}` loop, or `join(\",\", \"name\")`"),
    ("unique", "a list without doubles in the parameter"),
    ("min", "`sort | first`"),
    ("max", "`sort | last`"),
    ("random", "a parameter, since a run must come to the same again"),
    ("urlize", "the link itself"),
    ("format", "`~` between the parts"),
    ("items", "`{% for key, value in object %}`"),
    ("keys", "`{% for key, value in object %}`"),
    ("attr", "`pick(\"name\")`"),
    ("lowercase", "`lower`"),
    ("uppercase", "`upper`"),
];

fn close<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    names
        .map(|known| (strsim::jaro_winkler(&name.to_lowercase(), &known.to_lowercase()), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map_or_else(String::new, |(_, known)| format!("; did you mean `{known}`?"))
}

/// The filter that a name means.
pub(crate) fn filter(name: &str) -> Result<&'static str, String> {
    let name = FILTER_NAMES.iter().find(|(other, _)| *other == name).map_or(name, |(_, known)| known);
    if let Some((known, _)) = FILTERS.iter().find(|(known, _)| *known == name) {
        return Ok(known);
    }
    let hint = match FILTER_HABITS.iter().find(|(habit, _)| *habit == name) {
        Some((_, instead)) => format!("; write {instead}"),
        None => close(name, FILTERS.iter().map(|(known, _)| *known)),
    };
    Err(format!("there is no filter `{name}`{}", or_take_out(hint)))
}

/// The test that a name means.
pub(crate) fn test(name: &str) -> Result<&'static str, String> {
    let name = TEST_NAMES.iter().find(|(other, _)| *other == name).map_or(name, |(_, known)| known);
    match TESTS.iter().find(|(known, _)| *known == name) {
        Some((known, _)) => Ok(known),
        None => {
            let hint = close(name, TESTS.iter().map(|(known, _)| *known));
            Err(format!("there is no test `{name}`{}", or_take_out(hint)))
        }
    }
}

/// What is wrong with the call of a name that is neither a function nor a macro.
pub(crate) fn no_function<'a>(name: &str, macros: impl Iterator<Item = &'a str>) -> String {
    let hint = match name {
        "cycler" => "; count with `loop.index0 % 2` in place of a cycler".to_owned(),
        "joiner" => "; ask `loop.first` in place of a joiner".to_owned(),
        "namespace" => "; `{% set %}` in a loop changes a name that was set before it".to_owned(),
        _ => close(name, FUNCTIONS.into_iter().chain(macros)),
    };
    format!("there is no function or macro `{name}`{}", or_take_out(hint))
}

fn or_take_out(hint: String) -> String {
    if hint.is_empty() { "; take it out".to_owned() } else { hint }
}

/// The names of the arguments of a filter.
pub(crate) fn arguments_of(filter: &str) -> &'static [&'static str] {
    FILTERS.iter().find(|(known, _)| *known == filter).map_or(&[], |(_, arguments)| arguments)
}
