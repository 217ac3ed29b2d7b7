//! Filters as people type them: `kind:component -lifecycle:deprecated facts.kubernetes.ready:<2 "payment api"`.
//!
//! Conditions stand side by side and have all to hold; `or` and parentheses group them, `-` turns one round. A condition is
//! a name (`names`), `:` and a value, or several with commas between; `*` stands for any value, `begin*` for values that
//! begin so, `:<2` or `>=2026-11-01` compare numbers and dates. Names of relations lead on: `dependsOn.owner:payments`, and
//! `hasMember>3` counts them. What has no name in front are words to look for.
//!
//! Rule: whatever is not understood is refused, with the character at which it begins.

mod names;
mod scan;

use self::names::Meaning;
use self::scan::{Scanner, Value};
use super::{Comparison, Filter, Operand, any};
use crate::kind::Kinds;
use crate::reference::{DEFAULT_NAMESPACE, EntityRef};
use crate::text::{lower, shown};

/// The longest text in bytes: more than fits a line of any page.
const LONGEST: usize = 4_096;

/// The deepest grouping, safe for code that recurses.
const DEEPEST: usize = 32;

/// The most conditions; each costs a look into an index.
const MOST: usize = 200;

/// Who asks, for what only they can mean.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    /// The asker's own entity and the groups that it belongs to: what `@me` stands for.
    pub me: Vec<EntityRef>,
}

/// Why a text cannot be read as a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {}: {message}", .at + 1)]
pub struct QueryError {
    /// The character at which it begins, from 0.
    pub at: usize,
    /// What was found, what is allowed, what to do.
    pub message: String,
}

impl Filter {
    /// Reads a filter that a person typed, where the relations of these kinds are known. An empty text lets everything pass.
    pub fn from_text(text: &str, asker: &Asker, kinds: &Kinds) -> Result<Filter, QueryError> {
        if text.len() > LONGEST {
            let message = format!("the query has {} bytes; at most {LONGEST} are read, shorten it", text.len());
            return Err(QueryError { at: 0, message });
        }
        let mut reader = Reader { scanner: Scanner::new(text), asker, kinds, conditions: 0 };
        let filter = reader.alternatives(0)?;
        match reader.scanner.peek() {
            None => Ok(filter),
            Some(_) => {
                Err(reader.scanner.error("this `)` closes nothing; remove it, or write `(` before what it closes"))
            }
        }
    }
}

struct Reader<'a> {
    scanner: Scanner<'a>,
    asker: &'a Asker,
    kinds: &'a Kinds,
    conditions: usize,
}

impl Reader<'_> {
    /// Groups with `or` between.
    fn alternatives(&mut self, depth: usize) -> Result<Filter, QueryError> {
        let mut groups = vec![self.group(depth)?];
        while self.scanner.keyword("or") {
            if groups.last() == Some(&Filter::everything()) {
                return Err(self
                    .scanner
                    .error("there is nothing before this `or`; write what it is an alternative to"));
            }
            groups.push(self.group(depth)?);
            if groups.last() == Some(&Filter::everything()) {
                return Err(self.scanner.error("there is nothing after `or`; write the alternative"));
            }
        }
        Ok(any(groups))
    }

    /// Conditions side by side.
    fn group(&mut self, depth: usize) -> Result<Filter, QueryError> {
        let mut all = Vec::new();
        loop {
            self.scanner.skip_spaces();
            match self.scanner.peek() {
                None | Some(')') => break,
                _ if self.scanner.at_keyword("or") => break,
                _ => all.push(self.term(depth)?),
            }
        }
        Ok(match all.pop() {
            Some(only) if all.is_empty() => only,
            last => {
                all.extend(last);
                Filter::All(all)
            }
        })
    }

    fn term(&mut self, depth: usize) -> Result<Filter, QueryError> {
        self.conditions += 1;
        if self.conditions > MOST {
            return Err(self.scanner.error(&format!("the query has more than {MOST} conditions; ask in several")));
        }
        if depth > DEEPEST {
            return Err(self.scanner.error(&format!("the query is nested more than {DEEPEST} deep; flatten it")));
        }
        if self.scanner.take('-') {
            return match self.scanner.peek() {
                None | Some(' ' | ')') => {
                    Err(self.scanner.error("there is nothing after `-`; write what shall not hold"))
                }
                _ => Ok(Filter::Not(Box::new(self.term(depth + 1)?))),
            };
        }
        let begin = self.scanner.place();
        if self.scanner.take('(') {
            let inner = self.alternatives(depth + 1)?;
            if !self.scanner.take(')') {
                return Err(self.scanner.error_at(begin, "this `(` is not closed; write `)` behind what it groups"));
            }
            return Ok(inner);
        }
        self.condition()
    }

    fn condition(&mut self) -> Result<Filter, QueryError> {
        let begin = self.scanner.place();
        let word = self.scanner.word()?;
        if word.quoted {
            return Ok(words(&word.text));
        }
        let Some(comparison) = self.scanner.operator() else { return Ok(words(&word.text)) };
        if word.text.is_empty() {
            return Err(self.scanner.error_at(begin, "there is no name in front of this; write one such as `owner:`"));
        }
        let values = self.scanner.values()?;
        if values.is_empty() {
            let message = format!("there is no value after {}; write one, or `*` for any", shown(&word.text));
            return Err(self.scanner.error(&message));
        }
        let meaning = Meaning::of(&word.text, self.kinds).map_err(|message| self.scanner.error_at(begin, &message))?;
        self.mean(&meaning, comparison, &values)
    }

    fn mean(&self, meaning: &Meaning, comparison: Option<Comparison>, values: &[Value]) -> Result<Filter, QueryError> {
        match (meaning, comparison) {
            (Meaning::Along(relation, rest), _) => {
                Ok(Filter::Along(relation.clone(), Box::new(self.mean(rest, comparison, values)?)))
            }
            (Meaning::Row(key), None) => Ok(any(values.iter().map(|value| row(key, value)).collect())),
            (Meaning::Row(key), Some(comparison)) => {
                let value = self.only(values)?;
                let operand = Operand::parse(&value.text).ok_or_else(|| {
                    self.scanner.error_at(
                        value.at,
                        &format!(
                            "{} is no number and no date to compare with; write one such as `2` or `2026-11-01`",
                            shown(&value.text)
                        ),
                    )
                })?;
                Ok(Filter::Compare(key.clone(), comparison, operand))
            }
            (Meaning::Relation { relation, default_kind }, None) => {
                self.related(relation, default_kind.as_deref(), values)
            }
            (Meaning::Relation { relation, .. }, Some(comparison)) => {
                let value = self.only(values)?;
                let number = value.text.parse().map_err(|_| {
                    self.scanner.error_at(
                        value.at,
                        &format!("{} is no number of relations; write one such as `3`", shown(&value.text)),
                    )
                })?;
                Ok(Filter::Count(relation.clone(), comparison, number))
            }
        }
    }

    fn only<'v>(&self, values: &'v [Value]) -> Result<&'v Value, QueryError> {
        match values {
            [only] => Ok(only),
            [_, second, ..] => {
                Err(self.scanner.error_at(second.at, "only one value can be compared with; remove the others"))
            }
            [] => Err(self.scanner.error("there is no value to compare with; write one")),
        }
    }

    fn related(&self, relation: &str, default_kind: Option<&str>, values: &[Value]) -> Result<Filter, QueryError> {
        let mut targets = Vec::with_capacity(values.len());
        for value in values {
            match value.text.as_str() {
                "*" if !value.quoted => return Ok(Filter::Relation { relation: relation.to_owned(), targets: None }),
                "@me" if !value.quoted => {
                    if self.asker.me.is_empty() {
                        let message = "nobody is signed in, so `@me` stands for nobody; write a name";
                        return Err(self.scanner.error_at(value.at, message));
                    }
                    targets.extend(self.asker.me.iter().map(|reference| reference.as_str().to_owned()));
                }
                text => {
                    let reference = EntityRef::parse_with(text, default_kind, DEFAULT_NAMESPACE)
                        .map_err(|error| self.scanner.error_at(value.at, &error.to_string()))?;
                    targets.push(reference.as_str().to_owned());
                }
            }
        }
        Ok(Filter::Relation { relation: relation.to_owned(), targets: Some(targets) })
    }
}

fn row(key: &str, value: &Value) -> Filter {
    match value.text.strip_suffix('*').filter(|_| !value.quoted) {
        Some("") => Filter::Exists(key.to_owned()),
        Some(prefix) => Filter::HasPrefix(key.to_owned(), lower(prefix).into_owned()),
        None => Filter::Equals(key.to_owned(), lower(&value.text).into_owned()),
    }
}

fn words(text: &str) -> Filter {
    Filter::Words(vec![lower(text).into_owned()])
}
