//! What waits for the reader: runs of templates that they may approve, and what is theirs and goes soon.

use futures_util::future::join;
use leptos::prelude::*;
use portico_api_types::Timestamp;
use portico_model::EntityRef;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Card, icon, loaded, time};
use crate::api::encode;
use crate::data::Data;
use crate::entity::href;
use crate::markup::{El, div, el, link, nothing};

/// As they are answered: little of each is shown, and every browser loads what reads it.
#[derive(Deserialize)]
struct Waiting {
    tasks: Vec<Value>,
    expiries: Vec<Value>,
}

/// What waits for the reader's word; nothing where nothing does.
pub(crate) fn waiting() -> AnyView {
    let shown = Data::<Waiting>::new(String::new, |api, _| async move {
        let tasks = api.get::<Value>("/api/portico/approvals");
        let (tasks, expiries) = join(tasks, api.get::<Value>("/api/portico/expiries/warned")).await;
        Ok(json!({ "tasks": tasks?, "expiries": expiries? }))
    });
    loaded(shown, |shown| card(&shown))
}

fn card(shown: &Waiting) -> AnyView {
    let lines: Vec<El> = shown.tasks.iter().filter_map(run).chain(shown.expiries.iter().filter_map(expiry)).collect();
    if lines.is_empty() {
        return nothing();
    }
    let card = Card::titled("Waiting for you").count(lines.len()).holding(el("ul").class("list").child(lines));
    div("spaced").child(card).view()
}

/// A run that wants to be approved.
fn run(task: &Value) -> Option<El> {
    let asked = match reference(&task["createdBy"]) {
        Some(by) => format!("{} asked for it ", by.name()),
        None => "asked for ".to_owned(),
    };
    let page = format!("/create/tasks/{}", encode(task["id"].as_str()?));
    Some(line(page, title(task), asked, at(&task["createdAt"])?, ""))
}

/// Something that goes soon.
fn expiry(expiry: &Value) -> Option<El> {
    let entity = reference(&expiry["entityRef"])?;
    let unless = ", unless somebody gives it more time";
    Some(line(href(&entity), entity.name().to_owned(), "is taken down ".to_owned(), at(&expiry["at"])?, unless))
}

fn line(page: String, title: String, said: String, at: Timestamp, more: &'static str) -> El {
    let text = div("grow")
        .child(link("medium cover", page).child(title))
        .child(el("small").child(said).child(time(at)).child(more));
    el("li").class("list-link").child(icon("clock")).child(text)
}

fn reference(text: &Value) -> Option<EntityRef> {
    EntityRef::parse(text.as_str()?).ok()
}

fn at(text: &Value) -> Option<Timestamp> {
    text.as_str()?.parse().ok()
}

/// What a run is called: its template.
fn title(task: &Value) -> String {
    let template = &task["spec"]["templateInfo"];
    let title = template["entity"]["metadata"]["title"].as_str().map(str::to_owned);
    let name = || reference(&template["entityRef"]).map(|template| template.name().to_owned());
    title.or_else(name).unwrap_or_else(|| "A template".to_owned())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_listed_and_nothing_is_said_where_nothing_does() {
        let task = json!({
            "id": "a b", "status": "open", "createdAt": "2026-11-27T15:00:00Z", "createdBy": "user:default/ada",
            "spec": { "templateInfo": { "entityRef": "template:default/rust", "entity": { "metadata": { "title": "Rust service" } } } },
        });
        assert_eq!(title(&task), "Rust service");
        assert_eq!(title(&json!({ "spec": { "templateInfo": { "entityRef": "template:default/rust" } } })), "rust");
        let expiry = json!({ "entityRef": "resource:default/preview-42", "at": "2026-11-28T15:00:00Z" });
        let html = |tasks, expiries| card(&Waiting { tasks, expiries }).to_html();
        assert_eq!(html(Vec::new(), Vec::new()), nothing().to_html());
        let both = html(vec![task], vec![expiry]);
        for said in ["Rust service", "ada asked for it", "/create/tasks/a%20b", "preview-42", "is taken down"] {
            assert!(both.contains(said), "{said}: {both}");
        }
    }
}
