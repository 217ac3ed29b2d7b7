//! The head of an entity's page: what it is, and the facts that every reader asks for first.

use leptos::prelude::*;
use portico_model::{EntityRef, Kinds};

use super::load::EntityPage;
use super::problems::owner;
use crate::components::{PageHead, Tone, any_link, icon, kind_mark, place, time, time_or};
use crate::entity::{Entity, safe_url};
use crate::markup::{Child, El, div, el, link, span, way_out};
use crate::text::{kind, source};

/// Title, tags and description, with what can be done at the right.
pub(super) fn head(page: &EntityPage) -> AnyView {
    let entity = &page.entity;
    let tags = [
        Some(kind::one(entity.kind())),
        entity.entity_type().map(str::to_owned),
        entity.lifecycle().map(str::to_owned),
    ];
    let tags: Vec<El> = tags.into_iter().flatten().map(|tag| span("tag").child(tag)).collect();
    let button = |url: &str, glyph: &'static str, text: &str| way_out("btn", url).child(icon(glyph)).child(text);
    let code = source_location(entity).map(|url| button(url, "branch", "Source code"));
    let edit = entity.annotation(portico_model::EDIT_URL).and_then(safe_url).map(|url| button(url, "edit", "Edit"));
    PageHead::titled(entity.title())
        .mark(kind_mark(entity.kind()))
        .beside(tags)
        .lead(entity.description())
        .doing(vec![code, edit])
}

/// The page on which people see the code: the annotation holds `url:` and an address.
fn source_location(entity: &Entity) -> Option<&str> {
    safe_url(entity.annotation(portico_model::SOURCE_LOCATION)?.strip_prefix("url:")?)
}

/// The facts that are always in sight.
pub(super) fn facts(page: &EntityPage) -> El {
    let belongings = belongings(&page.entity).into_iter().map(|(name, target)| {
        let link = target.map(|target| any_link(&target, &page.titles));
        cell(name, link.unwrap_or_else(|| span("subtle").child("none")))
    });
    let mut cells: Vec<El> = belongings.collect();
    if let Some(claim) = owner(page) {
        let scope = claim.source.scope.as_str();
        let link = link("", format!("/sources/{}", claim.source.id)).title(scope).child(source::scope(scope));
        let is_late = claim.source.failure.is_some();
        let read = span("tone").tone(is_late.then_some(Tone::Warn)).child(time_or(claim.source.synced_at, "never"));
        cells.push(cell("Source", vec![icon("plug"), link.view()]));
        cells.push(cell("File", place(&claim.file, claim.line, claim.url.as_deref())));
        cells.push(cell("Read", read));
        cells.push(cell("Changed", time(claim.changed_at)));
    }
    el("dl").class("factbar").attr("style", format!("--cells:{}", cells.len())).child(cells)
}

/// What an entity of its kind belongs to, whether the descriptor says it or not.
fn belongings(entity: &Entity) -> Vec<(&'static str, Option<EntityRef>)> {
    let owner = ("Owner", entity.points_at("owner", "group"));
    match entity.kind().to_lowercase().as_str() {
        "group" => vec![("Parent", entity.points_at("parent", "group"))],
        "user" => vec![("Member of", entity.points_at_all("memberOf", "group").into_iter().next())],
        "system" => vec![owner, ("Domain", entity.points_at("domain", "domain"))],
        "domain" => vec![owner, ("Part of", entity.points_at("subdomainOf", "domain"))],
        "location" => Vec::new(),
        "template" => vec![owner],
        kind if Kinds::built_in().find(kind).is_some() => vec![owner, ("System", entity.points_at("system", "system"))],
        // A kind of the portal's own may know of neither.
        _ => [
            ("Owner", entity.related("ownedBy").into_iter().next()),
            ("Part of", entity.related("partOf").into_iter().next()),
        ]
        .into_iter()
        .filter(|(_, target)| target.is_some())
        .collect(),
    }
}

fn cell(name: &str, value: impl Child) -> El {
    div("").child(el("dt").child(name)).child(el("dd").child(value))
}
