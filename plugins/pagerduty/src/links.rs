//! Which entities of the catalog a service of PagerDuty is about.
//!
//! Rule: an entity says it by an annotation, as it does for Backstage: `pagerduty.com/service-id`, else `pagerduty.com/integration-key`. Its
//! name says it only where the operator wants that, of components that say nothing, and where one service alone has the name. An entity
//! is about one service.

use std::collections::{BTreeMap, BTreeSet};

use portico_sdk::model::{EntityRef, reference_of};
use portico_sdk::{Problem, Result, catalog};
use serde_json::Value;

/// The annotation with a service's id.
pub(crate) const SERVICE_ID: &str = "pagerduty.com/service-id";

/// The annotation with the key of one of its integrations.
pub(crate) const INTEGRATION_KEY: &str = "pagerduty.com/integration-key";

/// Entities of one service, which one object may name.
const MOST: usize = 900;

/// What an entity says of where it belongs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Said {
    Service(String),
    Key(String),
}

impl Said {
    /// What an entity says; none if it says nothing.
    pub(crate) fn by(entity: &Value) -> Option<Said> {
        let text = |name: &str| {
            let text = entity["metadata"]["annotations"][name].as_str().map(str::trim).filter(|text| !text.is_empty());
            text.map(str::to_owned)
        };
        text(SERVICE_ID).map(|id| Said::Service(id.to_uppercase())).or_else(|| text(INTEGRATION_KEY).map(Said::Key))
    }
}

/// What entities say, until the services are found that they mean.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    said: BTreeMap<Said, Vec<EntityRef>>,
    /// Those that a service was found for.
    found: BTreeSet<Said>,
    linked: BTreeMap<String, Vec<EntityRef>>,
}

impl Links {
    /// What the catalog says.
    pub(crate) fn read() -> Result<Links> {
        let mut links = Links::default();
        let has = |name: &str| format!("metadata.annotations.{name}");
        let annotated =
            catalog::search().filter(has(SERVICE_ID)).filter(has(INTEGRATION_KEY)).fields(FIELDS).limit(500);
        for entity in annotated.all() {
            let entity = entity?;
            if let (Some(said), Some(reference)) = (Said::by(&entity), reference_of(&entity)) {
                links.said.entry(said).or_default().push(reference);
            }
        }
        Ok(links)
    }

    /// Whether there is an entity that names a key.
    pub(crate) fn has_keys(&self) -> bool {
        self.said.keys().any(|said| matches!(said, Said::Key(_)))
    }

    /// Links what means a service by its id, or by one of its keys.
    pub(crate) fn link<'a>(&mut self, id: &str, keys: impl Iterator<Item = &'a str>) {
        let all = [Said::Service(id.to_uppercase())].into_iter().chain(keys.map(|key| Said::Key(key.to_owned())));
        for said in all {
            if let Some(entities) = self.said.get(&said) {
                self.linked.entry(id.to_owned()).or_default().extend(entities.iter().cloned());
                self.found.insert(said);
            }
        }
    }

    /// Links components that say nothing with the services of their names.
    pub(crate) fn link_by_name<'a>(&mut self, services: impl Iterator<Item = (&'a str, &'a str)>) -> Result<()> {
        let mut names: BTreeMap<String, Option<&str>> = BTreeMap::new();
        for (id, name) in services {
            // A name that two have names neither.
            names.entry(slug(name)).and_modify(|known| *known = None).or_insert(Some(id));
        }
        for component in catalog::search().filter("kind=component").fields(FIELDS).limit(1_000).all() {
            let component = component?;
            let name = slug(component["metadata"]["name"].as_str().unwrap_or_default());
            let (Some(Some(id)), None) = (names.get(&name), Said::by(&component)) else { continue };
            if let Some(reference) = reference_of(&component) {
                self.linked.entry((*id).to_owned()).or_default().push(reference);
            }
        }
        Ok(())
    }

    /// The entities of a service.
    pub(crate) fn of(&self, id: &str) -> Vec<EntityRef> {
        let mut entities = self.linked.get(id).cloned().unwrap_or_default();
        entities.sort();
        entities.dedup();
        entities.truncate(MOST);
        entities
    }

    /// How many entities say something.
    pub(crate) fn said(&self) -> usize {
        self.said.values().map(Vec::len).sum()
    }

    /// How many entities have a service.
    pub(crate) fn count(&self) -> usize {
        self.linked.values().map(Vec::len).sum()
    }

    /// What there is to say of entities whose service there is not.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let lost = self.said.iter().filter(|(said, _)| !self.found.contains(said));
        lost.flat_map(|(said, entities)| entities.iter().map(move |entity| problem(said, entity))).collect()
    }
}

fn problem(said: &Said, entity: &EntityRef) -> Problem {
    let (what, key) = match said {
        Said::Service(id) => (format!("no service `{id}`"), SERVICE_ID),
        // A key lets whoever has it page people: it is not repeated.
        Said::Key(_) => ("no service with this integration key".to_owned(), INTEGRATION_KEY),
    };
    Problem {
        entity: Some(entity.clone()),
        path: format!("/metadata/annotations/{}", key.replace('/', "~1")),
        ..Problem::new(
            format!("link/{entity}"),
            format!(
                "PagerDuty has {what}, or the token may not see it; write what stands at the end of the service's address, such as \
                 PQ9K7I8, and check `settings.teams`"
            ),
        )
    }
}

/// What is read of entities.
const FIELDS: [&str; 4] = ["kind", "metadata.namespace", "metadata.name", "metadata.annotations"];

/// The entities that are linked with a service as things stand: those that were, unless they say another one now, and those that say it.
pub(crate) fn of_service(id: &str) -> Result<Vec<EntityRef>> {
    let linked = catalog::search()
        .filter(format!("facts.pagerduty.service.id={id}"))
        .filter(format!("metadata.annotations.{SERVICE_ID}={id}"))
        .fields(FIELDS);
    let mut entities = Vec::new();
    for entity in linked.all() {
        let entity = entity?;
        let is_own = entity["kind"].as_str().is_some_and(|kind| kind.starts_with("PagerDuty"));
        let is_other = matches!(Said::by(&entity), Some(Said::Service(said)) if !said.eq_ignore_ascii_case(id));
        if !is_own && !is_other {
            entities.extend(reference_of(&entity));
        }
    }
    entities.sort();
    entities.dedup();
    entities.truncate(MOST);
    Ok(entities)
}

/// A name without what people write between its words.
fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

#[cfg(test)]
mod tests {
    use portico_sdk::Entity;
    use portico_sdk::testing::Portal;
    use serde_json::json;

    use super::*;

    fn portal() -> Portal {
        Portal::new()
            .entity(Entity::component("orders").annotation(SERVICE_ID, "PSVC001"))
            .entity(Entity::component("orders-worker").annotation(SERVICE_ID, " psvc001 "))
            .entity(Entity::system("shop").annotation(INTEGRATION_KEY, "k1").annotation(SERVICE_ID, ""))
            .entity(Entity::component("both").annotation(INTEGRATION_KEY, "k1").annotation(SERVICE_ID, "PSVC002"))
            .entity(Entity::component("lost").annotation(SERVICE_ID, "PGONE"))
            .entity(Entity::component("secretive").annotation(INTEGRATION_KEY, "k0123456789"))
            .entity(Entity::component("check-out-api"))
            .entity(Entity::component("twice"))
    }

    fn names(entities: &[EntityRef]) -> Vec<&str> {
        entities.iter().map(EntityRef::as_str).collect()
    }

    #[test]
    fn entities_are_linked_by_id_then_by_key_and_by_name_where_they_say_nothing() {
        portal().run(|| {
            let mut links = Links::read().expect("granted");
            assert!(links.has_keys());
            links.link("PSVC001", ["k1", "other"].into_iter());
            links.link("PSVC002", std::iter::empty());
            links.link("PSVC003", std::iter::empty());
            let services = [("PSVC001", "Both"), ("PSVC003", "Check_Out API"), ("PSVC002", "Twice"), ("P9", "twice")];
            links.link_by_name(services.into_iter()).expect("granted");
            let shop = ["component:default/orders", "component:default/orders-worker", "system:default/shop"];
            assert_eq!(names(&links.of("PSVC001")), shop);
            assert_eq!(names(&links.of("PSVC002")), ["component:default/both"]);
            assert_eq!(names(&links.of("PSVC003")), ["component:default/check-out-api"]);
            assert!(links.of("P9").is_empty(), "two services have the name");
            assert_eq!(links.count(), 5);
        });
    }

    #[test]
    fn who_names_a_service_that_there_is_not_is_told_so_and_no_key_is_repeated() {
        let problems = portal().run(|| {
            let mut links = Links::read().expect("granted");
            links.link("PSVC001", std::iter::once("k1"));
            links.link("PSVC002", std::iter::empty());
            links.problems()
        });
        let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(messages.len(), 2);
        assert!(
            messages[0].starts_with("PagerDuty has no service `PGONE`, or the token may not see it"),
            "{messages:?}"
        );
        assert!(messages[1].starts_with("PagerDuty has no service with this integration key"), "{messages:?}");
        assert!(!format!("{problems:?}").contains("k0123456789"));
        assert_eq!(problems[0].path, "/metadata/annotations/pagerduty.com~1service-id");
        assert_eq!(problems[0].entity.as_ref().map(EntityRef::as_str), Some("component:default/lost"));
    }

    #[test]
    fn a_service_keeps_what_was_linked_with_it_unless_that_says_another_one() {
        let linked = |name: &str, said: Option<&str>| {
            let entity = Entity::component(name);
            let mut entity = json!(said.map_or(entity.clone(), |id| entity.annotation(SERVICE_ID, id)));
            entity["facts"] = json!({ "pagerduty": { "service": { "id": "PSVC001" } } });
            entity
        };
        let own = {
            let mut own = json!(Entity::new("pagerduty.portico.dev/v1", "PagerDutyService", "PSVC001"));
            own["facts"] = json!({ "pagerduty": { "service": { "id": "PSVC001" } } });
            own
        };
        let portal = portal().entity(linked("by-name", None)).entity(linked("moved", Some("PSVC002"))).entity(own);
        let entities = portal.run(|| of_service("PSVC001")).expect("granted");
        // The one with blanks in its annotation is found by the sync.
        assert_eq!(names(&entities), ["component:default/by-name", "component:default/orders"]);
    }
}
