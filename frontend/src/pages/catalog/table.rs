//! The table of the catalog page, and what stands in its place when it would be empty.

use leptos::prelude::*;

use super::columns::Column;
use super::load::Rows;
use super::state::{EVERY_KIND, PAGE, State};
use crate::components::{empty_card, empty_card_saying, head, icon, next, prose, row, table};
use crate::markup::{El, div, el, link, span};
use crate::text::kind;
use crate::text::number::grouped;

/// The card with the rows of a page.
pub(super) fn rows_card(rows: &Rows, state: &State) -> AnyView {
    if let Some(reason) = &rows.refused {
        let said = prose(&reason.replacen("query parameter 'q', at", "At", 1));
        return empty_card_saying("This cannot be read yet", said);
    }
    if rows.items.is_empty() && rows.left_out == 0 {
        return nothing_found(state);
    }
    let columns = Column::of(state);
    let heads = columns.iter().map(|column| column_head(column, state)).collect();
    let body =
        rows.items.iter().map(|entity| row(columns.iter().map(|column| column.cell(entity, rows)).collect())).collect();
    let title =
        el("h2").attr("aria-live", "polite").child(format!("{} {}", grouped(rows.total), noun(rows.total, state)));
    el("section")
        .class("card")
        .child(div("card-head").child(title))
        .child(table(&noun(2, state), heads, body))
        .child(pager(rows, state))
        .view()
}

fn column_head(column: &Column, state: &State) -> El {
    let Some(by) = column.sort() else { return head(&column.title(), column.priority()) };
    let is_current = state.sort.by == by;
    let order = is_current.then_some(if state.sort.descending { "descending" } else { "ascending" });
    let sort = link("", state.sorted(by).href()).child(column.title()).child(is_current.then(|| icon("sort")));
    let head = head("", column.priority()).attr_some("aria-sort", order).child(sort);
    match column {
        Column::Field(path) => head.title(&**path),
        _ => head,
    }
}

fn pager(rows: &Rows, state: &State) -> Option<El> {
    let (first, last) = (state.offset + 1, state.offset + rows.items.len() as u64);
    let previous = rows.previous.as_ref().map(|cursor| match state.offset.checked_sub(PAGE) {
        Some(offset) if offset > 0 => state.at(cursor, offset).href(),
        _ => state.first_page().href(),
    });
    let following = rows.next.as_ref().map(|cursor| state.at(cursor, last).href());
    let left_out = (rows.left_out > 0).then(|| {
        let by_name = State { sort: State::of_kind("").sort, ..state.first_page() }.href();
        let text = format!("{} without this property are not in this order. ", grouped(rows.left_out));
        el("span").child(text).child(link("link", by_name).child("Order by name"))
    });
    if previous.is_none() && following.is_none() && left_out.is_none() {
        return None;
    }
    let range = span("range").child(format!("{}–{} of {}", grouped(first), grouped(last), grouped(rows.total)));
    let steps = div("push").child(range).child(step(previous, "left", "Previous page", "prev")).child(step(
        following,
        "right",
        "Next page",
        "next",
    ));
    Some(el("nav").class("pager").attr("aria-label", "Pages").child(left_out).child(steps))
}

fn step(href: Option<String>, glyph: &'static str, label: &'static str, rel: &'static str) -> El {
    let step = match href {
        Some(href) => link("btn", href).attr("rel", rel).title(label),
        None => span("btn").attr("role", "link").attr("aria-disabled", "true"),
    };
    step.attr("data-size", "sm").flag("data-icon", true).attr("aria-label", label).child(icon(glyph))
}

fn nothing_found(state: &State) -> AnyView {
    let what = noun(0, state);
    if state.is_narrowed() {
        let explanation = "Every word and every chosen value has to fit. Take one away, or begin anew.";
        return empty_card(
            format!("No {what} match"),
            explanation,
            next(format!("Show all {what}"), state.cleared().href()),
        );
    }
    let explanation = "Descriptors bring them in. Name a repository that holds a catalog-info.yaml in portico.yaml, or look at \
                       what the sources say.";
    empty_card(format!("No {what} yet"), explanation, next("Look at the sources", "/sources"))
}

fn noun(count: u64, state: &State) -> String {
    match (state.kind.as_str(), count) {
        (EVERY_KIND, 1) => "entity".to_owned(),
        (EVERY_KIND, _) => "entities".to_owned(),
        (kind, 1) => kind::one_inside(kind),
        (kind, _) => kind::many_inside(kind),
    }
}
