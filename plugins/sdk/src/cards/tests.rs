//! Tests of the way between the portal and a plugin's cards.

use serde_json::json;

use super::*;

struct Sample;

impl Cards for Sample {
    fn render(id: &str, context: &Context) -> Result<Card> {
        Ok(Card::new().title(format!("{id} of {}", context.entity()?)).refresh(60))
    }
}

struct Eager;

impl Cards for Eager {
    fn render(_: &str, _: &Context) -> Result<Card> {
        Ok(Card::new())
    }

    fn invoke(_: &str, action: &str, input: &Value, _: &Context) -> Result<Card> {
        Ok(Card::new().heading(format!("{action} {}", input["why"])))
    }
}

fn context(kind: &str) -> contract::Context {
    let entity = types::EntityRef { kind: kind.into(), namespace: "default".into(), name: "Ledger".into() };
    contract::Context { entity: Some(entity), user: None, locale: "en".into() }
}

#[test]
fn a_card_is_drawn_of_the_entity_on_whose_page_it_is() {
    let card = enter_render::<Sample>("radar", context("component")).expect("drawn");
    assert_eq!((card.title.as_deref(), card.refresh_seconds), (Some("radar of component:default/ledger"), Some(60)));
    let home = contract::Context { entity: None, user: None, locale: "en".into() };
    assert!(matches!(enter_render::<Sample>("radar", home), Err(types::Error::Invalid(_))));
    assert!(matches!(enter_render::<Sample>("radar", context("a:b")), Err(types::Error::Failed(_))));
}

#[test]
fn a_button_that_nothing_stands_behind_says_so() {
    let error = enter_invoke::<Sample>("radar", "ack", "{}", context("component")).expect_err("no such thing");
    assert_eq!(error, types::Error::NotFound("the card `radar` has no button that does `ack`".into()));
    let card = enter_invoke::<Eager>("radar", "ack", r#"{"why":1}"#, context("component")).expect("done");
    assert_eq!(card, Card::new().heading("ack 1"));
}

#[test]
fn pieces_say_what_they_were_told() {
    let card = Card::new()
        .status(Status::good("fine"))
        .facts([Fact::new("Nothing", None::<String>), Fact::new("Three", 3)])
        .table(Table::new(["a", "b"]).row([Cell::from("x"), Status::bad("y").into()]))
        .chart(Chart::donut("Parts").part("one", 1.0).tone(Tone::Info).part("two", 2.0))
        .progress([Gauge::new("Done", 3, 4), Gauge::new("Nothing to do", 0, 0)])
        .buttons([Button::new("Go", "go").form(json!({ "type": "object" })).confirm("Sure?")])
        .empty_with("Not set up.", Link::new("How", "https://x.test/").icon("docs"));
    let Block::Facts(facts) = &card.blocks[0] else { panic!("{card:?}") };
    assert_eq!((&facts[0].value, &facts[1].value), (&Cell::None, &Cell::Number(3.0)));
    let Block::Table(table) = &card.blocks[1] else { panic!("{card:?}") };
    assert_eq!(table.rows, [vec![Cell::Text("x".into()), Cell::Status(Status::bad("y"))]]);
    let Block::Chart(chart) = &card.blocks[2] else { panic!("{card:?}") };
    assert_eq!(chart.series[0].tone, Some(Tone::Info));
    assert_eq!(chart.series[1], Series { name: "two".into(), tone: None, points: vec![(0.0, 2.0)] });
    let Block::Progress(gauges) = &card.blocks[3] else { panic!("{card:?}") };
    assert_eq!((gauges[0].value, gauges[0].said.as_str(), gauges[1].value), (0.75, "3 of 4", 0.0));
    let Block::Buttons(buttons) = &card.blocks[4] else { panic!("{card:?}") };
    assert_eq!(buttons[0].form.as_deref(), Some(r#"{"type":"object"}"#));
}
