//! Which files of a repository are descriptors.
//!
//! Rule: a pattern is tidied and compiled where it is read, so that one that can match nothing is said with its key, and none fails later.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;

/// Glob patterns; those with a `!` in front take files out again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Patterns {
    written: Vec<String>,
}

impl Patterns {
    /// The patterns that name files.
    pub fn wanted(&self) -> Vec<String> {
        self.written.iter().filter(|pattern| !pattern.starts_with('!')).cloned().collect()
    }

    /// The patterns as they were written.
    pub fn written(&self) -> &[String] {
        &self.written
    }

    /// Whether they are what holds when nothing is written.
    pub fn are_usual(&self) -> bool {
        *self == Patterns::default()
    }

    /// Whether a path is named and not taken out again.
    pub fn matches(&self, path: &str) -> bool {
        self.matcher()(path)
    }

    /// The same, for many paths.
    pub fn matcher(&self) -> impl Fn(&str) -> bool {
        // Each pattern was compiled when it was read, so none fails here.
        let wanted = set(self.written.iter().map(String::as_str).filter(|pattern| !pattern.starts_with('!')));
        let (wanted, taken_out) = (wanted.unwrap_or_default(), self.takes_out());
        move |path| wanted.is_match(path) && !taken_out.is_match(path)
    }

    /// The files that are taken out.
    pub fn takes_out(&self) -> GlobSet {
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

impl Default for Patterns {
    fn default() -> Patterns {
        Patterns { written: vec!["catalog-info.yaml".to_owned(), "**/catalog-info.yaml".to_owned()] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(written: &[&str]) -> Result<Patterns, String> {
        Patterns::try_from(written.iter().map(|&pattern| pattern.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_pattern_is_written_as_people_write_paths_and_an_exclamation_mark_takes_files_out() {
        let patterns = patterns(&["./x/*.yaml", "/y.yaml", "!x/old.yaml"]).expect("valid");
        assert_eq!(patterns.wanted(), ["x/*.yaml", "y.yaml"]);
        assert!(patterns.matches("x/new.yaml") && patterns.matches("y.yaml"));
        assert!(!patterns.matches("x/old.yaml") && !patterns.matches("x/deep/new.yaml"));
        assert!(Patterns::default().are_usual() && !patterns.are_usual());
    }

    #[test]
    fn what_can_match_nothing_is_refused() {
        for (written, expected) in
            [("../x", "`../x` is no pattern for files"), ("a[", "`a[` is no"), ("!a", "no pattern names a file")]
        {
            let error = patterns(&[written]).expect_err(written);
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
