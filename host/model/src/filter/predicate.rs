//! Filters as they stand in a body: `{"kind": "component", "$not": …}`, the predicate language.
//!
//! Rule: an operator stands alone in its mapping; whatever is not known is refused with its place, never skipped,
//! because a condition that is silently dropped answers a question nobody asked.

use serde_json::{Map, Value};

use super::{Filter, FilterError};
use crate::text::{either, found, lower, number, shown};

/// The deepest nesting: far beyond what a person or a client builds, and safe for code that recurses.
const MAX_DEPTH: usize = 32;
/// The most conditions and values together: room for a list of a few thousand references, and an answer in bounded time.
const MAX_SIZE: usize = 10_000;

impl Filter {
    /// Reads the predicate of a body. `{}` lets everything pass.
    pub fn from_predicate(predicate: &Value) -> Result<Filter, FilterError> {
        Reader { size: 0 }.predicate(predicate, "query", 0)
    }
}

struct Reader {
    size: usize,
}

impl Reader {
    fn predicate(&mut self, predicate: &Value, path: &str, depth: usize) -> Result<Filter, FilterError> {
        self.count(path)?;
        if depth > MAX_DEPTH {
            return Err(FilterError(format!("`{path}` is nested more than {MAX_DEPTH} deep; flatten the predicate")));
        }
        let Value::Object(conditions) = predicate else {
            return Err(FilterError(format!(
                "`{path}` is {}, where a mapping is expected, such as {{\"kind\": \"component\"}}",
                found(predicate)
            )));
        };
        if let Some((operator, operand)) = conditions.iter().find(|(key, _)| key.starts_with('$')) {
            self.alone(conditions, operator, path)?;
            return self.combination(operator, operand, &format!("{path}.{operator}"), depth);
        }
        let filters = conditions.iter().map(|(key, value)| self.condition(key, value, &format!("{path}.{key}")));
        let mut filters: Vec<Filter> = filters.collect::<Result<_, _>>()?;
        Ok(match filters.pop() {
            Some(only) if filters.is_empty() => only,
            last => {
                filters.extend(last);
                Filter::All(filters)
            }
        })
    }

    fn combination(
        &mut self,
        operator: &str,
        operand: &Value,
        path: &str,
        depth: usize,
    ) -> Result<Filter, FilterError> {
        match operator {
            "$not" => Ok(Filter::Not(Box::new(self.predicate(operand, path, depth + 1)?))),
            "$all" => Ok(Filter::All(self.predicates(operand, path, depth)?)),
            "$any" => Ok(Filter::Any(self.predicates(operand, path, depth)?)),
            _ => Err(unknown_operator(operator, path, &["$all", "$any", "$not"])),
        }
    }

    fn predicates(&mut self, operand: &Value, path: &str, depth: usize) -> Result<Vec<Filter>, FilterError> {
        let Value::Array(items) = operand else {
            return Err(FilterError(format!("`{path}` is {}, where a list of predicates is expected", found(operand))));
        };
        let read = |(at, item)| self.predicate(item, &format!("{path}[{at}]"), depth + 1);
        items.iter().enumerate().map(read).collect()
    }

    fn condition(&mut self, key: &str, value: &Value, path: &str) -> Result<Filter, FilterError> {
        self.count(path)?;
        let lowered = lower(key).into_owned();
        let Value::Object(operation) = value else {
            return Ok(Filter::Equals(lowered, self.scalar(value, path)?));
        };
        let Some((operator, operand)) = operation.iter().next() else {
            return Err(FilterError(format!(
                "`{path}` is an empty mapping; give a value, or an operator such as {{\"$exists\": true}}"
            )));
        };
        self.alone(operation, operator, path)?;
        let path = &format!("{path}.{operator}");
        match (operator.as_str(), operand) {
            ("$exists", Value::Bool(true)) => Ok(Filter::Exists(lowered)),
            ("$exists", Value::Bool(false)) => Ok(Filter::Not(Box::new(Filter::Exists(lowered)))),
            ("$exists", _) => Err(wrong(path, operand, "`true` or `false`")),
            ("$in", operand) => Ok(Filter::In(lowered, self.scalars(operand, path)?)),
            ("$hasPrefix", Value::String(prefix)) => Ok(Filter::HasPrefix(lowered, lower(prefix).into_owned())),
            ("$hasPrefix", _) => Err(wrong(path, operand, "a text")),
            ("$contains", Value::Object(relation)) if lowered == "relations" => self.relation(relation, path),
            ("$contains", Value::Object(_)) => Err(FilterError(format!(
                "`{path}` is a mapping, which only `relations` can be asked for; give a text, a number, true or false"
            ))),
            ("$contains", _) => Ok(Filter::Equals(lowered, self.scalar(operand, path)?)),
            _ => Err(unknown_operator(operator, path, &["$exists", "$in", "$hasPrefix", "$contains"])),
        }
    }

    fn relation(&mut self, wanted: &Map<String, Value>, path: &str) -> Result<Filter, FilterError> {
        let mut relation = None;
        let mut targets = None;
        for (key, value) in wanted {
            let path = &format!("{path}.{key}");
            match (lower(key).as_ref(), value) {
                ("type", Value::String(name)) => relation = Some(lower(name).into_owned()),
                ("type", _) => return Err(wrong(path, value, "a text such as `ownedBy`")),
                ("targetref", Value::String(target)) => targets = Some(vec![lower(target).into_owned()]),
                ("targetref", Value::Object(operation)) => targets = Some(self.targets(operation, path)?),
                ("targetref", _) => return Err(wrong(path, value, "a reference, or {\"$in\": […]}")),
                _ => {
                    return Err(FilterError(format!("`{path}` is not known; a relation has `type` and `targetRef`")));
                }
            }
        }
        let relation = relation.ok_or_else(|| {
            FilterError(format!("`{path}` names no `type`; say which relation, for example \"type\": \"ownedBy\""))
        })?;
        Ok(Filter::Relation { relation, targets })
    }

    fn targets(&mut self, operation: &Map<String, Value>, path: &str) -> Result<Vec<String>, FilterError> {
        let Some(operand) = operation.get("$in").filter(|_| operation.len() == 1) else {
            return Err(FilterError(format!("`{path}` is a mapping without `$in` alone; write {{\"$in\": […]}}")));
        };
        let path = &format!("{path}.$in");
        let Some(items) = operand.as_array().filter(|items| !items.is_empty()) else {
            return Err(wrong(path, operand, "a list of at least one reference"));
        };
        items
            .iter()
            .map(|item| {
                self.count(path)?;
                item.as_str().map(|text| lower(text).into_owned()).ok_or_else(|| wrong(path, item, "a reference"))
            })
            .collect()
    }

    fn scalars(&mut self, value: &Value, path: &str) -> Result<Vec<String>, FilterError> {
        let Value::Array(items) = value else { return Err(wrong(path, value, "a list of values")) };
        items.iter().enumerate().map(|(at, item)| self.scalar(item, &format!("{path}[{at}]"))).collect()
    }

    fn scalar(&mut self, value: &Value, path: &str) -> Result<String, FilterError> {
        self.count(path)?;
        match value {
            Value::String(text) => Ok(lower(text).into_owned()),
            Value::Number(value) => Ok(number(value)),
            Value::Bool(flag) => Ok(flag.to_string()),
            _ => Err(wrong(path, value, "a text, a number, true or false")),
        }
    }

    fn alone(&self, object: &Map<String, Value>, operator: &str, path: &str) -> Result<(), FilterError> {
        if object.len() == 1 {
            return Ok(());
        }
        Err(FilterError(format!(
            "`{path}` has `{operator}` beside other keys, but an operator stands alone in its mapping; join them with \
             {{\"$all\": […]}}"
        )))
    }

    fn count(&mut self, path: &str) -> Result<(), FilterError> {
        self.size += 1;
        if self.size > MAX_SIZE {
            return Err(FilterError(format!(
                "the query has more than {MAX_SIZE} conditions and values (counted up to `{path}`); ask in several \
                 queries"
            )));
        }
        Ok(())
    }
}

fn wrong(path: &str, value: &Value, expected: &str) -> FilterError {
    FilterError(format!("`{path}` is {}, where {expected} is expected", found(value)))
}

fn unknown_operator(operator: &str, path: &str, known: &[&str]) -> FilterError {
    let known: Vec<String> = known.iter().map(|operator| format!("`{operator}`")).collect();
    FilterError(format!("`{path}` uses {}, which is no operator here; it can be {}", shown(operator), either(&known)))
}
