//! The navigation at the side, with what needs a look counted beside each entry.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::empty::pillars;
use super::icon::icon;
use crate::frame::{Frame, FrameSignal};
use crate::text::number::grouped;

/// The side navigation. On a narrow screen it is a sheet that a button opens, with or without script.
#[component]
pub(crate) fn Nav() -> impl IntoView {
    let frame = FrameSignal::from_context();
    let path = use_location().pathname;
    let show = move |frame: Frame| entries(&frame, path);
    view! {
        <nav class="nav" id="nav" popover="auto" aria-label="Main">
            <Transition>{move || frame.get().map(show)}</Transition>
        </nav>
    }
}

fn entries(frame: &Frame, path: Memo<String>) -> AnyView {
    let count = |count: Option<u64>| {
        count.filter(|count| *count > 0).map(|count| view! { <span class="count">{grouped(count)}</span> }).into_any()
    };
    let unwell = frame.plugins_unwell;
    let unwell = (unwell > 0).then(|| {
        view! { <span class="count" data-tone="bad" title="Plugins that do not run as they should">{unwell}</span> }
    });
    let foot = frame.sources.map(|sources| {
        let href = if sources.current < sources.all { "/sources?show=failing" } else { "/sources" };
        view! {
            <div class="nav-foot">
                <a class="nav-item" href=href>
                    {icon("clock")} <span class="nav-label">{sources.sentence()}</span>
                </a>
            </div>
        }
    });
    view! {
        <div class="row" data-nowrap="" style="--gap:0">
            <a class="nav-brand" href="/">{pillars()} <span><b>{frame.title.clone()}</b></span></a>
            <button
                class="btn push only-narrow" data-icon="" data-variant="quiet" type="button"
                popovertarget="nav" popovertargetaction="hide" aria-label="Close navigation"
            >
                {icon("x")}
            </button>
        </div>
        <div class="nav-group">
            {entry(path, "/catalog", "catalog", "Catalog", count(frame.entities))}
            {entry(path, "/runs", "runs", "Runs", count(Some(frame.running)))}
        </div>
        <div class="nav-group">
            <div class="nav-title">"Operate"</div>
            {entry(path, "/sources", "source", "Sources", ().into_any())}
            {entry(path, "/plugins", "plug", "Plugins", unwell.into_any())}
        </div>
        {foot}
    }
    .into_any()
}

fn entry(
    path: Memo<String>,
    href: &'static str,
    glyph: &'static str,
    label: &'static str,
    count: AnyView,
) -> impl IntoView {
    let current = move || path.with(|path| is_below(path, href)).then_some("page");
    view! {
        <a class="nav-item" href=href title=label aria-current=current>
            {icon(glyph)} <span class="nav-label">{label}</span> {count}
        </a>
    }
}

/// Whether a page is that of an entry, or below it.
fn is_below(path: &str, entry: &str) -> bool {
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
