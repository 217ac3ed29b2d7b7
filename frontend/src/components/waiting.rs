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

/// A line of it.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    page: String,
    title: String,
    said: String,
    at: Timestamp,
    more: &'static str,
}

fn card(shown: &Waiting) -> AnyView {
    let lines = lines(shown);
    if lines.is_empty() {
        return nothing();
    }
    let card = Card::titled("Waiting for you").count(lines.len());
    let lines: Vec<El> = lines.into_iter().map(drawn).collect();
    div("spaced").child(card.holding(el("ul").class("list").child(lines))).view()
}

fn lines(shown: &Waiting) -> Vec<Line> {
    shown.tasks.iter().filter_map(run).chain(shown.expiries.iter().filter_map(expiry)).collect()
}

/// A run that wants to be approved.
fn run(task: &Value) -> Option<Line> {
    let said = match reference(&task["createdBy"]) {
        Some(by) => format!("{} asked for it ", by.name()),
        None => "asked for ".to_owned(),
    };
    let page = format!("/create/tasks/{}", encode(task["id"].as_str()?));
    Some(Line { page, title: title(task), said, at: at(&task["createdAt"])?, more: "" })
}

/// Something that goes soon.
fn expiry(expiry: &Value) -> Option<Line> {
    let entity = reference(&expiry["entityRef"])?;
    let (title, said) = (entity.name().to_owned(), "is taken down ".to_owned());
    let more = ", unless somebody gives it more time";
    Some(Line { page: href(&entity), title, said, at: at(&expiry["at"])?, more })
}

fn drawn(line: Line) -> El {
    let text = div("grow")
        .child(link("medium cover", line.page).child(line.title))
        .child(el("small").child(line.said).child(time(line.at)).child(line.more));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_told_by_what_it_is_who_asked_and_when() {
        let template = |more: Value| json!({ "spec": { "templateInfo": more } });
        let named =
            json!({ "entityRef": "template:default/rust", "entity": { "metadata": { "title": "Rust service" } } });
        assert_eq!(title(&template(named.clone())), "Rust service");
        assert_eq!(title(&template(json!({ "entityRef": "template:default/rust" }))), "rust");
        let task = json!({
            "id": "a b", "createdAt": "2026-11-27T15:00:00Z", "createdBy": "user:default/ada", "spec": { "templateInfo": named },
        });
        let expiry = json!({ "entityRef": "resource:default/preview-42", "at": "2026-11-28T15:00:00Z" });
        let told = lines(&Waiting { tasks: vec![task], expiries: vec![expiry, json!({})] });
        let told: Vec<(&str, &str, &str)> =
            told.iter().map(|line| (line.page.as_str(), line.title.as_str(), line.said.as_str())).collect();
        let expected = [
            ("/create/tasks/a%20b", "Rust service", "ada asked for it "),
            ("/catalog/default/resource/preview-42", "preview-42", "is taken down "),
        ];
        assert_eq!(told, expected);
    }
}
