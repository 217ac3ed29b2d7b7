//! Methods: what is called on a value, `text.split(",")`, as JavaScript has it, and what Jinja's objects have beside.
//!
//! Rule: no method changes the value that it is called on. Lengths and places count characters.

use std::sync::Arc;

use minijinja::value::Rest;
use minijinja::{Error, State, Value};
use regex::{Regex, RegexBuilder};

use crate::filters::{Replacement, expand};
use crate::limits::{Limit, REGEX_BYTES};
use crate::operators::{as_number, bounds, is_same};
use crate::text::{Writer, text};
use crate::value::{List, Map, Pattern, View, kind, limit, list, number, pay, refuse, view};

/// Methods that people write, and what to write instead.
const HABITS: [(&str, &str); 15] = [
    ("push", "`list.concat([item])`, since no list changes"),
    ("append", "`list.concat([item])`, since no list changes"),
    ("pop", "`list.slice(0, -1)`, since no list changes"),
    ("shift", "`list.slice(1)`, since no list changes"),
    ("unshift", "`[item].concat(list)`, since no list changes"),
    ("map", "a `{% for %}` loop"),
    ("filter", "the filter `select` or `selectattr`"),
    ("lower", "`toLowerCase()`"),
    ("upper", "`toUpperCase()`"),
    ("strip", "`trim()`"),
    ("startswith", "`startsWith(…)`"),
    ("endswith", "`endsWith(…)`"),
    ("title", "the filter `title`"),
    ("match", "`r/…/.test(text)`, or `replace(r/…/, …)`"),
    ("substr", "`substring(from, to)`"),
];

/// Calls a method.
pub(crate) fn call(state: &State<'_, '_>, of: &Value, name: &str, given: &Rest<Value>) -> Result<Value, Error> {
    pay(state, 1, 0)?;
    let call = Call { state, of, name, given };
    match view(of) {
        View::Text(of) => call.on_text(of),
        View::List(of) => call.on_list(of),
        View::Map(of) => call.on_map(of),
        View::Number(of) => call.on_number(of),
        View::Pattern(of) if name == "test" => {
            let whole = text(state, call.argument(0))?;
            pay(state, whole.len(), 0)?;
            Ok(Value::from(of.regex.is_match(&whole)))
        }
        _ => call.unknown(),
    }
}

/// Compiles a regular expression.
pub(crate) fn pattern(state: &State<'_, '_>, source: &str, flags: &str) -> Result<Value, Error> {
    pay(state, 200, source.len() * 64)?;
    if let Some(flag) = flags.chars().find(|flag| !"gimsu".contains(*flag)) {
        return refuse(format!(
            "a regular expression has the flag `{flag}`; only g, i, m, s and u are known, take it out"
        ));
    }
    let regex = RegexBuilder::new(source)
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .size_limit(REGEX_BYTES)
        .build();
    match regex {
        Ok(regex) => Ok(Value::from_object(Pattern { regex, everywhere: flags.contains('g') })),
        Err(regex::Error::CompiledTooBig(_)) => Err(limit(Limit::Regex)),
        Err(_) => refuse(
            "the regular expression cannot be read; look-around and back references are not known, write it without",
        ),
    }
}

struct Call<'c, 'a, 'b> {
    state: &'c State<'a, 'b>,
    of: &'c Value,
    name: &'c str,
    given: &'c Rest<Value>,
}

impl Call<'_, '_, '_> {
    fn argument(&self, place: usize) -> &Value {
        self.given.get(place).unwrap_or(&Value::UNDEFINED)
    }

    fn text(&self, place: usize) -> Result<String, Error> {
        if self.given.len() <= place {
            return refuse(format!(
                "`{}` is called without what it looks for; write that between the brackets",
                self.name
            ));
        }
        text(self.state, self.argument(place))
    }

    fn unknown(&self) -> Result<Value, Error> {
        let (name, kind) = (self.name, kind(self.of));
        let hint = HABITS.iter().find(|(habit, _)| *habit == name);
        let hint = hint.map_or_else(
            || "take it out, or look whether its value is there".to_owned(),
            |(_, to)| format!("write {to}"),
        );
        refuse(format!("`{name}()` is called on {kind}, which has no such method; {hint}"))
    }

    fn on_text(&self, of: &str) -> Result<Value, Error> {
        pay(self.state, of.len() / 16, of.len())?;
        Ok(match self.name {
            "toLowerCase" => Value::from(of.to_lowercase()),
            "toUpperCase" => Value::from(of.to_uppercase()),
            "toString" => Value::from(of),
            "trim" => Value::from(of.trim()),
            "trimStart" => Value::from(of.trim_start()),
            "trimEnd" => Value::from(of.trim_end()),
            "startsWith" => Value::from(of.starts_with(&self.text(0)?)),
            "endsWith" => Value::from(of.ends_with(&self.text(0)?)),
            "includes" => Value::from(of.contains(&self.text(0)?)),
            "indexOf" => place(of, of.find(&self.text(0)?)),
            "lastIndexOf" => place(of, of.rfind(&self.text(0)?)),
            "slice" | "substring" | "charAt" => self.part(of)?,
            "split" => self.split(of)?,
            "replace" | "replaceAll" => self.replace(of)?,
            "concat" | "repeat" | "padStart" | "padEnd" => self.longer(of)?,
            _ => return self.unknown(),
        })
    }

    fn part(&self, of: &str) -> Result<Value, Error> {
        let length = of.chars().count();
        let (from, to) = match self.name {
            "slice" => bounds(length, self.argument(0), self.argument(1))?,
            "charAt" => {
                let from = as_number(self.argument(0)).unwrap_or_default();
                if from < 0.0 { (0, 0) } else { (from as usize, (from as usize).saturating_add(1)) }
            }
            _ => {
                let end = |value: &Value, missing: usize| match as_number(value) {
                    Some(number) => number.clamp(0.0, length as f64) as usize,
                    None => missing,
                };
                let (a, b) = (end(self.argument(0), 0), end(self.argument(1), length));
                (a.min(b), a.max(b))
            }
        };
        Ok(Value::from(of.chars().skip(from).take(to - from).collect::<String>()))
    }

    fn split(&self, of: &str) -> Result<Value, Error> {
        let most = as_number(self.argument(1)).filter(|most| *most >= 0.0).map_or(usize::MAX, |most| most as usize);
        let parts: Vec<Value> = match view(self.argument(0)) {
            View::Undefined => vec![Value::from(of)],
            View::Pattern(pattern) => pattern.regex.split(of).take(most).map(Value::from).collect(),
            _ => {
                let by = self.text(0)?;
                pay(self.state, if by.is_empty() { of.len() } else { of.matches(&by).count() }, 0)?;
                if by.is_empty() {
                    of.chars().take(most).map(|c| Value::from(c.to_string())).collect()
                } else {
                    of.split(&by).take(most).map(Value::from).collect()
                }
            }
        };
        list(self.state, parts)
    }

    fn replace(&self, of: &str) -> Result<Value, Error> {
        let new = match self.given.len() {
            0 | 1 => return refuse(format!("`{}` takes what is replaced and what by; write both", self.name)),
            _ => self.text(1)?,
        };
        let mut writer = Writer::new(self.state);
        let everywhere = self.name == "replaceAll";
        let found;
        let (regex, everywhere) = match view(self.argument(0)) {
            View::Pattern(pattern) => (&pattern.regex, everywhere || pattern.everywhere),
            _ => {
                let old = self.text(0)?;
                pay(self.state, 200, old.len() * 64)?;
                found = RegexBuilder::new(&regex::escape(&old)).size_limit(REGEX_BYTES * 16).build();
                (found.as_ref().map_err(|_| limit(Limit::Regex))? as &Regex, everywhere)
            }
        };
        let times = if everywhere { usize::MAX } else { 1 };
        expand(&mut writer, regex, of, &Replacement { new: &new, times })?;
        Ok(Value::from(writer.finish()))
    }

    fn longer(&self, of: &str) -> Result<Value, Error> {
        let mut writer = Writer::new(self.state);
        let times = as_number(self.argument(0)).filter(|times| *times >= 0.0).map(|times| times as usize);
        match (self.name, times) {
            ("concat", _) => {
                writer.push(of)?;
                self.given.iter().try_for_each(|part| writer.value(part))?;
            }
            (name, None) => {
                return refuse(format!("`{name}` is called without a number from 0; write one between the brackets"));
            }
            ("repeat", Some(times)) => writer.repeat(of, times)?,
            (name, Some(width)) => {
                let by = if self.given.len() > 1 { self.text(1)? } else { " ".to_owned() };
                let missing = width.saturating_sub(of.chars().count());
                if name == "padEnd" {
                    writer.push(of)?;
                }
                if !by.is_empty() {
                    let length = by.chars().count();
                    writer.repeat(&by, missing / length)?;
                    writer.push(&by.chars().take(missing % length).collect::<String>())?;
                }
                if name == "padStart" {
                    writer.push(of)?;
                }
            }
        }
        Ok(Value::from(writer.finish()))
    }

    fn on_list(&self, of: &List) -> Result<Value, Error> {
        pay(self.state, of.items.len(), 0)?;
        let find = |items: &mut dyn DoubleEndedIterator<Item = (usize, &Value)>| -> Result<Option<usize>, Error> {
            for (place, item) in items {
                if !matches!(view(item), View::List(_) | View::Map(_)) && is_same(self.state, self.argument(0), item)? {
                    return Ok(Some(place));
                }
            }
            Ok(None)
        };
        let found = |place: Option<usize>| Value::from(place.map_or(-1, |place| place as i64));
        Ok(match self.name {
            "join" | "toString" => {
                let between = if self.given.is_empty() { ",".to_owned() } else { self.text(0)? };
                let mut writer = Writer::new(self.state);
                for (place, item) in of.items.iter().enumerate() {
                    writer.push(if place > 0 { &between } else { "" })?;
                    writer.value(item)?;
                }
                Value::from(writer.finish())
            }
            "slice" => {
                let (from, to) = bounds(of.items.len(), self.argument(0), self.argument(1))?;
                list(self.state, of.items[from..to].to_vec())?
            }
            "concat" => {
                let more = self.given.iter().flat_map(|part| match view(part) {
                    View::List(more) => more.items.clone(),
                    _ => vec![part.clone()],
                });
                list(self.state, of.items.iter().cloned().chain(more).collect())?
            }
            "flat" => {
                let items = of.items.iter().flat_map(|part| match view(part) {
                    View::List(more) => more.items.clone(),
                    _ => vec![part.clone()],
                });
                list(self.state, items.collect())?
            }
            "at" => {
                let place = as_number(self.argument(0)).unwrap_or_default();
                let place = if place < 0.0 { place + of.items.len() as f64 } else { place };
                if place < 0.0 { Value::UNDEFINED } else { of.items.get(place as usize).cloned().unwrap_or_default() }
            }
            "includes" => Value::from(find(&mut of.items.iter().enumerate())?.is_some()),
            "count" => {
                let same = of.items.iter().map(|item| match view(item) {
                    View::List(_) | View::Map(_) => Ok(0),
                    _ => is_same(self.state, self.argument(0), item).map(usize::from),
                });
                Value::from(same.sum::<Result<usize, Error>>()?)
            }
            "indexOf" | "index" => found(find(&mut of.items.iter().enumerate())?),
            "lastIndexOf" => found(find(&mut of.items.iter().enumerate().rev())?),
            "reverse" => list(self.state, of.items.iter().rev().cloned().collect())?,
            "sort" => {
                let texts = of.items.iter().map(|item| Ok((text(self.state, item)?, item.clone())));
                let mut texts = texts.collect::<Result<Vec<_>, Error>>()?;
                pay(self.state, texts.len().saturating_mul(4), 0)?;
                texts.sort_by(|(a, _), (b, _)| a.cmp(b));
                list(self.state, texts.into_iter().map(|(_, item)| item).collect())?
            }
            _ => return self.unknown(),
        })
    }

    fn on_map(&self, of: &Map) -> Result<Value, Error> {
        pay(self.state, of.entries.len(), 0)?;
        let key = |key: &Arc<str>| Value::from(key.as_ref());
        Ok(match self.name {
            "keys" => list(self.state, of.entries.keys().map(key).collect())?,
            "values" => list(self.state, of.entries.values().cloned().collect())?,
            "items" => {
                let pairs = of.entries.iter().map(|(name, value)| list(self.state, vec![key(name), value.clone()]));
                list(self.state, pairs.collect::<Result<_, _>>()?)?
            }
            "get" => of.entries.get(self.text(0)?.as_str()).unwrap_or(self.argument(1)).clone(),
            "has_key" | "hasOwnProperty" => Value::from(of.entries.contains_key(self.text(0)?.as_str())),
            _ => return self.unknown(),
        })
    }

    fn on_number(&self, of: f64) -> Result<Value, Error> {
        match self.name {
            "toString" if self.given.is_empty() => Ok(Value::from(text(self.state, self.of)?)),
            "toFixed" => {
                let digits = as_number(self.argument(0)).unwrap_or_default().clamp(0.0, 20.0);
                let factor = 10f64.powf(digits);
                let rounded = if digits < 15.0 { (of.abs() * factor).round() / factor * of.signum() } else { of };
                number(of).map(|_| Value::from(format!("{rounded:.0$}", digits as usize)))
            }
            _ => self.unknown(),
        }
    }
}

/// Where something begins, in characters; -1 if nowhere.
fn place(of: &str, byte: Option<usize>) -> Value {
    Value::from(byte.map_or(-1, |byte| of[..byte].chars().count() as i64))
}
