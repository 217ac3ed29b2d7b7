//! Where fetched repositories are kept: one bare repository for each plugin and address, in numbered generations.
//!
//! A fetch adds to a generation; after a number of fetches the next starts a new one, since libgit2 never tidies up. A
//! generation that was replaced goes once nobody reads it any more.
//!
//! Rules: two plugins never share a repository, so that what one may read tells the other nothing; the whole stays below
//! a size, and what was fetched longest ago goes first; whatever is damaged is thrown away and fetched again.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use git2::{Repository, RepositoryInitOptions};
use portico_manifest::RepositoryAddress;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::sync::OwnedMutexGuard;

/// Enough for a thousand repositories of ten MiB.
const LARGEST: u64 = 10 * 1024 * 1024 * 1024;

/// As many packs as are searched without anybody noticing.
const MOST_PACKS: usize = 20;

/// The cache of one portal.
pub(super) struct Cache {
    root: PathBuf,
    /// Where commits are put together that are pushed.
    pushes: PathBuf,
    largest: u64,
    slots: Mutex<HashMap<String, Arc<Slot>>>,
    sizes: Mutex<HashMap<String, Size>>,
}

#[derive(Clone, Copy)]
struct Size {
    bytes: u64,
    fetched: SystemTime,
}

/// The place of one repository. Who holds its lock may fetch.
pub(super) struct Slot {
    key: String,
    folder: PathBuf,
    current: Arc<tokio::sync::Mutex<Option<Arc<Generation>>>>,
}

/// The lock of a slot.
pub(super) type Held = OwnedMutexGuard<Option<Arc<Generation>>>;

/// One bare repository of a slot.
pub(super) struct Generation {
    path: PathBuf,
    retired: AtomicBool,
}

impl Generation {
    pub(super) fn open(&self) -> Result<Repository, git2::Error> {
        Repository::open_bare(&self.path)
    }

    /// Whether so many fetches went into it that the next should begin anew.
    pub(super) fn is_worn(&self) -> bool {
        let packs = fs::read_dir(self.path.join("objects/pack")).into_iter().flatten().flatten();
        packs.filter(|file| file.path().extension().is_some_and(|extension| extension == "pack")).count() >= MOST_PACKS
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        if self.retired.load(Ordering::Relaxed) {
            remove(&self.path);
        }
    }
}

impl Cache {
    pub(super) fn open(root: PathBuf) -> io::Result<Cache> {
        fs::create_dir_all(&root)?;
        let mut sizes = HashMap::new();
        for folder in fs::read_dir(&root)? {
            let folder = folder?;
            let fetched = folder.metadata()?.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            sizes.insert(
                folder.file_name().to_string_lossy().into_owned(),
                Size { bytes: size(&folder.path()), fetched },
            );
        }
        // What pushes of a portal that was ended left behind.
        let pushes = root.with_file_name("pushes");
        if pushes.exists() {
            fs::remove_dir_all(&pushes)?;
        }
        fs::create_dir_all(&pushes)?;
        Ok(Cache { pushes, root, largest: LARGEST, slots: Mutex::default(), sizes: Mutex::new(sizes) })
    }

    /// A folder for one push, which is gone when it is dropped.
    pub(super) fn scratch(&self) -> io::Result<TempDir> {
        tempfile::tempdir_in(&self.pushes)
    }

    /// The place of a plugin's repository.
    pub(super) fn slot(&self, plugin: &str, address: &RepositoryAddress) -> Arc<Slot> {
        let key = hex::encode(&Sha256::digest(format!("{plugin}\n{address}"))[..16]);
        let folder = self.root.join(&key);
        let new = || Arc::new(Slot { key: key.clone(), folder, current: Arc::default() });
        lock(&self.slots).entry(key.clone()).or_insert_with(new).clone()
    }

    /// Notes what a slot takes up after a fetch, and makes room where it has become too much.
    pub(super) fn account(&self, slot: &Slot) {
        let mut sizes = lock(&self.sizes);
        sizes.insert(slot.key.clone(), Size { bytes: size(&slot.folder), fetched: SystemTime::now() });
        while sizes.values().map(|size| size.bytes).sum::<u64>() > self.largest {
            let oldest = sizes.iter().filter(|(key, _)| **key != slot.key).min_by_key(|(_, size)| size.fetched);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
            sizes.remove(&key);
            self.evict(&key);
        }
    }

    fn evict(&self, key: &str) {
        let slot = lock(&self.slots).remove(key);
        match slot.map(|slot| slot.current.clone().try_lock_owned()) {
            None => remove(&self.root.join(key)),
            Some(Ok(mut current)) => {
                tracing::info!(key, "a repository was taken out of the full cache");
                match current.take() {
                    // Readers keep it until they are done.
                    Some(generation) => generation.retired.store(true, Ordering::Relaxed),
                    None => remove(&self.root.join(key)),
                }
            }
            // It is being fetched at this moment; its turn comes after the next fetch.
            Some(Err(_)) => {}
        }
    }
}

impl Slot {
    /// Waits for its lock.
    pub(super) async fn lock(&self) -> Held {
        self.current.clone().lock_owned().await
    }

    /// The newest generation, if there is one.
    pub(super) fn newest(&self, held: &mut Held) -> Option<Arc<Generation>> {
        if held.is_none() {
            // What a portal that was killed left behind is not needed, except for the newest.
            let mut numbers = self.numbers();
            let newest = numbers.pop()?;
            numbers.iter().for_each(|number| remove(&self.folder.join(number.to_string())));
            let path = self.folder.join(newest.to_string());
            remove_leftovers(&path);
            **held = Some(Arc::new(Generation { path, retired: AtomicBool::new(false) }));
        }
        held.clone()
    }

    /// Begins a new generation. It counts once it is given to [`Slot::replace`]; until then, dropping it removes it.
    pub(super) fn begin(&self) -> Result<(Arc<Generation>, Repository), git2::Error> {
        let next = self.numbers().last().map_or(1, |newest| newest + 1);
        let path = self.folder.join(next.to_string());
        let generation = Arc::new(Generation { path, retired: AtomicBool::new(true) });
        let options = &mut RepositoryInitOptions::new();
        options.bare(true).no_reinit(true).external_template(false);
        let repository = Repository::init_opts(&generation.path, options)?;
        Ok((generation, repository))
    }

    /// Makes a generation the newest; the one before goes when its last reader does.
    pub(super) fn replace(&self, held: &mut Held, generation: &Arc<Generation>) {
        generation.retired.store(false, Ordering::Relaxed);
        if let Some(before) = held.replace(generation.clone()) {
            before.retired.store(true, Ordering::Relaxed);
        }
    }

    /// The generations on disk, oldest first.
    fn numbers(&self) -> Vec<u64> {
        let folders = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut numbers: Vec<u64> = folders.filter_map(|folder| folder.file_name().to_str()?.parse().ok()).collect();
        numbers.sort_unstable();
        numbers
    }
}

/// Packs that were being received when the portal was killed.
fn remove_leftovers(path: &Path) {
    for file in fs::read_dir(path.join("objects/pack")).into_iter().flatten().flatten() {
        if file.file_name().to_string_lossy().contains("_git2_") {
            let _gone_already = fs::remove_file(file.path());
        }
    }
}

fn remove(path: &Path) {
    match fs::remove_dir_all(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(path = %path.display(), %error, "a part of the cache could not be removed"),
    }
}

/// Bytes of all files below a folder. Links are not followed; Git makes none here.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            Some(if metadata.is_dir() { size(&entry.path()) } else { metadata.len() })
        })
        .sum()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
