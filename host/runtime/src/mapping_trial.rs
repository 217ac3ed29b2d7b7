//! Mappings as people write them: what holds, what comes in, and what would become of it.
//!
//! Rule: a trial changes nothing, and judges mappings as installing them would.

use portico_api_types::{
    MappingDeclaration, MappingFault, MappingOutcome, MappingTrial, ObjectExample, PluginMappings,
};
use portico_manifest::parse;
use portico_mappings::{Mappings, override_with};

use crate::host::Host;

impl Host {
    /// The mappings of a plugin that is loaded, with examples of what it pushes.
    pub(crate) fn mappings_of(&self, name: &str) -> Option<PluginMappings> {
        let loaded = self.plugin(name)?.loaded()?;
        let examples = loaded.mapped.examples().into_iter();
        let examples = examples
            .flat_map(|(object, all)| all.into_iter().map(move |data| ObjectExample { object: object.clone(), data }));
        let own = loaded.config.mappings.as_ref().filter(|own| !own.is_empty());
        Some(PluginMappings {
            mappings: loaded.mapped.declared().to_vec(),
            own: own.and_then(portico_manifest::to_yaml).unwrap_or_default(),
            editable: !self.config.contains_key(name),
            examples: examples.collect(),
        })
    }

    /// What becomes of an object by mappings that somebody writes; none if no such plugin is loaded.
    pub(crate) fn try_mappings(&self, name: &str, trial: &MappingTrial) -> Option<MappingOutcome> {
        let loaded = self.plugin(name)?.loaded()?;
        let own = match read(&trial.own) {
            Ok(own) => own,
            Err(fault) => return Some(MappingOutcome { faults: vec![fault], items: Vec::new() }),
        };
        let all = override_with(loaded.manifest.mappings.clone(), own);
        let mappings = Mappings::new(&all, &self.catalog.registry(), self.catalog.expressions().clone());
        Some(match mappings {
            Err(errors) => MappingOutcome { faults: errors.into_iter().map(Into::into).collect(), items: Vec::new() },
            Ok(mappings) => MappingOutcome {
                faults: Vec::new(),
                items: mappings.explain(&trial.example.object, &trial.example.data).items,
            },
        })
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
