//! Webhooks: what happened on a forge is shown a moment later.
//!
//! A webhook is answered at once, and has a run begin that is about what it names: a repository may hold more than anybody waits for.
//!
//! Rule: a webhook says that something happened, and the forge is asked what there is now. So webhooks that come twice, late or in another
//! order come to the same. Only that a repository is gone is believed as it is said, and only if the forge does not know better.

use std::collections::BTreeSet;

use portico_sdk::routes::{Request, Response};
use portico_sdk::{Error, Result, debug, read_soon};
use serde_json::Value;
use url::Url;

use crate::api::Fault;
use crate::asked::Deleted;
use crate::dialect::News;
use crate::people;
use crate::settings::{Forge, Kind, Settings};

/// Answers a webhook, whose signature was checked.
pub(crate) fn handle(settings: &Settings, request: &Request) -> Result<Response> {
    let kind = match request.path.as_str() {
        "/github" => Kind::GitHub,
        "/gitlab" => Kind::GitLab,
        "/gitea" => Kind::Gitea,
        _ => return Err(Error::NotFound("webhooks go to /github, /gitlab or /gitea".to_owned())),
    };
    let body: Value = request.json()?;
    let forges: Vec<&Forge> = settings.forges.iter().filter(|forge| forge.kind == kind).collect();
    let Some(&first) = forges.first() else {
        return Ok(
            Response::text("No forge of this kind is in the settings of the plugin; nothing is done.").status(202)
        );
    };
    let event = request.header(first.dialect().event_header()).unwrap_or_default();
    let news = first.dialect().news(event, &body);
    debug!("{event}: {news:?}");
    let (mut scopes, mut hosts) = (BTreeSet::new(), BTreeSet::new());
    let page = page(&body);
    let about: Vec<&Forge> = forges.iter().copied().filter(|forge| is_about(forge, page)).collect();
    if let (true, Some(page)) = (about.is_empty(), page) {
        return Ok(Response::text(elsewhere(&forges, page)).status(202));
    }
    for forge in about {
        scopes.extend(repository(forge, &news)?);
        if forge.people && is_of(forge, &news)? {
            hosts.insert(forge.host());
        }
    }
    let people = people::hosts(settings).into_iter().filter(|host| hosts.contains(&host.name()));
    scopes.extend(people.map(|host| host.scope()));
    if scopes.is_empty() {
        return Ok(Response::text(format!("Nothing that is shown follows from `{event}`.")).status(202));
    }
    let scopes: Vec<String> = scopes.into_iter().collect();
    read_soon(&scopes)?;
    Ok(Response::text(format!("Read soon: {}.", scopes.join(", "))).status(202))
}

/// The page of the repository that a webhook is about, as the forge calls it.
fn page(body: &Value) -> Option<&str> {
    body["repository"]["html_url"].as_str().or_else(|| body["project"]["web_url"].as_str())
}

/// Whether a webhook comes from this forge, where it says so: there may be two of a kind. A forge behind a proxy may not know by which
/// scheme and port people reach it.
fn is_about(forge: &Forge, page: Option<&str>) -> bool {
    let place = |address: &str| {
        let url = Url::parse(address).ok()?;
        Some((url.host_str()?.to_owned(), url.path().trim_end_matches('/').to_owned(), url.port()))
    };
    let (Some((host, path, port)), Some((own_host, own_path, own_port))) = (page.and_then(place), place(&forge.web()))
    else {
        return page.is_none();
    };
    let is_below = path.strip_prefix(&own_path).is_some_and(|rest| rest.starts_with('/'));
    host == own_host && is_below && port.zip(own_port).is_none_or(|(port, own)| port == own)
}

/// What is answered to a forge that is none of those in the settings.
fn elsewhere(forges: &[&Forge], page: &str) -> String {
    let own: BTreeSet<String> = forges.iter().map(|forge| forge.web()).collect();
    format!(
        "Nothing follows: this is about {page}, and the forges of this kind in the settings of the plugin are at {}. If it is one of them, \
         correct the address that it calls itself by, or set `web` to that.",
        own.into_iter().collect::<Vec<_>>().join(", ")
    )
}

/// The scope of the repository that it is about, if that is the owner's, or was.
fn repository(forge: &Forge, news: &News) -> Result<Option<String>> {
    let (id, project, is_gone) = match news {
        News::Nothing | News::People { .. } | News::Members { .. } => return Ok(None),
        News::Changed { id, project } => (id, project, false),
        News::Gone { id, project } => (id, project, true),
    };
    let scope = forge.scope(id);
    let is_known = portico_sdk::cursor(&scope)?.is_some();
    if is_gone && is_known {
        Deleted::of(forge, id).note(project)?;
    }
    Ok((is_known || !is_gone && forge.inner(project).is_some()).then_some(scope))
}

/// Whether something is said of the users and teams of an owner, or of a group below it.
fn is_of(forge: &Forge, news: &News) -> Result<bool> {
    let is_owner = |owner: &str| forge.owner.as_str().eq_ignore_ascii_case(owner) || forge.inner(owner).is_some();
    match news {
        News::People { owner } => Ok(is_owner(owner)),
        News::Members { group } => match forge.dialect().group(&forge.dialect().api(forge).at_once(), *group) {
            Ok(path) => Ok(is_owner(&path)),
            Err(Fault::Missing(_) | Fault::Forbidden(_)) => Ok(false),
            Err(fault) => Err(fault.into()),
        },
        News::Nothing | News::Changed { .. } | News::Gone { .. } => Ok(false),
    }
}

#[cfg(test)]
mod tests;
