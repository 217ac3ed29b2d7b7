//! libgit2's settings, which hold for the whole process and are made once, before its first use.
//!
//! Rule: libgit2 reads no configuration of this machine or its users, opens no connection, and keeps little in memory.

#![expect(
    unsafe_code,
    reason = "libgit2's global settings are not synchronised; here they are made once, before any other use"
)]

use std::sync::OnceLock;

use git2::{ConfigLevel, ObjectType, opts, transport as git_transport};

use super::error::{RepositoryError, reason};
use super::transport;

/// Objects that many files share are few; a large cache only holds what is never asked for again.
const CACHE: isize = 16 * 1024 * 1024;

/// A folder of some 25,000 files.
const LARGEST_CACHED_FOLDER: usize = 1024 * 1024;

/// Makes the settings, the first time; after that, says how it went.
pub(super) fn prepare() -> Result<(), RepositoryError> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    DONE.get_or_init(|| settings().map_err(|error| reason(&error)))
        .clone()
        .map_err(|reason| RepositoryError::Failed(format!("the Git library could not be set up: {reason}")))
}

fn settings() -> Result<(), git2::Error> {
    // SAFETY: the only caller runs this once, and every use of libgit2 in this crate comes after it.
    unsafe {
        // `url.….insteadOf` of somebody's configuration would lead past the grants.
        for level in [ConfigLevel::ProgramData, ConfigLevel::System, ConfigLevel::XDG, ConfigLevel::Global] {
            opts::set_search_path(level, "")?;
        }
        // Who owns a granted repository's files is no matter: nothing of it is ever executed or checked out.
        opts::set_verify_owner_validation(false)?;
        // Git does not hash again what it reads from its own disk either; what comes over the network is hashed when it is received.
        opts::strict_hash_verification(false);
        opts::set_cache_max_size(CACHE)?;
        // A folder is looked at for each file that is read below it; the usual limit, 4 kB, is a folder of a hundred files.
        opts::set_cache_object_limit(ObjectType::Tree, LARGEST_CACHED_FOLDER)?;
        // A descriptor is read once; keeping file contents serves nobody.
        opts::set_cache_object_limit(ObjectType::Blob, 0)?;
        git_transport::register("https", transport::open)?;
        git_transport::register("http", transport::open)?;
    }
    Ok(())
}
