//! Values in lists of facts and in tables.

use leptos::prelude::*;
use portico_api_types::{Cell, Fact};
use portico_model::EntityRef;

use super::address::way;
use super::{markdown, tone};
use crate::components::{Facts, Titles, any_link, cell, dash, head, head_of_numbers, row, row_head, table, time};
use crate::markup::{El, el, span};
use crate::text::number::decimal;

/// Texts longer than this are broken into lines rather than widening their column.
const LONG: usize = 36;

/// Named values.
pub(super) fn facts(facts: &[Fact], titles: &Titles) -> El {
    let with = |list: Facts, fact: &Fact| list.with(fact.label.as_str(), value(&fact.value, titles));
    facts.iter().fold(Facts::new(), with).list()
}

/// Rows and columns. The first column names its row.
pub(super) fn table_of_cells(caption: &str, columns: &[String], rows: &[Vec<Cell>], titles: &Titles) -> El {
    if rows.is_empty() {
        return el("p").class("part text muted").child("There are no rows.");
    }
    let sorts: Vec<Sort> =
        (0..columns.len()).map(|index| Sort::of(rows.iter().filter_map(|row| row.get(index)))).collect();
    let heads = columns.iter().zip(&sorts).map(|(title, sort)| match sort {
        Sort::Numbers => head_of_numbers(title, None),
        Sort::Words | Sort::Sentences => head(title, None),
    });
    let line = |cells: &Vec<Cell>| {
        let cells = cells.iter().zip(&sorts).enumerate();
        row(cells.map(|(index, (value, sort))| in_column(index, *sort).child(self::value(value, titles))).collect())
    };
    table(caption, heads.collect(), rows.iter().map(line).collect())
}

fn in_column(index: usize, sort: Sort) -> El {
    let class = match sort {
        Sort::Numbers => "num",
        Sort::Words => "",
        Sort::Sentences => "wrap",
    };
    if index == 0 { row_head(class) } else { cell(class, None) }
}

/// What a column holds, which says how it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Numbers,
    Words,
    Sentences,
}

impl Sort {
    fn of<'a>(cells: impl Iterator<Item = &'a Cell> + Clone) -> Sort {
        let mut said = cells.filter(|cell| !matches!(cell, Cell::None)).peekable();
        if said.peek().is_some() && said.clone().all(|cell| matches!(cell, Cell::Number(_))) {
            return Sort::Numbers;
        }
        let is_long = |cell: &Cell| match cell {
            Cell::Text(text) => text.chars().count() > LONG,
            Cell::Markdown(text) => markdown::words(&text.0).chars().count() > LONG,
            _ => false,
        };
        if said.any(is_long) { Sort::Sentences } else { Sort::Words }
    }
}

fn value(cell: &Cell, titles: &Titles) -> AnyView {
    match cell {
        Cell::Text(text) => text.clone().into_any(),
        Cell::Markdown(text) => markdown::inline(text).view(),
        Cell::Number(number) => decimal(*number).into_any(),
        Cell::Status(status) => tone::status(status).view(),
        Cell::Link(link) => way("link", &link.url).child(link.title.as_str()).view(),
        Cell::Entity(text) => match EntityRef::parse(text) {
            Ok(reference) => any_link(&reference, titles).view(),
            Err(_) => text.clone().into_any(),
        },
        Cell::Time(at) => time(*at),
        Cell::Progress(share) => meter(*share).view(),
        Cell::None => dash().view(),
    }
}

/// A share as a bar and a number.
fn meter(share: f64) -> El {
    let percent = format!("{:.0}", share.clamp(0.0, 1.0) * 100.0);
    let bar = span("meter").attr("style", format!("--v:{percent}%")).attr("aria-hidden", "true");
    span("row").flag("data-nowrap", true).child(bar).child(span("small muted").child(format!("{percent} %")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_set_by_what_it_holds() {
        let text = |text: &str| Cell::Text(text.to_owned());
        for (cells, sort) in [
            (vec![Cell::Number(1.0), Cell::None, Cell::Number(2.5)], Sort::Numbers),
            (vec![Cell::Number(1.0), text("none")], Sort::Words),
            (vec![Cell::None, Cell::None], Sort::Words),
            (vec![], Sort::Words),
            (vec![text("short"), text(&"long ".repeat(20))], Sort::Sentences),
        ] {
            assert_eq!(Sort::of(cells.iter()), sort, "{cells:?}");
        }
    }
}
