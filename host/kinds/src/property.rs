//! Derived properties, as they are declared and as they are kept.

use std::sync::Arc;

use portico_api_types::{PropertyDeclaration, RelatedValue};
use portico_model::{Asker, Filter, Kinds};

use crate::DeclarationError;
use crate::declare::{Say, line};

/// Relations one after the other: more is a question for the catalog, not a property.
const STEPS: usize = 5;

/// Bytes of an expression that a person writes: a page of them.
pub const LONGEST_EXPRESSION: usize = 4 << 10;

/// Evaluates jq expressions, within bounds of its own.
pub trait Expressions: Send + Sync {
    /// What is wrong with an expression, if anything is.
    fn check(&self, expression: &str) -> Result<(), String>;

    /// The first value that an expression yields over `input`; null if there is none.
    fn evaluate(&self, expression: &str, input: &serde_json::Value) -> Result<serde_json::Value, String>;
}

/// A property that is derived for each entity of a kind.
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) rule: Rule,
    /// The kinds that it looks at, in lower case; any, if absent.
    pub(crate) reach: Option<Arc<[String]>>,
}

/// How a property is derived.
pub(crate) enum Rule {
    /// By an expression over the entity.
    Jq(String),
    /// From entities that relations lead to.
    Related {
        along: Vec<Arc<str>>,
        /// Which of them count.
        condition: Option<Filter>,
        what: What,
    },
}

/// What is taken of related entities.
pub(crate) enum What {
    First(String),
    All(String),
    Count,
    Sum(String),
    Average(String),
    Minimum(String),
    Maximum(String),
}

impl Property {
    /// The same, which looks at these kinds alone.
    pub(crate) fn within(self, reach: Option<Arc<[String]>>) -> Property {
        Property { reach, ..self }
    }

    /// Whether it looks at entities of a kind.
    pub(crate) fn reaches(&self, kind: &str) -> bool {
        self.reach.as_ref().is_none_or(|reach| reach.iter().any(|known| known == kind))
    }

    /// Reads a declared property, where the relations of these kinds are known.
    pub(crate) fn new(
        declared: &PropertyDeclaration,
        kinds: &Kinds,
        expressions: &dyn Expressions,
        say: &Say<'_>,
        index: usize,
    ) -> Result<Property, DeclarationError> {
        let place = |key: &str| format!("properties[{index}].{key}");
        let is_name = declared.name.starts_with(|first: char| first.is_ascii_alphabetic())
            && declared.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name {
            let message = format!("{:?} is no name of a property; write one such as `monthlyCost`", declared.name);
            return Err(say.at(place("name"), message));
        }
        line(&place("name"), &declared.name, say)?;
        if let Some(title) = &declared.title {
            line(&place("title"), title, say)?;
        }
        let title = declared.title.clone().unwrap_or_else(|| declared.name.clone());
        let mut rules = Vec::new();
        if let Some(expression) = &declared.jq {
            if expression.len() > LONGEST_EXPRESSION {
                let message =
                    format!("the expression has {} bytes; at most {LONGEST_EXPRESSION} are read", expression.len());
                return Err(say.at(place("jq"), message));
            }
            expressions.check(expression).map_err(|message| say.at(place("jq"), message))?;
            rules.push(Rule::Jq(expression.clone()));
        }
        let reading = Reading { kinds, say, index };
        if let Some(lookup) = &declared.lookup {
            let path = reading.path("lookup", &lookup.path)?;
            let what = if lookup.many { What::All(path) } else { What::First(path) };
            rules.push(reading.related("lookup", &lookup.along, lookup.condition.as_deref(), what)?);
        }
        if let Some(count) = &declared.count {
            rules.push(reading.related("count", &count.along, count.condition.as_deref(), What::Count)?);
        }
        reading.number("sum", declared.sum.as_ref(), What::Sum, &mut rules)?;
        reading.number("average", declared.average.as_ref(), What::Average, &mut rules)?;
        reading.number("minimum", declared.minimum.as_ref(), What::Minimum, &mut rules)?;
        reading.number("maximum", declared.maximum.as_ref(), What::Maximum, &mut rules)?;
        match rules.pop() {
            Some(rule) if rules.is_empty() => Ok(Property { name: declared.name.clone(), title, rule, reach: None }),
            found => {
                let found = if found.is_some() { "several rules say" } else { "no rule says" };
                let message = format!(
                    "{found} how it is derived; write one of `jq`, `lookup`, `count`, `sum`, `average`, `minimum` and `maximum`"
                );
                Err(say.at(format!("properties[{index}]"), message))
            }
        }
    }
}

struct Reading<'a> {
    kinds: &'a Kinds,
    say: &'a Say<'a>,
    index: usize,
}

impl Reading<'_> {
    fn wrong(&self, key: &str, message: String) -> DeclarationError {
        self.say.at(format!("properties[{}].{key}", self.index), message)
    }

    fn path(&self, key: &str, path: &str) -> Result<String, DeclarationError> {
        if path.is_empty() || path.split('.').any(str::is_empty) {
            return Err(
                self.wrong(&format!("{key}.path"), "write a path in the entity, such as `metadata.title`".to_owned())
            );
        }
        line(&format!("properties[{}].{key}.path", self.index), path, self.say)?;
        Ok(path.to_owned())
    }

    fn number(
        &self,
        key: &str,
        declared: Option<&RelatedValue>,
        what: fn(String) -> What,
        rules: &mut Vec<Rule>,
    ) -> Result<(), DeclarationError> {
        if let Some(value) = declared {
            let what = what(self.path(key, &value.path)?);
            rules.push(self.related(key, &value.along, value.condition.as_deref(), what)?);
        }
        Ok(())
    }

    fn related(&self, key: &str, along: &str, condition: Option<&str>, what: What) -> Result<Rule, DeclarationError> {
        let mut steps: Vec<Arc<str>> = Vec::new();
        for step in along.split('.') {
            if self.kinds.inverse(step).is_none() {
                let message = format!(
                    "{step:?} is no relation that the portal knows; write relations with dots between, such as `partOf.ownedBy`"
                );
                return Err(self.wrong(&format!("{key}.along"), message));
            }
            steps.push(step.into());
        }
        if steps.len() > STEPS {
            let message = format!("it takes {} steps; at most {STEPS} are taken", steps.len());
            return Err(self.wrong(&format!("{key}.along"), message));
        }
        let condition = condition.map(|text| self.condition(key, text)).transpose()?;
        Ok(Rule::Related { along: steps, condition, what })
    }

    fn condition(&self, key: &str, text: &str) -> Result<Filter, DeclarationError> {
        let place = format!("{key}.where");
        let filter = Filter::from_text(text, &Asker::default(), self.kinds)
            .map_err(|error| self.wrong(&place, error.to_string()))?;
        if leads_on(&filter) {
            let message =
                "it leads on along a relation; write conditions on the entity itself, and the way to it under `along`";
            return Err(self.wrong(&place, message.to_owned()));
        }
        Ok(filter)
    }
}

/// Whether a filter asks about other entities than the one that it is held against.
fn leads_on(filter: &Filter) -> bool {
    match filter {
        Filter::All(filters) | Filter::Any(filters) => filters.iter().any(leads_on),
        Filter::Not(filter) => leads_on(filter),
        Filter::Along(..) => true,
        _ => false,
    }
}
