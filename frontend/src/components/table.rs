//! Tables: a name for those who cannot see it, heads, rows; columns leave by priority where it is narrow.

use crate::markup::{El, div, el, span};

/// A column's head. The higher its priority, the sooner it leaves; none for what stays.
pub(crate) fn head(title: &str, priority: Option<&'static str>) -> El {
    el("th").attr("scope", "col").attr_some("data-p", priority).child(title)
}

/// The head of a column of numbers.
pub(crate) fn head_of_numbers(title: &str, priority: Option<&'static str>) -> El {
    head(title, priority).class("num")
}

/// A cell.
pub(crate) fn cell(class: &'static str, priority: Option<&'static str>) -> El {
    el("td").class(class).attr_some("data-p", priority)
}

/// The cell that names its row.
pub(crate) fn row_head(class: &'static str) -> El {
    el("th").class(class).attr("scope", "row")
}

/// A row.
pub(crate) fn row(cells: Vec<El>) -> El {
    el("tr").child(cells)
}

/// What stands where a value is missing.
pub(crate) fn dash() -> El {
    span("subtle").child("–")
}

/// A table.
pub(crate) fn table(caption: &str, heads: Vec<El>, rows: Vec<El>) -> El {
    let table = el("table")
        .class("table")
        .child(el("caption").class("visually-hidden").child(caption))
        .child(el("thead").child(row(heads)))
        .child(el("tbody").child(rows));
    div("table-wrap").child(table)
}

/// A table whose rows are sentences: where it is narrow, cells stand one below the other.
pub(crate) fn table_of_sentences(caption: &str, heads: Vec<El>, rows: Vec<El>) -> El {
    div("stacks").child(table(caption, heads, rows))
}
