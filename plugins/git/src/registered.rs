//! Registered locations: which repository an address lies in, at which reference, and which of its files it names.
//!
//! Rule: a location is read like any repository, only that its address says all that the settings say elsewhere. An
//! address that may lie in no repository is refused with what to write instead, never guessed at.

use portico_descriptors::paths;
use portico_sdk::{Error, Result};
use portico_sites::{Forge, Inside, Patterns, Reference, Site, repository_of};

use crate::settings::{Repository, Settings};

/// Names that the name of a branch may be made of, with slashes between them.
const LONGEST_BRANCH: usize = 5;

/// Where an address leads.
pub(crate) struct Place<'a> {
    /// The repository of the settings that it lies in, if it lies in one.
    known: Option<&'a Repository>,
    /// The repository as it is read.
    repository: Repository,
    /// The reference and the path, as the address seems to say.
    inside: Inside,
    settings: &'a Settings,
}

/// Finds the repository that an address lies in.
pub(crate) fn place<'a>(target: &str, settings: &'a Settings) -> Result<Place<'a>> {
    for known in &settings.repositories {
        let Some(inside) = locate(&settings.site(known), known.public(), target) else { continue };
        let repository = Repository { descriptors: None, ..known.clone() };
        return Ok(Place { known: Some(known), repository, inside, settings });
    }
    let nowhere = || {
        Error::Invalid(format!(
            "{target} lies in no Git repository that could be made out; register the address of a file as its forge shows it, such \
             as `https://github.com/acme/ledger/blob/main/catalog-info.yaml`, or say under `settings.forges` of the plugin `git` what \
             its host is. To have it read as a plain file of the web, grant its host to the plugin `locations`, under `grants.http`"
        ))
    };
    let url = repository_of(target).ok_or_else(nowhere)?;
    let forge = Forge::of(&url, &settings.forges);
    if forge.is_none() && !url.ends_with(".git") {
        return Err(nowhere());
    }
    let site = Site::new(&url, forge, Reference::Branch(String::new()), false);
    let inside = locate(&site, &url, target).ok_or_else(nowhere)?;
    let repository = Repository { url, reference: None, descriptors: None, forge: None, web: None };
    Ok(Place { known: None, repository, inside, settings })
}

/// The address of a repository itself means all of it.
fn locate(site: &Site, repository: &str, target: &str) -> Option<Inside> {
    let plain = |address: &str| address.trim_end_matches('/').trim_end_matches(".git").to_lowercase();
    if plain(repository) == plain(target) {
        return Some(Inside { reference: None, path: String::new() });
    }
    site.locate(target)
}

impl Place<'_> {
    /// The scope of the settings that reads what the address names. `default` says what a repository has as its default
    /// reference.
    pub(crate) fn read_already(&self, default: &dyn Fn(&Repository) -> Result<String>) -> Result<Option<String>> {
        let Some(known) = self.known else { return Ok(None) };
        let all = self.inside.path.is_empty();
        if !all && !self.settings.descriptors(known).matches(&self.inside.path) {
            return Ok(None);
        }
        let same = match (&known.reference, &self.inside.reference) {
            (known, named) if known == named => true,
            (None, Some(named)) => default(known)? == format!("refs/heads/{named}"),
            _ => false,
        };
        Ok(same.then(|| known.scope()))
    }

    /// The repository with a reference and the files to read there, in each way that the address can be meant.
    pub(crate) fn readings(&self) -> Result<Vec<Repository>> {
        let mut readings = vec![self.inside.clone()];
        while let Some(Inside { reference: Some(reference), path }) = readings.last()
            && let Some((name, rest)) = path.split_once('/')
            && readings.len() < LONGEST_BRANCH
        {
            readings.push(Inside { reference: Some(format!("{reference}/{name}")), path: rest.to_owned() });
        }
        readings.into_iter().map(|inside| self.reading(inside)).collect()
    }

    fn reading(&self, Inside { reference, path }: Inside) -> Result<Repository> {
        let descriptors = match path.is_empty() {
            true => None,
            false if paths::is_pattern(&path) => Some(vec![path]),
            false => Some(vec![paths::escaped(&path)]),
        };
        let descriptors = descriptors.map(Patterns::try_from).transpose().map_err(Error::Invalid)?;
        let reference = reference.or_else(|| self.repository.reference.clone());
        Ok(Repository { reference, descriptors, ..self.repository.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(json: &str) -> Settings {
        portico_sdk::settings::parse::<Settings>(json).and_then(Settings::check).expect(json)
    }

    /// Each reading as `url reference pattern`.
    fn readings(target: &str, settings: &Settings) -> Vec<String> {
        let readings = place(target, settings).and_then(|place| place.readings());
        let readings = match readings {
            Ok(readings) => readings,
            Err(error) => return vec![error.to_string()],
        };
        let show = |repository: Repository| {
            let patterns =
                repository.descriptors.map_or_else(|| "all".to_owned(), |patterns| patterns.wanted().join(","));
            format!("{} {} {patterns}", repository.url, repository.reference.as_deref().unwrap_or("-"))
        };
        readings.into_iter().map(show).collect()
    }

    #[test]
    fn an_address_says_the_repository_the_reference_and_the_files() {
        let settings = settings(r#"{"forges": {"git.corp": "gitea"}}"#);
        let cases: [(&str, &[&str]); 8] = [
            (
                "https://github.com/acme/x/blob/main/catalog-info.yaml",
                &["https://github.com/acme/x main catalog-info.yaml"],
            ),
            (
                "https://github.com/acme/x/blob/next/a/b.yaml",
                &["https://github.com/acme/x next a/b.yaml", "https://github.com/acme/x next/a b.yaml"],
            ),
            ("https://github.com/acme/x/tree/main", &["https://github.com/acme/x main all"]),
            ("https://github.com/acme/x", &["https://github.com/acme/x - all"]),
            ("https://github.com/acme/x/blob/HEAD/*.yaml", &["https://github.com/acme/x - *.yaml"]),
            ("https://gitlab.com/g/sub/x/-/blob/main/c.yaml", &["https://gitlab.com/g/sub/x main c.yaml"]),
            ("https://git.corp/g/x/src/branch/main/c.yaml", &["https://git.corp/g/x main c.yaml"]),
            ("http://localhost:80/git/x.git/c[1].yaml?ref=v1", &["http://localhost/git/x.git v1 c\\[1\\].yaml"]),
        ];
        for (target, expected) in cases {
            assert_eq!(readings(target, &settings), expected, "{target}");
        }
    }

    #[test]
    fn an_address_that_may_be_anything_is_refused_with_what_to_write() {
        for target in ["https://example.com/acme/x/catalog-info.yaml", "https://example.com/", "no address"] {
            let said = readings(target, &settings("{}")).join("");
            assert!(said.contains("lies in no Git repository") && said.contains("settings.forges"), "{target}: {said}");
        }
    }

    #[test]
    fn a_configured_repository_is_read_from_where_the_settings_say() {
        let settings = settings(r#"{"repositories": [{"url": "/srv/x.git", "web": "https://github.com/acme/x"}]}"#);
        assert_eq!(
            readings("https://github.com/acme/x/blob/main/docs/extra.yaml", &settings)[0],
            "/srv/x.git main docs/extra.yaml"
        );
    }

    #[test]
    fn what_the_settings_have_read_is_not_read_twice() {
        let settings = settings(
            r#"{"repositories": ["https://github.com/acme/x", {"url": "https://github.com/acme/y", "reference": "v1"}]}"#,
        );
        let already = |target: &str| {
            place(target, &settings).unwrap().read_already(&|_| Ok("refs/heads/main".to_owned())).unwrap()
        };
        let (x, y) = ("https://github.com/acme/x", "https://github.com/acme/y");
        assert_eq!(already(&format!("{x}/blob/main/catalog-info.yaml")).as_deref(), Some(x));
        assert_eq!(already(x).as_deref(), Some(x));
        assert_eq!(already(&format!("{x}/blob/next/catalog-info.yaml")), None);
        assert_eq!(already(&format!("{x}/blob/main/other.yaml")), None);
        assert_eq!(already(&format!("{y}/blob/v1/catalog-info.yaml")), Some(format!("{y}#v1")));
        assert_eq!(already(&format!("{y}/blob/main/catalog-info.yaml")), None);
    }
}
