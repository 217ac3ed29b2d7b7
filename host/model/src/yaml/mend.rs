//! Rewrites the one thing that the parser refuses though YAML allows it: a tab between a key and its value.
//!
//! Rule: only the place that the parser complained of is touched, so what looks alike inside a text stays as it is, and
//! every place stays where it was.

use saphyr_parser::ScanError;

/// The text with the tabs before the place of `error` rewritten as spaces; none if they are not what it complains of.
pub(super) fn mend(text: &str, error: &ScanError) -> Option<String> {
    if !error.info().contains("':' must be followed by a valid YAML whitespace") {
        return None;
    }
    let (at, _) = text.char_indices().nth(error.marker().index())?;
    let before = text[..at].trim_end_matches([' ', '\t']);
    let gap = &text[before.len()..at];
    (before.ends_with(':') && gap.contains('\t')).then(|| format!("{before}{}{}", gap.replace('\t', " "), &text[at..]))
}
