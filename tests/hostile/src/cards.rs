//! Attacks where cards are drawn.

use crate::contract::exports::portico::plugin::cards::{
    Block, Button, Card, Cell, Chart, ChartKind, Context, Event, Guest, Link, Series, Stat, Table, Tone,
};
use crate::contract::portico::plugin::ingest::{EntityRef, Mode, Session};
use crate::contract::portico::plugin::types::Error;
use crate::{Attack, Hostile, chosen, perform};

fn card(blocks: Vec<Block>) -> Card {
    Card { title: None, status: None, blocks, refresh_seconds: None }
}

fn stat(trend: Vec<f64>) -> Stat {
    Stat { label: "s".to_owned(), value: "1".to_owned(), unit: None, tone: Tone::Neutral, trend, url: None }
}

fn link(url: &str) -> Link {
    Link { title: "a\u{202e}b\u{7}c".to_owned(), url: url.to_owned(), icon: None }
}

/// Ten blocks, as a real card may have them; what drawing costs is measured with it.
fn ordinary() -> Card {
    let fact = |label: &str| crate::contract::exports::portico::plugin::cards::Fact {
        label: label.to_owned(),
        value: Cell::Text("value".to_owned()),
    };
    let points = (0..30).map(|place| (f64::from(place), f64::from(place * 7 % 11))).collect();
    card(vec![
        Block::Heading("Deployments".to_owned()),
        Block::Stats(vec![stat((0..20).map(f64::from).collect()), stat(Vec::new())]),
        Block::Facts((0..6).map(|number| fact(&format!("fact {number}"))).collect()),
        Block::Table(Table {
            columns: vec!["a".to_owned(), "b".to_owned()],
            rows: (0..10).map(|row| vec![Cell::Number(f64::from(row)), Cell::Time(1_700_000_000_000)]).collect(),
        }),
        Block::Chart(Chart {
            kind: ChartKind::Line,
            title: "a line".to_owned(),
            x_is_time: false,
            categories: Vec::new(),
            unit: None,
            series: vec![Series { name: "one".to_owned(), tone: None, points }],
        }),
        Block::Markdown("Some *text*.".to_owned()),
        Block::Links(vec![link("https://example.com/")]),
        Block::Timeline(vec![Event {
            at: 1_700_000_000_000,
            title: "it happened".to_owned(),
            detail: None,
            tone: Tone::Good,
            url: None,
        }]),
        Block::Buttons(vec![Button {
            label: "Do it".to_owned(),
            action: "do".to_owned(),
            form: Some(
                r#"{"type":"object","required":["reason"],"properties":{"reason":{"type":"string"}}}"#.to_owned(),
            ),
            confirm: None,
            tone: Tone::Bad,
        }]),
        Block::Heading("The end".to_owned()),
    ])
}

fn hostile(attack: Attack) -> Result<Vec<Block>, Error> {
    Ok(match attack {
        Attack::ManyBlocks => (0..1_000).map(|_| Block::Heading("h".to_owned())).collect(),
        Attack::HugeCard => (0..40).map(|_| Block::Markdown("m".repeat(60_000))).collect(),
        Attack::NumbersThatAreNone => vec![Block::Stats(vec![stat(vec![1.0, f64::NAN, f64::INFINITY])])],
        Attack::CrookedTable => {
            vec![Block::Table(Table { columns: vec!["a".to_owned(); 3], rows: vec![vec![Cell::None], vec![]] })]
        }
        Attack::ManyPoints => {
            let points = (0..100_000).map(|place| (f64::from(place), 1.0)).collect();
            let series = vec![Series { name: "many".to_owned(), tone: None, points }];
            vec![Block::Chart(Chart {
                kind: ChartKind::Area,
                title: String::new(),
                x_is_time: true,
                categories: Vec::new(),
                unit: None,
                series,
            })]
        }
        Attack::CardOfScript => vec![
            Block::Markdown("<script>alert(1)</script>[x](javascript:alert(1))".to_owned()),
            Block::Links(
                [
                    "javascript:alert(1)",
                    "data:text/html,x",
                    "//evil.example",
                    "/\\evil.example",
                    "vbscript:x",
                    "file:///etc/passwd",
                    "/catalog",
                ]
                .map(link)
                .to_vec(),
            ),
        ],
        Attack::FormThatIsNone => vec![Block::Buttons(vec![Button {
            label: "b".to_owned(),
            action: "b".to_owned(),
            form: Some("[".to_owned()),
            confirm: None,
            tone: Tone::Neutral,
        }])],
        Attack::TimeThatIsNone => vec![Block::Timeline(vec![Event {
            at: u64::MAX,
            title: String::new(),
            detail: None,
            tone: Tone::Neutral,
            url: None,
        }])],
        Attack::EntityThatIsNone => {
            let entity = EntityRef { kind: "a b".to_owned(), namespace: "/".to_owned(), name: String::new() };
            vec![Block::Table(Table { columns: vec!["a".to_owned()], rows: vec![vec![Cell::Entity(entity)]] })]
        }
        Attack::CardThatIngests => {
            Session::open("smuggled", Mode::Full)?;
            Vec::new()
        }
        attack => {
            perform(attack)?;
            Vec::new()
        }
    })
}

impl Guest for Hostile {
    fn render(_: String, _: Context) -> Result<Card, Error> {
        match chosen("cards")? {
            Attack::Nothing | Attack::Return => Ok(ordinary()),
            attack => hostile(attack).map(card),
        }
    }

    fn invoke(_: String, action: String, input: String, _: Context) -> Result<Card, Error> {
        Ok(card(vec![Block::Heading(format!("{action} {input}"))]))
    }
}
