//! What tests and figures share: the real language, evaluated in this process, and a portal's kinds.

use std::sync::Arc;

use portico_api_types::{KindDeclaration, KindOrigin, MappingDeclaration};
use portico_kinds::{Declared, Expressions, Registry};
use portico_mappings::{MappingError, Mappings};
use serde_json::Value;

/// The evaluator without its sandbox.
pub(crate) struct Native;

impl Expressions for Native {
    fn check(&self, expression: &str) -> Result<(), String> {
        portico_expressions::check(expression)
    }

    fn evaluate(&self, expression: &str, input: &Value) -> Result<Value, String> {
        let evaluated = portico_expressions::evaluate(expression, &input.to_string());
        let value = evaluated.map_err(|reason| format!("could not be evaluated: {reason}"))?;
        serde_json::from_str(&value).map_err(|_| "came to no JSON value".to_owned())
    }
}

/// The kinds that are built in, and two of a company.
pub(crate) fn registry() -> Registry {
    let declared = "
- name: PagerDutyService
  apiVersions: [example.com/v1, example.com/v2]
  relations:
    - { field: placement.region, relation: runsIn, inverse: hosts, targets: [Region] }
    - { field: uses, relation: uses, inverse: usedBy, many: true }
- name: Region
  apiVersions: [example.com/v1]
";
    let declared: Vec<KindDeclaration> = serde_yaml::from_str(declared).expect("good declarations");
    let declared = declared.into_iter().map(|declaration| Declared { declaration, origin: KindOrigin::Api });
    Registry::new(declared.collect(), Arc::new(Native)).expect("good kinds")
}

/// Declarations, as they are written.
pub(crate) fn declarations(yaml: &str) -> Vec<MappingDeclaration> {
    serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("{error} in {yaml}"))
}

/// Reads mappings, over the kinds of [`registry`].
pub(crate) fn read(yaml: &str) -> Result<Mappings, Vec<MappingError>> {
    Mappings::new(&declarations(yaml), &registry(), Arc::new(Native))
}
