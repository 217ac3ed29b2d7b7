//! Hosts: which forge is behind a name, and under which addresses it is spoken to.
//!
//! Rule: what everybody knows needs no setting, and what the operator says goes before it. Addresses that people see are those of the forge, unless
//! the operator says others.

use std::collections::BTreeMap;

use portico_sdk::{Error, Result, settings};
use portico_sites::Forge;
use serde::Deserialize;
use url::Url;

use crate::push::Author;

/// The settings of the plugin.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Settings {
    /// What hosts of one's own are, and hosts under another address.
    hosts: Vec<Said>,
    /// Who commits are by, where a step does not say.
    pub(crate) author: Author,
    /// Whether tokens of steps are left out rather than refused where the operator's credential is sent.
    pub(crate) ignore_tokens: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    host: Name,
    forge: Forge,
    api: Option<Address>,
    git: Option<Address>,
    web: Option<Address>,
}

/// A host, with its port where it is not the usual one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Name(String);

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(written: String) -> std::result::Result<Name, String> {
        let url =
            Url::parse(&format!("https://{written}")).ok().filter(|url| url.path() == "/" && url.query().is_none());
        url.as_ref().and_then(name).map(Name).ok_or_else(|| {
            format!("`{written}` is no host; write one as it stands in `repoUrl`, such as `git.acme.example` or `127.0.0.1:3000`")
        })
    }
}

/// A host with its port, as addresses spell it.
pub(crate) fn name(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
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

/// A host that repositories lie at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    /// As `repoUrl` names it.
    pub(crate) name: String,
    pub(crate) forge: Option<Forge>,
    /// Where its interface is, without a slash at its end; empty for a server that has none which is spoken to here.
    pub(crate) api: String,
    git: Option<String>,
    web: Option<String>,
}

impl Settings {
    pub(crate) fn read() -> Result<Settings> {
        settings::read()
    }

    /// The host of a name.
    pub(crate) fn host(&self, name: &str) -> Host {
        let said = self.hosts.iter().find(|said| said.host.0.eq_ignore_ascii_case(name));
        let forge = said.map(|said| said.forge).or_else(|| Forge::of(&format!("https://{name}"), &BTreeMap::new()));
        let usual = match forge {
            Some(Forge::GitHub) if name == "github.com" => "https://api.github.com".to_owned(),
            Some(Forge::GitHub) => format!("https://{name}/api/v3"),
            Some(Forge::GitLab) => format!("https://{name}/api/v4"),
            Some(Forge::Gitea) => format!("https://{name}/api/v1"),
            _ => String::new(),
        };
        let address = |address: Option<&Address>| address.map(|address| address.0.clone());
        Host {
            name: name.to_owned(),
            forge,
            api: said.and_then(|said| address(said.api.as_ref())).unwrap_or(usual),
            git: said.and_then(|said| address(said.git.as_ref())),
            web: said.and_then(|said| address(said.web.as_ref())),
        }
    }
}

impl Host {
    /// Whether it is this forge; else what to do about it.
    pub(crate) fn is(&self, forge: Forge) -> Result<()> {
        if self.forge == Some(forge) {
            return Ok(());
        }
        let known = self
            .forge
            .map_or_else(|| "it is not known what it is".to_owned(), |known| format!("it is {}", known.name()));
        Err(Error::Invalid(format!(
            "input.repoUrl: {} is no host of {}: {known}. Take the action of its forge, or have the operator name it under `settings.hosts` of the \
             plugin `publish`",
            self.name,
            forge.name()
        )))
    }

    /// Where Git finds a repository: as the operator says, or the forge itself.
    pub(crate) fn remote(&self, project: &str, answered: Option<&str>) -> String {
        match (&self.git, answered) {
            (Some(git), _) => format!("{git}/{project}.git"),
            (None, Some(answered)) => answered.to_owned(),
            (None, None) => format!("https://{}/{project}.git", self.name),
        }
    }

    /// Where the files of a branch are seen. Of a server of which only Git's address is said, they are read there.
    pub(crate) fn contents(&self, project: &str, branch: &str, answered: Option<&str>) -> String {
        let page = match (&self.web, &self.git, answered) {
            (Some(web), _, _) => format!("{web}/{project}"),
            (None, Some(git), _) => return format!("{git}/{project}.git?ref={branch}"),
            (None, None, Some(answered)) => answered.trim_end_matches('/').to_owned(),
            (None, None, None) => format!("https://{}/{project}", self.name),
        };
        contents(self.forge, &page, branch)
    }
}

/// Where the files of a branch are seen, of a repository whose page is known.
pub(crate) fn contents(forge: Option<Forge>, page: &str, branch: &str) -> String {
    let plain = page.trim_end_matches(".git");
    match forge {
        Some(Forge::GitHub) => format!("{plain}/blob/{branch}"),
        Some(Forge::GitLab) => format!("{plain}/-/blob/{branch}"),
        Some(Forge::Gitea) => format!("{plain}/src/branch/{branch}"),
        Some(Forge::Bitbucket) => format!("{plain}/src/{branch}"),
        _ => format!("{page}?ref={branch}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(json: &str) -> Result<Settings> {
        settings::parse(json)
    }

    #[test]
    fn a_host_is_what_the_operator_says_or_what_its_name_tells() {
        let own = settings(
            r#"{"hosts": [
                {"host": "127.0.0.1:18960", "forge": "github", "api": "http://127.0.0.1:18960/", "git": "http://127.0.0.1:18930/git"},
                {"host": "git.corp", "forge": "forgejo", "web": "https://code.corp"}
            ]}"#,
        )
        .expect("settings");
        let cases = [
            ("github.com", "https://api.github.com", "https://github.com/a/x.git", "https://github.com/a/x/blob/main"),
            (
                "github.corp.test",
                "https://github.corp.test/api/v3",
                "https://github.corp.test/a/x.git",
                "https://github.corp.test/a/x/blob/main",
            ),
            (
                "gitlab.com",
                "https://gitlab.com/api/v4",
                "https://gitlab.com/a/x.git",
                "https://gitlab.com/a/x/-/blob/main",
            ),
            (
                "127.0.0.1:18960",
                "http://127.0.0.1:18960",
                "http://127.0.0.1:18930/git/a/x.git",
                "http://127.0.0.1:18930/git/a/x.git?ref=main",
            ),
            (
                "git.corp",
                "https://git.corp/api/v1",
                "https://git.corp/a/x.git",
                "https://code.corp/a/x/src/branch/main",
            ),
            ("git.test", "", "https://git.test/a/x.git", "https://git.test/a/x?ref=main"),
        ];
        for (name, api, remote, contents) in cases {
            let host = own.host(name);
            assert_eq!((host.api.as_str(), host.remote("a/x", None).as_str()), (api, remote), "{name}");
            assert_eq!(host.contents("a/x", "main", None), contents, "{name}");
        }
        let host = own.host("github.com");
        assert_eq!(host.remote("a/x", Some("https://github.com/A/x.git")), "https://github.com/A/x.git");
        assert_eq!(host.contents("a/x", "v/1", Some("https://github.com/A/x")), "https://github.com/A/x/blob/v/1");
    }

    #[test]
    fn what_is_no_host_is_refused_in_words() {
        for (json, expected) in [
            (
                r#"{"hosts": [{"host": "https://git.corp", "forge": "gitea"}]}"#,
                "settings.hosts[0].host: `https://git.corp` is no host",
            ),
            (r#"{"hosts": [{"host": "git.corp/x", "forge": "gitea"}]}"#, "`git.corp/x` is no host"),
            (r#"{"hosts": [{"host": "git.corp", "forge": "svn"}]}"#, "settings.hosts[0].forge: unknown variant `svn`"),
            (r#"{"hosts": [{"host": "git.corp", "forge": "gitea", "api": "git.corp"}]}"#, "`git.corp` is no address"),
            (r#"{"host": []}"#, "unknown field `host`"),
        ] {
            let error = settings(json).expect_err(json).to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = Settings::default().host("gitlab.com").is(Forge::GitHub).expect_err("another forge").to_string();
        assert!(error.starts_with("input.repoUrl: gitlab.com is no host of github: it is gitlab."), "{error}");
        let error = Settings::default().host("git.corp").is(Forge::GitHub).expect_err("no forge").to_string();
        assert!(error.contains("it is not known what it is") && error.contains("settings.hosts"), "{error}");
    }
}
