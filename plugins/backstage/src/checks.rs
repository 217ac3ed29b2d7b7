//! Whether the plugin can do its work: each portal is reached, knows the token, has a catalog, and shows of it what is to be read.
//!
//! Rule: nothing is changed, and little is asked for: numbers, and one entity, as a token that may count may not read.

use portico_sdk::Error;
use portico_sdk::checks::Findings;
use serde::Deserialize;

use crate::api::Api;
use crate::settings::{Portal, Settings};
use crate::{follow, instance};

/// Kinds that are listed by name.
const LISTED: usize = 12;

/// Looks at every portal of the settings.
pub(crate) fn run(findings: &mut Findings) {
    let settings = match Settings::read() {
        Ok(settings) => settings,
        Err(error) => return findings.failed("Settings", error.to_string()),
    };
    if settings.portals.is_empty() {
        return findings.failed("Settings", "They name no portal; add one to `portals`, with `name` and `url`.");
    }
    let own = match instance::own(&settings) {
        Ok(own) => own,
        Err(error) => return findings.failed("The name of this portal among portals", error.to_string()),
    };
    for portal in &settings.portals {
        of_portal(portal, &own, findings);
    }
}

fn of_portal(portal: &Portal, own: &str, findings: &mut Findings) {
    let (api, name) = (Api::waited(portal), &portal.name);
    let subject = format!("Reaches {name}");
    match api.count(&[]) {
        Ok(0) => {
            return findings.failed(
                subject,
                format!(
                    "{} answers, with a catalog that has nothing in it. Look whether the token may read the catalog; nothing is taken over \
                     until there is something.",
                    portal.url
                ),
            );
        }
        Ok(count) => {
            findings.passed(subject, format!("{} answers, knows the token, and shows {count} entities.", portal.url))
        }
        Err(error) => return findings.failed(subject, advised(portal, &error)),
    }
    circle(&api, own, findings);
    wanted(&api, findings);
}

/// An error, and what to do about it where it does not say so itself.
fn advised(portal: &Portal, error: &Error) -> String {
    let is_plain = portal.url.starts_with("http://");
    let unencrypted = format!("{error}. Is it really reached without encryption? `url` says `http://`.");
    match error {
        Error::Unavailable { retry_after: Some(_), .. } => format!("{error}. It is there, and limits the rate."),
        // What speaks TLS breaks off, or says that it does not understand.
        Error::Unavailable { reason, .. } if is_plain && reason.contains("broke off") => unencrypted,
        Error::Invalid(_) if is_plain => unencrypted,
        error => format!("{error}."),
    }
}

/// Whether it federates as well, and whom.
fn circle(api: &Api<'_>, own: &str, findings: &mut Findings) {
    let name = &api.portal.name;
    let subject = format!("Circles through {name}");
    match instance::of(api) {
        Ok(Some(other)) if other == own => findings.failed(
            subject,
            format!("{name} is this portal itself ({own}); take it out of `portals`, or give a portal that is a copy its own `instance`."),
        ),
        Ok(Some(other)) => findings.passed(
            subject,
            format!("It is called {other} among portals, and this one {own}. What {name} has from here is not taken back."),
        ),
        Ok(None) => findings.passed(subject, format!("{name} takes nothing over from other portals, as far as it says.")),
        Err(error) => findings.failed(subject, format!("{error}.")),
    }
}

/// What is to be read.
fn wanted(api: &Api<'_>, findings: &mut Findings) {
    let (portal, subject) = (api.portal, format!("Entities of {}", api.portal.name));
    let follows = match follow::last(api) {
        Some(_) => "It is a Portico, whose changes are followed one by one.",
        None => "Its entities are looked through for changes.",
    };
    let count = match api.count(&portal.asked()) {
        Ok(0) => {
            return findings.warned(
                subject,
                "None passes `filter`, so that nothing is taken over; write it as the address of a Backstage has it, such as \
                 `kind=component,spec.lifecycle=production`.",
            );
        }
        Ok(count) => count,
        Err(error) => return findings.failed(subject, format!("{error}.")),
    };
    if let Err(error) = api.look(&portal.asked()) {
        return findings.failed(subject, format!("{count} pass the filter, and none can be read: {error}."));
    }
    match kinds(api) {
        Ok(kinds) => findings.passed(subject, format!("{count} pass the filter: {kinds}. {follows}")),
        Err(_) => findings.passed(subject, format!("{count} pass the filter. {follows}")),
    }
}

/// How many there are of each kind, in words.
fn kinds(api: &Api<'_>) -> portico_sdk::Result<String> {
    #[derive(Deserialize)]
    struct Facets {
        facets: ByKind,
    }
    #[derive(Deserialize)]
    struct ByKind {
        kind: Vec<Kind>,
    }
    #[derive(Deserialize)]
    struct Kind {
        value: String,
        count: u64,
    }
    let filters = api.portal.asked();
    let mut query = vec![("facet", "kind")];
    query.extend(filters.iter().map(|filter| ("filter", filter.as_str())));
    let Facets { facets: ByKind { mut kind } } = api.get("/api/catalog/entity-facets", &query)?.json()?;
    kind.sort_by_key(|kind| std::cmp::Reverse(kind.count));
    let more = kind.len().saturating_sub(LISTED);
    let said = kind.iter().take(LISTED).map(|kind| format!("{} {}", kind.count, kind.value));
    let more = (more > 0).then(|| format!("{more} more kinds"));
    Ok(said.chain(more).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests;
