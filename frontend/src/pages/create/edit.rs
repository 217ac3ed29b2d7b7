//! The editor of templates: what is written is tried as one types, with nothing happening outside, and shown beside it.
//!
//! Rule: without script a form has it tried, and the trial stands in the address; with script the same is asked for a moment after the last key,
//! one trial at a time. Nothing that is written here is kept: a template is kept where its file is.

use std::sync::Arc;
use std::time::Duration;

use leptos::ev;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;
use portico_api_types::{TemplateToTry, TemplateTrial};
use portico_model::EntityRef;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::trial;
use crate::api::{Api, ApiError, encode};
use crate::components::{Card, Crumb, Page, PageHead, alert, icon, loaded_page, refused};
use crate::data::{Data, Fetched};
use crate::markup::{El, changing, div, el, link, span, textarea, together};
use crate::yaml;

/// As long as people rest between words; a trial costs more than a search.
const REST: Duration = Duration::from_millis(600);

/// What stands in the editor until something is chosen.
const FIRST: &str = "apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata:
  name: greeting
  title: Greeting
spec:
  owner: guests
  type: service
  parameters:
    - title: Whom to greet
      required: [name]
      properties:
        name:
          type: string
  steps:
    - id: say
      name: Say hello
      action: debug:log
      input:
        message: Hello ${{ parameters.name }}
";

/// What is filled in then.
const FIRST_VALUES: &str = "name: world\n";

/// What stands in the editor.
#[derive(Deserialize)]
struct Edited {
    /// The templates of the catalog, by reference and title.
    templates: Vec<(String, String)>,
    /// The one that was chosen.
    chosen: Option<String>,
    template: String,
    values: String,
    trial: Option<TemplateTrial>,
}

/// Which text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    template: Option<String>,
    trial: Option<String>,
}

async fn fetch(api: Api, asked: Asked) -> Fetched {
    let all = api.get::<Value>("/api/portico/templates").await?;
    let all = all.as_array().into_iter().flatten();
    let templates: Vec<Value> = all.map(|template| json!([template["entityRef"], template["title"]])).collect();
    let (trial, template, values) = match (&asked.trial, &asked.template) {
        (Some(trial), _) => {
            let trial = api.get::<Value>(&format!("/api/portico/template-trials/{}", encode(trial))).await?;
            let (template, values) = (trial["template"].clone(), trial["values"].clone());
            (trial, template, values)
        }
        (None, Some(template)) => {
            let entity = entity(&api, template).await?;
            (Value::Null, json!(written(&entity)), json!(sample(&entity["spec"]["parameters"])))
        }
        (None, None) => (Value::Null, json!(FIRST), json!(FIRST_VALUES)),
    };
    Ok(
        json!({ "templates": templates, "chosen": asked.template, "template": template, "values": values, "trial": trial }),
    )
}

async fn entity(api: &Api, template: &str) -> Fetched {
    let reference = EntityRef::parse_with(template, Some("template"), "default");
    let reference = reference.map_err(|error| ApiError { status: 400, message: error.to_string() })?;
    let (kind, namespace, name) = (encode(reference.kind()), encode(reference.namespace()), encode(reference.name()));
    api.get(&format!("/api/catalog/entities/by-name/{kind}/{namespace}/{name}")).await
}

/// A template as its author would write it: without what the catalog has put into it, but for where it was read.
fn written(entity: &Value) -> String {
    let mut entity = entity.clone();
    if let Some(fields) = entity.as_object_mut() {
        fields.retain(|name, _| matches!(name.as_str(), "apiVersion" | "kind" | "metadata" | "spec"));
    }
    if let Some(metadata) = entity["metadata"].as_object_mut() {
        metadata.retain(|name, _| !matches!(name.as_str(), "uid" | "etag" | "generation"));
        if metadata.get("namespace").is_some_and(|namespace| namespace == "default") {
            metadata.remove("namespace");
        }
    }
    yaml::text(&entity) + "\n"
}

/// Values to begin with: what parameters say that they are without anybody, or their first choice.
fn sample(parameters: &Value) -> String {
    let pages: Vec<&Value> = match parameters {
        Value::Array(pages) => pages.iter().collect(),
        page => vec![page],
    };
    let mut values = Map::new();
    for page in pages {
        for (name, field) in page["properties"].as_object().into_iter().flatten() {
            let first = ["default", "example", "const"].into_iter().find_map(|key| field.get(key));
            let first = first.or_else(|| field["examples"].get(0)).or_else(|| field["enum"].get(0));
            let is_required =
                page["required"].as_array().is_some_and(|required| required.iter().any(|one| one == name));
            match first {
                Some(first) => drop(values.insert(name.clone(), first.clone())),
                None if is_required => drop(values.insert(name.clone(), empty(field))),
                None => {}
            }
        }
    }
    if values.is_empty() { String::new() } else { yaml::text(&Value::Object(values)) + "\n" }
}

fn empty(field: &Value) -> Value {
    match field["type"].as_str() {
        Some("number" | "integer") => json!(0),
        Some("boolean") => json!(false),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!(""),
    }
}

/// The page `/create/edit`.
#[component]
pub(crate) fn EditPage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        let text = |name: &str| query.with(|query| query.get(name)).filter(|text| !text.is_empty());
        Asked { template: text("template"), trial: text("trial") }
    });
    let key = move || asked.with(|asked| format!("{:?} {:?}", asked.template, asked.trial));
    let edited = Data::<Edited>::new(key, move |api, _| fetch(api, asked.get_untracked()));
    let head = PageHead::titled("Template editor")
        .lead("What is written here is tried, not kept: nothing happens outside, and the template stays where its file is.")
        .doing(link("btn", "/create/actions").child(icon("plug")).child("Actions"));
    let crumbs = vec![Crumb::link("Create", "/create"), Crumb::here("Editor")];
    view! { <Page crumbs>{refused("It was not tried.")} {head} {loaded_page(edited, show)}</Page> }
}

fn show(edited: Edited) -> AnyView {
    let trying = Trying::from(&edited);
    let field = |name: &'static str, rows: &'static str, label: &str, text: &str| {
        textarea(text)
            .class("input mono")
            .attr("name", name)
            .attr("rows", rows)
            .attr("spellcheck", "false")
            .attr("wrap", "off")
            .attr("aria-label", label.to_owned())
    };
    let (template, values) = (trying.clone(), trying.clone());
    let template = field("template", "28", "The template as YAML", &edited.template)
        .on(ev::input, move |event| template.typed(|asked| asked.template = event_target_value(&event)));
    let values = field("values", "8", "The values as YAML or JSON", &edited.values)
        .on(ev::input, move |event| values.typed(|asked| asked.values = event_target_value(&event)));
    let before = edited
        .trial
        .as_ref()
        .map(|trial| el("input").attr("type", "hidden").attr("name", "before").attr("value", trial.id.as_str()));
    let busy = trying.is_under_way;
    let button = el("button").class("btn").attr("data-variant", "primary").attr("type", "submit").child("Dry run");
    let going = span("small muted")
        .attr("role", "status")
        .text_with(move || if busy.get() { "Trying it…".to_owned() } else { String::new() });
    let failure = trying.failure;
    let foot = div("card-foot").child(button).child(going).child(alert(move || failure.get()));
    let written = Card::titled("Template").holding(div("card-body").child(template));
    let filled_in =
        Card::titled("Values").count("what somebody would fill in").holding(vec![div("card-body").child(values), foot]);
    let form = el("form")
        .class("stack")
        .attr("method", "post")
        .attr("action", "/create/edit/try")
        .child(before)
        .child(written)
        .child(filled_in);
    let left = div("stack").child(choice(&edited)).child(form);
    let trial = trying.trial;
    let none = changing(move || {
        if trial.with(Option::is_some) {
            return crate::markup::nothing();
        }
        let said =
            "Press “Dry run”, or write: what the template would say, make and put out stands here a moment later.";
        Card::titled("Dry run").saying(said)
    });
    let right = div("stack").child(none).child(trial::view(trial));
    together([div("halves").child(left).child(right).view()])
}

/// One of the catalog's templates to begin with.
fn choice(edited: &Edited) -> El {
    let option = |(reference, title): &(String, String)| {
        let is_chosen = edited.chosen.as_ref() == Some(reference);
        el("option").attr("value", reference.as_str()).flag("selected", is_chosen).child(title.as_str())
    };
    let mut options = vec![el("option").attr("value", "").child("A new template")];
    options.extend(edited.templates.iter().map(option));
    let select = el("select")
        .class("input grow")
        .attr("name", "template")
        .attr("aria-label", "Template to begin with")
        .child(options);
    let button = el("button").class("btn").attr("type", "submit").child("Open");
    el("form").class("row").attr("method", "get").attr("action", "/create/edit").child(select).child(button)
}

/// What is being written, and what came of the last trial.
#[derive(Clone)]
struct Trying {
    api: Api,
    asked: RwSignal<TemplateToTry>,
    trial: RwSignal<Option<TemplateTrial>>,
    failure: RwSignal<Option<String>>,
    is_under_way: RwSignal<bool>,
    /// Whether something was written while a trial was under way.
    is_stale: RwSignal<bool>,
    rest: StoredValue<Option<TimeoutHandle>>,
}

impl Trying {
    fn from(edited: &Edited) -> Trying {
        let before = edited.trial.as_ref().map(|trial| trial.id.clone());
        let asked = TemplateToTry { template: edited.template.clone(), values: edited.values.clone(), before };
        let trying = Trying {
            api: Api::from_context(),
            asked: RwSignal::new(asked),
            trial: RwSignal::new(edited.trial.clone()),
            failure: RwSignal::new(None),
            is_under_way: RwSignal::new(false),
            is_stale: RwSignal::new(false),
            rest: StoredValue::new(None),
        };
        let rest = trying.rest;
        on_cleanup(move || {
            if let Some(Some(timer)) = rest.try_get_value() {
                timer.clear();
            }
        });
        trying
    }

    /// Takes what stands there after a key.
    fn typed(&self, change: impl FnOnce(&mut TemplateToTry)) {
        self.asked.update(change);
        if let Some(timer) = self.rest.get_value() {
            timer.clear();
        }
        let trying = self.clone();
        self.rest.set_value(set_timeout_with_handle(move || trying.settled(), REST).ok());
    }

    fn settled(&self) {
        if self.is_under_way.try_get_untracked() != Some(false) {
            // Who is under way looks again by itself.
            self.is_stale.try_set(true);
            return;
        }
        self.is_under_way.set(true);
        let trying = Arc::new(self.clone());
        spawn_local(async move {
            loop {
                trying.is_stale.try_set(false);
                let Some(asked) = trying.asked.try_get_untracked() else { return };
                let answer = trying.api.post::<TemplateTrial>("/api/portico/template-trials", &json!(asked)).await;
                trying.take(answer);
                // None if the reader has left.
                if trying.is_stale.try_get_untracked() != Some(true) {
                    break;
                }
            }
            trying.is_under_way.try_set(false);
        });
    }

    fn take(&self, answer: Result<TemplateTrial, ApiError>) {
        match answer {
            Ok(trial) => {
                // What comes is compared with the first, until somebody presses the button.
                if trial.refused.is_none()
                    && self.asked.try_with_untracked(|asked| asked.before.is_none()) == Some(true)
                {
                    self.asked.try_update(|asked| asked.before = Some(trial.id.clone()));
                }
                self.failure.try_set(None);
                self.trial.try_set(Some(trial));
            }
            Err(error) => drop(self.failure.try_set(Some(error.message))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_shown_as_its_author_would_write_it() {
        let entity = json!({
            "apiVersion": "scaffolder.backstage.io/v1beta3", "kind": "Template", "relations": [{ "type": "ownedBy" }],
            "metadata": {
                "name": "a", "namespace": "default", "uid": "u", "etag": "e",
                "annotations": { "backstage.io/source-location": "url:https://forge.test/a/" },
            },
            "spec": { "type": "service", "steps": [{ "id": "b", "action": "debug:log" }] },
        });
        let text = written(&entity);
        for kept in ["kind: Template", "source-location", "action: debug:log"] {
            assert!(text.contains(kept), "{text}");
        }
        for gone in ["relations", "uid", "etag", "namespace"] {
            assert!(!text.contains(gone), "{text}");
        }
    }

    #[test]
    fn values_to_begin_with_are_what_parameters_say() {
        let parameters = json!([
            { "required": ["name", "count"], "properties": {
                "name": { "type": "string" }, "count": { "type": "integer" }, "note": { "type": "string" },
            }},
            { "properties": { "tier": { "enum": ["one", "two"] }, "on": { "type": "boolean", "default": true } } },
        ]);
        let values: Value = serde_yaml::from_str(&sample(&parameters)).unwrap();
        assert_eq!(values, json!({ "name": "", "count": 0, "tier": "one", "on": true }));
        assert_eq!(sample(&Value::Null), "");
    }

    #[test]
    fn what_stands_there_first_is_a_template() {
        let first: Value = serde_yaml::from_str(FIRST).unwrap();
        assert_eq!(first["kind"], "Template");
        assert_eq!(serde_yaml::from_str::<Value>(FIRST_VALUES).unwrap(), json!({ "name": "world" }));
    }
}
