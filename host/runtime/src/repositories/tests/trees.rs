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
        ("100755", b"script", scene.source.blob("#!/bin/sh")),
        ("120000", b"passwd", text),
        ("160000", b"module", module),
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
