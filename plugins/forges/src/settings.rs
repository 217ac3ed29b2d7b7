//! What the operator writes: which forges, whose repositories, and which of them.
//!
//! Rule: an address is made whole where it is read, and what can mean nothing is refused with its key.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use portico_sdk::{Error, Result};
use portico_sites::Patterns;
use serde::Deserialize;
use url::Url;

use crate::dialect::Dialect;
use crate::names::Among;
use crate::repository::Repository;
use crate::{gitea, github, gitlab};

/// The settings of the plugin.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Whose repositories are read, in this order.
    #[serde(default)]
    pub(crate) forges: Vec<Forge>,
}

/// What a forge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// GitHub, also GitHub Enterprise.
    GitHub,
    /// GitLab.
    GitLab,
    /// Gitea, Forgejo, Codeberg.
    #[serde(alias = "forgejo")]
    Gitea,
}

/// The repositories of one owner on one forge.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forge {
    /// What it is.
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    /// Where its interface for programs is; that of the forge that everybody knows, if absent.
    #[serde(default)]
    api: Option<Address>,
    /// Where people see it.
    #[serde(default)]
    web: Option<Address>,
    /// An organisation, a user, or the path of a group.
    pub(crate) owner: Owner,
    /// Names of repositories that are read.
    #[serde(default)]
    include: Names,
    /// Names of repositories that are not.
    #[serde(default = "Names::none")]
    exclude: Names,
    /// Of which a repository has to have one; none for any.
    #[serde(default)]
    topics: Vec<String>,
    /// Whether archived repositories are read as well.
    #[serde(default)]
    archived: bool,
    /// Whether forks are read as well.
    #[serde(default)]
    forks: bool,
    /// Where descriptors are in a repository.
    #[serde(default)]
    pub(crate) descriptors: Patterns,
    /// Whether users and teams are brought in.
    #[serde(default)]
    pub(crate) people: bool,
    /// Whether the repositories are those that a GitHub App is installed on, whose token asks.
    #[serde(default)]
    pub(crate) installed: bool,
    /// Where it stands among the others.
    #[serde(skip)]
    pub(crate) among: Among,
}

/// The name of an organisation, a user or a group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Owner(String);

impl TryFrom<String> for Owner {
    type Error = String;

    fn try_from(written: String) -> std::result::Result<Owner, String> {
        let name = written.trim().trim_matches('/');
        let is_plain = |sign: char| sign.is_alphanumeric() || matches!(sign, '-' | '_' | '.' | '/');
        let climbs = name.split('/').any(|part| matches!(part, "" | "." | ".."));
        if climbs || !name.chars().all(is_plain) {
            return Err(format!(
                "`{written}` names no owner; write an organisation, a user or a group such as `acme` or `acme/platform`"
            ));
        }
        Ok(Owner(name.to_owned()))
    }
}

impl Owner {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// An address without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Address(String);

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(written: String) -> std::result::Result<Address, String> {
        let url = Url::parse(&written).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        match url.filter(|url| url.query().is_none() && url.fragment().is_none()) {
            Some(url) => Ok(Address(url.as_str().trim_end_matches('/').to_owned())),
            None => Err(format!("`{written}` is no address; write one such as `https://git.acme.example/api/v1`")),
        }
    }
}

/// Patterns for the names of repositories, without regard to case.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Vec<String>")]
struct Names {
    written: Vec<String>,
    set: GlobSet,
}

impl TryFrom<Vec<String>> for Names {
    type Error = String;

    fn try_from(written: Vec<String>) -> std::result::Result<Names, String> {
        let mut set = GlobSetBuilder::new();
        for pattern in &written {
            let glob = GlobBuilder::new(pattern).case_insensitive(true).build();
            set.add(glob.map_err(|error| format!("`{pattern}` is no pattern for names: {}", error.kind()))?);
        }
        Ok(Names { written, set: set.build().map_err(|error| error.kind().to_string())? })
    }
}

impl Names {
    fn none() -> Names {
        Names { written: Vec::new(), set: GlobSet::empty() }
    }
}

/// All names.
impl Default for Names {
    fn default() -> Names {
        Names::try_from(vec!["*".to_owned()]).unwrap_or_else(|_| Names::none())
    }
}

impl Settings {
    /// Says what a type cannot, that nothing is there twice; and has each know where it stands among the others.
    pub(crate) fn check(mut self) -> Result<Settings> {
        let mut seen: Vec<String> = Vec::new();
        for (index, forge) in self.forges.iter().enumerate() {
            let key = forge.key().to_lowercase();
            if let Some(first) = seen.iter().position(|known| *known == key) {
                return Err(Error::Invalid(format!(
                    "settings.forges[{index}]: {} is there twice, first at [{first}]; write what differs into one",
                    forge.key()
                )));
            }
            if matches!(forge.kind, Kind::GitHub | Kind::Gitea) && forge.owner.as_str().contains('/') {
                return Err(Error::Invalid(format!(
                    "settings.forges[{index}].owner: `{}` names no owner; only groups of GitLab lie in one another",
                    forge.owner.as_str()
                )));
            }
            if forge.installed && forge.kind != Kind::GitHub {
                return Err(Error::Invalid(format!(
                    "settings.forges[{index}].installed: only GitHub has Apps that are installed; leave it out"
                )));
            }
            seen.push(key);
        }
        let among = Among::all(&self.forges);
        for (forge, among) in self.forges.iter_mut().zip(among) {
            forge.among = among;
        }
        Ok(self)
    }
}

impl Forge {
    /// How it is spoken to.
    pub(crate) fn dialect(&self) -> &'static dyn Dialect {
        match self.kind {
            Kind::GitHub => &github::GitHub,
            Kind::GitLab => &gitlab::GitLab,
            Kind::Gitea => &gitea::Gitea,
        }
    }

    /// Where its interface for programs is, without a slash at its end.
    pub(crate) fn api(&self) -> String {
        let usual = match self.kind {
            Kind::GitHub => "https://api.github.com",
            Kind::GitLab => "https://gitlab.com/api/v4",
            Kind::Gitea => "https://gitea.com/api/v1",
        };
        self.api.as_ref().map_or_else(|| usual.to_owned(), |api| api.0.clone())
    }

    /// Where people see it: what is said, or what remains of the other address.
    pub(crate) fn web(&self) -> String {
        if let Some(web) = &self.web {
            return web.0.clone();
        }
        let api = self.api();
        let endings: &[&str] = match self.kind {
            Kind::GitHub if api == "https://api.github.com" => return "https://github.com".to_owned(),
            Kind::GitHub => &["/api/v3"],
            Kind::GitLab => &["/api/v4"],
            Kind::Gitea => &["/api/v1"],
        };
        endings.iter().find_map(|ending| api.strip_suffix(ending)).unwrap_or(&api).to_owned()
    }

    /// The host that people know it by.
    pub(crate) fn host(&self) -> String {
        let web = self.web();
        web.split_once("://").map_or(web.as_str(), |(_, rest)| rest).to_owned()
    }

    /// What it is called among the others.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.host(), self.owner.as_str())
    }

    /// The scope of a repository: by its number, which stays when it is renamed, and is another when it is made anew.
    pub(crate) fn scope(&self, id: &str) -> String {
        format!("{}#{id}", self.key())
    }

    /// Whether a repository is one that is read.
    pub(crate) fn selects(&self, repository: &Repository) -> bool {
        let (name, inner) = (repository.name(), self.inner(&repository.project));
        let is_named = |names: &Names| names.set.is_match(name) || inner.is_some_and(|inner| names.set.is_match(inner));
        let has_topic = self.topics.is_empty()
            || repository
                .topics
                .iter()
                .any(|topic| self.topics.iter().any(|wanted| wanted.eq_ignore_ascii_case(topic)));
        inner.is_some()
            && (self.archived || !repository.archived)
            && (self.forks || !repository.fork)
            && has_topic
            && is_named(&self.include)
            && !is_named(&self.exclude)
    }

    /// The path of a project below its owner; none of one that belongs to another.
    pub(crate) fn inner<'a>(&self, project: &'a str) -> Option<&'a str> {
        let owner = self.owner.as_str();
        let start = project.get(..owner.len()).filter(|start| start.eq_ignore_ascii_case(owner))?;
        project[start.len()..].strip_prefix('/')
    }

    /// Everything of it that decides what a repository comes to.
    pub(crate) fn digest(&self) -> String {
        let (web, which) = (self.web(), format!("{}{}", self.archived, self.forks));
        let names =
            [&self.include.written, &self.exclude.written, &self.topics].into_iter().flatten().map(String::as_str);
        let patterns = self.descriptors.written().iter().map(String::as_str);
        let front = self.among.front.as_deref().unwrap_or_default();
        crate::cursor::digest([env!("CARGO_PKG_VERSION"), &web, &which, front].into_iter().chain(patterns).chain(names))
    }
}

#[cfg(test)]
mod tests;
