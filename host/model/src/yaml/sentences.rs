//! Says in our words why a text is no YAML.
//!
//! Rule: the parser's own words stay in the sentence, since they can be searched for; the advice that most often helps
//! stands behind them.

use saphyr_parser::ScanError;

/// What the parser complains of, by a part of its words, and what to do.
const ADVICE: &[(&str, &str)] = &[
    ("tab", "indent with spaces"),
    (
        "mapping values are not allowed",
        "a text that holds `: ` has to be in quotes, and a key stands on a line of its own",
    ),
    ("unknown anchor", "define the anchor (`&name`) in the same document, before the alias, or put the text in quotes"),
    ("simple key expect", "a key ends with `:`; check the indentation and quotes"),
    ("did not find expected key", "check the indentation of this line and the quotes before it"),
    ("did not find expected '-'", "items of one list begin in the same column"),
    ("',' or '}'", "close the `{`, or put the text in quotes if it begins with one"),
    ("',' or ']'", "close the `[`, or put the text in quotes if it begins with one"),
    ("end of stream", "close the quotation mark"),
    ("document indicator", "close the quotation mark before `---` or `...`"),
    ("escape", "use single quotes for a text with backslashes"),
    ("unexpected character", "put the text in quotes"),
    ("handle wasn't declared", "put the text in quotes if the `!` belongs to it"),
    ("block scalar", "indent the lines of the text equally, further than its key"),
    ("indentation", "check the indentation of this line"),
];

/// The sentence for an error of the parser.
pub(super) fn sentence(error: &ScanError, _text: &str) -> String {
    let info = error.info();
    let advice = ADVICE.iter().find(|(words, _)| info.contains(words)).map(|(_, advice)| *advice);
    let advice = advice.unwrap_or("check the indentation and the quotes around this place");
    format!("this is no valid YAML ({info}); {advice}")
}
