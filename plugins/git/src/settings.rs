//! What the operator writes: which repositories, and where descriptors are in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use portico_sdk::{Error, Result};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use sha1::{Digest, Sha1};

use portico_sites::{Forge, Patterns, Reference, Site};

/// The settings of the plugin.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The repositories, in the order in which they are read.
    #[serde(default)]
    pub repositories: Vec<Repository>,
    /// Where descriptors are, for every repository that does not say it by itself.
    #[serde(default)]
    pub descriptors: Patterns,
    /// What hosts are, whose names do not tell: `git.example.com: gitea`.
    #[serde(default)]
    pub forges: BTreeMap<String, Forge>,
}

/// One repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository {
    /// Its address.
    pub url: String,
    /// The branch, tag or commit to read; the default branch, if none.
    pub reference: Option<String>,
    /// Where descriptors are in it.
    pub descriptors: Option<Patterns>,
    /// What its server is, where its name does not tell.
    pub forge: Option<Forge>,
    /// The address of its pages for people, where that is not where it is read from: of a mirror, or of a copy on this
    /// machine.
    pub web: Option<String>,
}

impl Repository {
    /// The address that its files have for people.
    pub(crate) fn public(&self) -> &str {
        self.web.as_deref().unwrap_or(&self.url)
    }

    /// The name of its scope: what the catalog knows it by.
    pub(crate) fn scope(&self) -> String {
        match &self.reference {
            Some(reference) => format!("{}#{reference}", self.url),
            None => self.url.clone(),
        }
    }
}

impl Settings {
    /// Says what a type cannot: that no scope is there twice.
    pub(crate) fn check(self) -> Result<Settings> {
        let mut seen = BTreeMap::new();
        for (index, repository) in self.repositories.iter().enumerate() {
            if let Some(first) = seen.insert(repository.scope(), index) {
                return Err(Error::Invalid(format!(
                    "settings.repositories[{index}]: {} is there twice, first at [{first}]; remove one, or give them \
                     different references",
                    repository.scope()
                )));
            }
        }
        Ok(self)
    }

    /// Where descriptors are in a repository.
    pub(crate) fn descriptors<'a>(&'a self, repository: &'a Repository) -> &'a Patterns {
        repository.descriptors.as_ref().unwrap_or(&self.descriptors)
    }

    /// What a repository's server is.
    pub(crate) fn forge(&self, repository: &Repository) -> Option<Forge> {
        repository.forge.or_else(|| Forge::of(repository.public(), &self.forges))
    }

    /// A repository's site, as far as it is known before it is read.
    pub(crate) fn site(&self, repository: &Repository) -> Site {
        let reference = Reference::Branch(repository.reference.clone().unwrap_or_default());
        Site::new(repository.public(), self.forge(repository), reference, repository.reference.is_some())
    }

    /// A short digest of everything that decides what a commit's files become, except the commit. `root` names the entity
    /// that leads to them, if one does.
    pub(crate) fn digest(&self, repository: &Repository, root: &str) -> String {
        let reference = repository.reference.as_deref().unwrap_or("");
        let forge = self.forge(repository).map_or("", Forge::name);
        let patterns = self.descriptors(repository).written().iter().map(String::as_str);
        digest([env!("CARGO_PKG_VERSION"), repository.public(), reference, forge, root].into_iter().chain(patterns))
    }

    /// A short digest of what else is read, on which it depends what becomes of targets that lead into other repositories.
    /// `locations` are the scopes of all locations.
    pub(crate) fn neighbours(&self, locations: &BTreeSet<String>) -> String {
        let scopes: Vec<String> = self.repositories.iter().map(Repository::scope).collect();
        digest(scopes.iter().chain(locations).map(String::as_str))
    }
}

fn digest<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Sha1::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    hash.finalize()[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

impl<'de> Deserialize<'de> for Repository {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Repository, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Repository;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a repository's address, or `{ url, reference, descriptors, forge, web }`")
            }

            fn visit_str<E: de::Error>(self, url: &str) -> std::result::Result<Repository, E> {
                Ok(Repository { url: url.to_owned(), reference: None, descriptors: None, forge: None, web: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<Repository, A::Error> {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Written {
                    url: String,
                    #[serde(default)]
                    reference: Option<String>,
                    #[serde(default)]
                    descriptors: Option<Patterns>,
                    #[serde(default)]
                    forge: Option<Forge>,
                    #[serde(default)]
                    web: Option<String>,
                }
                let written = Written::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Repository {
                    url: written.url,
                    reference: written.reference,
                    descriptors: written.descriptors,
                    forge: written.forge,
                    web: written.web,
                })
            }
        }

        let repository = deserializer.deserialize_any(Either)?;
        if repository.url.trim().is_empty() {
            return Err(de::Error::custom("the address is empty; write one such as `https://github.com/acme/ledger`"));
        }
        Ok(repository)
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::settings;

    use super::*;

    fn read(json: &str) -> Result<Settings> {
        settings::parse::<Settings>(json)?.check()
    }

    #[test]
    fn a_repository_is_an_address_or_says_more() {
        let settings = read(
            r#"{"repositories": ["/srv/git/a.git", {"url": "https://git.corp/b", "reference": "next", "descriptors": ["./x/*.yaml", "!x/old.yaml"], "forge": "gitea"}]}"#,
        )
        .expect("valid");
        let [a, b] = settings.repositories.as_slice() else { panic!("{settings:?}") };
        assert_eq!((a.scope().as_str(), b.scope().as_str()), ("/srv/git/a.git", "https://git.corp/b#next"));
        assert_eq!(settings.descriptors(a).wanted(), ["catalog-info.yaml", "**/catalog-info.yaml"]);
        assert_eq!(settings.descriptors(b).wanted(), ["x/*.yaml"]);
        assert!(settings.descriptors(b).matches("x/new.yaml") && !settings.descriptors(b).matches("x/old.yaml"));
        assert_eq!((settings.forge(a), settings.forge(b)), (None, Some(Forge::Gitea)));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_key() {
        let cases = [
            (
                r#"{"repositories": [7]}"#,
                "settings.repositories[0]: invalid type: integer `7`, expected a repository's address",
            ),
            (r#"{"repositories": [""]}"#, "settings.repositories[0]: the address is empty"),
            (r#"{"repositories": [{"reference": "main"}]}"#, "settings.repositories[0]: missing field `url`"),
            (
                r#"{"repositories": [{"url": "/a", "branch": "main"}]}"#,
                "settings.repositories[0].branch: unknown field `branch`, expected one of `url`, `reference`",
            ),
            (
                r#"{"repositories": [{"url": "/a", "forge": "sourceforge"}]}"#,
                "settings.repositories[0].forge: unknown variant `sourceforge`, expected one of `github`",
            ),
            (
                r#"{"repositories": [{"url": "/a", "descriptors": ["../x"]}]}"#,
                "settings.repositories[0].descriptors: `../x` is no pattern for files",
            ),
            (r#"{"repositories": [], "descriptors": ["a["]}"#, "settings.descriptors: `a[` is no pattern for files"),
            (r#"{"repositories": [], "descriptors": ["!a"]}"#, "settings.descriptors: no pattern names a file"),
            (r#"{"repositories": ["/a", "/b", "/a"]}"#, "settings.repositories[2]: /a is there twice, first at [0]"),
        ];
        for (json, expected) in cases {
            let error = read(json).expect_err(json).to_string();
            assert!(error.starts_with(expected), "{json}: {error}");
        }
    }

    #[test]
    fn the_digest_tells_settings_apart_that_matter() {
        let digest = |json: &str| {
            let settings = read(json).expect(json);
            settings.digest(&settings.repositories[0], "")
        };
        let plain = digest(r#"{"repositories": ["https://git.corp/a"]}"#);
        assert_eq!(plain, digest(r#"{"repositories": [{"url": "https://git.corp/a"}]}"#));
        for other in [
            r#"{"repositories": [{"url": "https://git.corp/a", "reference": "main"}]}"#,
            r#"{"repositories": [{"url": "https://git.corp/a", "web": "https://github.com/acme/a"}]}"#,
            r#"{"repositories": ["https://git.corp/a"], "descriptors": ["*.yaml"]}"#,
            r#"{"repositories": ["https://git.corp/a"], "forges": {"git.corp": "gitlab"}}"#,
        ] {
            assert_ne!(plain, digest(other), "{other}");
        }
    }
}
