//! Cards on a page: each is fetched by itself, so that no slow one holds up the page or another.
//!
//! Rule: the page is whole without any card; each has its own place for waiting, for what it shows, and for why it shows nothing. A page
//! that is sent waits for its cards for a moment; who takes longer is asked again by the browser.

use std::collections::BTreeSet;
use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;
use portico_api_types::{Block, CardOffer, Cell, PluginCard};
use portico_model::EntityRef;
use serde::Deserialize;
use serde_json::json;

use super::{drawn, failed, loading};
use crate::api::{Api, Path, encode};
use crate::components::{Titles, icon};
use crate::data::{Data, Fetched};
use crate::live::every;
use crate::markup::{div, el};

/// How long a page that is sent waits for a card, in milliseconds: most take a few, and a reader notices no more.
const MOMENT: &str = "700";

/// The API's answer for a card that takes longer.
const DRAWN_STILL: u16 = 503;

/// A card with what the entities that it names are called.
#[derive(Debug, Deserialize)]
struct Shown {
    card: PluginCard,
    titles: Titles,
}

/// Cards beside and below each other, as wide as each asks to be. Nothing where there is none.
pub(crate) fn grid(offers: &[CardOffer], entity: Option<&EntityRef>) -> Option<AnyView> {
    if offers.is_empty() {
        return None;
    }
    let cell = |offer: &CardOffer| {
        div("card-cell").attr("style", format!("--columns:{}", offer.width)).child(card(offer.clone(), entity.cloned()))
    };
    Some(div("card-grid").child(offers.iter().map(cell).collect::<Vec<_>>()).view())
}

/// One card, from waiting to what it shows.
pub(crate) fn card(offer: CardOffer, entity: Option<EntityRef>) -> AnyView {
    let path = Path::new(format!("/api/portico/cards/{}/{}", encode(&offer.plugin), encode(&offer.id)))
        .with_some("entity", entity.as_ref().map(EntityRef::as_str))
        .with_some("wait", cfg!(feature = "ssr").then_some(MOMENT))
        .to_string();
    let data = Data::<Shown>::beside(move || path.clone(), fetch);
    let waiting = offer.clone();
    // Once: whoever asks without a time gets the card, or the reason why there is none.
    let asked_again = StoredValue::new(false);
    Effect::new(move || {
        let is_drawn_still = data.get().is_some_and(|card| card.is_err_and(|error| error.status == DRAWN_STILL));
        if is_drawn_still && !asked_again.get_value() {
            asked_again.set_value(true);
            data.refetch();
        }
    });
    let id = format!("card-{}-{}", offer.plugin, offer.id);
    let content = move || {
        data.get().map(|answer| match answer {
            Ok(Shown { card, titles }) => {
                refresh(&card, data);
                drawn(&card, &offer, entity.as_ref(), &titles)
            }
            Err(error) if error.status == DRAWN_STILL && !asked_again.get_value() => loading(&offer),
            Err(error) => {
                let again = el("button")
                    .class("btn needs-script")
                    .attr("data-size", "sm")
                    .attr("type", "button")
                    .on(ev::click, move |_| data.refetch())
                    .child(icon("refresh"))
                    .child("Try again");
                failed(&offer, &error.message, Some(again))
            }
        })
    };
    let shown = view! { <Transition fallback=move || loading(&waiting)>{content}</Transition> }.into_any();
    // Whoever presses a button comes back to it.
    div("live-card").attr("id", id).child(shown).view()
}

/// Asks anew while somebody looks, if the card wants it. What somebody is filling in is not taken from under their hands.
fn refresh(card: &PluginCard, data: Data<Shown>) {
    let Some(seconds) = card.refresh_seconds else { return };
    every(Duration::from_secs(seconds.into()), move || {
        if document().query_selector(".dialog:popover-open").ok().flatten().is_none() {
            data.refetch();
        }
    });
}

async fn fetch(api: Api, path: String) -> Fetched {
    let card: serde_json::Value = api.get(&path).await?;
    let named = portico_api_types::read(&card).map(|card: PluginCard| named(&card)).unwrap_or_default();
    // A card whose names are not known is shown with the references alone.
    let titles =
        if named.is_empty() { Titles::default() } else { Titles::fetch(&api, named).await.unwrap_or_default() };
    Ok(json!({ "card": card, "titles": titles }))
}

/// The entities that a card names.
fn named(card: &PluginCard) -> BTreeSet<EntityRef> {
    let cells = card.blocks.iter().flat_map(|block| match block {
        Block::Facts { items } => items.iter().map(|fact| &fact.value).collect(),
        Block::Table { rows, .. } => rows.iter().flatten().collect(),
        _ => Vec::new(),
    });
    let reference = |cell: &Cell| match cell {
        Cell::Entity(reference) => EntityRef::parse(reference).ok(),
        _ => None,
    };
    cells.filter_map(reference).collect()
}
