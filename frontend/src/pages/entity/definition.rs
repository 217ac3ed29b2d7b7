//! The tab of an API's definition, as its descriptor holds it.

use leptos::prelude::*;

use super::load::EntityPage;
use crate::components::{Card, code, copy_button};
use crate::markup::{div, span};
use crate::text::number::counted;
use crate::yaml::{Line, Piece, Sort};

/// Lines that are shown. Longer definitions are made for tools, which take the whole from the file.
const MOST: usize = 2_000;

/// The definition, where there is one.
pub(super) fn of(page: &EntityPage) -> Option<&str> {
    page.entity.text("/spec/definition")
}

/// The tab.
pub(super) fn content(definition: &str) -> AnyView {
    let lines: Vec<Line> = definition.lines().take(MOST).map(plain).collect();
    let all = definition.lines().count();
    let rest = all.saturating_sub(MOST);
    let foot = (rest > 0).then(|| {
        let rest = counted(rest as u64, "line more is", "lines more are");
        div("card-foot").child(format!("{rest} in the definition. Copying takes the whole."))
    });
    let copy = copy_button(definition.to_owned());
    let card = Card::titled("Definition")
        .count(counted(all as u64, "line", "lines"))
        .aside(span("push row").child(copy).view());
    card.holding(vec![Some(code(lines)), foot])
}

fn plain(line: &str) -> Line {
    vec![Piece { sort: Sort::Sign, text: line.to_owned() }]
}
