//! What the operator says: what own hosts are, and where paths of `http:backstage:request` lead.

use std::collections::BTreeMap;

use portico_sdk::{Result, settings};
use portico_sites::Forge;
use portico_templates::Forge as Kind;
use serde::Deserialize;

/// The settings of the plugin.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Forges at hosts of one's own.
    pub(crate) forges: BTreeMap<String, Forge>,
    /// By the beginnings of paths, such as `/proxy/snyk`, the addresses that they stand for.
    pub(crate) proxies: BTreeMap<String, String>,
}

impl Settings {
    pub(crate) fn read() -> Result<Settings> {
        settings::read()
    }

    /// The hosts that repositories may lie at, as templates mean them.
    pub(crate) fn hosts(&self) -> Vec<(&str, Kind)> {
        let known = [
            ("github.com", Kind::GitHub),
            ("gitlab.com", Kind::GitLab),
            ("bitbucket.org", Kind::BitbucketCloud),
            ("dev.azure.com", Kind::Azure),
        ];
        let said = self.forges.iter().map(|(host, forge)| (host.as_str(), kind(*forge)));
        known.into_iter().chain(said).collect()
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
