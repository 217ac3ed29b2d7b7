//! What is wrong with an entity, above everything else on its page, each with the place and what to do.

use leptos::prelude::*;
use portico_api_types::{Claim, Problem, ProblemCause};

use super::load::EntityPage;
use crate::components::{Time, Tone, banner, entity_link, place};
use crate::text::number::counted;
use crate::text::source;

/// The banners of a page; nothing where all is well.
pub(super) fn banners(page: &EntityPage) -> AnyView {
    let banners = [documents(page), conflict(page), processing(page), orphan(page), missing(page)];
    let banners: Vec<AnyView> = banners.into_iter().flatten().collect();
    if banners.is_empty() { ().into_any() } else { view! { <div class="stack banners">{banners}</div> }.into_any() }
}

/// The claim that the catalog shows.
pub(super) fn owner(page: &EntityPage) -> Option<&Claim> {
    page.origin.as_ref().ok()?.claims.iter().find(|claim| claim.owner)
}

/// Documents that could not be taken in, and whether what is shown is therefore old.
fn documents(page: &EntityPage) -> Option<AnyView> {
    let stale = owner(page).and_then(|claim| claim.stale.as_ref().map(|reason| (claim, reason)));
    let problems: Vec<&Problem> =
        page.problems.iter().flatten().filter(|it| it.cause != ProblemCause::Conflict).collect();
    if stale.is_none() && problems.is_empty() {
        return None;
    }
    let said = problems
        .iter()
        .map(|it| view! { <p>{place(&it.file, it.line, it.url.as_deref())} " " {it.message.clone()}</p> });
    let said = said.collect_view();
    let unsaid = problems.is_empty().then(|| stale.map(|(_, reason)| view! { <p>{reason.clone()}</p> })).flatten();
    let since = stale.map(|(claim, _)| view! { <p>"What is shown is from "<Time at=claim.changed_at/>"."</p> });
    let title = match stale {
        Some(_) => "This is the last version that could be read.".to_owned(),
        None => format!("{} with what its sources say.", counted(problems.len() as u64, "problem", "problems")),
    };
    let tone = if stale.is_some() { Tone::Bad } else { Tone::Warn };
    Some(banner(tone, title, view! { {said} {unsaid} {since} }, None))
}

/// Several sources that speak for it.
fn conflict(page: &EntityPage) -> Option<AnyView> {
    let claims = &page.origin.as_ref().ok()?.claims;
    let others: Vec<&Claim> = claims.iter().filter(|claim| !claim.owner).collect();
    if others.is_empty() {
        return None;
    }
    let also = others.iter().map(|claim| {
        let href = format!("/sources/{}", claim.source.id);
        view! {
            <p>
                <a class="link" href=href>{source::scope(&claim.source.scope).to_owned()}</a> " says it in "
                {place(&claim.file, claim.line, claim.url.as_deref())}
            </p>
        }
    });
    let title = format!(
        "{} it, too. The first to claim it counts.",
        if others.len() == 1 { "Another source claims" } else { "Other sources claim" }
    );
    Some(banner(Tone::Warn, title, also.collect_view(), None))
}

/// What the catalog noted on the entity itself.
fn processing(page: &EntityPage) -> Option<AnyView> {
    let items = page.entity.0.pointer("/status/items")?.as_array()?;
    let messages: Vec<String> = items
        .iter()
        .filter(|item| matches!(item["level"].as_str(), Some("error" | "warning")))
        .filter_map(|item| item["message"].as_str())
        .map(str::to_owned)
        .collect();
    if messages.is_empty() {
        return None;
    }
    let messages = messages.into_iter().map(|message| view! { <p>{message}</p> }).collect_view();
    Some(banner(Tone::Bad, "The catalog could not take in what its descriptor says now.", messages, None))
}

fn orphan(page: &EntityPage) -> Option<AnyView> {
    let orphan = page.entity.annotation(portico_model::ORPHAN) == Some("true");
    orphan.then(|| {
        let explanation =
            view! { <p>"The location that named it is gone. Name its descriptor again, or let it go."</p> };
        banner(Tone::Warn, "Nothing brings it in any more.", explanation, None)
    })
}

/// Related entities that the catalog does not have.
fn missing(page: &EntityPage) -> Option<AnyView> {
    let missing = page.missing();
    if missing.is_empty() {
        return None;
    }
    let count = missing.len() as u64;
    let title = format!("{} nowhere.", counted(count, "reference leads", "references lead"));
    let links = missing.iter().map(|target| entity_link(target, &page.titles)).collect_view();
    let explanation = view! {
        <p>"The catalog has no such entity. Correct the descriptor, or bring in what it names."</p>
        <div class="row" style="--gap:4px 16px">{links}</div>
    };
    Some(banner(Tone::Warn, title, explanation, None))
}
