//! Repositories that are well, odd, hostile, moved, locked and gone.

mod fetches;
mod machine;
mod pushes;
mod refusals;
mod server;
mod trees;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use git2::{FileMode, IndexEntry, IndexTime, ObjectType, Oid, Repository, Signature, Time};
use tokio::time::Instant;

use super::*;
use crate::egress::{Client, Network, Resolver, testing};

/// Everything on loopback that the test server has, and nothing else.
const LOOPBACK: &str = "private-addresses: [127.0.0.0/8]";

fn access(grants: &str) -> Access {
    named("probe", grants)
}

fn named(plugin: &str, grants: &str) -> Access {
    let mut rights = testing::rights(grants);
    rights.plugin = plugin.to_owned();
    let network = Network::new(Resolver::System, rustls::RootCertStore::empty());
    let client = Client::new(&network, &rights, Arc::default()).expect("a client");
    // Long enough for a slow machine; no test waits for it to pass.
    Access { rights: Arc::new(rights), client, deadline: Instant::now() + Duration::from_secs(120) }
}

/// A bare repository that a test writes.
struct Source(Repository);

type File<'a> = (&'a str, &'a str);

impl Source {
    fn create(path: &Path) -> Source {
        let mut options = git2::RepositoryInitOptions::new();
        Source(Repository::init_opts(path, options.bare(true).initial_head("main")).expect("a repository"))
    }

    /// A commit on a branch that holds exactly these files.
    fn commit(&self, branch: &str, files: &[File<'_>]) -> Oid {
        let mut index = git2::Index::new().expect("an index");
        for (path, text) in files {
            index.add(&entry(path, self.0.blob(text.as_bytes()).expect("written"), FileMode::Blob)).expect("added");
        }
        let tree = index.write_tree_to(&self.0).expect("a tree");
        self.commit_tree(branch, tree)
    }

    fn commit_tree(&self, branch: &str, tree: Oid) -> Oid {
        let who = Signature::new("Ada", "ada@example.test", &Time::new(1_767_225_600, 0)).expect("a name");
        let name = format!("refs/heads/{branch}");
        let parent = self.0.find_reference(&name).ok().and_then(|reference| reference.peel_to_commit().ok());
        let parents: Vec<_> = parent.iter().collect();
        let tree = self.0.find_tree(tree).expect("a tree");
        self.0.commit(Some(&name), &who, &who, "a change", &tree, &parents).expect("a commit")
    }

    /// A tree of entries as they are given, however odd.
    fn raw_tree(&self, entries: &[(&str, &[u8], Oid)]) -> Oid {
        let mut bytes = Vec::new();
        for (mode, name, id) in entries {
            bytes.extend_from_slice(mode.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(name);
            bytes.push(0);
            bytes.extend_from_slice(id.as_bytes());
        }
        self.0.odb().and_then(|store| store.write(ObjectType::Tree, &bytes)).expect("written")
    }

    fn blob(&self, text: &str) -> Oid {
        self.0.blob(text.as_bytes()).expect("written")
    }
}

fn entry(path: &str, id: Oid, mode: FileMode) -> IndexEntry {
    let zero = IndexTime::new(0, 0);
    IndexEntry {
        ctime: zero,
        mtime: zero,
        dev: 0,
        ino: 0,
        mode: i32::from(mode).unsigned_abs(),
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}

/// A folder with a cache, and what reads with it.
struct Reader {
    folder: tempfile::TempDir,
    repositories: Repositories,
}

impl Reader {
    fn new() -> Reader {
        let folder = tempfile::tempdir().expect("a folder");
        let repositories = Repositories::new(folder.path().join("cache")).expect("a cache");
        Reader { folder, repositories }
    }

    fn cache(&self) -> std::path::PathBuf {
        self.folder.path().join("cache")
    }

    /// All files of a commit with their contents.
    async fn contents(
        &self,
        access: &Access,
        url: &str,
        reference: Option<&str>,
    ) -> Result<Vec<(String, String)>, RepositoryError> {
        let snapshot = self.repositories.snapshot(access, url, reference).await?;
        let mut contents = Vec::new();
        for entry in snapshot.find(&["**".to_owned()]).await? {
            let text = String::from_utf8(snapshot.read(&entry.path).await?).expect("text");
            assert_eq!(entry.size, text.len() as u64, "{}", entry.path);
            contents.push((entry.path, text));
        }
        Ok(contents)
    }
}

fn pairs(files: &[File<'_>]) -> Vec<(String, String)> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// Folders below a folder.
fn folders(path: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(path).into_iter().flatten().flatten().map(|folder| folder.path()).collect()
}
