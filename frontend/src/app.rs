//! The application: its frame, and which page stands at which address.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use crate::components::{Arrival, Clock, Nav, Palette, PaletteDialog};
use crate::frame::FrameSignal;
use crate::pages::{CatalogPage, EntityPageView, HomePage, NotFoundPage, SearchPage};
use crate::parts::PartPage;
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
                    <Route path=path!("/runs") view=PartPage::Runs/>
                    <Route path=path!("/runs/:id") view=PartPage::Run/>
                    <Route path=path!("/sources") view=PartPage::Sources/>
                    <Route path=path!("/sources/:id") view=PartPage::Source/>
                    <Route path=path!("/plugins") view=PartPage::Plugins/>
                    <Route path=path!("/plugins/:name") view=PartPage::Plugin/>
                    <Route path=path!("/plugins/:name/mappings") view=PartPage::Mappings/>
                    <Route path=path!("/ingest/:name") view=PartPage::Ingest/>
                    <Route path=path!("/removed") view=PartPage::Removed/>
                    <Route path=path!("/create") view=PartPage::Create/>
                    <Route path=path!("/create/tasks") view=PartPage::Tasks/>
                    <Route path=path!("/create/tasks/:id") view=PartPage::Task/>
                    <Route path=path!("/create/actions") view=PartPage::Actions/>
                    <Route path=path!("/create/edit") view=PartPage::Edit/>
                    <Route path=path!("/create/templates/:namespace/:name") view=PartPage::Fill/>
                    <Route path=path!("/search") view=SearchPage/>
                </FlatRoutes>
            </div>
            <PaletteDialog/>
        </Router>
    }
}
