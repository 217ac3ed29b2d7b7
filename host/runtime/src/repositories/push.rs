//! One commit of a workspace's files, pushed with the host's credentials.
//!
//! The commit is made in a repository of its own, which is gone when the push is done: what the remote has of the branch that it follows is
//! fetched into it, without history.
//!
//! Rule: what is pushed is what stands in the folder, read from its handle, link by link unfollowed, and not ignored by its `.gitignore`; only what was granted as `push` is written to;
//! a repository of this machine is made where there is none.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use cap_std::fs::Dir;
use git2::{
    FetchOptions, Index, IndexEntry, IndexTime, Oid, PushOptions, RemoteCallbacks, RemoteRedirect, Repository,
    RepositoryInitOptions, Signature,
};
use portico_manifest::RepositoryAddress;

use super::Repositories;
use super::access::Access;
use super::advertisement::{Advertisement, Chosen};
use super::copy::stays;
use super::error::{RepositoryError, reason};
use super::ignored::{self, Ignored};
use super::library;
use super::operation::Operation;
use super::reference::Wanted;
use super::smart;
use crate::workspace::{Found, Kind, Walk, walk};

/// The largest file that is committed; most servers refuse larger ones.
const LARGEST_FILE: u64 = 100 << 20;

/// Where the commit is kept until it is pushed.
const MADE: &str = "refs/portico/made";

/// Git's modes.
const FILE: u32 = 0o100_644;
const EXECUTABLE: u32 = 0o100_755;
const LINK: u32 = 0o120_000;

/// What is pushed.
#[derive(Debug)]
pub(crate) struct Push {
    pub(crate) repository: String,
    pub(crate) branch: String,
    /// The branch whose newest commit it follows.
    pub(crate) onto: Option<String>,
    /// The folder of which the files are committed, and where in the repository they go.
    pub(crate) files: Dir,
    pub(crate) folder: String,
    pub(crate) path: String,
    /// Whether what else is there goes.
    pub(crate) replaces: bool,
    pub(crate) removed: Vec<String>,
    pub(crate) message: String,
    pub(crate) author: (String, String),
    pub(crate) force: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pushed {
    pub(crate) commit: String,
    pub(crate) changed: bool,
}

impl Repositories {
    /// Makes one commit of files, and pushes it.
    pub(crate) async fn push(&self, access: &Access, push: Push) -> Result<Pushed, RepositoryError> {
        library::prepare()?;
        let address: RepositoryAddress = push.repository.parse().map_err(RepositoryError::Invalid)?;
        access.rights.push(&address)?;
        if !git2::Reference::is_valid_name(&branch(&push.branch)) {
            let said = format!("`{}` is no name of a branch; use letters, digits, `-`, `_` and `/`", push.branch);
            return Err(RepositoryError::Invalid(said));
        }
        let base = match &push.onto {
            None => None,
            Some(_) if address.is_local() => None,
            Some(onto) => {
                let advertised = smart::list(access, &address).await?;
                let wanted = Wanted::parse(Some(&branch(onto)))?;
                let chosen = Advertisement::parse(&advertised, address.as_str())?.choose(&wanted, address.as_str())?;
                Some((advertised, chosen))
            }
        };
        let (advertised, chosen) = base.unzip();
        let folder = self.cache.scratch().map_err(|error| {
            RepositoryError::Failed(format!("no folder could be made to put a commit together: {error}"))
        })?;
        let work = move |operation: &Arc<Operation>| {
            if operation.address.is_local() {
                local(operation, &push)
            } else {
                remote(operation, folder.path(), &push, chosen)
            }
        };
        Operation::run(access, &address, advertised.unwrap_or_default(), work).await
    }
}

fn branch(name: &str) -> String {
    format!("refs/heads/{name}")
}

/// Into a repository of this machine, which is made if it is not there.
fn local(operation: &Arc<Operation>, push: &Push) -> Result<Pushed, RepositoryError> {
    let path = real(operation)?;
    let path = path.as_path();
    let mut options = RepositoryInitOptions::new();
    options.bare(true).no_reinit(false).mkpath(true).external_template(false).initial_head(&push.branch);
    let repository = operation.git("opened or made", || Repository::init_opts(path, &options))?;
    let tip = |name: &str| repository.find_reference(&branch(name)).and_then(|found| found.peel_to_commit()).ok();
    let base =
        match &push.onto {
            None => None,
            Some(onto) => Some(tip(onto).ok_or_else(|| {
                RepositoryError::NotFound(format!("there is no branch {onto} in {}", operation.address))
            })?),
        };
    let there = tip(&push.branch);
    let follows = base.as_ref().map(|base| base.id());
    if !push.force && there.as_ref().is_some_and(|there| Some(there.id()) != follows) {
        return Err(elsewhere(operation, push));
    }
    let made = make(operation, &repository, push, follows)?;
    let name = branch(&push.branch);
    operation.git("written to", || repository.reference(&name, made.0, true, "push").map(drop))?;
    Ok(Pushed { commit: made.0.to_string(), changed: made.1 })
}

/// The path without links, as far as it is there; it has to be granted like the one that was written.
fn real(operation: &Operation) -> Result<PathBuf, RepositoryError> {
    let failed =
        |error: io::Error| RepositoryError::Failed(format!("{} could not be opened: {error}", operation.address));
    let path = Path::new(operation.address.as_str());
    let there = path.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(Path::new("/"));
    let rest = path.strip_prefix(there).unwrap_or(Path::new(""));
    let real = there.canonicalize().map_err(failed)?.join(rest);
    let address: RepositoryAddress = real.to_string_lossy().parse().map_err(RepositoryError::Invalid)?;
    operation.access.rights.push(&address)?;
    Ok(real)
}

/// Over the network.
fn remote(
    operation: &Arc<Operation>,
    folder: &Path,
    push: &Push,
    chosen: Option<Chosen>,
) -> Result<Pushed, RepositoryError> {
    let mut options = RepositoryInitOptions::new();
    options.bare(true).external_template(false);
    let repository = operation.git("pushed to", || Repository::init_opts(folder, &options))?;
    let follows = match &chosen {
        None => None,
        Some(chosen) => {
            fetch(operation, &repository, chosen)?;
            Some(chosen.commit)
        }
    };
    let (commit, changed) = make(operation, &repository, push, follows)?;
    if changed || push.onto.as_ref() != Some(&push.branch) {
        operation.git("pushed to", || repository.reference(MADE, commit, true, "").map(drop))?;
        send(operation, &repository, push)?;
    }
    Ok(Pushed { commit: commit.to_string(), changed })
}

fn fetch(operation: &Arc<Operation>, repository: &Repository, chosen: &Chosen) -> Result<(), RepositoryError> {
    operation.git("fetched", || {
        let mut remote = repository.remote_anonymous(operation.address.as_str())?;
        let mut callbacks = RemoteCallbacks::new();
        callbacks.transfer_progress(|_| operation.goes_on());
        let mut options = FetchOptions::new();
        options
            .depth(1)
            .download_tags(git2::AutotagOption::None)
            .update_fetchhead(false)
            .follow_redirects(RemoteRedirect::None)
            .remote_callbacks(callbacks);
        remote.download(&[format!("+{}:refs/portico/base", chosen.ask_for)], Some(&mut options))?;
        repository.reference("refs/portico/base", chosen.commit, true, "").map(drop)
    })
}

fn send(operation: &Arc<Operation>, repository: &Repository, push: &Push) -> Result<(), RepositoryError> {
    let refused: Mutex<Option<String>> = Mutex::default();
    let sent = operation.git("pushed to", || {
        let mut remote = repository.remote_anonymous(operation.address.as_str())?;
        let mut callbacks = RemoteCallbacks::new();
        callbacks.push_update_reference(|_, status| {
            *refused.lock().unwrap_or_else(PoisonError::into_inner) = status.map(str::to_owned);
            Ok(())
        });
        let mut options = PushOptions::new();
        // One thread: packing is a moment's work, and others are at work as well.
        options.packbuilder_parallelism(1).follow_redirects(RemoteRedirect::None).remote_callbacks(callbacks);
        let force = if push.force { "+" } else { "" };
        let sent = remote.push(&[format!("{force}{MADE}:{}", branch(&push.branch))], Some(&mut options));
        match sent {
            Err(error) if error.code() == git2::ErrorCode::NotFastForward => Ok(false),
            sent => sent.map(|()| true),
        }
    })?;
    if !sent {
        return Err(elsewhere(operation, push));
    }
    match refused.into_inner().unwrap_or_else(PoisonError::into_inner) {
        None => Ok(()),
        Some(why) if why.contains("fast-forward") => Err(elsewhere(operation, push)),
        Some(why) => Err(RepositoryError::Denied(format!(
            "{} does not take a push to the branch {}: {why}",
            operation.address, push.branch
        ))),
    }
}

fn elsewhere(operation: &Operation, push: &Push) -> RepositoryError {
    RepositoryError::Failed(format!(
        "the branch {} of {} is there already, and holds what a push would lose; push to another branch, or onto that one",
        push.branch, operation.address
    ))
}

/// Makes the commit. Answers the one that it would follow where nothing differs.
fn make(
    operation: &Arc<Operation>,
    repository: &Repository,
    push: &Push,
    follows: Option<Oid>,
) -> Result<(Oid, bool), RepositoryError> {
    let base = match follows {
        None => None,
        Some(id) => Some(operation.git("read", || repository.find_commit(id))?),
    };
    let mut index = operation.git("written to", Index::new)?;
    if let Some(base) = &base {
        operation.git("read", || index.read_tree(&base.tree()?))?;
    }
    let mut kept = BTreeSet::new();
    add(operation, repository, push, &mut index, &mut kept)?;
    let is_gone = |path: &str| {
        let below = |folder: &str| {
            folder.is_empty() || path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        !kept.contains(path)
            && (push.replaces && below(&push.path)
                || push.removed.iter().any(|removed| !removed.is_empty() && below(removed)))
    };
    let gone: Vec<String> =
        index.iter().filter_map(|entry| String::from_utf8(entry.path).ok()).filter(|path| is_gone(path)).collect();
    operation.git("written to", || gone.iter().try_for_each(|path| index.remove(path.as_ref(), 0)))?;
    let tree = operation.git("written to", || index.write_tree_to(repository))?;
    if let Some(base) = base.as_ref().filter(|base| base.tree_id() == tree) {
        return Ok((base.id(), false));
    }
    let (name, email) = &push.author;
    let by = Signature::now(name, email).map_err(|error| {
        RepositoryError::Invalid(format!("no commit can be by {name} <{email}>: {}", reason(&error)))
    })?;
    let commit = operation.git("written to", || {
        let tree = repository.find_tree(tree)?;
        let parents: Vec<&git2::Commit<'_>> = base.iter().collect();
        repository.commit(None, &by, &by, &push.message, &tree, &parents)
    })?;
    Ok((commit, true))
}

/// Adds the folder's files to what is committed.
fn add(
    operation: &Arc<Operation>,
    repository: &Repository,
    push: &Push,
    index: &mut Index,
    kept: &mut BTreeSet<String>,
) -> Result<(), RepositoryError> {
    let mut found = Vec::new();
    let failed =
        |error: &dyn fmt::Display| RepositoryError::Failed(format!("the workspace could not be read: {error}"));
    walk(&push.files, &push.folder, &mut |Found { path, kind, .. }| {
        let is_git = path.split('/').any(|name| name.eq_ignore_ascii_case(".git"));
        if kind != Kind::Folder && !is_git {
            found.push((path.to_owned(), kind));
        }
        Walk::On
    })
    .map_err(|error| failed(&error))?;
    let ignored = ignored(push, &found)?;
    for (path, kind) in found {
        operation.check()?;
        let at = joined(&push.folder, &path);
        let target = joined(&push.path, &path);
        let is_there = || index.get_path(target.as_ref(), 0).is_some();
        if ignored.holds(&path) && !is_there() {
            continue;
        }
        let (content, mode) = match kind {
            Kind::Link => {
                let leads = push.files.read_link_contents(&at).map_err(|error| failed(&error))?;
                let leads = leads.to_str().filter(|leads| stays(&path, leads)).map(str::to_owned);
                let leads = leads.ok_or_else(|| {
                    RepositoryError::Invalid(format!(
                        "{at} is a link that leads out of the folder that is pushed, or could by way of another link; remove it"
                    ))
                })?;
                (leads.into_bytes(), LINK)
            }
            Kind::File { executable } => (read(&push.files, &at)?, if executable { EXECUTABLE } else { FILE }),
            Kind::Folder => continue,
        };
        operation.git("written to", || {
            let id = repository.blob(&content)?;
            index.add(&entry(&target, id, mode, content.len()))
        })?;
        kept.insert(target);
    }
    Ok(())
}

fn joined(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

/// What the folder's own files say is left out.
fn ignored(push: &Push, found: &[(String, Kind)]) -> Result<Ignored, RepositoryError> {
    let mut texts = Vec::new();
    for (path, kind) in found {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name == ignored::NAME && matches!(kind, Kind::File { .. }) {
            let text = read(&push.files, &joined(&push.folder, path))?;
            texts.push((folder.to_owned(), String::from_utf8_lossy(&text).into_owned()));
        }
    }
    Ignored::of(texts).map_err(RepositoryError::Invalid)
}

fn read(files: &Dir, path: &str) -> Result<Vec<u8>, RepositoryError> {
    let failed = |error: io::Error| RepositoryError::Failed(format!("{path} could not be read: {error}"));
    let mut content = Vec::new();
    files.open(path).map_err(failed)?.take(LARGEST_FILE + 1).read_to_end(&mut content).map_err(failed)?;
    if content.len() as u64 > LARGEST_FILE {
        return Err(RepositoryError::TooLarge {
            what: path.to_owned(),
            limit: LARGEST_FILE,
            advice: "larger files are not pushed",
        });
    }
    Ok(content)
}

fn entry(path: &str, id: Oid, mode: u32, size: usize) -> IndexEntry {
    IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode,
        uid: 0,
        gid: 0,
        file_size: u32::try_from(size).unwrap_or(u32::MAX),
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}

/// A commit's first list of what a server has, for a push.
pub(super) fn advertised(operation: &Arc<Operation>) -> Result<Bytes, RepositoryError> {
    operation.wait(smart::list_to_push(&operation.access, &operation.address))
}
