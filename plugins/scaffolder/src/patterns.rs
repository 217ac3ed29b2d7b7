//! Glob patterns of inputs: which files of a list they name.
//!
//! Rule: as Backstage means them. Files whose names begin with a dot are files like all others, a pattern that names a folder names
//! everything in it, and one with `!` in front takes files out again.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use portico_sdk::{Error, Result};

/// Patterns, compiled.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    named: GlobSet,
    taken_out: GlobSet,
}

impl Patterns {
    /// `key` is where they were written.
    pub(crate) fn new(key: &str, patterns: &[String]) -> Result<Patterns> {
        let (mut named, mut taken_out) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for (place, pattern) in patterns.iter().enumerate() {
            let (set, glob) = match pattern.strip_prefix('!') {
                Some(glob) => (&mut taken_out, glob),
                None => (&mut named, pattern.as_str()),
            };
            let glob = glob.trim_start_matches("./").trim_end_matches('/');
            let compiled = |glob: &str| GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build();
            for glob in [compiled(glob), compiled(&format!("{glob}/**"))] {
                set.add(glob.map_err(|error| {
                    Error::Invalid(format!("input.{key}[{place}]: `{pattern}` is no pattern: {}", error.kind()))
                })?);
            }
        }
        let built = |set: GlobSetBuilder| set.build().map_err(|error| Error::Invalid(format!("input.{key}: {error}")));
        Ok(Patterns { named: built(named)?, taken_out: built(taken_out)? })
    }

    pub(crate) fn matches(&self, path: &str) -> bool {
        self.named.is_match(path) && !self.taken_out.is_match(path)
    }
}

/// Whether it is a pattern rather than a path.
pub(crate) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}
