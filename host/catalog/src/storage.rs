//! The seam between the engine and the disk: every byte of the store passes here.
//!
//! Rule: while a file is opened nothing reaches it until everything that may refuse it has looked at it; and after the first failure
//! of the disk the engine behind the seam is cut off for good, so that another one may take over the same file. Not a cache: what is held back
//! is what the engine writes while it opens.

use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use redb::{BackendError, StorageBackend};

/// How the engine's files begin.
const MAGIC: [u8; 9] = *b"redb\x1a\x0a\xa9\x0d\x0a";

/// How a new file begins until all of it is there. One byte makes it a store, so it is never half of one.
const UNMADE: [u8; 9] = *b"\0edb\x1a\x0a\xa9\x0d\x0a";

/// What holds the bytes. It outlives the engines that are opened over it one after the other, and is locked once for all of them.
#[derive(Debug)]
pub(crate) struct Disk {
    backend: Box<dyn StorageBackend>,
    locked: AtomicBool,
}

impl Disk {
    pub(crate) fn new(backend: impl StorageBackend) -> Arc<Disk> {
        Arc::new(Disk { backend: Box::new(backend), locked: AtomicBool::new(false) })
    }

    /// Says that an engine has locked it, and that the lock is to stay.
    pub(crate) fn keep_locked(&self) {
        self.locked.store(true, Ordering::Release);
    }

    fn is_locked(&self) -> bool {
        self.locked.load(Ordering::Acquire)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Nobody is left to hear of a failure, and the lock goes with the handle.
        let _ = self.backend.close();
    }
}

/// One engine's way to the disk.
#[derive(Clone, Debug)]
pub(crate) struct Seam(Arc<Way>);

#[derive(Debug)]
struct Way {
    disk: Arc<Disk>,
    /// What is held back; none once everything goes through. An operation on the disk keeps this locked for reading.
    held: RwLock<Option<Held>>,
    failure: OnceLock<Failure>,
}

/// What the engine wrote while writes are held back, in order.
#[derive(Debug)]
struct Held {
    /// The disk's length when the holding began.
    begun: u64,
    length: u64,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Write(u64, Vec<u8>),
    Length(u64),
    Sync,
}

/// The first failure, told again to whoever comes later.
#[derive(Debug)]
struct Failure {
    kind: io::ErrorKind,
    code: Option<i32>,
    text: String,
}

impl Failure {
    fn of(error: &io::Error) -> Failure {
        Failure { kind: error.kind(), code: error.raw_os_error(), text: error.to_string() }
    }

    fn again(&self) -> io::Error {
        self.code.map_or_else(|| io::Error::new(self.kind, self.text.clone()), io::Error::from_raw_os_error)
    }
}

impl Seam {
    /// A way to the disk that holds writes back until [`Seam::release`].
    pub(crate) fn held(disk: &Arc<Disk>) -> io::Result<Seam> {
        let length = if is_unmade(&*disk.backend)? { 0 } else { disk.backend.len()? };
        let held = Held { begun: length, length, steps: Vec::new() };
        let (held, failure) = (RwLock::new(Some(held)), OnceLock::new());
        Ok(Seam(Arc::new(Way { disk: disk.clone(), held, failure })))
    }

    /// Lets what was held back reach the disk, in its order, and everything after it. Where the disk refuses, all of it stays held
    /// back and can be tried again; what reached the disk by then is what a crash would have left there, which the engine survives.
    pub(crate) fn release(&self) -> io::Result<()> {
        let mut held = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(steps) = &*held {
            steps.apply(&*self.0.disk.backend)?;
        }
        *held = None;
        Ok(())
    }

    /// Whether a failure has cut this way off. If so, no operation is going on by it any more.
    pub(crate) fn is_cut(&self) -> bool {
        self.0.failure.get().is_some() && {
            drop(self.0.held.write().unwrap_or_else(PoisonError::into_inner));
            true
        }
    }

    /// Does one of two things, depending on whether writes are held back. The first failure of the disk is the last.
    fn act<T>(
        &self,
        held: impl FnOnce(&mut Held) -> io::Result<T>,
        mut open: impl FnMut(&dyn StorageBackend) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut through = || {
            if let Some(failure) = self.0.failure.get() {
                return Err(failure.again());
            }
            open(&*self.0.disk.backend).inspect_err(|error| drop(self.0.failure.set(Failure::of(error))))
        };
        {
            let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
            if held.is_none() {
                return through();
            }
        }
        match &mut *self.0.held.write().unwrap_or_else(PoisonError::into_inner) {
            Some(steps) => held(steps),
            None => through(),
        }
    }
}

impl Held {
    /// Does what was held back.
    fn apply(&self, disk: &dyn StorageBackend) -> io::Result<()> {
        if self.begun == 0 {
            return self.make(disk);
        }
        for step in &self.steps {
            match step {
                Step::Write(offset, data) => disk.write(*offset, data)?,
                Step::Length(length) => disk.set_len(*length)?,
                Step::Sync => disk.sync_data()?,
            }
        }
        Ok(())
    }

    /// Makes a new file, which is no store before its last byte.
    fn make(&self, disk: &dyn StorageBackend) -> io::Result<()> {
        let mut image = vec![0; within(0, self.length, usize::MAX)];
        self.read(disk, 0, &mut image)?;
        disk.set_len(UNMADE.len() as u64)?;
        disk.write(0, &UNMADE)?;
        disk.sync_data()?;
        if image.len() > UNMADE.len() {
            disk.set_len(self.length)?;
            disk.write(UNMADE.len() as u64, &image[UNMADE.len()..])?;
            disk.sync_data()?;
        }
        disk.write(0, &MAGIC[..1])?;
        disk.sync_data()
    }

    /// What the disk would have if it had taken everything.
    fn read(&self, disk: &dyn StorageBackend, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let end = offset + out.len() as u64;
        if end > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let (there, beyond) = out.split_at_mut(within(offset, self.begun, out.len()));
        disk.read(offset, there)?;
        beyond.fill(0);
        for step in &self.steps {
            match step {
                Step::Write(at, data) => {
                    let (first, last) = (offset.max(*at), end.min(at + data.len() as u64));
                    if first < last {
                        let length = within(first, last, out.len());
                        let (to, from) = (within(offset, first, out.len()), within(*at, first, data.len()));
                        out[to..to + length].copy_from_slice(&data[from..from + length]);
                    }
                }
                Step::Length(length) => {
                    let kept = within(offset, *length, out.len());
                    out[kept..].fill(0);
                }
                Step::Sync => {}
            }
        }
        Ok(())
    }
}

/// Whether a disk holds nothing, or the beginnings of a store that was never finished.
fn is_unmade(disk: &dyn StorageBackend) -> io::Result<bool> {
    let length = disk.len()?;
    let mut begin = [0; UNMADE.len()];
    let begin = &mut begin[..within(0, length, UNMADE.len())];
    disk.read(0, begin)?;
    // Of the first nine bytes any may be missing; there is more only after all of them were there.
    let is_begun = length <= UNMADE.len() as u64 && begin.iter().zip(UNMADE).all(|(is, was)| [0, was].contains(is));
    Ok(is_begun || *begin == UNMADE)
}

/// The distance between two places, at most `limit`; none where the second lies before the first.
fn within(from: u64, to: u64, limit: usize) -> usize {
    usize::try_from(to.saturating_sub(from)).map_or(limit, |distance| distance.min(limit))
}

impl StorageBackend for Seam {
    fn len(&self) -> io::Result<u64> {
        self.act(|held| Ok(held.length), |disk| disk.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let out = std::cell::RefCell::new(out);
        self.act(
            |held| held.read(&*self.0.disk.backend, offset, &mut out.borrow_mut()),
            |disk| disk.read(offset, &mut out.borrow_mut()),
        )
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.act(
            |held| {
                held.length = length;
                held.steps.push(Step::Length(length));
                Ok(())
            },
            |disk| disk.set_len(length),
        )
    }

    fn sync_data(&self) -> io::Result<()> {
        self.act(
            |held| {
                held.steps.push(Step::Sync);
                Ok(())
            },
            |disk| disk.sync_data(),
        )
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.act(
            |held| {
                held.length = held.length.max(offset + data.len() as u64);
                held.steps.push(Step::Write(offset, data.to_vec()));
                Ok(())
            },
            |disk| disk.write(offset, data),
        )
    }

    // The lock is the disk's, and is kept from one engine to the next; `close` is left to `Disk` for the same reason.

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        if self.0.disk.is_locked() { Ok(true) } else { self.0.disk.backend.try_lock_range(start, end) }
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        if self.0.disk.is_locked() { Ok(()) } else { self.0.disk.backend.unlock_range(start, end) }
    }
}

#[cfg(test)]
mod tests {
    use redb::backends::InMemoryBackend;

    use super::*;

    #[test]
    fn what_is_held_back_is_read_as_if_it_were_there_and_reaches_the_disk_when_it_is_let_go() {
        let disk = Disk::new(InMemoryBackend::new());
        disk.backend.set_len(8).unwrap();
        disk.backend.write(0, b"abcdefgh").unwrap();
        let seam = Seam::held(&disk).unwrap();
        let read = |from: &dyn StorageBackend, offset: u64, length: usize| {
            let mut out = vec![b'?'; length];
            from.read(offset, &mut out).map(|()| String::from_utf8(out).unwrap())
        };
        seam.write(2, b"CDE").unwrap();
        seam.set_len(4).unwrap();
        seam.set_len(12).unwrap();
        seam.write(9, b"jk").unwrap();
        assert_eq!(read(&seam, 0, 12).unwrap(), "abCD\0\0\0\0\0jk\0");
        assert_eq!(read(&seam, 3, 7).unwrap(), "D\0\0\0\0\0j");
        assert_eq!(read(&seam, 8, 5).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(read(&*disk.backend, 0, 8).unwrap(), "abcdefgh");
        seam.release().unwrap();
        assert_eq!(read(&*disk.backend, 0, 12).unwrap(), "abCD\0\0\0\0\0jk\0");
        seam.write(0, b"X").unwrap();
        assert_eq!(read(&*disk.backend, 0, 2).unwrap(), "Xb");
    }

    #[test]
    fn a_file_is_new_as_long_as_it_is_not_finished_and_something_else_is_not_new() {
        let unmade = |bytes: &[u8]| {
            let disk = InMemoryBackend::new();
            disk.set_len(bytes.len() as u64).unwrap();
            disk.write(0, bytes).unwrap();
            is_unmade(&disk).unwrap()
        };
        assert!(unmade(b"") && unmade(b"\0e") && unmade(&UNMADE) && unmade(&[0; 9]));
        assert!(unmade(b"\0edb\x1a\x0a\xa9\x0d\x0a and more"));
        assert!(!unmade(&MAGIC) && !unmade(b"r") && !unmade(&[0; 4096]));
    }

    #[test]
    fn nothing_passes_after_a_failure_and_the_failure_is_told_again() {
        let disk = Disk::new(InMemoryBackend::new());
        disk.backend.set_len(4).unwrap();
        disk.backend.write(0, b"four").unwrap();
        let seam = Seam::held(&disk).unwrap();
        seam.release().unwrap();
        assert!(!seam.is_cut());
        let first = seam.write(2, b"too long").unwrap_err();
        assert!(seam.is_cut());
        let second = seam.write(0, b"good").unwrap_err();
        assert_eq!((first.kind(), first.to_string()), (second.kind(), second.to_string()));
    }
}
