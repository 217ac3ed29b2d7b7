//! What the operator says: what own hosts are, and where paths of `http:backstage:request` lead.

use std::collections::BTreeMap;

use portico_sdk::{Result, settings};
use portico_sites::Forge;
use portico_templates::{Forge as Kind, KNOWN};
use serde::Deserialize;

/// The settings of the plugin.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Forges at hosts of one's own.
    pub(crate) forges: BTreeMap<String, Forge>,
    /// By the beginnings of paths, such as `/proxy/snyk`, the addresses that they stand for.
    pub(crate) proxies: BTreeMap<String, String>,
    /// By the beginnings of repositories' addresses, where they are read instead; `{}` stands for the rest.
    pub(crate) mirrors: BTreeMap<String, String>,
}

impl Settings {
    pub(crate) fn read() -> Result<Settings> {
        settings::read()
    }

    /// Where a repository is read.
    pub(crate) fn read_at(&self, url: String) -> String {
        let longest = self
            .mirrors
            .iter()
            .filter(|(known, _)| url.starts_with(known.as_str()))
            .max_by_key(|(known, _)| known.len());
        match longest {
            Some((known, mirror)) => mirror.replace("{}", url[known.len()..].trim_end_matches(".git")),
            None => url,
        }
    }

    /// The hosts that repositories may lie at, as templates mean them.
    pub(crate) fn hosts(&self) -> Vec<(&str, Kind)> {
        let said = self.forges.iter().map(|(host, forge)| (host.as_str(), kind(*forge)));
        KNOWN.into_iter().chain(said).collect()
    }
}

fn kind(forge: Forge) -> Kind {
    match forge {
        Forge::GitHub => Kind::GitHub,
        Forge::GitLab => Kind::GitLab,
        Forge::Gitea => Kind::Gitea,
        Forge::Bitbucket => Kind::BitbucketCloud,
        Forge::BitbucketServer => Kind::BitbucketServer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_read_where_its_mirror_is() {
        let mirrors = [
            ("https://github.com/acme/", "/srv/git/{}.git"),
            ("https://github.com/acme/big-", "https://mirror.test/{}"),
        ];
        let mirrors = mirrors.map(|(known, mirror)| (known.to_owned(), mirror.to_owned())).into();
        let settings = Settings { mirrors, ..Settings::default() };
        for (url, expected) in [
            ("https://github.com/acme/ledger", "/srv/git/ledger.git"),
            ("https://github.com/acme/ledger.git", "/srv/git/ledger.git"),
            ("https://github.com/acme/big-one", "https://mirror.test/one"),
            ("https://github.com/other/ledger", "https://github.com/other/ledger"),
        ] {
            assert_eq!(settings.read_at(url.to_owned()), expected);
        }
    }
}
