//! What the operator writes: which repositories, and where descriptors are in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use portico_sdk::{Error, Result};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use sha1::{Digest, Sha1};

use crate::forge::{Forge, Reference, Site};

/// The settings of the plugin.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The repositories, in the order in which they are read.
    #[serde(default)]
    pub repositories: Vec<Repository>,
    /// Where descriptors are, for every repository that does not say it by itself.
    #[serde(default = "usual_descriptors")]
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

/// Glob patterns; those with a `!` in front take files out again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(crate) struct Patterns {
    written: Vec<String>,
}

impl Patterns {
    /// The patterns that name files.
    pub(crate) fn wanted(&self) -> Vec<String> {
        self.written.iter().filter(|pattern| !pattern.starts_with('!')).cloned().collect()
    }

    /// The patterns as they were written.
    pub(crate) fn written(&self) -> &[String] {
        &self.written
    }

    /// Whether they are what holds when nothing is written.
    pub(crate) fn are_usual(&self) -> bool {
        *self == usual_descriptors()
    }

    /// Whether a path is named and not taken out again.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.matcher()(path)
    }

    /// The same, for many paths.
    pub(crate) fn matcher(&self) -> impl Fn(&str) -> bool {
        // Each pattern was compiled when it was read, so none fails here.
        let wanted = set(self.written.iter().map(String::as_str).filter(|pattern| !pattern.starts_with('!')));
        let (wanted, taken_out) = (wanted.unwrap_or_default(), self.takes_out());
        move |path| wanted.is_match(path) && !taken_out.is_match(path)
    }

    /// The files that are taken out.
    pub(crate) fn takes_out(&self) -> GlobSet {
        set(self.written.iter().filter_map(|pattern| pattern.strip_prefix('!'))).unwrap_or_default()
    }
}

impl TryFrom<Vec<String>> for Patterns {
    type Error = String;

    fn try_from(written: Vec<String>) -> std::result::Result<Patterns, String> {
        // `./services` and `/services` are how people write what the contract calls `services`.
        let tidy = |pattern: String| match pattern.strip_prefix('!') {
            Some(rest) => format!("!{}", rest.trim_start_matches("./").trim_start_matches('/')),
            None => pattern.trim_start_matches("./").trim_start_matches('/').to_owned(),
        };
        let written: Vec<String> = written.into_iter().map(tidy).collect();
        for pattern in &written {
            let glob = pattern.trim_start_matches('!');
            if glob.is_empty() || glob.split('/').any(|name| matches!(name, "" | "." | "..")) {
                return Err(format!(
                    "`{pattern}` is no pattern for files; write one such as `services/*/catalog-info.yaml`"
                ));
            }
            set([glob].into_iter())
                .map_err(|error| format!("`{pattern}` is no pattern for files: {}", error.kind()))?;
        }
        if written.iter().all(|pattern| pattern.starts_with('!')) {
            return Err("no pattern names a file; write at least one such as `**/catalog-info.yaml`".to_owned());
        }
        Ok(Patterns { written })
    }
}

fn set<'a>(patterns: impl Iterator<Item = &'a str>) -> std::result::Result<GlobSet, globset::Error> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build()?);
    }
    set.build()
}

fn usual_descriptors() -> Patterns {
    Patterns { written: vec!["catalog-info.yaml".to_owned(), "**/catalog-info.yaml".to_owned()] }
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
