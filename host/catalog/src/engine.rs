//! The engine over the file, and a fresh one in its place when it has met a failure of the disk.
//!
//! Rule: an engine that has met a failure answers nothing any more, so the next one to ask opens the file again. Readers
//! are served what is on the disk even where the disk takes no writes; a writer is told why it does not.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use redb::{Database, DatabaseError, StorageError};

use crate::StoreError;
use crate::storage::{Disk, Seam};

/// Bytes that the engine may cache: enough for the pages of a hundred thousand entities that are read often; the operating
/// system caches the rest of the file.
const CACHE: usize = 28 << 20;

/// An open file.
pub(crate) struct Engine {
    /// There until it is dropped.
    database: Option<Database>,
    seam: Seam,
    /// Set where the file could not be opened again for readers: they do not try twice, because it takes long.
    is_last: AtomicBool,
}

impl Engine {
    /// Opens what the disk holds, or makes a new store on an empty one. Nothing is written before [`Engine::release`].
    pub(crate) fn open(disk: &Arc<Disk>) -> Result<Engine, DatabaseError> {
        let seam = Seam::held(disk).map_err(StorageError::from)?;
        let database = unharmed(|| Database::builder().set_cache_size(CACHE).create_with_backend(seam.clone()))?;
        disk.keep_locked();
        Ok(Engine { database: Some(database), seam, is_last: AtomicBool::new(false) })
    }

    /// Looks at every page; whether all of them were as they should be, or had to be mended.
    pub(crate) fn check(&mut self) -> Result<bool, DatabaseError> {
        let database = self.database.as_mut().expect("it is there until it is dropped");
        unharmed(|| database.check_integrity())
    }

    /// Lets what opening wrote, and everything from now on, reach the disk.
    pub(crate) fn release(&self) -> Result<(), StorageError> {
        self.seam.release().map_err(StorageError::from)
    }
}

impl Deref for Engine {
    type Target = Database;

    fn deref(&self) -> &Database {
        self.database.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Closing walks through parts of the file that may be damaged as well; what it cannot write down, the next opening finds out.
        let database = self.database.take();
        let _ = unharmed(|| {
            drop(database);
            Ok::<_, StorageError>(())
        });
    }
}

/// Does something with a file that may be damaged. The engine checks what it reads in most places and trusts it in some;
/// there it stops with a panic, which is an error like the others to whoever opens a file.
pub(crate) fn unharmed<T, E: From<StorageError>>(act: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Err(StorageError::Corrupted(said.unwrap_or("it could not be read").to_owned()).into())
    })
}

/// The engine that is in use.
pub(crate) struct Engines {
    disk: Arc<Disk>,
    current: ArcSwap<Engine>,
    /// Held by whoever opens the file again.
    renewal: Mutex<()>,
}

/// An engine to work with, and whether it was opened for this.
pub(crate) type Obtained = (Arc<Engine>, bool);

impl Engines {
    pub(crate) fn new(disk: Arc<Disk>, engine: Engine) -> Engines {
        Engines { disk, current: ArcSwap::from_pointee(engine), renewal: Mutex::default() }
    }

    /// The one there is, in whatever state it is.
    pub(crate) fn current(&self) -> Arc<Engine> {
        self.current.load_full()
    }

    /// Whether the one there is has met no failure.
    pub(crate) fn is_well(&self) -> bool {
        !self.current.load().seam.is_cut()
    }

    /// For readers.
    pub(crate) fn to_read(&self) -> Obtained {
        let engine = self.current.load_full();
        if !engine.seam.is_cut() || engine.is_last.load(Ordering::Acquire) {
            return (engine, false);
        }
        self.renew(&engine, false).unwrap_or((engine, false))
    }

    /// For the writer.
    pub(crate) fn to_write(&self) -> Result<Obtained, StoreError> {
        let engine = self.current.load_full();
        let (engine, is_new) = if engine.seam.is_cut() { self.renew(&engine, true)? } else { (engine, false) };
        engine.release()?;
        Ok((engine, is_new))
    }

    /// Opens the file again in place of an engine that is cut off, unless somebody has.
    fn renew(&self, cut: &Arc<Engine>, insists: bool) -> Result<Obtained, StoreError> {
        let _alone = self.renewal.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.current.load_full();
        if !Arc::ptr_eq(&current, cut) || (cut.is_last.load(Ordering::Acquire) && !insists) {
            return Ok((current, false));
        }
        let engine = Arc::new(Engine::open(&self.disk).inspect_err(|error| {
            tracing::error!("the store could not be opened again after a failure of the disk: {error}");
            cut.is_last.store(true, Ordering::Release);
        })?);
        match engine.release() {
            Ok(()) => tracing::warn!("the store was opened again after a failure of the disk"),
            Err(error) => tracing::error!("the store can be read and not written: {error}"),
        }
        self.current.store(engine.clone());
        Ok((engine, true))
    }
}
