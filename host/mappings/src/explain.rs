//! Says what becomes of an object, expression by expression, for the page on which a person writes mappings.
//!
//! Rule: what is explained is what happens. It is the same program, and the same making.

use portico_api_types::{ExplainedFacts, ExplainedItem, ExplainedLeaf, MappingExplanation, MappingExplanations};
use serde_json::Value;

use crate::Mappings;
use crate::make::{self, Made, Making};
use crate::mapping::Mapping;
use crate::program::{Came, collected, guarded};
use crate::say::Problems;

/// Values of `each` that are explained: a person looks at a few.
const ITEMS: usize = 20;

impl Mappings {
    /// What becomes of an object of a kind, by each of the mappings for it.
    pub fn explain(&self, kind: &str, data: &Value) -> MappingExplanations {
        MappingExplanations { items: self.of(kind).map(|mapping| self.explain_one(mapping, data)).collect() }
    }

    fn explain_one(&self, mapping: &Mapping, data: &Value) -> MappingExplanation {
        let mut explanation = MappingExplanation { place: mapping.place(), ..MappingExplanation::default() };
        let outcome = match mapping.run(data, &*self.expressions) {
            Ok(outcome) => outcome,
            Err(reason) => {
                explanation.problems.push(self.culprit(mapping, data).unwrap_or(reason));
                return explanation;
            }
        };
        explanation.admitted = outcome.is_admitted();
        if let Some(objection) = mapping.objection(&outcome) {
            explanation.problems.push(objection);
            return explanation;
        }
        let items = outcome.items.unwrap_or_default();
        if items.len() > ITEMS {
            let message = format!("`each` yields {} values; the first {ITEMS} are explained", items.len());
            explanation.problems.push(message);
        }
        let items = items.iter().take(ITEMS).enumerate();
        explanation.items = items.map(|(index, came)| explain_item(mapping, index, came)).collect();
        explanation
    }

    /// Which expression the whole was stopped at: the first that comes to no end alone. With `each`, the others are over what is not
    /// known here.
    fn culprit(&self, mapping: &Mapping, data: &Value) -> Option<String> {
        let each = mapping.each.as_deref().map(|each| ("each", collected(each)));
        let when = mapping.when.as_deref().map(|when| ("when", guarded(when)));
        let leaves = mapping.leaves.iter().filter(|_| mapping.each.is_none());
        let leaves = leaves.map(|leaf| (leaf.place.as_str(), guarded(&leaf.expression)));
        when.into_iter().chain(each).chain(leaves).find_map(|(place, program)| {
            let reason = self.expressions.evaluate(&program, data).err()?;
            Some(format!("`{place}` {reason}"))
        })
    }
}

fn explain_item(mapping: &Mapping, index: usize, came: &[Came]) -> ExplainedItem {
    let leaves = mapping.leaves.iter().zip(came).map(|(leaf, came)| {
        let (value, error) = match came {
            Came::Nothing => (Value::Null, None),
            Came::To(value) => (value.clone(), None),
            Came::Failed(reason) => (Value::Null, Some(reason.clone())),
        };
        ExplainedLeaf { place: leaf.place.clone(), value, error }
    });
    let (mut made, mut problems) = (Made::default(), Problems::default());
    let mut making = Making { leaves: &mapping.leaves, came, about: mapping.about(index), problems: &mut problems };
    make::item(mapping, &mut making, &mut made);
    let entity = made.entities.into_iter().next();
    let (entity, url) = entity.map_or((None, None), |entity| (Some(entity.document), entity.url));
    let facts = made
        .facts
        .into_iter()
        .map(|facts| ExplainedFacts { entity_ref: facts.about.to_string(), facts: facts.facts.as_ref().clone() });
    ExplainedItem { leaves: leaves.collect(), entity, url, facts: facts.collect(), problems: problems.sentences() }
}
