//! `scaffolder:`: how templates are run.

use std::collections::BTreeMap;

use portico_templates::Forge;
use serde::Deserialize;
use serde::de::Deserializer;

/// Tasks that go on at once: each may have a sandbox, files on the disk, and a push under way.
const AT_ONCE: usize = 50;

/// More keep a machine busy with nothing but waiting.
const MOST: usize = 500;

/// How templates are run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(crate) struct Scaffolder {
    /// How many tasks go on at once; others wait for their turn.
    #[serde(deserialize_with = "at_once")]
    pub(crate) at_once: usize,
    /// What hosts of one's own are, for `parseRepoUrl` and `projectSlug`.
    pub(crate) forges: BTreeMap<String, ForgeName>,
}

impl Default for Scaffolder {
    fn default() -> Scaffolder {
        Scaffolder { at_once: AT_ONCE, forges: BTreeMap::new() }
    }
}

/// A forge, as it is written.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ForgeName {
    Github,
    Gitlab,
    Gitea,
    Forgejo,
    Bitbucket,
    BitbucketServer,
}

impl From<ForgeName> for Forge {
    fn from(name: ForgeName) -> Forge {
        match name {
            ForgeName::Github => Forge::GitHub,
            ForgeName::Gitlab => Forge::GitLab,
            ForgeName::Gitea | ForgeName::Forgejo => Forge::Gitea,
            ForgeName::Bitbucket => Forge::BitbucketCloud,
            ForgeName::BitbucketServer => Forge::BitbucketServer,
        }
    }
}

fn at_once<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let count = usize::deserialize(deserializer)?;
    if (1..=MOST).contains(&count) {
        return Ok(count);
    }
    Err(serde::de::Error::custom(format!("`{count}` is no number of tasks at once; write one from 1 to {MOST}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_tasks_go_on_at_once_is_bounded() {
        let read = |text: &str| serde_yaml::from_str::<Scaffolder>(text).map(|read| read.at_once);
        assert_eq!((read("{}").ok(), read("atOnce: 1").ok(), read("atOnce: 500").ok()), (Some(50), Some(1), Some(500)));
        assert!(read("atOnce: 0").is_err() && read("atOnce: 501").is_err() && read("forges: { a.test: svn }").is_err());
    }
}
