//! Folders as operators grant them, and what tries to lead out of them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use portico_manifest::{Grants, Manifest, Rights};
use tempfile::TempDir;

use super::*;

fn rights(folders: &[&Path]) -> Rights {
    let manifest = "name: demo\nversion: 1.0.0\npublisher: Acme\ntitle: Demo\ndescription: Shows.\ncontract: 0.1.0\nextensions: [ingestion]\nevery: 5m\nasks: { files: { reason: To read. } }\n";
    let manifest = Manifest::parse(manifest, "manifest.yaml").unwrap();
    let files = folders.iter().map(|folder| folder.to_str().unwrap().parse().unwrap()).collect();
    Rights::new(&manifest, &Grants { files, ..Grants::default() })
}

/// A granted folder `in` and one beside it, `out`, with files.
fn folders() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("in/all.yaml", "all"),
        ("in/a/catalog-info.yaml", "a"),
        ("in/b/deep/catalog-info.yaml", "b"),
        ("in/.hidden/catalog-info.yaml", "h"),
        ("in/[draft]/x.yaml", "x"),
        ("out/secret.yaml", "secret"),
        ("inside/secret.yaml", "secret"),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn found(rights: &Rights, folder: &TempDir, patterns: &[&str]) -> Vec<String> {
    let root = folder.path().display().to_string();
    let patterns: Vec<String> = patterns.iter().map(|pattern| format!("{root}/{pattern}")).collect();
    let entries = find(rights, &patterns, &|| true).unwrap();
    entries.into_iter().map(|entry| entry.path[root.len() + 1..].to_owned()).collect()
}

#[test]
fn files_are_found_by_patterns_below_what_is_granted() {
    let folder = folders();
    let rights = rights(&[&folder.path().join("in")]);
    for (patterns, expected) in [
        (&["in/all.yaml"][..], &["in/all.yaml"][..]),
        (&["in/*/catalog-info.yaml"], &["in/.hidden/catalog-info.yaml", "in/a/catalog-info.yaml"]),
        (
            &["in/**/catalog-info.yaml", "in/a/*"],
            &["in/.hidden/catalog-info.yaml", "in/a/catalog-info.yaml", "in/b/deep/catalog-info.yaml"],
        ),
        (&["in/\\[draft\\]/x.yaml"], &["in/[draft]/x.yaml"]),
        (&["in/gone.yaml"], &[]),
        (&["in/a"], &[]),
    ] {
        assert_eq!(found(&rights, &folder, patterns), expected, "{patterns:?}");
    }
}

#[test]
fn what_is_not_granted_is_denied_with_the_folder_to_grant() {
    let folder = folders();
    let rights = rights(&[&folder.path().join("in")]);
    let root = folder.path().display();
    for (path, wanted) in [
        (format!("{root}/out/secret.yaml"), format!("{root}/out")),
        (format!("{root}/inside/secret.yaml"), format!("{root}/inside")),
        (format!("{root}/*/all.yaml"), root.to_string()),
        ("/etc/passwd".to_owned(), "/etc".to_owned()),
    ] {
        let error = find(&rights, std::slice::from_ref(&path), &|| true).unwrap_err().to_string();
        assert!(error.contains(&format!("files:\n        - \"{wanted}\"")), "{path}: {error}");
        if !path.contains('*') {
            let error = read(&rights, &path).unwrap_err().to_string();
            assert!(error.contains(&format!("files:\n        - \"{wanted}\"")), "{path}: {error}");
        }
    }
    for path in [format!("{root}/in/../out/secret.yaml"), "in/all.yaml".to_owned(), String::new()] {
        assert!(matches!(read(&rights, &path), Err(FilesError::Invalid(_))), "{path}");
        assert!(matches!(find(&rights, &[path], &|| true), Err(FilesError::Invalid(_))));
    }
}

#[test]
fn links_are_followed_inside_and_never_out() {
    let folder = folders();
    let root = folder.path();
    symlink("../a/catalog-info.yaml", root.join("in/b/link.yaml")).unwrap();
    symlink("../../out/secret.yaml", root.join("in/b/relative.yaml")).unwrap();
    symlink(root.join("out/secret.yaml"), root.join("in/b/absolute.yaml")).unwrap();
    symlink("nowhere", root.join("in/b/dangling.yaml")).unwrap();
    symlink(root.join("out"), root.join("in/out")).unwrap();
    symlink("..", root.join("in/a/up")).unwrap();
    let rights = rights(&[&root.join("in")]);
    let path = |name: &str| root.join("in").join(name).display().to_string();

    assert_eq!(read(&rights, &path("b/link.yaml")).unwrap(), b"a");
    assert_eq!(read(&rights, &path("a/up/all.yaml")).unwrap(), b"all");
    for name in ["b/relative.yaml", "b/absolute.yaml", "out/secret.yaml"] {
        let error = read(&rights, &path(name)).unwrap_err();
        assert!(matches!(error, FilesError::Outside { .. }), "{name}: {error}");
    }
    assert!(matches!(read(&rights, &path("b/dangling.yaml")), Err(FilesError::NotFound(_))));

    let entries = find(&rights, &[path("**/*.yaml")], &|| true).unwrap();
    let stamped =
        |name: &str| entries.iter().find(|entry| entry.path == path(name)).map(|entry| !entry.stamp.is_empty());
    assert_eq!(stamped("b/link.yaml"), Some(true));
    for name in ["b/relative.yaml", "b/absolute.yaml", "b/dangling.yaml"] {
        assert_eq!(stamped(name), Some(false), "{name}");
    }
    assert!(!entries.iter().any(|entry| entry.path.contains("/up/") || entry.path.contains("in/out/")));
}

#[test]
fn only_regular_files_are_read_and_none_that_are_large() {
    let folder = folders();
    let root = folder.path().join("in");
    let path = |name: &str| root.join(name).display().to_string();
    let made = std::process::Command::new("mkfifo").arg(path("pipe.yaml")).status().unwrap();
    assert!(made.success());
    fs::File::create(path("large.yaml")).unwrap().set_len(LARGEST_FILE + 1).unwrap();
    let rights = rights(&[&root]);
    for (name, expected) in [
        ("pipe.yaml", "is no regular file"),
        ("a", "is no regular file"),
        ("large.yaml", "is larger than 16 MiB"),
        ("gone.yaml", "there is no file"),
        ("all.yaml/x", "there is no file"),
    ] {
        let error = read(&rights, &path(name)).unwrap_err().to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
    assert_eq!(found(&rights, &folder, &["in/*.yaml"]), ["in/all.yaml", "in/large.yaml"]);
}

#[test]
fn who_may_execute_a_file_is_known_of_regular_ones() {
    let folder = folders();
    let root = folder.path().join("in");
    let rights = rights(&[&root]);
    let executable = |path: &Path| is_executable(&rights, path.to_str().unwrap());
    let file = root.join("all.yaml");
    assert!(!executable(&file).unwrap());
    let mut mode = fs::metadata(&file).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    fs::set_permissions(&file, mode).unwrap();
    assert!(executable(&file).unwrap());
    assert!(executable(&root.join("a")).unwrap_err().to_string().contains("is no regular file"));
    assert!(matches!(executable(&folder.path().join("out/secret.yaml")), Err(FilesError::NotGranted(_))));
}

#[test]
fn a_stamp_changes_with_the_file_and_rests_when_it_does() {
    let folder = folders();
    let path = folder.path().join("in/all.yaml");
    let rights = rights(&[&folder.path().join("in")]);
    let stamp = || find(&rights, &[path.display().to_string()], &|| true).unwrap().remove(0).stamp;
    // A file that has just changed may change again within the same moment, so its stamp is good for one look.
    let fresh = stamp();
    assert_ne!(fresh, stamp());
    let metadata = |seconds: i64| {
        let status = std::process::Command::new("touch").arg("-d").arg(format!("@{seconds}")).arg(&path).status();
        assert!(status.unwrap().success());
        cap_std::fs::Metadata::from_just_metadata(fs::metadata(&path).unwrap())
    };
    let (old, older) = (metadata(1_000_000), metadata(999_999));
    assert_ne!(super::stamp(&old), super::stamp(&older));
}

#[test]
fn a_search_that_nobody_waits_for_ends() {
    let folder = folders();
    let rights = rights(&[folder.path()]);
    let pattern = folder.path().join("**/*.yaml").display().to_string();
    assert!(matches!(find(&rights, &[pattern], &|| false), Err(FilesError::Stopped)));
}

#[test]
fn a_granted_folder_that_is_not_there_is_said() {
    let folder = folders();
    let gone = folder.path().join("gone");
    let error = read(&rights(&[&gone]), &gone.join("x.yaml").display().to_string()).unwrap_err().to_string();
    assert!(error.contains("which `grants.files` names; make it, or correct the grant"), "{error}");
}
