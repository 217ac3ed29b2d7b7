//! The application: its frame, and which page stands at which address.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use crate::components::{Arrival, Clock, Nav, Palette, PaletteDialog};
use crate::frame::FrameSignal;
use crate::pages::{
    CatalogPage, EntityPageView, HomePage, IngestPage, MappingsPage, NotFoundPage, PluginPage, PluginsPage,
    RemovedPage, RunPage, RunsPage, SearchPage, SourcePage, SourcesPage,
};
use crate::vocabulary::Vocabulary;

/// The whole application, on the server as in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Vocabulary::provide();
    Clock::provide();
    Palette::provide();
    FrameSignal::provide();
    Arrival::provide();
    view! {
        <Router>
            <a class="skip" href="#main" rel="external">"Skip to content"</a>
            <div class="app">
                <Nav/>
                <FlatRoutes fallback=NotFoundPage>
                    <Route path=path!("/") view=HomePage/>
                    <Route path=path!("/catalog") view=CatalogPage/>
                    <Route path=path!("/catalog/:namespace/:kind/:name/:tab?") view=EntityPageView/>
                    <Route path=path!("/runs") view=RunsPage/>
                    <Route path=path!("/runs/:id") view=RunPage/>
                    <Route path=path!("/sources") view=SourcesPage/>
                    <Route path=path!("/sources/:id") view=SourcePage/>
                    <Route path=path!("/plugins") view=PluginsPage/>
                    <Route path=path!("/plugins/:name") view=PluginPage/>
                    <Route path=path!("/plugins/:name/mappings") view=MappingsPage/>
                    <Route path=path!("/ingest/:name") view=IngestPage/>
                    <Route path=path!("/removed") view=RemovedPage/>
                    <Route path=path!("/search") view=SearchPage/>
                </FlatRoutes>
            </div>
            <PaletteDialog/>
        </Router>
    }
}
