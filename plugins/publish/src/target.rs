//! What a `repoUrl` means, such as `github.com?owner=acme&repo=ledger`.
//!
//! Rule: every part is a name before anything is made of it, so that none can lead to another path of the forge's interface.

use portico_sdk::{Error, Result};
use portico_sites::Forge;
use url::Url;

use crate::api::part;
use crate::host::{Host, Settings, name};

/// The repository that a step is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) host: Host,
    written: String,
    owner: Option<String>,
    repo: Option<String>,
    project: Option<String>,
    workspace: Option<String>,
    organization: Option<String>,
}

impl Target {
    pub(crate) fn parse(written: &str, settings: &Settings) -> Result<Target> {
        let wrong = |why: &str| {
            Error::Invalid(format!(
                "input.repoUrl: `{written}` {why}; write a repository as `github.com?owner=acme&repo=ledger`"
            ))
        };
        let plain = written.trim().trim_start_matches("https://").trim_start_matches("http://");
        let url = Url::parse(&format!("https://{plain}")).map_err(|_| wrong("names no host"))?;
        let host = name(&url).ok_or_else(|| wrong("names no host"))?;
        if url.path() != "/" {
            return Err(wrong("has a path"));
        }
        let mut target = Target {
            host: settings.host(&host),
            written: written.to_owned(),
            owner: None,
            repo: None,
            project: None,
            workspace: None,
            organization: None,
        };
        for (key, value) in url.query_pairs() {
            let place = match key.as_ref() {
                "owner" => &mut target.owner,
                "repo" => &mut target.repo,
                "project" => &mut target.project,
                "workspace" => &mut target.workspace,
                "organization" => &mut target.organization,
                _ => continue,
            };
            let value = value.trim().trim_matches('/');
            // Only groups of GitLab lie in one another.
            let is_nested = target.host.forge == Some(Forge::GitLab) && matches!(key.as_ref(), "owner" | "project");
            let is_name = |part: &str| {
                !matches!(part, "" | "." | "..")
                    && !part.contains(['\\', ':', '?', '#'])
                    && !part.contains(char::is_control)
            };
            let is_good =
                if is_nested { value.split('/').all(is_name) } else { is_name(value) && !value.contains('/') };
            match (value.is_empty(), is_good) {
                (true, _) => {}
                (false, true) => *place = Some(value.to_owned()),
                (false, false) => return Err(wrong(&format!("has a `{key}` that is no name"))),
            }
        }
        Ok(target)
    }

    /// Whose the repository is.
    pub(crate) fn owner(&self) -> Result<&str> {
        self.owner.as_deref().or(self.organization.as_deref()).ok_or_else(|| self.without("owner"))
    }

    /// What it is called.
    pub(crate) fn repo(&self) -> Result<&str> {
        self.repo.as_deref().ok_or_else(|| self.without("repo"))
    }

    /// Owner and name, as people say it.
    pub(crate) fn slug(&self) -> Result<String> {
        Ok(format!("{}/{}", self.owner()?, self.repo()?))
    }

    /// Owner and name, as a part of a path of GitHub's and Gitea's interfaces.
    pub(crate) fn path(&self) -> Result<String> {
        Ok(format!("/repos/{}/{}", part(self.owner()?), part(self.repo()?)))
    }

    /// As a part of a path of GitLab's interface: a project that is said by itself, by number or path, or owner and name.
    pub(crate) fn project(&self, said: Option<&str>) -> Result<String> {
        let id = match (said.filter(|said| !said.is_empty()), self.project.as_deref()) {
            (Some(said), _) | (None, Some(said)) => said.to_owned(),
            (None, None) => self.slug()?,
        };
        Ok(format!("/projects/{}", part(&id)))
    }

    /// The path below a server's address, for whoever only pushes.
    pub(crate) fn plain(&self) -> Result<String> {
        let of = |part: &Option<String>, name| part.clone().ok_or_else(|| self.without(name));
        Ok(match self.host.forge {
            Some(Forge::Bitbucket) => format!(
                "{}/{}",
                of(&self.workspace, "workspace").or_else(|_| self.owner().map(str::to_owned))?,
                self.repo()?
            ),
            Some(Forge::BitbucketServer) => format!("scm/{}/{}", of(&self.project, "project")?, self.repo()?),
            _ => self.slug()?,
        })
    }

    fn without(&self, part: &str) -> Error {
        Error::Invalid(format!(
            "input.repoUrl: `{}` names no `{part}`; write a repository as `github.com?owner=acme&repo=ledger`",
            self.written
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(written: &str) -> Result<Target> {
        Target::parse(written, &Settings::default())
    }

    #[test]
    fn the_address_of_a_repository_is_read() {
        for (written, host, slug) in [
            ("github.com?owner=acme&repo=ledger", "github.com", "acme/ledger"),
            ("github.com?repo=ledger&owner=acme&extra=1", "github.com", "acme/ledger"),
            ("https://github.com?owner=acme&repo=ledger", "github.com", "acme/ledger"),
            ("127.0.0.1:3000?owner=acme&repo=ledger", "127.0.0.1:3000", "acme/ledger"),
            ("gitlab.com?owner=acme%2Fplatform&repo=ledger", "gitlab.com", "acme/platform/ledger"),
            ("gitlab.com?owner=acme/platform&repo=ledger", "gitlab.com", "acme/platform/ledger"),
        ] {
            let target = parse(written).expect(written);
            assert_eq!((target.host.name.as_str(), target.slug().as_deref()), (host, Ok(slug)), "{written}");
        }
        let target = parse("gitlab.com?owner=acme/platform&repo=ledger").expect("a project");
        assert_eq!(target.project(None).as_deref(), Ok("/projects/acme%2Fplatform%2Fledger"));
        assert_eq!(target.project(Some("42")).as_deref(), Ok("/projects/42"));
        for (written, plain) in [
            ("bitbucket.org?workspace=acme&project=PAY&repo=ledger", "acme/ledger"),
            ("bitbucket.acme.test?project=PAY&repo=ledger", "scm/PAY/ledger"),
        ] {
            assert_eq!(parse(written).and_then(|target| target.plain()).as_deref(), Ok(plain), "{written}");
        }
    }

    #[test]
    fn what_names_no_repository_is_refused_in_words() {
        for (written, expected) in [
            ("", "names no host"),
            ("?owner=a&repo=b", "names no host"),
            ("github.com/acme/ledger", "has a path"),
            ("github.com?owner=acme&repo=..", "has a `repo` that is no name"),
            ("github.com?owner=acme/x&repo=b", "has a `owner` that is no name"),
            ("github.com?owner=acme&repo=a%2Fhooks", "has a `repo` that is no name"),
            ("gitlab.com?owner=acme/../x&repo=b", "has a `owner` that is no name"),
            ("github.com?repo=b", "names no `owner`"),
            ("github.com?owner=b&repo=", "names no `repo`"),
        ] {
            let error = parse(written).and_then(|target| target.slug()).expect_err(written).to_string();
            assert!(error.starts_with("input.repoUrl: ") && error.contains(expected), "{error}");
        }
    }
}
