//! What becomes of an address that stands in a descriptor of a repository.
//!
//! Rule: an address leads to files of the same repository, or it is said what to do instead: which repository to add where,
//! or what to write.

use portico_descriptors::{Links, Target, paths};
use portico_sdk::{Error, Result};

use crate::forge::{Inside, Site, repository_of};

/// The other repositories that are read, and the locations.
pub trait Neighbours {
    /// Whether a file of another repository is read by that repository's own settings, or as a location; none if no such
    /// repository is configured.
    fn reads(&self, target: &str) -> Option<Neighbour>;
}

/// What another repository does with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Neighbour {
    /// Its patterns find the file.
    Reads,
    /// They do not: the scope, and the path in it.
    Overlooks(String, String),
}

/// A repository among others.
pub struct Addresses<'a> {
    /// The repository's own.
    pub site: &'a Site,
    /// The others.
    pub neighbours: &'a dyn Neighbours,
}

impl portico_descriptors::Site for Addresses<'_> {
    fn links(&self, path: &str) -> Links {
        self.site.links(path)
    }

    fn target(&self, file: &str, written: &str) -> Target {
        let path = if written.contains("://") {
            match self.site.locate(written) {
                Some(inside) if self.site.reads(&inside) => inside.path,
                Some(inside) => return Target::Refused(self.other_reference(inside)),
                None => return self.elsewhere(written),
            }
        } else {
            match paths::resolve(file, written) {
                Some(path) => path,
                None => {
                    return Target::Refused("lies outside of the repository; name a file inside of it".to_owned());
                }
            }
        };
        if paths::is_pattern(&path) { Target::Files(path) } else { Target::File(path) }
    }

    fn include(&self, file: &str, written: &str) -> Result<String> {
        if !written.contains("://") {
            return paths::resolve(file, written).ok_or_else(|| {
                Error::Invalid("it lies outside of the repository; name a file inside of it".to_owned())
            });
        }
        match self.site.locate(written) {
            Some(inside) if self.site.reads(&inside) => Ok(inside.path),
            Some(inside) => Err(Error::Invalid(format!(
                "it names the reference {}, and {} is what is read; name the file by its path in the repository",
                inside.reference.unwrap_or_default(),
                self.site.reference().short(),
            ))),
            None => Err(Error::Invalid(match repository_of(written) {
                Some(other) => format!(
                    "it lies in {other}, and only files of the same repository are read; copy it here, or refer to it by a link"
                ),
                None => {
                    "it lies on another server, and only files of the same repository are read; copy it here".to_owned()
                }
            })),
        }
    }

    fn fewer(&self) -> &'static str {
        "narrow the patterns under `descriptors`, or split it into several entries with a part each"
    }
}

impl Addresses<'_> {
    fn other_reference(&self, inside: Inside) -> String {
        let other = inside.reference.unwrap_or_default();
        format!(
            "names the reference {other}, and {} is what is read; name the file by its path, or add the repository with \
             `reference: {other}` to `settings.repositories` of the plugin `git`",
            self.site.reference().short()
        )
    }

    fn elsewhere(&self, target: &str) -> Target {
        let why = match (self.neighbours.reads(target), repository_of(target)) {
            (Some(Neighbour::Reads), _) => return Target::Elsewhere,
            (Some(Neighbour::Overlooks(scope, path)), _) => format!(
                "lies in {scope}, which is read, but its descriptors do not include the file; add `{path}` to the `descriptors` \
                 of that repository"
            ),
            (None, Some(repository)) => format!(
                "lies in another repository; add `{repository}` to `settings.repositories` and `grants.repositories` of the \
                 plugin `git`, which then reads it by itself, or register the target as a location"
            ),
            (None, None) => {
                "lies in no Git repository that could be made out; add its repository to `settings.repositories` of \
                             the plugin `git`, register the target as a location, or remove it"
                    .to_owned()
            }
        };
        Target::Refused(why)
    }
}

#[cfg(test)]
mod tests {
    use portico_descriptors::Site as _;

    use super::*;
    use crate::forge::{Forge, Reference};

    struct Known;

    impl Neighbours for Known {
        fn reads(&self, target: &str) -> Option<Neighbour> {
            match target {
                "https://github.com/acme/read/blob/main/a.yaml" => Some(Neighbour::Reads),
                "https://github.com/acme/read/blob/main/b.yaml" => {
                    Some(Neighbour::Overlooks("https://github.com/acme/read".to_owned(), "b.yaml".to_owned()))
                }
                _ => None,
            }
        }
    }

    fn site() -> Site {
        Site::new("https://github.com/acme/x", Some(Forge::GitHub), Reference::Branch("main".into()), false)
    }

    #[test]
    fn a_target_leads_to_a_file_of_the_repository_or_it_is_said_what_to_do() {
        let site = site();
        let addresses = Addresses { site: &site, neighbours: &Known };
        let cases: [(&str, std::result::Result<Target, &str>); 10] = [
            ("./a.yaml", Ok(Target::File("x/a.yaml".into()))),
            ("../*/a.yaml", Ok(Target::Files("*/a.yaml".into()))),
            ("/a.yaml", Ok(Target::File("a.yaml".into()))),
            ("https://github.com/acme/x/blob/main/a.yaml", Ok(Target::File("a.yaml".into()))),
            ("https://github.com/acme/read/blob/main/a.yaml", Ok(Target::Elsewhere)),
            ("https://github.com/acme/read/blob/main/b.yaml", Err("add `b.yaml` to the `descriptors`")),
            ("../../a.yaml", Err("lies outside of the repository")),
            (
                "https://github.com/acme/x/blob/next/a.yaml",
                Err("names the reference next, and main is what is read; name the file by its path, or add"),
            ),
            (
                "https://github.com/acme/y/blob/main/a.yaml",
                Err("add `https://github.com/acme/y` to `settings.repositories`"),
            ),
            ("https://example.test/", Err("lies in no Git repository that could be made out")),
        ];
        for (written, expected) in cases {
            let found = addresses.target("x/catalog-info.yaml", written);
            match (expected, found) {
                (Ok(expected), found) => assert_eq!(found, expected, "{written}"),
                (Err(expected), Target::Refused(why)) => assert!(why.contains(expected), "{written}: {why}"),
                (Err(_), found) => panic!("{written}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_placeholder_names_a_file_of_the_repository() {
        let site = site();
        let addresses = Addresses { site: &site, neighbours: &Known };
        for (written, expected) in [
            ("./openapi.yaml", "api/openapi.yaml"),
            ("https://github.com/acme/x/blob/main/api/openapi.yaml", "api/openapi.yaml"),
            ("https://raw.githubusercontent.com/acme/x/main/api/openapi.yaml", "api/openapi.yaml"),
            ("../../etc/passwd", "it lies outside of the repository"),
            (
                "https://github.com/acme/y/blob/main/a",
                "it lies in https://github.com/acme/y, and only files of the same repository are read",
            ),
            ("https://github.com/acme/x/blob/next/a", "it names the reference next, and main is what is read"),
            ("https://example.test/", "it lies on another server"),
        ] {
            let found = addresses.include("api/catalog-info.yaml", written);
            let found = found.unwrap_or_else(|error| error.to_string());
            assert!(found.starts_with(expected), "{written}: {found}");
        }
    }
}
