//! Why a plugin was not installed or changed.

use std::fmt;

use portico_supply::{Distrust, Refusal, SupplyError};

/// What the schema of a plugin's manifest says of its settings: each place as a JSON pointer, with a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFaults(pub Vec<(String, String)>);

impl fmt::Display for SettingsFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentences: Vec<&str> = self.0.iter().map(|(_, sentence)| sentence.as_str()).collect();
        write!(f, "Its settings are not as it needs them: {}", sentences.join(" "))
    }
}

/// Why a plugin was not installed or changed.
#[derive(Debug, thiserror::Error)]
pub enum LifeError {
    /// Nothing was installed under this name.
    #[error("no plugin `{0}` was installed through the portal")]
    Unknown(String),
    /// The plugin is described in a file.
    #[error(
        "the plugin `{0}` is described in portico.yaml; change it there, or take it out there to manage it through the portal"
    )]
    InCode(String),
    /// A source that sends by itself has the name.
    #[error(
        "portico.yaml has a source `{0}` under `ingest:`, whose data would be taken for this plugin's; give that source another name there"
    )]
    Source(String),
    /// The plugin's file lies in the plugins folder.
    #[error(
        "the file {file} of the plugins folder holds the plugin `{name}`; take it out there to manage it through the portal"
    )]
    InFolder {
        /// The plugin.
        name: String,
        /// The file.
        file: String,
    },
    /// It is not among what was removed.
    #[error("the plugin `{0}` is not in the bin; what was removed is kept there for a while")]
    NotInBin(String),
    /// Another one has its name by now.
    #[error(
        "another plugin `{0}` was installed in the meantime; remove that one first to bring this one back in its place"
    )]
    Taken(String),
    /// It is on its way out.
    #[error("the plugin `{0}` is being removed; where that was broken off, remove it again")]
    Leaving(String),
    /// Another version stands there than the one that was looked at.
    #[error(
        "another version of the plugin `{name}` was looked at than stands here now: {standing}. Look at what it asks for now, and say \
         it again"
    )]
    Replaced {
        /// The plugin.
        name: String,
        /// The versions that run and wait.
        standing: String,
    },
    /// What was installed is not what was looked at.
    #[error("the package is not the one that was looked at: it has the SHA-256 {0}")]
    Another(String),
    /// The package could not be fetched.
    #[error(transparent)]
    Fetch(#[from] SupplyError),
    /// Nobody who is trusted vouches for it.
    #[error(transparent)]
    Untrusted(#[from] Refusal),
    /// The package cannot be used.
    #[error("the package cannot be used: {0}")]
    Unusable(String),
    /// What is fetched may be another package tomorrow.
    #[error(
        "What stands there may become another package, so that it has to be pinned; write `from: \"{pinned}\"` under `plugins.{name}`"
    )]
    Unpinned {
        /// The plugin.
        name: String,
        /// The reference with the digest that it has now.
        pinned: String,
    },
    /// What it is granted or set to cannot be read.
    #[error("{0}")]
    Config(String),
    /// Its settings break the schema of its manifest.
    #[error("{0}")]
    Settings(SettingsFaults),
    /// There is nothing to do.
    #[error("{0}")]
    Nothing(String),
    /// The portal failed.
    #[error("the change could not be kept: {0}")]
    Store(String),
}

impl LifeError {
    /// Whether who asked can mend it.
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            LifeError::InCode(_)
                | LifeError::Source(_)
                | LifeError::InFolder { .. }
                | LifeError::Leaving(_)
                | LifeError::Taken(_)
                | LifeError::Replaced { .. }
                | LifeError::Another(_)
                | LifeError::Nothing(_)
        )
    }

    /// Whether it may be otherwise the next time without anybody's doing.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            LifeError::Fetch(_) | LifeError::Store(_) => true,
            LifeError::Untrusted(Refusal::Untrusted(why)) => matches!(why, Distrust::Unread { .. }),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_by_itself_is_told_from_what_may_not() {
        let unread = Distrust::Unread { found_at: "x.sig".to_owned(), reason: "it is silent".to_owned() };
        let unreachable = SupplyError::Unreachable { host: "a.test:443".to_owned(), reason: "refused".to_owned() };
        for (error, may_pass) in [
            (LifeError::Fetch(unreachable), true),
            (LifeError::Store("full".to_owned()), true),
            (LifeError::Untrusted(Refusal::Untrusted(unread)), true),
            (LifeError::Untrusted(Refusal::Untrusted(Distrust::Appended)), false),
            (LifeError::Untrusted(Refusal::Unsigned), false),
            (LifeError::Unusable("no plugin".to_owned()), false),
        ] {
            assert_eq!(error.may_pass(), may_pass, "{error}");
        }
    }
}
