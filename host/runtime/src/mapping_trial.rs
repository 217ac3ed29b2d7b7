//! Mappings as people write them: what holds, what comes in, and what would become of it.
//!
//! Rule: a trial changes nothing, and judges mappings as installing them would. It may not keep the one evaluator of expressions from
//! those who sync: each expression is bounded by its steps and its memory, and all of a trial by their time together.

use std::sync::Arc;
use std::time::{Duration, Instant};

use portico_api_types::{
    MappingDeclaration, MappingFault, MappingOutcome, MappingTrial, ObjectExample, PluginMappings,
};
use portico_kinds::Expressions;
use portico_manifest::parse;
use portico_mappings::{Mappings, override_with};

use crate::host::Host;
use crate::mapped::Mapped;

/// As long as a trial may go on evaluating. Compiling an expression takes some tens of milliseconds, so that is room for most mappings.
const TIME: Duration = Duration::from_secs(5);

/// The evaluator, for so long.
struct Timed {
    expressions: Arc<dyn Expressions>,
    until: Instant,
}

impl Timed {
    fn in_time(&self) -> Result<&dyn Expressions, String> {
        if Instant::now() < self.until {
            return Ok(&*self.expressions);
        }
        Err(format!("was not tried, as the trial took longer than {} s; try fewer mappings at once", TIME.as_secs()))
    }
}

impl Expressions for Timed {
    fn check(&self, expression: &str) -> Result<(), String> {
        self.in_time()?.check(expression)
    }

    fn evaluate(&self, expression: &str, input: &serde_json::Value) -> Result<serde_json::Value, String> {
        self.in_time()?.evaluate(expression, input)
    }
}

/// Whose mappings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MappingsOf {
    /// A plugin's.
    Plugin(String),
    /// Those of an entry under `ingest:` in `portico.yaml`.
    Ingest(String),
}

impl Host {
    /// The mappings that hold, with examples of what comes in; none if there is nobody of that name.
    pub(crate) fn mappings_of(&self, whose: &MappingsOf) -> Option<PluginMappings> {
        match whose {
            MappingsOf::Plugin(name) => {
                let loaded = self.plugin(name)?.loaded()?;
                let own = loaded.config.mappings.as_ref().filter(|own| !own.is_empty());
                Some(PluginMappings {
                    own: own.and_then(portico_manifest::to_yaml).unwrap_or_default(),
                    editable: !self.config.contains_key(name),
                    ..told(&loaded.mapped)
                })
            }
            MappingsOf::Ingest(name) => {
                let mapped = self.ingest.get(name)?.mapped();
                let own = portico_manifest::to_yaml(&mapped.declared()).unwrap_or_default();
                Some(PluginMappings { own, ..told(mapped) })
            }
        }
    }

    /// What becomes of an object by mappings that somebody writes; none if there is nobody of that name.
    pub(crate) fn try_mappings(&self, whose: &MappingsOf, trial: &MappingTrial) -> Option<MappingOutcome> {
        let defaults = match whose {
            MappingsOf::Plugin(name) => self.plugin(name)?.loaded()?.manifest.mappings.clone(),
            MappingsOf::Ingest(name) => self.ingest.get(name)?.mapped().declared().to_vec(),
        };
        let own = match read(&trial.own) {
            Ok(own) => own,
            Err(fault) => return Some(MappingOutcome { faults: vec![fault], items: Vec::new() }),
        };
        let all = override_with(defaults, own);
        let expressions = Timed { expressions: self.catalog.expressions().clone(), until: Instant::now() + TIME };
        let mappings = Mappings::new(&all, &self.catalog.registry(), Arc::new(expressions));
        Some(match mappings {
            Err(errors) => MappingOutcome { faults: errors.into_iter().map(Into::into).collect(), items: Vec::new() },
            Ok(mappings) => MappingOutcome {
                faults: Vec::new(),
                items: mappings.explain(&trial.example.object, &trial.example.data).items,
            },
        })
    }
}

/// What is the same for all mappings.
fn told(mapped: &Mapped) -> PluginMappings {
    let examples = mapped.examples().into_iter();
    let examples = examples
        .flat_map(|(object, all)| all.into_iter().map(move |data| ObjectExample { object: object.clone(), data }));
    PluginMappings {
        mappings: mapped.declared().to_vec(),
        own: String::new(),
        editable: false,
        examples: examples.collect(),
    }
}

/// Reads mappings as an operator writes them: a list, or nothing.
fn read(text: &str) -> Result<Vec<MappingDeclaration>, MappingFault> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    parse(text, "mappings").map_err(|error| MappingFault {
        place: "mappings".to_owned(),
        object: String::new(),
        message: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Says what it is given.
    struct Echo;

    impl Expressions for Echo {
        fn check(&self, _: &str) -> Result<(), String> {
            Ok(())
        }

        fn evaluate(&self, _: &str, input: &Value) -> Result<Value, String> {
            Ok(input.clone())
        }
    }

    #[test]
    fn nothing_is_evaluated_any_more_once_the_time_of_a_trial_is_over() {
        let now = Instant::now();
        let timed = |until| Timed { expressions: Arc::new(Echo), until };
        let open = timed(now + Duration::from_secs(3_600));
        assert_eq!((open.check("."), open.evaluate(".", &json!(1))), (Ok(()), Ok(json!(1))));
        let over = timed(now);
        let said = over.check(".").unwrap_err();
        assert!(said.contains("took longer than 5 s") && over.evaluate(".", &json!(1)) == Err(said), "it says why");
    }
}
