//! Lines of code with their numbers.

use crate::markup::{El, el, span};
use crate::yaml::{Line, Piece, Sort};

/// A value written as YAML.
pub(crate) fn code(lines: Vec<Line>) -> El {
    let line = |(index, line): (usize, Line)| {
        let pieces: Vec<El> = line.into_iter().map(piece).collect();
        el("li").child(el("span").child((index + 1).to_string())).child(el("span").child(pieces))
    };
    // It scrolls sideways, for keys as well.
    el("ol").class("code").attr("tabindex", "0").child(lines.into_iter().enumerate().map(line).collect::<Vec<_>>())
}

fn piece(piece: Piece) -> El {
    let class = match piece.sort {
        Sort::Sign => "",
        Sort::Key => "t-key",
        Sort::Text => "t-str",
        Sort::Literal => "t-num",
    };
    span(class).child(piece.text)
}
