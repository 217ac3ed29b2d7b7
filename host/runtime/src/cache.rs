//! Compiled plugins on disk, so that a start takes milliseconds.
//!
//! Compiled code is native code: whoever can put a file there runs as the portal. So every file is sealed with a key of
//! this installation, and what does not carry the seal is thrown away and compiled again.
//!
//! Rule: nothing is ever run that this installation did not compile itself; a cache that cannot be used only costs time.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Counts up whenever the file's layout changes.
const FORMAT: u8 = 1;

/// Files kept: of two hundred plugins, each with a few of its last versions.
const FILES: usize = 1_000;

/// Bytes kept: a dozen plugins of languages that bring an interpreter of 40 MB.
const BYTES: u64 = 1 << 30;

const SEAL: usize = 32;
const KEY: usize = 32;

/// A folder with sealed files.
pub(crate) struct Cache {
    folder: PathBuf,
    key: [u8; KEY],
}

impl Cache {
    /// The cache in `folder`, with the key in the file `key` beside it; both are made if they are missing.
    pub(crate) fn open(folder: &Path, key: &Path) -> io::Result<Cache> {
        make_private_folder(folder)?;
        Ok(Cache { folder: folder.to_owned(), key: read_key(key)? })
    }

    /// What was kept under a name; none if there is nothing, or nothing that can be trusted.
    pub(crate) fn get(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.path(name);
        let mut bytes = fs::read(&path).ok()?;
        let sealed = bytes.len() >= SEAL && self.mac(name, &bytes[SEAL..]).verify_slice(&bytes[..SEAL]).is_ok();
        if !sealed {
            tracing::warn!(file = %path.display(), "a file of the code cache does not carry this installation's seal; it is removed, and the plugin compiled again");
            self.remove(&path);
            return None;
        }
        // The oldest files give way first, so that being used makes young.
        if let Err(error) =
            fs::File::options().append(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()))
        {
            tracing::debug!(%error, "the age of a cached file could not be set");
        }
        bytes.drain(..SEAL);
        Some(bytes)
    }

    /// Keeps bytes under a name. A cache that cannot be written costs time at the next start, and is only said.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        if let Err(error) = self.write(name, bytes) {
            tracing::warn!(folder = %self.folder.display(), %error, "compiled code could not be cached; the next start compiles again");
        }
        self.prune();
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let seal = self.mac(name, bytes).finalize().into_bytes();
        // Two that write the same name at once do not write the same file.
        let mut turn = [0; 8];
        getrandom::fill(&mut turn).map_err(io::Error::other)?;
        let draft = self.folder.join(format!("{name}.{}.draft", hex::encode(turn)));
        let mut file = private_file(&draft)?;
        file.write_all(&seal)?;
        file.write_all(bytes)?;
        drop(file);
        fs::rename(&draft, self.path(name))
    }

    /// The seal covers the name, so that one plugin's code cannot be passed off as another's.
    fn mac(&self, name: &str, bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).unwrap_or_else(|_| unreachable!("any length is a key"));
        mac.update(&[FORMAT]);
        mac.update(&(name.len() as u64).to_le_bytes());
        mac.update(name.as_bytes());
        mac.update(bytes);
        mac
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.compiled"))
    }

    /// Removes what was not used for longest, until the rest is within bounds.
    fn prune(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
            .flatten()
            .filter_map(|entry| entry.metadata().ok().map(|data| (entry, data)))
            .filter_map(|(entry, data)| Some((data.modified().ok()?, data.len(), entry.path())))
            .collect();
        files.sort_unstable_by(|a, b| b.cmp(a));
        let mut bytes = 0;
        for (index, (_, size, path)) in files.iter().enumerate() {
            bytes += size;
            if index >= FILES || bytes > BYTES {
                self.remove(path);
            }
        }
    }

    fn remove(&self, path: &Path) {
        if let Err(error) = fs::remove_file(path) {
            tracing::warn!(file = %path.display(), %error, "a file of the code cache could not be removed");
        }
    }
}

fn read_key(path: &Path) -> io::Result<[u8; KEY]> {
    if let Ok(bytes) = fs::read(path)
        && let Ok(key) = bytes.try_into()
    {
        return Ok(key);
    }
    let mut key = [0; KEY];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    // Whoever comes first makes the key: two that start at once end up with the same. A file that is no key gives way.
    let draft = path.with_extension(format!("{}.draft", hex::encode(&key[..8])));
    private_file(&draft)?.write_all(&key)?;
    if fs::hard_link(&draft, path).is_ok() {
        fs::remove_file(&draft)?;
        return Ok(key);
    }
    if let Some(theirs) = fs::read(path).ok().and_then(|bytes| bytes.try_into().ok()) {
        fs::remove_file(&draft)?;
        return Ok(theirs);
    }
    fs::rename(&draft, path)?;
    Ok(key)
}

/// A folder that only this user can look into.
fn make_private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// A new file that only this user can read.
fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(folder: &Path) -> Cache {
        Cache::open(&folder.join("cache"), &folder.join("cache.key")).unwrap()
    }

    #[test]
    fn what_was_kept_comes_back_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        cache(folder.path()).put("a", b"code");
        assert_eq!(cache(folder.path()).get("a").unwrap(), b"code");
        assert_eq!(cache(folder.path()).get("b"), None);
    }

    #[test]
    fn a_file_that_was_touched_is_thrown_away() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        cache.put("a", b"code");
        let path = folder.path().join("cache/a.compiled");
        let good = fs::read(&path).unwrap();
        for index in 0..good.len() {
            let mut bad = good.clone();
            bad[index] ^= 1;
            fs::write(&path, bad).unwrap();
            assert_eq!(cache.get("a"), None, "byte {index}");
            assert!(!path.exists());
        }
        fs::write(&path, b"short").unwrap();
        assert_eq!(cache.get("a"), None);
    }

    #[test]
    fn a_file_under_another_name_is_thrown_away() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        cache.put("a", b"code");
        fs::rename(folder.path().join("cache/a.compiled"), folder.path().join("cache/b.compiled")).unwrap();
        assert_eq!(cache.get("b"), None);
    }

    #[test]
    fn another_installations_file_is_thrown_away() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        cache(there.path()).put("a", b"code");
        let cache = cache(here.path());
        fs::copy(there.path().join("cache/a.compiled"), here.path().join("cache/a.compiled")).unwrap();
        assert_eq!(cache.get("a"), None);
    }

    #[test]
    fn the_cache_stays_within_its_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        for number in 0..FILES + 5 {
            cache.put(&format!("{number}"), b"code");
        }
        assert_eq!(fs::read_dir(folder.path().join("cache")).unwrap().count(), FILES);
        assert_eq!(cache.get(&format!("{}", FILES + 4)).unwrap(), b"code");
    }

    #[test]
    fn caches_that_are_opened_at_once_agree_on_the_key() {
        for _ in 0..50 {
            let folder = tempfile::tempdir().unwrap();
            let keys: Vec<[u8; KEY]> = std::thread::scope(|scope| {
                let open: Vec<_> = (0..4).map(|_| scope.spawn(|| cache(folder.path()).key)).collect();
                open.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(keys.iter().all(|key| *key == keys[0]));
            assert_eq!(fs::read(folder.path().join("cache.key")).unwrap(), keys[0]);
            let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(left.len(), 2, "{left:?}");
        }
    }

    #[test]
    fn a_file_that_is_no_key_gives_way() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("cache.key"), b"short").unwrap();
        cache(folder.path()).put("a", b"code");
        assert_eq!(cache(folder.path()).get("a").unwrap(), b"code");
    }

    #[cfg(unix)]
    #[test]
    fn key_and_code_are_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        cache(folder.path()).put("a", b"code");
        for (path, mode) in [("cache", 0o700), ("cache.key", 0o600), ("cache/a.compiled", 0o600)] {
            let found = fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
            assert_eq!(found, mode, "{path}");
        }
    }
}
