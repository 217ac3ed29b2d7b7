//! The locations: addresses that people registered, and how the reading of each stands.
//!
//! Registering and forgetting are forms that a server answers with this page; what the page says of either it makes of its
//! own address and of what the API lists, never of a sentence in the address.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use portico_api_types::LocationDetail;

use crate::components::{
    Card, Tone, banner, cell, head, head_of_numbers, icon, prose, row, row_head, source_status, status,
    table_of_sentences, time_or,
};
use crate::markup::{El, div, el, link, nothing, span, together};
use crate::text::number::{counted, grouped};
use crate::text::source;

/// What the address asks of the locations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// An address that was to be registered and was not.
    pub(crate) refused: Option<String>,
    /// The id of a location that is to be forgotten, once that is confirmed.
    pub(crate) forget: Option<String>,
}

impl Asked {
    pub(crate) fn parse(query: &ParamsMap) -> Asked {
        Asked { refused: query.get("register"), forget: query.get("forget") }
    }
}

/// What locations are.
pub(crate) fn heading() -> AnyView {
    let about = "Addresses and files of descriptors that are read beside what plugins find by themselves. What is read at one goes with it.";
    div("section-head").child(el("h2").child("Locations")).child(el("p").child(about)).view()
}

/// The field for another address. It stands apart from the list, which is fetched anew every few seconds.
pub(crate) fn register_form(refused: Option<String>) -> AnyView {
    let field = el("input")
        .class("input grow")
        .attr("name", "target")
        .attr("type", "url")
        .attr("aria-label", "Address of a descriptor to register")
        .attr("placeholder", "https://github.com/acme/ledger/blob/main/catalog-info.yaml")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .flag("required", true)
        .attr_some("value", refused);
    let button = el("button").class("btn").attr("type", "submit").child(icon("link")).child("Register");
    el("form")
        .class("row search-form")
        .attr("method", "post")
        .attr("action", "/sources/locations")
        .child(field)
        .child(button)
        .view()
}

/// The list, with what the address asks above it.
pub(crate) fn card(locations: &[LocationDetail], asked: &Asked) -> AnyView {
    let said = asked
        .forget
        .as_ref()
        .and_then(|id| locations.iter().find(|location| location.id.as_ref() == Some(id)))
        .map(question)
        .or_else(|| asked.refused.as_deref().map(|target| refused(refusal(target, locations))));
    let said = said.map_or_else(nothing, |said| div("banners").child(said).view());
    if locations.is_empty() {
        return said;
    }
    let heads = vec![
        head("Address", None),
        head("State", None),
        head_of_numbers("Entities", Some("1")),
        head("Read", Some("2")),
        head("", None),
    ];
    let rows = locations.iter().map(location_row).collect();
    let title = counted(locations.len() as u64, "location", "locations");
    together([said, Card::titled(title).holding(table_of_sentences("Locations", heads, rows))])
}

/// Asks before a location goes with everything that it brought.
fn question(location: &LocationDetail) -> El {
    let entities = location.source.as_ref().map_or(0, |source| source.entities);
    let goes = match entities {
        0 => "Nothing in the catalog came from it.".to_owned(),
        entities => {
            format!("{} in the catalog came from it, and would go with it.", counted(entities, "entity", "entities"))
        }
    };
    let id = location.id.as_deref().unwrap_or_default();
    let forget = el("form")
        .attr("method", "post")
        .attr("action", format!("/sources/locations/{id}/forget"))
        .child(el("button").class("btn").attr("data-variant", "danger").attr("type", "submit").child("Forget it"));
    let keep = link("btn", "/sources#locations").child("Keep it");
    let said = el("div")
        .child(el("p").class("break").child(el("code").child(location.target.as_str())))
        .child(el("p").child(goes));
    banner(Tone::Warn, "Forget this location?", said).child(div("row").child(keep).child(forget))
}

/// Why an address was not registered. The rules themselves are the API's; a browser need not carry what they take to check.
fn refusal(target: &str, locations: &[LocationDetail]) -> String {
    match locations.iter().find(|location| location.target == target) {
        Some(LocationDetail { id: Some(_), .. }) => format!("`{target}` is registered already."),
        Some(_) => format!("`{target}` is among the `locations` of portico.yaml already."),
        None => format!(
            "`{target}` is no address to register. Write it as a browser shows it: `https://` or `http://`, a host and a path, at \
             most 500 characters, without spaces, user name or password."
        ),
    }
}

fn refused(sentence: String) -> El {
    banner(Tone::Bad, "Nothing was registered.", el("p").child(prose(&sentence)))
}

fn location_row(location: &LocationDetail) -> El {
    let source = location.source.as_ref();
    let address = el("span").child(source::scope(&location.target));
    let glyph = if location.kind == "file" { "file" } else { "globe" };
    let name = match source {
        Some(source) => link("ref", format!("/sources/{}", source.id)).child(icon(glyph)).child(address),
        None => span("ref").child(icon(glyph)).child(address),
    };
    let name = name.title(location.target.as_str());
    let failure = source.and_then(|source| source.failure.as_deref()).map(|failure| span("sub").child(prose(failure)));
    let state = source.map_or_else(|| status(Tone::Idle, "Not read yet"), |source| source_status(source.state));
    let entities = source.map_or_else(|| "–".to_owned(), |source| grouped(source.entities));
    let last = match &location.id {
        Some(id) => link("btn", format!("/sources?forget={id}#locations"))
            .attr("data-size", "sm")
            .attr("aria-label", format!("Forget {}", location.target))
            .child("Forget…"),
        None => span("sub").child("in portico.yaml"),
    };
    row(vec![
        row_head("wrap").child(name).child(failure),
        cell("", None).child(state),
        cell("num", Some("1")).child(entities),
        cell("dim", Some("2")).child(time_or(source.and_then(|source| source.synced_at), "–")),
        cell("act", None).child(last),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(id: Option<&str>, target: &str) -> LocationDetail {
        LocationDetail {
            id: id.map(str::to_owned),
            kind: "url".to_owned(),
            target: target.to_owned(),
            entity_ref: "location:default/generated-1".to_owned(),
            source: None,
        }
    }

    #[test]
    fn why_nothing_was_registered_follows_from_the_address_and_the_list() {
        let locations = [location(None, "https://forge.test/a.yaml"), location(Some("1"), "https://forge.test/b.yaml")];
        for (target, expected) in [
            ("https://forge.test/a.yaml", "`https://forge.test/a.yaml` is among the `locations` of portico.yaml"),
            ("https://forge.test/b.yaml", "`https://forge.test/b.yaml` is registered already."),
            ("nowhere", "`nowhere` is no address to register."),
        ] {
            let found = refusal(target, &locations);
            assert!(found.starts_with(expected), "{found}");
        }
    }
}
