//! Attacks on the disk that a task may use: more bytes, files, folders and lists than there may be.

use crate::came_through;
use crate::contract::portico::plugin::clock;
use crate::contract::portico::plugin::types::Error;
use crate::wasi::wasi::filesystem::preopens;
use crate::wasi::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, DirectoryEntryStream, ErrorCode, OpenFlags, PathFlags,
};

/// Written at once.
const PIECE: usize = 1 << 20;

pub(crate) fn failed(error: ErrorCode) -> Error {
    Error::Failed(format!("the workspace answers {error:?}"))
}

/// One of the folders that a task has.
pub(crate) fn folder(name: &str) -> Result<Descriptor, Error> {
    let found = preopens::get_directories().into_iter().find(|(_, path)| path == name);
    found.map(|(folder, _)| folder).ok_or_else(|| Error::NotFound(format!("there is no {name}")))
}

pub(crate) fn workspace() -> Result<Descriptor, Error> {
    folder("/workspace")
}

/// Opens a file, which is made where it is not there.
pub(crate) fn file(folder: &Descriptor, path: &str) -> Result<Descriptor, Error> {
    let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
    folder.open_at(PathFlags::empty(), path, OpenFlags::CREATE, flags).map_err(failed)
}

/// Makes a folder, and opens it.
pub(crate) fn made(folder: &Descriptor, name: &str) -> Result<Descriptor, Error> {
    folder.create_directory_at(name).map_err(failed)?;
    folder.open_at(PathFlags::empty(), name, OpenFlags::DIRECTORY, DescriptorFlags::READ).map_err(failed)
}

/// Leaves things as they are, for ever.
fn rest() -> ! {
    loop {
        clock::pause(u32::MAX);
    }
}

/// Writes to a file without end.
fn fill(file: &Descriptor) -> Error {
    let piece = vec![7; PIECE];
    for number in 0.. {
        if let Err(error) = file.write(&piece, number * PIECE as u64) {
            return failed(error);
        }
    }
    came_through("a file without end")
}

pub(crate) fn large_file() -> Result<(), Error> {
    Err(fill(&file(&workspace()?, "large")?))
}

pub(crate) fn small_files() -> Result<(), Error> {
    let workspace = workspace()?;
    for number in 0..1_000_000 {
        let folder = made(&workspace, &format!("folder{number}"))?;
        for number in 0..100 {
            file(&folder, &format!("small{number}"))?.write(b"x", 0).map_err(failed)?;
        }
    }
    Err(came_through("a hundred million files"))
}

pub(crate) fn sparse_files() -> Result<(), Error> {
    file(&workspace()?, "sparse")?.set_size(1 << 40).map_err(failed)?;
    rest()
}

/// Each loses its name in another way, and what is written goes through a handle, or through a stream whose handle is closed.
pub(crate) fn removed_files() -> Result<(), Error> {
    let workspace = workspace()?;
    let mut held = Vec::new();
    let mut streams = Vec::new();
    for number in 0..50 {
        let name = format!("removed{number}");
        let open = file(&workspace, &name)?;
        match number % 3 {
            0 => workspace.unlink_file_at(&name).map_err(failed)?,
            1 => {
                drop(file(&workspace, "another")?);
                workspace.rename_at("another", &workspace, &name).map_err(failed)?;
            }
            _ => {
                let stream = open.append_via_stream().map_err(failed)?;
                drop(open);
                workspace.unlink_file_at(&name).map_err(failed)?;
                for _ in 0..256 {
                    if stream.blocking_write_and_flush(&[7; 4_096]).is_err() {
                        return Err(Error::Failed("a stream cannot be written to any more".to_owned()));
                    }
                }
                streams.push(stream);
                continue;
            }
        }
        open.write(&vec![7; PIECE], 0).map_err(failed)?;
        held.push(open);
    }
    rest()
}

pub(crate) fn write_and_return() -> Result<(), Error> {
    let large = file(&workspace()?, "large")?;
    let piece = vec![7; PIECE];
    for number in 0..8 {
        large.write(&piece, number * PIECE as u64).map_err(failed)?;
    }
    Ok(())
}

pub(crate) fn deep_folders() -> Result<(), Error> {
    let mut folder = workspace()?;
    for _ in 0..10_000_000 {
        folder = made(&folder, "d")?;
    }
    Err(came_through("ten million folders in folders"))
}

pub(crate) fn long_paths() -> Result<(), Error> {
    let mut folder = workspace()?;
    for _ in 0..50 {
        folder = made(&folder, &"n".repeat(200))?;
    }
    rest()
}

pub(crate) fn many_entries() -> Result<(), Error> {
    let workspace = workspace()?;
    for number in 0..10_000_000 {
        file(&workspace, &format!("empty{number}"))?;
    }
    Err(came_through("ten million files"))
}

pub(crate) fn many_files() -> Result<(), Error> {
    let workspace = workspace()?;
    let mut held = Vec::new();
    for number in 0..10_000 {
        held.push(file(&workspace, &format!("open{number}"))?);
    }
    Err(came_through("ten thousand open files"))
}

fn list(folder: &Descriptor) -> Result<DirectoryEntryStream, Error> {
    folder.read_directory().map_err(|error| Error::Failed(format!("{error:?}")))
}

pub(crate) fn many_listings() -> Result<(), Error> {
    let workspace = workspace()?;
    file(&workspace, "one")?;
    let mut held = Vec::new();
    for _ in 0..10_000 {
        match list(&workspace) {
            Ok(listing) => held.push(listing),
            Err(_) => {
                let count = held.len();
                // One that is given back makes room for another.
                held.pop();
                let again = list(&workspace)?.read_directory_entry().map_err(failed)?;
                return Err(Error::Failed(format!("{count} listings and no more, then {}", again.is_some())));
            }
        }
    }
    Err(came_through("ten thousand listings"))
}

pub(crate) fn full_folder() -> Result<(), Error> {
    let folder = made(&workspace()?, "full")?;
    for number in 0..20_001 {
        file(&folder, &format!("f{number}"))?;
    }
    match list(&folder) {
        Ok(_) => Err(came_through("a listing of twenty thousand files")),
        Err(_) => {
            folder.unlink_file_at("f0").map_err(failed)?;
            list(&folder).map(drop)?;
            Err(Error::Failed("a full folder is not listed".to_owned()))
        }
    }
}

pub(crate) fn sync_without_end() -> Result<(), Error> {
    let file = file(&workspace()?, "synced")?;
    loop {
        file.sync().map_err(failed)?;
        file.sync_data().map_err(failed)?;
    }
}
