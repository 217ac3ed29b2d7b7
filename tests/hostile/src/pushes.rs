//! Attacks by what the portal does with repositories for steps: copies into the workspace, and pushes of what is in it.

use crate::came_through;
use crate::contract::portico::plugin::repositories::Snapshot;
use crate::contract::portico::plugin::types::Error;
use crate::contract::portico::plugin::workspace::{Author, Commit, copy, push};
use crate::disk::{failed, file, made, workspace};

/// The repository that may be pushed to lies beside the one that may be read.
fn granted(repository: &str) -> String {
    beside(repository, "pushed.git")
}

fn beside(repository: &str, name: &str) -> String {
    let folder = repository.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{name}")
}

fn commit(repository: String) -> Commit {
    Commit {
        repository,
        branch: "main".to_owned(),
        onto: None,
        folder: String::new(),
        path: String::new(),
        replaces: false,
        removed: Vec::new(),
        message: "Made by an action".to_owned(),
        author: Author { name: "Action".to_owned(), email: "action@example.com".to_owned() },
        force: true,
    }
}

/// Pushes a folder of the workspace where it may.
pub(crate) fn folder(repository: &str, folder: &str) -> Result<(), Error> {
    push(&Commit { folder: folder.to_owned(), ..commit(granted(repository)) }).map(drop)
}

/// Pushes all of the workspace where it may.
pub(crate) fn ordinary(repository: &str) -> Result<(), Error> {
    folder(repository, "")
}

pub(crate) fn not_granted(repository: &str) -> Result<(), Error> {
    file(&workspace()?, "own")?;
    let others = [
        repository.to_owned(),
        beside(repository, "other.git"),
        beside(repository, "pushed.gitx"),
        beside(repository, "pushed.git/objects"),
        beside(repository, "pushed.git/../other.git"),
        beside(repository, "out.git"),
        beside(repository, ""),
        format!("file://{}", beside(repository, "other.git")),
        "/etc".to_owned(),
        "relative.git".to_owned(),
        "https://github.com/acme/ledger".to_owned(),
        "https://pushed.git@github.com/acme/ledger".to_owned(),
        "git@github.com:acme/ledger.git".to_owned(),
        "ext::sh -c id".to_owned(),
        String::new(),
    ];
    for url in others {
        match push(&commit(url.clone())) {
            Err(Error::Denied(_) | Error::Invalid(_)) => {}
            answer => return Err(came_through(&format!("{url}: {:?}", answer.map(|pushed| pushed.id)))),
        }
    }
    ordinary(repository)
}

pub(crate) fn links(repository: &str) -> Result<(), Error> {
    let workspace = workspace()?;
    file(&workspace, "own")?;
    let inner = made(&workspace, "in")?;
    made(&inner, "deep")?;
    // This one stays in what is pushed, and so does that it leads to.
    workspace.symlink_at("../..", "in/deep/up").map_err(failed)?;
    ordinary(repository)?;
    let mut last = Ok(());
    let leading_out = [
        ("out", "../witness"),
        ("out", "in/../../witness"),
        ("in/out", "../../witness"),
        ("out", "in/deep/up/../witness"),
        ("in/deep/out", "up/../../witness"),
    ];
    for (at, leads) in leading_out {
        workspace.symlink_at(leads, at).map_err(failed)?;
        last = ordinary(repository);
        if !matches!(&last, Err(Error::Invalid(_))) {
            return Err(came_through(&format!("{at} -> {leads}: {last:?}")));
        }
        workspace.unlink_file_at(at).map_err(failed)?;
    }
    // A folder that is pushed by itself is left by less.
    match folder(repository, "in/deep") {
        Err(Error::Invalid(_)) => last,
        answer => Err(came_through(&format!("a link out of a folder: {answer:?}"))),
    }
}

pub(crate) fn git(repository: &str) -> Result<(), Error> {
    let workspace = workspace()?;
    file(&workspace, "own")?;
    for name in [".git", ".GIT", "sub"] {
        let folder = made(&workspace, name)?;
        file(&folder, "config")?;
        file(&made(&made(&folder, ".Git")?, "hooks")?, "post-receive")?;
    }
    ordinary(repository)?;
    for path in [".git", ".git/hooks", "a/.GIT/hooks", "..", "/", "a/../../b"] {
        let hidden = Commit { path: path.to_owned(), folder: "sub".to_owned(), ..commit(granted(repository)) };
        match push(&hidden) {
            Err(Error::Invalid(_) | Error::Failed(_)) => {}
            answer => return Err(came_through(&format!("{path}: {:?}", answer.map(|pushed| pushed.id)))),
        }
    }
    Ok(())
}

pub(crate) fn hostile(repository: &str) -> Result<(), Error> {
    file(&workspace()?, "own")?;
    let ordinary = || commit(granted(repository));
    let by = |name: &str, email: &str| Author { name: name.to_owned(), email: email.to_owned() };
    let mut commits = vec![
        Commit { message: "m".repeat(1 << 20), ..ordinary() },
        Commit { author: by(&"a".repeat(1 << 20), "a@example.com"), ..ordinary() },
        Commit { author: by("Eve\nparent 0123", "a@example.com"), ..ordinary() },
        Commit { author: by("Eve", "a@example.com\ngpgsig forged"), ..ordinary() },
        Commit { author: by("Eve <b@example.com>", "a@example.com"), ..ordinary() },
        Commit { author: by("", ""), ..ordinary() },
        Commit { removed: vec!["x".to_owned(); 100_000], ..ordinary() },
        Commit { removed: vec!["../x".to_owned()], ..ordinary() },
        Commit { folder: "../".to_owned(), ..ordinary() },
        Commit { folder: "/etc".to_owned(), ..ordinary() },
    ];
    for branch in
        ["", "../../HEAD", "a..b", "a\nb", "a b", "x.lock", "HEAD^", "/", "a//b", "\u{1b}[2J", &"b".repeat(1 << 20)]
    {
        commits.push(Commit { branch: branch.to_owned(), ..ordinary() });
    }
    for commit in commits {
        let (branch, author) = (commit.branch.chars().take(20).collect::<String>(), commit.author.name.len());
        match push(&commit) {
            Err(Error::Invalid(reason)) if reason.len() < 4 << 10 => {}
            answer => {
                let answer = format!("{answer:?}").chars().take(300).collect::<String>();
                return Err(came_through(&format!("{branch:?} by {author} letters: {answer}")));
            }
        }
    }
    Ok(())
}

pub(crate) fn copied_out(repository: &str) -> Result<(), Error> {
    let workspace = workspace()?;
    workspace.symlink_at("..", "up").map_err(failed)?;
    let snapshot = Snapshot::open(repository, None)?;
    for (path, target) in [
        ("folder", "up"),
        ("folder", "up/planted"),
        ("a.yaml", "up/witness"),
        ("a.yaml", "../planted"),
        ("a.yaml", "/tmp/planted"),
        ("link", "copied"),
        ("link/passwd", "copied"),
        ("../other.git", "copied"),
        ("HEAD", "copied"),
    ] {
        if let Ok(copied) = copy(&snapshot, path, target) {
            return Err(came_through(&format!("{path} to {target}: {} files", copied.files)));
        }
    }
    copy(&snapshot, "", "whole").map(drop)
}

pub(crate) fn copy_without_end(repository: &str) -> Result<(), Error> {
    let snapshot = Snapshot::open(repository, None)?;
    for number in 0..1_000_000 {
        copy(&snapshot, "folder", &format!("copy{number}"))?;
    }
    Err(came_through("a million copies"))
}
