//! The plugins: how each stands, what it asked for and got, what it uses.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portico_api_types::{Managed, Plugin, PluginState, Plugins};

use super::plugin_life::{install_built_in, install_form, is_on_offer};
use crate::components::{
    Card, Crumb, Page, PageHead, Tone, banner, banners, cell, dash, empty_card, head, head_of_numbers, icon_of, loaded,
    memory_meter, plugin_href, plugin_status, prose, row, row_head, run_columns, run_href, table, time,
};
use crate::data::Data;
use crate::live::every_few_seconds;
use crate::markup::{El, div, el, link, nothing, span, together};
use crate::text::kind;
use crate::text::number::counted;

/// The page `/plugins`.
#[component]
pub(crate) fn PluginsPage() -> impl IntoView {
    let plugins = Data::<Plugins>::at(|| "/api/portico/plugins".to_owned());
    every_few_seconds(move || plugins.refetch());
    let head = PageHead::titled("Plugins").lead("Each runs in its own sandbox and reaches only what it was granted.");
    let refused = use_query_map().with_untracked(|query| query.get("refused"));
    view! {
        <Page crumbs=vec![Crumb::here("Plugins")]>
            {head.doing(nothing())} {install_form(refused)} {loaded(plugins, |plugins| list(&plugins.items))}
        </Page>
    }
}

fn list(plugins: &[Plugin]) -> AnyView {
    let (on_offer, plugins): (Vec<Plugin>, Vec<Plugin>) = plugins.iter().cloned().partition(is_on_offer);
    div("stack").child(div("").child(installed(&plugins))).child(on_offer_card(&on_offer)).view()
}

fn installed(plugins: &[Plugin]) -> AnyView {
    if plugins.is_empty() {
        let explanation =
            "Install one, or put its file into the plugins folder. Either is picked up while the portal runs.";
        return empty_card("No plugins", explanation, None);
    }
    let alarms = plugins.iter().filter_map(alarm).chain(plugins.iter().filter_map(waiting)).collect();
    let heads = vec![
        head("Plugin", None),
        head("Version", Some("2")),
        head("State", None),
        head("Granted", Some("3")),
        head("Peak memory", Some("2")),
        head("Runs", Some("4")),
        head_of_numbers("Last run", Some("1")),
    ];
    let table = table("Plugins", heads, plugins.iter().map(plugin_row).collect());
    together([banners(alarms), Card::titled(counted(plugins.len() as u64, "plugin", "plugins")).holding(table)])
}

/// What came with the portal and does not run, each a click away.
fn on_offer_card(plugins: &[Plugin]) -> AnyView {
    if plugins.is_empty() {
        return nothing();
    }
    let row = |plugin: &Plugin| {
        let name = link("medium", plugin_href(&plugin.name)).child(plugin.title.as_str());
        let said = div("").child(name).child(span("sub").child(plugin.description.as_str()));
        let install = install_built_in(plugin, "sm");
        div("ask").child(icon_of(plugin.icon.as_deref().map_or("plug", kind::icon), "16")).child(said).child(install)
    };
    let rows = plugins.iter().map(row).collect::<Vec<_>>();
    let card = Card::titled("Comes with the portal").count("does not run").holding(rows);
    div("").attr("id", "built-in").child(card).view()
}

fn alarm(plugin: &Plugin) -> Option<El> {
    let title = match plugin.state {
        // One that was never granted anything waits, and that is said beside.
        PluginState::Refused if plugin.version.is_empty() && plugin.waiting.is_some() => return None,
        PluginState::Refused => format!("{} was refused.", plugin.name),
        PluginState::Failing => format!("{} fails.", plugin.name),
        PluginState::Running | PluginState::Syncing | PluginState::Off => return None,
    };
    Some(banner(Tone::Bad, title, el("p").child(prose(&plugin.message))).child(look_at(plugin)))
}

fn waiting(plugin: &Plugin) -> Option<El> {
    let waiting = plugin.waiting.as_ref()?;
    let version = &waiting.version.version;
    let more = waiting.asks.iter().filter(|ask| ask.more).map(|ask| format!("{} `{}`", ask.capability, ask.target));
    let more = more.collect::<Vec<_>>().join(", ");
    let more = if more.is_empty() { more } else { format!(" It asks for more: {more}.") };
    let said = match (plugin.version.as_str(), plugin.managed) {
        ("", _) => "It runs once somebody has said what it is granted.".to_owned(),
        (running, Managed::Portal) => format!("{running} runs on until somebody has said what it is granted.{more}"),
        (running, _) => format!("{running} runs on until somebody has looked at it.{more}"),
    };
    let title = format!("{} {version} waits.", plugin.name);
    Some(banner(Tone::Warn, title, el("p").child(prose(&said))).child(look_at(plugin)))
}

fn look_at(plugin: &Plugin) -> El {
    div("row").child(link("btn", plugin_href(&plugin.name)).attr("data-size", "sm").child("Look at it"))
}

fn plugin_row(plugin: &Plugin) -> El {
    let said = [&plugin.title, &plugin.publisher].into_iter().filter(|text| !text.is_empty());
    let said = said.map(String::as_str).collect::<Vec<_>>().join(" · ");
    let said = if said.is_empty() { plugin.origin.clone() } else { said };
    let name = el("span")
        .child(link("medium", plugin_href(&plugin.name)).child(plugin.name.as_str()))
        .child(span("sub truncate").child(said));
    let mark = span("kind-mark")
        .attr("data-size", "28")
        .child(icon_of(plugin.icon.as_deref().map_or("plug", kind::icon), "14"));
    let name = span("row").flag("data-nowrap", true).attr("style", "--gap:10px").child(mark).child(name);

    let granted = plugin.asks.iter().filter(|ask| ask.granted.is_some()).count();
    let asks = if plugin.asks.is_empty() {
        dash()
    } else {
        el("span").child(format!("{granted} of {} asks", plugin.asks.len()))
    };
    let memory = if plugin.used.peak_memory == 0 { dash() } else { memory_meter(&plugin.used) };
    let label = format!("The last {} of {}", counted(plugin.runs.len() as u64, "run", "runs"), plugin.name);
    let runs =
        if plugin.runs.is_empty() { dash() } else { div("inline-columns").child(run_columns(&plugin.runs, label)) };
    let last = plugin.runs.first().map_or_else(dash, |run| link("", run_href(run.id)).child(time(run.started_at)));
    let version = if plugin.version.is_empty() { dash() } else { el("span").child(plugin.version.as_str()) };
    row(vec![
        row_head("").child(name),
        cell("dim", Some("2")).child(version),
        cell("", None).child(plugin_status(plugin.state)),
        cell("", Some("3")).child(asks),
        cell("", Some("2")).child(memory),
        cell("", Some("4")).child(runs),
        cell("num dim", Some("1")).child(last),
    ])
}
