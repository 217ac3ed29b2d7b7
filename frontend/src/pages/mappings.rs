//! The mappings of a plugin, or of what takes JSON with no plugin: a real object on the left, what becomes of it on the right, as one types.
//!
//! Rule: which object is shown is in the address. Without script the mappings that hold are tried, and what is written is saved by a form;
//! with script what is typed is tried as soon as the keys rest.

use leptos::ev;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde::Deserialize;
use serde_json::{Value, json};

use super::mapping_trial::Typing;
use crate::api::{Path, encode};
use crate::components::{
    Card, Crumb, Page, PageHead, Tone, banner, code, empty_card, ingest_href, loaded_page, mark, plugin_href, prose,
    refused, status,
};
use crate::data::Data;
use crate::markup::{El, div, el, link, nothing, textarea, together};
use crate::yaml;

/// Mappings as the page needs them. What is only shown stays as it came: types for all of it would be a part of the client
/// that nobody needs.
#[derive(Clone, Debug, Deserialize)]
struct Mappings {
    mappings: Value,
    own: String,
    editable: bool,
    examples: Vec<Example>,
}

/// An object that came in.
#[derive(Clone, Debug, Deserialize)]
struct Example {
    object: String,
    data: Value,
}

/// Whose mappings.
#[derive(Clone, Debug)]
enum Owner {
    Plugin(String),
    /// An entry under `ingest:` in `portico.yaml`.
    Ingest(String),
}

impl Owner {
    fn name(&self) -> &str {
        let (Owner::Plugin(name) | Owner::Ingest(name)) = self;
        name
    }

    /// Where the API has them.
    fn path(&self) -> String {
        let name = encode(self.name());
        match self {
            Owner::Plugin(_) => format!("/api/portico/plugins/{name}/mappings"),
            Owner::Ingest(_) => format!("/api/portico/ingest/{name}/mappings"),
        }
    }

    fn page(&self) -> String {
        match self {
            Owner::Plugin(name) => format!("{}/mappings", plugin_href(name)),
            Owner::Ingest(name) => ingest_href(name),
        }
    }

    fn crumbs(&self) -> Vec<Crumb> {
        match self {
            Owner::Plugin(name) => vec![
                Crumb::link("Plugins", "/plugins"),
                Crumb::link(name.as_str(), plugin_href(name)),
                Crumb::here("Mappings"),
            ],
            Owner::Ingest(name) => vec![Crumb::link("Sources", "/sources#ingest"), Crumb::here(name.as_str())],
        }
    }

    fn lead(&self) -> String {
        match self {
            Owner::Plugin(_) => {
                "What becomes of the objects that the plugin pushes. Only what a mapping names is kept.".to_owned()
            }
            Owner::Ingest(name) => format!(
                "What becomes of the objects that are sent to `/api/ingest/{name}`. Only what a mapping names is kept."
            ),
        }
    }

    /// How the first object comes in.
    fn first(&self) -> &'static str {
        match self {
            Owner::Plugin(_) => "Run the plugin, then look again.",
            Owner::Ingest(_) => "Send one, then look again.",
        }
    }

    /// Where mappings are written that are not kept here.
    fn place(&self) -> String {
        match self {
            Owner::Plugin(name) => format!("plugins.{name}.mappings"),
            Owner::Ingest(name) => format!("ingest.{name}.mappings"),
        }
    }
}

/// The page `/plugins/{name}/mappings`.
#[component]
pub(crate) fn MappingsPage() -> impl IntoView {
    page(Owner::Plugin)
}

/// The page `/ingest/{name}`.
#[component]
pub(crate) fn IngestPage() -> impl IntoView {
    page(Owner::Ingest)
}

fn page(owner: fn(String) -> Owner) -> AnyView {
    let (parameters, query) = (use_params_map(), use_query_map());
    let name = Memo::new(move |_| parameters.with(|parameters| parameters.get("name").unwrap_or_default()));
    let place = Memo::new(move |_| {
        query.with(|query| query.get("example").and_then(|place| place.parse::<usize>().ok()).unwrap_or_default())
    });
    let shown = Data::<Mappings>::at(move || owner(name.get()).path());
    let crumbs = Signal::derive(move || owner(name.get()).crumbs());
    let refused = refused("The mappings were not saved; those before hold.");
    view! { <Page crumbs>{refused} {loaded_page(shown, move |shown| show(&owner(name.get()), &shown, place.get()))}</Page> }
    .into_any()
}

fn show(owner: &Owner, mappings: &Mappings, place: usize) -> AnyView {
    let head = PageHead::titled(format!("Mappings of {}", owner.name()))
        .mark(mark(if matches!(owner, Owner::Plugin(_)) { "plug" } else { "link" }))
        .lead(prose(&owner.lead()))
        .doing(nothing());
    let typing = Typing::from(mappings.own.clone());
    let (object, outcome) = match mappings.examples.get(place).or(mappings.examples.first()) {
        Some(example) => (object(owner, mappings, example, place), Some(outcome(owner, &typing, example))),
        None => {
            let explanation =
                format!("Objects are shown as they come in, and are kept in memory alone. {}", owner.first());
            (empty_card("No objects since the portal started", explanation, None), None)
        }
    };
    let left = div("stack").child(object).child(editor(owner, mappings, &typing));
    let right = div("stack").child(outcome).child(in_force(mappings));
    together([head, div("halves").child(left).child(right).view()])
}

/// The object, and the way to others.
fn object(owner: &Owner, mappings: &Mappings, example: &Example, place: usize) -> AnyView {
    let other = |(index, other): (usize, &Example)| {
        let href = Path::new(owner.page()).with("example", &index.to_string());
        let current = (index == place).then_some("page");
        link("tag", href.to_string()).attr_some("aria-current", current).child(format!(
            "{} {}",
            other.object,
            index + 1
        ))
    };
    let others: Vec<El> = mappings.examples.iter().enumerate().map(other).collect();
    let others =
        el("nav").class("card-body row").attr("aria-label", "Objects").attr("style", "--gap:4px").child(others);
    Card::titled(format!("An object of the kind {}", example.object))
        .count("as it came in")
        .holding(vec![others.view(), code(yaml::lines(&example.data)).view()])
}

/// The operator's own mappings, to be written. Where a file says them they are tried here, and kept there.
fn editor(owner: &Owner, mappings: &Mappings, typing: &Typing) -> AnyView {
    let typing = typing.clone();
    let field = textarea(&mappings.own)
        .class("input mono")
        .attr("name", "mappings")
        .attr("rows", "16")
        .attr("spellcheck", "false")
        .attr("aria-label", "Mappings as YAML")
        .attr("placeholder", "- object: service\n  entity:\n    kind: Resource\n    name: .id")
        .on(ev::input, move |event| typing.typed(event_target_value(&event)));
    let field = div("card-body").child(field);
    if !mappings.editable {
        let said = prose(&format!(
            "What is written here is tried, not kept: write it into portico.yaml, under `{}`.",
            owner.place()
        ));
        return Card::titled("Your mappings").holding(vec![field, div("card-foot").child(el("p").child(said))]);
    }
    let save = el("button").class("btn").attr("data-variant", "primary").attr("type", "submit").child("Save");
    let form = el("form").attr("method", "post").attr("action", format!("{}/save", owner.page())).child(field).child(
        div("card-foot")
            .child(save)
            .child(el("p").child("They take the place of the plugin's own for the same objects.")),
    );
    Card::titled("Your mappings").holding(form)
}

/// What becomes of the object by what is written.
fn outcome(owner: &Owner, typing: &Typing, example: &Example) -> AnyView {
    let example = json!({ "object": example.object, "data": example.data });
    let tried = typing.tried(format!("{}/try", owner.path()), example);
    crate::components::loaded(tried, |outcome: Value| made(&outcome))
}

fn made(outcome: &Value) -> AnyView {
    let faults = items(&outcome["faults"]);
    if !faults.is_empty() {
        let fault = |fault: &Value| {
            el("li").child(el("code").child(text(&fault["place"]))).child(" ").child(text(&fault["message"]))
        };
        let faults: Vec<El> = faults.iter().map(fault).collect();
        return banner(Tone::Bad, "The mappings cannot be used.", el("ul").child(faults)).view();
    }
    let explanations = items(&outcome["items"]);
    if explanations.is_empty() {
        return Card::titled("Nothing").saying("No mapping is for objects of this kind, so nothing of it is kept.");
    }
    together(explanations.iter().flat_map(explained).collect::<Vec<_>>())
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn explained(explanation: &Value) -> Vec<AnyView> {
    let place = text(&explanation["place"]);
    if explanation["admitted"] != true {
        return vec![Card::titled(place).saying("`when` does not let the object through.")];
    }
    let mut cards: Vec<AnyView> = items(&explanation["items"]).iter().map(|item| item_card(&place, item)).collect();
    let problems = items(&explanation["problems"]).iter();
    cards.extend(problems.map(|problem| Card::titled(place.as_str()).saying(text(problem))));
    cards
}

fn item_card(place: &str, item: &Value) -> AnyView {
    let mut parts = Vec::new();
    if item["entity"].is_object() {
        parts.push(code(yaml::lines(&item["entity"])).view());
    }
    for facts in items(&item["facts"]) {
        let about = el("code").child(text(&facts["entityRef"]));
        parts.push(el("p").class("card-body small").child("Facts about ").child(about).view());
        parts.push(code(yaml::lines(&facts["facts"])).view());
    }
    let problem = |problem: &Value| {
        el("p").class("card-body small").child(status(Tone::Warn, "Problem")).child(" ").child(text(problem)).view()
    };
    parts.extend(items(&item["problems"]).iter().map(problem));
    Card::titled("What becomes of it").count(place).holding(parts)
}

/// The mappings that hold now.
fn in_force(mappings: &Mappings) -> AnyView {
    if items(&mappings.mappings).is_empty() {
        return Card::titled("Mappings that hold").saying("There are none, so that nothing of what comes in is kept.");
    }
    Card::titled("Mappings that hold").holding(code(yaml::lines(&mappings.mappings)))
}
