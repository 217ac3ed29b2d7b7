//! The mappings of a plugin: a real object on the left, what becomes of it on the right, as one types.
//!
//! Rule: which object is shown is in the address. Without script the mappings that hold are tried, and what is written is saved by a form;
//! with script every keystroke is tried.

use leptos::ev;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::{Path, encode};
use crate::components::{
    Card, Crumb, Page, PageHead, Tone, banner, code, empty_card, loaded_page, mark, plugin_href, status,
};
use crate::data::Data;
use crate::markup::{El, div, el, link, nothing, span, textarea, together};
use crate::yaml;

/// The mappings of a plugin as the page needs them. What is only shown stays as it came: types for all of it would be a part of the client
/// that nobody needs.
#[derive(Clone, Debug, Deserialize)]
struct Mappings {
    mappings: Value,
    own: String,
    editable: bool,
    examples: Vec<Example>,
}

/// An object that came in.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Example {
    object: String,
    data: Value,
}

/// The page `/plugins/{name}/mappings`.
#[component]
pub(crate) fn MappingsPage() -> impl IntoView {
    let (parameters, query) = (use_params_map(), use_query_map());
    let name = Memo::new(move |_| parameters.with(|parameters| parameters.get("name").unwrap_or_default()));
    let place = Memo::new(move |_| {
        query.with(|query| query.get("example").and_then(|place| place.parse::<usize>().ok()).unwrap_or_default())
    });
    let shown = Data::<Mappings>::at(move || format!("/api/portico/plugins/{}/mappings", encode(&name.get())));
    let crumbs = Signal::derive(move || {
        let name = name.get();
        vec![Crumb::link("Plugins", "/plugins"), Crumb::link(name.clone(), plugin_href(&name)), Crumb::here("Mappings")]
    });
    view! { <Page crumbs>{loaded_page(shown, move |shown| show(&name.get(), shown, place.get()))}</Page> }
}

fn show(name: &str, mappings: Mappings, place: usize) -> AnyView {
    let head = PageHead::titled(format!("Mappings of {name}"))
        .mark(mark("plug"))
        .lead("What becomes of the objects that the plugin pushes. Only what a mapping names is kept.")
        .doing(nothing());
    let Some(example) = mappings.examples.get(place).or(mappings.examples.first()).cloned() else {
        let explanation =
            "Objects are shown as they come in, and are kept in memory alone. Run the plugin, then look again.";
        return together([
            head,
            empty_card("No objects since the portal started", explanation, None),
            in_force(&mappings),
        ]);
    };
    let own = RwSignal::new(mappings.own.clone());
    let outcome = outcome(name.to_owned(), own, example.clone());
    let left = div("stack").child(object(name, &mappings, &example, place)).child(editor(name, &mappings, own));
    let right = div("stack").child(outcome).child(in_force(&mappings));
    together([head, div("halves").child(left).child(right).view()])
}

/// The object, and the way to others.
fn object(name: &str, mappings: &Mappings, example: &Example, place: usize) -> AnyView {
    let other = |(index, other): (usize, &Example)| {
        let href = Path::new(format!("{}/mappings", plugin_href(name))).with("example", &index.to_string());
        let current = (index == place).then_some("page");
        link("tag", href.to_string()).attr_some("aria-current", current).child(format!(
            "{} {}",
            other.object,
            index + 1
        ))
    };
    let others: Vec<El> = mappings.examples.iter().enumerate().map(other).collect();
    let others = div("card-body row").attr("style", "--gap:4px").child(others);
    Card::titled(format!("An object of the kind {}", example.object))
        .count("as it came in")
        .holding(vec![others.view(), code(yaml::lines(&example.data)).view()])
}

/// The operator's own mappings, to be written.
fn editor(name: &str, mappings: &Mappings, own: RwSignal<String>) -> AnyView {
    let field = textarea(&mappings.own)
        .class("input mono")
        .attr("name", "mappings")
        .attr("rows", "16")
        .attr("spellcheck", "false")
        .attr("aria-label", "Mappings in the place of the plugin's own, as YAML")
        .attr("placeholder", "- object: service\n  entity:\n    kind: Resource\n    name: .id")
        .flag("readonly", !mappings.editable)
        .on(ev::input, move |event| own.set(event_target_value(&event)));
    let save = match mappings.editable {
        true => el("button").class("btn").attr("data-variant", "primary").attr("type", "submit").child("Save"),
        false => span("muted").child("The plugin is described in portico.yaml; write them there, under `mappings`."),
    };
    let form = el("form")
        .attr("method", "post")
        .attr("action", format!("{}/mappings", plugin_href(name)))
        .child(div("card-body").child(field))
        .child(div("card-foot").child(save));
    Card::titled("Your mappings").count("in the place of the plugin's own for the same objects").holding(form)
}

/// What becomes of the object, tried again whenever what is written changes.
fn outcome(name: String, own: RwSignal<String>, example: Example) -> AnyView {
    let tried = Data::<Value>::new(
        move || own.get(),
        move |api, own| {
            let path = format!("/api/portico/plugins/{}/mappings/try", encode(&name));
            let trial = json!({ "own": own, "example": example });
            async move { api.post(&path, &trial).await }
        },
    );
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
        return Card::titled("Mappings that hold")
            .saying("There are none, so that nothing of what the plugin pushes is kept.");
    }
    Card::titled("Mappings that hold").holding(code(yaml::lines(&mappings.mappings)))
}
