//! The head of an entity's page: what it is, and the facts that every reader asks for first.

use leptos::prelude::*;
use portico_api_types::TemplateSummary;
use portico_model::{EntityRef, Kinds};

use super::load::EntityPage;
use super::problems::owner;
use super::standing::{self, State};
use crate::api::Path;
use crate::components::{Clock, PageHead, Tone, any_link, avatar, icon, kind_mark, status, time, time_or};
use crate::entity::{Entity, safe_url};
use crate::markup::{Child, El, div, el, link, span, way_out};
use crate::pages::template_href;
use crate::text::time::full as time_in_full;
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
    PageHead::titled(entity.title()).mark(kind_mark(entity.kind())).beside(tags).lead(entity.description()).doing(vec![
        code,
        edit,
        templates(page),
    ])
}

/// The templates that are started from it.
fn templates(page: &EntityPage) -> Option<El> {
    let line = |template: &TemplateSummary| {
        let reference = EntityRef::parse(&template.entity_ref).ok()?;
        let form = Path::new(template_href(&reference)).with("entity", page.reference.as_str()).to_string();
        let said = template.description.as_deref().map(|said| el("small").child(said));
        Some(el("li").child(link("", form).child(template.title.as_str()).child(said)))
    };
    let lines: Vec<El> = page.templates.iter().filter_map(line).collect();
    (!lines.is_empty()).then(|| {
        let open = el("summary").class("btn").child("Actions").child(icon("down"));
        el("details").class("menu").child(open).child(el("ul").child(lines))
    })
}

/// The page on which people see the code: the annotation holds `url:` and an address.
fn source_location(entity: &Entity) -> Option<&str> {
    safe_url(entity.annotation(portico_model::SOURCE_LOCATION)?.strip_prefix("url:")?)
}

/// What is always in sight: whose it is, who is on call, whether it is healthy, what changed, and who says so.
pub(super) fn facts(page: &EntityPage, history: &str) -> El {
    let mut belongings = belongings(&page.entity).into_iter().map(|(name, target)| {
        let link = target.map(|target| any_link(&target, &page.titles));
        cell(name, link.unwrap_or_else(|| span("subtle").child("none")))
    });
    // Whose it is comes first.
    let mut cells: Vec<El> = belongings.next().into_iter().collect();
    cells.extend(on_call(page));
    cells.extend(health(page));
    cells.extend(belongings);
    cells.extend(changed(page, history));
    if let Some(claim) = owner(page) {
        let scope = claim.source.scope.as_str();
        let link = link("", format!("/sources/{}", claim.source.id)).title(scope).child(source::scope(scope));
        let is_late = claim.source.failure.is_some();
        let read =
            span("tone dim").tone(is_late.then_some(Tone::Warn)).child(time_or(claim.source.synced_at, "never read"));
        cells.push(cell("Source", vec![icon("plug"), link.view(), read.view()]));
    }
    el("dl").class("factbar").child(cells)
}

/// Who is called now; how long, who is next, and who is called beside them is on hovering.
fn on_call(page: &EntityPage) -> Option<El> {
    let all = standing::on_call(page);
    let first = all.first()?;
    let mut names = all.iter().flat_map(|one| one.now.iter().copied());
    let name = names.next()?;
    let others: Vec<&str> = names.filter(|other| *other != name).collect();
    let clock = Clock::from_context();
    let until = first.until.map(|until| format!("until {}", time_in_full(until, clock.offset(until))));
    let next = first.next.map(|next| format!("then {next}"));
    let also = (!others.is_empty()).then(|| format!("also {}", others.join(", ")));
    let told: Vec<String> = until.into_iter().chain(next).chain(also).collect();
    let shown = match first.email {
        Some(email) => way_out("", format!("mailto:{email}")).child(name),
        None => el("span").child(name),
    };
    let more = (!others.is_empty()).then(|| span("subtle small").child(format!("+{}", others.len())));
    let said = [avatar(name, false).view(), shown.title(told.join(", ")).view()];
    Some(cell("On call", said.into_iter().chain(more.map(El::view)).collect::<Vec<_>>()))
}

/// How it is: the worst that any plugin says, and on hovering what each says.
fn health(page: &EntityPage) -> Option<El> {
    let all = standing::health(page);
    let worst = all.first()?;
    let told: Vec<String> = all.iter().map(|one| format!("{}: {}", one.plugin, one.text)).collect();
    let word = match worst.state {
        State::Ok => "Healthy",
        State::Unknown => "Not known now",
        State::Warn | State::Bad => worst.text,
    };
    let said = status(worst.state.tone(), word);
    let said = match worst.url.filter(|_| worst.state < State::Unknown) {
        Some(url) => way_out("", url).child(said),
        None => said,
    };
    let as_bad = all.iter().skip(1).filter(|one| one.state < State::Unknown).count();
    let more = (as_bad > 0).then(|| span("subtle small").child(format!("+{as_bad}")));
    Some(cell(
        "Health",
        vec![said.title(told.join("\n")).view()].into_iter().chain(more.map(El::view)).collect::<Vec<_>>(),
    ))
}

/// The last change of it: of what runs or its code, as plugins know it; where none does, of its document, which is also new where it only came in.
fn changed(page: &EntityPage, history: &str) -> Option<El> {
    let of_document = owner(page).map(|claim| claim.changed_at);
    let by_plugins = standing::changed(page);
    let latest = by_plugins.iter().max_by_key(|changed| changed.at);
    let told = by_plugins.iter().map(|one| format!("{}: {}", one.plugin, one.text)).collect::<Vec<_>>().join("\n");
    let (at, what) = match (latest, of_document) {
        (Some(latest), _) => match latest.url {
            Some(url) => (latest.at, way_out("", url).child(latest.text)),
            None => (latest.at, link("", history).child(latest.text)),
        },
        (None, Some(at)) => (at, link("", history).child("descriptor")),
        (None, None) => return None,
    };
    Some(cell("Changed", vec![what.title(told).view(), span("dim").child(time(at)).view()]))
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
