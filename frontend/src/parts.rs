//! Pages that few readers open, kept out of what every browser loads first: they are in parts of the client, each fetched when a
//! page of it is opened, or is about to be.
//!
//! Rule: which part a page is in say the first steps of its address, and its pages are reached through [`PartPage`] alone. Whatever else
//! names them is in the first file, and they with it. A part that cannot be had costs the time of a page that is loaded in full, never
//! the page: what a server writes needs no part.

use std::future::{Future, pending, ready};

use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use leptos_router::ChooseView;
use leptos_router::hooks::use_location;
use leptos_router::location::Location;

use crate::markup::nothing;
use crate::pages::{
    ActionsPage, CreatePage, EditPage, FillPage, IngestPage, MappingsPage, PluginPage, PluginsPage, RemovedPage,
    RunPage, RunsPage, SourcePage, SourcesPage, TaskPage, TasksPage,
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
    /// `/create`
    Create,
    /// `/create/tasks`
    Tasks,
    /// `/create/tasks/{id}`
    Task,
    /// `/create/actions`
    Actions,
    /// `/create/edit`
    Edit,
    /// `/create/templates/{namespace}/{name}`
    Fill,
}

impl PartPage {
    /// The part that it is in.
    fn part(self) -> Part {
        match self {
            PartPage::Create | PartPage::Tasks | PartPage::Task => Part::Create,
            PartPage::Fill => Part::Fill,
            PartPage::Actions | PartPage::Edit => Part::Author,
            PartPage::Runs | PartPage::Run | PartPage::Sources | PartPage::Source | PartPage::Removed => Part::Operate,
            PartPage::Ingest | PartPage::Plugins | PartPage::Plugin | PartPage::Mappings => Part::Plugins,
        }
    }
}

/// A part of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// What comes in and what went, for those who look after it.
    Operate,
    /// What brings it in.
    Plugins,
    /// Templates, and what they made.
    Create,
    /// What templates are filled in by.
    Fill,
    /// What templates are written by.
    Author,
}

#[wasm_split(operate, wasm_split_path = leptos::wasm_split, fallible, preload(fetch_operate))]
fn operate(page: PartPage) -> Result<AnyView, SplitLoaderError> {
    Ok(match page {
        PartPage::Runs => RunsPage().into_any(),
        PartPage::Run => RunPage().into_any(),
        PartPage::Sources => SourcesPage().into_any(),
        PartPage::Source => SourcePage().into_any(),
        PartPage::Removed => RemovedPage().into_any(),
        // In another part.
        _ => nothing(),
    })
}

#[wasm_split(plugins, wasm_split_path = leptos::wasm_split, fallible, preload(fetch_plugins))]
fn plugins(page: PartPage) -> Result<AnyView, SplitLoaderError> {
    Ok(match page {
        PartPage::Ingest => IngestPage().into_any(),
        PartPage::Plugins => PluginsPage().into_any(),
        PartPage::Plugin => PluginPage().into_any(),
        PartPage::Mappings => MappingsPage().into_any(),
        // In another part.
        _ => nothing(),
    })
}

#[wasm_split(create, wasm_split_path = leptos::wasm_split, fallible, preload(fetch_create))]
fn create(page: PartPage) -> Result<AnyView, SplitLoaderError> {
    Ok(match page {
        PartPage::Create => CreatePage().into_any(),
        PartPage::Tasks => TasksPage().into_any(),
        PartPage::Task => TaskPage().into_any(),
        // In another part.
        _ => nothing(),
    })
}

#[wasm_split(fill, wasm_split_path = leptos::wasm_split, fallible, preload(fetch_fill))]
fn fill(page: PartPage) -> Result<AnyView, SplitLoaderError> {
    Ok(match page {
        PartPage::Fill => FillPage().into_any(),
        // In another part.
        _ => nothing(),
    })
}

#[wasm_split(author, wasm_split_path = leptos::wasm_split, fallible, preload(fetch_author))]
fn author(page: PartPage) -> Result<AnyView, SplitLoaderError> {
    Ok(match page {
        PartPage::Actions => ActionsPage().into_any(),
        PartPage::Edit => EditPage().into_any(),
        // In another part.
        _ => nothing(),
    })
}

impl ChooseView for PartPage {
    async fn choose(self) -> AnyView {
        let address = Address::of(&use_location());
        let asked = address.now();
        let view = match self.part() {
            Part::Operate => operate(self).await,
            Part::Plugins => plugins(self).await,
            Part::Create => create(self).await,
            Part::Fill => fill(self).await,
            Part::Author => author(self).await,
        };
        match view {
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
    match part_of(address) {
        Some(Part::Operate) => fetch_operate().await,
        Some(Part::Plugins) => fetch_plugins().await,
        Some(Part::Create) => fetch_create().await,
        Some(Part::Fill) => fetch_fill().await,
        Some(Part::Author) => fetch_author().await,
        None => Ok(()),
    }
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

/// The part that the page at an address within the portal is in, if it is in one.
#[cfg(any(feature = "hydrate", test))]
fn part_of(address: &str) -> Option<Part> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let mut steps = path.strip_prefix('/')?.split('/');
    match steps.next()? {
        "runs" | "sources" | "removed" => Some(Part::Operate),
        "ingest" | "plugins" => Some(Part::Plugins),
        "create" => match steps.next() {
            Some("actions" | "edit") => Some(Part::Author),
            Some("templates") => Some(Part::Fill),
            _ => Some(Part::Create),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_below_the_first_step_of_a_part_are_in_it() {
        for (address, part) in [
            ("/runs", Some(Part::Operate)),
            ("/runs/12", Some(Part::Operate)),
            ("/runs?plugin=git", Some(Part::Operate)),
            ("/sources#locations", Some(Part::Operate)),
            ("/plugins/git/mappings?example=2#x", Some(Part::Plugins)),
            ("/create", Some(Part::Create)),
            ("/create/tasks/1?q=x", Some(Part::Create)),
            ("/create/templates/default/rust?name=x", Some(Part::Fill)),
            ("/create/actions", Some(Part::Author)),
            ("/create/edit?trial=x", Some(Part::Author)),
            ("/create/tasks/edit", Some(Part::Create)),
            ("/created", None),
            ("/", None),
            ("/catalog/default/component/runs", None),
            ("/runsx", None),
            ("https://runs.example/plugins", None),
            ("#plugins", None),
            ("", None),
        ] {
            assert_eq!(part_of(address), part, "{address}");
        }
    }
}
