//! Whether the plugin can do its work: each owner is asked for, with its list, its Git and its people.
//!
//! Rule: what is wrong is said in words with what to do, and nothing is asked that a check before has shown to fail.

use std::collections::BTreeSet;

use portico_sdk::checks::Findings;
use portico_sdk::http::Response;
use portico_sdk::{Error, clock};

use crate::api::{Api, Fault, List, Page};
use crate::repository::Repository;
use crate::settings::{Forge, Kind, Settings};
use crate::tree::Clones;

/// Days before a token ends, from which on it is said.
const SOON: u64 = 14;

const DAY: u64 = 24 * 60 * 60 * 1000;

/// Looks at everything that the settings name.
pub(crate) fn check(clones: &dyn Clones, settings: &Settings, findings: &mut Findings) {
    if settings.forges.is_empty() {
        findings.failed("Settings", "`forges` names none; add one such as `{ type: github, owner: acme }`");
    }
    for forge in &settings.forges {
        check_forge(clones, forge, findings);
    }
}

fn check_forge(clones: &dyn Clones, forge: &Forge, findings: &mut Findings) {
    let api = forge.dialect().api(forge).at_once();
    let subject = format!("Reaches {}", api.host());
    let (response, page) = match reach(forge, &api) {
        Ok(reached) => reached,
        Err(fault) => return findings.failed(subject, advice(fault)),
    };
    findings.passed(subject, "It answers.");
    token(forge, &api, &response, findings);
    let rows = page.items.len();
    let read: Vec<Repository> = page
        .items
        .into_iter()
        .filter_map(|row| forge.dialect().repository(row).ok())
        .filter(|one| forge.selects(one))
        .collect();
    let subject = format!("Lists {}", forge.key());
    let more = if page.next.is_some() { " of the first page" } else { "" };
    match (rows, read.len()) {
        (0, _) => findings.warned(subject, format!("It has no repository that the token may see. The token needs {}", forge.dialect().scopes())),
        (rows, 0) => findings.warned(
            subject,
            format!("None of the {rows} repositories{more} is selected; look at `include`, `exclude`, `topics`, `archived` and `forks`"),
        ),
        (rows, read) => findings.passed(subject, format!("{read} of {rows} repositories{more} are read.")),
    }
    if let Some(one) = sample(&read) {
        git(clones, one, findings);
        parts(forge, &api, one, findings);
    }
    people(forge, &api, findings);
}

/// The first page of the list, of whichever kind the owner is.
fn reach(forge: &Forge, api: &Api) -> Result<(Response, Page), Fault> {
    let mut missing = None;
    for list in forge.dialect().lists(forge) {
        let list = forge.dialect().better(api, forge, list)?;
        match api.response(&list, None) {
            Ok(response) => {
                let List(items, _) = response.json().map_err(|error| {
                    Fault::Odd(format!(
                        "{} answers with what is no list ({error}); correct `api` in the settings",
                        api.host()
                    ))
                })?;
                let next = response.link("next").map(str::to_owned);
                return Ok((response, Page { items, next, ..Page::default() }));
            }
            Err(Fault::Missing(text)) => missing = Some(text),
            Err(fault) => return Err(fault),
        }
    }
    let said = missing.unwrap_or_default();
    Err(Fault::Missing(format!(
        "there is no organisation, user or group `{}` that the token may see ({said}); correct `owner`, or give the token access",
        forge.owner.as_str()
    )))
}

/// What is to be done about an answer that is none.
fn advice(fault: Fault) -> String {
    match fault {
        Fault::None(Error::Unavailable { reason, .. }) if is_about_trust(&reason) => {
            format!(
                "{reason}. If its certificate comes from an authority of your own, have the portal's machine trust that"
            )
        }
        other => Error::from(other).to_string(),
    }
}

fn is_about_trust(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    ["certificate", "unknown issuer", "tls"].iter().any(|word| reason.contains(word))
}

/// What the answer tells of the token: whether there is one, what it may do, how long it lasts.
fn token(forge: &Forge, api: &Api, response: &Response, findings: &mut Findings) {
    let subject = format!("Token for {}", api.host());
    let number = |name: &str| response.header(name).and_then(|value| value.parse::<u64>().ok());
    let scopes: Option<Vec<&str>> =
        response.header("x-oauth-scopes").map(|scopes| scopes.split(',').map(str::trim).collect());
    let ends = response.header("github-authentication-token-expiration").and_then(ends_at);
    let lacks = |scope: &str| {
        scopes.as_ref().is_some_and(|scopes| !scopes.is_empty() && !scopes.iter().any(|known| known.ends_with(scope)))
    };
    if number("x-ratelimit-limit") == Some(60) {
        findings.warned(
            subject,
            format!(
                "No token is sent, and without one {} answers 60 questions an hour. Grant {}",
                api.name(),
                forge.dialect().scopes()
            ),
        );
    } else if let Some(days) = ends.map(|ends| ends.saturating_sub(clock::now()) / DAY).filter(|days| *days < SOON) {
        findings.warned(subject, format!("It ends in {days} days; make a new one on {} before", api.name()));
    } else if lacks("repo") {
        findings.warned(subject, "It has not the scope `repo`: private repositories are not seen");
    } else {
        findings.passed(
            subject,
            match number("x-ratelimit-remaining") {
                Some(left) => format!("It is known, and {left} questions are left of this hour."),
                None => "It is known, or none is needed.".to_owned(),
            },
        );
    }
}

/// `2026-12-31 08:00:00 UTC`.
fn ends_at(text: &str) -> Option<u64> {
    let (date, rest) = text.split_once(' ')?;
    let time = rest.split(' ').next()?;
    crate::api::milliseconds(&format!("{date}T{time}Z"))
}

/// One repository for all: private ones are what may fail.
fn sample(repositories: &[Repository]) -> Option<&Repository> {
    let with_branch = || repositories.iter().filter(|one| one.default_branch.is_some());
    with_branch().find(|one| one.visibility != "public").or_else(|| with_branch().next())
}

/// Whether the token sees each part of what is shown of a repository.
fn parts(forge: &Forge, api: &Api, one: &Repository, findings: &mut Findings) {
    // They are asked for also where the row says that there are none; GitLab forbids that where they are turned off.
    let one = Repository { nothing_waits: one.nothing_waits && forge.kind == Kind::GitLab, ..one.clone() };
    let mut unseen = BTreeSet::new();
    if let Err(error) = forge.dialect().details(api, &one, &mut unseen) {
        return findings.failed("Sees how repositories stand", format!("{}: {error}", one.project));
    }
    for part in &unseen {
        findings.warned(
            format!("Sees {}", part.name()),
            format!(
                "{} does not let the token see those of {} (403), and they are shown as they were when it did, or not at all. It needs {}",
                api.host(),
                one.project,
                forge.dialect().right(*part)
            ),
        );
    }
    if unseen.is_empty() {
        findings.passed("Sees how repositories stand", format!("Nothing of {} is kept from the token.", one.project));
    }
}

/// Whether Git reads what is listed: the forge's interface says nothing of that.
fn git(clones: &dyn Clones, one: &Repository, findings: &mut Findings) {
    let branch = one.default_branch.as_deref().unwrap_or_default();
    match clones.resolve(&one.clone, branch) {
        Ok(head) => {
            let short: String = head.commit.chars().take(10).collect();
            findings.passed("Reads with Git", format!("{} is at {short}.", one.project));
        }
        Err(error) => findings.failed("Reads with Git", format!("{}: {error}", one.project)),
    }
}

fn people(forge: &Forge, api: &Api, findings: &mut Findings) {
    if !forge.people {
        return;
    }
    let subject = format!("Sees the people of {}", forge.owner.as_str());
    match forge.dialect().people(api, forge.owner.as_str()) {
        Ok(people) => {
            let (users, teams) = (people.users.len(), people.teams.len());
            let reached = people.users.iter().filter(|user| user.email.is_some()).count();
            match people.nameless {
                None => findings.passed(subject, format!("{users} users in {teams} teams; of {reached} the address is known.")),
                Some(why) => findings.warned(
                    subject,
                    format!(
                        "{users} users in {teams} teams, of whom only the logins are known, no names and addresses: {why}. Grant `POST` for its \
                         path `/graphql`, and give the token {}",
                        forge.dialect().scopes()
                    ),
                ),
            }
        }
        Err(Fault::Missing(_)) => findings.failed(
            subject,
            format!(
                "`{}` is a user and has no people, or the token may not see them; it needs {}",
                forge.owner.as_str(),
                forge.dialect().scopes()
            ),
        ),
        Err(fault) => findings.failed(subject, advice(fault)),
    }
}

#[cfg(test)]
mod tests;
