//! Where each value of an entity comes from: who says it, where, and since when.

use leptos::prelude::*;
use portico_api_types::{EntityValue, EntityValues, KindOrigin, PORTAL, Said, ValueOrigin};

use super::history::shown;
use crate::components::{Card, cell, head, place, row, row_head, table_of_sentences, time, time_or};
use crate::markup::{El, el, link, span};
use crate::text::number::counted;
use crate::text::source;

/// The card.
pub(super) fn card(values: &EntityValues) -> AnyView {
    let heads = vec![head("Value", None), head("Said by", None), head("Since", Some("1")), head("Read", Some("2"))];
    let rows = values.items.iter().map(value_row).collect();
    let count = counted(values.items.len() as u64, "value", "values");
    Card::titled("Where each value comes from").count(count).holding(table_of_sentences("Values", heads, rows))
}

fn value_row(item: &EntityValue) -> El {
    let (who, read_at) = match &item.origin {
        ValueOrigin::Document(said) | ValueOrigin::Facts(said) => (said_in(said), said.read_at),
        ValueOrigin::Relation { said, .. } => (said_in(said), said.read_at),
        ValueOrigin::Derived { declared } => (span("").child(declared_by(declared)), None),
        ValueOrigin::Portal => (span("").child("the portal"), None),
    };
    row(vec![
        row_head("wrap")
            .child(el("code").class("break").child(item.path.as_str()))
            .child(shown("span", &item.value).class("sub break")),
        cell("", None).child(who),
        cell("dim", Some("1")).child(time_or(item.since, "longer than changes are kept")),
        cell("dim", Some("2")).child(read_at.map(time)),
    ])
}

/// The source, and the file where there is one.
fn said_in(said: &Said) -> El {
    let name = source::scope(&said.scope);
    // What came back out of the bin is said by the portal, which has no page as a source.
    let name = if said.plugin == PORTAL {
        span("").child(name)
    } else {
        link("link", format!("/sources/{}", said.source_id)).child(name)
    };
    let file = said
        .file
        .as_ref()
        .map(|file| span("sub").child(place(file, said.line.unwrap_or_default(), said.url.as_deref())));
    span("").child(name.title(said.scope.as_str())).child(file)
}

fn declared_by(origin: &KindOrigin) -> String {
    match origin {
        KindOrigin::BuiltIn => "derived by the portal".to_owned(),
        KindOrigin::File | KindOrigin::Api => "derived as its kind declares".to_owned(),
        KindOrigin::Plugin { plugin } => format!("derived as its kind declares, which {plugin} brought"),
    }
}
