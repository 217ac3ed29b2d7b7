//! Derives the properties of one entity, and finds the entities whose properties depend on another.
//!
//! Rule: the same catalog gives the same properties. Related entities are taken in the order of their references, and what is
//! too much is said, not cut off.

use std::collections::BTreeSet;

use portico_model::rows;
use serde_json::{Map, Number, Value};

use crate::Registry;
use crate::property::{Expressions, Property, Rule, What};

/// Related entities that one property looks at.
const REACH: usize = 10_000;

/// What has to be known of other entities.
pub trait World {
    /// Why it cannot be known.
    type Error;

    /// The references that a relation leads to from an entity.
    fn targets(&self, from: &str, relation: &str) -> Result<Vec<String>, Self::Error>;

    /// An entity as it is served; none if there is none of that name.
    fn entity(&self, reference: &str) -> Result<Option<Value>, Self::Error>;
}

/// What was derived for an entity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Derived {
    /// By the names of the properties; those that come to nothing are left out.
    pub properties: Map<String, Value>,
    /// Properties that could not be derived, and why.
    pub failures: Vec<String>,
}

impl Registry {
    /// Derives the properties of an entity, which has its relations and facts already.
    pub fn derive<W: World>(&self, reference: &str, entity: &Value, world: &W) -> Result<Derived, W::Error> {
        let mut derived = Derived::default();
        let Some(properties) = self.properties(kind_of(reference)) else { return Ok(derived) };
        let mut entity = entity.clone();
        for property in properties {
            match derive(property, reference, &entity, world, self.expressions())? {
                Ok(Value::Null) => {}
                Ok(value) => {
                    derived.properties.insert(property.name.clone(), value);
                    entity["properties"] = Value::Object(derived.properties.clone());
                }
                Err(reason) => derived.failures.push(format!("`properties.{}` {reason}", property.name)),
            }
        }
        Ok(derived)
    }

    /// The entities whose properties look at `changed`, its values or its relations.
    pub fn dependents<W: World>(&self, changed: &str, world: &W) -> Result<BTreeSet<String>, W::Error> {
        let mut all = BTreeSet::new();
        for chain in self.chains() {
            for place in 1..=chain.back.len() {
                // The entity stands `place` steps from those that look at it.
                let mut front = BTreeSet::from([changed.to_owned()]);
                for relation in chain.back[..place].iter().rev() {
                    let mut next = BTreeSet::new();
                    for reference in &front {
                        next.extend(world.targets(reference, relation)?);
                    }
                    front = next;
                }
                all.extend(front.into_iter().filter(|reference| kind_of(reference) == chain.kind));
            }
        }
        Ok(all)
    }
}

fn kind_of(reference: &str) -> &str {
    reference.split_once(':').map_or("", |(kind, _)| kind)
}

type Outcome = Result<Value, String>;

fn derive<W: World>(
    property: &Property,
    reference: &str,
    entity: &Value,
    world: &W,
    expressions: &dyn Expressions,
) -> Result<Outcome, W::Error> {
    let (along, condition, what) = match &property.rule {
        Rule::Jq(expression) => return Ok(expressions.evaluate(expression, entity)),
        Rule::Related { along, condition, what } => (along, condition, what),
    };
    let mut front = BTreeSet::from([reference.to_owned()]);
    for relation in along {
        let mut next = BTreeSet::new();
        for from in &front {
            next.extend(world.targets(from, relation)?.into_iter().filter(|to| property.reaches(kind_of(to))));
        }
        if next.len() > REACH {
            return Ok(Err(format!("would look at {} entities; at most {REACH} are looked at", next.len())));
        }
        front = next;
    }
    let mut entities = Vec::new();
    for reference in &front {
        // A relation may lead to what is not there.
        let Some(entity) = world.entity(reference)? else { continue };
        if condition.as_ref().is_none_or(|condition| condition.matches(&rows(&entity))) {
            entities.push(entity);
        }
    }
    Ok(Ok(take(what, &entities)))
}

fn take(what: &What, entities: &[Value]) -> Value {
    let numbers = |path: &String| numbers(entities, path);
    match what {
        What::Count => Value::from(entities.len()),
        What::First(path) => entities.iter().find_map(|entity| value_at(entity, path)).cloned().unwrap_or(Value::Null),
        What::All(path) => all(entities, path),
        What::Sum(path) => sum(&numbers(path)),
        What::Average(path) => {
            let numbers = numbers(path);
            #[expect(clippy::cast_precision_loss, reason = "at most 10,000")]
            let count = numbers.len() as f64;
            let total: f64 = numbers.iter().filter_map(|number| number.as_f64()).sum();
            if numbers.is_empty() {
                Value::Null
            } else {
                Number::from_f64(total / count).map_or(Value::Null, Value::Number)
            }
        }
        What::Minimum(path) => extreme(&numbers(path), |a, b| a < b),
        What::Maximum(path) => extreme(&numbers(path), |a, b| a > b),
    }
}

/// Every value once, in the order of the entities.
fn all(entities: &[Value], path: &str) -> Value {
    let mut all: Vec<Value> = Vec::new();
    let mut seen = BTreeSet::new();
    for value in entities.iter().filter_map(|entity| value_at(entity, path)) {
        if seen.insert(value.to_string()) {
            all.push(value.clone());
        }
    }
    if all.is_empty() { Value::Null } else { Value::Array(all) }
}

fn numbers<'e>(entities: &'e [Value], path: &str) -> Vec<&'e Number> {
    entities.iter().filter_map(|entity| value_at(entity, path)?.as_number()).collect()
}

/// Whole numbers stay whole.
fn sum(numbers: &[&Number]) -> Value {
    let whole = numbers.iter().map(|number| number.as_i64()).try_fold(0_i64, |sum, number| sum.checked_add(number?));
    match whole {
        Some(sum) => Value::from(sum),
        None => {
            let sum: f64 = numbers.iter().filter_map(|number| number.as_f64()).sum();
            Number::from_f64(sum).map_or(Value::Null, Value::Number)
        }
    }
}

fn extreme(numbers: &[&Number], wins: fn(f64, f64) -> bool) -> Value {
    let mut best: Option<&Number> = None;
    for number in numbers {
        if best.is_none_or(|best| wins(number.as_f64().unwrap_or(0.0), best.as_f64().unwrap_or(0.0))) {
            best = Some(number);
        }
    }
    best.map_or(Value::Null, |number| Value::Number(number.clone()))
}

/// The value at a path. Keys may hold dots themselves, as annotations do; the shortest key that is there counts.
fn value_at<'e>(value: &'e Value, path: &str) -> Option<&'e Value> {
    let fields = value.as_object()?;
    for (end, _) in path.match_indices('.') {
        if let Some(found) = fields.get(&path[..end]).and_then(|inner| value_at(inner, &path[end + 1..])) {
            return Some(found);
        }
    }
    fields.get(path).filter(|value| !value.is_null())
}
