//! The navigation at the side, with what needs a look counted beside each entry.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::Tone;
use super::icon::{icon, pillars};
use crate::api::encode;
use crate::frame::{Frame, FrameSignal, OwnKind};
use crate::markup::{El, div, el, link, span, together};
use crate::text::kind;
use crate::text::number::grouped;

/// The side navigation. On a narrow screen it is a sheet that a button opens, with or without script.
#[component]
pub(crate) fn Nav() -> impl IntoView {
    let frame = FrameSignal::from_context();
    let path = use_location().pathname;
    let shown = move || frame.get().map(|frame| entries(&frame, path));
    view! { <nav class="nav" id="nav" popover="auto" aria-label="Main"><Transition>{shown}</Transition></nav> }
}

fn entries(frame: &Frame, path: Memo<String>) -> AnyView {
    let count = |count: u64| (count > 0).then(|| span("count").child(grouped(count)));
    let unwell = frame.plugins_unwell;
    let unwell = count(unwell).map(|count| count.tone(Some(Tone::Bad)).title("Plugins that do not run as they should"));
    let foot = frame.sources.map(|sources| {
        let text = span("nav-label").child(sources.sentence());
        div("nav-foot")
            .child(link("nav-item", "/sources").title(sources.sentence()).child(icon("clock")).child(text))
            .view()
    });
    let close = el("button")
        .class("btn push only-narrow")
        .flag("data-icon", true)
        .attr("data-variant", "quiet")
        .attr("type", "button")
        .attr("popovertarget", "nav")
        .attr("popovertargetaction", "hide")
        .attr("aria-label", "Close navigation")
        .child(icon("x"));
    let title = el("span").child(el("b").child(frame.title.as_str()));
    let brand = link("nav-brand", "/").child(pillars()).child(title);
    let head = div("row").flag("data-nowrap", true).attr("style", "--gap:0").child(brand).child(close);
    let browse = div("nav-group")
        .child(entry(path, "/", "home", "Home", None))
        .child(entry(path, "/catalog", "catalog", "Catalog", frame.entities.and_then(count)))
        .child(entry(path, "/create", "plus", "Create", None))
        .child(entry(path, "/runs", "runs", "Runs", count(frame.running)));
    let kinds = (!frame.kinds.is_empty()).then(|| {
        let title = div("nav-title").child("Kinds");
        div("nav-group").child(title).child(frame.kinds.iter().map(own_kind).collect::<Vec<_>>()).view()
    });
    let operate = div("nav-group")
        .child(div("nav-title").child("Operate"))
        .child(entry(path, "/sources", "source", "Sources", None))
        .child(entry(path, "/plugins", "plug", "Plugins", unwell))
        .child(entry(path, "/removed", "box", "Removed", None))
        // A page of the server's own, not of this application.
        .child(entry(path, "/api", "terminal", "API", None).attr("rel", "external"));
    together([head.view(), browse.view()].into_iter().chain(kinds).chain([operate.view()]).chain(foot))
}

/// The list of a kind that not every portal has.
fn own_kind(kind: &OwnKind) -> El {
    let href = format!("/catalog?kind={}", encode(&kind.name.to_lowercase()));
    let query = use_location().search;
    let asked = format!("kind={}", encode(&kind.name.to_lowercase()));
    let is_shown = move || query.with(|query| query.trim_start_matches('?').split('&').any(|part| part == asked));
    link("nav-item", href)
        .title(kind.title.clone())
        .attr_with("aria-current", move || is_shown().then(|| "true".to_owned()))
        .child(icon(kind::icon(kind.icon.as_deref().unwrap_or_default())))
        .child(span("nav-label").child(kind.title.as_str()))
}

fn entry(path: Memo<String>, href: &'static str, glyph: &'static str, label: &'static str, count: Option<El>) -> El {
    link("nav-item", href)
        .title(label)
        .attr_with("aria-current", move || path.with(|path| is_below(path, href)).then(|| "page".to_owned()))
        .child(icon(glyph))
        .child(span("nav-label").child(label))
        .child(count)
}

/// Whether a page is that of an entry, or below it.
fn is_below(path: &str, entry: &str) -> bool {
    // What takes JSON with no plugin is listed with the sources.
    let path = if path.starts_with("/ingest/") { "/sources" } else { path };
    path.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_current_on_its_page_and_below() {
        for (path, current) in [("/runs", true), ("/runs/12", true), ("/runsx", false), ("/", false)] {
            assert_eq!(is_below(path, "/runs"), current, "{path}");
        }
    }
}
