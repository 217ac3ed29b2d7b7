//! The pages of a form beside it: which are done, which one is shown, and what stands in them.

use leptos::prelude::*;

use super::FORM;
use super::filling::Filling;
use crate::markup::{El, div, el, span};

/// Texts of a page that are shown below its title.
const SHOWN: usize = 2;

/// The pages as steps, and the review behind them.
pub(super) fn steps(filling: &Filling) -> AnyView {
    let here = filling.page.get();
    let lines = filling.view.with(|view| {
        let pages = &view.form.pages;
        let farthest = pages.iter().position(|page| !page.is_complete).unwrap_or(pages.len());
        let filled_in = |at: usize| {
            let entries = view.review.pages.get(at).map(|page| page.entries.as_slice()).unwrap_or_default();
            let shown = entries.iter().filter(|entry| !entry.is_masked).flat_map(|entry| &entry.texts);
            shown.filter(|text| !text.is_empty()).take(SHOWN).cloned().collect::<Vec<_>>().join(", ")
        };
        let mut lines: Vec<Line> = pages
            .iter()
            .enumerate()
            .map(|(at, page)| Line {
                title: page.title.clone(),
                told: if at < here { filled_in(at) } else { String::new() },
                is_done: at < here && page.is_complete,
                is_open: at <= farthest,
            })
            .collect();
        let told = "Nothing runs before this".to_owned();
        lines.push(Line { title: "Review".to_owned(), told, is_done: false, is_open: farthest == pages.len() });
        lines
    });
    let lines: Vec<El> = lines.iter().enumerate().map(|(at, line)| line.drawn(at, here)).collect();
    el("nav").attr("aria-label", "Steps").child(el("ol").class("steps").child(lines)).view()
}

struct Line {
    title: String,
    told: String,
    is_done: bool,
    is_open: bool,
}

impl Line {
    fn drawn(&self, at: usize, here: usize) -> El {
        let title = match self.is_open && at != here {
            true => leap(at).child(self.title.as_str()),
            false => el("b").child(self.title.as_str()),
        };
        let told = (!self.told.is_empty()).then(|| span("sub").child(self.told.as_str()));
        el("li")
            .flag("data-done", self.is_done)
            .attr_some("aria-current", (at == here).then_some("step"))
            .child(span("num").attr("aria-hidden", "true").child((at + 1).to_string()))
            .child(div("").child(title).child(told))
    }
}

/// A button of the form that leads to a page, whichever is shown.
fn leap(to: usize) -> El {
    let button = el("button").class("step-button").attr("type", "submit").attr("form", FORM);
    button.attr("name", "go").attr("value", to.to_string())
}
