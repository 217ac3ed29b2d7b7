//! Values written as YAML, in lines of coloured pieces.
//!
//! Rule: what is written reads back as the same value. It is the value as the catalog holds it, not the file it came
//! from: comments and the author's own style are not here.

use serde_json::{Map, Value};

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// What kind of piece.
    pub(crate) sort: Sort,
    /// Its text.
    pub(crate) text: String,
}

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Indentation and punctuation.
    Sign,
    /// A key of a mapping.
    Key,
    /// A text.
    Text,
    /// A number, a truth value, nothing.
    Literal,
}

/// One line.
pub(crate) type Line = Vec<Piece>;

/// Spaces by which what is inside stands further in.
const STEP: usize = 2;

/// A value as one text.
pub(crate) fn text(value: &Value) -> String {
    let line = |line: Line| line.into_iter().map(|piece| piece.text).collect::<String>();
    lines(value).into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A value as lines.
pub(crate) fn lines(value: &Value) -> Vec<Line> {
    let mut writer = Writer { lines: vec![Vec::new()] };
    match value {
        Value::Object(map) if !map.is_empty() => writer.mapping(map, 0),
        Value::Array(items) if !items.is_empty() => writer.list(items, 0),
        scalar => writer.scalar(scalar, STEP),
    }
    writer.lines
}

/// Writes at the end of the last line.
struct Writer {
    lines: Vec<Line>,
}

impl Writer {
    fn put(&mut self, sort: Sort, text: impl Into<String>) {
        if let Some(line) = self.lines.last_mut() {
            line.push(Piece { sort, text: text.into() });
        }
    }

    fn begin_line(&mut self, indent: usize) {
        self.lines.push(Vec::new());
        if indent > 0 {
            self.put(Sort::Sign, " ".repeat(indent));
        }
    }

    /// The first entry goes on where the line stands, so that it can follow the dash of a list.
    fn mapping(&mut self, map: &Map<String, Value>, indent: usize) {
        for (index, (key, value)) in map.iter().enumerate() {
            if index > 0 {
                self.begin_line(indent);
            }
            self.put(Sort::Key, if is_plain(key) { key.clone() } else { quoted(key) });
            self.put(Sort::Sign, ":");
            match value {
                Value::Object(inner) if !inner.is_empty() => {
                    self.begin_line(indent + STEP);
                    self.mapping(inner, indent + STEP);
                }
                Value::Array(items) if !items.is_empty() => {
                    self.begin_line(indent + STEP);
                    self.list(items, indent + STEP);
                }
                scalar => {
                    self.put(Sort::Sign, " ");
                    self.scalar(scalar, indent + STEP);
                }
            }
        }
    }

    fn list(&mut self, items: &[Value], indent: usize) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.begin_line(indent);
            }
            self.put(Sort::Sign, "- ");
            match item {
                Value::Object(inner) if !inner.is_empty() => self.mapping(inner, indent + STEP),
                Value::Array(inner) if !inner.is_empty() => self.list(inner, indent + STEP),
                scalar => self.scalar(scalar, indent + STEP),
            }
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::String(text) if is_block(text) => self.block(text, indent),
            Value::String(text) if is_plain(text) => self.put(Sort::Text, text.clone()),
            Value::String(text) => self.put(Sort::Text, quoted(text)),
            Value::Array(_) => self.put(Sort::Sign, "[]"),
            Value::Object(_) => self.put(Sort::Sign, "{}"),
            literal => self.put(Sort::Literal, literal.to_string()),
        }
    }

    /// A text of several lines as it is. Its head says what becomes of the last line's end.
    fn block(&mut self, text: &str, indent: usize) {
        let (body, head) = match text.strip_suffix('\n') {
            Some(body) => (body, "|"),
            None => (text, "|-"),
        };
        self.put(Sort::Sign, head);
        for line in body.split('\n') {
            self.begin_line(if line.is_empty() { 0 } else { indent });
            self.put(Sort::Text, line);
        }
    }
}

/// Whether a text can stand as a block: more than one line, and nothing in it that a block would swallow or refuse.
fn is_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.starts_with([' ', '\n'])
        && !body.ends_with('\n')
        && body.chars().all(|sign| sign == '\n' || (is_printable(sign) && sign != '\t'))
}

/// Whether a text can stand without quotes and is read back as a text.
fn is_plain(text: &str) -> bool {
    let begins_well = text.starts_with(|sign: char| sign.is_alphanumeric() || matches!(sign, '/' | '_' | '.' | '$'));
    begins_well
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && text.chars().all(is_printable)
        && !text.contains('\t')
        && !is_literal(text)
}

/// Whether some reader of YAML would take a text for a number, a date, a truth value or nothing.
fn is_literal(text: &str) -> bool {
    const WORDS: [&str; 14] =
        ["true", "false", "yes", "no", "on", "off", "y", "n", "null", ".inf", ".nan", "inf", "nan", "infinity"];
    let like_number = text.starts_with(|sign: char| sign.is_ascii_digit() || sign == '.')
        && text.chars().all(|sign| {
            sign.is_ascii_hexdigit() || matches!(sign, '.' | '_' | '-' | '+' | ':' | 'x' | 'o' | 'T' | 'Z' | ' ')
        });
    like_number || WORDS.contains(&text.to_lowercase().as_str())
}

fn is_printable(sign: char) -> bool {
    !(sign.is_control() || matches!(sign, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'))
}

/// In quotes: single ones where that spares escapes, as in an expression that holds a text, else double ones. JSON escapes all that YAML does but a few signs that cannot be seen.
fn quoted(text: &str) -> String {
    if text.contains('"') && text.chars().all(is_printable) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let json = Value::from(text).to_string();
    if json.chars().all(is_printable) {
        return json;
    }
    let escape = |sign: char| if is_printable(sign) { sign.to_string() } else { format!("\\u{:04x}", u32::from(sign)) };
    json.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn text(value: &Value) -> String {
        let line = |line: &Line| line.iter().map(|piece| piece.text.as_str()).collect::<String>();
        lines(value).iter().map(line).collect::<Vec<_>>().join("\n") + "\n"
    }

    #[test]
    fn a_descriptor_looks_as_people_write_it() {
        let value = json!({
            "apiVersion": "backstage.io/v1alpha1",
            "metadata": {"name": "payments-api", "tags": ["rust", "pci"], "links": [{"url": "https://a.example", "title": "A"}], "labels": {}},
            "spec": {"version": "1.10", "replicas": 3, "on": true, "none": null, "text": "one\ntwo\n", "empty": []},
        });
        let expected = "\
apiVersion: backstage.io/v1alpha1
metadata:
  name: payments-api
  tags:
    - rust
    - pci
  links:
    - url: https://a.example
      title: A
  labels: {}
spec:
  version: \"1.10\"
  replicas: 3
  \"on\": true
  none: null
  text: |
    one
    two
  empty: []
";
        assert_eq!(text(&value), expected);
    }

    #[test]
    fn an_expression_that_holds_a_text_is_read_without_escapes() {
        let value = json!({"type": "\"service\"", "name": "\"it's \" + .name", "line": "\"a\tb\""});
        assert_eq!(text(&value), "type: '\"service\"'\nname: '\"it''s \" + .name'\nline: \"\\\"a\\tb\\\"\"\n");
    }

    #[test]
    fn pieces_say_what_they_are() {
        let pieces = lines(&json!({"a": 1, "b": "x"}));
        let sorts: Vec<Vec<Sort>> = pieces.iter().map(|line| line.iter().map(|piece| piece.sort).collect()).collect();
        assert_eq!(
            sorts,
            [[Sort::Key, Sort::Sign, Sort::Sign, Sort::Literal], [Sort::Key, Sort::Sign, Sort::Sign, Sort::Text]]
        );
    }

    #[test]
    fn awkward_texts_read_back_as_they_were() {
        for awkward in [
            "",
            " ",
            "- a",
            "a: b",
            "a #b",
            "#a",
            "a:",
            "yes",
            "NULL",
            "~",
            "1e3",
            "0x1f",
            "2026-11-19",
            "12:30:45",
            ".5",
            "\tx",
            "x\t",
            "a\nb",
            "a\nb\n",
            "a\nb\n\n",
            "\na",
            "  a\nb",
            "a\n\tb",
            "a\r\nb",
            "\u{7f}",
            "\u{85}",
            "\u{2028}x",
            "ä ö",
            "🚀",
            "'",
            "\"",
            "\\",
            "{a}",
            "[a]",
            "!x",
            "&x",
            "*x",
            "%x",
            "@x",
            "`x",
            "|",
            ">",
            "?",
            "a\n b\nc",
            "---",
            "...",
            "<<",
            "=",
            "a\n\nb",
            "-",
            "a ",
        ] {
            for value in
                [json!(awkward), json!({"key": awkward}), json!([[awkward]]), json!({awkward: [{awkward: awkward}]})]
            {
                let written = text(&value);
                let read: Value =
                    serde_yaml::from_str(&written).unwrap_or_else(|error| panic!("{awkward:?}: {error}\n{written}"));
                assert_eq!(read, value, "{written}");
            }
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[ -~\n\t]{0,24}".prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
        ];
        scalar.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[a-zA-Z0-9./: #-]{1,10}", inner), 0..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_the_same_value(value in any_value()) {
            let written = text(&value);
            let read: Value = serde_yaml::from_str(&written).map_err(|error| TestCaseError::fail(format!("{error}\n{written}")))?;
            prop_assert_eq!(read, value, "{}", written);
        }
    }
}
