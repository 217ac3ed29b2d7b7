//! What is wrong with an entity, above everything else on its page, each with the place and what to do.

use leptos::prelude::*;
use portico_api_types::{Claim, Problem, ProblemCause};

use super::load::EntityPage;
use crate::components::{Tone, banner, banners, entity_link, place, prose, time};
use crate::markup::{El, div, el, link};
use crate::text::number::counted;
use crate::text::source;

/// The banners of the overview; nothing where all is well.
pub(super) fn all(page: &EntityPage) -> AnyView {
    let all = [unreachable(page), documents(page), conflict(page), processing(page), orphan(page), missing(page)];
    banners(all.into_iter().flatten().collect())
}

/// The banners that hold for whatever is shown: it may be old.
pub(super) fn serious(page: &EntityPage) -> AnyView {
    let serious =
        [documents(page).filter(|_| owner(page).is_some_and(|claim| claim.stale.is_some())), processing(page)];
    banners(serious.into_iter().flatten().collect())
}

/// The claim that the catalog shows.
pub(super) fn owner(page: &EntityPage) -> Option<&Claim> {
    page.origin.as_ref().ok()?.claims.iter().find(|claim| claim.owner)
}

/// The API does not know whether there are problems.
fn unreachable(page: &EntityPage) -> Option<El> {
    let error = page.problems.as_ref().err()?;
    Some(banner(Tone::Warn, "It is not known whether it has problems.", el("p").child(prose(&error.message))))
}

/// Documents that could not be taken in, and whether what is shown is therefore old.
fn documents(page: &EntityPage) -> Option<El> {
    let stale = owner(page).and_then(|claim| claim.stale.as_ref().map(|reason| (claim, reason)));
    // Conflicts and references that lead to nothing have banners of their own.
    let is_of_document = |it: &&Problem| matches!(it.cause, ProblemCause::Unreadable | ProblemCause::Refused);
    let problems: Vec<&Problem> = page.problems.iter().flatten().filter(is_of_document).collect();
    if stale.is_none() && problems.is_empty() {
        return None;
    }
    let said =
        |it: &&Problem| el("p").child(place(&it.file, it.line, it.url.as_deref())).child(" ").child(prose(&it.message));
    let mut lines: Vec<El> = problems.iter().map(said).collect();
    if let Some((claim, reason)) = stale {
        if problems.is_empty() {
            lines.push(el("p").child(prose(reason)));
        }
        lines.push(el("p").child("What is shown is from ").child(time(claim.changed_at)).child("."));
    }
    Some(match stale {
        Some(_) => banner(Tone::Bad, "This is the last version that could be read.", lines),
        None => {
            let title = format!("{} with what its sources say.", counted(problems.len() as u64, "problem", "problems"));
            banner(Tone::Warn, title, lines)
        }
    })
}

/// Several sources that speak for it.
fn conflict(page: &EntityPage) -> Option<El> {
    let claims = &page.origin.as_ref().ok()?.claims;
    let others: Vec<&Claim> = claims.iter().filter(|claim| !claim.owner).collect();
    let subject = match others.len() {
        0 => return None,
        1 => "Another source claims",
        _ => "Other sources claim",
    };
    let also = |claim: &&Claim| {
        let source = link("link", format!("/sources/{}", claim.source.id)).child(source::scope(&claim.source.scope));
        el("p").child(source).child(" says it in ").child(place(&claim.file, claim.line, claim.url.as_deref()))
    };
    let lines: Vec<El> = others.iter().map(also).collect();
    Some(banner(Tone::Warn, format!("{subject} it, too. The first to claim it counts."), lines))
}

/// What the catalog noted on the entity itself.
fn processing(page: &EntityPage) -> Option<El> {
    let items = page.entity.0.pointer("/status/items")?.as_array()?;
    let matters = |item: &&serde_json::Value| matches!(item["level"].as_str(), Some("error" | "warning"));
    let messages = items.iter().filter(matters).filter_map(|item| item["message"].as_str());
    let lines: Vec<El> = messages.map(|message| el("p").child(prose(message))).collect();
    (!lines.is_empty()).then(|| banner(Tone::Bad, "The catalog could not take in what its descriptor says now.", lines))
}

fn orphan(page: &EntityPage) -> Option<El> {
    let is_orphan = page.entity.annotation(portico_model::ORPHAN) == Some("true");
    let explanation = "The location that named it is gone. Name its descriptor again, or let it go.";
    is_orphan.then(|| banner(Tone::Warn, "Nothing brings it in any more.", el("p").child(explanation)))
}

/// Related entities that the catalog does not have.
fn missing(page: &EntityPage) -> Option<El> {
    let missing = page.missing();
    if missing.is_empty() {
        return None;
    }
    let title = format!("{} nowhere.", counted(missing.len() as u64, "reference leads", "references lead"));
    let explanation = "The catalog has no such entity. Correct the descriptor, or bring in what it names.";
    let links: Vec<El> = missing.iter().map(|target| entity_link(target, &page.titles)).collect();
    let links = div("row").attr("style", "--gap:4px 16px").child(links);
    Some(banner(Tone::Warn, title, vec![el("p").child(explanation), links]))
}
