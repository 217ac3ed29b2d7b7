//! What texts become: values, positions, errors. Each table is a list of texts with what is expected of them.

use portico_model::{Document, Position, YamlError, parse_documents};
use serde_json::{Value, json};

fn documents(text: &str) -> Vec<Value> {
    parse_documents(text).into_iter().map(|document| document.expect(text).value).collect()
}

fn error(text: &str) -> YamlError {
    parse_documents(text).into_iter().find_map(Result::err).unwrap_or_else(|| panic!("{text:?} was read"))
}

fn only(text: &str) -> Document {
    let mut documents = parse_documents(text);
    assert_eq!(documents.len(), 1, "{text:?}");
    documents.remove(0).expect(text)
}

#[test]
fn scalars_follow_the_core_schema() {
    let cases = [
        ("~", json!(null)),
        ("null", json!(null)),
        ("NULL", json!(null)),
        ("nULL", json!("nULL")),
        ("", json!(null)),
        ("True", json!(true)),
        ("FALSE", json!(false)),
        ("yes", json!("yes")),
        ("on", json!("on")),
        ("0x1F", json!(31)),
        ("0o17", json!(15)),
        ("017", json!(17)),
        ("+12", json!(12)),
        ("-12", json!(-12)),
        ("-0", json!(0)),
        ("-0x1f", json!("-0x1f")),
        ("0b11", json!("0b11")),
        ("1_000", json!("1_000")),
        ("18446744073709551615", json!(18446744073709551615_u64)),
        ("100000000000000000000", json!(1e20)),
        ("1.0", json!(1)),
        ("1.", json!(1)),
        (".5", json!(0.5)),
        ("-.5", json!(-0.5)),
        ("1e3", json!(1000)),
        ("1.5E-3", json!(0.0015)),
        (".", json!(".")),
        ("1.2.3", json!("1.2.3")),
        ("1e", json!("1e")),
        ("2024-01-01", json!("2024-01-01")),
        ("12:30", json!("12:30")),
        ("'1'", json!("1")),
        ("\"true\"", json!("true")),
        ("!!str 12", json!("12")),
        ("!!str", json!("")),
        ("!!int 15", json!(15)),
        ("!!float 3", json!(3)),
        ("!!bool true", json!(true)),
        ("!!null ''", json!(null)),
        ("! 13", json!("13")),
        ("!acme 14", json!("14")),
        ("!!binary aGk=", json!("aGk=")),
    ];
    for (text, expected) in cases {
        assert_eq!(only(&format!("k: {text}\n")).value["k"], expected, "{text}");
        assert_eq!(only(&format!("{{k: {text} }}")).value["k"], expected, "{text}");
    }
}

#[test]
fn documents_are_told_apart() {
    let cases = [
        ("a: 1\n---\nb: 2\n", vec![json!({"a": 1}), json!({"b": 2})]),
        ("---\n# nothing\n---\n---\na: 1\n...\n# nothing\n...\nb: 2\n", vec![json!({"a": 1}), json!({"b": 2})]),
        ("--- {a: 1}\n--- |\n  text\n--- # comment\nb: 2", vec![json!({"a": 1}), json!("text\n"), json!({"b": 2})]),
        ("%YAML 1.2\n%TAG ! tag:acme.com,2000:\n--- \na: !x b\n", vec![json!({"a": "b"})]),
        ("\u{feff}a: 1\r\n---\r\nb: |\r\n  x\r\n  y\r\n", vec![json!({"a": 1}), json!({"b": "x\ny\n"})]),
        ("a: 1\r---\rb: 2\r", vec![json!({"a": 1}), json!({"b": 2})]),
        ("a: |\n  --- x\n  ---\nb: '--- y'\n---x: 1\n", vec![json!({"a": "--- x\n---\n", "b": "--- y", "---x": 1})]),
        ("[1, 2]\n---\n{\"a\": 1}\n---\ntext\n", vec![json!([1, 2]), json!({"a": 1}), json!("text")]),
        ("", vec![]),
        ("# nothing\n", vec![]),
        ("null\n---\n~\n", vec![]),
    ];
    for (text, expected) in cases {
        assert_eq!(documents(text), expected, "{text:?}");
    }
}

#[test]
fn anchors_repeat_values_and_there_are_no_merge_keys() {
    let cases = [
        ("a: &x {b: [1]}\nc: *x\n", json!({"a": {"b": [1]}, "c": {"b": [1]}})),
        ("a: &x 1\nb: &x 2\nc: *x\n", json!({"a": 1, "b": 2, "c": 2})),
        ("&k key: *k\n", json!({"key": "key"})),
        ("a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n", json!({"a": {"b": 1}, "c": {"<<": {"b": 1}, "d": 2}})),
    ];
    for (text, expected) in cases {
        assert_eq!(only(text).value, expected, "{text:?}");
    }
}

#[test]
fn keys_that_are_no_texts_become_texts() {
    let cases = [
        ("1: a\n", json!({"1": "a"})),
        ("1.50: a\n", json!({"1.5": "a"})),
        ("true: a\n", json!({"true": "a"})),
        ("~: a\n", json!({"": "a"})),
        ("name: {{ values.name }}\n", json!({"name": {"{ values.name }": null}})),
        ("{{ x }}: 1\n", json!({"{ ? { x } }": 1})),
        ("? [a, 'b c', []]\n: 1\n", json!({"[ a, 'b c', [] ]": 1})),
        ("? {a: \"b\", c: {}}\n: 1\n", json!({"{ a: \"b\", c: {} }": 1})),
        ("x: &x [1]\ny: {*x : 2}\n", json!({"x": [1], "y": {"[ 1 ]": 2}})),
    ];
    for (text, expected) in cases {
        assert_eq!(only(text).value, expected, "{text:?}");
    }
}

#[test]
fn json_reads_as_json() {
    let cases = [
        ("{\n\t\"a\": [1, -2.5, true, null],\n\t\"b\": {}\n}\n", json!({"a": [1, -2.5, true, null], "b": {}})),
        (r#"{"a": "\ud83d\ude00 \/ \u00e4 \""}"#, json!({"a": "😀 / ä \""})),
        ("[{\"a\": 1}, # no JSON, but YAML\n 2]", json!([{"a": 1}, 2])),
        ("{\"a\": 1.0, \"b\": 1e2}", json!({"a": 1, "b": 100})),
    ];
    for (text, expected) in cases {
        assert_eq!(only(text).value, expected, "{text:?}");
    }
}

#[test]
fn a_tab_may_stand_where_it_is_no_indentation() {
    let cases = [
        ("a:\tb\nc: \t1\n", json!({"a": "b", "c": 1})),
        ("a: |\n  k:\tv\nb:\tc\n", json!({"a": "k:\tv\n", "b": "c"})),
        ("a: b\t\n\t\nc: d\t# e\n", json!({"a": "b", "c": "d"})),
        ("[\ta,\tb: c]\n", json!(["a", {"b": "c"}])),
        ("-\ta\n-\tb\n", json!(["a", "b"])),
    ];
    for (text, expected) in cases {
        assert_eq!(only(text).value, expected, "{text:?}");
    }
}

#[test]
fn errors_say_where_and_what_to_do() {
    let cases = [
        ("a:\n\tb: 1\n", 2, 1, "Indent with spaces."),
        ("\ta: 1\n", 1, 1, "Indent with spaces."),
        ("a:\n \tb: 1\n", 2, 2, "Indent with spaces."),
        ("- \ta: 1\n", 1, 3, "Indent with spaces."),
        ("a:\n  b: 1\n\tc: 2\n", 3, 1, "Indent with spaces."),
        ("a: 1\nb: 2\na: 3\n", 3, 1, "The key `a` is here for the second time; it stands at line 1, column 1 already."),
        ("{\"a\": 1, \"a\": 2}", 1, 10, "it stands at line 1, column 2 already. Remove one of the two."),
        ("1: a\n'1': b\n", 2, 1, "The key `1` is here for the second time"),
        ("a: .inf\n", 1, 4, "`.inf` is a number that JSON cannot hold. Put it in quotes to keep it as text."),
        ("a: -.Inf\n", 1, 4, "JSON cannot hold"),
        ("a: .NaN\n", 1, 4, "JSON cannot hold"),
        ("a: 1e999\n", 1, 4, "JSON cannot hold"),
        ("a: 0xfffffffffffffffff\n", 1, 4, "JSON cannot hold"),
        ("a: !!int abc\n", 1, 4, "`abc` is not what its tag `!!int` says. Remove the tag."),
        ("a: *x\n", 1, 4, "define the anchor"),
        ("a: &x [*x]\n", 1, 8, "The alias stands inside the value that it repeats."),
        ("a: b: c\n", 1, 5, "put a text that holds `: ` in quotes"),
        ("a: @x\n", 1, 4, "put the text in quotes."),
        ("a: \"b\nc: d\n", 1, 4, "close the quotation mark"),
        ("a: [1, 2\nb: 3\n", 2, 2, "close the `[` or `{` before this place"),
        ("a: {b: 1\nc: 3\n", 2, 2, "close the `{`"),
        ("a:\n  - b\n - c\n", 3, 2, "check the indentation"),
        ("a: - b\n", 1, 4, "begin the list on a line of its own."),
        ("{a: 1}\n{b: 2}\n", 2, 1, "write `---` between documents"),
        ("%YAML 1.2\na: 1\n", 2, 1, "write `---` between documents, and after directives."),
        ("a: \0\n", 1, 4, "remove the control character"),
        ("a: \"\\ud83d\"\n", 1, 4, "use single quotes for a text with backslashes."),
    ];
    for (text, line, column, message) in cases {
        let error = error(text);
        assert_eq!(error.position, Position { line, column }, "{text:?}: {error}");
        assert!(error.message.contains(message), "{text:?}: {error}");
        assert!(error.message.ends_with('.'), "{text:?}: {error}");
    }
}

#[test]
fn a_broken_document_costs_no_other() {
    let text = "a: 1\n---\nb: [\n---\nc: 2\n---\nd: \"x\n---\n\te: 1\n---\nf: |\n - x\n--- y: z: 1\n...\ng: 3\n";
    let found: Vec<Result<Value, u32>> = parse_documents(text)
        .into_iter()
        .map(|document| document.map(|document| document.value).map_err(|error| error.position.line))
        .collect();
    let expected = [
        Ok(json!({"a": 1})),
        Err(4),
        Ok(json!({"c": 2})),
        Err(7),
        Err(9),
        Ok(json!({"f": "- x\n"})),
        Err(13),
        Ok(json!({"g": 3})),
    ];
    assert_eq!(found, expected);
}

#[test]
fn every_value_has_a_position() {
    let text = "# head\n---\nkind: x\nspec:\n  list:\n    - a\n    - k: ä, ö\n      l: |\n        text\n  flow: {m: [1, 2]}\n\
                ann:\n  acme.com/a~b: 1\n";
    let document = only(text);
    let cases = [
        ("", 3, 1),
        ("/kind", 3, 7),
        ("/spec", 4, 1),
        ("/spec/list", 5, 3),
        ("/spec/list/0", 6, 7),
        ("/spec/list/1", 7, 7),
        ("/spec/list/1/k", 7, 10),
        ("/spec/list/1/l", 9, 9),
        ("/spec/flow", 10, 3),
        ("/spec/flow/m/1", 10, 17),
        ("/ann/acme.com~1a~0b", 12, 17),
        ("/spec/list/7", 5, 3),
        ("/spec/owner/deep", 4, 1),
        ("/nothing", 3, 1),
    ];
    for (pointer, line, column) in cases {
        assert_eq!(document.position(pointer), Position { line, column }, "{pointer}");
    }
    assert_eq!(document.line(), 3);
}

#[test]
fn positions_count_from_the_beginning_of_the_whole_text() {
    let documents = parse_documents("\u{feff}a: 1\r\n---\r\n\r\nb:\r\n  - x\r\n---\r\n{\"ä\": \"ö\", \"c\": [\r\n1]}");
    let second = documents[1].as_ref().expect("a document");
    assert_eq!(second.line(), 4);
    assert_eq!(second.position("/b/0"), Position { line: 5, column: 5 });
    let third = documents[2].as_ref().expect("a document");
    assert_eq!(third.position("/c"), Position { line: 7, column: 12 });
    assert_eq!(third.position("/c/0"), Position { line: 8, column: 1 });
}

#[test]
fn an_alias_has_its_own_position() {
    let document = only("a: &x\n  b: 1\nc: *x\n");
    assert_eq!(document.position("/a/b"), Position { line: 2, column: 6 });
    assert_eq!(document.position("/c/b"), Position { line: 3, column: 4 });
}

#[test]
fn nesting_has_a_bound() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("{a: ", "}")] {
        let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        only(&nested(64));
        assert!(error(&nested(65)).message.contains("nested more than 64 deep. Flatten the document."));
    }
    let block = |depth: usize| (0..depth).map(|level| format!("{}a:\n", " ".repeat(level))).collect::<String>();
    only(&block(64));
    assert!(error(&block(65)).message.contains("nested more than 64 deep"));
    // Aliases cannot be stacked to get deeper.
    let mut text = format!("a0: &a0 {}1{}\n", "[".repeat(40), "]".repeat(40));
    text.push_str(&format!("a1: &a1 {}*a0{}\n", "[".repeat(40), "]".repeat(40)));
    assert!(error(&text).message.contains("nested more than 64 deep"));
    let key = format!(
        "a0: &a0 {}1{}\nb:\n  ? {}*a0{}\n  : 1\n",
        "[".repeat(40),
        "]".repeat(40),
        "[".repeat(40),
        "]".repeat(40)
    );
    assert!(error(&key).message.contains("nested more than 64 deep"));
}

#[test]
fn aliases_have_a_budget() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    assert!(error(&bomb).message.contains("The aliases of this text stand for more than 100000 values"));
    let long = format!("a: &a {}\nb:\n{}", "x".repeat(1 << 20), "  - *a\n".repeat(17));
    assert!(error(&long).message.contains("The aliases of this text stand for"));
    // The budget is the text's: several documents cannot each spend it.
    let two = format!("{bomb}---\na: 1\n---\n{bomb}");
    assert_eq!(parse_documents(&two).iter().filter(|document| document.is_ok()).count(), 1);
}

#[test]
fn sizes_have_bounds() {
    let cases = [
        ("x".repeat((16 << 20) + 1), "The text has 16777217 bytes, and at most 16777216 are read."),
        ("- a\n".repeat(1_000_001), "The text holds more than 1000000 values"),
        ("---\na\n".repeat(50_001), "The text holds more than 50000 documents"),
        (format!("- [{}]\n", "a,".repeat(500_001)), "The document holds more than 500000 brackets, commas and quotes"),
    ];
    for (text, message) in cases {
        let last = parse_documents(&text).pop().expect("an answer").expect_err("an error");
        assert!(last.message.starts_with(message), "{last}");
    }
}
