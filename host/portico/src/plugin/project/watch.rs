//! Waiting for a project's sources to change.
//!
//! Rule: what tools write is no source, what this program itself says least of all; what they bring in, which is much, is not even
//! looked at.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify_debouncer_full::notify::event::ModifyKind;
use notify_debouncer_full::notify::{Config, EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, NoCache, new_debouncer_opt};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Changes that come closer together than this are one: an editor that saves, a checkout.
const QUIET: Duration = Duration::from_millis(200);

/// Folders that tools fill, by their names.
const FILLED: [&str; 5] = ["target", "node_modules", "bindings", "dist", "__pycache__"];

/// Files that tools write beside the sources.
const WRITTEN: [&str; 2] = ["Cargo.lock", "package-lock.json"];

/// A project that is watched.
pub(super) struct Watch {
    folder: PathBuf,
    watcher: Debouncer<RecommendedWatcher, NoCache>,
    watched: BTreeSet<PathBuf>,
    heard: UnboundedReceiver<DebounceEventResult>,
    /// The files that hold what this program says.
    said: Vec<Id>,
}

/// What a file is known by, whatever it is called: its device, and its number there.
type Id = (u64, u64);

impl Watch {
    /// Watches a folder from now on.
    pub(super) fn of(folder: &Path) -> Result<Watch, Box<dyn Error>> {
        let folder =
            fs::canonicalize(folder).map_err(|error| format!("{} cannot be watched: {error}", folder.display()))?;
        let (tell, heard) = unbounded_channel();
        // Where nobody listens any more, there is nobody to tell.
        let told = move |result| drop(tell.send(result));
        let watcher = new_debouncer_opt(QUIET, None, told, NoCache::new(), Config::default())?;
        let said = [own(io::stdout()), own(io::stderr())].into_iter().flatten().collect();
        let mut watch = Watch { folder, watcher, watched: BTreeSet::new(), heard, said };
        watch.watcher.watch(&watch.folder, RecursiveMode::NonRecursive)?;
        watch.cover()?;
        Ok(watch)
    }

    /// Waits until sources have changed; answers which, from the project's folder.
    pub(super) async fn changed(&mut self) -> Result<BTreeSet<PathBuf>, Box<dyn Error>> {
        loop {
            let heard = self.heard.recv().await.ok_or("nobody watches the project any more")?;
            let events = heard.map_err(|errors| {
                let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
                format!("the project cannot be watched: {}", errors.join("; "))
            })?;
            self.cover()?;
            let touched = events.iter().filter(|event| is_change(event.kind)).flat_map(|event| &event.paths);
            let sources =
                touched.filter_map(|path| path.strip_prefix(&self.folder).ok()).filter(|path| self.is_changed(path));
            let changed: BTreeSet<PathBuf> = sources.map(Path::to_owned).collect();
            if !changed.is_empty() {
                return Ok(changed);
            }
        }
    }

    /// Whether a path of the project, at which something happened, is one of a source.
    fn is_changed(&self, path: &Path) -> bool {
        let id = fs::metadata(self.folder.join(path)).ok().map(|file| (file.dev(), file.ino()));
        is_source(path) && !id.is_some_and(|id| self.said.contains(&id))
    }

    /// Watches the folders of the project that hold sources, those that came since included.
    fn cover(&mut self) -> Result<(), Box<dyn Error>> {
        let mut there = BTreeSet::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path.strip_prefix(&self.folder)?;
            if is_source(name) && path.is_dir() {
                there.insert(path);
            }
        }
        for path in there.difference(&self.watched) {
            self.watcher.watch(path, RecursiveMode::Recursive)?;
        }
        // One that went and comes again is another.
        self.watched = there;
        Ok(())
    }
}

/// The file that is written to, if it is one.
fn own(written: impl AsFd) -> Option<Id> {
    let file = File::from(written.as_fd().try_clone_to_owned().ok()?);
    file.metadata().ok().filter(fs::Metadata::is_file).map(|file| (file.dev(), file.ino()))
}

/// Whether what happened to a file may have changed what it holds.
const fn is_change(kind: EventKind) -> bool {
    !matches!(kind, EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)))
}

/// Whether a path of a project is a source, or may hold some.
fn is_source(path: &Path) -> bool {
    let names = || path.iter().map(|name| name.to_string_lossy());
    let is_aside = |name: &str| name.starts_with('.') || name.ends_with('~') || FILLED.contains(&name);
    // A log may be of what is said here, through a pipe that nobody sees the end of: it would be a change without end.
    let is_written = |name: &str| name.ends_with(".wasm") || name.ends_with(".log") || WRITTEN.contains(&name);
    path.iter().next().is_some()
        && !names().any(|name| is_aside(&name))
        && !names().next_back().is_some_and(|name| is_written(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::portal::wait;

    #[test]
    fn what_tools_write_is_no_source() {
        for path in [
            "src/lib.rs",
            "manifest.yaml",
            "dev.yaml",
            "Cargo.toml",
            "wit/deps/portico-plugin/run.wit",
            "app.py",
            "src",
        ] {
            assert!(is_source(Path::new(path)), "{path}");
        }
        for path in [
            "",
            "target/release/x",
            "sdk/target/x",
            "node_modules/a/b.js",
            ".venv/bin/python",
            ".git/index",
            "bindings/x.py",
            "__pycache__/app.pyc",
            "tests/__pycache__/x.pyc",
            "radar.wasm",
            "radar.component.wasm",
            "Cargo.lock",
            "dev.log",
            "logs/dev.log",
            "src/.lib.rs.swp",
            "src/lib.rs~",
        ] {
            assert!(!is_source(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn changes_of_sources_are_told_also_in_folders_that_came_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("src")).unwrap();
        fs::create_dir_all(path("target")).unwrap();
        let seen = wait(async {
            let mut watch = Watch::of(folder.path())?;
            let mut seen = BTreeSet::new();
            fs::write(path("target/out"), "x")?;
            fs::write(path("radar.wasm"), "x")?;
            fs::write(path("src/lib.rs"), "x")?;
            until(&mut watch, &mut seen, "src/lib.rs").await?;
            fs::create_dir(path("more"))?;
            until(&mut watch, &mut seen, "more").await?;
            fs::write(path("more/new.rs"), "x")?;
            until(&mut watch, &mut seen, "more/new.rs").await?;
            Ok(seen)
        });
        assert_eq!(seen.unwrap(), ["more", "more/new.rs", "src/lib.rs"].map(PathBuf::from).into());
    }

    #[test]
    fn the_file_that_holds_what_is_said_is_no_source_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let said = File::create(folder.path().join("said.txt")).unwrap();
        fs::write(folder.path().join("app.py"), "x").unwrap();
        let mut watch = Watch::of(folder.path()).unwrap();
        assert!(watch.is_changed(Path::new("said.txt")) && watch.is_changed(Path::new("gone.py")));
        watch.said = own(&said).into_iter().collect();
        fs::rename(folder.path().join("said.txt"), folder.path().join("renamed.txt")).unwrap();
        assert!(!watch.is_changed(Path::new("renamed.txt")));
        assert!(watch.is_changed(Path::new("app.py")));
    }

    /// Batches may be cut anywhere.
    async fn until(watch: &mut Watch, seen: &mut BTreeSet<PathBuf>, path: &str) -> Result<(), Box<dyn Error>> {
        while !seen.contains(Path::new(path)) {
            seen.extend(watch.changed().await?);
        }
        Ok(())
    }
}
