//! Whatever the quick way takes, it takes for what the general parser does.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::positions::Positions;
use super::super::{Budget, events, pieces, tree};
use super::*;

const DESCRIPTOR: &str = "\
# Who answers: team-a
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: shop   # the name
  title: 'The shop'
  description: \"Sells: everything\"
  tags: [java, go-1.22]
  annotations:
    x.test/url: https://x.test/a?b=c#d

  links:
  - url: https://x.test
    title: Größe — Maße
  -
    url: https://y.test
spec:
  owner: team-a
  children: []
  matrix:
    - - 1
      - 2
    - {}
";

fn budget() -> Budget {
    Budget { nodes: 10_000, aliased_nodes: 0, aliased_text: 0, mended_text: 0 }
}

fn is_taken(text: &str) -> bool {
    let is_bounded = |_: &YamlError| false;
    record(text, 1, &mut budget()).as_ref().map_or_else(is_bounded, Option::is_some)
}

/// A line that is right by itself or nearly so.
fn line() -> impl Strategy<Value = String> {
    let front = prop::sample::select(vec!["", "", "", " ", "  ", "  ", "    ", "- ", "  - ", "-  ", "- - ", "    - "]);
    let key = prop::sample::select(vec![
        "",
        "",
        "a:",
        "a: ",
        "b: ",
        "b:  ",
        "a/b.c-d: ",
        "7: ",
        "null: ",
        "é: ",
        "\"a\": ",
        "a : ",
    ]);
    let value = prop::sample::select(vec![
        "",
        "",
        "x",
        "x y",
        "x: y",
        "x:y",
        "x:",
        "x#y",
        "x # y",
        "# y",
        "#y",
        " ",
        "12",
        "~",
        "-",
        "-1",
        "- x",
        "'x'",
        "'x' # y",
        "'it''s'",
        "'x",
        "\"x\"",
        "\"x\\n\"",
        "\"x: # y\"",
        "[]",
        "[ ]",
        "[x]",
        "[x, 1 ,y-z]",
        "[x,]",
        "[,]",
        "[x y]",
        "[x: y]",
        "[x]#",
        "[x] # y",
        "{}",
        "{x: y}",
        "{}x",
        "Ünï – “cödé” …",
        "https://x.test/a?b=c#d",
        "(x)",
        "<<",
        "$x",
        "|",
        "> ",
        "&a x",
        "*a",
        "!x y",
        "?",
        "? x",
        "%",
        "@x",
        "`",
        "\t",
        "x\ty",
        "x\r",
        "\u{85}",
        "\u{feff}x",
        "\u{2028}",
        "...x",
        ".5",
        "/x",
    ]);
    (front, key, value).prop_map(|(front, key, value)| format!("{front}{key}{value}"))
}

/// Texts whose lines are not always right together, and a descriptor in which some lines are others, more or fewer.
fn text() -> impl Strategy<Value = String> {
    let edits = vec((any::<prop::sample::Index>(), 0..2_usize, prop::option::of(line())), 0..4);
    let edited = edits.prop_map(|edits| {
        let mut lines: Vec<String> = DESCRIPTOR.lines().map(str::to_owned).collect();
        for (at, gone, line) in edits {
            let at = at.index(lines.len());
            lines.splice(at..at + gone, line);
        }
        lines.join("\n")
    });
    prop_oneof![vec(line(), 1..9).prop_map(|lines| lines.join("\n")), edited]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_taken_comes_to_the_document_of_the_general_parser(text in text()) {
        for piece in pieces::pieces(&text) {
            let Ok(Some(tape)) = record(piece.text, piece.line, &mut budget()) else { continue };
            let general = events::record(piece.text, piece.line, &mut budget()).ok().flatten();
            let general = general.expect("a document too");
            prop_assert_eq!(tree::build(&tape, &mut budget()), tree::build(&general, &mut budget()), "{}", text);
            prop_assert_eq!(Positions::of(&tape), Positions::of(&general), "{}", text);
        }
    }
}

#[test]
fn descriptors_as_they_are_written_are_taken() {
    assert!(is_taken(DESCRIPTOR));
}

#[test]
fn what_has_another_form_is_left_to_the_general_parser() {
    for text in [
        "",
        "x",
        "- ",
        "a:",
        "a:\n  x",
        "a: x\n  y",
        "a: |\n  x",
        "a: &b x",
        "a: *b",
        "a: !c x",
        "{a: b}",
        "a: x\r\n",
        "a:\tx",
        "? a",
        "a: b: c",
        "a: x\n b: y",
        "  a: x\nb: y",
        "- a\nb: c",
        "a: b\n- c",
        "\"a\": b",
        "a: 'x",
        "a: \"\\n\"",
        "a: {b: c}",
    ] {
        assert!(!is_taken(text), "{text:?}");
    }
}
