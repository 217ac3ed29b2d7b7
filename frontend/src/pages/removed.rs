//! What was removed: entities that nobody says any more, and plugins, each a click away from coming back.
//!
//! Bringing one back is a form that the server answers with its page, or with this one and the reason, if it could not.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portico_api_types::{BinEntry, Removed, RemovedPlugin};
use portico_model::EntityRef;

use crate::components::{
    Card, Crumb, Page, PageHead, Tone, banner, cell, empty_card, head, icon, icon_of, loaded, next, place, prose, row,
    row_head, table_of_sentences, time,
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
    let plugins = plugins_card(&removed.plugins);
    if removed.items.is_empty() {
        let explanation = "When a descriptor is deleted, what it described can be brought back here for a while.";
        let title = if removed.plugins.is_empty() { "Nothing was removed" } else { "No entity was removed" };
        let empty = empty_card(title, explanation, next("Go to the catalog", "/catalog"));
        return together([said, div("stack").child(plugins).child(empty).view()]);
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
    let entities = Card::titled(title).holding(table_of_sentences("Removed entities", heads, rows));
    together([said, div("stack").child(plugins).child(entities).view()])
}

/// The plugins that were removed; nothing where none was.
fn plugins_card(plugins: &[RemovedPlugin]) -> Option<AnyView> {
    if plugins.is_empty() {
        return None;
    }
    let heads = vec![
        head("Plugin", None),
        head("Version", Some("1")),
        head("Comes back with", Some("2")),
        head("Removed", None),
        head("", None),
    ];
    let rows = plugins.iter().map(plugin_row).collect();
    let card = Card::titled(counted(plugins.len() as u64, "plugin", "plugins"));
    Some(card.holding(table_of_sentences("Removed plugins", heads, rows)))
}

fn plugin_row(plugin: &RemovedPlugin) -> El {
    let glyph = icon_of(plugin.icon.as_deref().map_or("plug", kind::icon), "16");
    let name = span("ref").child(glyph).child(el("span").child(plugin.name.as_str()));
    let kept =
        [counted(plugin.values, "value of its state", "values of its state"), counted(plugin.facts, "fact", "facts")];
    row(vec![
        row_head("").child(name).child(span("sub").child(plugin.title.as_str())),
        cell("", Some("1")).child(el("span").child(plugin.version.as_str())),
        cell("dim", Some("2")).child(format!("its settings and grants, {}", kept.join(", "))),
        cell("dim", None).child(time(plugin.removed_at)),
        cell("num", None).child(bring_back("/removed/plugins/restore", "plugin", &plugin.name)),
    ])
}

/// The button that brings something back.
fn bring_back(action: &str, field: &str, what: &str) -> El {
    let field = el("input").attr("type", "hidden").attr("name", field).attr("value", what);
    let button = el("button")
        .class("btn")
        .attr("data-size", "sm")
        .attr("type", "submit")
        .attr("aria-label", format!("Bring back {what}"))
        .child("Bring back");
    el("form").attr("method", "post").attr("action", action).child(field).child(button)
}

fn entry_row(entry: &BinEntry) -> El {
    let (name, glyph, what) = match EntityRef::parse(&entry.entity_ref) {
        Ok(reference) => (reference.name().to_owned(), kind::glyph(reference.kind()), kind::one(reference.kind())),
        Err(_) => (entry.entity_ref.clone(), "k-other", String::new()),
    };
    let name = span("ref").child(icon(glyph)).child(el("span").child(name)).title(entry.entity_ref.as_str());
    row(vec![
        row_head("").child(name).child(span("sub").child(what)),
        cell("", Some("1")).child(span("truncate").title(entry.scope.as_str()).child(source::scope(&entry.scope))),
        cell("", Some("2")).child(place(&entry.file, entry.line, entry.url.as_deref())),
        cell("dim", None).child(time(entry.removed_at)),
        cell("num", None).child(bring_back("/removed/restore", "entity", &entry.entity_ref)),
    ])
}
