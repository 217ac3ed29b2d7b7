//! The head of an entity's page: what it is, and the facts that every reader asks for first.

use leptos::prelude::*;
use portico_model::EntityRef;

use super::load::EntityPage;
use super::problems::owner;
use crate::components::{Time, entity_link, icon, kind_mark, owner_link, place};
use crate::entity::{Entity, safe_url};
use crate::text::{kind, source};

/// Title, tags and description, with what can be done at the right.
pub(super) fn head(page: &EntityPage) -> AnyView {
    let entity = &page.entity;
    let tags = [
        Some(kind::one(entity.kind())),
        entity.entity_type().map(str::to_owned),
        entity.lifecycle().map(str::to_owned),
    ];
    let tags = tags.into_iter().flatten().map(|tag| view! { <span class="tag">{tag}</span> }).collect_view();
    let edit = entity.annotation(portico_model::EDIT_URL).and_then(safe_url).map(str::to_owned);
    let edit = edit.map(|url| view! { <a class="btn" href=url rel="external noopener">{icon("edit")} "Edit"</a> });
    let code = source_location(entity);
    let code =
        code.map(|url| view! { <a class="btn" href=url rel="external noopener">{icon("branch")} "Source code"</a> });
    view! {
        <div class="page-head">
            <div class="row" data-nowrap="" style="--gap:14px;align-items:flex-start">
                {kind_mark(entity.kind())}
                <div>
                    <div class="row" style="--gap:4px 10px"><h1>{entity.title().to_owned()}</h1>{tags}</div>
                    <p class="lead">{entity.description().map(str::to_owned)}</p>
                </div>
            </div>
            <div class="row">{code} {edit}</div>
        </div>
    }
    .into_any()
}

/// The page on which people see the code: the annotation holds `url:` and an address.
fn source_location(entity: &Entity) -> Option<String> {
    let location = entity.annotation(portico_model::SOURCE_LOCATION)?;
    safe_url(location.strip_prefix("url:")?).map(str::to_owned)
}

/// The facts that are always in sight.
pub(super) fn facts(page: &EntityPage) -> AnyView {
    let entity = &page.entity;
    let mut cells: Vec<AnyView> =
        belongings(entity).into_iter().map(|(name, target)| belonging(name, target, page)).collect();
    if let Some(claim) = owner(page) {
        let href = format!("/sources/{}", claim.source.id);
        let short = source::scope(&claim.source.scope).to_owned();
        let scope = claim.source.scope.clone();
        cells.push(cell("Source", view! { {icon("plug")} <a href=href title=scope>{short}</a> }.into_any()));
        cells.push(cell("File", place(&claim.file, claim.line, claim.url.as_deref())));
        let read = claim.source.synced_at.map_or_else(|| "never".into_any(), |at| view! { <Time at/> }.into_any());
        let late = claim.source.failure.is_some();
        cells
            .push(cell("Read", view! { <span class="tone" data-tone=late.then_some("warn")>{read}</span> }.into_any()));
        cells.push(cell("Changed", view! { <Time at=claim.changed_at/> }.into_any()));
    }
    let count = cells.len();
    view! { <dl class="factbar" style=format!("--cells:{count}")>{cells}</dl> }.into_any()
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
        _ => vec![owner, ("System", entity.points_at("system", "system"))],
    }
}

fn belonging(name: &'static str, target: Option<EntityRef>, page: &EntityPage) -> AnyView {
    let link = target.map(|target| match target.kind() {
        "group" | "user" => owner_link(&target, &page.titles),
        _ => entity_link(&target, &page.titles),
    });
    cell(name, link.unwrap_or_else(|| view! { <span class="subtle">"none"</span> }.into_any()))
}

fn cell(name: &'static str, value: AnyView) -> AnyView {
    view! { <div><dt>{name}</dt><dd>{value}</dd></div> }.into_any()
}
