//! The first tab: what an entity is, what it is related to, where it comes from.

use leptos::prelude::*;
use portico_api_types::Claim;
use serde_json::Value;

use super::load::EntityPage;
use super::relations;
use crate::components::{Card, Time, icon, place, source_status};
use crate::entity::{Entity, safe_url};
use crate::text::{kind, source};

/// The tab.
pub(super) fn tab(page: &EntityPage, relations_href: String) -> AnyView {
    view! {
        <div class="split">
            <div class="stack">{relations::summary(page, relations_href)} {links(&page.entity)}</div>
            <div class="stack">{about(&page.entity)} {origin(page)}</div>
        </div>
    }
    .into_any()
}

/// A line of a list of facts.
fn fact(name: impl Into<String>, value: AnyView) -> AnyView {
    let name = name.into();
    view! { <dt>{name}</dt><dd>{value}</dd> }.into_any()
}

fn text(value: &str) -> AnyView {
    value.to_owned().into_any()
}

fn about(entity: &Entity) -> AnyView {
    let mut facts = vec![fact("Kind", text(&kind::one(entity.kind())))];
    let simple = [
        ("Type", "/spec/type"),
        ("Lifecycle", "/spec/lifecycle"),
        ("Email", "/spec/profile/email"),
        ("Target", "/spec/target"),
    ];
    facts.extend(simple.iter().filter_map(|(name, at)| entity.text(at).map(|value| fact(*name, text(value)))));
    let targets = entity.texts("/spec/targets");
    if !targets.is_empty() {
        let targets =
            targets.iter().map(|target| view! { <div class="mono small">{target.to_string()}</div> }).collect_view();
        facts.push(fact("Targets", targets.into_any()));
    }
    facts.push(fact("Namespace", text(entity.namespace())));
    facts.push(fact("Name", view! { <span class="mono">{entity.name().to_owned()}</span> }.into_any()));
    let tags = entity.tags();
    if !tags.is_empty() {
        let tags = tags.iter().map(|tag| view! { <span class="tag">{tag.to_string()}</span> }).collect_view();
        facts.push(fact("Tags", view! { <span class="row" style="--gap:4px">{tags}</span> }.into_any()));
    }
    let labels = pairs(entity, "/metadata/labels");
    if !labels.is_empty() {
        let label = |(name, value): &(String, String)| view! { <span class="tag">{format!("{name}: {value}")}</span> };
        let labels = labels.iter().map(label).collect_view();
        facts.push(fact("Labels", view! { <span class="row" style="--gap:4px">{labels}</span> }.into_any()));
    }
    let annotations = annotations(entity);
    Card::titled("About").holding(view! {<div class="card-body"><dl class="dl">{facts}</dl></div>{annotations}})
}

/// Annotations are for tools; people open them when something does not fit together.
fn annotations(entity: &Entity) -> Option<AnyView> {
    let all = pairs(entity, "/metadata/annotations");
    if all.is_empty() {
        return None;
    }
    let count = all.len();
    let line = |(name, value): (String, String)| {
        let shown = match safe_url(&value).map(str::to_owned) {
            Some(url) => view! { <a class="link" href=url rel="external noopener">{value}</a> }.into_any(),
            None => value.into_any(),
        };
        view! { <div class="annotation"><dt>{name}</dt><dd>{shown}</dd></div> }
    };
    let lines = all.into_iter().map(line).collect_view();
    Some(
        view! {
            <details class="card-more">
                <summary>"Annotations " <span class="count">{count}</span></summary>
                <dl class="annotations">{lines}</dl>
            </details>
        }
        .into_any(),
    )
}

fn pairs(entity: &Entity, pointer: &str) -> Vec<(String, String)> {
    let map = entity.0.pointer(pointer).and_then(Value::as_object);
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    map.into_iter().flatten().map(|(name, value)| (name.clone(), shown(value))).collect()
}

fn links(entity: &Entity) -> Option<AnyView> {
    let all = entity.0.pointer("/metadata/links").and_then(Value::as_array).filter(|links| !links.is_empty())?;
    let line = |link: &Value| {
        let url = link["url"].as_str().unwrap_or_default().to_owned();
        let title = link["title"].as_str().unwrap_or(&url).to_owned();
        let kind = link["type"].as_str().map(|kind| view! { <span class="tag push">{kind.to_owned()}</span> });
        let sub = host(&url).map(|host| view! { <small>{host.to_owned()}</small> });
        let shown = match safe_url(&url) {
            Some(safe) => {
                view! { <a class="medium cover" href=safe.to_owned() rel="external noopener">{title}</a> }.into_any()
            }
            None => view! { <span class="muted" title="This address opens no page">{title}</span> }.into_any(),
        };
        view! { <li class="list-link">{icon("link")} <div class="grow">{shown} {sub}</div> {kind}</li> }
    };
    let lines = all.iter().map(line).collect_view();
    let count = all.len().to_string();
    Some(Card::titled("Links").count(count).holding(view! {<ul class="list">{lines}</ul>}))
}

/// The host of an address.
fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())
}

fn origin(page: &EntityPage) -> AnyView {
    let claims = match &page.origin {
        Ok(origin) => &origin.claims,
        Err(error) => {
            let message = error.message.clone();
            return Card::titled("Where it comes from")
                .holding(view! {<div class="card-body text muted">{message}</div>});
        }
    };
    let claims = claims.iter().map(|claim| claim_card(claim, &page.entity)).collect_view();
    view! { <div class="stack">{claims}</div> }.into_any()
}

fn claim_card(claim: &Claim, entity: &Entity) -> AnyView {
    let annotated = |name| entity.annotation(name).and_then(safe_url).filter(|_| claim.owner).map(str::to_owned);
    let view =
        annotated(portico_model::VIEW_URL).or_else(|| claim.url.as_deref().and_then(safe_url).map(str::to_owned));
    let edit = annotated(portico_model::EDIT_URL);
    let button = |url: Option<String>, glyph: &'static str, text: &'static str| {
        url.map(|url| view! { <a class="btn" data-size="sm" href=url rel="external noopener">{icon(glyph)} {text}</a> })
    };
    let buttons = (view.is_some() || edit.is_some())
        .then(|| view! { <div class="card-foot">{button(view, "out", "View the file")} {button(edit, "edit", "Edit it")}</div> });
    let title = if claim.owner { "Where it comes from" } else { "Also claimed by" };
    let href = format!("/sources/{}", claim.source.id);
    let scope = claim.source.scope.clone();
    let short = source::scope(&scope).to_owned();
    let facts = [
        fact("Source", view! { <a class="link" href=href title=scope>{short}</a> }.into_any()),
        fact("Plugin", view! { <a class="link" href=format!("/plugins/{}", claim.source.plugin)>{claim.source.plugin.clone()}</a> }.into_any()),
        fact("File", place(&claim.file, claim.line, claim.url.as_deref())),
        fact("State", source_status(claim.source.state)),
        fact("Read", claim.source.synced_at.map_or_else(|| text("never"), |at| view! { <Time at/> }.into_any())),
        fact("Changed", view! { <Time at=claim.changed_at/> }.into_any()),
    ];
    Card::titled(title)
        .holding(view! {<div class="card-body"><dl class="dl">{facts.into_iter().collect_view()}</dl></div>{buttons}})
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
