//! Whose tasks and entities are: who may stop a task, try it again, or put off the end of what it made, and who is warned of that.
//!
//! Rule: whoever asked for the run may, and who owns its template or what it is about. What nobody signed in asked for is nobody's where nobody is
//! signed in, and its owners' otherwise.

use std::collections::BTreeSet;

use jiff::Timestamp;
use portico_api_types::{Expiry, Task};
use portico_model::EntityRef;
use serde_json::Value;

use crate::error::ScaffoldError;
use crate::scaffolder::Scaffolder;

impl Scaffolder {
    /// Lets pass who may do with a task what its maker may. `me` is who asks, and the groups that they belong to; empty where nobody is signed in.
    pub(crate) fn may_handle(&self, task: &Task, me: &[EntityRef]) -> Result<(), ScaffoldError> {
        let template =
            task.spec.template_info.as_ref().and_then(|template| EntityRef::parse(&template.entity_ref).ok());
        let entity = task.spec.entity.as_ref().and_then(portico_model::reference_of);
        self.may_touch(task.created_by.as_deref(), template.into_iter().chain(entity), me)
    }

    /// The same for when an entity is taken down.
    pub(crate) fn may_put_off(&self, expiry: &Expiry, me: &[EntityRef]) -> Result<(), ScaffoldError> {
        let task = self.stored(&expiry.task_id)?.and_then(|kept| kept.task.spec.template_info);
        let template = task.and_then(|template| EntityRef::parse(&template.entity_ref).ok());
        let entity = EntityRef::parse(&expiry.entity_ref).ok();
        self.may_touch(expiry.created_by.as_deref(), template.into_iter().chain(entity), me)
    }

    /// What is taken down soon, and whose end somebody who is signed in may want to put off: they had it made, or own it.
    pub fn warned(&self, me: &[EntityRef], now: Timestamp) -> Result<Vec<Expiry>, ScaffoldError> {
        let me: BTreeSet<String> = me.iter().map(ToString::to_string).collect();
        let mut warned = Vec::new();
        for expiry in self.expiries()?.into_iter().filter(|expiry| expiry.warn_at <= now && !me.is_empty()) {
            let is_made = expiry.created_by.as_ref().is_some_and(|by| me.contains(by));
            let is_mine = || match EntityRef::parse(&expiry.entity_ref) {
                Ok(entity) => Ok(self.owners_of(&entity)?.iter().any(|owner| me.contains(owner))),
                Err(_) => Ok::<bool, ScaffoldError>(false),
            };
            if expiry.tear_down_task.is_none() && (is_made || is_mine()?) {
                warned.push(expiry);
            }
        }
        Ok(warned)
    }

    fn may_touch(
        &self,
        made_by: Option<&str>,
        about: impl Iterator<Item = EntityRef>,
        me: &[EntityRef],
    ) -> Result<(), ScaffoldError> {
        let mut owners = BTreeSet::new();
        for entity in about {
            owners.extend(self.owners_of(&entity)?);
        }
        refusal(made_by, &owners, me).map_or(Ok(()), |refusal| Err(ScaffoldError::NotAllowed(refusal)))
    }

    fn owners_of(&self, entity: &EntityRef) -> Result<Vec<String>, ScaffoldError> {
        let Some(entity) = self.inner.catalog.entity(entity)? else { return Ok(Vec::new()) };
        let entity: Value =
            serde_json::from_slice(&entity).map_err(|error| ScaffoldError::Portal(error.to_string()))?;
        let relations = entity["relations"].as_array().into_iter().flatten();
        let owners = relations.filter(|relation| relation["type"] == "ownedBy");
        Ok(owners.filter_map(|relation| relation["targetRef"].as_str().map(str::to_owned)).collect())
    }
}

/// Why somebody may not; nothing where they may.
fn refusal(made_by: Option<&str>, owners: &BTreeSet<String>, me: &[EntityRef]) -> Option<String> {
    let Some(user) = me.first() else {
        let made_by = made_by?;
        return Some(format!(
            "nobody is signed in, and {made_by} asked for the run; `server.user` in portico.yaml says who asks"
        ));
    };
    let is_mine = |mine: &EntityRef| {
        let mine = mine.to_string();
        made_by == Some(mine.as_str()) || owners.contains(&mine)
    };
    if me.iter().any(is_mine) {
        return None;
    }
    let all: Vec<&str> = made_by.into_iter().chain(owners.iter().map(String::as_str)).collect();
    Some(match all.is_empty() {
        true => format!("{user} did not ask for the run, and nobody owns its template or what it is about"),
        false => format!("{user} is none of those who may: {}", all.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asked_may_and_who_owns_it_and_nobody_else() {
        let owners = BTreeSet::from(["group:default/platform".to_owned()]);
        let (ada, eve) = ("user:default/ada", "user:default/eve");
        for (made_by, me, expected) in [
            (Some(ada), vec![ada], None),
            (Some(ada), vec![eve, "group:default/platform"], None),
            (None, vec![eve, "group:default/platform"], None),
            (None, vec![], None),
            (
                Some(ada),
                vec![eve, "group:default/payments"],
                Some("user:default/eve is none of those who may: user:default/ada, group:default/platform"),
            ),
            (None, vec![eve], Some("user:default/eve is none of those who may: group:default/platform")),
            (
                Some(ada),
                vec![],
                Some(
                    "nobody is signed in, and user:default/ada asked for the run; `server.user` in portico.yaml says who asks",
                ),
            ),
        ] {
            let me: Vec<EntityRef> = me.into_iter().map(|name| EntityRef::parse(name).unwrap()).collect();
            assert_eq!(refusal(made_by, &owners, &me).as_deref(), expected);
        }
        let said = refusal(None, &BTreeSet::new(), &[EntityRef::parse(eve).unwrap()]).unwrap();
        assert!(said.contains("nobody owns its template"), "{said}");
    }
}
