//! Who has to approve a run before it begins, what they said, and the form by which they do.

use leptos::prelude::*;
use portico_api_types::{Approval, Decision, TaskStatus};
use portico_model::EntityRef;

use super::task::Shown;
use super::task_href;
use crate::components::{Card, Titles, Tone, any_link, status, time};
use crate::markup::{El, div, el, nothing, span, together};
use crate::text::number::counted;

/// The approval of a task as a card; nothing where nobody has to approve it.
pub(super) fn card(shown: &Shown) -> AnyView {
    let task = shown.task();
    let Some(approval) = &task.approval else { return nothing() };
    let given = approval.decisions.iter().filter(|decision| decision.approved).count();
    let mut parts = vec![div("card-body stack").child(may(approval, &shown.titles)).view()];
    let decisions: Vec<El> = approval.decisions.iter().map(|decision| line(decision, &shown.titles)).collect();
    if !decisions.is_empty() {
        parts.push(el("ul").class("list").child(decisions).view());
    }
    if task.status == TaskStatus::Open && !approval.is_given() && !approval.is_declined() {
        parts.push(form(&task.id).view());
    }
    let card = Card::titled("Approval").count(format!("{given} of {}", approval.count));
    div("spaced").child(card.holding(together(parts))).view()
}

/// Who may, and until when.
fn may(approval: &Approval, titles: &Titles) -> El {
    let by = approval.by.iter().filter_map(|by| EntityRef::parse(by).ok()).map(|by| any_link(&by, titles));
    let count = counted(approval.count.into(), "approval", "approvals");
    let own = if approval.own { "" } else { " Who asked for it may not be one of them." };
    div("stack")
        .attr("style", "--gap:8px")
        .child(div("row").child(span("text muted").child(format!("Wants {count} of"))).child(by.collect::<Vec<_>>()))
        .child(
            el("p").class("text muted").child("It is given up ").child(time(approval.expires_at)).child(".").child(own),
        )
}

fn line(decision: &Decision, titles: &Titles) -> El {
    let (tone, word) = if decision.approved { (Tone::Ok, "Approved") } else { (Tone::Bad, "Declined") };
    let by = EntityRef::parse(&decision.by).ok();
    let by = by.map_or_else(|| el("span").child(decision.by.as_str()), |by| any_link(&by, titles));
    let comment = decision.comment.as_deref().map(|comment| span("sub break").child(comment));
    el("li")
        .child(status(tone, word))
        .child(div("grow").child(by).child(comment))
        .child(span("small muted").child(time(decision.at)))
}

/// The form that approves or declines. Whether the reader may, the portal says.
fn form(id: &str) -> El {
    let button = |word: &str, value: &str, variant: &str| {
        let button = el("button").class("btn").attr("type", "submit").attr("name", "decision").attr("value", value);
        button.attr("data-variant", variant).child(word)
    };
    let comment = el("input")
        .class("input grow")
        .attr("name", "comment")
        .attr("maxlength", "500")
        .attr("aria-label", "Why")
        .attr("placeholder", "Why (optional)");
    el("form")
        .class("card-foot")
        .attr("method", "post")
        .attr("action", format!("{}/decide", task_href(id)))
        .child(comment)
        .child(button("Decline", "decline", "danger"))
        .child(button("Approve", "approve", "primary"))
}
