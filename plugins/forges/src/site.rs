//! What descriptors of one repository say of others.
//!
//! Rule: a repository of the same owner that the settings select is taken for one that is read; whether it is there is its own matter.

use portico_sites::{Neighbour, Neighbours, Site};

use crate::repository::Repository;
use crate::settings::{Forge, Kind};

/// The pages of a repository.
pub(crate) fn site(forge: &Forge, repository: &Repository, reference: portico_sites::Reference) -> Site {
    let kind = match forge.kind {
        Kind::GitHub => portico_sites::Forge::GitHub,
        Kind::GitLab => portico_sites::Forge::GitLab,
        Kind::Gitea => portico_sites::Forge::Gitea,
    };
    Site::new(&repository.url, Some(kind), reference, false)
}

/// The other repositories of the same owner.
pub(crate) struct Others<'a> {
    pub(crate) forge: &'a Forge,
}

impl Neighbours for Others<'_> {
    fn reads(&self, target: &str) -> Option<Neighbour> {
        let project = project(self.forge, target)?;
        let url = format!("{}/{project}", self.forge.web());
        let other = Repository { url: url.clone(), project, ..Repository::default() };
        if !self.forge.selects(&other) {
            return None;
        }
        let path = site(self.forge, &other, portico_sites::Reference::Branch(String::new())).locate(target)?.path;
        Some(match self.forge.descriptors.matches(&path) {
            true => Neighbour::Reads,
            false => Neighbour::Overlooks(url, path),
        })
    }
}

/// Owner and name of the repository that an address leads to, where it is one of this forge.
pub(crate) fn project(forge: &Forge, address: &str) -> Option<String> {
    let repository = portico_sites::repository_of(address)?;
    let project = repository.strip_prefix(&format!("{}/", forge.web()))?;
    Some(project.strip_suffix(".git").unwrap_or(project).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::forge;

    #[test]
    fn a_target_in_another_repository_of_the_owner_is_read_there() {
        let forge = forge(r#"{"type":"github","owner":"acme","exclude":["old-*"]}"#);
        let others = Others { forge: &forge };
        let reads = |path: &str| others.reads(&format!("https://github.com/{path}"));
        assert_eq!(reads("acme/book/blob/main/catalog-info.yaml"), Some(Neighbour::Reads));
        let overlooked = Neighbour::Overlooks("https://github.com/acme/book".into(), "other.yaml".into());
        assert_eq!(reads("acme/book/blob/main/other.yaml"), Some(overlooked));
        assert_eq!(reads("acme/old-book/blob/main/catalog-info.yaml"), None);
        assert_eq!(reads("umbrella/book/blob/main/catalog-info.yaml"), None);
    }

    #[test]
    fn an_address_names_its_project() {
        let group = forge(r#"{"type":"gitlab","owner":"acme"}"#);
        let cases = [
            ("https://gitlab.com/acme/platform/ledger/-/tree/main/", Some("acme/platform/ledger")),
            ("https://gitlab.com/acme/ledger.git", Some("acme/ledger")),
            ("https://github.com/acme/ledger", None),
            ("no address", None),
        ];
        for (address, expected) in cases {
            assert_eq!(project(&group, address).as_deref(), expected, "{address}");
        }
    }
}
