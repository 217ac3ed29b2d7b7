//! The gallery of templates: searched, sorted by type and tags, those of the reader's teams first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leptos::ev;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use portico_api_types::TemplateSummary;
use portico_model::EntityRef;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Typed, chip, holds, search_field, searched, template_href};
use crate::api::{Api, Path};
use crate::components::{
    Crumb, Page, PageHead, Titles, Tone, empty_card, icon, icon_of, loaded, next, owner_link, prose, waiting,
};
use crate::data::{Data, Fetched};
use crate::markup::{El, changing, div, el, link, span, together};
use crate::text::number::{counted, grouped};
use crate::text::task::{milliseconds, share};

/// Tags that are offered: the most frequent.
const TAGS: usize = 12;

/// All templates, and whose the reader's are.
#[derive(Deserialize)]
struct Gallery {
    templates: Vec<TemplateSummary>,
    /// The reader and their groups, as references; empty where nobody is signed in.
    mine: Vec<String>,
    titles: Titles,
}

async fn fetch(api: Api) -> Fetched {
    let templates = api.get::<Value>("/api/portico/templates").await?;
    // Without it the gallery is the same for everybody.
    let me = api.get::<Value>("/api/portico/me").await.unwrap_or_default();
    let groups = me["groups"].as_array().into_iter().flatten();
    let mine: Vec<&str> = groups.chain([&me["user"]]).filter_map(Value::as_str).collect();
    let owners = templates.as_array().into_iter().flatten().filter_map(|template| template["owner"].as_str());
    let owners: BTreeSet<EntityRef> = owners.filter_map(|owner| EntityRef::parse(owner).ok()).collect();
    let titles = Titles::fetch(&api, owners).await.unwrap_or_default();
    Ok(json!({ "templates": templates, "mine": mine, "titles": titles }))
}

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asked {
    words: String,
    kind: Option<String>,
    tag: Option<String>,
}

impl Asked {
    fn of(parameters: &ParamsMap) -> Asked {
        let text = |name| parameters.get(name).filter(|text| !text.trim().is_empty());
        Asked { words: text("q").unwrap_or_default().trim().to_owned(), kind: text("type"), tag: text("tag") }
    }

    fn href(&self) -> String {
        let words = Some(self.words.trim()).filter(|words| !words.is_empty());
        let path = Path::new("/create").with_some("q", words).with_some("type", self.kind.as_deref());
        path.with_some("tag", self.tag.as_deref()).to_string()
    }

    fn finds(&self, template: &TemplateSummary) -> bool {
        let is_of = self.kind.is_none() || self.kind == template.kind;
        let is_tagged = self.tag.as_ref().is_none_or(|tag| template.tags.contains(tag));
        let said = [Some(&template.title), template.description.as_ref(), Some(&template.entity_ref)];
        let more = [template.kind.as_ref(), template.owner.as_ref()];
        let text: Vec<&str> =
            said.into_iter().chain(more).flatten().chain(&template.tags).map(String::as_str).collect();
        is_of && is_tagged && holds(&text.join(" "), &self.words)
    }
}

/// The page `/create`.
#[component]
pub(crate) fn CreatePage() -> impl IntoView {
    let parameters = use_query_map();
    let asked = Memo::new(move |_| parameters.with(Asked::of));
    let gallery = Data::<Gallery>::new(String::new, |api, _| async move { fetch(api).await });
    let ways =
        [("Runs", "/create/tasks", "runs"), ("Actions", "/create/actions", "plug"), ("Editor", "/create/edit", "edit")];
    let ways: Vec<El> =
        ways.into_iter().map(|(text, href, glyph)| link("btn", href).child(icon(glyph)).child(text)).collect();
    let head = PageHead::titled("Create").lead("Start something new, or change something that runs.").doing(ways);
    view! {
        <Page crumbs=vec![Crumb::here("Create")]>
            {head} {waiting()} {loaded(gallery, move |gallery| show(Arc::new(gallery), asked))}
        </Page>
    }
}

fn show(gallery: Arc<Gallery>, asked: Memo<Asked>) -> AnyView {
    if gallery.templates.is_empty() {
        let explanation = "A template is an entity of the kind Template and comes in as all others do: from a repository that a source \
                           reads, or from the address of its file, once that is registered.";
        return empty_card("No templates yet", explanation, next("Register an address", "/sources#locations"));
    }
    let typed = Typed::new();
    let write = move |words: String| typed.go(Asked { words, ..asked.get_untracked() }.href());
    let label = format!("Search {}", counted(gallery.templates.len() as u64, "template", "templates"));
    let field = search_field(&label, &asked.get_untracked().words);
    let field = field.on(ev::input, move |event| write(event_target_value(&event)));
    let hidden = move || {
        let Asked { kind, tag, .. } = asked.get();
        let field = |name: &str, value: Option<String>| {
            value.map(|value| el("input").attr("type", "hidden").attr("name", name).attr("value", value).view())
        };
        together([field("type", kind), field("tag", tag)].into_iter().flatten())
    };
    let form = el("form")
        .class("row search-form")
        .attr("method", "get")
        .attr("action", "/create")
        .attr("role", "search")
        .on(ev::submit, |event| event.prevent_default())
        .child_with(hidden)
        .child(searched(field))
        .child(el("button").class("btn no-script").attr("type", "submit").child("Search"));
    together([form.view(), changing(move || found(&gallery, &asked.get()))])
}

/// What fits, below the choices.
fn found(gallery: &Gallery, asked: &Asked) -> AnyView {
    let found: Vec<&TemplateSummary> = gallery.templates.iter().filter(|template| asked.finds(template)).collect();
    let choices = choices(gallery, asked);
    let said = el("p").class("visually-hidden").attr("role", "status").child(counted(
        found.len() as u64,
        "template",
        "templates",
    ));
    if found.is_empty() {
        let explanation = "Every word and every choice has to fit. Take one away, or begin anew.";
        let none = empty_card("No template fits", explanation, next("Show all templates", "/create"));
        return together([choices.view(), said.view(), none]);
    }
    let is_mine =
        |template: &&TemplateSummary| template.owner.as_ref().is_some_and(|owner| gallery.mine.contains(owner));
    let (mine, others): (Vec<&TemplateSummary>, Vec<&TemplateSummary>) = found.into_iter().partition(is_mine);
    let title = if mine.is_empty() { "All templates" } else { "From others" };
    let sections = [
        section("From your teams", "What you and your groups own.", &mine, &gallery.titles),
        section(title, "With the usual time, and the share of runs that succeed.", &others, &gallery.titles),
    ];
    let sections = div("sections").child(sections.into_iter().flatten().collect::<Vec<_>>());
    together([choices.view(), said.view(), sections.view()])
}

/// Types and tags, each with how many templates it would find.
fn choices(gallery: &Gallery, asked: &Asked) -> El {
    let finds = |asked: &Asked| gallery.templates.iter().filter(|template| asked.finds(template)).count();
    let all = Asked { kind: None, ..asked.clone() };
    let mut types = vec![chip("All", Some(finds(&all)), all.href(), asked.kind.is_none())];
    let kinds: BTreeSet<&String> = gallery.templates.iter().filter_map(|template| template.kind.as_ref()).collect();
    for kind in kinds {
        let of_kind = Asked { kind: Some(kind.clone()), ..asked.clone() };
        types.push(chip(kind, Some(finds(&of_kind)), of_kind.href(), asked.kind.as_ref() == Some(kind)));
    }
    let tag = |tag: &String| {
        let is_chosen = asked.tag.as_ref() == Some(tag);
        // A second time takes it away.
        let other = Asked { tag: (!is_chosen).then(|| tag.clone()), ..asked.clone() };
        link("tag", other.href()).attr_some("aria-current", is_chosen.then_some("true")).child(format!("#{tag}"))
    };
    let tags: Vec<El> = frequent(&gallery.templates).into_iter().map(tag).collect();
    let row = |label: &str, all: Vec<El>| {
        (!all.is_empty())
            .then(|| el("nav").class("row").attr("aria-label", label).attr("style", "--gap:6px").child(all))
    };
    let types = if types.len() > 1 { types } else { Vec::new() };
    div("stack choices-above").attr("style", "--gap:8px").child(row("Types", types)).child(row("Tags", tags))
}

/// The tags that most templates have, the most frequent first.
fn frequent(templates: &[TemplateSummary]) -> Vec<&String> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    for tag in templates.iter().flat_map(|template| &template.tags) {
        *counts.entry(tag).or_default() += 1;
    }
    let mut tags: Vec<(&String, usize)> = counts.into_iter().collect();
    tags.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    tags.truncate(TAGS);
    tags.into_iter().map(|(tag, _)| tag).collect()
}

fn section(title: &str, said: &str, templates: &[&TemplateSummary], titles: &Titles) -> Option<El> {
    if templates.is_empty() {
        return None;
    }
    let head = div("section-head").child(el("h2").child(title)).child(el("p").child(said));
    let tiles: Vec<El> = templates.iter().map(|template| tile(template, titles)).collect();
    Some(el("section").child(head).child(div("tiles").child(tiles)))
}

fn tile(template: &TemplateSummary, titles: &Titles) -> El {
    let reference = EntityRef::parse(&template.entity_ref).ok();
    let mark = span("kind-mark").attr("data-size", "28").child(icon_of(glyph(template.kind.as_deref()), "14"));
    let title = match &reference {
        Some(reference) => link("", template_href(reference)),
        None => el("span"),
    };
    let owner = template.owner.as_deref().and_then(|owner| EntityRef::parse(owner).ok());
    let owner = owner.map_or_else(|| span("").child("Nobody owns it"), |owner| owner_link(&owner, titles));
    let description = template.description.as_deref().unwrap_or("Nobody has said what comes of it.");
    el("article")
        .class("template")
        .child(mark)
        .child(el("h3").child(title.child(template.title.as_str())))
        .child(span("by").child(owner))
        .child(el("p").child(prose(description)))
        .child(missing(template))
        .child(facts(template))
}

/// Why it cannot be run now, and what to do.
fn missing(template: &TemplateSummary) -> Option<El> {
    let [first, others @ ..] = template.missing_actions.as_slice() else { return None };
    let others = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
    let said = format!("It cannot be run: no plugin does `{first}`{others}. ");
    let plugins = link("link", "/plugins").child("Install one that does");
    let title = template.missing_actions.join(", ");
    Some(
        el("p")
            .class("missing")
            .tone(Some(Tone::Warn))
            .title(title)
            .child(icon_of("s-warn", "14"))
            .child(el("span").child(prose(&said)).child(plugins).child(".")),
    )
}

fn facts(template: &TemplateSummary) -> El {
    let figures = &template.figures;
    let fact = |glyph, text: String, title: &str| span("").title(title).child(icon_of(glyph, "12")).child(text);
    let usual = figures
        .median_milliseconds
        .map(|usual| fact("clock", milliseconds(usual), "Usual time from the wish to the end"));
    let success =
        figures.success.map(|value| fact("check", share(value), "Runs that succeed, of those that came to an end"));
    let runs = match figures.tasks {
        0 => span("").child("not run yet"),
        runs => {
            let all = Path::new("/create/tasks").with("template", &template.entity_ref).to_string();
            let count = if runs >= 500 { format!("{}+", grouped(runs)) } else { grouped(runs) };
            let word = if runs == 1 { "run" } else { "runs" };
            link("", all).child(icon_of("runs", "12")).child(format!("{count} {word}"))
        }
    };
    let asks = template.needs_approval.then(|| span("").child(icon_of("lock", "12")).child("needs approval"));
    let entity = template.is_for_entities.then(|| span("").child("starts from an entity's page"));
    let kind = template.kind.as_deref().map(|kind| span("tag").child(kind));
    div("row").child(usual).child(success).child(runs).child(asks).child(entity).child(kind)
}

/// The glyph for what a template makes.
fn glyph(kind: Option<&str>) -> &'static str {
    match kind.unwrap_or_default() {
        "service" | "component" => "k-component",
        "website" | "webapp" | "frontend" => "globe",
        "library" | "package" => "box",
        "documentation" | "docs" => "file",
        "api" => "k-api",
        "resource" | "infrastructure" | "database" => "k-resource",
        "environment" | "cluster" => "cpu",
        "access" | "secret" => "key",
        _ => "k-template",
    }
}

#[cfg(test)]
mod tests {
    use portico_api_types::TemplateFigures;

    use super::*;

    fn template(title: &str, kind: &str, tags: &[&str]) -> TemplateSummary {
        TemplateSummary {
            entity_ref: format!("template:default/{}", title.to_lowercase().replace(' ', "-")),
            title: title.to_owned(),
            description: Some("Made with care".to_owned()),
            kind: Some(kind.to_owned()),
            owner: Some("group:default/platform".to_owned()),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            missing_actions: Vec::new(),
            is_for_entities: false,
            needs_approval: false,
            figures: TemplateFigures::default(),
        }
    }

    #[test]
    fn every_word_and_every_choice_has_to_fit() {
        let rust = template("Rust service", "service", &["rust"]);
        let asked = |words: &str, kind: Option<&str>, tag: Option<&str>| Asked {
            words: words.to_owned(),
            kind: kind.map(str::to_owned),
            tag: tag.map(str::to_owned),
        };
        for (asked, finds) in [
            (asked("", None, None), true),
            (asked("RUST  care", None, None), true),
            (asked("platform", None, None), true),
            (asked("rust node", None, None), false),
            (asked("", Some("service"), Some("rust")), true),
            (asked("", Some("website"), None), false),
            (asked("", None, Some("node")), false),
        ] {
            assert_eq!(asked.finds(&rust), finds, "{asked:?}");
        }
    }

    #[test]
    fn what_is_asked_stands_in_the_address() {
        let asked = Asked { words: " a b ".to_owned(), kind: Some("x/y".to_owned()), tag: None };
        assert_eq!(asked.href(), "/create?q=a%20b&type=x%2Fy");
        assert_eq!(Asked::default().href(), "/create");
    }

    #[test]
    fn the_most_frequent_tags_are_offered() {
        let templates = [template("a", "x", &["one", "two"]), template("b", "x", &["two"])];
        assert_eq!(frequent(&templates), ["two", "one"]);
    }
}
