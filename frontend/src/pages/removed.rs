//! What was removed: entities that nobody says any more, each a click away from coming back.
//!
//! Bringing one back is a form that the server answers with the entity's page, or with this one and the entity, if it
//! could not.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portico_api_types::{BinEntry, Removed};
use portico_model::EntityRef;

use crate::components::{
    Card, Crumb, Page, PageHead, Tone, banner, cell, empty_card, head, icon, loaded, next, place, prose, row, row_head,
    table_of_sentences, time,
};
use crate::data::Data;
use crate::markup::{El, div, el, nothing, span, together};
use crate::text::number::counted;
use crate::text::{kind, source};

/// The page `/removed`.
#[component]
pub(crate) fn RemovedPage() -> impl IntoView {
    let removed = Data::<Removed>::at(|| "/api/portico/bin?limit=500".to_owned());
    let parameters = use_query_map();
    let refused = Memo::new(move |_| parameters.with(|parameters| parameters.get("refused")));
    let head = PageHead::titled("Removed")
        .lead("What sources no longer say is kept for a while. What comes back is shown until a source says it again.");
    view! {
        <Page crumbs=vec![Crumb::here("Removed")]>
            {head.doing(nothing())} {loaded(removed, move |removed| list(&removed, refused.get()))}
        </Page>
    }
}

fn list(removed: &Removed, refused: Option<String>) -> AnyView {
    let said = refused.map_or_else(nothing, |reason| {
        let said = banner(Tone::Bad, "It could not be brought back.", el("p").child(prose(&reason)));
        div("banners").child(said).view()
    });
    if removed.items.is_empty() {
        let explanation = "When a descriptor is deleted, what it described can be brought back here for a while.";
        return together([said, empty_card("Nothing was removed", explanation, next("Go to the catalog", "/catalog"))]);
    }
    let heads = vec![
        head("Entity", None),
        head("Source", Some("1")),
        head("File", Some("2")),
        head("Removed", None),
        head("", None),
    ];
    let rows = removed.items.iter().map(entry_row).collect();
    let title = counted(removed.total, "entity", "entities");
    together([said, Card::titled(title).holding(table_of_sentences("Removed entities", heads, rows))])
}

fn entry_row(entry: &BinEntry) -> El {
    let (name, glyph, what) = match EntityRef::parse(&entry.entity_ref) {
        Ok(reference) => (reference.name().to_owned(), kind::glyph(reference.kind()), kind::one(reference.kind())),
        Err(_) => (entry.entity_ref.clone(), "k-other", String::new()),
    };
    let name = span("ref").child(icon(glyph)).child(el("span").child(name)).title(entry.entity_ref.as_str());
    let field = el("input").attr("type", "hidden").attr("name", "entity").attr("value", entry.entity_ref.as_str());
    let button = el("button")
        .class("btn")
        .attr("data-size", "sm")
        .attr("type", "submit")
        .attr("aria-label", format!("Bring back {}", entry.entity_ref))
        .child("Bring back");
    let form = el("form").attr("method", "post").attr("action", "/removed/restore").child(field).child(button);
    row(vec![
        row_head("").child(name).child(span("sub").child(what)),
        cell("", Some("1")).child(span("truncate").title(entry.scope.as_str()).child(source::scope(&entry.scope))),
        cell("", Some("2")).child(place(&entry.file, entry.line, entry.url.as_deref())),
        cell("dim", None).child(time(entry.removed_at)),
        cell("num", None).child(form),
    ])
}
