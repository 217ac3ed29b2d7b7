//! Which file is which plugin.
//!
//! Rule: what `portico.yaml` says where to fetch is the only one under its name; a file in the plugins folder goes before the plugin that is built in under the same name; of two files with the
//! same plugin, the first by its name counts, and the other is told, and takes its place where it cannot be loaded.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use portico_manifest::{Package, unpack};
use portico_supply::{Attested, DetachedSignature, Reference};

use crate::compile::{LARGEST, digest};
use crate::life::{Fetched, InstalledVersion};

/// A file that may be a plugin.
pub(crate) struct PluginFile {
    /// `built in`, or the file's name.
    pub(crate) origin: String,
    /// The file's name without its extension, which is what a plugin is called whose manifest cannot be read; for what is kept, the
    /// plugin's name.
    pub(crate) stem: String,
    pub(crate) digest: String,
    /// The plugin, or why it is none.
    pub(crate) package: Result<Box<Package>, String>,
    /// How it came here.
    pub(crate) way: Way,
    /// The signatures that were found beside it.
    pub(crate) signatures: Vec<DetachedSignature>,
    source: Source,
}

/// How a file came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It came with the portal.
    BuiltIn,
    /// It lies in the plugins folder.
    Folder,
    /// `portico.yaml` says where it was fetched from.
    Fetched,
    /// It was installed through the portal; with `of_portal`, out of what came with the portal.
    Installed { of_portal: bool },
}

/// Where a file's bytes are. They are not kept: code is compiled once, and plugins are many.
#[derive(Clone)]
enum Source {
    Static(&'static [u8]),
    Path(PathBuf),
}

/// What stands for plugins that came with the portal.
pub(crate) const BUILT_IN: &str = "built in";

impl PluginFile {
    /// A plugin that came with the portal.
    pub(crate) fn built_in(file_name: &str, bytes: &'static [u8]) -> PluginFile {
        PluginFile {
            origin: BUILT_IN.to_owned(),
            stem: stem(file_name),
            digest: digest(bytes),
            package: package(bytes),
            way: Way::BuiltIn,
            signatures: Vec::new(),
            source: Source::Static(bytes),
        }
    }

    /// A file of the plugins folder.
    pub(crate) fn open(path: PathBuf, file_name: &str, size: u64) -> PluginFile {
        let bytes = if size > LARGEST {
            Err(format!("it has {} MiB; plugins of up to {} MiB are loaded", size >> 20, LARGEST >> 20))
        } else {
            fs::read(&path).map_err(|error| format!("it cannot be read ({error}); check its permissions"))
        };
        PluginFile {
            origin: file_name.to_owned(),
            stem: stem(file_name),
            digest: bytes.as_deref().map(digest).unwrap_or_default(),
            package: bytes.and_then(|bytes| package(&bytes)),
            way: Way::Folder,
            signatures: beside(&path),
            source: Source::Path(path),
        }
    }

    /// A version that was installed through the portal.
    pub(crate) fn installed(path: PathBuf, name: &str, version: &InstalledVersion) -> PluginFile {
        PluginFile::kept(path, name, version, Way::Installed { of_portal: version.is_of_portal() })
    }

    /// A version whose package is kept under its digest.
    pub(crate) fn kept(path: PathBuf, name: &str, version: &InstalledVersion, way: Way) -> PluginFile {
        let size = fs::metadata(&path).map_or(0, |data| data.len());
        let file = PluginFile::open(path, &version.from, size);
        let is_whole = file.digest == version.digest;
        let damaged = || {
            format!(
                "the package of version {} is missing or damaged; put `packages` of the data folder back from a backup, or install it \
                 again",
                version.version
            )
        };
        PluginFile {
            stem: name.to_owned(),
            way,
            signatures: version.signatures.clone(),
            package: if is_whole { file.package } else { Err(damaged()) },
            ..file
        }
    }

    /// The plugin that it is kept for, whatever is in it; none where only the file itself says that.
    pub(crate) fn kept_for(&self) -> Option<&str> {
        matches!(self.way, Way::Fetched | Way::Installed { .. }).then_some(self.stem.as_str())
    }

    /// What was fetched for a plugin, as `portico.yaml` says.
    pub(crate) fn fetched(path: PathBuf, name: &str, fetched: &Fetched) -> PluginFile {
        let size = fs::metadata(&path).map_or(0, |data| data.len());
        let file = PluginFile::open(path, &fetched.from, size);
        PluginFile { stem: name.to_owned(), way: Way::Fetched, signatures: fetched.signatures.clone(), ..file }
    }

    /// What reads the bytes again, which blocks; an error if the file has changed since it was looked at.
    pub(crate) fn reader(&self) -> impl FnOnce() -> Result<Bytes, String> + Send + 'static {
        let place = self.place();
        move || place.read()
    }

    /// Where the bytes are, for who reads them later.
    pub(crate) fn place(&self) -> Place {
        Place { source: self.source.clone(), digest: self.digest.clone() }
    }
}

/// Where the bytes of a package are.
#[derive(Clone)]
pub(crate) struct Place {
    source: Source,
    digest: String,
}

impl Place {
    /// Reads them, which blocks; an error if they have changed since they were looked at.
    pub(crate) fn read(&self) -> Result<Bytes, String> {
        let bytes = match &self.source {
            Source::Static(bytes) => Bytes::from_static(bytes),
            Source::Path(path) => fs::read(path).map(Bytes::from).map_err(|error| error.to_string())?,
        };
        let same = digest(&bytes) == self.digest;
        same.then_some(bytes).ok_or_else(|| "It is being replaced; it is loaded once that is done.".to_owned())
    }
}

/// The signatures that lie beside a file, as `cosign sign-blob` writes them.
fn beside(path: &Path) -> Vec<DetachedSignature> {
    let signature = |(suffix, attested): (&str, Attested)| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let text = fs::read_to_string(&name).ok()?;
        let found_at = PathBuf::from(&name).display().to_string();
        Some(DetachedSignature { found_at, signature: text.trim().to_owned(), attested })
    };
    let kinds = [(".sig", Attested::Blob), (".sigstore.json", Attested::Bundle { manifest: None })];
    kinds.into_iter().filter_map(signature).collect()
}

fn package(bytes: &[u8]) -> Result<Box<Package>, String> {
    unpack(bytes).map(Box::new).map_err(|error| error.to_string())
}

fn stem(file_name: &str) -> String {
    file_name.strip_suffix(".wasm").unwrap_or(file_name).to_owned()
}

/// What was chosen, by the plugin's name.
#[derive(Default)]
pub(crate) struct Choice<'a> {
    pub(crate) chosen: BTreeMap<String, &'a PluginFile>,
    /// Others that hold the same plugin, in the order in which they would take its place.
    pub(crate) others: BTreeMap<String, Vec<&'a PluginFile>>,
    /// Files that are no plugin, with the reason.
    pub(crate) broken: Vec<(&'a PluginFile, String)>,
    /// What else there is to say about a plugin.
    pub(crate) remarks: BTreeMap<String, String>,
}

/// Chooses among what was fetched, the files of the folder in the order of their names, and what is built in. `sources` says where
/// plugins are fetched from that may be nowhere else.
pub(crate) fn choose<'a>(
    fetched: &'a [PluginFile],
    folder: impl Iterator<Item = &'a PluginFile>,
    built_in: impl Iterator<Item = &'a PluginFile>,
    sources: &BTreeMap<String, Reference>,
) -> Choice<'a> {
    let mut choice = Choice::default();
    for file in fetched {
        match &file.package {
            Ok(_) => drop(choice.chosen.insert(file.stem.clone(), file)),
            Err(reason) => choice.broken.push((file, format!("{} cannot be loaded: {reason}", file.origin))),
        }
    }
    for file in folder.chain(built_in) {
        let name = match &file.package {
            Ok(package) => package.manifest.name.clone(),
            Err(reason) => {
                choice.broken.push((file, format!("{} cannot be loaded: {reason}", file.origin)));
                continue;
            }
        };
        let is_built_in = file.way == Way::BuiltIn;
        if let Some(from) = sources.get(&name) {
            if !is_built_in {
                let remark = format!(
                    "{} holds the plugin `{name}` as well, and portico.yaml says that it comes from {}. Remove the file, or take \
                     `from` out there.",
                    file.origin,
                    from.shown()
                );
                choice.remarks.insert(name, remark);
            }
            continue;
        }
        match choice.chosen.get(&name) {
            Some(_) if is_built_in => {}
            Some(first) => {
                let remark = format!(
                    "{} holds the plugin `{name}` as well; {} is the one that runs. Remove one of them.",
                    file.origin, first.origin
                );
                choice.remarks.insert(name.clone(), remark);
                choice.others.entry(name).or_default().push(file);
            }
            None => {
                choice.chosen.insert(name, file);
            }
        }
    }
    choice
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(origin: &str, name: &str) -> PluginFile {
        let manifest = format!(
            "name: {name}\nversion: 1.0.0\npublisher: Acme\ntitle: Demo\ndescription: Shows.\ncontract: 0.1.0\nextensions: [ingestion]\nevery: 5m\n"
        );
        let bytes = portico_manifest::pack(b"\0asm\x0d\0\x01\0", &manifest).unwrap();
        let way = if origin == BUILT_IN { Way::BuiltIn } else { Way::Folder };
        PluginFile { origin: origin.to_owned(), way, ..PluginFile::built_in(origin, bytes.leak()) }
    }

    #[test]
    fn the_folder_goes_before_what_is_built_in() {
        let folder = [file("git.wasm", "git")];
        let built_in = [file(BUILT_IN, "git"), file(BUILT_IN, "other")];
        let choice = choose(&[], folder.iter(), built_in.iter(), &BTreeMap::new());
        assert_eq!(choice.chosen["git"].origin, "git.wasm");
        assert_eq!(choice.chosen["other"].origin, BUILT_IN);
        assert!(choice.remarks.is_empty() && choice.broken.is_empty());
    }

    #[test]
    fn of_two_files_with_the_same_plugin_the_first_counts() {
        let folder = [file("a.wasm", "git"), file("b.wasm", "git")];
        let choice = choose(&[], folder.iter(), [].iter(), &BTreeMap::new());
        assert_eq!(choice.chosen["git"].origin, "a.wasm");
        assert_eq!(
            choice.remarks["git"],
            "b.wasm holds the plugin `git` as well; a.wasm is the one that runs. Remove one of them."
        );
        assert_eq!(choice.others["git"][0].origin, "b.wasm", "which takes its place where it cannot be loaded");
    }

    #[test]
    fn what_is_fetched_is_the_only_one_of_its_name() {
        let sources = BTreeMap::from([("radar".to_owned(), "oci://acme.test/radar:1.0".parse().unwrap())]);
        let folder = [file("a.wasm", "radar"), file("b.wasm", "git")];
        let built_in = [file(BUILT_IN, "radar")];
        let fetched = [PluginFile { stem: "radar".to_owned(), ..file("oci://acme.test/radar:1.0", "radar") }];
        for (fetched, expected) in [(&fetched[..], Some("oci://acme.test/radar:1.0")), (&[], None)] {
            let choice = choose(fetched, folder.iter(), built_in.iter(), &sources);
            assert_eq!(choice.chosen.get("radar").map(|file| file.origin.as_str()), expected);
            assert_eq!(choice.chosen["git"].origin, "b.wasm");
            assert_eq!(
                choice.remarks["radar"],
                "a.wasm holds the plugin `radar` as well, and portico.yaml says that it comes from oci://acme.test/radar:1.0. \
                 Remove the file, or take `from` out there."
            );
        }
    }

    #[test]
    fn a_file_that_is_no_plugin_says_why() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("notes.wasm");
        fs::write(&path, b"hello").unwrap();
        let folder = [
            PluginFile::open(path.clone(), "notes.wasm", 5),
            PluginFile::open(path.clone(), "big.wasm", 100 << 20),
            PluginFile::open(temporary.path().join("gone.wasm"), "gone.wasm", 5),
        ];
        let choice = choose(&[], folder.iter(), [].iter(), &BTreeMap::new());
        let sentences: Vec<&str> = choice.broken.iter().map(|(_, sentence)| sentence.as_str()).collect();
        assert!(
            sentences[0].starts_with("notes.wasm cannot be loaded: the file is no WebAssembly"),
            "{}",
            sentences[0]
        );
        assert_eq!(sentences[1], "big.wasm cannot be loaded: it has 100 MiB; plugins of up to 64 MiB are loaded");
        assert!(sentences[2].starts_with("gone.wasm cannot be loaded: it cannot be read"), "{}", sentences[2]);
        assert_eq!(choice.broken[0].0.stem, "notes");
    }

    #[test]
    fn bytes_that_changed_since_they_were_looked_at_are_not_loaded() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("a.wasm");
        fs::write(&path, b"one").unwrap();
        let file = PluginFile::open(path.clone(), "a.wasm", 3);
        assert_eq!(&file.reader()().unwrap()[..], b"one");
        fs::write(&path, b"two").unwrap();
        assert!(file.reader()().is_err());
    }
}
