//! Answers out of what a form sends, or an address holds.
//!
//! Rule: what was not asked for stays, and so does what stands in its field as it was drawn. Values may bring fields that were asked for as
//! well, so reading goes in rounds. What cannot be read as its field wants it stays a text, for the check to speak of.

use std::collections::{BTreeMap, BTreeSet};

use portico_api_types::form::Control;
use portico_api_types::template_form::{ASKED, CHOICE, DO, INPUT, TemplateAnswers};
use portico_model::EntityRef;
use serde_json::Value;

use crate::form::{Facts, Form};
use crate::limits::{ITEMS, PAIRS, ROUNDS};
use crate::operation::{Operation, object};
use crate::picker::Picker;
use crate::place;
use crate::plan::{Plan, Shape};
use crate::repository;

/// What a form came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The answers, with what was done to a list.
    pub answers: TemplateAnswers,
    /// What was done to a list, by a button.
    pub did: Option<Operation>,
}

/// What was sent.
#[derive(Default)]
struct Sent {
    texts: BTreeMap<String, Vec<String>>,
    /// Texts of the parts of a field, by its place.
    parts: BTreeMap<String, Vec<(String, String)>>,
    asked: BTreeSet<String>,
    choices: BTreeMap<String, usize>,
    operation: Option<Operation>,
}

impl Form {
    /// Answers with what a form sends of them. `before` is what it was drawn of.
    pub fn read(&self, before: &TemplateAnswers, posted: &[(String, String)], facts: &Facts) -> Read {
        let mut sent = Sent::of(posted);
        let mut answers = before.clone();
        self.take(&mut answers, &mut sent, facts);
        if !sent.choices.is_empty() {
            answers.choices.append(&mut sent.choices);
            self.take(&mut answers, &mut sent, facts);
        }
        let did = sent.operation.filter(|operation| self.apply(&mut answers, operation, facts));
        Read { answers, did }
    }

    /// Answers out of an address: properties by their names, or places by their pointers, or all as JSON in `formData`. Secrets do not
    /// belong in addresses, and are passed over.
    pub fn from_query(&self, pairs: &[(String, String)], facts: &Facts) -> TemplateAnswers {
        let whole = pairs.iter().rev().find(|(name, _)| name == "formData");
        let whole = whole.and_then(|(_, text)| serde_json::from_str(text).ok()).map(object).unwrap_or_default();
        let mut answers = TemplateAnswers::from(whole);
        let posted = pairs.iter().filter(|(name, _)| name != "formData").take(PAIRS).flat_map(|(name, text)| {
            let place = if name.starts_with('/') { name.clone() } else { place::below("", name) };
            [(format!("{INPUT}{place}"), text.clone()), (ASKED.to_owned(), place)]
        });
        self.take(&mut answers, &mut Sent::of(&posted.collect::<Vec<_>>()), facts);
        let mut values = Value::Object(answers.values);
        for place in self.secret_places(&values) {
            place::put(&mut values, &place, None, &BTreeSet::new());
        }
        TemplateAnswers { values: object(values), ..TemplateAnswers::default() }
    }

    /// Takes what was sent, as fields that were asked for come up.
    fn take(&self, answers: &mut TemplateAnswers, sent: &mut Sent, facts: &Facts) {
        for _ in 0..ROUNDS {
            let mut values = self.filled(answers, facts);
            let mut changes = Changes::default();
            for page in &self.pages {
                let plan = Form::plan(page, answers, &values);
                plan.fields.iter().for_each(|field| field.visit(&mut |plan| changes.of(plan, &values, sent)));
            }
            if changes.found.is_empty() && changes.longer.is_empty() {
                return;
            }
            for (list, length) in &changes.longer {
                place::put(&mut values, &place::item(list, length - 1), Some(Value::Null), &changes.lists);
            }
            for (place, value) in changes.found {
                sent.asked.remove(&place);
                if let Some(value) = value {
                    place::put(&mut values, &place, value, &changes.lists);
                    answers.touched.insert(place);
                }
            }
            answers.values = object(values);
        }
    }
}

impl Sent {
    fn of(posted: &[(String, String)]) -> Sent {
        let mut sent = Sent::default();
        for (name, text) in posted.iter().take(PAIRS) {
            // Browsers end the lines of a text as letters once did.
            let text = text.replace("\r\n", "\n");
            if name == ASKED {
                sent.asked.insert(text);
            } else if name == DO {
                sent.operation = text.parse().ok();
            } else if let Some(choice) = name.strip_prefix(CHOICE) {
                sent.choices.extend(text.parse().ok().map(|taken| (choice.to_owned(), taken)));
            } else if let Some(place) = name.strip_prefix(INPUT) {
                match place.split_once('#').filter(|_| !place.starts_with('/')) {
                    Some((part, place)) => {
                        sent.parts.entry(place.to_owned()).or_default().push((part.to_owned(), text))
                    }
                    None => sent.texts.entry(place.to_owned()).or_default().push(text),
                }
            }
        }
        sent
    }
}

/// What a round finds: what to put where, if anything; and lists that have more items than there are.
#[derive(Default)]
struct Changes {
    found: Vec<(String, Option<Option<Value>>)>,
    longer: Vec<(String, usize)>,
    lists: BTreeSet<String>,
}

impl Changes {
    fn of(&mut self, plan: &Plan<'_>, values: &Value, sent: &Sent) {
        let place = &plan.pointer;
        let value = values.pointer(place);
        if let Shape::List(items) = &plan.shape {
            self.lists.insert(place.clone());
            let length = sent.length(place);
            if plan.is_open() && length > items.len() {
                self.longer.push((place.clone(), length));
            }
            return;
        }
        if !sent.asked.contains(place) || self.found.iter().any(|(found, _)| found == place) {
            return;
        }
        let read = if plan.is_open() { plan.read(value, sent) } else { None };
        self.found.push((place.clone(), read));
    }
}

impl Sent {
    /// How many items of a list were asked for.
    fn length(&self, list: &str) -> usize {
        let before = format!("{list}/");
        let below = self.asked.range(before.clone()..).take_while(|place| place.starts_with(&before));
        let index = |place: &String| place::index(place[before.len()..].split('/').next().unwrap_or_default());
        below.filter_map(index).filter(|index| *index < ITEMS).max().map_or(0, |index| index + 1)
    }
}

impl Plan<'_> {
    /// What was sent for the field: nothing if it stays as it is, a value, or that it is empty.
    fn read(&self, value: Option<&Value>, sent: &Sent) -> Option<Option<Value>> {
        let said = sent.texts.get(&self.pointer).map(Vec::as_slice).unwrap_or_default();
        if let Shape::Picker(Picker::Repository(repository)) = &self.shape
            && let Some(parts) = sent.parts.get(&self.pointer)
        {
            let drawn = repository.drawn(value, &self.pointer);
            let is_drawn = |(name, text): &(String, String)| {
                drawn.parts.iter().find(|part| part.part == *name).is_some_and(|part| part.text == *text)
            };
            return (!parts.iter().all(is_drawn)).then(|| repository::written(parts));
        }
        if let Shape::Picker(Picker::Secret) = &self.shape {
            let secret = said.iter().find(|text| !text.is_empty())?;
            return Some(Some(Value::from(secret.as_str())));
        }
        if said == self.texts(value).as_slice() {
            return None;
        }
        match &self.shape {
            Shape::Group(_) | Shape::List(_) | Shape::Picker(Picker::Hidden | Picker::Nothing) => None,
            Shape::Picker(picker) if picker.is_list() => Some(picker.list(said)),
            Shape::Picker(picker) => Some(picker.single(said.first()?)),
            Shape::Plain => self.read_plain(value, said),
        }
    }

    fn read_plain(&self, value: Option<&Value>, said: &[String]) -> Option<Option<Value>> {
        let field = self.plain();
        match (&field.control, said) {
            (Control::Fixed(_), _) => None,
            (Control::Truth, [text]) if text == "false" => Some(Some(Value::Bool(false))),
            // Nothing was said of it, not even that it is empty.
            (Control::Truth | Control::Choices(_), _) => Some(field.read(said)),
            (_, []) => None,
            (_, [text, ..]) if is_other(&field, value) && !text.is_empty() => {
                Some(Some(serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()))))
            }
            _ => Some(field.read(said)),
        }
    }
}

/// Whether it was drawn as JSON, since it cannot show what stands there.
fn is_other(field: &portico_api_types::form::Field<'_>, value: Option<&Value>) -> bool {
    value.is_some_and(|value| value.is_object() || value.is_array()) && field.shows(value).is_none()
}

impl Picker {
    fn single(&self, text: &str) -> Option<Value> {
        let text = text.trim();
        (!text.is_empty()).then(|| match self {
            Picker::Entities { .. } => self.reference(text),
            _ => Value::from(text),
        })
    }

    /// Each text may be several, where they are written in one.
    fn list(&self, said: &[String]) -> Option<Value> {
        let texts = said.iter().flat_map(|text| text.split([',', '\n'])).map(str::trim).filter(|text| !text.is_empty());
        let mut list: Vec<Value> = Vec::new();
        for text in texts {
            let value = match self {
                Picker::Entities { .. } => self.reference(text),
                _ => Value::from(text),
            };
            if !list.contains(&value) {
                list.push(value);
            }
        }
        (!list.is_empty()).then_some(Value::Array(list))
    }

    /// A reference in full, if it is one; anything else stays as it is.
    fn reference(&self, text: &str) -> Value {
        let Picker::Entities { offer, .. } = self else { return Value::from(text) };
        let Some(namespace) = offer.default_namespace.as_deref() else { return Value::from(text) };
        let read = EntityRef::parse_with(text, offer.default_kind.as_deref(), namespace);
        read.map_or_else(|_| Value::from(text), |reference| Value::from(reference.as_str()))
    }
}
