//! Lists: what happened, how things stand, where one may go.

use portico_api_types::{CardLink, Standing, TimelineEvent};

use super::address::{leads, leaves, way, way_if};
use super::tone::{mark, status};
use crate::components::{icon, icon_of, time};
use crate::markup::{El, div, el, span};
use crate::text::kind;

/// Things that happened, in the order in which the plugin says them.
pub(super) fn timeline(events: &[TimelineEvent]) -> El {
    let event = |event: &TimelineEvent| {
        let title = way_if("", event.url.as_deref()).child(event.title.as_str());
        let detail = event.detail.as_deref().map(|detail| span("sub").child(detail));
        let said = div("grow break").child(title).child(detail);
        el("li").child(mark(event.tone)).child(said).child(span("when").child(time(event.at)))
    };
    el("ol").class("timeline").child(events.iter().map(event).collect::<Vec<_>>())
}

/// How things stand, a row each.
pub(super) fn standings(standings: &[Standing]) -> El {
    let standing = |standing: &Standing| {
        let name = way_if("cover", standing.url.as_deref()).child(standing.name.as_str());
        let detail = standing.detail.as_deref().map(|detail| span("sub").child(detail));
        let is_link = standing.url.as_deref().is_some_and(leads);
        el("li")
            .class(if is_link { "list-link" } else { "" })
            .child(div("grow break").child(name).child(detail))
            .child(status(&standing.status))
    };
    el("ul").class("list").child(standings.iter().map(standing).collect::<Vec<_>>())
}

/// Ways out, a row each.
pub(super) fn links(links: &[CardLink]) -> El {
    let row = |to: &CardLink| {
        let glyph = to.icon.as_deref().map_or("link", kind::icon);
        let out = leaves(&to.url).then(|| icon_of("out", "12"));
        let way = way("cover break", &to.url).child(to.title.as_str());
        el("li")
            .class(if leads(&to.url) { "list-link" } else { "" })
            .child(icon(glyph))
            .child(div("grow").child(way))
            .child(out)
    };
    el("ul").class("list").child(links.iter().map(row).collect::<Vec<_>>())
}

/// What is said in place of content, and what to do.
pub(super) fn empty(message: &str, next: Option<&CardLink>) -> El {
    let next = next.map(|next| {
        let glyph = next.icon.as_deref().map(|name| icon(kind::icon(name)));
        let way = way("btn", &next.url).attr("data-size", "sm").child(glyph).child(next.title.as_str());
        div("row").child(way)
    });
    div("empty").child(el("p").child(message)).child(next)
}
