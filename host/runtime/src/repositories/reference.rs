//! From what a plugin calls a reference to one commit.
//!
//! Rule: a name means a branch first, then a tag; a full id means that commit. Abbreviated ids mean nothing, since what
//! they mean changes as a repository grows.

use git2::Oid;

use super::error::RepositoryError;

/// Longer names are no names.
const LONGEST: usize = 250;

/// What a plugin asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The default branch.
    Default,
    /// A branch or a tag: full names, in the order in which they are tried.
    Named(Vec<String>),
    /// One commit.
    Commit(Oid),
}

impl Wanted {
    /// Reads a reference as it is written in settings.
    pub(super) fn parse(reference: Option<&str>) -> Result<Wanted, RepositoryError> {
        let Some(name) = reference.map(str::trim).filter(|name| !matches!(*name, "" | "HEAD")) else {
            return Ok(Wanted::Default);
        };
        if name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let id = Oid::from_str(name).map_err(|error| RepositoryError::Invalid(error.message().to_owned()))?;
            return Ok(Wanted::Commit(id));
        }
        let names = match name.starts_with("refs/") {
            true => vec![name.to_owned()],
            false => vec![format!("refs/heads/{name}"), format!("refs/tags/{name}")],
        };
        if name.len() > LONGEST || !names.iter().all(|name| git2::Reference::is_valid_name(name)) {
            return Err(RepositoryError::Invalid(format!(
                "{name:?} is no name of a reference; write a branch, a tag, or the 40 digits of a commit"
            )));
        }
        Ok(Wanted::Named(names))
    }

    /// What to say when it is not there. `known` are the branches that are.
    pub(super) fn missing(&self, place: &str, known: &[&str]) -> RepositoryError {
        let name = match self {
            Wanted::Default => return empty(place),
            Wanted::Commit(id) => {
                return RepositoryError::NotFound(format!(
                    "{place} has no commit {id} that it hands out; check the id, or name a branch or tag"
                ));
            }
            Wanted::Named(names) => names.first().map_or("", |name| short(name)),
        };
        let looks_like_id = name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let advice = match looks_like_id {
            true => "a commit is written with all its 40 digits".to_owned(),
            false if known.is_empty() => "it has no branches".to_owned(),
            false => format!("its branches are {}", listed(known)),
        };
        RepositoryError::NotFound(format!("{place} has no branch or tag {name}; {advice}"))
    }
}

/// A repository without a commit.
pub(super) fn empty(place: &str) -> RepositoryError {
    RepositoryError::NotFound(format!(
        "{place} has no commit on its default branch; push one, or name a branch that has one"
    ))
}

/// A reference as people say it: `main` for `refs/heads/main`.
pub(super) fn short(name: &str) -> &str {
    name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("refs/tags/")).unwrap_or(name)
}

/// The first few, so that a sentence stays one.
fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(|name| short(name)).collect();
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_branches_first_and_tags_second() {
        let cases: &[(Option<&str>, Wanted)] = &[
            (None, Wanted::Default),
            (Some(""), Wanted::Default),
            (Some("HEAD"), Wanted::Default),
            (Some("main"), Wanted::Named(vec!["refs/heads/main".into(), "refs/tags/main".into()])),
            (Some("feature/x"), Wanted::Named(vec!["refs/heads/feature/x".into(), "refs/tags/feature/x".into()])),
            (Some("refs/tags/v1"), Wanted::Named(vec!["refs/tags/v1".into()])),
            (
                Some("0123456789abcdef0123456789abcdef01234567"),
                Wanted::Commit(Oid::from_str("0123456789abcdef0123456789abcdef01234567").expect("an id")),
            ),
        ];
        for (text, wanted) in cases {
            assert_eq!(&Wanted::parse(*text).expect("valid"), wanted, "{text:?}");
        }
    }

    #[test]
    fn what_git_would_not_take_as_a_name_is_refused() {
        for name in
            ["a b", "a..b", "a~1", "a^", ":/fix", "main:file", "a\nb", "-x\u{7f}", "x.lock", "refs/", "a//b", "@{-1}"]
        {
            let error = Wanted::parse(Some(name)).expect_err(name);
            assert!(error.to_string().contains("is no name of a reference"), "{name:?}: {error}");
        }
    }

    #[test]
    fn what_is_missing_is_said_with_what_is_there() {
        let wanted = Wanted::parse(Some("mian")).expect("a name");
        let error = wanted.missing("https://git.example/x", &["refs/heads/main", "refs/heads/next"]);
        assert_eq!(error.to_string(), "https://git.example/x has no branch or tag mian; its branches are main, next");
        let wanted = Wanted::parse(Some("0123abc")).expect("a name");
        let error = wanted.missing("https://git.example/x", &["refs/heads/main"]);
        assert_eq!(
            error.to_string(),
            "https://git.example/x has no branch or tag 0123abc; a commit is written with all its 40 digits"
        );
    }
}
