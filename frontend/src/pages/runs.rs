//! The runs of all plugins, or of one.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portico_api_types::{Run, Runs};

use crate::api::Path;
use crate::components::{Card, Crumb, Page, empty_card, loaded, next, run_columns, run_table};
use crate::data::Data;
use crate::live::every_few_seconds;
use crate::markup::{div, el};
use crate::text::number::counted;

/// As many as one looks through; older ones are found through their plugin.
const LIMIT: &str = "100";

/// The page `/runs`.
#[component]
pub(crate) fn RunsPage() -> impl IntoView {
    let query = use_query_map();
    let plugin = Memo::new(move |_| query.with(|query| query.get("plugin").filter(|plugin| !plugin.is_empty())));
    let runs = Data::<Runs>::at(move || {
        Path::new("/api/portico/runs").with("limit", LIMIT).with_some("plugin", plugin.get().as_deref()).to_string()
    });
    every_few_seconds(move || runs.refetch());
    let crumbs = Signal::derive(move || match plugin.get() {
        Some(plugin) => vec![Crumb::link("Runs", "/runs"), Crumb::here(plugin)],
        None => vec![Crumb::here("Runs")],
    });
    let title = el("h1")
        .text_with(move || plugin.get().map_or_else(|| "Runs".to_owned(), |plugin| format!("Runs of {plugin}")));
    let lead = "Each call of a plugin, from its start to its end. What a run commits shows at once and whole.";
    let head = div("page-head").child(el("div").child(title).child(el("p").class("lead").child(lead)));
    view! { <Page crumbs>{head} {loaded(runs, move |runs| list(&runs.items, plugin.get().is_none()))}</Page> }
}

fn list(runs: &[Run], with_plugin: bool) -> AnyView {
    if runs.is_empty() {
        let explanation = "A plugin runs when its time comes, or when somebody asks for it on its page.";
        return empty_card("No runs yet", explanation, next("Look at the plugins", "/plugins"));
    }
    let count = counted(runs.len() as u64, "run", "runs");
    let columns = div("card-body columns-body").child(run_columns(runs, format!("How long the last {count} took")));
    Card::titled(format!("The last {count}")).holding(vec![columns, run_table(runs, with_plugin)])
}
