//! Hosts: what the address of a repository must say, by the kind of the forge at its host.
//!
//! Rule: an address is `HOST?owner=…&repo=…`, as the form's RepoUrlPicker makes it; a host that nobody configured is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::State;
use url::Url;

use crate::value::{View, view};

/// What kind of forge a host has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forge {
    /// GitHub, and every other that has owners and repositories.
    GitHub,
    /// GitLab: a project by its number, or an owner and a repository.
    GitLab,
    /// bitbucket.org.
    BitbucketCloud,
    /// Bitbucket in a data centre.
    BitbucketServer,
    /// Azure DevOps.
    Azure,
    /// Gitea and Forgejo.
    Gitea,
    /// Gerrit.
    Gerrit,
}

const FORGES: [(&str, Forge); 7] = [
    ("github", Forge::GitHub),
    ("gitlab", Forge::GitLab),
    ("bitbucketCloud", Forge::BitbucketCloud),
    ("bitbucketServer", Forge::BitbucketServer),
    ("azure", Forge::Azure),
    ("gitea", Forge::Gitea),
    ("gerrit", Forge::Gerrit),
];

/// Hosts that everybody knows.
pub const KNOWN: [(&str, Forge); 4] = [
    ("github.com", Forge::GitHub),
    ("gitlab.com", Forge::GitLab),
    ("bitbucket.org", Forge::BitbucketCloud),
    ("dev.azure.com", Forge::Azure),
];

impl Forge {
    pub(crate) fn name(self) -> &'static str {
        FORGES.iter().find(|(_, forge)| *forge == self).map_or("github", |(name, _)| name)
    }
}

/// The hosts that a context knows.
pub(crate) fn of(state: &State<'_, '_>) -> BTreeMap<Arc<str>, Forge> {
    let hosts = state.lookup("__hosts").unwrap_or_default();
    let View::Map(hosts) = view(&hosts) else { return BTreeMap::new() };
    let forge = |name: &str| FORGES.iter().find(|(known, _)| *known == name).map(|(_, forge)| *forge);
    hosts.entries.iter().filter_map(|(host, name)| Some((host.clone(), forge(name.as_str()?)?))).collect()
}

/// The parts of an address, in the order in which Backstage has them.
pub(crate) fn parse(address: &str, hosts: &BTreeMap<Arc<str>, Forge>) -> Result<Vec<(&'static str, String)>, String> {
    let Ok(url) = Url::parse(&format!("https://{address}")) else {
        return Err("the text is no address of a repository; write it as `HOST?owner=…&repo=…`".to_owned());
    };
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let Some(forge) = hosts.get(host.as_str()) else {
        let known: Vec<&str> = hosts.keys().map(|host| &**host).collect();
        return Err(format!(
            "the repository's host is none that is configured; take one of `{}`, or configure it",
            known.join("`, `")
        ));
    };
    let given = |wanted: &str| {
        let found =
            url.query_pairs().find(|(key, _)| key == wanted).map(|(_, value)| value.trim_matches('/').to_owned());
        found.filter(|found| !found.is_empty())
    };
    let required: &[&str] = match forge {
        Forge::GitHub => &["repo", "owner"],
        Forge::GitLab if given("project").is_some() => &[],
        Forge::GitLab => &["owner", "repo"],
        Forge::BitbucketCloud => &["workspace", "project", "repo"],
        Forge::BitbucketServer | Forge::Azure => &["project", "repo"],
        Forge::Gitea | Forge::Gerrit => &["repo"],
    };
    if let Some(missing) = required.iter().find(|name| given(name).is_none()) {
        return Err(format!("the address of the repository has no `{missing}`; write `{missing}=…` into it"));
    }
    let parts = ["owner", "repo", "organization", "workspace", "project"];
    let parts = parts.into_iter().filter_map(|name| given(name).map(|value| (name, value)));
    Ok(std::iter::once(("host", host)).chain(parts).collect())
}
