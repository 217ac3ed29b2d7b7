//! A declaration becomes a mapping.
//!
//! Rule: everything that is wrong is said at once, each with its place. Each expression is compiled alone before any are put
//! together.

use portico_api_types::{EntityMapping, FactsMapping, MappingDeclaration};
use portico_kinds::{Expressions, LONGEST_EXPRESSION, Registry};
use portico_model::{Kind, format, shown};
use serde_json::{Map, Value};

use crate::MappingError;
use crate::mapping::{Entity, Facts, Leaf, Mapping, Programs};
use crate::metadata::Metadata;
use crate::place::below;
use crate::program::{compose, wrapped};
use crate::relation::Relation;
use crate::template::{Fields, Template};

/// Expressions, constants and empty mappings of one mapping: more is no mapping that a person reads.
const LEAVES: usize = 200;

/// Mappings in mappings of `spec` and of facts.
const NESTING: usize = 16;

/// Bytes of all expressions of a mapping: put together, with what stands around each, they are less than an evaluator reads.
const TOGETHER: usize = 200 << 10;

/// Bytes of a key, or of the name of a kind of object: a line on a page.
const LINE: usize = 120;

/// Reads the mapping at a place; what is wrong is added to `errors`.
pub(crate) fn read(
    index: usize,
    declared: &MappingDeclaration,
    registry: &Registry,
    expressions: &dyn Expressions,
    errors: &mut Vec<MappingError>,
) -> Option<Mapping> {
    let mut reading =
        Reading { place: format!("mappings[{index}]"), object: &declared.object, leaves: Vec::new(), nodes: 0, errors };
    let before = reading.errors.len();
    reading.object();
    if declared.entity.is_none() && declared.facts.is_none() {
        reading.wrong("", "it makes nothing; give it `entity`, `facts` or both");
    }
    let entity = declared.entity.as_ref().and_then(|entity| reading.entity(entity, registry));
    let facts = declared.facts.as_ref().map(|facts| reading.facts(facts));
    reading.expressions(declared, expressions);
    if reading.errors.len() > before {
        return None;
    }
    let leaves = reading.leaves;
    let naming = entity.iter().flat_map(|entity| [Some(entity.name), entity.namespace]);
    let naming = naming.chain(facts.iter().map(|facts| Some(facts.about))).flatten().collect();
    let mut mapping = Mapping {
        index,
        object: declared.object.clone(),
        which: String::new(),
        when: declared.when.clone(),
        each: declared.each.clone(),
        leaves,
        entity,
        facts,
        programs: Programs { naming, ..Programs::default() },
    };
    compile(&mut mapping, expressions, errors)?;
    Some(mapping)
}

/// Puts the expressions together.
fn compile(mapping: &mut Mapping, expressions: &dyn Expressions, errors: &mut Vec<MappingError>) -> Option<()> {
    let (when, each) = (mapping.when.as_deref(), mapping.each.as_deref());
    let all = mapping.leaves.iter().map(|leaf| leaf.expression.as_str());
    let whole = compose(when, each, all, false);
    let naming = mapping.programs.naming.iter().map(|leaf| mapping.leaves[*leaf].expression.as_str());
    let names = compose(when, each, naming, true);
    let error = |place: &str, message: String| {
        let place = if place.is_empty() { mapping.place() } else { format!("{}.{place}", mapping.place()) };
        MappingError { place, object: mapping.object.clone(), message }
    };
    if let Err(reason) = expressions.check(&whole).and_then(|()| expressions.check(&names)) {
        // What can be compiled alone and not in brackets is a program, and no expression.
        let asked = [("when", when), ("each", each)].into_iter().filter_map(|(place, text)| Some((place, text?)));
        let leaves = mapping.leaves.iter().map(|leaf| (leaf.place.as_str(), leaf.expression.as_str()));
        let before = errors.len();
        for (place, expression) in asked.chain(leaves) {
            if let Err(reason) = expressions.check(&wrapped(expression)) {
                errors.push(error(place, format!("it is no expression that yields a value: {reason}")));
            }
        }
        if errors.len() == before {
            errors.push(error("", format!("its expressions cannot be put together: {reason}; write shorter ones")));
        }
        return None;
    }
    mapping.programs.whole = whole;
    mapping.programs.names = names;
    Some(())
}

struct Reading<'a> {
    place: String,
    object: &'a str,
    leaves: Vec<Leaf>,
    /// Everything that counts as a leaf.
    nodes: usize,
    errors: &'a mut Vec<MappingError>,
}

impl Reading<'_> {
    fn wrong(&mut self, place: &str, message: impl Into<String>) {
        let place = if place.is_empty() { self.place.clone() } else { format!("{}.{place}", self.place) };
        // The name of a kind of object that is wrong may be of any length.
        let object = self.object.chars().take(LINE).collect();
        self.errors.push(MappingError { place, object, message: message.into() });
    }

    fn object(&mut self) {
        let is_word = |sign: char| !sign.is_control() && !sign.is_whitespace();
        if self.object.is_empty() || self.object.len() > LINE || !self.object.chars().all(is_word) {
            let message = format!("it is no kind of object; write one word of at most {LINE} bytes, such as `service`");
            self.wrong("object", message);
        }
    }

    /// Counts a leaf; false where there are too many, so that no more are kept.
    fn counted(&mut self) -> bool {
        self.nodes += 1;
        self.nodes <= LEAVES
    }

    fn leaf(&mut self, place: &str, expression: &str) -> usize {
        if self.counted() {
            self.leaves.push(Leaf { place: place.to_owned(), expression: expression.to_owned() });
        }
        self.leaves.len().saturating_sub(1)
    }

    fn optional(&mut self, place: &str, expression: Option<&String>) -> Option<usize> {
        expression.map(|expression| self.leaf(place, expression))
    }

    fn entity(&mut self, declared: &EntityMapping, registry: &Registry) -> Option<Entity> {
        let kind = self.kind(declared, registry);
        let name = self.leaf("entity.name", &declared.name);
        let namespace = self.optional("entity.namespace", declared.namespace.as_ref());
        let metadata = Metadata {
            title: self.optional("entity.title", declared.title.as_ref()),
            description: self.optional("entity.description", declared.description.as_ref()),
            labels: self.texts("entity.labels", &declared.labels),
            annotations: self.texts("entity.annotations", &declared.annotations),
            tags: self.optional("entity.tags", declared.tags.as_ref()),
            links: self.optional("entity.links", declared.links.as_ref()),
        };
        let url = self.optional("entity.url", declared.url.as_ref());
        let spec = self.fields("entity.spec", &declared.spec, 1);
        let mut relations = Vec::new();
        for (relation, expression) in &declared.relations {
            let place = below("entity.relations", relation);
            let leaf = self.leaf(&place, expression);
            // Of a kind that there is not, nothing is known.
            let Some(kind) = kind else { continue };
            match Relation::new(kind, relation, leaf, &spec) {
                Ok(relation) => relations.push(relation),
                Err(message) => self.wrong(&place, message),
            }
        }
        let kind = kind?;
        let api_version = declared.api_version.clone().or_else(|| kind.api_versions.first().cloned())?;
        Some(Entity { kind: kind.name.clone(), api_version, name, namespace, metadata, url, spec, relations })
    }

    fn kind<'r>(&mut self, declared: &EntityMapping, registry: &'r Registry) -> Option<&'r Kind> {
        let kinds = registry.kinds();
        let Some(kind) = kinds.get(&declared.kind) else {
            let advice = match kinds.find(&declared.kind) {
                Some(kind) => format!("did you mean `{}`?", kind.name),
                None => "declare it, or write one that there is, such as `Component`".to_owned(),
            };
            self.wrong("entity.kind", format!("there is no kind {}; {advice}", shown(&declared.kind)));
            return None;
        };
        match &declared.api_version {
            Some(version) if !kind.api_versions.contains(version) => {
                let known: Vec<String> = kind.api_versions.iter().map(|version| format!("`{version}`")).collect();
                let message = format!(
                    "the kind `{}` has no apiVersion {}; write one of {}, or leave it out",
                    kind.name,
                    shown(version),
                    known.join(", ")
                );
                self.wrong("entity.apiVersion", message);
            }
            _ => {}
        }
        Some(kind)
    }

    fn facts(&mut self, declared: &FactsMapping) -> Facts {
        let about = self.leaf("facts.about", &declared.about);
        if declared.values.is_empty() {
            self.wrong("facts.values", "there are none; name what is attached");
        }
        Facts { about, values: self.fields("facts.values", &declared.values, 1) }
    }

    /// Labels or annotations.
    fn texts(&mut self, place: &str, declared: &Map<String, Value>) -> Fields {
        let mut fields = Fields::new();
        for (key, value) in declared {
            let place = below(place, key);
            if !format::is_key(key) {
                let message = format!("{} is no key; write one such as `tier` or `example.com/tier`", shown(key));
                self.wrong(&place, message);
                continue;
            }
            if matches!(value, Value::Array(_) | Value::Object(_)) {
                self.wrong(&place, "it is no text; write a jq expression, a number or a truth value");
                continue;
            }
            fields.push((key.clone(), self.template(&place, value, 1)));
        }
        fields
    }

    fn fields(&mut self, place: &str, declared: &Map<String, Value>, depth: usize) -> Fields {
        if depth > NESTING {
            self.wrong(place, format!("it nests deeper than {NESTING} mappings; nest less"));
            return Fields::new();
        }
        let mut fields = Fields::new();
        for (key, value) in declared {
            let place = below(place, key);
            if key.trim().is_empty() || key.len() > LINE || key.chars().any(char::is_control) {
                // The place would hold the key.
                let key: String = key.chars().take(LINE).collect();
                self.wrong("", format!("{} is no key; write one line of at most {LINE} bytes", shown(&key)));
                continue;
            }
            fields.push((key.clone(), self.template(&place, value, depth)));
        }
        fields
    }

    fn template(&mut self, place: &str, value: &Value, depth: usize) -> Template {
        match value {
            Value::String(expression) => Template::Leaf(self.leaf(place, expression)),
            Value::Object(fields) => {
                if fields.is_empty() {
                    self.counted();
                }
                Template::Mapping(self.fields(place, fields, depth + 1))
            }
            constant => {
                self.constant(place, constant);
                Template::Constant(constant.clone())
            }
        }
    }

    fn constant(&mut self, place: &str, constant: &Value) {
        self.counted();
        let Value::Array(items) = constant else { return };
        if items.iter().any(|item| item.is_string() || item.is_array() || item.is_object()) {
            let message = "a list of constants holds numbers and truth values only; write the whole list as one expression, such as \
                           '[.first, \"second\"]'";
            self.wrong(place, message);
        } else if items.len() > LEAVES {
            self.wrong(place, format!("it has {} items; at most {LEAVES} are taken", items.len()));
        }
    }

    /// Has each expression compiled alone.
    fn expressions(&mut self, declared: &MappingDeclaration, expressions: &dyn Expressions) {
        let asked = [("when", &declared.when), ("each", &declared.each)].into_iter();
        let asked = asked.filter_map(|(place, text)| Some((place.to_owned(), text.clone()?)));
        let leaves = self.leaves.iter().map(|leaf| (leaf.place.clone(), leaf.expression.clone()));
        let all: Vec<(String, String)> = asked.chain(leaves).collect();
        let bytes: usize = all.iter().map(|(_, expression)| expression.len()).sum();
        if self.nodes > LEAVES {
            let message = format!("it has {} expressions and constants; at most {LEAVES} are taken", self.nodes);
            return self.wrong("", message);
        }
        if bytes > TOGETHER {
            let message = format!(
                "its expressions have {bytes} bytes together; at most {TOGETHER} are taken: write shorter ones"
            );
            return self.wrong("", message);
        }
        for (place, expression) in all {
            if let Err(message) = checked(&expression, expressions) {
                self.wrong(&place, message);
            }
        }
    }
}

fn checked(expression: &str, expressions: &dyn Expressions) -> Result<(), String> {
    if expression.trim().is_empty() {
        return Err("it is empty; write a jq expression, or leave the key out".to_owned());
    }
    if expression.len() > LONGEST_EXPRESSION {
        return Err(format!("it has {} bytes; at most {LONGEST_EXPRESSION} are read", expression.len()));
    }
    expressions.check(expression).map_err(|reason| {
        let is_words = expression.chars().all(|sign| sign.is_alphanumeric() || matches!(sign, ' ' | '-' | '_'));
        if is_words { format!("{reason}; a constant text has quotes of its own: '\"{expression}\"'") } else { reason }
    })
}
