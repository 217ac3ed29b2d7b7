//! The card on an item: how it stands.

use portico_sdk::cards::{Card, Cards, Context, Fact, Status};
use portico_sdk::{Result, catalog};
use serde::Deserialize;

use crate::items;

pub(crate) struct State;

impl Cards for State {
    fn render(_: &str, context: &Context) -> Result<Card> {
        let item = catalog::get(context.entity()?)?.unwrap_or_default();
        let Ok(state) = items::State::deserialize(&item["spec"]["state"]) else {
            return Ok(Card::new().empty("Nothing is known of this item."));
        };
        let (status, advice) = match state {
            items::State::Good => (Status::good("Good"), "Nothing"),
            items::State::Warning => (Status::warning("Warning"), "Have a look"),
            items::State::Bad => (Status::bad("Bad"), "Mend it"),
        };
        Ok(Card::new()
            .status(status)
            .facts([Fact::new("To do", advice)]))
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::Entity;
    use portico_sdk::cards::Block;
    use portico_sdk::model::EntityRef;
    use portico_sdk::testing::Portal;

    use super::*;

    fn drawn(name: &str) -> Card {
        let item =
            Entity::new("my-plugin.example/v1", "MyPluginItem", "second").spec("state", "bad");
        let context = Context::of(EntityRef::new("mypluginitem", "default", name).expect("a name"));
        Portal::new()
            .entity(item)
            .run(|| State::render("state", &context))
            .expect("drawn")
    }

    #[test]
    fn an_item_that_is_bad_says_what_to_do() {
        let card = drawn("second");
        assert_eq!(card.status, Some(Status::bad("Bad")));
        assert_eq!(
            card.blocks,
            [Block::Facts(vec![Fact::new("To do", "Mend it")])]
        );
    }

    #[test]
    fn an_item_that_is_not_there_says_so() {
        assert!(matches!(drawn("nowhere").blocks[..], [Block::Empty(_)]));
    }
}
