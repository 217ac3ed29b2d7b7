//! Extension point: cards on the portal's pages. A card is data, drawn by the portal.
//!
//! ```
//! use portico_sdk::cards::{Button, Card, Cards, Chart, Context, Fact, Stat, Status, Table, Cell};
//! use portico_sdk::{Error, Result};
//! use serde_json::{Value, json};
//!
//! struct Incidents;
//!
//! impl Cards for Incidents {
//!     fn render(_: &str, context: &Context) -> Result<Card> {
//!         let service = context.entity()?;
//!         Ok(Card::new()
//!             .status(Status::warning("1 open"))
//!             .stats([Stat::new("Open", 1).warning(), Stat::new("This month", 7).trend([2.0, 9.0, 7.0])])
//!             .facts([Fact::new("On call", "Ada"), Fact::new("Service", service)])
//!             .table(Table::new(["Incident", "Since"]).row([Cell::from("Slow checkout"), Cell::time(1_700_000_000_000)]))
//!             .chart(Chart::bar("Incidents by month").categories(["May", "June"]).bars("Incidents", [9.0, 7.0]))
//!             .buttons([Button::new("Acknowledge", "ack").confirm("Tell everybody that you look at it?")]))
//!     }
//!
//!     fn invoke(id: &str, action: &str, _: &Value, context: &Context) -> Result<Card> {
//!         match action {
//!             "ack" => Self::render(id, context),
//!             other => Err(Error::NotFound(format!("there is no action `{other}`"))),
//!         }
//!     }
//! }
//!
//! portico_sdk::plugin! { cards: Incidents }
//! ```
//!
//! Which cards there are, and where, stands in the manifest. The pieces of a card are the contract's own records, with their fields
//! open; what is beyond the limits that they name, the portal cuts or refuses with its place.

mod cell;
mod chart;
mod pieces;
#[cfg(test)]
mod tests;

use portico_model::EntityRef;
use serde_json::Value;

use crate::bindings::cards::exports::portico::plugin::cards as contract;
use crate::bindings::portico::plugin::types;
use crate::error::{Error, Result};
use crate::reference;

pub use crate::bindings::cards::exports::portico::plugin::cards::{
    Block, Button, Card, Cell, Chart, ChartKind, Code, Empty, Event, Fact, Gauge, Link, Series, Standing, Stat, Status,
    Table, Tone,
};

/// The cards of a plugin.
pub trait Cards {
    /// Draws the card that the manifest calls `id`. It is kept until the entity or the plugin changes, or until
    /// [`Card::refresh`] is over.
    fn render(id: &str, context: &Context) -> Result<Card>;

    /// Does what a button says, and draws the card anew. The input is what was filled into the button's form; an empty object where it
    /// has none.
    fn invoke(id: &str, action: &str, _input: &Value, _context: &Context) -> Result<Card> {
        Err(Error::NotFound(format!("the card `{id}` has no button that does `{action}`")))
    }
}

/// For whom and what a card is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The entity whose page it is on; none on the home page.
    pub entity: Option<EntityRef>,
    /// Who looks; none where the portal does not know.
    pub user: Option<EntityRef>,
    /// Such as `en`.
    pub locale: String,
}

impl Context {
    /// On the page of an entity; for tests.
    pub fn of(entity: EntityRef) -> Context {
        Context { entity: Some(entity), user: None, locale: "en".to_owned() }
    }

    /// The entity whose page it is on, for cards that make no sense elsewhere.
    pub fn entity(&self) -> Result<&EntityRef> {
        let none = || {
            Error::Invalid("the card is drawn of an entity, and this page has none; place it on entities' pages".into())
        };
        self.entity.as_ref().ok_or_else(none)
    }
}

impl Card {
    /// A card with nothing on it.
    pub fn new() -> Card {
        Card { title: None, status: None, blocks: Vec::new(), refresh_seconds: None }
    }

    /// In place of the title in the manifest.
    #[must_use]
    pub fn title(self, title: impl Into<String>) -> Card {
        Card { title: Some(title.into()), ..self }
    }

    /// Beside the title.
    #[must_use]
    pub fn status(self, status: Status) -> Card {
        Card { status: Some(status), ..self }
    }

    /// Asked for anew after so many seconds, while somebody looks.
    #[must_use]
    pub fn refresh(self, seconds: u32) -> Card {
        Card { refresh_seconds: Some(seconds), ..self }
    }

    /// A heading.
    #[must_use]
    pub fn heading(self, text: impl Into<String>) -> Card {
        self.block(Block::Heading(text.into()))
    }

    /// A text in Markdown, without images.
    #[must_use]
    pub fn markdown(self, text: impl Into<String>) -> Card {
        self.block(Block::Markdown(text.into()))
    }

    /// Figures to be seen at a glance.
    #[must_use]
    pub fn stats(self, stats: impl IntoIterator<Item = Stat>) -> Card {
        self.block(Block::Stats(stats.into_iter().collect()))
    }

    /// Named values.
    #[must_use]
    pub fn facts(self, facts: impl IntoIterator<Item = Fact>) -> Card {
        self.block(Block::Facts(facts.into_iter().collect()))
    }

    /// Rows and columns.
    #[must_use]
    pub fn table(self, table: Table) -> Card {
        self.block(Block::Table(table))
    }

    /// A chart.
    #[must_use]
    pub fn chart(self, chart: Chart) -> Card {
        self.block(Block::Chart(chart))
    }

    /// What happened; the portal puts it in order.
    #[must_use]
    pub fn timeline(self, events: impl IntoIterator<Item = Event>) -> Card {
        self.block(Block::Timeline(events.into_iter().collect()))
    }

    /// How several things stand.
    #[must_use]
    pub fn standings(self, standings: impl IntoIterator<Item = Standing>) -> Card {
        self.block(Block::Standings(standings.into_iter().collect()))
    }

    /// How far things are.
    #[must_use]
    pub fn progress(self, gauges: impl IntoIterator<Item = Gauge>) -> Card {
        self.block(Block::Progress(gauges.into_iter().collect()))
    }

    /// Ways out.
    #[must_use]
    pub fn links(self, links: impl IntoIterator<Item = Link>) -> Card {
        self.block(Block::Links(links.into_iter().collect()))
    }

    /// A text as it stands.
    #[must_use]
    pub fn code(self, language: impl Into<String>, text: impl Into<String>) -> Card {
        self.block(Block::Code(Code { language: language.into(), text: text.into() }))
    }

    /// Things to do.
    #[must_use]
    pub fn buttons(self, buttons: impl IntoIterator<Item = Button>) -> Card {
        self.block(Block::Buttons(buttons.into_iter().collect()))
    }

    /// Said in place of content: nothing here yet, or not set up, and what to do.
    #[must_use]
    pub fn empty(self, message: impl Into<String>) -> Card {
        self.block(Block::Empty(Empty { message: message.into(), link: None }))
    }

    /// As [`Card::empty`], with the way to what is to be done.
    #[must_use]
    pub fn empty_with(self, message: impl Into<String>, link: Link) -> Card {
        self.block(Block::Empty(Empty { message: message.into(), link: Some(link) }))
    }

    /// Any block.
    #[must_use]
    pub fn block(mut self, block: Block) -> Card {
        self.blocks.push(block);
        self
    }
}

impl Default for Card {
    fn default() -> Card {
        Card::new()
    }
}

type Answer = core::result::Result<Card, types::Error>;

/// Draws a card.
#[doc(hidden)]
pub fn enter_render<T: Cards>(id: &str, context: contract::Context) -> Answer {
    crate::plugin::begin();
    read(context).and_then(|context| T::render(id, &context)).map_err(types::Error::from)
}

/// Does what a button says.
#[doc(hidden)]
pub fn enter_invoke<T: Cards>(id: &str, action: &str, input: &str, context: contract::Context) -> Answer {
    crate::plugin::begin();
    let invoked = || T::invoke(id, action, &serde_json::from_str(input)?, &read(context)?);
    invoked().map_err(types::Error::from)
}

fn read(context: contract::Context) -> Result<Context> {
    let contract::Context { entity, user, locale } = context;
    let entity = entity.as_ref().map(reference::inwards).transpose()?;
    let user = user.as_ref().map(reference::inwards).transpose()?;
    Ok(Context { entity, user, locale })
}
