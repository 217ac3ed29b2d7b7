//! That a filter means what it says: questions and rows are made up, and the answer is compared with a plain reading of
//! the question.

use portico_model::{Filter, Row, Rows};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

proptest! {
    #[test]
    fn a_query_means_what_it_says(alternatives in vec(vec(condition(), 0..4), 0..3), rows in some_rows()) {
        let written: Vec<String> = alternatives.iter().map(|conditions| written(conditions)).collect();
        let parameters: Vec<&str> = written.iter().map(String::as_str).collect();
        let filter = Filter::from_query(&parameters).expect("a filter");
        let asked: Vec<_> = alternatives.iter().filter(|conditions| !conditions.is_empty()).collect();
        let expected = asked.is_empty() || asked.iter().any(|conditions| holds(conditions, &rows));
        prop_assert_eq!(filter.matches(&rows), expected, "{:?}", parameters);
    }

    #[test]
    fn a_predicate_means_what_it_says(predicate in predicate(), rows in some_rows()) {
        let filter = Filter::from_predicate(&predicate.json()).expect("a filter");
        prop_assert_eq!(filter.matches(&rows), predicate.holds(&rows), "{}", predicate.json());
    }
}

/// A few keys and values in any case, so that questions meet rows.
fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "B", "c.d", "ab", "Ä", "ä"]).prop_map(str::to_owned)
}

fn some_rows() -> impl Strategy<Value = Rows> {
    let row = (word(), prop::option::of(word()));
    vec(row, 0..6)
        .prop_map(|rows| Rows(rows.into_iter().map(|(key, value)| Row { key: key.to_lowercase(), value }).collect()))
}

type Condition = (String, Option<String>);

fn condition() -> impl Strategy<Value = Condition> {
    (word(), prop::option::of(prop_oneof![word(), Just(String::new())]))
}

fn written(conditions: &[Condition]) -> String {
    let parts = conditions.iter().map(|(key, value)| match value {
        Some(value) => format!(" {key} = {value} "),
        None => key.clone(),
    });
    parts.collect::<Vec<_>>().join(",")
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Whether a row with the key has such a value.
fn has(rows: &Rows, key: &str, test: impl Fn(&str) -> bool) -> bool {
    rows.0.iter().any(|row| same(&row.key, key) && row.value.as_ref().is_some_and(|value| test(value)))
}

/// For each key: one of its values, if any are given, else that it exists.
fn holds(conditions: &[Condition], rows: &Rows) -> bool {
    conditions.iter().all(|(key, _)| {
        let values: Vec<&String> =
            conditions.iter().filter(|(other, _)| same(key, other)).filter_map(|(_, value)| value.as_ref()).collect();
        match values.is_empty() {
            true => rows.0.iter().any(|row| same(&row.key, key)),
            false => has(rows, key, |found| values.iter().any(|value| same(found, value))),
        }
    })
}

#[derive(Clone, Debug)]
enum Predicate {
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Predicate>),
    Keys(Vec<(String, Test)>),
}

#[derive(Clone, Debug)]
enum Test {
    Equals(String),
    Contains(String),
    In(Vec<String>),
    HasPrefix(String),
    Exists(bool),
}

fn predicate() -> impl Strategy<Value = Predicate> {
    let test = prop_oneof![
        word().prop_map(Test::Equals),
        word().prop_map(Test::Contains),
        vec(word(), 0..3).prop_map(Test::In),
        word().prop_map(Test::HasPrefix),
        any::<bool>().prop_map(Test::Exists),
    ];
    vec((word(), test), 0..3).prop_map(Predicate::Keys).prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Predicate::All),
            vec(inner.clone(), 0..3).prop_map(Predicate::Any),
            inner.prop_map(|inner| Predicate::Not(Box::new(inner))),
        ]
    })
}

impl Predicate {
    fn json(&self) -> Value {
        let list = |items: &[Predicate]| items.iter().map(Predicate::json).collect::<Value>();
        match self {
            Predicate::All(items) => json!({"$all": list(items)}),
            Predicate::Any(items) => json!({"$any": list(items)}),
            Predicate::Not(inner) => json!({"$not": inner.json()}),
            Predicate::Keys(keys) => {
                Value::Object(self.distinct(keys).map(|(key, test)| (key.clone(), test.json())).collect::<Map<_, _>>())
            }
        }
    }

    fn holds(&self, rows: &Rows) -> bool {
        match self {
            Predicate::All(items) => items.iter().all(|item| item.holds(rows)),
            Predicate::Any(items) => items.iter().any(|item| item.holds(rows)),
            Predicate::Not(inner) => !inner.holds(rows),
            Predicate::Keys(keys) => self.distinct(keys).all(|(key, test)| test.holds(key, rows)),
        }
    }

    /// JSON has a key once; the first one stands.
    fn distinct<'a>(&self, keys: &'a [(String, Test)]) -> impl Iterator<Item = &'a (String, Test)> {
        keys.iter()
            .enumerate()
            .filter(|(at, (key, _))| keys[..*at].iter().all(|(other, _)| other != key))
            .map(|(_, pair)| pair)
    }
}

impl Test {
    fn json(&self) -> Value {
        match self {
            Test::Equals(value) => json!(value),
            Test::Contains(value) => json!({"$contains": value}),
            Test::In(values) => json!({"$in": values}),
            Test::HasPrefix(prefix) => json!({"$hasPrefix": prefix}),
            Test::Exists(exists) => json!({"$exists": exists}),
        }
    }

    fn holds(&self, key: &str, rows: &Rows) -> bool {
        match self {
            Test::Equals(value) | Test::Contains(value) => has(rows, key, |found| same(found, value)),
            Test::In(values) => has(rows, key, |found| values.iter().any(|value| same(found, value))),
            Test::HasPrefix(prefix) => has(rows, key, |found| found.to_lowercase().starts_with(&prefix.to_lowercase())),
            Test::Exists(exists) => rows.0.iter().any(|row| same(&row.key, key)) == *exists,
        }
    }
}
