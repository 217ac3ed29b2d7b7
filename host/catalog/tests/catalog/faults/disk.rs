//! A disk in memory that fails where it is told to.
//!
//! Rule: it keeps apart what was written and what was synced, so that a loss of power can be played: of what was not synced, any part may be
//! there and any part may be gone.

use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;

/// What goes wrong, and when: operations that change the disk are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// This operation fails, and the next ones do not.
    Once(u64, ErrorKind),
    /// This operation fails, and every one after it.
    From(u64, ErrorKind),
    /// Of this write, half reaches the disk; then nothing does.
    Torn(u64),
    /// Syncs fail from this operation on; writes go on.
    Sync(u64),
}

#[derive(Debug, Default)]
struct Inner {
    written: Vec<u8>,
    synced: Vec<u8>,
    /// Writes since the last sync: place and length.
    loose: Vec<(usize, usize)>,
    operations: u64,
    fault: Option<Fault>,
    /// Whether the fault has happened.
    hit: bool,
}

/// The disk. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk(Arc<Mutex<Inner>>);

impl Disk {
    /// A disk with these bytes.
    pub(crate) fn with(bytes: Vec<u8>) -> Disk {
        let inner = Inner { written: bytes.clone(), synced: bytes, ..Inner::default() };
        Disk(Arc::new(Mutex::new(inner)))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// From now on, with operations counted anew.
    pub(crate) fn fails(&self, fault: Option<Fault>) {
        let mut inner = self.inner();
        (inner.fault, inner.operations, inner.hit) = (fault, 0, false);
    }

    /// Whether the fault has happened.
    pub(crate) fn was_hit(&self) -> bool {
        self.inner().hit
    }

    /// What a process finds that opens the file after this one was killed: everything that was written.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.inner().written.clone()
    }

    /// What a machine finds after a loss of power: what was synced, and of the writes since then those that `keeps` says.
    pub(crate) fn after_power_loss(&self, mut keeps: impl FnMut(usize) -> bool) -> Vec<u8> {
        let inner = self.inner();
        let mut bytes = inner.synced.clone();
        for (number, (start, length)) in inner.loose.iter().enumerate() {
            let end = start + length;
            if keeps(number) && end <= inner.written.len() {
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*start..end].copy_from_slice(&inner.written[*start..end]);
            }
        }
        bytes
    }
}

impl Inner {
    /// Counts an operation; what it is to do instead of what it should.
    fn next(&mut self, is_sync: bool) -> Option<Fault> {
        let number = self.operations;
        self.operations += 1;
        let fault = self.fault?;
        let happens = match fault {
            Fault::Once(at, _) => number == at,
            Fault::From(at, _) | Fault::Torn(at) => number >= at,
            Fault::Sync(at) => is_sync && number >= at,
        };
        self.hit |= happens;
        happens.then_some(fault)
    }
}

fn error(fault: Fault) -> io::Error {
    match fault {
        Fault::Once(_, kind) | Fault::From(_, kind) => kind.into(),
        Fault::Torn(_) | Fault::Sync(_) => io::Error::other("the device answers with an error"),
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.inner().written.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let (inner, start) = (self.inner(), offset as usize);
        let found = inner.written.get(start..start + out.len()).ok_or(ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(found);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut inner = self.inner();
        match inner.next(false) {
            Some(fault) => Err(error(fault)),
            None => {
                inner.written.resize(length as usize, 0);
                Ok(())
            }
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut inner = self.inner();
        match inner.next(true) {
            Some(fault) => Err(error(fault)),
            None => {
                inner.synced = inner.written.clone();
                inner.loose.clear();
                Ok(())
            }
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let (mut inner, start) = (self.inner(), offset as usize);
        let fault = inner.next(false);
        let reaches = match fault {
            None => data.len(),
            // The rest of a torn write is lost, whole sectors or not.
            Some(Fault::Torn(at)) if inner.operations == at + 1 => data.len() / 2,
            Some(_) => 0,
        };
        let end = start + reaches;
        if inner.written.len() < end {
            inner.written.resize(end, 0);
        }
        inner.written[start..end].copy_from_slice(&data[..reaches]);
        inner.loose.push((start, reaches));
        fault.map_or(Ok(()), |fault| Err(error(fault)))
    }
}
