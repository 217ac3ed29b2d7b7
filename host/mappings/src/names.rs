//! The names of what an object makes, without the rest: what is removed with an object that is gone.
//!
//! Rule: `when` is not asked. It is about a state, and an object that is gone may have had another one when it was taken in.

use portico_model::EntityRef;
use serde_json::Value;

use crate::Mappings;
use crate::make::Making;
use crate::mapping::Mapping;
use crate::program::Came;
use crate::say::Problems;

/// The entities that an object is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Those that it makes.
    pub entities: Vec<EntityRef>,
    /// Those that it attaches facts to.
    pub facts: Vec<EntityRef>,
    /// Why one cannot be named, in sentences; not for objects that `when` does not let through.
    pub problems: Vec<String>,
}

impl Mappings {
    /// What an object of a kind makes, or would make if `when` let it through.
    pub fn names(&self, kind: &str, data: &Value) -> Names {
        let (mut names, mut problems) = (Names::default(), Problems::default());
        for mapping in self.of(kind) {
            let outcome = match mapping.run_names(data, &*self.expressions) {
                Ok(outcome) => outcome,
                Err(reason) => {
                    problems.add(reason);
                    continue;
                }
            };
            // What `when` does not let through need not have what names are made of.
            let mut silent = Problems::default();
            let said = if outcome.is_admitted() { &mut problems } else { &mut silent };
            if let Some(objection) = mapping.objection(&outcome) {
                said.add(objection);
            }
            for (index, came) in outcome.items.iter().flatten().enumerate() {
                names_of(mapping, index, came, said, &mut names);
            }
        }
        names.problems = problems.sentences();
        names
    }
}

fn names_of(mapping: &Mapping, index: usize, came: &[Came], problems: &mut Problems, names: &mut Names) {
    let mut making = Making { leaves: &mapping.leaves, came, about: mapping.about(index), problems };
    if let Some(entity) = &mapping.entity
        && let Some(identity) = making.identity(entity)
        && let Ok(reference) = EntityRef::new(&entity.kind, identity.namespace(), &identity.name)
    {
        names.entities.push(reference);
    }
    if let Some(facts) = &mapping.facts {
        names.facts.extend(making.facts_about(facts));
    }
}
