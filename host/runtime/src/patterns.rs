//! Which files of a tree are looked for: glob patterns.
//!
//! `*` and `?` stay within one name, `**` crosses folders, `{a,b}` is either, `[a-z]` is one of.
//!
//! Rule: a folder below which no pattern can match is not walked.

use globset::{GlobBuilder, GlobMatcher};

/// More patterns than anybody writes.
const MOST: usize = 100;

/// A path on Linux is no longer.
const LONGEST: usize = 4096;

/// A compiled list of patterns.
pub(crate) struct Patterns(Vec<Pattern>);

struct Pattern {
    whole: GlobMatcher,
    /// What each folder on the way has to match, up to the first `**`; none where the pattern cannot be split.
    folders: Option<Vec<GlobMatcher>>,
    /// Whether anything may follow `folders`.
    open: bool,
}

impl Patterns {
    pub(crate) fn compile(patterns: &[String]) -> Result<Patterns, String> {
        if patterns.len() > MOST {
            return Err(format!("{} patterns are too many; give at most {MOST}", patterns.len()));
        }
        patterns.iter().map(|pattern| Pattern::compile(pattern)).collect::<Result<_, _>>().map(Patterns)
    }

    /// Whether a file is looked for.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.0.iter().any(|pattern| pattern.whole.is_match(path))
    }

    /// Whether anything below a folder may be looked for.
    pub(crate) fn enters(&self, folder: &str) -> bool {
        self.0.iter().any(|pattern| pattern.enters(folder))
    }
}

impl Pattern {
    fn compile(text: &str) -> Result<Pattern, String> {
        let wrong = |why: &str| {
            format!("{text:?} is no pattern for files: {why}; write one such as services/*/catalog-info.yaml")
        };
        if text.is_empty() || text.len() > LONGEST {
            return Err(wrong("it is empty or too long"));
        }
        if text.starts_with('/') || text.split('/').any(|name| matches!(name, "" | "." | "..")) {
            return Err(wrong("it has to begin at the root, without /, . or .."));
        }
        let whole = glob(text).map_err(|error| wrong(error.kind().to_string().as_str()))?;
        let mut names: Vec<&str> = text.split('/').collect();
        let open = names.iter().position(|name| *name == "**");
        names.truncate(open.unwrap_or(names.len() - 1));
        // A `/` inside braces or brackets belongs to a name's alternatives, and splitting there would be wrong.
        let folders = names.iter().map(|name| glob(name).ok()).collect();
        let splits = !text.contains(['{', '[', '\\']);
        Ok(Pattern { whole, folders: if splits { folders } else { None }, open: open.is_some() })
    }

    fn enters(&self, folder: &str) -> bool {
        let Some(folders) = &self.folders else { return true };
        let mut names = folder.split('/');
        for expected in folders {
            match names.next() {
                Some(name) if expected.is_match(name) => {}
                Some(_) => return false,
                None => return true,
            }
        }
        self.open || names.next().is_none()
    }
}

fn glob(text: &str) -> Result<GlobMatcher, globset::Error> {
    Ok(GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build()?.compile_matcher())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn patterns(texts: &[&str]) -> Patterns {
        Patterns::compile(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).expect("valid")
    }

    #[test]
    fn patterns_match_as_people_expect() {
        let cases = [
            ("catalog-info.yaml", "catalog-info.yaml", true),
            ("catalog-info.yaml", "a/catalog-info.yaml", false),
            ("**/catalog-info.yaml", "catalog-info.yaml", true),
            ("**/catalog-info.yaml", "a/b/catalog-info.yaml", true),
            ("**/catalog-info.yaml", ".backstage/catalog-info.yaml", true),
            ("**/catalog-info.yaml", "a/my-catalog-info.yaml", false),
            ("services/*/catalog-info.yaml", "services/a/catalog-info.yaml", true),
            ("services/*/catalog-info.yaml", "services/a/b/catalog-info.yaml", false),
            ("*.yaml", "a/x.yaml", false),
            ("**/*.{yaml,yml}", "a/x.yml", true),
            ("**/*.{yaml,yml}", "a/x.json", false),
            ("{a/b,c}/x", "a/b/x", true),
            ("[a-c]?/x", "b1/x", true),
            ("[a-c]?/x", "d1/x", false),
            ("a/**", "a/b/c", true),
            ("a/**", "b/c", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(patterns(&[pattern]).matches(path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn folders_without_hope_are_not_entered() {
        let cases = [
            ("catalog-info.yaml", "a", false),
            ("**/x", "a/b/c", true),
            ("services/*/x", "services", true),
            ("services/*/x", "services/a", true),
            ("services/*/x", "services/a/b", false),
            ("services/*/x", "libs", false),
            ("a/**/x", "a/b/c", true),
            ("a/**/x", "b", false),
            ("{a/b,c}/x", "a", true),
        ];
        for (pattern, folder, expected) in cases {
            assert_eq!(patterns(&[pattern]).enters(folder), expected, "{pattern} into {folder}");
        }
    }

    #[test]
    fn what_cannot_match_is_refused() {
        for text in ["", "/a", "./a", "../a", "a//b", "a/../b", "a[", "{a", "a/"] {
            let error = Patterns::compile(&[text.to_owned()]).err().unwrap_or_else(|| panic!("{text}"));
            assert!(error.contains("is no pattern for files"), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn every_folder_on_the_way_to_a_match_is_entered(
            pattern in "([ab*]{1,2}|\\*\\*)(/([ab*?]{1,2}|\\*\\*)){0,4}",
            path in "[ab]{1,2}(/[ab]{1,2}){0,5}",
        ) {
            let patterns = patterns(&[&pattern]);
            if patterns.matches(&path) {
                for (at, _) in path.match_indices('/') {
                    prop_assert!(patterns.enters(&path[..at]), "{} into {}", pattern, &path[..at]);
                }
            }
        }
    }
}
