//! Derived properties, as they are declared and as they are kept.

use std::sync::Arc;

use portico_api_types::PropertyDeclaration;
use portico_model::{Asker, Filter, Kinds};

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

    /// Reads a declared property, where the relations of these kinds are known; none if something is wrong with it.
    pub(crate) fn new(
        declared: &PropertyDeclaration,
        kinds: &Kinds,
        expressions: &dyn Expressions,
        say: &mut Say<'_>,
        index: usize,
    ) -> Option<Property> {
        let before = say.found.len();
        let mut reading = Reading { kinds, say, index };
        reading.words(declared);
        let mut rules = Vec::new();
        if let Some(expression) = &declared.jq {
            rules.push(reading.jq(expression, expressions));
        }
        if let Some(lookup) = &declared.lookup {
            let what = if lookup.many { What::All } else { What::First };
            rules.push(reading.value("lookup", &lookup.along, lookup.condition.as_deref(), &lookup.path, what));
        }
        if let Some(count) = &declared.count {
            rules.push(reading.related("count", &count.along, count.condition.as_deref(), Some(What::Count)));
        }
        for (key, value, what) in [
            ("sum", &declared.sum, What::Sum as fn(String) -> What),
            ("average", &declared.average, What::Average),
            ("minimum", &declared.minimum, What::Minimum),
            ("maximum", &declared.maximum, What::Maximum),
        ] {
            if let Some(value) = value {
                rules.push(reading.value(key, &value.along, value.condition.as_deref(), &value.path, what));
            }
        }
        let found = match rules.len() {
            1 => None,
            0 => Some("no rule says"),
            _ => Some("several rules say"),
        };
        if let Some(found) = found {
            let message = format!(
                "{found} how it is derived; write one of `jq`, `lookup`, `count`, `sum`, `average`, `minimum` and `maximum`"
            );
            say.wrong(format!("properties[{index}]"), message);
        }
        if say.found.len() > before {
            return None;
        }
        let title = declared.title.clone().unwrap_or_else(|| declared.name.clone());
        Some(Property { name: declared.name.clone(), title, rule: rules.pop()??, reach: None })
    }
}

/// Reads one property; what is wrong is said at its place, and then there is none.
struct Reading<'r, 'a> {
    kinds: &'r Kinds,
    say: &'r mut Say<'a>,
    index: usize,
}

impl Reading<'_, '_> {
    fn place(&self, key: &str) -> String {
        format!("properties[{}].{key}", self.index)
    }

    fn wrong<T>(&mut self, key: &str, message: impl Into<String>) -> Option<T> {
        self.say.wrong(self.place(key), message);
        None
    }

    fn line(&mut self, key: &str, text: &str) -> bool {
        line(&self.place(key), text, self.say)
    }

    fn words(&mut self, declared: &PropertyDeclaration) {
        let is_name = declared.name.starts_with(|first: char| first.is_ascii_alphabetic())
            && declared.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if is_name {
            self.line("name", &declared.name);
        } else {
            let message = format!("{:?} is no name of a property; write one such as `monthlyCost`", declared.name);
            self.wrong::<()>("name", message);
        }
        if let Some(title) = &declared.title {
            self.line("title", title);
        }
    }

    fn jq(&mut self, expression: &str, expressions: &dyn Expressions) -> Option<Rule> {
        let bytes = expression.len();
        if bytes > LONGEST_EXPRESSION {
            return self
                .wrong("jq", format!("the expression has {bytes} bytes; at most {LONGEST_EXPRESSION} are read"));
        }
        match expressions.check(expression) {
            Ok(()) => Some(Rule::Jq(expression.to_owned())),
            Err(message) => self.wrong("jq", message),
        }
    }

    /// A value of related entities.
    fn value(
        &mut self,
        key: &str,
        along: &str,
        condition: Option<&str>,
        path: &str,
        what: fn(String) -> What,
    ) -> Option<Rule> {
        let path = self.path(key, path);
        self.related(key, along, condition, path.map(what))
    }

    fn path(&mut self, key: &str, path: &str) -> Option<String> {
        let key = format!("{key}.path");
        if path.is_empty() || path.split('.').any(str::is_empty) {
            return self.wrong(&key, "write a path in the entity, such as `metadata.title`");
        }
        self.line(&key, path).then(|| path.to_owned())
    }

    /// A rule about related entities; `what` is none where something is wrong with it.
    fn related(&mut self, key: &str, along: &str, condition: Option<&str>, what: Option<What>) -> Option<Rule> {
        let along = self.along(key, along);
        let condition = match condition {
            Some(text) => self.condition(key, text).map(Some),
            None => Some(None),
        };
        Some(Rule::Related { along: along?, condition: condition?, what: what? })
    }

    fn along(&mut self, key: &str, along: &str) -> Option<Vec<Arc<str>>> {
        let key = format!("{key}.along");
        if let Some(step) = along.split('.').find(|step| self.kinds.inverse(step).is_none()) {
            let message = format!(
                "{step:?} is no relation that the portal knows; write relations with dots between, such as `partOf.ownedBy`"
            );
            return self.wrong(&key, message);
        }
        let steps: Vec<Arc<str>> = along.split('.').map(Arc::from).collect();
        if steps.len() > STEPS {
            return self.wrong(&key, format!("it takes {} steps; at most {STEPS} are taken", steps.len()));
        }
        Some(steps)
    }

    fn condition(&mut self, key: &str, text: &str) -> Option<Filter> {
        let place = format!("{key}.where");
        let filter = match Filter::from_text(text, &Asker::default(), self.kinds) {
            Ok(filter) => filter,
            Err(error) => return self.wrong(&place, error.to_string()),
        };
        if leads_on(&filter) {
            let message =
                "it leads on along a relation; write conditions on the entity itself, and the way to it under `along`";
            return self.wrong(&place, message);
        }
        Some(filter)
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
