//! Lines of code with their numbers.

use leptos::prelude::*;

use crate::yaml::{Line, Piece, Sort};

/// A value written as YAML.
pub(crate) fn code(lines: Vec<Line>) -> AnyView {
    let line = |(index, line): (usize, Line)| {
        view! { <li><span>{index + 1}</span><span>{line.into_iter().map(piece).collect_view()}</span></li> }
    };
    view! { <ol class="code">{lines.into_iter().enumerate().map(line).collect_view()}</ol> }.into_any()
}

fn piece(piece: Piece) -> AnyView {
    let class = match piece.sort {
        Sort::Sign => return piece.text.into_any(),
        Sort::Key => "t-key",
        Sort::Text => "t-str",
        Sort::Literal => "t-num",
    };
    view! { <span class=class>{piece.text}</span> }.into_any()
}
