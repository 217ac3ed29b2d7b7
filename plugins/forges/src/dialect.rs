//! What a forge answers, in its own way.
//!
//! Rule: a dialect knows addresses and spellings, and nothing of the portal. What it cannot read of one repository is an error of that one.

use std::collections::BTreeSet;

use portico_sdk::Result;
use serde_json::Value;

use crate::api::{Api, Asked, Fault};
use crate::parts::Part;
use crate::repository::{Commit, Details, PullRequest, Repository};
use crate::settings::Forge;

/// What a webhook says happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Nothing that is shown anywhere.
    Nothing,
    /// Something in a repository: its number, and its owner and name as they are by now.
    Changed { id: String, project: String },
    /// A repository is gone: its number, and what it was called.
    Gone { id: String, project: String },
    /// Users or teams of an owner.
    People { owner: String },
    /// Members of a group, of which only the number is said.
    Members { group: u64 },
}

/// A user of the forge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) login: String,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    /// What they say of themselves.
    pub(crate) description: Option<String>,
    pub(crate) picture: Option<String>,
    pub(crate) url: Option<String>,
}

/// A team, with its members by their logins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Team {
    /// What it is called in addresses.
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    /// The slug of the team that it is part of.
    pub(crate) parent: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) members: Vec<String>,
}

/// Users and teams of an owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct People {
    pub(crate) users: Vec<User>,
    pub(crate) teams: Vec<Team>,
    /// Whether the slugs of teams are paths, of which a forge has each once, whoever's it is.
    pub(crate) slugs_are_paths: bool,
    /// Why of users nothing but their logins is known, where a forge would say more.
    pub(crate) nameless: Option<String>,
}

/// How a forge is spoken to.
pub(crate) trait Dialect: Sync {
    /// Its interface.
    fn api(&self, forge: &Forge) -> Api;

    /// Where the list of repositories begins: of each kind of owner that there is, until one is known.
    fn lists(&self, forge: &Forge) -> Vec<String>;

    /// Where such a list is better asked for by whoever the token belongs to.
    fn better(&self, _: &Api, _: &Forge, list: String) -> Asked<String> {
        Ok(list)
    }

    /// A row of such a list.
    fn repository(&self, row: Value) -> serde_json::Result<Repository>;

    /// Where one repository is to be asked for, by its number.
    fn by_number(&self, id: &str) -> String;

    /// What more there is to say of a repository. What the token may not see is noted.
    fn details(&self, api: &Api, repository: &Repository, unseen: &mut BTreeSet<Part>) -> Result<Details>;

    /// The requests for changes that wait, the oldest first.
    fn pull_requests(&self, api: &Api, repository: &Place<'_>) -> Asked<Vec<PullRequest>>;

    /// The last commits on a branch, the newest first.
    fn commits(&self, api: &Api, repository: &Place<'_>) -> Asked<Vec<Commit>>;

    /// Users and teams.
    fn people(&self, api: &Api, owner: &str) -> Asked<People>;

    /// The path of a group, by its number.
    fn group(&self, _: &Api, number: u64) -> Asked<String> {
        Err(Fault::Missing(format!("there is no group {number}: this forge has none")))
    }

    /// What a webhook says. `event` is what the forge's header calls it.
    fn news(&self, event: &str, body: &Value) -> News;

    /// The header in which a webhook says what it is.
    fn event_header(&self) -> &'static str;

    /// The annotation with which an entity names the repository that it comes from.
    fn annotation(&self) -> &'static str;

    /// The scopes that a token needs, for whoever makes one.
    fn scopes(&self) -> &'static str;

    /// What of them lets it see a part of a repository.
    fn right(&self, part: Part) -> &'static str;
}

/// A repository as facts name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) id: &'a str,
    pub(crate) project: &'a str,
    pub(crate) branch: Option<&'a str>,
}
