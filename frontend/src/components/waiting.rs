//! What waits for the reader: runs of templates that they may approve, and what is theirs and goes soon.

use futures_util::future::join;
use leptos::prelude::*;
use portico_api_types::{Expiry, Task};
use portico_model::EntityRef;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Card, icon, loaded, time};
use crate::api::encode;
use crate::data::Data;
use crate::entity::href;
use crate::markup::{El, div, el, link, nothing};

#[derive(Deserialize)]
struct Waiting {
    tasks: Vec<Task>,
    expiries: Vec<Expiry>,
}

/// What waits for the reader's word; nothing where nothing does.
pub(crate) fn waiting() -> AnyView {
    let shown = Data::<Waiting>::new(String::new, |api, _| async move {
        let tasks = api.get::<Value>("/api/portico/approvals");
        let (tasks, expiries) = join(tasks, api.get::<Value>("/api/portico/expiries/warned")).await;
        Ok(json!({ "tasks": tasks?, "expiries": expiries? }))
    });
    loaded(shown, |shown| card(&shown.tasks, &shown.expiries))
}

fn card(tasks: &[Task], expiries: &[Expiry]) -> AnyView {
    if tasks.is_empty() && expiries.is_empty() {
        return nothing();
    }
    let goes = |expiry: &Expiry| {
        let reference = EntityRef::parse(&expiry.entity_ref).ok()?;
        let text = div("grow").child(link("medium cover", href(&reference)).child(reference.name().to_owned())).child(
            el("small").child("is taken down ").child(time(expiry.at)).child(", unless somebody gives it more time"),
        );
        Some(el("li").class("list-link").child(icon("clock")).child(text))
    };
    let line = |task: &Task| {
        let asked = match task.created_by.as_deref().and_then(|by| EntityRef::parse(by).ok()) {
            Some(by) => format!("{} asked for it ", by.name()),
            None => "asked for ".to_owned(),
        };
        let text = div("grow")
            .child(link("medium cover", format!("/create/tasks/{}", encode(&task.id))).child(title(task)))
            .child(el("small").child(asked).child(time(task.created_at)));
        el("li").class("list-link").child(icon("clock")).child(text)
    };
    let lines: Vec<El> = tasks.iter().map(line).chain(expiries.iter().filter_map(goes)).collect();
    let card = Card::titled("Waiting for you").count(lines.len()).holding(el("ul").class("list").child(lines));
    div("spaced").child(card).view()
}

/// What a run is called: its template.
fn title(task: &Task) -> String {
    let template = task.spec.template_info.as_ref();
    let title = template.and_then(|template| {
        let title = template.entity["metadata"]["title"].as_str().map(str::to_owned);
        title.or_else(|| Some(EntityRef::parse(&template.entity_ref).ok()?.name().to_owned()))
    });
    title.unwrap_or_else(|| "A template".to_owned())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_waits_is_listed_and_nothing_is_said_where_nothing_does() {
        let task = json!({
            "id": "a b", "status": "open", "createdAt": "2026-11-27T15:00:00Z", "createdBy": "user:default/ada", "steps": [],
            "spec": {
                "apiVersion": "scaffolder.backstage.io/v1beta3", "output": {}, "user": {}, "parameters": {}, "steps": [],
                "templateInfo": { "entityRef": "template:default/rust", "entity": { "metadata": { "title": "Rust service" } } },
            },
        });
        let task: Task = portico_api_types::read(&task).unwrap();
        assert_eq!(title(&task), "Rust service");
        assert_eq!(card(&[], &[]).to_html(), nothing().to_html());
        let expiry = json!({
            "entityRef": "resource:default/preview-42", "taskId": "a", "at": "2026-11-28T15:00:00Z", "warnAt": "2026-11-27T15:00:00Z",
            "tearDown": "template:default/remove",
        });
        let html = card(&[], &[portico_api_types::read(&expiry).unwrap()]).to_html();
        assert!(html.contains("preview-42") && html.contains("is taken down"), "{html}");
    }
}
