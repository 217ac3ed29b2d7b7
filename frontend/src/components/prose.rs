//! Sentences of the portal, in which what stands between backticks is code.

use leptos::prelude::*;

use crate::markup::{Child, el};

/// A sentence as text and code, piece by piece.
pub(crate) fn prose(sentence: &str) -> Vec<AnyView> {
    let mut pieces = Vec::new();
    for (is_code, text) in parts(sentence) {
        if is_code { el("code").child(text).put_into(&mut pieces) } else { text.put_into(&mut pieces) }
    }
    pieces
}

/// The pieces of a sentence, and which of them are code. A backtick without its partner is a sign like others.
fn parts(sentence: &str) -> Vec<(bool, &str)> {
    let mut parts = Vec::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((code, remaining)) = after.split_once('`') else { break };
        parts.extend([(false, before), (true, code)]);
        rest = remaining;
    }
    parts.push((false, rest));
    parts.retain(|(_, text)| !text.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code() {
        for (sentence, expected) in [
            ("`a` is no `b`.", vec![(true, "a"), (false, " is no "), (true, "b"), (false, ".")]),
            ("plain", vec![(false, "plain")]),
            ("one ` alone", vec![(false, "one ` alone")]),
            ("`a` and ` alone", vec![(true, "a"), (false, " and ` alone")]),
            ("``", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(parts(sentence), expected, "{sentence}");
        }
    }
}
