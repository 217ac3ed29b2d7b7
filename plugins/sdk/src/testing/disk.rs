//! The folders of an action in tests: folders of this machine in a temporary place, which nothing leads out of.

use std::io::{self, Read as _, Write as _};
use std::rc::Rc;

use cap_std::fs::{Dir, FileType, OpenOptions};

use crate::testing::current;
use crate::workspace::{Kind, Trouble};

/// A folder that the portal in memory has opened.
pub(crate) struct Root(Rc<Dir>);

impl Root {
    pub(crate) fn open(name: &str) -> Option<Root> {
        let world = current()?;
        let mut world = world.borrow_mut();
        let folder = match name {
            "/workspace" => Some(world.workspace().dir.clone()),
            "/template" => world.template.as_ref().map(|folder| folder.dir.clone()),
            _ => None,
        };
        folder.map(Root)
    }

    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>, Trouble> {
        let mut bytes = Vec::new();
        let mut file = self.0.open(path).map_err(trouble)?;
        file.read_to_end(&mut bytes).map_err(trouble)?;
        Ok(bytes)
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Trouble> {
        if matches!(self.stat(path), Ok((Kind::Link, _))) {
            return Err(Trouble::Link);
        }
        let mut options = OpenOptions::new();
        let mut file = self.0.open_with(path, options.write(true).create(true).truncate(true)).map_err(trouble)?;
        file.write_all(bytes).map_err(trouble)
    }

    pub(crate) fn names(&self, path: &str) -> Result<Vec<(String, Kind)>, Trouble> {
        if matches!(self.stat(path), Ok((Kind::Link, _))) {
            return Err(Trouble::Link);
        }
        let place = if path.is_empty() { "." } else { path };
        let mut names = Vec::new();
        for entry in self.0.read_dir(place).map_err(trouble)? {
            let entry = entry.map_err(trouble)?;
            let name = entry.file_name().into_string();
            let name = name.map_err(|_| Trouble::Other("a name in it is no UTF-8".to_owned()))?;
            names.extend(kind(entry.file_type().map_err(trouble)?).map(|kind| (name, kind)));
        }
        Ok(names)
    }

    pub(crate) fn stat(&self, path: &str) -> Result<(Kind, u64), Trouble> {
        let metadata = self.0.symlink_metadata(if path.is_empty() { "." } else { path }).map_err(trouble)?;
        let kind = kind(metadata.file_type()).ok_or_else(|| Trouble::Other("it is no file".to_owned()))?;
        Ok((kind, metadata.len()))
    }

    pub(crate) fn make_folder(&self, path: &str) -> Result<(), Trouble> {
        self.0.create_dir(path).map_err(trouble)
    }

    pub(crate) fn remove_file(&self, path: &str) -> Result<(), Trouble> {
        self.0.remove_file(path).map_err(trouble)
    }

    pub(crate) fn remove_folder(&self, path: &str) -> Result<(), Trouble> {
        self.0.remove_dir(path).map_err(trouble)
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), Trouble> {
        self.0.rename(from, &self.0, to).map_err(trouble)
    }

    pub(crate) fn leads(&self, path: &str) -> Result<String, Trouble> {
        let leads = self.0.read_link(path).map_err(trouble)?;
        leads.into_os_string().into_string().map_err(|_| Trouble::Other("it leads to no UTF-8".to_owned()))
    }

    pub(crate) fn link(&self, leads: &str, path: &str) -> Result<(), Trouble> {
        self.0.symlink(leads, path).map_err(trouble)
    }
}

fn kind(kind: FileType) -> Option<Kind> {
    match () {
        () if kind.is_symlink() => Some(Kind::Link),
        () if kind.is_dir() => Some(Kind::Folder),
        () if kind.is_file() => Some(Kind::File),
        () => None,
    }
}

fn trouble(error: io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::NotFound => Trouble::Missing,
        io::ErrorKind::AlreadyExists => Trouble::Exists,
        io::ErrorKind::NotADirectory => Trouble::NoFolder,
        io::ErrorKind::IsADirectory => Trouble::IsFolder,
        io::ErrorKind::DirectoryNotEmpty => Trouble::NotEmpty,
        io::ErrorKind::PermissionDenied => Trouble::NotPermitted,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Trouble::Full,
        _ => Trouble::Other(error.to_string()),
    }
}
