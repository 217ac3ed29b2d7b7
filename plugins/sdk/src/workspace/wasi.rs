//! The folders that the host opens for an action, through WASI's own interfaces.
//!
//! Rule: each operation is one call or two, from the folder's own handle. Nothing is written through a link.

use std::cell::OnceCell;

use wasip2::filesystem::preopens;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags};

use super::{Kind, Trouble};

/// What the host reads at once.
const PIECE: u64 = 64 << 10;

thread_local! {
    /// A call has its own memory, so that these are this call's.
    static FOLDERS: OnceCell<Vec<(Descriptor, String)>> = const { OnceCell::new() };
}

/// A folder that the host has opened.
pub(crate) struct Root(usize);

impl Root {
    /// The folder of a name, such as `/workspace`.
    pub(crate) fn open(name: &str) -> Option<Root> {
        let place = |folders: &Vec<(Descriptor, String)>| folders.iter().position(|(_, known)| known == name);
        FOLDERS.with(|folders| place(folders.get_or_init(preopens::get_directories))).map(Root)
    }

    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>, Trouble> {
        let file =
            self.at(|root| root.open_at(PathFlags::SYMLINK_FOLLOW, path, OpenFlags::empty(), DescriptorFlags::READ))?;
        let mut all = Vec::new();
        loop {
            let (bytes, is_end) = file.read(PIECE, all.len() as u64).map_err(|error| match error {
                // A folder was opened, which is read otherwise.
                ErrorCode::BadDescriptor => Trouble::IsFolder,
                error => trouble(error),
            })?;
            if is_end || bytes.is_empty() {
                return Ok(all);
            }
            if all.is_empty() {
                all = bytes;
            } else {
                all.extend_from_slice(&bytes);
            }
        }
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Trouble> {
        let opens = OpenFlags::CREATE | OpenFlags::TRUNCATE;
        let file = self.at(|root| root.open_at(PathFlags::empty(), path, opens, DescriptorFlags::WRITE))?;
        let mut written = 0;
        while written < bytes.len() {
            let more = file.write(&bytes[written..], written as u64).map_err(trouble)?;
            if more == 0 {
                return Err(Trouble::Full);
            }
            written += usize::try_from(more).unwrap_or(usize::MAX);
        }
        Ok(())
    }

    pub(crate) fn names(&self, path: &str) -> Result<Vec<(String, Kind)>, Trouble> {
        let place = if path.is_empty() { "." } else { path };
        let folder =
            self.at(|root| root.open_at(PathFlags::empty(), place, OpenFlags::DIRECTORY, DescriptorFlags::READ))?;
        let entries = folder.read_directory().map_err(trouble)?;
        let mut names = Vec::new();
        while let Some(entry) = entries.read_directory_entry().map_err(trouble)? {
            names.extend(kind(entry.type_).map(|kind| (entry.name, kind)));
        }
        Ok(names)
    }

    pub(crate) fn stat(&self, path: &str) -> Result<(Kind, u64), Trouble> {
        let place = if path.is_empty() { "." } else { path };
        let stat = self.at(|root| root.stat_at(PathFlags::empty(), place))?;
        let kind = kind(stat.type_).ok_or_else(|| Trouble::Other("it is no file".to_owned()))?;
        Ok((kind, stat.size))
    }

    pub(crate) fn make_folder(&self, path: &str) -> Result<(), Trouble> {
        self.at(|root| root.create_directory_at(path))
    }

    pub(crate) fn remove_file(&self, path: &str) -> Result<(), Trouble> {
        self.at(|root| root.unlink_file_at(path))
    }

    pub(crate) fn remove_folder(&self, path: &str) -> Result<(), Trouble> {
        self.at(|root| root.remove_directory_at(path))
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), Trouble> {
        self.at(|root| root.rename_at(from, root, to))
    }

    /// Where a link leads.
    pub(crate) fn leads(&self, path: &str) -> Result<String, Trouble> {
        self.at(|root| root.readlink_at(path))
    }

    pub(crate) fn link(&self, leads: &str, path: &str) -> Result<(), Trouble> {
        self.at(|root| root.symlink_at(leads, path))
    }

    fn at<T>(&self, ask: impl FnOnce(&Descriptor) -> Result<T, ErrorCode>) -> Result<T, Trouble> {
        FOLDERS.with(|folders| match folders.get().and_then(|folders| folders.get(self.0)) {
            Some((root, _)) => ask(root).map_err(trouble),
            None => Err(Trouble::Missing),
        })
    }
}

fn kind(kind: DescriptorType) -> Option<Kind> {
    match kind {
        DescriptorType::RegularFile => Some(Kind::File),
        DescriptorType::Directory => Some(Kind::Folder),
        DescriptorType::SymbolicLink => Some(Kind::Link),
        _ => None,
    }
}

fn trouble(error: ErrorCode) -> Trouble {
    match error {
        ErrorCode::NoEntry => Trouble::Missing,
        ErrorCode::Exist => Trouble::Exists,
        ErrorCode::Loop => Trouble::Link,
        ErrorCode::NotDirectory => Trouble::NoFolder,
        ErrorCode::IsDirectory => Trouble::IsFolder,
        ErrorCode::NotEmpty => Trouble::NotEmpty,
        ErrorCode::NotPermitted | ErrorCode::Access | ErrorCode::ReadOnly => Trouble::NotPermitted,
        ErrorCode::InsufficientSpace | ErrorCode::Quota => Trouble::Full,
        other => Trouble::Other(other.message().to_owned()),
    }
}
