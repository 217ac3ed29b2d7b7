//! Users and teams of the owners on one host, as entities with their memberships.
//!
//! Rule: those of one host are read whole or not at all, since whoever is in several organisations there is one user; and no more often than
//! every hour: each team is a question by itself. A webhook, or whoever asks for them, has them read at once. That half of an owner's users or
//! teams are gone is believed after a day.

mod objects;

use std::collections::{BTreeMap, BTreeSet};

use portico_sdk::{Error, Result, Session, Summary, clock, state, warn};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::Api;
use crate::cursor::digest;
use crate::dialect::People;
use crate::gone::{DISBELIEF, is_most, since};
use crate::settings::{Forge, Settings};

/// Milliseconds.
const FRESH: u64 = 60 * 60 * 1000;

/// The owners on one host whose people are brought in, in the order of the settings; there is one at least.
pub(crate) struct Host<'a>(Vec<&'a Forge>);

/// What was there when it was read last, by owners.
type Known = BTreeMap<String, Group>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Group {
    users: BTreeSet<String>,
    teams: BTreeSet<String>,
    /// Since when half of them or more are missing, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<u64>,
}

/// The hosts with people.
pub(crate) fn hosts(settings: &Settings) -> Vec<Host<'_>> {
    let mut hosts: Vec<Host<'_>> = Vec::new();
    for forge in settings.forges.iter().filter(|forge| forge.people) {
        match hosts.iter_mut().find(|host| host.name() == forge.host()) {
            Some(host) => host.0.push(forge),
            None => hosts.push(Host(vec![forge])),
        }
    }
    hosts
}

impl Host<'_> {
    /// As people know it.
    pub(crate) fn name(&self) -> String {
        self.0.first().map(|forge| forge.host()).unwrap_or_default()
    }

    /// The scope of its users and teams.
    pub(crate) fn scope(&self) -> String {
        format!("{} people", self.name())
    }

    /// Reads users and teams, unless it was done a short while ago.
    pub(crate) fn read(&self, is_asked: bool, api: impl Fn(&Forge) -> Api) -> Result<Option<Summary>> {
        let scope = self.scope();
        let read_at = portico_sdk::cursor(&scope)?.and_then(|cursor| {
            let (settings, at) = cursor.split_once(' ')?;
            at.parse::<u64>().ok().filter(|_| settings == self.digest())
        });
        let is_fresh = |at: u64| clock::now().checked_sub(at).is_some_and(|age| age < FRESH);
        if read_at.is_some_and(is_fresh) && !is_asked {
            portico_sdk::current(&scope)?;
            return Ok(None);
        }
        let mut owners = Vec::new();
        for forge in &self.0 {
            let people = forge.dialect().people(&api(forge), forge.owner.as_str());
            let people = people.map_err(|fault| Error::from(fault).context(forge.key()))?;
            if let Some(why) = &people.nameless {
                warn!("{}: of its people only logins are known, no names and addresses: {why}", forge.key());
            }
            owners.push((*forge, people));
        }
        let known = self.believe(&owners)?;
        let mut session = Session::full(&scope)?;
        for (kind, object) in objects::of(&owners) {
            session.push(kind, &object)?;
        }
        let summary = session.commit(Some(&format!("{} {}", self.digest(), clock::now())))?;
        state::set(&self.key(), &known)?;
        Ok(Some(summary))
    }

    /// What there is now, unless more of it is missing than is believed.
    fn believe(&self, owners: &[(&Forge, People)]) -> Result<Known> {
        let before = state::get::<Value>(&self.key())?.map(serde_json::from_value::<Known>).transpose();
        // Whatever another version kept there, people are known again from now on.
        let mut before = before.ok().flatten().unwrap_or_default();
        let mut known = Known::new();
        for (forge, people) in owners {
            let key = forge.key().to_lowercase();
            let group = Group {
                users: people.users.iter().map(|user| user.login.to_lowercase()).collect(),
                // As older versions kept them, so that an upgrade misses nothing.
                teams: people.teams.iter().map(|team| team.slug.to_lowercase().replace('/', "-")).collect(),
                since: None,
            };
            if let Some(was) = before.get_mut(&key)
                && let Some(what) = was.misses(&group)
            {
                let since = since(was.since);
                was.since = Some(since);
                if clock::now() - since < DISBELIEF {
                    state::set(&self.key(), &before)?;
                    return Err(Error::Failed(format!(
                        "{}: {what} are not there any more, or the token has lost sight of them. Nothing is removed until it has been so for a \
                         day: check the token. If they are gone indeed, there is nothing to do",
                        forge.key()
                    )));
                }
            }
            known.insert(key, group);
        }
        Ok(known)
    }

    fn digest(&self) -> String {
        let all: Vec<String> = self.0.iter().flat_map(|forge| [forge.key(), forge.digest()]).collect();
        digest(all.iter().map(String::as_str))
    }

    fn key(&self) -> String {
        format!("people/{}", digest(std::iter::once(self.name().as_str())))
    }
}

impl Group {
    /// What of it is missing, where that is half or more of its users or of its teams.
    fn misses(&self, now: &Group) -> Option<String> {
        let most = |was: &BTreeSet<String>, is: &BTreeSet<String>, what: &str| {
            let missing = was.difference(is).count();
            is_most(missing, was.len()).then(|| format!("{missing} of {} {what}", was.len()))
        };
        most(&self.users, &now.users, "users").or_else(|| most(&self.teams, &now.teams, "teams"))
    }
}

#[cfg(test)]
mod tests;
