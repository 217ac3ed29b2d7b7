//! Paths, modes, links and bounds of a workspace.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;

fn workspace() -> (tempfile::TempDir, Workspace) {
    let folder = tempfile::tempdir().expect("a folder");
    let workspace = Workspace::new(folder.path().to_owned(), None);
    (folder, workspace)
}

#[test]
fn a_path_stays_in_the_workspace_or_is_refused() {
    for (path, expected) in [("", ""), (".", ""), ("./a//b/", "a/b"), ("a/./b", "a/b"), ("..a/b..", "..a/b..")] {
        assert_eq!(plain(path).as_deref(), Ok(expected));
    }
    for path in ["/etc/passwd", "..", "a/../../b", "a\0b"] {
        assert!(plain(path).is_err(), "{path}");
    }
}

#[test]
fn what_is_in_a_workspace_is_bounded_at_its_edge() {
    let (folder, workspace) = workspace();
    fs::write(folder.path().join("a"), vec![0; 1000]).expect("a file");
    assert_eq!(workspace.measure(Size::bytes(1000)), None);
    assert_eq!(workspace.measure(Size::bytes(999)), Some(Outgrown::Bytes));
    fs::create_dir(folder.path().join("b")).expect("a folder");
    assert_eq!(workspace.measure(Size::bytes(1000)), Some(Outgrown::Bytes), "folders cost something as well");
}

#[test]
fn a_link_is_seen_and_not_followed() {
    let (folder, workspace) = workspace();
    symlink("/etc", folder.path().join("etc")).expect("a link");
    symlink("/etc/passwd", folder.path().join("run")).expect("a link");
    let root = workspace.open().expect("the folder");
    let mut seen = Vec::new();
    walk(&root, "", &mut |found| {
        seen.push((found.path.to_owned(), found.kind));
        Walk::On
    })
    .expect("a walk");
    assert_eq!(seen, [("etc".to_owned(), Kind::Link), ("run".to_owned(), Kind::Link)]);
    assert_eq!(executable(&root, "run").expect("a look"), Executed::NoFile);
    assert!(!set_executable(&root, "run", true).expect("a look"));
    assert!(executable(&root, "etc/passwd").is_err(), "it leads out of the folder");
}

#[test]
fn a_file_may_be_executed_once_it_was_said() {
    let (folder, workspace) = workspace();
    fs::write(folder.path().join("gradlew"), "#!/bin/sh\n").expect("a file");
    let root = workspace.open().expect("the folder");
    assert_eq!(executable(&root, "gradlew").expect("a look"), Executed::No);
    assert!(set_executable(&root, "gradlew", true).expect("a change"));
    assert_eq!(executable(&root, "gradlew").expect("a look"), Executed::Yes);
}
