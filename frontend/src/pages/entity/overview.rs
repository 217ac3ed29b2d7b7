//! The first tab: what an entity is, what it is related to, where it comes from.

use leptos::prelude::*;
use portico_api_types::{CardPlace, Claim};
use serde_json::Value;

use super::load::EntityPage;
use super::{attached, relations};
use crate::cards::{grid, live_card};
use crate::components::{Card, Facts, icon, place, plugin_link, problem_table, source_status, time, time_or};
use crate::entity::{Entity, in_words, safe_url};
use crate::markup::{El, div, el, link, span, way_out};
use crate::text::number::grouped;
use crate::text::{kind, source};
use crate::vocabulary::Vocabulary;

/// The title over what an owner has to mend.
const OWNED: &str = "Problems of what it owns";

/// Problems that are listed; who has more begins with these.
const LISTED: usize = 20;

/// The tab.
pub(super) fn content(page: &EntityPage, relations_href: String) -> AnyView {
    let work = div("stack")
        .child(owned(page))
        .child(properties(&page.entity))
        .child(attached::cards(page))
        .child(relations::summary(page, relations_href))
        .child(links(&page.entity));
    let beside: Vec<AnyView> = page
        .cards(CardPlace::Sidebar)
        .into_iter()
        .map(|offer| live_card(offer, Some(page.reference.clone())))
        .collect();
    let aside = div("stack").child(beside).child(about(&page.entity)).child(attached::folded(page)).child(origin(page));
    let below = grid(&page.cards(CardPlace::Overview), Some(&page.reference));
    // Last in the document, so that what the portal itself knows is read while plugins still draw.
    let below = below.map(|below| div("split-below").child(below));
    div("split").child(work).child(aside).child(below).view()
}

/// What is wrong with what an owner owns, so that they can mend it.
fn owned(page: &EntityPage) -> Option<AnyView> {
    let problems = match &page.owned {
        Ok(problems) if problems.is_empty() => return None,
        Ok(problems) => problems,
        Err(error) => return Some(Card::titled(OWNED).saying(error.message.as_str())),
    };
    let beside = problems.len().saturating_sub(LISTED);
    let foot = (beside > 0).then(|| div("card-foot").child(format!("And {} others.", grouped(beside as u64))));
    let table = problem_table(OWNED, problems.iter().take(LISTED));
    Some(Card::titled(OWNED).count(problems.len()).holding(vec![Some(table), foot]))
}

/// What is derived for the entity, by the declaration of its kind.
fn properties(entity: &Entity) -> Option<AnyView> {
    let values = entity.0.get("properties").and_then(Value::as_object)?;
    let vocabulary = Vocabulary::get();
    let titles = vocabulary.kind(entity.kind()).map(|kind| kind.properties.as_slice()).unwrap_or_default();
    let title = |name: &str| {
        let known = titles.iter().find(|known| known.name == name);
        known.map_or_else(|| name.to_owned(), |known| known.title.clone())
    };
    let mut facts = Facts::new();
    for (name, value) in values {
        facts = facts.with_some(title(name), in_words(value));
    }
    Some(Card::titled("Properties").holding(facts.body()))
}

fn about(entity: &Entity) -> AnyView {
    let mut facts = Facts::new().with("Kind", kind::one(entity.kind()));
    for (name, at) in [
        ("Type", "/spec/type"),
        ("Lifecycle", "/spec/lifecycle"),
        ("Email", "/spec/profile/email"),
        ("Target", "/spec/target"),
    ] {
        facts = facts.with_some(name, entity.text(at));
    }
    let targets = entity.texts("/spec/targets");
    let targets: Vec<El> = targets.into_iter().map(|target| div("mono small break").child(target)).collect();
    let tags: Vec<El> = entity.tags().into_iter().map(|tag| span("tag").child(tag)).collect();
    let labels = pairs(entity, "/metadata/labels");
    let labels: Vec<El> = labels.iter().map(|(name, value)| span("tag").child(format!("{name}: {value}"))).collect();
    let in_a_row = |parts: Vec<El>| (!parts.is_empty()).then(|| div("row").attr("style", "--gap:4px").child(parts));
    let facts = facts
        .with_some("Targets", (!targets.is_empty()).then_some(targets))
        .with("Namespace", entity.namespace())
        .with("Name", span("mono").child(entity.name()))
        .with_some("Tags", in_a_row(tags))
        .with_some("Labels", in_a_row(labels));
    Card::titled("About").holding(vec![Some(facts.body()), annotations(entity)])
}

/// Annotations are for tools; people open them when something does not fit together.
fn annotations(entity: &Entity) -> Option<El> {
    let all = pairs(entity, "/metadata/annotations");
    if all.is_empty() {
        return None;
    }
    let summary = el("summary").child("Annotations ").child(span("count").child(all.len().to_string()));
    let line = |(name, value): (String, String)| {
        let shown = match safe_url(&value) {
            Some(url) => way_out("link", url).child(value.as_str()),
            None => el("span").child(value.as_str()),
        };
        div("annotation").child(el("dt").child(name)).child(el("dd").child(shown))
    };
    let lines: Vec<El> = all.into_iter().map(line).collect();
    Some(el("details").class("card-more").child(summary).child(el("dl").class("annotations").child(lines)))
}

fn pairs(entity: &Entity, pointer: &str) -> Vec<(String, String)> {
    let map = entity.0.pointer(pointer).and_then(Value::as_object);
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    map.into_iter().flatten().map(|(name, value)| (name.clone(), shown(value))).collect()
}

fn links(entity: &Entity) -> Option<AnyView> {
    let all = entity.0.pointer("/metadata/links").and_then(Value::as_array).filter(|links| !links.is_empty())?;
    let line = |link: &Value| {
        let url = link["url"].as_str().unwrap_or_default();
        let title = link["title"].as_str().unwrap_or(url);
        let kind = link["type"].as_str().map(|kind| span("tag push").child(kind));
        let shown = match safe_url(url) {
            Some(safe) => way_out("medium cover", safe).child(title),
            None => span("muted").title("This address opens no page").child(title),
        };
        let text = div("grow").child(shown).child(host(url).map(|host| el("small").child(host)));
        el("li").class("list-link").child(icon("link")).child(text).child(kind)
    };
    let lines: Vec<El> = all.iter().map(line).collect();
    Some(Card::titled("Links").count(all.len()).holding(el("ul").class("list").child(lines)))
}

/// The host of an address.
fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())
}

fn origin(page: &EntityPage) -> Vec<AnyView> {
    match &page.origin {
        Ok(origin) => origin.claims.iter().map(|claim| claim_card(claim, &page.entity)).collect(),
        Err(error) => vec![Card::titled("Where it comes from").saying(error.message.as_str())],
    }
}

fn claim_card(claim: &Claim, entity: &Entity) -> AnyView {
    let annotated = |name| entity.annotation(name).and_then(safe_url).filter(|_| claim.owner);
    let view = annotated(portico_model::VIEW_URL).or_else(|| claim.url.as_deref().and_then(safe_url));
    let edit = annotated(portico_model::EDIT_URL);
    let button = |url: &str, glyph: &'static str, text: &str| {
        way_out("btn", url).attr("data-size", "sm").child(icon(glyph)).child(text)
    };
    let view = view.map(|url| button(url, "out", "View the file"));
    let edit = edit.map(|url| button(url, "edit", "Edit it"));
    let foot = (view.is_some() || edit.is_some()).then(|| div("card-foot").child(view).child(edit));
    let scope = claim.source.scope.as_str();
    let facts = Facts::new()
        .with("Source", link("link", format!("/sources/{}", claim.source.id)).title(scope).child(source::scope(scope)))
        .with("Plugin", plugin_link("link", &claim.source.plugin).child(claim.source.plugin.as_str()))
        .with("File", place(&claim.file, claim.line, claim.url.as_deref()))
        .with("State", source_status(claim.source.state))
        .with("Read", time_or(claim.source.synced_at, "never"))
        .with("Changed", time(claim.changed_at));
    let title = if claim.owner { "Where it comes from" } else { "Also claimed by" };
    Card::titled(title).holding(vec![Some(facts.body()), foot])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_shown_with_its_host() {
        for (url, shown) in [("https://a.example/x?y", Some("a.example")), ("mailto:a@b", None), ("https://", None)] {
            assert_eq!(host(url), shown, "{url}");
        }
    }
}
