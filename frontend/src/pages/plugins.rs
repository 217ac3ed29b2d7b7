//! The plugins: how each stands, what it asked for and got, what it uses.

use leptos::prelude::*;
use portico_api_types::{Plugin, PluginState, Plugins};

use crate::api::{Api, encode};
use crate::components::{
    Crumb, Loaded, Page, Time, Tone, banner, empty_card, icon_of, memory_meter, plugin_status, run_columns,
};
use crate::live::every_few_seconds;
use crate::text::number::counted;

/// The page `/plugins`.
#[component]
pub(crate) fn PluginsPage() -> impl IntoView {
    let api = Api::from_context();
    let plugins = Resource::new(
        || (),
        move |()| {
            let api = api.clone();
            async move { api.get::<Plugins>("/api/portico/plugins").await }
        },
    );
    every_few_seconds(move || plugins.refetch());
    view! {
        <Page crumbs=vec![Crumb::here("Plugins")]>
            <div class="page-head">
                <div>
                    <h1>"Plugins"</h1>
                    <p class="lead">"Each runs in its own sandbox and reaches only what it was granted."</p>
                </div>
            </div>
            <Loaded resource=plugins show=|plugins| list(&plugins.items)/>
        </Page>
    }
}

fn list(plugins: &[Plugin]) -> AnyView {
    if plugins.is_empty() {
        let explanation = "Put a plugin's file into the plugins folder. It is picked up while the portal runs.";
        return empty_card("No plugins", explanation, None);
    }
    let unwell = |plugin: &&Plugin| matches!(plugin.state, PluginState::Failing | PluginState::Refused);
    let alarm = |plugin: &Plugin| {
        let title = match plugin.state {
            PluginState::Refused => format!("{} was refused.", plugin.name),
            _ => format!("{} fails.", plugin.name),
        };
        let href = format!("/plugins/{}", encode(&plugin.name));
        let actions = view! { <a class="btn" data-size="sm" href=href>"Look at it"</a> }.into_any();
        let message = plugin.message.clone();
        banner(Tone::Bad, title, view! { <p>{message}</p> }, Some(actions))
    };
    let banners: Vec<_> = plugins.iter().filter(unwell).map(alarm).collect();
    let banners = (!banners.is_empty()).then(|| view! { <div class="stack banners">{banners}</div> });
    let rows = plugins.iter().map(row).collect_view();
    view! {
        {banners}
        <section class="card">
            <div class="card-head"><h2>{counted(plugins.len() as u64, "plugin", "plugins")}</h2></div>
            <div class="table-wrap">
                <table class="table">
                    <caption class="visually-hidden">"Plugins"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Plugin"</th>
                            <th scope="col" data-p="2">"Version"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" data-p="3">"Granted"</th>
                            <th scope="col" data-p="2">"Peak memory"</th>
                            <th scope="col" data-p="4">"Runs"</th>
                            <th scope="col" class="num" data-p="1">"Last run"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn row(plugin: &Plugin) -> impl IntoView + use<> {
    let href = format!("/plugins/{}", encode(&plugin.name));
    let none = || view! { <span class="subtle">"–"</span> }.into_any();
    let granted = plugin.asks.iter().filter(|ask| ask.granted.is_some()).count();
    let asks =
        if plugin.asks.is_empty() { none() } else { format!("{granted} of {} asks", plugin.asks.len()).into_any() };
    let memory = if plugin.used.peak_memory == 0 { none() } else { memory_meter(&plugin.used) };
    let runs = if plugin.runs.is_empty() {
        none()
    } else {
        let label = format!("The last {} of {}", counted(plugin.runs.len() as u64, "run", "runs"), plugin.name);
        view! { <div class="inline-columns">{run_columns(&plugin.runs, label)}</div> }.into_any()
    };
    let last = plugin.runs.first().map_or_else(none, |run| {
        let at = run.started_at;
        view! { <a href=format!("/runs/{}", run.id)><Time at/></a> }.into_any()
    });
    let publisher = if plugin.publisher.is_empty() { plugin.origin.clone() } else { plugin.publisher.clone() };
    let version = if plugin.version.is_empty() { none() } else { plugin.version.clone().into_any() };
    view! {
        <tr>
            <th scope="row">
                <span class="row" data-nowrap="" style="--gap:10px">
                    <span class="kind-mark" data-size="28">{icon_of("plug", "14")}</span>
                    <span><a class="medium" href=href>{plugin.name.clone()}</a><span class="sub truncate">{publisher}</span></span>
                </span>
            </th>
            <td class="dim" data-p="2">{version}</td>
            <td>{plugin_status(plugin.state)}</td>
            <td data-p="3">{asks}</td>
            <td data-p="2">{memory}</td>
            <td data-p="4">{runs}</td>
            <td class="num dim" data-p="1">{last}</td>
        </tr>
    }
}
