//! Trees that are ordinary, and trees that nobody would make by accident.

use super::*;

/// A repository of this machine, with one commit of a tree.
struct Scene {
    reader: Reader,
    source: Source,
    access: Access,
    path: String,
}

impl Scene {
    fn new() -> Scene {
        let reader = Reader::new();
        let path = reader.folder.path().canonicalize().expect("a folder").join("x.git");
        let source = Source::create(&path);
        let access = access(&format!("repositories: ['{}']", path.display()));
        Scene { reader, source, access, path: path.display().to_string() }
    }

    async fn snapshot(&self) -> Snapshot {
        self.reader.repositories.snapshot(&self.access, &self.path, None).await.expect("readable")
    }

    async fn find(&self, patterns: &[&str]) -> Result<Vec<String>, RepositoryError> {
        let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        Ok(self.snapshot().await.find(&patterns).await?.into_iter().map(|entry| entry.path).collect())
    }
}

#[tokio::test]
async fn files_are_found_once_and_in_order() {
    let scene = Scene::new();
    let files = ["a.yaml", "a/b.yaml", "a/c/catalog-info.yaml", "a-b/catalog-info.yaml", "catalog-info.yaml", "z.txt"];
    scene.source.commit("main", &files.map(|path| (path, "x")));
    let found = scene.find(&["catalog-info.yaml", "**/catalog-info.yaml", "a/**"]).await.expect("found");
    assert_eq!(found, ["a-b/catalog-info.yaml", "a/b.yaml", "a/c/catalog-info.yaml", "catalog-info.yaml"]);
    assert!(scene.find(&["nothing/**"]).await.expect("found").is_empty());
    assert!(scene.find(&[]).await.expect("found").is_empty());
    let error = scene.find(&["../x"]).await.expect_err("it climbs");
    assert!(error.to_string().contains("is no pattern for files"), "{error}");
}

#[tokio::test]
async fn links_and_submodules_are_no_files() {
    let scene = Scene::new();
    let text = scene.source.blob("/etc/passwd");
    let module = Oid::from_str("1234567890123456789012345678901234567890").expect("an id");
    let tree = scene.source.raw_tree(&[
        ("160000", b"module", module),
        ("120000", b"passwd", text),
        ("100755", b"script", scene.source.blob("#!/bin/sh")),
    ]);
    scene.source.commit_tree("main", tree);
    assert_eq!(scene.find(&["**"]).await.expect("found"), ["script"]);
    let snapshot = scene.snapshot().await;
    for (path, why) in [
        ("passwd", "is a link or a submodule"),
        ("module", "is a link or a submodule"),
        ("passwd/x", "there is no file"),
        ("nothing", "there is no file"),
        ("script/x", "there is no file"),
        ("../script", "there is no file"),
        ("/script", "there is no file"),
        ("", "there is no file"),
    ] {
        let error = snapshot.read(path).await.expect_err(path);
        assert!(matches!(&error, RepositoryError::NotFound(text) if text.contains(why)), "{path}: {error}");
    }
}

#[tokio::test]
async fn files_that_are_read_ahead_are_what_they_are_in_any_order() {
    let scene = Scene::new();
    // More than are read at once, and some of which two are more than is read ahead.
    let content = |number: usize| format!("{number}").repeat(if number % 10 == 5 { 350_000 } else { 1 });
    let files: Vec<(String, String)> = (0..80).map(|number| (format!("{number:02}.yaml"), content(number))).collect();
    let texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    scene.source.commit("main", &texts);
    let snapshot = scene.snapshot().await;
    assert_eq!(snapshot.find(&["*.yaml".to_owned()]).await.expect("found").len(), files.len());
    for (path, text) in files.iter().chain(files.iter().rev()).chain(files.iter().step_by(7)) {
        assert!(snapshot.read(path).await.expect("readable") == text.as_bytes(), "{path}");
    }
    let error = snapshot.read("80.yaml").await.expect_err("it is not there");
    assert!(matches!(error, RepositoryError::NotFound(_)), "{error}");
}

#[tokio::test]
async fn a_folder_is_not_read_as_a_file() {
    let scene = Scene::new();
    scene.source.commit("main", &[("a/b", "1")]);
    let error = scene.snapshot().await.read("a").await.expect_err("a folder");
    assert_eq!(error.to_string(), format!("a is a folder of {}, not a file", scene.path));
}

#[tokio::test]
async fn names_that_no_path_can_hold_are_passed_over() {
    let scene = Scene::new();
    let blob = scene.source.blob("x");
    let inner = scene.source.raw_tree(&[("100644", b"inner", blob)]);
    let tree = scene.source.raw_tree(&[
        ("100644", b".", blob),
        ("100644", b"..", blob),
        ("40000", b"..", inner),
        ("100644", b"../../etc/cron.d/x", blob),
        ("100644", b"/etc/x", blob),
        ("100644", b"caf\xe9", blob),
        ("100644", "café".as_bytes(), blob),
        ("40000", b"ok", inner),
    ]);
    scene.source.commit_tree("main", tree);
    assert_eq!(scene.find(&["**"]).await.expect("found"), ["café", "ok/inner"]);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_found_and_not_read() {
    let scene = Scene::new();
    let large = "x".repeat(16 * 1024 * 1024 + 1);
    scene.source.commit("main", &[("just-right", &large[1..]), ("large", &large)]);
    let snapshot = scene.snapshot().await;
    assert_eq!(snapshot.read("just-right").await.expect("16 MiB").len(), 16 * 1024 * 1024);
    let error = snapshot.read("large").await.expect_err("larger");
    assert_eq!(error.to_string(), format!("large in {} is larger than 16 MiB; larger files are not read", scene.path));
    assert_eq!(snapshot.find(&["large".into()]).await.expect("found")[0].size, 16 * 1024 * 1024 + 1);
}

#[tokio::test]
async fn a_tree_of_endless_copies_of_itself_is_given_up() {
    let scene = Scene::new();
    let mut tree = scene.source.raw_tree(&[("100644", b"x", scene.source.blob("x"))]);
    for _ in 0..10 {
        let names: Vec<Vec<u8>> = (0..50).map(|number| format!("d{number:02}").into_bytes()).collect();
        let entries: Vec<(&str, &[u8], Oid)> = names.iter().map(|name| ("40000", name.as_slice(), tree)).collect();
        tree = scene.source.raw_tree(&entries);
    }
    scene.source.commit_tree("main", tree);
    let error = scene.find(&["**/y"]).await.expect_err("50 to the tenth");
    assert!(error.to_string().contains("has more than 1000000 files and folders"), "{error}");
    // A pattern that says where to look is not bothered.
    assert!(scene.find(&["d00/d01/y"]).await.expect("found").is_empty());
}

#[tokio::test]
async fn a_tree_that_is_deeper_than_any_path_ends() {
    let scene = Scene::new();
    let mut tree = scene.source.raw_tree(&[("100644", b"bottom", scene.source.blob("x"))]);
    for _ in 0..2000 {
        tree = scene.source.raw_tree(&[("100644", b"file", scene.source.blob("x")), ("40000", b"sub", tree)]);
    }
    scene.source.commit_tree("main", tree);
    assert_eq!(scene.find(&["**/file"]).await.expect("found").len(), 101);
    assert!(scene.find(&["**/bottom"]).await.expect("found").is_empty());
}

#[tokio::test]
async fn a_tree_with_a_hole_is_said_to_be_damaged() {
    let scene = Scene::new();
    let missing = Oid::from_str("1234567890123456789012345678901234567890").expect("an id");
    let tree = scene.source.raw_tree(&[("100644", b"gone", missing), ("40000", b"lost", missing)]);
    scene.source.commit_tree("main", tree);
    let error = scene.snapshot().await.read("gone").await.expect_err("a hole");
    assert!(error.to_string().starts_with(&format!("{} could not be read: ", scene.path)), "{error}");
    assert!(scene.find(&["lost/**"]).await.is_err());
}

/// What differs between two trees, a file a word, with a minus where it is gone; none if that cannot be told.
async fn changed(before: &[File<'_>], after: &[File<'_>]) -> Vec<String> {
    let scene = Scene::new();
    let since = scene.source.commit("main", before).to_string();
    scene.source.commit("main", after);
    let changes = scene.snapshot().await.changed_since(&since).await.expect("compared").expect("both are there");
    changes.iter().map(|change| format!("{}{}", if change.is_there { "" } else { "-" }, change.path)).collect()
}

#[tokio::test]
async fn what_differs_between_two_commits_is_told() {
    let before = [("a/b/c.yaml", "1"), ("a/b/d.yaml", "1"), ("e.yaml", "1"), ("f", "1"), ("g/h", "1")];
    for (after, expected) in [
        (before.to_vec(), &[][..]),
        (vec![("a/b/c.yaml", "2"), before[1], before[2], before[3], before[4]], &["a/b/c.yaml"]),
        (vec![before[0], before[1], before[2], before[3], before[4], ("a/x/y/z.yaml", "1")], &["a/x/y/z.yaml"]),
        (vec![before[2], before[3], before[4]], &["-a/b/c.yaml", "-a/b/d.yaml"]),
        (
            vec![before[0], before[1], before[2], ("f/now-a-folder", "1"), ("g", "now a file")],
            &["-f", "-g/h", "f/now-a-folder", "g"],
        ),
    ] {
        let mut found = changed(&before, &after).await;
        found.sort();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn links_and_submodules_differ_only_where_there_was_a_file() {
    let scene = Scene::new();
    let (file, other) = (scene.source.blob("x"), scene.source.blob("y"));
    let tree = |link: Oid| scene.source.raw_tree(&[("100644", b"a", file), ("120000", b"link", link)]);
    let since = scene.source.commit_tree("main", tree(file)).to_string();
    scene.source.commit_tree("main", tree(other));
    assert_eq!(scene.snapshot().await.changed_since(&since).await.expect("compared"), Some(Vec::new()));
    let now = scene.source.raw_tree(&[("120000", b"a", file), ("100755", b"link", other)]);
    scene.source.commit_tree("main", now);
    let changes = scene.snapshot().await.changed_since(&since).await.expect("compared").expect("both are there");
    assert_eq!(
        changes,
        [Change { path: "a".into(), is_there: false }, Change { path: "link".into(), is_there: true },]
    );
}

#[tokio::test]
async fn a_commit_that_is_not_there_is_no_failure() {
    let scene = Scene::new();
    scene.source.commit("main", &[("a", "1")]);
    let blob = scene.source.blob("no commit").to_string();
    for since in ["", "HEAD", "main", "0123", "0123456789012345678901234567890123456789", &blob] {
        assert_eq!(scene.snapshot().await.changed_since(since).await.expect("looked for"), None, "{since}");
    }
}

#[tokio::test]
async fn what_differs_without_end_is_not_told_by_half() {
    let scene = Scene::new();
    let since = scene.source.commit("main", &[("a", "1")]).to_string();
    // Each folder holds the one below ten times: a million files out of a handful of objects.
    let mut tree = scene.source.raw_tree(&[("100644", b"x", scene.source.blob("x"))]);
    let names: Vec<String> = (0..10).map(|number| number.to_string()).collect();
    for _ in 0..6 {
        let entries: Vec<(&str, &[u8], Oid)> = names.iter().map(|name| ("40000", name.as_bytes(), tree)).collect();
        tree = scene.source.raw_tree(&entries);
    }
    scene.source.commit_tree("main", tree);
    assert_eq!(scene.snapshot().await.changed_since(&since).await.expect("looked at"), None);
}
