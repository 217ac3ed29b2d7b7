//! The card on a component: which version runs where.

use portico_sdk::cards::{Card, Cards, Context, Fact};
use portico_sdk::{Result, catalog};

pub(crate) struct Versions;

impl Cards for Versions {
    fn render(_: &str, context: &Context) -> Result<Card> {
        let component = catalog::get(context.entity()?)?.unwrap_or_default();
        let Some(versions) = component["facts"]["deployments"].as_object().filter(|versions| !versions.is_empty()) else {
            return Ok(Card::new().empty("No pipeline has said that it deployed this."));
        };
        let fact = |(environment, version): (&String, &serde_json::Value)| {
            Fact::new(environment, version.as_str().unwrap_or_default())
        };
        Ok(Card::new().facts(versions.iter().map(fact)))
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::Entity;
    use portico_sdk::cards::Block;
    use portico_sdk::model::EntityRef;
    use portico_sdk::testing::Portal;
    use serde_json::{Value, json};

    use super::*;

    fn blocks(facts: Value) -> Vec<Block> {
        let mut ledger = json!(Entity::component("ledger").of_type("service").lifecycle("production").owner("none"));
        ledger["facts"] = facts;
        let context = Context::of(EntityRef::parse("component:ledger").expect("a name"));
        Portal::new().entity(ledger).run(|| Versions::render("versions", &context)).expect("a card").blocks
    }

    #[test]
    fn a_component_shows_what_runs_where_and_says_so_when_nothing_does() {
        let blocks_of_both = blocks(json!({ "deployments": { "production": "1.4.2", "staging": "1.5.0" } }));
        assert!(matches!(&blocks_of_both[..], [Block::Facts(facts)] if facts.len() == 2), "{blocks_of_both:?}");
        assert!(matches!(&blocks(json!({}))[..], [Block::Empty(_)]));
    }
}
