//! One plugin: what it asks for beside what it got, what it uses, how it is set, how its runs went.

use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::{use_params_map, use_query_map};
use portico_api_types::{Ask, Managed, Markdown, Plugin, PluginAgent, PluginState, Run, RunState};
use serde_json::{Value, json};

use super::plugin_use::{self, LogOfPlugin};
use super::{plugin_check, plugin_life, plugin_settings};
use crate::api::{Api, encode};
use crate::cards::blocks;
use crate::components::{
    Card, Crumb, Facts, Page, PageHead, RunNow, Shown, StopRun, Tone, banner, banners, form_part, icon, ingest_href,
    living_page, mark, part, plugin_href, plugin_status, prose, refused, run_progress, runs_card, status, time,
};
use crate::data::{Data, Fetched, read};
use crate::live::every_few_seconds;
use crate::markup::{El, div, el, link, nothing, span, together};
use crate::text::kind;
use crate::text::number::counted;
use crate::text::time::span as span_of_time;

/// Runs in the table; the columns above it show all of them.
const RUNS: usize = 8;

/// The page `/plugins/{name}`.
#[component]
pub(crate) fn PluginPage() -> impl IntoView {
    let parameters = use_params_map();
    let name = Memo::new(move |_| parameters.with(|parameters| parameters.get("name").unwrap_or_default()));
    let plugin = Data::<Plugin>::new(move || name.get(), fetch);
    every_few_seconds(move || plugin.refetch());
    let crumbs = Signal::derive(move || vec![Crumb::link("Plugins", "/plugins"), Crumb::here(name.get())]);
    view! { <Page crumbs>{refused("That was not done.")} {living_page(name, plugin.resource(), show)} <LogOfPlugin name/></Page> }
}

/// The answer about a plugin. Where there is none of that name, what takes JSON with no plugin may be called so and has a page of its own:
/// whatever is shown as said by either leads here.
async fn fetch(api: Api, name: String) -> Fetched {
    match api.get::<Value>(&format!("/api/portico/plugins/{}", encode(&name))).await {
        Err(error) if error.status == 404 => {
            let sources = api.get::<Value>("/api/portico/ingest").await?;
            let is_ingest = sources["items"].as_array().into_iter().flatten().any(|source| source["name"] == name);
            if is_ingest { Ok(json!({ "ingest": name })) } else { Err(error) }
        }
        answer => {
            let mut answer = answer?;
            let plugin: Plugin = read(Ok(answer.clone()))?;
            // What a run has done by now is another matter than whether there is one.
            answer["running"] = json!(running(&plugin).map(|run| run.id));
            Ok(answer)
        }
    }
}

fn show(shown: Shown) -> AnyView {
    let ingest = shown.with_untracked(|shown| Some(shown.as_ref()?.as_ref().ok()?["ingest"].as_str()?.to_owned()));
    if let Some(ingest) = ingest {
        return view! { <Redirect path=ingest_href(&ingest)/> }.into_any();
    }
    let address = use_query_map();
    let settings = move |plugin: &Plugin| Some(plugin_settings::card(plugin, &address.get_untracked()));
    let work = div("stack")
        .child(form_part("waiting", shown, &["waiting", "grants"], move |plugin: &Plugin| {
            Some(plugin_life::waiting(plugin, plugin.waiting.as_ref()?, &address.get_untracked()))
        }))
        .child(part(shown, &["check", "state", "version"], plugin_check::card))
        .child(part(shown, &["running"], |plugin| running(plugin).cloned().map(run_progress)))
        .child(form_part("asks", shown, &["asks", "grants", "digest", "managed", "waiting"], |plugin: &Plugin| {
            // What never ran has nothing else to say.
            (!plugin.version.is_empty() || plugin.waiting.is_none()).then(|| asks(plugin))
        }))
        .child(part(shown, &[], |plugin| Some(runs_card(plugin, RUNS))))
        .child(part(shown, &[], |plugin| Some(plugin_use::traffic(plugin))))
        .child(form_part("settings", shown, &["settings", "settingsSchema", "managed", "waiting"], settings))
        .child(part(shown, &["documentation"], |plugin: &Plugin| plugin.documentation.as_ref().map(about)));
    let aside = div("stack")
        .child(part(shown, &[], |plugin| Some(facts(plugin))))
        .child(form_part("manage", shown, &["managed", "state", "before", "version"], plugin_life::manage))
        .child(part(shown, &[], |plugin| Some(plugin_use::figures(plugin))));
    let split = div("split spaced").child(work).child(aside).view();
    let head = part(shown, &["version", "state", "description", "running"], |plugin| Some(head(plugin)));
    let said = part(shown, &["message", "state"], |plugin| message(plugin).map(|said| banners(vec![said])));
    together([head, said, split])
}

fn running(plugin: &Plugin) -> Option<&Run> {
    plugin.runs.iter().find(|run| run.state == RunState::Running)
}

fn head(plugin: &Plugin) -> AnyView {
    let action = match (running(plugin), plugin.state) {
        (Some(run), _) => view! { <StopRun id=run.id/> }.into_any(),
        (None, PluginState::Refused | PluginState::Off) => nothing(),
        (None, _) => view! { <RunNow plugin=plugin.name.clone()/> }.into_any(),
    };
    let version = (!plugin.version.is_empty()).then(|| span("tag").child(plugin.version.as_str()));
    PageHead::titled(plugin.name.as_str())
        .mark(mark(plugin.icon.as_deref().map_or("plug", kind::icon)))
        .beside(version)
        .beside(plugin_status(plugin.state))
        .lead(plugin.description.as_str())
        .doing(action)
}

fn about(page: &Markdown) -> AnyView {
    Card::titled("About").holding(div("card-body").child(blocks(page)))
}

/// What lets a plugin run that lies there.
const UNNAMED: &str =
    "Nobody has asked for it: name it under `plugins:` in portico.yaml, with what it is granted there.";

/// The same of what came with the portal.
const ON_OFFER: &str = "Nobody has asked for it: install it, or name it under `plugins:` in portico.yaml.";

/// Why it does not run as it should.
fn message(plugin: &Plugin) -> Option<El> {
    let (tone, title) = match plugin.state {
        PluginState::Refused => (Tone::Bad, "It was refused."),
        PluginState::Failing if plugin.runs.first().is_some_and(|run| run.summary.removed > 0) => {
            (Tone::Bad, "Its last run failed, after it had removed some of what it brought in before.")
        }
        PluginState::Failing => (Tone::Bad, "Its last run failed. What it brought in before stays."),
        PluginState::Off => (Tone::Idle, "It does not run."),
        PluginState::Running | PluginState::Syncing => (Tone::Warn, "There is something to look at."),
    };
    let message = match plugin.message.as_str() {
        "" if plugin_life::is_on_offer(plugin) => ON_OFFER,
        "" if plugin.state == PluginState::Off && plugin.managed == Managed::Nobody => UNNAMED,
        message => message,
    };
    (!message.is_empty()).then(|| banner(tone, title, el("p").child(prose(message))))
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

/// What an ask is, in the element that names it, and why.
pub(super) fn ask_text(ask: &Ask, name: El) -> El {
    let denied = (ask.denied > 0).then(|| {
        let text = format!("Refused {} since the portal started", counted(ask.denied, "time", "times"));
        span("sub tone").tone(Some(Tone::Warn)).child(text)
    });
    // What was granted is said where it is not simply what was asked.
    let narrower = ask.granted.as_ref().filter(|granted| **granted != ask.target);
    let narrower = narrower.map(|granted| span("sub").child("Granted: ").child(el("code").child(granted.as_str())));
    let more = ask.more.then(|| span("tag").tone(Some(Tone::Warn)).child("more than before"));
    el("div")
        .child(name.child(format!("{} ", ask.capability)).child(el("code").child(ask.target.as_str())))
        .child(more.is_some().then_some(" "))
        .child(more)
        .child(span("sub").child(prose(&ask.reason)))
        .child(narrower)
        .child(denied)
}

/// An ask, and whether it is granted.
pub(super) fn ask_line(ask: &Ask) -> El {
    let glyph = match ask.capability.as_str() {
        "repositories" | "push" => "branch",
        "files" => "file",
        "http" => "globe",
        "credentials" | "kubeconfig" => "key",
        "read" | "write" | "attach" => "catalog",
        "state" | "disk" => "source",
        "memory" | "cpu" | "wall" | "response" | "log" | "requests" => "cpu",
        _ => "box",
    };
    let granted = match &ask.granted {
        Some(_) => status(Tone::Ok, "Granted"),
        None => status(Tone::Idle, "Not granted"),
    };
    div("ask").child(icon(glyph)).child(ask_text(ask, el("span"))).child(granted)
}

/// The agent that runs it, and when that was heard of.
fn run_by(agent: &PluginAgent) -> AnyView {
    let name = span("break").child(format!("the agent {}", agent.name)).view();
    match agent.heard_at {
        Some(heard) => together([name, span("muted").child(", last heard of ").view(), time(heard)]),
        None => together([name, span("muted").child(", not heard of yet").view()]),
    }
}

fn facts(plugin: &Plugin) -> AnyView {
    let said = |text: &str| (!text.is_empty()).then(|| span("break").child(text));
    let every = plugin
        .every_seconds
        .map_or_else(|| "on demand".to_owned(), |seconds| format!("every {}", span_of_time(seconds)));
    let short: String = plugin.digest.chars().take(12).collect();
    let facts = Facts::new()
        .with_some("Title", said(&plugin.title))
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
        .with_some("Next", plugin.next_run_at.map(time))
        .with_some("Run by", plugin.agent.as_ref().map(run_by))
        .with_some(
            "Follows changes",
            plugin.follows_since.map(|since| together([span("").child("since ").view(), time(since)])),
        );
    Card::titled("Plugin").holding(facts.body())
}
