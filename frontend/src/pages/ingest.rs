//! What takes JSON that tools send by themselves, as it is listed beside the sources.

use leptos::prelude::*;
use portico_api_types::IngestSource;

use crate::components::{Card, cell, head, icon, ingest_href, prose, row, row_head, table};
use crate::markup::{El, div, el, link, nothing, span};
use crate::text::number::counted;

/// The section of the sources' page; nothing where `portico.yaml` names none.
pub(super) fn section(sources: &[IngestSource]) -> AnyView {
    if sources.is_empty() {
        return nothing();
    }
    let about = "Tools send JSON here by themselves, and mappings say what becomes of it. They stand in portico.yaml, under `ingest`.";
    let heading = div("section-head").child(el("h2").child("Sent to the portal")).child(el("p").child(prose(about)));
    let heads = vec![
        head("Name", None),
        head("Address", Some("1")),
        head("Objects", Some("2")),
        head("Senders show", Some("3")),
    ];
    let rows: Vec<El> = sources.iter().map(source_row).collect();
    let card = Card::titled(counted(sources.len() as u64, "address", "addresses"));
    let list = card.holding(table("Sent to the portal", heads, rows));
    el("section").class("section").attr("id", "ingest").child(heading).child(list).view()
}

fn source_row(source: &IngestSource) -> El {
    let name = link("ref", ingest_href(&source.name)).child(icon("link")).child(el("span").child(source.name.as_str()));
    let each = source.each.as_deref().map(|each| span("sub").child("each of ").child(el("code").child(each)));
    let who = match &source.signed_in {
        Some(header) => el("span").child("a signature in ").child(el("code").child(header.as_str())),
        None => el("span").child("the portal's token"),
    };
    row(vec![
        row_head("").child(name),
        cell("", Some("1")).child(el("code").child(format!("POST {}", source.path))),
        cell("wrap", Some("2")).child(source.object.as_str()).child(each),
        cell("dim", Some("3")).child(who),
    ])
}
