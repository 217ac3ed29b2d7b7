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
    let measured = |bytes| workspace.measure(Size::bytes(bytes)).expect("a measure");
    assert_eq!(measured(0), None);
    fs::write(folder.path().join("a"), vec![0; 4_097]).expect("a file");
    assert_eq!(measured(8_192), None);
    assert_eq!(measured(8_191), Some(Outgrown::Bytes), "blocks are given out whole");
    fs::create_dir(folder.path().join("b")).expect("a folder");
    assert_eq!(measured(8_192), Some(Outgrown::Bytes), "folders cost something as well");
    fs::write(folder.path().join("b/empty"), "").expect("a file");
    assert_eq!((measured(16_384), measured(16_383)), (None, Some(Outgrown::Bytes)), "and so do empty files");
}

#[test]
fn what_is_removed_and_open_takes_room_until_it_is_closed() {
    use std::io::Write as _;

    let (folder, workspace) = workspace();
    let measured = || workspace.measure(Size::bytes(10_000)).expect("a measure");
    let at = |name: &str| folder.path().join(name);
    let open = |name: &str| {
        let mut file = fs::File::create(at(name)).expect("a file");
        file.write_all(&[7; 12_000]).expect("written");
        file
    };
    let removed = open("removed");
    fs::remove_file(at("removed")).expect("removed");
    assert_eq!(measured(), Some(Outgrown::Bytes));
    let again = removed.try_clone().expect("a second handle");
    assert_eq!(workspace.measure(Size::bytes(12_288)).expect("a measure"), None, "a file with two handles is one file");
    drop((removed, again));
    assert_eq!(measured(), None);
    let replaced = open("replaced");
    fs::write(at("new"), "").expect("a file");
    fs::rename(at("new"), at("replaced")).expect("replaced");
    assert_eq!(measured(), Some(Outgrown::Bytes));
    drop(replaced);
    assert_eq!(measured(), None);
}

#[test]
fn what_another_task_has_removed_is_that_ones() {
    let (folder, _workspace) = workspace();
    let (_beside, other) = self::workspace();
    let open = fs::File::create(folder.path().join("a")).expect("a file");
    open.set_len(1 << 20).expect("a size");
    fs::remove_file(folder.path().join("a")).expect("removed");
    assert_eq!(other.measure(Size::bytes(1_000)).expect("a measure"), None);
}

/// Folders in folders, each called like this, below a folder. Made from handles, as no path is that long.
fn deep(folder: &Path, name: &str, count: usize) {
    let mut place = Dir::open_ambient_dir(folder, ambient_authority()).expect("the folder");
    for _ in 0..count {
        place.create_dir(name).expect("a folder");
        place = place.open_dir(name).expect("the folder");
    }
}

#[test]
fn folders_are_as_deep_and_paths_as_long_as_they_may_be_and_no_more() {
    for (name, fits) in [("d".to_owned(), DEEPEST), ("n".repeat(249), LONGEST / 250)] {
        let (folder, workspace) = workspace();
        deep(folder.path(), &name, fits);
        assert_eq!(workspace.measure(Size::mebibytes(512)).expect("a measure"), None);
        remove_folder(&folder.path().join(&name)).expect("removed");
        deep(folder.path(), &name, fits + 1);
        assert_eq!(workspace.measure(Size::mebibytes(512)).expect("a measure"), Some(Outgrown::Depth), "{name}");
    }
}

#[test]
fn what_goes_while_it_is_walked_through_is_left_out() {
    let (folder, workspace) = workspace();
    let at = |name: &str| folder.path().join(name);
    for name in ["gone", "link", "there"] {
        fs::create_dir(at(name)).expect("a folder");
        fs::write(at(name).join("a"), "a").expect("a file");
    }
    let mut seen = Vec::new();
    walk(&workspace.open().expect("the folder"), "", &mut |found| {
        if found.path == "there" {
            fs::remove_dir_all(at("gone")).expect("removed");
            fs::remove_dir_all(at("link")).expect("removed");
            symlink("/etc", at("link")).expect("a link");
        }
        seen.push(found.path.to_owned());
        Walk::On
    })
    .expect("a walk");
    assert_eq!(seen, ["gone", "link", "there", "there/a"]);
}

#[test]
fn a_folder_is_removed_however_deep_it_is() {
    let (folder, _workspace) = workspace();
    // More than a thread of the portal has stack for, if it calls itself for each.
    deep(folder.path(), "d", 20_000);
    let top = folder.path().join("d");
    fs::create_dir(top.join("1")).expect("a folder");
    fs::write(top.join("1/a"), "a").expect("a file");
    fs::write(top.join("2"), "a file where a folder would go").expect("a file");
    symlink("/etc", top.join("etc")).expect("a link");
    remove_folder(&top).expect("removed");
    assert!(!top.exists() && Path::new("/etc/passwd").exists());
    assert_eq!(remove_folder(&top).expect_err("it is gone").kind(), io::ErrorKind::NotFound);
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
