//! Kubeconfigs that plugins are granted: read when a version is loaded, and looked at for as long as they are granted.
//!
//! Rule: a file counts once it has stopped changing, as in the plugins folder; secrets stay where they are until they are sent.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use portico_manifest::PluginConfig;

use crate::folder::Stamp;

/// More than any kubeconfig has, and any certificate that one names.
const LARGEST: u64 = 1 << 20;

/// The files behind a plugin's grants, as they were seen; none where there was nothing to see.
pub(crate) type Seen = BTreeMap<PathBuf, Option<Stamp>>;

/// What a file holds, if that is not too much.
pub(crate) fn contents(path: &Path) -> Result<String, String> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err("it has more than 1 MiB".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "it is no text".to_owned())
}

/// The operator's word with the clusters that its kubeconfigs come to, or why that cannot be said; and the files that it rests on.
pub(crate) fn resolved(config: &PluginConfig) -> (Result<PluginConfig, String>, Seen) {
    let mut seen = Seen::new();
    let grants = config.grants.with_clusters(|path| {
        // Before it is read, so that what changes meanwhile is noticed.
        seen.insert(path.to_owned(), stamp(path));
        contents(path)
    });
    let grants = grants.map_err(|error| format!("{error}."));
    (grants.map(|grants| PluginConfig { grants, ..config.clone() }), seen)
}

fn stamp(path: &Path) -> Option<Stamp> {
    fs::metadata(path).ok().map(|data| Stamp::of(&data))
}

/// The files that are looked at, by plugin.
#[derive(Default)]
pub(crate) struct Watched(Mutex<BTreeMap<String, Looked>>);

struct Looked {
    /// As they were when they were last acted upon.
    used: Seen,
    /// As they were at the last look.
    last: Seen,
}

impl Watched {
    /// A plugin rests on these files from now on.
    pub(crate) fn keep(&self, plugin: &str, seen: Seen) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.is_empty() {
            true => drop(all.remove(plugin)),
            false => drop(all.insert(plugin.to_owned(), Looked { last: seen.clone(), used: seen })),
        }
    }

    /// Looks again. True if something has changed, and stayed so since the look before.
    pub(crate) fn look(&self) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut has_changed = false;
        for looked in all.values_mut() {
            let now: Seen = looked.used.keys().map(|path| (path.clone(), stamp(path))).collect();
            if now == looked.last && now != looked.used {
                looked.used = now.clone();
                has_changed = true;
            }
            looked.last = now;
        }
        has_changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(file: &Path) -> PluginConfig {
        let text = format!("grants: {{ kubeconfigs: [{}] }}", file.display());
        portico_manifest::parse(&text, "portico.yaml").expect(&text)
    }

    fn kubeconfig(server: &str) -> String {
        format!(
            "clusters: [{{ name: c, cluster: {{ server: '{server}', certificate-authority: ca.pem }} }}]\ncontexts: [{{ name: prod, context: {{ cluster: c }} }}]\n"
        )
    }

    #[test]
    fn a_kubeconfig_that_changes_is_noticed_once_it_has_stopped() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, authority) = (folder.path().join("kubeconfig"), folder.path().join("ca.pem"));
        let watched = Watched::default();
        let (missing, seen) = resolved(&config(&file));
        let said = missing.expect_err("no file");
        assert!(
            said.contains("could not be read: No such file or directory") && said.ends_with("portal's user."),
            "{said}"
        );
        watched.keep("k", seen);
        assert!(!watched.look());
        fs::write(&file, kubeconfig("https://a.test")).expect("written");
        assert!(!watched.look(), "it may still be written");
        assert!(watched.look());
        assert!(!watched.look(), "and is acted upon once");
        fs::write(&authority, "PEM").expect("written");
        let (found, seen) = resolved(&config(&file));
        assert_eq!(found.expect("a cluster").grants.clusters[0].authority.as_deref(), Some("PEM"));
        watched.keep("k", seen);
        assert!(!watched.look() && !watched.look());
        fs::write(&authority, "ANOTHER").expect("written");
        assert!(!watched.look() && watched.look(), "what it names counts as well");
        watched.keep("k", Seen::new());
        fs::write(&authority, "A THIRD").expect("written");
        assert!(!watched.look() && !watched.look(), "nobody is granted it any more");
    }

    #[test]
    fn a_file_without_end_is_none() {
        assert_eq!(contents(Path::new("/dev/zero")).expect_err("too large"), "it has more than 1 MiB");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("kubeconfig");
        fs::write(&file, b"\xff\xfe").expect("written");
        assert_eq!(contents(&file).expect_err("no text"), "it is no text");
        assert!(contents(folder.path()).is_err());
    }
}
