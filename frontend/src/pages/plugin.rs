//! One plugin: what it asks for beside what it got, what it uses, how it is set, how its runs went.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use portico_api_types::{Ask, Plugin, PluginState, RunState};

use crate::api::{Api, encode};
use crate::components::{
    Card, Crumb, Loaded, Page, RunNow, RunProgress, StopRun, Time, Tone, banner, code, icon, mark, memory_meter,
    plugin_status, run_columns, run_table, status,
};
use crate::live::every_few_seconds;
use crate::text::number::{counted, grouped};
use crate::text::time::span;
use crate::yaml;

/// Runs in the table; the columns above it show all of them.
const RUNS: usize = 8;

/// The page `/plugins/{name}`.
#[component]
pub(crate) fn PluginPage() -> impl IntoView {
    let parameters = use_params_map();
    let name = Memo::new(move |_| parameters.with(|parameters| parameters.get("name").unwrap_or_default()));
    let api = Api::from_context();
    let plugin = Resource::new(
        move || name.get(),
        move |name| {
            let api = api.clone();
            async move { api.get::<Plugin>(&format!("/api/portico/plugins/{}", encode(&name))).await }
        },
    );
    every_few_seconds(move || plugin.refetch());
    let crumbs = Signal::derive(move || vec![Crumb::link("Plugins", "/plugins"), Crumb::here(name.get())]);
    view! { <Page crumbs><Loaded resource=plugin show=|plugin| show(&plugin)/></Page> }
}

fn show(plugin: &Plugin) -> AnyView {
    let running = plugin.runs.iter().find(|run| run.state == RunState::Running).cloned();
    let action = match (&running, plugin.state) {
        (Some(run), _) => view! { <StopRun id=run.id/> }.into_any(),
        (None, PluginState::Running | PluginState::Failing | PluginState::Syncing) => {
            view! { <RunNow plugin=plugin.name.clone()/> }.into_any()
        }
        (None, PluginState::Refused | PluginState::Off) => ().into_any(),
    };
    let version = (!plugin.version.is_empty()).then(|| view! { <span class="tag">{plugin.version.clone()}</span> });
    let message = (!plugin.message.is_empty()).then(|| {
        let (tone, title) = match plugin.state {
            PluginState::Refused => (Tone::Bad, "It was refused."),
            PluginState::Failing => (Tone::Bad, "Its last run failed. What it brought in before stays."),
            PluginState::Off => (Tone::Idle, "It does not run."),
            PluginState::Running | PluginState::Syncing => (Tone::Warn, "It does not run as it should."),
        };
        let message = plugin.message.clone();
        view! { <div class="banners">{banner(tone, title, view! { <p>{message}</p> }, None)}</div> }
    });
    let progress = running.map(|run| view! { <RunProgress run/> });
    view! {
        <div class="page-head">
            <div class="row" data-nowrap="" style="--gap:14px;align-items:flex-start">
                {mark("plug")}
                <div>
                    <div class="row" style="--gap:4px 10px"><h1>{plugin.name.clone()}</h1>{version}{plugin_status(plugin.state)}</div>
                    <p class="lead">{plugin.description.clone()}</p>
                </div>
            </div>
            {action}
        </div>
        {message}
        <div class="split">
            <div class="stack">{progress} {asks(plugin)} {settings(plugin)} {runs(plugin)}</div>
            <div class="stack">{facts(plugin)} {used(plugin)}</div>
        </div>
    }
    .into_any()
}

fn asks(plugin: &Plugin) -> AnyView {
    if plugin.asks.is_empty() {
        return Card::titled("Asks and grants").saying("It asks for nothing, so it reaches nothing.");
    }
    let granted = plugin.asks.iter().filter(|ask| ask.granted.is_some()).count();
    let lines = plugin.asks.iter().map(ask).collect_view();
    Card::titled("Asks and grants").count(format!("{granted} of {}", plugin.asks.len())).holding(view! {
            {lines}
            <div class="card-foot">"Grants stand in portico.yaml. A plugin that is refused something keeps running and reports what it could not do."</div>
        })
}

fn ask(ask: &Ask) -> impl IntoView + use<> {
    let glyph = match ask.capability.as_str() {
        "repositories" => "branch",
        "http" => "globe",
        "credentials" => "key",
        "state" => "source",
        "memory" | "cpu" | "wall" => "cpu",
        _ => "box",
    };
    let granted = match &ask.granted {
        Some(_) => status(Tone::Ok, "Granted"),
        None => status(Tone::Idle, "Not granted"),
    };
    // What was granted is said where it is not simply what was asked.
    let narrower = ask.granted.clone().filter(|granted| *granted != ask.target);
    let narrower = narrower.map(|granted| view! { <span class="sub">"Granted: "<code>{granted}</code></span> });
    let denied = (ask.denied > 0).then(|| {
        let text = format!("Refused {} since the portal started", counted(ask.denied, "time", "times"));
        view! { <span class="sub tone" data-tone="warn">{text}</span> }
    });
    view! {
        <div class="ask">
            {icon(glyph)}
            <div>{ask.capability.clone()} " " <code>{ask.target.clone()}</code><span class="sub">{ask.reason.clone()}</span>{narrower}{denied}</div>
            {granted}
        </div>
    }
}

fn settings(plugin: &Plugin) -> AnyView {
    let empty = match &plugin.settings {
        serde_json::Value::Object(settings) => settings.is_empty(),
        other => other.is_null(),
    };
    if empty {
        return Card::titled("Settings").saying("It has none.");
    }
    Card::titled("Settings").count("as in portico.yaml").holding(view! {{code(yaml::lines(&plugin.settings))}})
}

fn runs(plugin: &Plugin) -> AnyView {
    if plugin.runs.is_empty() {
        return Card::titled("Runs").saying("It has not run yet.");
    }
    let newest = &plugin.runs[..plugin.runs.len().min(RUNS)];
    let href = format!("/runs?plugin={}", encode(&plugin.name));
    let aside = view! { <a class="link text push" href=href>"All runs"</a> }.into_any();
    let label = format!("How long the last {} took", counted(plugin.runs.len() as u64, "run", "runs"));
    Card::titled("Runs").aside(aside).holding(view! {
        <div class="card-body columns-body">{run_columns(&plugin.runs, label)}</div>
        {run_table(newest, false)}
    })
}

fn facts(plugin: &Plugin) -> AnyView {
    let fact = |name: &'static str, value: String| {
        (!value.is_empty()).then(|| view! { <dt>{name}</dt><dd class="break">{value}</dd> })
    };
    let every =
        plugin.every_seconds.map_or_else(|| "on demand".to_owned(), |seconds| format!("every {}", span(seconds)));
    let next = plugin.next_run_at.map(|at| view! { <dt>"Next"</dt><dd><Time at/></dd> });
    let digest = plugin.digest.clone();
    let short: String = digest.chars().take(12).collect();
    Card::titled("Plugin").holding(view! {
        <div class="card-body">
            <dl class="dl">
                {fact("Publisher", plugin.publisher.clone())}
                {fact("Version", plugin.version.clone())}
                {fact("Loaded from", plugin.origin.clone())}
                <dt>"SHA-256"</dt><dd><code title=digest>{short}"…"</code></dd>
                {fact("Offers", plugin.extension_points.join(", "))}
                <dt>"Runs"</dt><dd>{every}</dd>
                {next}
            </dl>
        </div>
    })
}

fn used(plugin: &Plugin) -> AnyView {
    let used = &plugin.used;
    let failures = (used.failures > 0).then_some("bad");
    Card::titled("What it uses").count("since the portal started").holding(view! {
        <div class="card-body">
            <dl class="dl">
                <dt>"Memory"</dt><dd>{memory_meter(used)}</dd>
                <dt>"Calls"</dt><dd>{grouped(used.calls)}</dd>
                <dt>"Failures"</dt><dd><span class="tone" data-tone=failures>{grouped(used.failures)}</span></dd>
            </dl>
        </div>
    })
}
