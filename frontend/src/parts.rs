//! Pages that few readers open, kept out of what every browser loads first: they are in parts of the client, each fetched when a
//! page of it is opened, or is about to be.
//!
//! Rule: a part is named after the first step of its pages' addresses, and its pages are reached through [`PartPage`] alone. Whatever else
//! names them is in the first file, and they with it. A part that cannot be had costs the time of a page that is loaded in full, never
//! the page: what a server writes needs no part.

use std::future::{Future, pending, ready};

use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use leptos_router::ChooseView;
use leptos_router::hooks::use_location;
use leptos_router::location::Location;

use crate::pages::{
    IngestPage, MappingsPage, PluginPage, PluginsPage, RemovedPage, RunPage, RunsPage, SourcePage, SourcesPage,
};

/// A page that is in a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartPage {
    /// `/runs`
    Runs,
    /// `/runs/{id}`
    Run,
    /// `/sources`
    Sources,
    /// `/sources/{id}`
    Source,
    /// `/removed`
    Removed,
    /// `/ingest/{name}`
    Ingest,
    /// `/plugins`
    Plugins,
    /// `/plugins/{name}`
    Plugin,
    /// `/plugins/{name}/mappings`
    Mappings,
}

#[wasm_split(operate, wasm_split_path = leptos::wasm_split, fallible, preload(fetch_operate))]
fn operate(page: PartPage) -> Result<AnyView, SplitLoaderError> {
    Ok(match page {
        PartPage::Runs => RunsPage().into_any(),
        PartPage::Run => RunPage().into_any(),
        PartPage::Sources => SourcesPage().into_any(),
        PartPage::Source => SourcePage().into_any(),
        PartPage::Removed => RemovedPage().into_any(),
        PartPage::Ingest => IngestPage().into_any(),
        PartPage::Plugins => PluginsPage().into_any(),
        PartPage::Plugin => PluginPage().into_any(),
        PartPage::Mappings => MappingsPage().into_any(),
    })
}

impl ChooseView for PartPage {
    async fn choose(self) -> AnyView {
        let address = Address::of(&use_location());
        let asked = address.now();
        match operate(self).await {
            Ok(view) => view,
            Err(_) => {
                // Who has gone on meanwhile stays there.
                if address.now() == asked {
                    load(&asked);
                }
                pending().await
            }
        }
    }

    fn preload(&self) -> impl Future<Output = ()> {
        ready(())
    }
}

/// The address of the page that is shown, or is about to be.
struct Address {
    path: Memo<String>,
    query: Memo<String>,
    fragment: Memo<String>,
}

impl Address {
    fn of(location: &Location) -> Address {
        Address { path: location.pathname, query: location.search, fragment: location.hash }
    }

    fn now(&self) -> String {
        let (path, query, fragment) =
            (self.path.get_untracked(), self.query.get_untracked(), self.fragment.get_untracked());
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{path}{mark}{query}{fragment}")
    }
}

/// Has the browser load a page of the portal in full.
fn load(address: &str) {
    let location = window().location();
    // Without the origin, what begins with two slashes would lead to another server.
    let address = format!("{}{address}", location.origin().unwrap_or_default());
    // On the way back the browser is at the address already, and would only look for its fragment.
    let is_here = location.href().is_ok_and(|here| here == address);
    // It refuses what is no address.
    let _ = if is_here { location.reload() } else { location.assign(&address) };
}

/// Fetches the part that the page at an address is in, if it is in one.
#[cfg(feature = "hydrate")]
pub(crate) async fn fetch(address: &str) -> Result<(), SplitLoaderError> {
    if is_in_part(address) { fetch_operate().await } else { Ok(()) }
}

/// From now on fetches a part as soon as somebody points at a link into it, or reaches one by the keyboard.
#[cfg(feature = "hydrate")]
pub(crate) fn fetch_ahead() {
    use wasm_bindgen::JsCast;

    for event in ["pointerover", "focusin"] {
        window_event_listener_untyped(event, |event| {
            let element = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            let link = element.and_then(|element| element.closest("a[href]").ok().flatten());
            if let Some(address) = link.and_then(|link| link.get_attribute("href")) {
                // Whoever follows the link fetches it again, and sees to it that there is a page.
                leptos::task::spawn_local(async move { drop(fetch(&address).await) });
            }
        });
    }
}

/// Whether the page at an address within the portal is in a part.
#[cfg(any(feature = "hydrate", test))]
fn is_in_part(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let first = path.strip_prefix('/').and_then(|path| path.split('/').next());
    matches!(first, Some("runs" | "sources" | "removed" | "ingest" | "plugins"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_below_the_first_step_of_a_part_are_in_it() {
        for (address, is_in) in [
            ("/runs", true),
            ("/runs/12", true),
            ("/runs?plugin=git", true),
            ("/sources#locations", true),
            ("/plugins/git/mappings?example=2#x", true),
            ("/", false),
            ("/catalog/default/component/runs", false),
            ("/runsx", false),
            ("https://runs.example/plugins", false),
            ("#plugins", false),
            ("", false),
        ] {
            assert_eq!(is_in_part(address), is_in, "{address}");
        }
    }
}
