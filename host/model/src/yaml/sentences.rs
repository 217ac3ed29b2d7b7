//! Says in our words why a text is no YAML.
//!
//! Rule: the parser's own words stay in the sentence, since they can be searched for; the advice that most often helps
//! stands behind them.

use saphyr_parser::ScanError;

/// What the parser complains of, by a part of its words, and what to do. The first that fits is taken.
const ADVICE: &[(&str, &str)] = &[
    ("unprintable", "remove the control character, or write it as an escape in double quotes"),
    ("':' must be followed", "write a space after the `:`, not a tab"),
    (TAB, "indent with spaces"),
    ("recursion limit", "flatten the document"),
    ("simple key expect", "a key ends with `:`; check the indentation, and the quotes before this place"),
    ("mapping values are not allowed", "put a text that holds `: ` in quotes, and each key on a line of its own"),
    ("block sequence entries", "begin the list on a line of its own"),
    ("unknown anchor", "define the anchor (`&name`) before, in the same document, or put the text in quotes"),
    ("scanning an anchor or alias", "put the text in quotes if the `*` or `&` belongs to it"),
    ("expected key", "check the indentation of this line, and the quotes before it"),
    ("expected '-'", "let the items of a list begin in the same column"),
    ("'}'", "close the `{`, or put the text in quotes if it begins with one"),
    ("']'", "close the `[`, or put the text in quotes if it begins with one"),
    ("placement of ':'", "close the `[` or `{` before this place, or put the text in quotes if it begins with one"),
    ("misplaced bracket", "remove the bracket, or put the text in quotes if it belongs to it"),
    ("flow construct", "indent the lines of the list or mapping further than its key"),
    ("quoted scalar, found unexpected", "close the quotation mark"),
    ("indentation in quoted scalar", "close the quotation mark, or indent the further lines of the text"),
    ("after double-quoted", "end the line after the closing quotation mark"),
    ("quoted scalar", "use single quotes for a text with backslashes"),
    ("unexpected character", "put the text in quotes"),
    ("handle wasn't declared", "put the text in quotes if the `!` belongs to it"),
    ("byte order mark", "remove the byte order mark"),
    ("explicit document end", "write `...` before the directive, or put the text in quotes if it begins with `%`"),
    ("<document start>", "write `---` between documents, and after directives"),
    ("block scalar", "indent the lines of the text equally, and further than their key"),
];

/// What all complaints about tabs have in common.
const TAB: &str = "tab";

/// The sentence for an error of the parser.
pub(super) fn sentence(error: &ScanError) -> String {
    let info = error.info();
    let advice = ADVICE.iter().find(|(words, _)| info.contains(words)).map(|(_, advice)| *advice);
    let advice = advice.unwrap_or("check the indentation and the quotes around this place");
    format!("This is no valid YAML ({info}): {advice}.")
}

/// Whether the parser complains of a tab, which it may notice only after the text before it.
pub(super) fn is_about_tabs(error: &ScanError) -> bool {
    error.info().contains(TAB) && !error.info().contains("unprintable")
}
