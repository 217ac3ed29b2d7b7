//! The application: its frame, and which page stands at which address.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{FlatRoutes, Redirect, Route, Router};
use leptos_router::hooks::use_location;
use leptos_router::path;
use wasm_bindgen::JsCast;

use crate::components::{Clock, Nav, Palette, PaletteDialog};
use crate::frame::FrameSignal;
use crate::pages::{
    CatalogPage, EntityPageView, NotFoundPage, PluginPage, PluginsPage, RunPage, RunsPage, SearchPage, SourcePage,
    SourcesPage,
};

/// The whole application, on the server as in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Clock::provide();
    Palette::provide();
    FrameSignal::provide();
    view! {
        <Router>
            <Arrival/>
            <a class="skip" href="#main" rel="external">"Skip to content"</a>
            <div class="app">
                <Nav/>
                <FlatRoutes fallback=NotFoundPage>
                    <Route path=path!("/") view=|| view! { <Redirect path="/catalog"/> }/>
                    <Route path=path!("/catalog") view=CatalogPage/>
                    <Route path=path!("/catalog/:namespace/:kind/:name/:tab?") view=EntityPageView/>
                    <Route path=path!("/runs") view=RunsPage/>
                    <Route path=path!("/runs/:id") view=RunPage/>
                    <Route path=path!("/sources") view=SourcesPage/>
                    <Route path=path!("/sources/:id") view=SourcePage/>
                    <Route path=path!("/plugins") view=PluginsPage/>
                    <Route path=path!("/plugins/:name") view=PluginPage/>
                    <Route path=path!("/search") view=SearchPage/>
                </FlatRoutes>
            </div>
            <PaletteDialog/>
        </Router>
    }
}

/// What a browser does by itself when a page is loaded, done when one is reached within the application: the sheet that
/// led here closes, and reading begins at the content.
#[component]
fn Arrival() -> impl IntoView {
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if before.is_some_and(|before| before != path) {
            arrive();
        }
        path
    });
}

fn arrive() {
    let element =
        |id| document().get_element_by_id(id).and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(nav) = element("nav") {
        // It refuses only if it is not open, which is as well.
        let _ = nav.hide_popover();
    }
    if let Some(main) = element("main") {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        // An element that cannot take the focus leaves it where it is.
        let _ = main.focus_with_options(&options);
    }
}
