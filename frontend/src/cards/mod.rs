//! Cards of plugins, drawn.
//!
//! Rule: a card is data, and its plugin is trusted with words alone. What it says becomes text, never markup; an
//! address becomes a link only if it opens a page; and a status is a glyph and a word, never a colour alone.

mod address;
mod buttons;
mod cells;
mod chart;
mod lists;
mod live;
mod markdown;
mod stats;
mod tone;

use leptos::prelude::*;
use portico_api_types::{Block, CardOffer, PluginCard};
use portico_model::EntityRef;

pub(crate) use self::address::way;
pub(crate) use self::chart::chart;
pub(crate) use self::live::{card as live_card, grid};
pub(crate) use self::markdown::blocks;
use self::tone::status;
use crate::components::{Card, Titles, Tone, code, copy_button, icon, plugin_href, prose, time};
use crate::markup::{El, div, el, link, span};
use crate::text::kind;
use crate::yaml::{Line, Piece, Sort};

/// What is said above the reason why a card's button did nothing.
pub(crate) const PRESSED: &str = "The button did nothing.";

/// A card's place on a page: waiting for the card, the card, or why there is none.
pub fn specimen(offer: &CardOffer, entity: Option<&EntityRef>, card: Option<Result<&PluginCard, &str>>) -> AnyView {
    match card {
        None => loading(offer),
        Some(Ok(card)) => drawn(card, offer, entity, &Titles::default()),
        Some(Err(message)) => failed(offer, message, None),
    }
}

/// A whole card. `entity` is the one on whose page it is, `titles` what the entities that it names are called.
pub(crate) fn drawn(card: &PluginCard, offer: &CardOffer, entity: Option<&EntityRef>, titles: &Titles) -> AnyView {
    let place = Place { offer, entity, titles };
    // A table is named by what stands above it.
    let mut heading = card.title.as_str();
    let mut parts = Vec::new();
    for (index, block) in card.blocks.iter().enumerate() {
        if let Block::Heading { text } = block {
            heading = text;
        }
        parts.push(part(block, heading, index, &place));
    }
    if parts.is_empty() {
        parts.push(padded(el("p").class("text muted").child("There is nothing to show.")));
    }
    let from = span("stamp").child(from(offer)).child(" · ").child(time(card.drawn_at));
    let aside = div("card-aside").child(card.status.as_ref().map(status)).child(from);
    titled(offer, &card.title).aside(aside.view()).holding(parts)
}

/// A card that could not be drawn: what its plugin or the portal says, and `again` for who wants to try again.
pub(crate) fn failed(offer: &CardOffer, message: &str, again: Option<El>) -> AnyView {
    let said = div("empty")
        .attr("role", "alert")
        .child(span("tone").tone(Some(Tone::Bad)).child(icon("s-bad")))
        .child(el("b").child("This card could not be drawn"))
        .child(el("p").child(prose(message)))
        .child(again.map(|again| div("row").child(again)));
    let aside = div("card-aside").child(span("stamp").child(from(offer)));
    titled(offer, &offer.title).aside(aside.view()).holding(said)
}

/// A card that is being fetched. It stands as high as most do, so that little moves when it comes.
pub(crate) fn loading(offer: &CardOffer) -> AnyView {
    let line = |width| el("li").child(span("skeleton").attr("style", format!("--w:{width}")));
    let lines: Vec<El> = ["48%", "72%", "36%"].into_iter().map(line).collect();
    let said = span("visually-hidden").attr("role", "status").child(format!("{} is being fetched", offer.title));
    let again =
        el("p").class("part text muted no-script").child("It is still being drawn. Load the page again to see it.");
    let list = el("ul").class("list").attr("aria-hidden", "true").child(lines);
    titled(offer, &offer.title).holding(vec![said, list, again])
}

/// What every block knows of its card.
struct Place<'a> {
    offer: &'a CardOffer,
    entity: Option<&'a EntityRef>,
    titles: &'a Titles,
}

fn titled(offer: &CardOffer, title: &str) -> Card {
    Card::titled(title).glyph(offer.icon.as_deref().map(kind::icon))
}

/// The plugin that says it, as a link to its page.
fn from(offer: &CardOffer) -> El {
    link("", plugin_href(&offer.plugin)).child(offer.plugin.as_str())
}

/// One block as a part of the card. Lists and tables run from edge to edge, everything else stands in from it.
fn part(block: &Block, heading: &str, index: usize, place: &Place) -> El {
    match block {
        Block::Heading { text } => el("h3").class("part-title").child(text.as_str()),
        Block::Markdown { text } => padded(markdown::blocks(text)),
        Block::Stats { items } => flush(stats::stats(items)),
        Block::Facts { items } => padded(cells::facts(items, place.titles)),
        Block::Table { columns, rows } => flush(cells::table_of_cells(heading, columns, rows, place.titles)),
        Block::Chart(chart) => padded(chart::chart(chart)),
        Block::Timeline { items } => padded(lists::timeline(items)),
        Block::Standings { items } => flush(lists::standings(items)),
        Block::Progress { items } => padded(stats::gauges(items)),
        Block::Links { items } => flush(lists::links(items)),
        Block::Code { language, text } => flush(text_as_it_stands(language, text)),
        Block::Buttons { items } => padded(buttons::buttons(items, index, place)),
        Block::Empty { message, link } => flush(lists::empty(message, link.as_ref())),
    }
}

fn padded(content: El) -> El {
    div("part").child(content)
}

fn flush(content: El) -> El {
    div("part").attr("data-flush", "").child(content)
}

/// A text line by line, with what it is written in and a button that copies it.
fn text_as_it_stands(language: &str, text: &str) -> El {
    let copy = copy_button(text.to_owned());
    let head = div("row between part-head").child(span("small muted").child(language)).child(copy);
    el("div").child(head).child(code(lines(text)))
}

/// The lines of a text, none of which means anything to the portal.
fn lines(text: &str) -> Vec<Line> {
    text.lines().map(|line| vec![Piece { sort: Sort::Sign, text: line.to_owned() }]).collect()
}
