//! The table of the catalog page, and what stands in its place when it would be empty.

use leptos::prelude::*;

use super::columns::Column;
use super::load::Rows;
use super::state::{EVERY_KIND, PAGE, State};
use crate::components::{empty_card, icon, next};
use crate::text::kind;
use crate::text::number::grouped;

/// The card with the rows of a page.
pub(super) fn table(rows: &Rows, state: &State) -> AnyView {
    if rows.items.is_empty() && rows.left_out == 0 {
        return nothing(state);
    }
    let columns = Column::of_kind(&state.kind);
    let heads = columns.iter().map(|column| head(*column, state)).collect_view();
    let row = |entity| {
        let cells = columns.iter().map(|column| column.cell(entity, rows)).collect_view();
        view! { <tr>{cells}</tr> }
    };
    let body = rows.items.iter().map(row).collect_view();
    view! {
        <section class="card">
            <div class="card-head"><h2 aria-live="polite">{counted(rows.total, state)}</h2></div>
            <div class="table-wrap">
                <table class="table" data-dense="">
                    <caption class="visually-hidden">{noun(2, state)}</caption>
                    <thead><tr>{heads}</tr></thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
            {pager(rows, state)}
        </section>
    }
    .into_any()
}

fn head(column: Column, state: &State) -> AnyView {
    let Some(by) = column.sort() else {
        return view! { <th scope="col" data-p=column.priority()>{column.title()}</th> }.into_any();
    };
    let current = state.sort.by == by;
    let order = current.then_some(if state.sort.descending { "descending" } else { "ascending" });
    view! {
        <th scope="col" data-p=column.priority() aria-sort=order>
            <a href=state.sorted(by).href()>{column.title()} {current.then(|| icon("sort"))}</a>
        </th>
    }
    .into_any()
}

fn pager(rows: &Rows, state: &State) -> impl IntoView + use<> {
    let first = state.offset + 1;
    let last = state.offset + rows.items.len() as u64;
    let range = format!("{}–{} of {}", grouped(first), grouped(last), grouped(rows.total));
    let previous = rows.previous.as_ref().map(|cursor| match state.offset.checked_sub(PAGE) {
        Some(offset) if offset > 0 => state.at(cursor, offset).href(),
        _ => state.first_page().href(),
    });
    let following = rows.next.as_ref().map(|cursor| state.at(cursor, last).href());
    let left_out = (rows.left_out > 0).then(|| {
        let by_name = State { sort: State::of_kind("").sort, ..state.first_page() }.href();
        let text = format!("{} without this property are not in this order.", grouped(rows.left_out));
        view! { <span>{text} " " <a class="link" href=by_name>"Order by name"</a></span> }
    });
    let single = previous.is_none() && following.is_none();
    (!single || left_out.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label="Pages">
                {left_out}
                <div class="push">
                    <span class="range">{range}</span>
                    {step(previous, "left", "Previous page", "prev")}
                    {step(following, "right", "Next page", "next")}
                </div>
            </nav>
        }
    })
}

fn step(href: Option<String>, glyph: &'static str, label: &'static str, rel: &'static str) -> AnyView {
    match href {
        Some(href) => view! {
            <a class="btn" data-size="sm" data-icon="" href=href rel=rel aria-label=label title=label>{icon(glyph)}</a>
        }
        .into_any(),
        None => view! {
            <span class="btn" data-size="sm" data-icon="" aria-disabled="true" role="link" aria-label=label>{icon(glyph)}</span>
        }
        .into_any(),
    }
}

fn nothing(state: &State) -> AnyView {
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

fn counted(count: u64, state: &State) -> String {
    format!("{} {}", grouped(count), noun(count, state))
}

fn noun(count: u64, state: &State) -> String {
    match (state.kind.as_str(), count) {
        (EVERY_KIND, 1) => "entity".to_owned(),
        (EVERY_KIND, _) => "entities".to_owned(),
        (kind, 1) => kind::one_inside(kind),
        (kind, _) => kind::many_inside(kind),
    }
}
