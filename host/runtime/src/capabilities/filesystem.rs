//! `wasi:filesystem`, where WASI's own way would let a guest take more of the host than its limits say.
//!
//! Rule: a folder is listed as a whole, so that listings are bounded; and nobody has the host wait for the disk, as what is kept of a
//! workspace is kept when a step is done.

use cap_std::fs::Dir;
use portico_api_types::LogLevel;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::filesystem::types::{DirectoryEntryStream, ErrorCode, Host as _, HostDescriptor as _};

use crate::guest::Guest;

/// As the engine's WASI calls it.
const INTERFACE: &str = "wasi:filesystem/types@0.2.12";

/// Listings of folders that a call may have open: walking through a tree holds one for each folder on the way, and few are deeper.
const LISTINGS: usize = 16;

/// Entries of a folder that is listed: ten times what the fullest folders of repositories have.
const LISTED: usize = 20_000;

/// Puts these in the place of WASI's own.
pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut types = linker.instance(INTERFACE)?;
    types.func_wrap_async("[method]descriptor.read-directory", |mut store, (folder,): (Resource<Descriptor>,)| {
        Box::new(async move { Ok((list(store.data_mut(), folder).await?,)) })
    })?;
    for name in ["[method]descriptor.sync", "[method]descriptor.sync-data"] {
        types.func_wrap(name, |_, (_,): (Resource<Descriptor>,)| Ok((Ok::<(), ErrorCode>(()),)))?;
    }
    linker.allow_shadowing(false);
    Ok(())
}

async fn list(
    guest: &mut Guest,
    folder: Resource<Descriptor>,
) -> wasmtime::Result<Result<Resource<DirectoryEntryStream>, ErrorCode>> {
    let open = guest.table.iter_mut().filter(|entry| entry.is::<DirectoryEntryStream>()).count();
    let refused = match guest.table.get(&folder)? {
        _ if open >= LISTINGS => Some(format!("{LISTINGS} listings of folders are open, the most at once")),
        Descriptor::Dir(folder) if is_too_full(&folder.dir)? => {
            Some(format!("A folder with more than {LISTED} entries is not listed"))
        }
        _ => None,
    };
    if let Some(refused) = refused {
        guest.call.live.once(LogLevel::Warn, &format!("{refused}."));
        return Ok(Err(ErrorCode::InsufficientMemory));
    }
    let mut files = guest.filesystem();
    match files.read_directory(folder).await {
        Ok(listing) => Ok(Ok(listing)),
        Err(error) => Ok(Err(files.convert_error_code(error)?)),
    }
}

fn is_too_full(folder: &std::fs::File) -> std::io::Result<bool> {
    let entries = Dir::from_std_file(folder.try_clone()?).entries()?;
    Ok(entries.take(LISTED + 1).count() > LISTED)
}
