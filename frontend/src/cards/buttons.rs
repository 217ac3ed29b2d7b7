//! Things to do: forms that are posted to the portal, complete without script.
//!
//! What asks first opens a sheet of its own, which the browser does by itself: `Escape` and a press beside it close it,
//! and what was filled in stays.

use portico_api_types::{CardButton, CardTone};
use portico_model::EntityRef;

use super::Place;
use crate::api::encode;
use crate::form;
use crate::markup::{El, div, el};

/// Buttons beside each other. `part` is their place in the card, which makes their names on the page differ from
/// others'.
pub(super) fn buttons(buttons: &[CardButton], part: usize, place: &Place) -> El {
    let button = |(index, button): (usize, &CardButton)| {
        let id = format!("do-{}-{}-{part}-{index}", place.offer.plugin, place.offer.id);
        if button.form.is_none() && button.confirm.is_none() {
            at_once(button, place)
        } else {
            asking(button, &id, place)
        }
    };
    div("row").child(buttons.iter().enumerate().map(button).collect::<Vec<_>>())
}

/// A button that does it.
fn at_once(button: &CardButton, place: &Place) -> El {
    posted(button, place).child(
        el("button")
            .class("btn")
            .attr_some("data-variant", variant(button))
            .attr("type", "submit")
            .child(button.label.as_str()),
    )
}

/// A button that opens a sheet with what has to be known first, and one in it that does it.
fn asking(button: &CardButton, id: &str, place: &Place) -> El {
    let opener = el("button")
        .class("btn")
        .attr_some("data-variant", variant(button))
        .attr("type", "button")
        .attr("popovertarget", id)
        .attr("aria-haspopup", "dialog")
        .child(format!("{}\u{2026}", button.label));
    let cancel = el("button")
        .class("btn")
        .attr("type", "button")
        .attr("popovertarget", id)
        .attr("popovertargetaction", "hide")
        // Where there is nothing to fill in, what is pressed by accident does no harm.
        .flag("autofocus", button.form.is_none())
        .child("Cancel");
    let confirm = el("button")
        .class("btn")
        .attr("data-variant", if button.tone == CardTone::Bad { "danger" } else { "primary" })
        .attr("type", "submit")
        .child(button.label.as_str());
    let title = format!("{id}-title");
    let body = div("dialog-body")
        .child(button.confirm.as_deref().map(|confirm| el("p").class("text muted").child(confirm)))
        .child(button.form.as_ref().map(|schema| form::fresh(schema, id)));
    let asked = posted(button, place)
        .child(el("h3").class("dialog-head").attr("id", title.as_str()).child(button.label.as_str()))
        .child(body)
        .child(div("dialog-foot").child(cancel).child(confirm));
    let sheet = div("dialog")
        .attr("id", id)
        .flag("popover", true)
        .attr("role", "dialog")
        .attr("aria-labelledby", title)
        .child(asked);
    div("").child(opener).child(sheet)
}

/// The form that a button posts, with what it always says.
fn posted(button: &CardButton, place: &Place) -> El {
    let hidden = |name: &str, value: &str| el("input").attr("type", "hidden").attr("name", name).attr("value", value);
    el("form")
        .attr("method", "post")
        .attr("action", format!("/cards/{}/{}/invoke", encode(&place.offer.plugin), encode(&place.offer.id)))
        .child(hidden("action", &button.action))
        .child(place.entity.map(EntityRef::as_str).map(|entity| hidden("entity", entity)))
}

fn variant(button: &CardButton) -> Option<&'static str> {
    (button.tone == CardTone::Bad).then_some("danger")
}
