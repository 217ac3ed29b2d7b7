//! Templates, as the catalog has them, and who runs them on what.

use portico_api_types::{Approval, TaskSpec, TaskUser};
use portico_catalog::Catalog;
use portico_model::{EntityRef, rows};
use serde_json::{Map, Value};

use crate::approval;
use crate::error::ScaffoldError;
use crate::rules::Rules;
use crate::spec;

/// A template of the catalog.
#[derive(Clone, Debug)]
pub struct Template {
    entity: Value,
    pub(crate) rules: Rules,
}

/// Who asks for a task, and from where.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Who asks, as templates know them.
    pub user: TaskUser,
    /// The asker, and the groups that they belong to.
    pub me: Vec<EntityRef>,
    /// The entity that it is started from.
    pub entity: Option<Value>,
}

impl Template {
    /// The template that a reference names.
    pub fn of(catalog: &Catalog, reference: &EntityRef) -> Result<Template, ScaffoldError> {
        if reference.kind() != "template" {
            let said = "Invalid kind, only 'Template' kind is supported";
            return Err(ScaffoldError::NotATemplate(said.to_owned()));
        }
        let found = catalog.entity(reference)?.ok_or_else(|| ScaffoldError::NoTemplate(reference.to_string()))?;
        let entity = serde_json::from_slice(&found).map_err(|error| ScaffoldError::Portal(error.to_string()))?;
        Template::read(entity)
    }

    /// A template's entity.
    pub fn read(entity: Value) -> Result<Template, ScaffoldError> {
        let rules = Rules::parse(&entity["spec"])?;
        Ok(Template { entity, rules })
    }

    /// The whole entity.
    pub fn entity(&self) -> &Value {
        &self.entity
    }

    /// What is filled in.
    pub fn parameters(&self) -> &Value {
        &self.entity["spec"]["parameters"]
    }

    /// Whether it is started from entities.
    pub fn is_for_entities(&self) -> bool {
        self.rules.for_entity.is_some()
    }

    /// Whether it is started from this entity.
    pub fn is_for(&self, entity: &Value) -> bool {
        self.rules.for_entity.as_ref().is_some_and(|rule| rule.filter.matches(&rows(entity)))
    }

    /// The parameter that holds the reference of the entity that it is started from.
    pub fn entity_parameter(&self) -> Option<&str> {
        self.rules.for_entity.as_ref()?.parameter.as_deref()
    }

    /// Fills in the parameter that holds the reference of the entity that it is started from.
    pub fn fill_in_entity(&self, parameters: &mut Map<String, Value>, entity: Option<&Value>) {
        let reference = entity.and_then(portico_model::reference_of).map(|reference| reference.to_string());
        if let (Some(parameter), Some(reference)) = (self.entity_parameter(), reference) {
            parameters.insert(parameter.to_owned(), reference.into());
        }
    }

    /// Whether somebody may run it.
    pub fn may_run(&self, me: &[EntityRef]) -> bool {
        self.rules.may_run(me)
    }

    /// Whether somebody has to approve, at least sometimes.
    pub fn needs_approval(&self) -> bool {
        self.rules.approval.is_some()
    }

    /// Who has to approve a task with these values; none where nobody has to.
    pub fn approval(&self, parameters: &Map<String, Value>) -> Result<Option<Approval>, ScaffoldError> {
        approval::needed(self, parameters)
    }

    /// Who owns it.
    pub(crate) fn owner(&self) -> Option<EntityRef> {
        let relations = self.entity["relations"].as_array().into_iter().flatten();
        let owner = relations
            .filter(|relation| relation["type"] == "ownedBy")
            .find_map(|relation| relation["targetRef"].as_str());
        EntityRef::parse(owner?).ok()
    }

    /// What a task of it does, with what was filled in.
    pub fn task(&self, mut parameters: Map<String, Value>, asked: &Asked) -> Result<TaskSpec, ScaffoldError> {
        if !self.may_run(&asked.me) {
            let all: Vec<String> = self.rules.allowed.iter().map(ToString::to_string).collect();
            let who = match &asked.user.reference {
                Some(who) => format!("{who} is none of them"),
                None => "nobody is signed in; `server.user` in portico.yaml says who asks".to_owned(),
            };
            return Err(ScaffoldError::NotAllowed(format!(
                "the template may be run by {} alone, and {who}",
                all.join(", ")
            )));
        }
        match &asked.entity {
            None if self.is_for_entities() => {
                let said = "the template is started from an entity; open its page, or name one as `entity`";
                return Err(ScaffoldError::Input(said.to_owned()));
            }
            Some(entity) if !self.is_for(entity) => {
                return Err(ScaffoldError::Input("the template is not for entities such as this one".to_owned()));
            }
            entity => self.fill_in_entity(&mut parameters, entity.as_ref()),
        }
        let base = spec::base(&self.entity);
        let spec = spec::of_template(&self.entity, &self.rules, base, parameters, asked.user.clone())?;
        Ok(TaskSpec { entity: asked.entity.clone(), ..spec })
    }
}
