//! The runs of all plugins, or of one.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portico_api_types::{Run, Runs};

use crate::api::{Api, Path};
use crate::components::{Crumb, Loaded, Page, empty_card, next, run_columns, run_table};
use crate::live::every_few_seconds;
use crate::text::number::counted;

/// As many as one looks through; older ones are found through their plugin.
const LIMIT: &str = "100";

/// The page `/runs`.
#[component]
pub(crate) fn RunsPage() -> impl IntoView {
    let query = use_query_map();
    let plugin = Memo::new(move |_| query.with(|query| query.get("plugin").filter(|plugin| !plugin.is_empty())));
    let api = Api::from_context();
    let runs = Resource::new(
        move || plugin.get(),
        move |plugin| {
            let api = api.clone();
            async move {
                let path = Path::new("/api/portico/runs").with("limit", LIMIT).with_some("plugin", plugin.as_deref());
                api.get::<Runs>(&path.to_string()).await
            }
        },
    );
    every_few_seconds(move || runs.refetch());
    let crumbs = Signal::derive(move || match plugin.get() {
        Some(plugin) => vec![Crumb::link("Runs", "/runs"), Crumb::here(plugin)],
        None => vec![Crumb::here("Runs")],
    });
    let title = move || plugin.get().map_or_else(|| "Runs".to_owned(), |plugin| format!("Runs of {plugin}"));
    view! {
        <Page crumbs>
            <div class="page-head">
                <div>
                    <h1>{title}</h1>
                    <p class="lead">"Each call of a plugin, from its start to its end. What a run commits shows at once and whole."</p>
                </div>
            </div>
            <Loaded resource=runs show=move |runs| list(&runs.items, plugin.get().is_none())/>
        </Page>
    }
}

fn list(runs: &[Run], with_plugin: bool) -> AnyView {
    if runs.is_empty() {
        let explanation = "A plugin runs when its time comes, or when somebody asks for it on its page.";
        return empty_card("No runs yet", explanation, next("Look at the plugins", "/plugins"));
    }
    let count = counted(runs.len() as u64, "run", "runs");
    let label = format!("How long the last {count} took");
    view! {
        <section class="card">
            <div class="card-head"><h2>"The last "{count}</h2></div>
            <div class="card-body columns-body">{run_columns(runs, label)}</div>
            {run_table(runs, with_plugin)}
        </section>
    }
    .into_any()
}
