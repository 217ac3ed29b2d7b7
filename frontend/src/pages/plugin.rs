//! One plugin: what it asks for beside what it got, what it uses, how it is set, how its runs went.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use portico_api_types::{Ask, Managed, Plugin, PluginState, RunState};

use super::plugin_life;
use crate::api::encode;
use crate::cards::blocks;
use crate::components::{
    Card, Crumb, Facts, Page, PageHead, RunNow, StopRun, Tone, banner, banners, code, icon, loaded_page, mark,
    memory_meter, plugin_href, plugin_status, prose, run_progress, runs_card, status, time,
};
use crate::data::Data;
use crate::live::every_few_seconds;
use crate::markup::{El, div, el, link, nothing, span, together};
use crate::text::number::{counted, grouped};
use crate::text::time::span as span_of_time;
use crate::yaml;

/// Runs in the table; the columns above it show all of them.
const RUNS: usize = 8;

/// The page `/plugins/{name}`.
#[component]
pub(crate) fn PluginPage() -> impl IntoView {
    let parameters = use_params_map();
    let name = Memo::new(move |_| parameters.with(|parameters| parameters.get("name").unwrap_or_default()));
    let plugin = Data::<Plugin>::at(move || format!("/api/portico/plugins/{}", encode(&name.get())));
    every_few_seconds(move || plugin.refetch());
    let crumbs = Signal::derive(move || vec![Crumb::link("Plugins", "/plugins"), Crumb::here(name.get())]);
    let refused = use_query_map().with_untracked(|query| query.get("refused"));
    let refused = refused.map(|reason| banner(Tone::Bad, "That was not done.", el("p").child(prose(&reason))).view());
    view! { <Page crumbs>{refused} {loaded_page(plugin, |plugin| show(&plugin))}</Page> }
}

fn show(plugin: &Plugin) -> AnyView {
    let running = plugin.runs.iter().find(|run| run.state == RunState::Running).cloned();
    let action = match (&running, plugin.state) {
        (Some(run), _) => view! { <StopRun id=run.id/> }.into_any(),
        (None, PluginState::Refused | PluginState::Off) => nothing(),
        (None, _) => view! { <RunNow plugin=plugin.name.clone()/> }.into_any(),
    };
    let version = (!plugin.version.is_empty()).then(|| span("tag").child(plugin.version.as_str()));
    let head = PageHead::titled(plugin.name.as_str())
        .mark(mark("plug"))
        .beside(version)
        .beside(plugin_status(plugin.state))
        .lead(plugin.description.as_str())
        .doing(action);
    let progress = running.map(run_progress);
    let waiting = plugin.waiting.as_ref().map(|waiting| plugin_life::waiting(plugin, waiting));
    let documentation =
        plugin.documentation.as_ref().map(|page| Card::titled("About").holding(div("card-body").child(blocks(page))));
    // What never ran has nothing else to say.
    let asked = (!plugin.version.is_empty() || waiting.is_none()).then(|| asks(plugin));
    let work = div("stack")
        .child(waiting)
        .child(progress)
        .child(asked)
        .child(runs_card(plugin, RUNS))
        .child(settings(plugin))
        .child(documentation);
    let aside = div("stack").child(facts(plugin)).child(plugin_life::manage(plugin)).child(used(plugin));
    together([head, banners(message(plugin).into_iter().collect()), div("split").child(work).child(aside).view()])
}

/// Why it does not run as it should.
fn message(plugin: &Plugin) -> Option<El> {
    let (tone, title) = match plugin.state {
        PluginState::Refused => (Tone::Bad, "It was refused."),
        PluginState::Failing => (Tone::Bad, "Its last run failed. What it brought in before stays."),
        PluginState::Off => (Tone::Idle, "It does not run."),
        PluginState::Running | PluginState::Syncing => (Tone::Warn, "It does not run as it should."),
    };
    (!plugin.message.is_empty()).then(|| banner(tone, title, el("p").child(prose(&plugin.message))))
}

fn asks(plugin: &Plugin) -> AnyView {
    let card = Card::titled("Asks and grants");
    if plugin.asks.is_empty() {
        return card.saying("It asks for nothing, so it reaches nothing.");
    }
    if plugin.managed == Managed::Portal {
        return plugin_life::grants_form(plugin);
    }
    let granted = plugin.asks.iter().filter(|ask| ask.granted.is_some()).count();
    let mut lines: Vec<El> = plugin.asks.iter().map(ask_line).collect();
    let foot = "Grants stand in portico.yaml. A plugin that is refused something keeps running and reports what it could not do.";
    lines.push(div("card-foot").child(foot));
    card.count(format!("{granted} of {}", plugin.asks.len())).holding(lines)
}

/// What an ask is, and why.
pub(super) fn ask_text(ask: &Ask) -> El {
    let denied = (ask.denied > 0).then(|| {
        let text = format!("Refused {} since the portal started", counted(ask.denied, "time", "times"));
        span("sub tone").tone(Some(Tone::Warn)).child(text)
    });
    // What was granted is said where it is not simply what was asked.
    let narrower = ask.granted.as_ref().filter(|granted| **granted != ask.target);
    let narrower = narrower.map(|granted| span("sub").child("Granted: ").child(el("code").child(granted.as_str())));
    el("div")
        .child(format!("{} ", ask.capability))
        .child(el("code").child(ask.target.as_str()))
        .child(span("sub").child(prose(&ask.reason)))
        .child(narrower)
        .child(denied)
}

fn ask_line(ask: &Ask) -> El {
    let glyph = match ask.capability.as_str() {
        "repositories" => "branch",
        "files" => "file",
        "http" => "globe",
        "credentials" => "key",
        "read" | "write" | "attach" => "catalog",
        "state" => "source",
        "memory" | "cpu" | "wall" => "cpu",
        _ => "box",
    };
    let granted = match &ask.granted {
        Some(_) => status(Tone::Ok, "Granted"),
        None => status(Tone::Idle, "Not granted"),
    };
    div("ask").child(icon(glyph)).child(ask_text(ask)).child(granted)
}

fn settings(plugin: &Plugin) -> AnyView {
    if plugin.managed == Managed::Portal {
        return plugin_life::settings_form(plugin);
    }
    let is_empty = match &plugin.settings {
        serde_json::Value::Object(settings) => settings.is_empty(),
        other => other.is_null(),
    };
    if is_empty {
        return Card::titled("Settings").saying("It has none.");
    }
    Card::titled("Settings").count("as in portico.yaml").holding(code(yaml::lines(&plugin.settings)))
}

fn facts(plugin: &Plugin) -> AnyView {
    let said = |text: &str| (!text.is_empty()).then(|| span("break").child(text));
    let every = plugin
        .every_seconds
        .map_or_else(|| "on demand".to_owned(), |seconds| format!("every {}", span_of_time(seconds)));
    let short: String = plugin.digest.chars().take(12).collect();
    let facts = Facts::new()
        .with_some("Publisher", said(&plugin.publisher))
        .with_some("Version", said(&plugin.version))
        .with_some("Loaded from", said(&plugin.origin))
        .with("SHA-256", el("code").title(plugin.digest.as_str()).child(format!("{short}…")))
        .with("Signed by", plugin.signed_by.clone().unwrap_or_else(|| "nobody".to_owned()))
        .with_some("Offers", said(&plugin.extension_points.join(", ")))
        .with_some(
            "Mappings",
            plugin.extension_points.iter().any(|point| point == "ingestion").then(|| {
                link("link", format!("{}/mappings", plugin_href(&plugin.name))).child("What becomes of its objects")
            }),
        )
        .with("Runs", every)
        .with_some("Next", plugin.next_run_at.map(time));
    Card::titled("Plugin").holding(facts.body())
}

fn used(plugin: &Plugin) -> AnyView {
    let used = &plugin.used;
    let failures = span("tone").tone((used.failures > 0).then_some(Tone::Bad)).child(grouped(used.failures));
    let facts =
        Facts::new().with("Memory", memory_meter(used)).with("Calls", grouped(used.calls)).with("Failures", failures);
    Card::titled("What it uses").count("since the portal started").holding(facts.body())
}
