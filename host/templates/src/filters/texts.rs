//! Filters of texts.
//!
//! Rule: nothing and null are the empty text; a number is a text for `string` and `replace` alone.

use std::borrow::Cow;
use std::sync::LazyLock;

use minijinja::{Error, Value};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regex::{Captures, Regex};

use super::Call;
use crate::text::Writer;
use crate::value::{View, refuse, view};

/// What `encodeURIComponent` leaves as it is.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

static TAGS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)</?[a-z][a-z0-9]*\b[^>]*>|<!--[\s\S]*?-->").expect("it is tested"));

pub(super) fn apply(call: &Call<'_, '_, '_>) -> Result<Value, Error> {
    match (call.filter, view(call.of)) {
        ("safe", _) => return Ok(call.of.clone()),
        ("dump", _) => return dump(call),
        ("urlencode", _) => return urlencode(call),
        ("replace", View::List(_) | View::Map(_) | View::Null | View::Undefined) => return Ok(call.of.clone()),
        ("string", View::Undefined | View::Null) => return call.wants("a value"),
        ("string", View::List(_) | View::Number(_) | View::Bool(_)) | ("replace", View::Number(_)) => {}
        (_, View::Undefined | View::Null | View::Text(_)) => {}
        // What nunjucks makes of numbers here is another thing for every filter.
        (_, View::Number(_) | View::Bool(_)) => return call.wants("a text, which `| string` makes of it"),
        _ => return call.wants("a text"),
    }
    let of = crate::text::text(call.state, call.of)?;
    Ok(Value::from(match call.filter {
        "capitalize" => capitalized(&of),
        "center" => return center(call, &of),
        "escape" | "forceescape" => escape(&of),
        "indent" => return indent(call, &of),
        "lower" => of.to_lowercase(),
        "nl2br" => of.replace("\r\n", "\n").replace('\n', "<br />\n"),
        "replace" => return replace(call, &of),
        "striptags" => striptags(&of, call.argument(0).is_true()),
        "title" => of.split(' ').map(capitalized).collect::<Vec<_>>().join(" "),
        "trim" => of.trim().to_owned(),
        "truncate" => return truncate(call, &of),
        "upper" => of.to_uppercase(),
        "wordcount" => {
            let letters = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
            return Ok(match of.split(letters).filter(|word| !word.is_empty()).count() {
                0 => Value::from(()),
                count => Value::from(count),
            });
        }
        _ => of,
    }))
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars.as_str().to_lowercase().chars()).collect())
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '`' => out.push_str("&#96;"),
            c => out.push(c),
        }
    }
    out
}

fn dump(call: &Call<'_, '_, '_>) -> Result<Value, Error> {
    if call.of.is_undefined() {
        return Ok(Value::UNDEFINED);
    }
    let indent: String = match view(call.argument(0)) {
        View::Text(text) => text.chars().take(10).collect(),
        _ => " ".repeat(call.count(0, 0)?.min(10)),
    };
    let mut writer = Writer::new(call.state);
    writer.json(call.of, &indent, 0)?;
    Ok(Value::from(writer.finish()))
}

fn encoded(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, COMPONENT).into()
}

fn urlencode(call: &Call<'_, '_, '_>) -> Result<Value, Error> {
    let mut writer = Writer::new(call.state);
    let mut pair = |place: usize, key: &str, value: &Value| {
        writer.push(if place > 0 { "&" } else { "" })?;
        writer.push(&encoded(key))?;
        writer.push("=")?;
        writer.push(&encoded(&crate::text::text(call.state, value)?))
    };
    match view(call.of) {
        View::Map(of) => {
            for (place, (key, value)) in of.entries.iter().enumerate() {
                pair(place, key, value)?;
            }
        }
        View::List(of) => {
            for (place, item) in of.items.iter().enumerate() {
                let View::List(two) = view(item) else { return call.wants("a text, an object, or a list of pairs") };
                let part = |place: usize| two.items.get(place).cloned().unwrap_or_default();
                pair(place, &crate::text::text(call.state, &part(0))?, &part(1))?;
            }
        }
        View::Text(of) => writer.push(&encoded(of))?,
        _ => return call.wants("a text, an object, or a list of pairs"),
    }
    Ok(Value::from(writer.finish()))
}

fn center(call: &Call<'_, '_, '_>, of: &str) -> Result<Value, Error> {
    let missing = call.count(0, 80)?.saturating_sub(of.chars().count());
    let mut writer = Writer::new(call.state);
    writer.repeat(" ", missing / 2)?;
    writer.push(of)?;
    writer.repeat(" ", missing - missing / 2)?;
    Ok(Value::from(writer.finish()))
}

fn indent(call: &Call<'_, '_, '_>, of: &str) -> Result<Value, Error> {
    let width = call.count(0, 4)?;
    let mut writer = Writer::new(call.state);
    if of.is_empty() {
        return Ok(Value::from(""));
    }
    for (number, line) in of.split('\n').enumerate() {
        writer.push(if number > 0 { "\n" } else { "" })?;
        if number > 0 || call.argument(1).is_true() {
            writer.repeat(" ", width)?;
        }
        writer.push(line)?;
    }
    Ok(Value::from(writer.finish()))
}

fn truncate(call: &Call<'_, '_, '_>, of: &str) -> Result<Value, Error> {
    let length = call.count(0, 255)?;
    let Some((cut, next)) = of.char_indices().nth(length) else { return Ok(Value::from(of)) };
    let words = if next == ' ' { Some(cut) } else { of[..cut].rfind(' ') };
    let cut = if call.argument(1).is_true() { cut } else { words.unwrap_or(cut) };
    let mut writer = Writer::new(call.state);
    writer.push(&of[..cut])?;
    if call.is_given(2) && !call.argument(2).is_none() {
        writer.value(call.argument(2))?
    } else {
        writer.push("...")?
    };
    Ok(Value::from(writer.finish()))
}

fn striptags(of: &str, keeps_lines: bool) -> String {
    let without = TAGS.replace_all(of, "");
    let without = without.trim();
    if !keeps_lines {
        return without.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let unix = without.replace("\r\n", "\n");
    let lines =
        unix.split('\n').map(|line| line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
    let mut out = String::new();
    let mut empty = 0;
    for (number, line) in lines.enumerate() {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            out.push_str(if number > 0 { "\n" } else { "" });
            out.push_str(&line);
        }
    }
    out
}

/// What takes the place of what was found.
pub(crate) struct Replacement<'r> {
    pub(crate) new: &'r str,
    /// How many times at most.
    pub(crate) times: usize,
}

fn replace(call: &Call<'_, '_, '_>, of: &str) -> Result<Value, Error> {
    if !call.is_given(0) || !call.is_given(1) {
        return refuse("the filter `replace` takes what is replaced and what by; write both");
    }
    let new = crate::text::text(call.state, call.argument(1))?;
    let times = match view(call.argument(2)) {
        View::Number(number) if number >= 0.0 => number as usize,
        _ => usize::MAX,
    };
    let mut writer = Writer::new(call.state);
    match view(call.argument(0)) {
        View::Pattern(pattern) => {
            let times = if pattern.everywhere { usize::MAX } else { 1 };
            expand(&mut writer, &pattern.regex, of, &Replacement { new: &new, times })?;
        }
        _ => {
            let old = crate::text::text(call.state, call.argument(0))?;
            plain(&mut writer, of, &old, &Replacement { new: &new, times })?;
        }
    }
    Ok(Value::from(writer.finish()))
}

fn plain(writer: &mut Writer<'_, '_, '_>, of: &str, old: &str, by: &Replacement<'_>) -> Result<(), Error> {
    let mut from = 0;
    for (at, found) in of.match_indices(old).take(by.times) {
        writer.push(&of[from..at])?;
        writer.push(by.new)?;
        from = at + found.len();
    }
    writer.push(&of[from..])
}

/// Replaces what a regular expression finds; `$1` and so on stand for its groups, `$&` for all that it found.
pub(crate) fn expand(
    writer: &mut Writer<'_, '_, '_>,
    regex: &Regex,
    of: &str,
    by: &Replacement<'_>,
) -> Result<(), Error> {
    let mut from = 0;
    for captures in regex.captures_iter(of).take(by.times) {
        let Some(found) = captures.get(0) else { continue };
        writer.push(&of[from..found.start()])?;
        references(writer, by.new, &captures)?;
        from = found.end();
    }
    writer.push(&of[from..])
}

fn references(writer: &mut Writer<'_, '_, '_>, new: &str, captures: &Captures<'_>) -> Result<(), Error> {
    let mut rest = new;
    while let Some(at) = rest.find('$') {
        writer.push(&rest[..at])?;
        let behind = &rest[at + 1..];
        let digits = behind.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let group = (1..=digits).rev().find_map(|length| {
            let number: usize = behind[..length].parse().ok()?;
            (1..captures.len()).contains(&number).then_some((number, length))
        });
        let (text, length) = match (behind.bytes().next(), group) {
            (Some(b'$'), _) => ("$", 1),
            (Some(b'&'), _) => (captures.get(0).map_or("", |found| found.as_str()), 1),
            (_, Some((number, length))) => (captures.get(number).map_or("", |found| found.as_str()), length),
            _ => ("$", 0),
        };
        writer.push(text)?;
        rest = &behind[length..];
    }
    writer.push(rest)
}
