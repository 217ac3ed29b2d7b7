//! Problems as a table: about what, where, why, since when.

use portico_api_types::Problem;
use portico_model::EntityRef;

use super::{Titles, cell, entity_link, head, place, prose, row, status, table_of_sentences, time};
use crate::markup::{El, div, el, span};
use crate::text::source;

/// The table; `caption` says whose problems they are to whoever does not see the page.
pub(crate) fn problem_table<'a>(caption: &str, problems: impl IntoIterator<Item = &'a Problem>) -> El {
    let heads = vec![head("Entity and place", None), head("Reason", None), head("Since", Some("2"))];
    table_of_sentences(caption, heads, problems.into_iter().map(problem_row).collect())
}

fn problem_row(problem: &Problem) -> El {
    let (tone, word) = source::cause(problem.cause);
    let entity = problem.entity.as_deref().and_then(|text| EntityRef::parse(text).ok());
    // Whether the catalog has it was not asked, so nothing is struck through.
    let entity = entity.map(|entity| div("medium").child(entity_link(&entity, &Titles::default())));
    let path = (!problem.path.is_empty()).then(|| el("code").class("sub break").child(problem.path.as_str()));
    row(vec![
        cell("wrap where", None)
            .child(entity)
            .child(place(&problem.file, problem.line, problem.url.as_deref()))
            .child(path),
        cell("wrap", None).child(status(tone, word)).child(span("sub").child(prose(&problem.message))),
        cell("dim", Some("2")).child(time(problem.first_seen)),
    ])
}
