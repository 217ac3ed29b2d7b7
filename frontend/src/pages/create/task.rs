//! One run of a template: its steps beside what is said in them, what it put out, and what to do where it failed. Alive while it goes on.
//!
//! Rule: what changes is read again when something is said of it, at most a few times a second. Forms stand in parts that change with the state
//! alone, so that nothing is taken from under anybody's hands.

use std::collections::BTreeSet;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_params_map;
use portico_api_types::{EventKind, Task, TaskError, TaskEvent, TaskLog, TaskView};
use portico_model::EntityRef;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{approval, inputs, outcome, steps, task_href, task_log, template_href};
use crate::api::{Api, Path, encode};
use crate::components::{
    Crumb, Page, PageHead, Titles, Tone, banner, banners, icon, loaded_page, owner_link, prose, refused, status_with,
    time,
};
use crate::data::{Data, Fetched};
use crate::live::{Followed, every, follow_task};
use crate::markup::{El, changing, div, el, link, nothing, span, together};
use crate::text::task::{error_title, short, task_state, waits_for};
use crate::text::time::took;

/// As often as a reader can follow.
const LOOK: Duration = Duration::from_millis(250);

/// A task, and what the entities that it names are called.
#[derive(Clone, Deserialize)]
pub(super) struct Shown {
    pub(super) view: TaskView,
    pub(super) titles: Titles,
}

impl Shown {
    pub(super) fn task(&self) -> &Task {
        &self.view.task
    }
}

/// The same with what was said.
#[derive(Deserialize)]
struct Fetch {
    shown: Shown,
    log: TaskLog,
}

/// A task as it is now.
async fn now(api: &Api, id: &str) -> Fetched {
    let view = api.get::<Value>(&format!("/api/portico/tasks/{}", encode(id))).await?;
    let approvers = view["task"]["approval"]["by"].as_array().into_iter().flatten();
    let links = view["task"]["output"]["links"].as_array().into_iter().flatten().map(|link| &link["entityRef"]);
    let named = view["entities"].as_array().into_iter().flatten().chain(approvers).chain(links);
    let named = named.chain([&view["template"]["owner"], &view["task"]["createdBy"]]);
    let named: BTreeSet<EntityRef> = named.filter_map(|name| EntityRef::parse(name.as_str()?).ok()).collect();
    let titles = Titles::fetch(api, named).await.unwrap_or_default();
    Ok(json!({ "view": view, "titles": titles }))
}

async fn fetch(api: Api, id: String) -> Fetched {
    // One after the other: of a task that is over when it is read, the log that is read then is whole.
    let shown = now(&api, &id).await?;
    let log = api.get::<Value>(&format!("/api/portico/tasks/{}/log", encode(&id))).await?;
    Ok(json!({ "shown": shown, "log": log }))
}

/// The page `/create/tasks/{id}`.
#[component]
pub(crate) fn TaskPage() -> impl IntoView {
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|parameters| parameters.get("id").unwrap_or_default()));
    let data = Data::<Fetch>::new(move || id.get(), fetch);
    let crumbs = Signal::derive(move || {
        vec![
            Crumb::link("Create", "/create"),
            Crumb::link("Runs", "/create/tasks"),
            Crumb::here(format!("#{}", short(&id.get()))),
        ]
    });
    view! { <Page crumbs>{refused("That was not done.")} {loaded_page(data, show)}</Page> }
}

fn show(fetched: Fetch) -> AnyView {
    let Fetch { shown, log } = fetched;
    let more = log.more;
    let (shown, log) = (RwSignal::new(shown), RwSignal::new(log.events));
    live(shown, log, more);
    let status = Memo::new(move |_| shown.with(|shown| shown.task().status));
    let over = Memo::new(move |_| status.get().is_over());
    let tick = RwSignal::new(0_u32);
    if !over.get_untracked() {
        every(Duration::from_secs(1), move || tick.update(|tick| *tick = tick.wrapping_add(1)));
    }
    let (title, template) = shown.with_untracked(|shown| (title(shown.task()), shown.view.template.clone()));
    let state = changing(move || {
        let (tone, word, glyph) = task_state(status.get());
        status_with(tone, word, glyph).view()
    });
    let lead = changing(move || {
        tick.track();
        shown.with(lead)
    });
    let doing = changing(move || {
        status.track();
        shown.with_untracked(doing)
    });
    let head = PageHead::titled(title).beside(state).lead(lead).doing(doing);
    let ask = template.and_then(|template| template.owner);
    let failure = Memo::new(move |_| shown.with(|shown| shown.task().error.clone()));
    let said = changing(move || {
        let titles = shown.with_untracked(|shown| shown.titles.clone());
        banners(failure.get().map(|error| failed(&error, ask.as_deref(), &titles)).into_iter().collect())
    });
    let again = changing(move || {
        status.track();
        shown.with_untracked(again).map_or_else(nothing, El::view)
    });
    // Drawn anew when somebody decides, or it begins; not while somebody writes why.
    let decided = Memo::new(move |_| shown.with(|shown| (shown.task().approval.clone(), shown.task().status)));
    let approval = changing(move || {
        decided.track();
        shown.with_untracked(approval::card)
    });
    let work = div("stack")
        .child(task_log::card(shown, log, over, more))
        .child(changing(move || shown.with(outcome::cards)))
        .child(shown.with_untracked(inputs::card))
        .child(changing(move || shown.with(inputs::steps_card)));
    let aside = div("stack").child(changing(move || shown.with(|shown| steps::card(shown.task()))));
    together([head, said, approval, again, div("split-task").child(aside).child(work).view()])
}

/// Follows what is said, and looks at the task again when that is of how something stands.
fn live(shown: RwSignal<Shown>, log: RwSignal<Vec<TaskEvent>>, is_cut: bool) {
    let (id, is_over) = shown.with_untracked(|shown| (shown.task().id.clone(), shown.task().status.is_over()));
    if is_over {
        return;
    }
    let api = Api::from_context();
    let last = log.with_untracked(|log| log.last().map_or(0, |event| event.id));
    let look = Look { api, id: id.clone(), shown, is_waiting: RwSignal::new(false) };
    follow_task(&id, last, move |event| {
        let is_end = matches!(event.kind, EventKind::Completion | EventKind::Cancelled);
        let stands = event.body.status.is_some();
        let is_new = log.with_untracked(|log| log.last().is_none_or(|last| last.id < event.id));
        let is_said = event.kind == EventKind::Log;
        if is_new && !is_cut {
            log.update(|log| log.push(event));
        }
        if stands || !is_said {
            look.soon();
        }
        if is_end { Followed::End } else { Followed::More }
    });
}

/// Looks at a task again.
#[derive(Clone)]
struct Look {
    api: Api,
    id: String,
    shown: RwSignal<Shown>,
    is_waiting: RwSignal<bool>,
}

impl Look {
    /// In a moment, and once for all that happens until then.
    fn soon(&self) {
        if self.is_waiting.try_get_untracked() != Some(false) {
            return;
        }
        self.is_waiting.set(true);
        let look = self.clone();
        let later = move || {
            // What is said from here on is looked at again.
            look.is_waiting.try_set(false);
            let look = look.clone();
            spawn_local(async move {
                if let Ok(now) = crate::data::read::<Shown>(now(&look.api, &look.id).await) {
                    look.shown.try_set(now);
                }
            });
        };
        set_timeout(later, LOOK);
    }
}

/// What it is called: its template, and what was made by the name that was filled in.
fn title(task: &Task) -> String {
    let template = task.spec.template_info.as_ref();
    let title = template.and_then(|template| {
        let title = template.entity["metadata"]["title"].as_str().map(str::to_owned);
        title.or_else(|| Some(EntityRef::parse(&template.entity_ref).ok()?.name().to_owned()))
    });
    let title = title.unwrap_or_else(|| "A template".to_owned());
    let named = ["name", "component_id", "componentName", "serviceName"]
        .into_iter()
        .find_map(|name| task.spec.parameters.get(name)?.as_str().filter(|name| !name.is_empty()));
    match named {
        Some(named) => format!("{title}: {named}"),
        None => title,
    }
}

fn lead(shown: &Shown) -> AnyView {
    let task = shown.task();
    let mut said = vec![format!("Run #{}", short(&task.id)).into_any()];
    if let Some(by) = task.created_by.as_deref().and_then(|by| EntityRef::parse(by).ok()) {
        said.push(" · asked by ".into_any());
        said.push(owner_link(&by, &shown.titles).view());
    }
    said.push(" · ".into_any());
    said.push(time(task.created_at));
    let rest = match (task.ended_at, task.waits_for) {
        (Some(ended), _) => format!(" · took {}", took(task.created_at, ended)),
        (None, _) if task.approval.as_ref().is_some_and(|approval| !approval.is_given()) => {
            " · waits for approval".to_owned()
        }
        (None, Some(before)) => format!(" · {}", waits_for(before)),
        (None, None) => format!(" · {} so far", took(task.created_at, crate::components::now())),
    };
    said.push(rest.into_any());
    if let Some(expires) = task.expires_at {
        said.push(" · what it made is taken down ".into_any());
        said.push(time(expires));
    }
    span("lead-row").child(said).view()
}

/// What can be done with it.
fn doing(shown: &Shown) -> AnyView {
    let task = shown.task();
    let stop = (!task.status.is_over()).then(|| {
        let button = el("button").class("btn").attr("type", "submit").attr("data-variant", "danger");
        posted(&task.id, "cancel").child(button.child(icon("x")).child("Cancel"))
    });
    let retry = (task.can_be_retried() && task.secrets.is_empty()).then(|| {
        let button = el("button").class("btn").attr("type", "submit").child(icon("refresh"));
        posted(&task.id, "retry").child(button.child(retried_from(task)))
    });
    let again = run_again(shown).map(|href| link("btn", href).child(icon("runs")).child("Run again"));
    together([stop, retry, again].into_iter().flatten().map(El::view))
}

fn posted(id: &str, what: &str) -> El {
    el("form").attr("method", "post").attr("action", format!("{}/{what}", task_href(id)))
}

/// What trying again begins with.
fn retried_from(task: &Task) -> String {
    use portico_api_types::StepStatus::{Completed, Skipped};
    let is_done = |place: usize| task.steps.get(place).is_some_and(|step| matches!(step.status, Completed | Skipped));
    let next = task.spec.steps.iter().enumerate().find(|(place, _)| !is_done(*place));
    match next {
        Some((_, step)) => format!("Retry from {}", step.name),
        None => "Retry".to_owned(),
    }
}

/// The form of its template with the same answers and entity; secrets are given anew. The address names the task, since answers may be longer than
/// addresses.
fn run_again(shown: &Shown) -> Option<String> {
    let reference = EntityRef::parse(&shown.view.template.as_ref()?.entity_ref).ok()?;
    Some(Path::new(template_href(&reference)).with("again", &shown.task().id).to_string())
}

/// The form that tries it again where it wants secrets.
fn again(shown: &Shown) -> Option<El> {
    let task = shown.task();
    if !task.can_be_retried() || task.secrets.is_empty() {
        return None;
    }
    let field = |(index, name): (usize, &String)| {
        let id = format!("secret-{index}");
        let input = el("input")
            .class("input")
            .attr("id", id.as_str())
            .attr("type", "password")
            .attr("name", format!("secret.{name}"))
            .attr("autocomplete", "off");
        div("field").child(el("label").attr("for", id).child(name.as_str())).child(input)
    };
    let fields: Vec<El> = task.secrets.iter().enumerate().map(field).collect();
    let button =
        el("button").class("btn").attr("data-variant", "primary").attr("type", "submit").child(retried_from(task));
    let said = "It was given secrets, which are kept nowhere. Give those again that the steps that are left use.";
    let form = posted(&task.id, "retry")
        .child(div("card-body stack").child(el("p").class("text muted").child(said)).child(div("tiles").child(fields)))
        .child(div("card-foot").child(button));
    let head = div("card-head").child(el("h2").child("Try it again"));
    Some(el("section").class("card spaced").child(head).child(form))
}

/// Why it failed, what to do, and whom to ask.
fn failed(error: &TaskError, owner: Option<&str>, titles: &Titles) -> El {
    let step = error
        .step_id
        .as_deref()
        .map(|step| el("p").child("In the step ").child(link("link", format!("#step-{step}")).child(step)).child("."));
    let said = el("div").child(el("p").child(prose(&error.message))).child(step);
    let ask = owner
        .and_then(|owner| EntityRef::parse(owner).ok())
        .map(|owner| div("row").child(span("small muted").child("Ask its owner")).child(owner_link(&owner, titles)));
    banner(Tone::Bad, error_title(&error.name), said).child(ask)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(parameters: Value, steps: Value) -> Shown {
        let view = json!({
            "task": {
                "id": "0f8fad5b-d9cb-469f-a165-70867728950e", "status": "failed", "createdAt": "2026-11-27T15:00:00Z", "steps": steps,
                "spec": {
                    "apiVersion": "scaffolder.backstage.io/v1beta3", "output": {}, "user": {}, "parameters": parameters,
                    "steps": [
                        { "id": "a", "name": "Fetch", "action": "x:a" }, { "id": "b", "name": "Publish", "action": "x:b" },
                    ],
                    "templateInfo": { "entityRef": "template:default/rust", "entity": { "metadata": { "title": "Rust service" } } },
                },
            },
            "template": { "entityRef": "template:default/rust", "title": "Rust service" },
        });
        Shown { view: portico_api_types::read(&view).unwrap(), titles: Titles::default() }
    }

    #[test]
    fn a_run_is_called_by_its_template_and_what_it_makes() {
        for (parameters, expected) in [
            (json!({ "name": "fx-quotes" }), "Rust service: fx-quotes"),
            (json!({ "component_id": "x", "name": "" }), "Rust service: x"),
            (json!({ "name": 3 }), "Rust service"),
        ] {
            assert_eq!(title(shown(parameters, json!([])).task()), expected);
        }
    }

    #[test]
    fn running_again_names_the_run_whatever_was_filled_in() {
        let shown = shown(json!({ "name": "a".repeat(100_000) }), json!([]));
        let expected = "/create/templates/default/rust?again=0f8fad5b-d9cb-469f-a165-70867728950e";
        assert_eq!(run_again(&shown).as_deref(), Some(expected));
    }

    #[test]
    fn trying_again_begins_with_the_first_step_that_is_not_done() {
        let step = |id: &str, status: &str| json!({ "id": id, "status": status, "attempts": 1 });
        for (steps, expected) in [
            (json!([step("a", "completed"), step("b", "failed")]), "Retry from Publish"),
            (json!([step("a", "failed"), step("b", "open")]), "Retry from Fetch"),
            (json!([step("a", "completed"), step("b", "skipped")]), "Retry"),
        ] {
            assert_eq!(retried_from(shown(json!({}), steps).task()), expected);
        }
    }
}
