//! The page that fills in a template: a page of its form at a time, what was filled in to be looked over, and the run.
//!
//! Rule: the client holds no schema. What a form comes to for what is filled in, the server says: as one types, or, without script, whenever a
//! button is pressed. What was filled in travels in the form itself, but for secrets, which are typed on the last page and are in nothing that
//! is kept.

mod browser;
mod controls;
mod draft;
mod fields;
mod filling;
mod offers;
mod pickers;
mod review;
mod shape;
mod stepper;

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use portico_api_types::template_form::{FormPage, TemplateAnswers};
use portico_api_types::{TemplateFilledIn, TemplateFormAsk, TemplateFormView, TemplateSummary};
use portico_model::EntityRef;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::{Api, ApiError, Path, encode};
use crate::components::{Crumb, Page, PageHead, Titles, Tone, banner, banners, icon, loaded_page, mark, prose};
use crate::data::{Data, Fetched};
use crate::entity::href;
use crate::markup::{El, changing, div, el, link, nothing, span, together};
use crate::text::number::counted;
use crate::text::task::share;
use filling::Filling;
use offers::Offers;

/// A template that is being filled in.
#[derive(Deserialize)]
pub(super) struct Loaded {
    template: TemplateSummary,
    titles: Titles,
    view: TemplateFormView,
    filled_in: TemplateFilledIn,
    offers: Offers,
    /// Whether nothing is filled in yet, so that what was begun before is offered.
    is_fresh: bool,
}

/// What the address asks for.
struct Asked {
    namespace: String,
    name: String,
    query: Vec<(String, String)>,
}

impl Asked {
    fn api(&self) -> String {
        format!("/api/portico/templates/{}/{}", encode(&self.namespace), encode(&self.name))
    }

    /// What it fills in: everything but what is for the page itself.
    fn fills_in(&self) -> Vec<(String, String)> {
        let is_value = |name: &str| !matches!(name, "again" | "entity" | "refused" | "page");
        self.query.iter().filter(|(name, _)| is_value(name)).cloned().collect()
    }

    fn named(&self, name: &str) -> Option<String> {
        let found = self.query.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.clone())
    }

    /// What the form begins with: what a run was given that is to be run again, and the entity that is named.
    async fn beginning(&self, api: &Api) -> Result<TemplateFilledIn, ApiError> {
        let mut filled_in = TemplateFilledIn { entity: self.named("entity"), ..TemplateFilledIn::default() };
        if let Some(id) = self.named("again") {
            let task = api.get::<Value>(&format!("/api/scaffolder/v2/tasks/{}", encode(&id))).await?;
            let spec = &task["spec"];
            let parameters = spec["parameters"].as_object().cloned().unwrap_or_default();
            filled_in.answers = TemplateAnswers::from(parameters);
            let entity = portico_model::reference_of(&spec["entity"]).map(|entity| entity.to_string());
            filled_in.entity = filled_in.entity.or(entity);
        }
        Ok(filled_in)
    }
}

/// What a form came to that was sent to this address.
fn sent() -> Option<TemplateFilledIn> {
    #[cfg(feature = "ssr")]
    return use_context::<http::request::Parts>()
        .and_then(|parts| parts.extensions.get::<crate::FilledIn>().map(|filled| filled.0.clone()));
    #[cfg(not(feature = "ssr"))]
    None
}

async fn fetch(api: Api, asked: Asked, sent: Option<TemplateFilledIn>) -> Fetched {
    let template = api.get::<Value>(&asked.api()).await?;
    let is_fresh = sent.is_none() && asked.fills_in().is_empty() && asked.named("again").is_none();
    let query = if sent.is_none() { asked.fills_in() } else { Vec::new() };
    let filled_in = match sent {
        Some(sent) => sent,
        None => asked.beginning(&api).await?,
    };
    let ask = TemplateFormAsk {
        answers: filled_in.answers.clone(),
        posted: Vec::new(),
        query,
        entity: filled_in.entity.clone(),
    };
    let view = api.post::<TemplateFormView>(&format!("{}/form", asked.api()), &json!(ask)).await?;
    let page = filled_in.page.min(view.form.pages.len());
    let filled_in = TemplateFilledIn { page, ..filled_in };
    let fields = view.form.pages.get(page).map(|page: &FormPage| page.fields.as_slice()).unwrap_or_default();
    let offers = offers::fetch(&api, fields, &Offers::new()).await;
    let approves = view.approval.iter().flat_map(|approval| &approval.by).map(String::as_str);
    let named = approves.chain(template["owner"].as_str()).chain(filled_in.entity.as_deref());
    let named: BTreeSet<EntityRef> = named.filter_map(|name| EntityRef::parse(name).ok()).collect();
    let titles = Titles::fetch(&api, named).await.unwrap_or_default();
    Ok(json!({
        "template": template, "titles": titles, "view": view, "filled_in": filled_in, "offers": offers, "is_fresh": is_fresh,
    }))
}

/// The page `/create/templates/{namespace}/{name}`.
#[component]
pub(crate) fn FillPage() -> impl IntoView {
    let (parameters, query) = (use_params_map(), use_query_map());
    let part = move |name: &str| parameters.with(|parameters| parameters.get(name).unwrap_or_default());
    let asked = move || Asked {
        namespace: part("namespace"),
        name: part("name"),
        query: query.with(|query| query.clone().into_iter().map(|(name, value)| (name.into_owned(), value)).collect()),
    };
    let sent = sent();
    let key = move || {
        let asked = asked();
        format!("{} {:?}", asked.api(), asked.query)
    };
    let data = Data::<Loaded>::new(key, move |api, _| fetch(api, untrack(asked), sent.clone()));
    let crumbs = Signal::derive(move || vec![Crumb::link("Create", "/create"), Crumb::here(part("name"))]);
    view! { <Page crumbs>{loaded_page(data, show)}</Page> }
}

fn show(loaded: Loaded) -> AnyView {
    let head = head(&loaded);
    let warnings = banners(warnings(&loaded));
    let is_fresh = loaded.is_fresh;
    let filling = Filling::of(loaded);
    let offer = if is_fresh { draft::offer(&filling) } else { nothing() };
    let steps = {
        let filling = filling.clone();
        changing(move || stepper::steps(&filling))
    };
    let work = changing(move || {
        filling.drawn.track();
        work(&filling)
    });
    together([head, warnings, offer, div("wizard").child(steps).child(work).view()])
}

fn head(loaded: &Loaded) -> AnyView {
    let template = &loaded.template;
    let editor = Path::new("/create/edit").with("template", &template.entity_ref).to_string();
    let owner = template.owner.as_deref().and_then(|owner| EntityRef::parse(owner).ok());
    let mut said: Vec<String> = owner.map(|owner| format!("By {}", loaded.titles.text(&owner))).into_iter().collect();
    let figures = &template.figures;
    said.extend(figures.success.map(|success| {
        format!("{} of {} succeed", share(success), counted(figures.completed + figures.failed, "run", "runs"))
    }));
    let description = template.description.as_deref().map(|text| el("p").class("text muted").child(prose(text)));
    let lead = el("span").child(said.join(" · "));
    let head =
        PageHead::titled(template.title.as_str()).mark(mark("k-template")).lead((!said.is_empty()).then_some(lead));
    let head = head.doing(link("btn", editor).child(icon("file")).child("YAML"));
    let entity = loaded.filled_in.entity.as_deref().and_then(|entity| EntityRef::parse(entity).ok()).map(|entity| {
        let title = link("link", href(&entity)).child(loaded.titles.text(&entity));
        el("p").class("text").child("Started from ").child(title).child(".")
    });
    together([head, div("about").child(description).child(entity).view()])
}

/// What keeps it from being run now, and why it was not.
fn warnings(loaded: &Loaded) -> Vec<El> {
    let template = &loaded.template;
    let refused = loaded.filled_in.refused.as_deref().filter(|reason| !reason.is_empty());
    let refused = refused.map(|reason| banner(Tone::Bad, "It was not run.", el("p").child(prose(reason))));
    let missing = (!template.missing_actions.is_empty()).then(|| {
        let all = template.missing_actions.iter().map(|action| format!("`{action}`")).collect::<Vec<_>>().join(", ");
        let said = format!("No plugin does what its steps want: {all}. ");
        let plugins = link("link", "/plugins").child("Install one that does");
        banner(Tone::Warn, "It cannot be run now.", el("p").child(prose(&said)).child(plugins).child("."))
    });
    let no_entity = (template.is_for_entities && loaded.filled_in.entity.is_none()).then(|| {
        let said = "It changes something that there is: open the page of what it is for, and choose it there.";
        let catalog = link("link", "/catalog").child("Go to the catalog");
        banner(Tone::Warn, "It is started from an entity.", el("p").child(said).child(" ").child(catalog).child("."))
    });
    [refused, missing, no_entity].into_iter().flatten().collect()
}

/// The form of the page that is filled in, or of the last one.
fn work(filling: &Filling) -> AnyView {
    let page = filling.page.get_untracked();
    let view = filling.view.get_untracked();
    let (content, buttons) = match view.form.pages.get(page) {
        Some(drawn) => (fill(filling, drawn), filling_buttons(filling, page)),
        None => (review::content(filling, &view), review::buttons(filling, page)),
    };
    let default = if page < view.form.pages.len() { "next" } else { "run" };
    // What the key Enter does: browsers press the first button.
    let default = el("button")
        .class("visually-hidden")
        .attr("type", "submit")
        .attr("name", "go")
        .attr("value", default)
        .attr("tabindex", "-1")
        .attr("aria-hidden", "true");
    let hidden = |name: &str, value: &str| el("input").attr("type", "hidden").attr("name", name).attr("value", value);
    let answers = serde_json::to_string(&view.answers).unwrap_or_default();
    let form = el("form")
        .class("stack template-form")
        .attr("id", FORM)
        .attr("method", "post")
        .attr("action", filling.address.as_str())
        .attr("autocomplete", "off")
        .flag("novalidate", true)
        .child(default)
        .child(hidden("answers", &answers))
        .child(hidden("page", &page.to_string()))
        .child(filling.entity.as_deref().map(|entity| hidden("entity", entity)))
        .child(content)
        .child(buttons);
    filling.listening(form).view()
}

/// The id of the form.
const FORM: &str = "template-form";

/// The id of the title of its page.
const TITLE: &str = "template-page";

fn title(text: &str) -> El {
    el("h2").attr("id", TITLE).attr("tabindex", "-1").child(text)
}

fn fill(filling: &Filling, page: &FormPage) -> Vec<El> {
    let drawing = filling.drawing(&page.fields);
    let description = page.description.as_ref().map(|text| div("muted").child(crate::cards::blocks(text)));
    let is_required = page.fields.iter().any(|field| field.is_required);
    let legend = is_required.then(|| el("p").class("small muted").child("What is marked with * has to be filled in."));
    let remarks = page.remarks.iter().map(|remark| el("p").class("small muted").child(prose(remark)));
    let head = div("").child(title(&page.title)).child(description).child(remarks.collect::<Vec<_>>()).child(legend);
    let errors = filling.page_errors();
    let wrong = div("").child_with(move || {
        let errors = errors.get();
        let lines: Vec<El> = errors.iter().map(|error| el("p").child(prose(error))).collect();
        if lines.is_empty() { nothing() } else { banner(Tone::Bad, "This does not go together.", lines).view() }
    });
    let empty = page.fields.is_empty().then(|| el("p").class("muted").child("There is nothing to fill in here."));
    let fields = drawing.fields(&page.fields);
    let more = (!page.alternatives.is_empty()).then(|| div("").child(fields::alternatives(&page.alternatives)));
    [Some(head), Some(wrong), more, Some(fields), empty].into_iter().flatten().collect()
}

fn filling_buttons(filling: &Filling, page: usize) -> El {
    let back = match page {
        0 => link("btn", "/create").child("Back"),
        _ => go("back").child("Back"),
    };
    let (busy, failure, saved) = (filling.is_busy, filling.failure, filling.is_kept);
    let said = span("small muted push hide-narrow").attr("role", "status").text_with(move || {
        match (busy.get(), saved.get()) {
            (true, _) => "Looking at it…".to_owned(),
            (false, true) => "Draft kept in this browser".to_owned(),
            (false, false) => String::new(),
        }
    });
    let failure = crate::components::alert(move || failure.get());
    let next = go("next").attr("data-variant", "primary").child("Continue");
    div("actionbar").child(back).child(said).child(failure).child(next)
}

/// A button of the form that leads to another page.
fn go(to: &str) -> El {
    el("button").class("btn").attr("type", "submit").attr("form", FORM).attr("name", "go").attr("value", to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_fills_in_is_all_but_what_is_for_the_page() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let asked = Asked {
            namespace: "a b".to_owned(),
            name: "t".to_owned(),
            query: vec![
                pair("name", "x"),
                pair("entity", "component:default/orders"),
                pair("formData", "{}"),
                pair("again", "t1"),
            ],
        };
        assert_eq!(asked.api(), "/api/portico/templates/a%20b/t");
        assert_eq!(asked.fills_in(), [pair("name", "x"), pair("formData", "{}")]);
        assert_eq!(asked.named("entity").as_deref(), Some("component:default/orders"));
    }
}
