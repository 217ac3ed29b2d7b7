//! What the reader needs of a repository, so that it can be tested without one.

use portico_sdk::Result;
use portico_sdk::repositories::{Entry, Snapshot};

/// The files of one commit.
pub(crate) trait Tree {
    /// Files whose paths match any of the patterns, sorted by path.
    fn find(&self, patterns: &[String]) -> Result<Vec<Entry>>;

    /// A file's bytes.
    fn read(&self, path: &str) -> Result<Vec<u8>>;
}

impl Tree for Snapshot {
    fn find(&self, patterns: &[String]) -> Result<Vec<Entry>> {
        Snapshot::find(self, patterns)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>> {
        Snapshot::read(self, path)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! A tree in memory.

    use std::collections::BTreeMap;

    use globset::{GlobBuilder, GlobSetBuilder};
    use portico_sdk::Error;

    use super::*;

    /// Files by path. A file of `\0` exists and cannot be read.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct Files(pub BTreeMap<String, String>);

    impl Files {
        pub(crate) fn new(files: &[(&str, &str)]) -> Files {
            Files(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
        }
    }

    impl Tree for Files {
        fn find(&self, patterns: &[String]) -> Result<Vec<Entry>> {
            let mut set = GlobSetBuilder::new();
            for pattern in patterns {
                set.add(
                    GlobBuilder::new(pattern)
                        .literal_separator(true)
                        .build()
                        .map_err(|error| Error::Invalid(error.to_string()))?,
                );
            }
            let set = set.build().map_err(|error| Error::Invalid(error.to_string()))?;
            let matching = self.0.iter().filter(|(path, _)| set.is_match(path));
            Ok(matching.map(|(path, text)| Entry { path: path.clone(), size: text.len() as u64 }).collect())
        }

        fn read(&self, path: &str) -> Result<Vec<u8>> {
            match self.0.get(path) {
                Some(text) if text == "\0" => Err(Error::Failed(format!("{path} is damaged"))),
                Some(text) => Ok(text.as_bytes().to_vec()),
                None => Err(Error::NotFound(format!("there is no file {path}"))),
            }
        }
    }
}
