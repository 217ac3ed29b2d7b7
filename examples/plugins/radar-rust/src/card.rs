//! The card on a component: how the technologies stand that it is tagged with.

use std::collections::BTreeMap;

use portico_sdk::cards::{Card, Cards, Cell, Chart, Context, Link, Stat, Status, Table, Tone};
use portico_sdk::model::{EntityRef, reference_of};
use portico_sdk::{Result, catalog};
use serde_json::Value;

use crate::radar::{KIND, Ring};

/// Seconds: the radar changes without the component, which alone has the portal draw anew.
const REFRESH: u32 = 600;

pub(crate) struct Technologies;

impl Cards for Technologies {
    fn render(_: &str, context: &Context) -> Result<Card> {
        let component = catalog::get(context.entity()?)?.unwrap_or_default();
        let used = used(&component)?;
        if used.is_empty() {
            let radar = Link::new("The radar", format!("/catalog?kind={}", KIND.to_lowercase()));
            let card = Card::new().empty_with("This component is tagged with no technology of the radar.", radar);
            return Ok(card.refresh(REFRESH));
        }
        Ok(draw(&used))
    }
}

struct Used {
    entity: EntityRef,
    quadrant: String,
    ring: Ring,
}

/// The technologies with the names of the component's tags.
fn used(component: &Value) -> Result<Vec<Used>> {
    let tags = component["metadata"]["tags"].as_array().cloned().unwrap_or_default();
    let names: Vec<String> = tags.iter().filter_map(Value::as_str).map(|tag| format!(",metadata.name={tag}")).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    // Values of one key are alternatives.
    let filter = format!("kind={}{}", KIND.to_lowercase(), names.concat());
    let mut used = Vec::new();
    for technology in catalog::search().filter(filter).all() {
        let technology = technology?;
        let text = |key: &str| technology["spec"][key].as_str().unwrap_or_default().to_owned();
        let (entity, ring) = (reference_of(&technology), Ring::parse(&text("ring")));
        used.extend(entity.zip(ring).map(|(entity, ring)| Used { entity, quadrant: text("quadrant"), ring }));
    }
    used.sort_by(|a, b| b.ring.cmp(&a.ring).then_with(|| a.entity.cmp(&b.entity)));
    Ok(used)
}

fn draw(used: &[Used]) -> Card {
    let count = |ring| used.iter().filter(|one| one.ring == ring).count();
    let status = match count(Ring::Hold) {
        0 => Status::good("None on hold"),
        some => Status::bad(format!("{some} on hold")),
    };
    let stats = Ring::ALL.map(|ring| {
        let count = count(ring);
        Stat::new(title(ring), count).tone(if count == 0 { Tone::Neutral } else { tone(ring) })
    });
    let table = used.iter().fold(Table::new(["Technology", "Quadrant", "Ring"]), |table, one| {
        let ring = Status::new(tone(one.ring), title(one.ring));
        table.row([Cell::from(&one.entity), one.quadrant.as_str().into(), ring.into()])
    });
    let mut quadrants: BTreeMap<&str, usize> = BTreeMap::new();
    for one in used {
        *quadrants.entry(&one.quadrant).or_default() += 1;
    }
    let chart = quadrants.iter().fold(Chart::donut("Technologies by quadrant"), |chart, (quadrant, count)| {
        chart.part(*quadrant, *count as f64)
    });
    Card::new().status(status).stats(stats).table(table).chart(chart).refresh(REFRESH)
}

fn title(ring: Ring) -> &'static str {
    match ring {
        Ring::Adopt => "Adopt",
        Ring::Trial => "Trial",
        Ring::Assess => "Assess",
        Ring::Hold => "Hold",
    }
}

fn tone(ring: Ring) -> Tone {
    match ring {
        Ring::Adopt => Tone::Good,
        Ring::Trial => Tone::Info,
        Ring::Assess => Tone::Warning,
        Ring::Hold => Tone::Bad,
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::cards::Block;
    use portico_sdk::testing::Portal;
    use portico_sdk::{Entity, Error};

    use super::*;

    fn portal() -> Portal {
        let technology = |name: &str, ring: &str| {
            Entity::new("radar.acme.example/v1", KIND, name).spec("ring", ring).spec("quadrant", "Languages")
        };
        Portal::new()
            .entity(technology("rust", "adopt"))
            .entity(technology("java", "hold"))
            .entity(technology("go", "adopt"))
            .entity(Entity::component("ledger").tag("java").tag("rust").tag("internal"))
            .entity(Entity::component("bare"))
    }

    fn drawn(component: &str) -> Card {
        let context = Context::of(EntityRef::new("component", "default", component).expect("a name"));
        portal().run(|| Technologies::render("technologies", &context)).expect("drawn")
    }

    #[test]
    fn what_is_on_hold_is_said_first() {
        let card = drawn("ledger");
        assert_eq!(card.status, Some(Status::bad("1 on hold")));
        let Block::Table(table) = &card.blocks[1] else { panic!("{card:?}") };
        let first = EntityRef::new("technology", "default", "java").expect("a name");
        assert_eq!((table.rows.len(), &table.rows[0][0]), (2, &Cell::from(first)));
    }

    #[test]
    fn a_component_without_technologies_says_so() {
        assert!(matches!(drawn("bare").blocks[..], [Block::Empty(_)]));
    }

    #[test]
    fn without_an_entity_there_is_nothing_to_draw() {
        let error = portal().run(|| Technologies::render("technologies", &Context::default())).expect_err("no entity");
        assert!(matches!(error, Error::Invalid(_)), "{error}");
    }
}
