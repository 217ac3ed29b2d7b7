//! What actions do with their files, over a folder of the machine.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;
use crate::testing::{Portal, Repository};

fn paths(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.path.as_str()).collect()
}

#[test]
fn a_path_stays_in_its_folder_or_is_refused() {
    for (path, expected) in
        [("", ""), (".", ""), ("./a//b/", "a/b"), ("a/../b", "b"), ("..a/b..", "..a/b.."), ("a/..", "")]
    {
        assert_eq!(plain(path).as_deref(), Ok(expected), "{path}");
    }
    for path in ["/etc/passwd", "..", "a/../../b", "a\0b"] {
        assert!(plain(path).is_err(), "{path}");
    }
    assert_eq!(child("a", "b/../c").as_deref(), Ok("a/c"));
    assert!(child("a", "../b").is_err());
}

#[test]
fn files_are_written_with_their_folders_and_read() {
    let portal = Portal::new();
    portal.run(|| {
        write("a/b/c.txt", b"one").expect("written");
        write("a/b/c.txt", b"2").expect("written again, and shorter");
        write("a/d", &[7; 200_000]).expect("a large one");
        assert_eq!(read("./a/b/c.txt").as_deref(), Ok(&b"2"[..]));
        assert_eq!(read("a/d").map(|bytes| bytes.len()), Ok(200_000));
        assert_eq!(paths(&walk("").expect("a walk")), ["a", "a/b", "a/b/c.txt", "a/d"]);
        assert_eq!(paths(&list("a").expect("a list")), ["b", "d"]);
        assert_eq!(stat("a/d"), Ok(Some(Stat { kind: Kind::File, size: 200_000 })));
        assert_eq!(stat("a/d/e"), Ok(None));
    });
    assert_eq!(fs::read(portal.workspace().join("a/b/c.txt")).expect("a file"), b"2");
}

#[test]
fn things_are_renamed_copied_and_removed() {
    Portal::new().run(|| {
        write("a/run", b"x").and_then(|()| set_executable("a/run", true)).expect("a program");
        copy("a", "copies/a").expect("copied");
        assert_eq!(is_executable("copies/a/run"), Ok(true));
        rename("a/run", "b/c/run").expect("renamed");
        assert_eq!((stat("a/run"), is_executable("b/c/run")), (Ok(None), Ok(true)));
        assert!(copy("b", "b/c/d").is_err(), "a folder into itself");
        remove("b").and_then(|()| remove("b")).expect("removed, twice");
        assert_eq!(paths(&list("").expect("a list")), ["a", "copies"]);
        remove("").expect("all of it");
        assert_eq!(list(""), Ok(Vec::new()));
        let error = rename("none", "x/y").unwrap_err();
        assert_eq!(error, Error::NotFound("there is no none in the workspace".into()));
        assert_eq!(stat("x"), Ok(None), "nothing is made for nothing");
    });
}

#[test]
fn a_link_leads_to_what_is_in_the_workspace_and_is_never_written_through() {
    let portal = Portal::new();
    let (place, outside) = (portal.workspace(), tempfile::tempdir().expect("a folder"));
    fs::write(outside.path().join("secret"), "s").expect("a file");
    fs::write(place.join("real"), "r").expect("a file");
    symlink("real", place.join("near")).expect("a link");
    symlink(outside.path().join("secret"), place.join("far")).expect("a link");
    symlink(outside.path(), place.join("folder")).expect("a link");
    portal.run(|| {
        assert_eq!(read("near").as_deref(), Ok(&b"r"[..]));
        for path in ["far", "folder/secret"] {
            assert!(read(path).is_err(), "{path} leads out");
        }
        assert!(write("folder/new", b"x").is_err() && list("folder").is_err());
        copy("near", "copies/near").expect("a link is copied as a link");
        assert_eq!(stat("copies/near").map(|stat| stat.map(|stat| stat.kind)), Ok(Some(Kind::Link)));
        assert!(matches!(copy("folder", "other"), Err(Error::Denied(_))), "it leads out, and is not made again");
        write("near", b"n").and_then(|()| write("far", b"f")).expect("links are replaced");
        remove("folder").expect("the link goes");
    });
    assert_eq!(fs::read(place.join("real")).expect("a file"), b"r");
    assert_eq!(fs::read(outside.path().join("secret")).expect("a file"), b"s");
}

#[test]
fn a_folder_of_a_repository_is_copied_and_what_is_pushed_is_what_is_there() {
    let repository = Repository::new().file("a/b/c.txt", "c").executable("a/run", "r").file("ab", "no");
    let portal = Portal::new().repository("https://x.test/a/b", repository);
    portal.run(|| {
        let snapshot = Snapshot::open("https://x.test/a/b", None).expect("granted");
        assert_eq!(copy_from(&snapshot, "a", "into"), Ok(Copied { files: 2, size: 2 }));
        assert!(matches!(copy_from(&snapshot, "none", ""), Err(Error::NotFound(_))));
        assert_eq!(copy_from(&snapshot, "ab", "one"), Ok(Copied { files: 1, size: 2 }));
        write("into/.git/config", b"x").expect("written");
        let author = Author { name: "Ada".into(), email: "ada@x.test".into() };
        let commit = Commit { folder: "into".into(), ..Commit::first("https://x.test/new", "main", "first", author) };
        assert!(push(&commit).expect("pushed").changed);
    });
    let pushed = portal.pushed();
    let files: Vec<_> = pushed[0].files.iter().map(|(path, file)| (path.as_str(), file.is_executable)).collect();
    assert_eq!(files, [("b/c.txt", false), ("run", true)]);
}

#[test]
fn the_files_of_a_template_are_there_in_a_trial_alone() {
    let portal = Portal::new();
    portal.run(|| assert!(template().is_none()));
    fs::create_dir(portal.template().join("skeleton")).expect("a folder");
    fs::write(portal.template().join("skeleton/a"), "x").expect("a file");
    portal.run(|| {
        let template = template().expect("it is there");
        assert_eq!(paths(&template.walk("skeleton").expect("a walk")), ["a"]);
        assert_eq!(template.read("skeleton/a").as_deref(), Ok(&b"x"[..]));
        let error = template.read("b").unwrap_err();
        assert_eq!(error, Error::NotFound("there is no b in the template's files".into()));
    });
}
