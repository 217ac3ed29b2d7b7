//! All mappings of a plugin.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use portico_api_types::MappingDeclaration;
use portico_kinds::{Expressions, Registry};
use serde_json::Value;

use crate::MappingError;
use crate::make::{self, Made, Making};
use crate::mapping::Mapping;
use crate::read;
use crate::say::Problems;

/// Mappings of one plugin: a few for each kind of object that a tool has.
const MOST: usize = 100;

/// The mappings of a plugin, ready to run.
pub struct Mappings {
    pub(crate) mappings: Vec<Mapping>,
    /// By the kind of object.
    by_object: BTreeMap<String, Vec<usize>>,
    pub(crate) expressions: Arc<dyn Expressions>,
}

impl fmt::Debug for Mappings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mappings").field("mappings", &self.mappings).finish_non_exhaustive()
    }
}

impl Mappings {
    /// Reads mappings; an error has everything that is wrong with them.
    pub fn new(
        declared: &[MappingDeclaration],
        registry: &Registry,
        expressions: Arc<dyn Expressions>,
    ) -> Result<Mappings, Vec<MappingError>> {
        if declared.len() > MOST {
            let message = format!("there are {}; at most {MOST} are taken", declared.len());
            return Err(vec![MappingError { place: "mappings".to_owned(), object: String::new(), message }]);
        }
        let mut errors = Vec::new();
        let mut mappings = Vec::new();
        for (index, declared) in declared.iter().enumerate() {
            mappings.extend(read::read(index, declared, registry, &*expressions, &mut errors));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut by_object: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for mapping in &mappings {
            by_object.entry(mapping.object.clone()).or_default().push(mapping.index);
        }
        for of_one_kind in by_object.values().filter(|mappings| mappings.len() > 1) {
            for (place, index) in of_one_kind.iter().enumerate() {
                mappings[*index].which = format!(" (mapping {} of {})", place + 1, of_one_kind.len());
            }
        }
        Ok(Mappings { mappings, by_object, expressions })
    }

    /// The kinds of entities that they write.
    pub fn kinds(&self) -> BTreeSet<&str> {
        self.mappings.iter().filter_map(|mapping| mapping.entity.as_ref()).map(|entity| entity.kind.as_str()).collect()
    }

    /// The kinds of objects that there are mappings for.
    pub fn objects(&self) -> impl Iterator<Item = &str> {
        self.by_object.keys().map(String::as_str)
    }

    /// Whether any of them attaches facts; to which entities, only objects tell.
    pub fn attaches(&self) -> bool {
        self.mappings.iter().any(|mapping| mapping.facts.is_some())
    }

    /// The mappings for objects of a kind, in their order.
    pub(crate) fn of(&self, object: &str) -> impl Iterator<Item = &Mapping> {
        self.by_object.get(object).into_iter().flatten().filter_map(|index| self.mappings.get(*index))
    }

    /// What an object of a kind makes.
    pub fn apply(&self, kind: &str, data: &Value) -> Made {
        let (mut made, mut problems) = (Made::default(), Problems::default());
        for mapping in self.of(kind) {
            let outcome = match mapping.run(data, &*self.expressions) {
                Ok(outcome) => outcome,
                Err(reason) => {
                    problems.add(reason);
                    continue;
                }
            };
            if let Some(objection) = mapping.objection(&outcome) {
                problems.add(objection);
                continue;
            }
            for (index, came) in outcome.items.iter().flatten().enumerate() {
                let (leaves, about) = (mapping.leaves.as_slice(), mapping.about(index));
                let mut making = Making { leaves, came, about, problems: &mut problems };
                make::item(mapping, &mut making, &mut made);
            }
        }
        made.problems = problems.sentences();
        made
    }
}

/// The defaults with an operator's mappings: for each kind of object that the operator has mappings for, they stand in place of all
/// defaults. One whose `when` is `false` lets objects of a kind make nothing.
pub fn override_with(defaults: Vec<MappingDeclaration>, operators: Vec<MappingDeclaration>) -> Vec<MappingDeclaration> {
    let own: BTreeSet<String> = operators.iter().map(|mapping| mapping.object.clone()).collect();
    let left = defaults.into_iter().filter(|mapping| !own.contains(&mapping.object));
    left.chain(operators).collect()
}
