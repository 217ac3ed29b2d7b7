//! Webhooks: what happened on a forge is shown a moment later.
//!
//! Rule: a webhook says that something happened, and the forge is asked what there is now. So webhooks that come twice, late or in another
//! order come to the same. Only that a repository is gone is believed as it is said, and only if the forge does not know better.

use std::collections::BTreeSet;

use portico_sdk::routes::{Request, Response};
use portico_sdk::{Error, Result, debug};
use serde_json::Value;

use crate::annotated::Annotated;
use crate::api::{Api, Asked, Fault};
use crate::dialect::{Dialect, News};
use crate::people;
use crate::reading::{Reader, forget, forget_called};
use crate::repository::Repository;
use crate::settings::{Forge, Kind, Settings};
use crate::tree::Clones;

/// Answers a webhook, whose signature was checked.
pub(crate) fn handle(clones: &dyn Clones, settings: &Settings, request: &Request) -> Result<Response> {
    let kind = match request.path.as_str() {
        "/github" => Kind::GitHub,
        "/gitlab" => Kind::GitLab,
        "/gitea" => Kind::Gitea,
        _ => return Err(Error::NotFound("webhooks go to /github, /gitlab or /gitea".to_owned())),
    };
    let body: Value = request.json()?;
    let forges: Vec<&Forge> = settings.forges.iter().filter(|forge| forge.kind == kind).collect();
    let Some(first) = forges.first() else {
        return Ok(
            Response::text("No forge of this kind is in the settings of the plugin; nothing is done.").status(202)
        );
    };
    let event = request.header(first.dialect().event_header()).unwrap_or_default();
    let news = first.dialect().news(event, &body);
    debug!("{event}: {news:?}");
    let mut said = Vec::new();
    let mut hosts = BTreeSet::new();
    for forge in forges.into_iter().filter(|forge| is_about(forge, &body)) {
        said.extend(take(clones, forge, &news)?);
        if forge.people && is_of(forge, &news)? {
            hosts.insert(forge.host());
        }
    }
    for host in people::hosts(settings).iter().filter(|host| hosts.contains(&host.name())) {
        host.read(true, |forge| forge.dialect().api(forge).at_once())?;
        said.push("Users and teams were read.".to_owned());
    }
    Ok(match said.is_empty() {
        true => Response::text(format!("Nothing that is shown follows from `{event}`.")).status(202),
        false => Response::text(said.join("\n")),
    })
}

/// Whether a webhook comes from this forge, where it says so: there may be two of a kind.
fn is_about(forge: &Forge, body: &Value) -> bool {
    let page = body["repository"]["html_url"].as_str().or_else(|| body["project"]["web_url"].as_str());
    page.is_none_or(|page| page.starts_with(&format!("{}/", forge.web())))
}

/// What follows for an owner.
fn take(clones: &dyn Clones, forge: &Forge, news: &News) -> Result<Option<String>> {
    let api = forge.dialect().api(forge).at_once();
    match news {
        News::Nothing | News::People { .. } | News::Members { .. } => Ok(None),
        News::Gone { id, project } => gone(clones, forge, &api, id, project),
        News::Changed { id, project } => changed(clones, forge, api, id, project),
    }
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

/// Something of a repository is another. One that the forge does not show is left to the next listing: it may be the token.
fn changed(clones: &dyn Clones, forge: &Forge, api: Api, id: &str, project: &str) -> Result<Option<String>> {
    // One of another owner, which this one never had.
    if forge.inner(project).is_none() && portico_sdk::cursor(&forge.scope(id))?.is_none() {
        return Ok(None);
    }
    let found = match ask(forge.dialect(), &api, id, project) {
        Ok(found) => found,
        Err(Fault::Missing(_) | Fault::Forbidden(_)) => return Ok(None),
        Err(fault) => return Err(fault.into()),
    };
    if found.id != id {
        forget_called(forge, id, project)?;
    }
    if !forge.selects(&found) {
        forget(forge, &found.id)?;
        return Ok(Some(format!("{} is not one that is read.", found.project)));
    }
    let mut reader = Reader {
        clones,
        forge,
        api,
        annotated: Annotated::with_project(forge, &found.project)?,
        unseen: BTreeSet::new(),
    };
    let details = reader.details(&found)?;
    let done = reader.read(&found, Some(details))?;
    let entities = done.outline.entities;
    Ok(Some(format!("{} was read: {entities} entities in {} files.", found.project, done.outline.files)))
}

/// A repository is gone. There may be another of the name by now.
fn gone(clones: &dyn Clones, forge: &Forge, api: &Api, id: &str, project: &str) -> Result<Option<String>> {
    if forge.inner(project).is_none() {
        return Ok(None);
    }
    match ask(forge.dialect(), api, id, project) {
        Ok(found) if found.id == id => changed(clones, forge, api.clone(), id, project),
        Ok(found) => {
            forget_called(forge, id, project)?;
            changed(clones, forge, api.clone(), &found.id, project)
        }
        Err(Fault::Missing(_)) => {
            forget_called(forge, id, project)?;
            Ok(Some(format!("What {project} brought in is gone.")))
        }
        Err(fault) => Err(fault.into()),
    }
}

/// What the forge says of a repository now: by its name, or, where that leads elsewhere, by its number.
fn ask(dialect: &dyn Dialect, api: &Api, id: &str, project: &str) -> Asked<Repository> {
    let row: Value = match api.get(&dialect.by_name(project)) {
        Err(Fault::Moved(_)) => api.get(&dialect.by_number(id))?,
        other => other?,
    };
    dialect
        .repository(row)
        .map_err(|error| Fault::Odd(format!("what {} says of {project} cannot be read: {error}", api.host())))
}

#[cfg(test)]
mod tests;
