//! What is pushed: over the network and to this machine, once and on top of what is there.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::server::GitServer;
use super::*;
use crate::repositories::push::Pushed;

/// A server that takes pushes, a workspace, and the right to push everywhere on the server.
struct Scene {
    reader: Reader,
    git: GitServer,
    access: Access,
    root: std::path::PathBuf,
}

impl Scene {
    async fn new() -> Scene {
        let reader = Reader::new();
        let root = reader.folder.path().join("server");
        fs::create_dir_all(reader.folder.path().join("workspace")).expect("a folder");
        let git = GitServer::start(root.clone()).await;
        let access = access(&format!("push: ['{}'], {LOOPBACK}", git.url("*")));
        Scene { reader, git, access, root }
    }

    /// An empty repository on the server.
    fn repository(&self, name: &str) -> Source {
        let source = Source::create(&self.root.join(name));
        source.0.config().and_then(|mut config| config.set_bool("http.receivepack", true)).expect("a setting");
        source
    }

    fn workspace(&self) -> std::path::PathBuf {
        self.reader.folder.path().join("workspace")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.workspace().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// All of the workspace, as the first commit of `main`.
    fn first(&self, repository: &str) -> Push {
        Push {
            repository: repository.to_owned(),
            branch: "main".to_owned(),
            onto: None,
            files: Dir::open_ambient_dir(self.workspace(), ambient_authority()).expect("the workspace"),
            folder: String::new(),
            path: String::new(),
            replaces: false,
            removed: Vec::new(),
            message: "Begin".to_owned(),
            author: ("Ada".to_owned(), "ada@example.test".to_owned()),
            force: false,
        }
    }

    async fn push(&self, push: Push) -> Result<Pushed, RepositoryError> {
        self.reader.repositories.push(&self.access, push).await
    }

    async fn contents(&self, name: &str, branch: &str) -> Vec<(String, String)> {
        self.reader.contents(&self.access, &self.git.url(name), Some(branch)).await.expect("readable")
    }
}

fn mode(source: &Source, path: &str) -> i32 {
    let commit = source.0.find_reference("refs/heads/main").and_then(|found| found.peel_to_commit()).expect("a commit");
    commit.tree().and_then(|tree| tree.get_path(Path::new(path))).expect("an entry").filemode()
}

#[tokio::test]
async fn the_first_commit_of_a_repository_is_the_workspace() {
    let scene = Scene::new().await;
    let source = scene.repository("acme/new.git");
    scene.write("README.md", "# New\n");
    scene.write("bin/run", "#!/bin/sh\n");
    scene.write(".git/config", "[hostile]\n");
    scene.write("sub/.GIT/hooks/post-checkout", "#!/bin/sh\n");
    fs::set_permissions(scene.workspace().join("bin/run"), fs::Permissions::from_mode(0o755)).expect("a mode");
    symlink("bin/run", scene.workspace().join("start")).expect("a link");
    let pushed = scene.push(scene.first(&scene.git.url("acme/new.git"))).await.expect("pushed");
    assert!(pushed.changed);
    let head = source.0.find_reference("refs/heads/main").and_then(|found| found.peel_to_commit()).expect("a commit");
    assert_eq!((head.id().to_string(), head.parent_count()), (pushed.commit, 0));
    assert_eq!((head.author().name().ok(), head.message().ok()), (Some("Ada"), Some("Begin")));
    assert_eq!(
        scene.contents("acme/new.git", "main").await,
        pairs(&[("README.md", "# New\n"), ("bin/run", "#!/bin/sh\n")]),
        "links are no files, and a folder `.git` is never pushed"
    );
    assert_eq!(
        (mode(&source, "bin/run"), mode(&source, "README.md"), mode(&source, "start")),
        (0o100_755, 0o100_644, 0o120_000)
    );
}

#[tokio::test]
async fn a_change_follows_what_is_there_on_a_branch_of_its_own() {
    let scene = Scene::new().await;
    let source = scene.repository("acme/deployments.git");
    source.commit("main", &[("old", "1")]);
    let base = source.commit("main", &[("services/a.yaml", "a: 1"), ("services/b.yaml", "b: 1"), ("README.md", "hi")]);
    scene.write("deploy/a.yaml", "a: 2");
    scene.write("elsewhere", "no");
    let change = |scene: &Scene| Push {
        onto: Some("main".to_owned()),
        branch: "add-a".to_owned(),
        folder: "deploy".to_owned(),
        path: "services".to_owned(),
        removed: vec!["README.md".to_owned()],
        ..scene.first(&scene.git.url("acme/deployments.git"))
    };
    let pushed = scene.push(change(&scene)).await.expect("pushed");
    let commit =
        source.0.find_reference("refs/heads/add-a").and_then(|found| found.peel_to_commit()).expect("a commit");
    assert_eq!((commit.id().to_string(), commit.parent_id(0).ok()), (pushed.commit, Some(base)));
    let expected = pairs(&[("services/a.yaml", "a: 2"), ("services/b.yaml", "b: 1")]);
    assert_eq!(scene.contents("acme/deployments.git", "add-a").await, expected);
    let whole = Push { branch: "only-a".to_owned(), replaces: true, ..change(&scene) };
    scene.push(whole).await.expect("pushed");
    assert_eq!(scene.contents("acme/deployments.git", "only-a").await, pairs(&[("services/a.yaml", "a: 2")]));
}

#[tokio::test]
async fn what_is_ignored_is_not_pushed_unless_it_is_there() {
    let scene = Scene::new().await;
    let source = scene.repository("acme/ignoring.git");
    source.commit("main", &[("services/kept.log", "old")]);
    scene.write(".gitignore", "*.log\n/build/\n");
    scene.write("sub/.gitignore", "!told.log\n");
    for file in ["a.log", "build/out", "sub/told.log", "sub/build/in", "kept.log"] {
        scene.write(file, "new");
    }
    let change = Push {
        onto: Some("main".to_owned()),
        path: "services".to_owned(),
        replaces: true,
        ..scene.first(&scene.git.url("acme/ignoring.git"))
    };
    scene.push(change).await.expect("pushed");
    let expected = pairs(&[
        ("services/.gitignore", "*.log\n/build/\n"),
        ("services/kept.log", "new"),
        ("services/sub/.gitignore", "!told.log\n"),
        ("services/sub/build/in", "new"),
        ("services/sub/told.log", "new"),
    ]);
    assert_eq!(scene.contents("acme/ignoring.git", "main").await, expected);
}

#[tokio::test]
async fn what_does_not_differ_is_not_pushed() {
    let scene = Scene::new().await;
    let source = scene.repository("acme/same.git");
    let base = source.commit("main", &[("a", "1")]);
    scene.write("a", "1");
    let again = Push { onto: Some("main".to_owned()), ..scene.first(&scene.git.url("acme/same.git")) };
    let pushed = scene.push(again).await.expect("nothing to do");
    assert_eq!(pushed, Pushed { commit: base.to_string(), changed: false });
    assert!(!scene.git.asked(0).contains(&"git-receive-pack".to_owned()));
}

#[tokio::test]
async fn a_branch_that_goes_another_way_is_overwritten_only_where_somebody_says_so() {
    let scene = Scene::new().await;
    let source = scene.repository("acme/taken.git");
    let there = source.commit("main", &[("a", "somebody's work")]);
    scene.write("b", "mine");
    let error = scene.push(scene.first(&scene.git.url("acme/taken.git"))).await.expect_err("taken").to_string();
    assert!(error.contains("is there already, and holds what a push would lose"), "{error}");
    let head = |source: &Source| source.0.find_reference("refs/heads/main").ok().and_then(|found| found.target());
    assert_eq!(head(&source), Some(there));
    let force = Push { force: true, ..scene.first(&scene.git.url("acme/taken.git")) };
    let pushed = scene.push(force).await.expect("pushed");
    assert_eq!(head(&source).map(|id| id.to_string()), Some(pushed.commit));
}

#[tokio::test]
async fn what_a_push_needs_is_granted_or_said() {
    let scene = Scene::new().await;
    scene.repository("acme/new.git");
    scene.write("a", "1");
    let url = scene.git.url("acme/new.git");
    let reading = access(&format!("repositories: ['{}'], {LOOPBACK}", scene.git.url("*")));
    let refused =
        scene.reader.repositories.push(&reading, scene.first(&url)).await.expect_err("not granted").to_string();
    assert!(refused.contains(&format!("may not push to the repository {url}")), "{refused}");
    assert!(scene.git.asked(0).is_empty(), "nobody was asked");
    let missing = scene.push(scene.first(&scene.git.url("acme/nowhere.git"))).await.expect_err("missing").to_string();
    assert!(missing.contains("there is no repository at"), "{missing}");
    let branch = Push { branch: "a..b".to_owned(), ..scene.first(&url) };
    let wrong = scene.push(branch).await.expect_err("no branch").to_string();
    assert!(wrong.contains("`a..b` is no name of a branch"), "{wrong}");
    let locked = Source::create(&scene.root.join("acme/locked.git"));
    locked.0.config().and_then(|mut config| config.set_bool("http.receivepack", false)).expect("a setting");
    let refused = scene.push(scene.first(&scene.git.url("acme/locked.git"))).await.expect_err("locked").to_string();
    assert!(refused.contains("lets nobody in without credentials"), "{refused}");
}

#[tokio::test]
async fn a_link_that_leads_out_is_not_pushed() {
    let scene = Scene::new().await;
    scene.repository("acme/new.git");
    scene.write("a", "1");
    fs::create_dir(scene.workspace().join("sub")).expect("a folder");
    symlink("../../etc/passwd", scene.workspace().join("sub/passwd")).expect("a link");
    let error = scene.push(scene.first(&scene.git.url("acme/new.git"))).await.expect_err("refused").to_string();
    assert!(error.contains("sub/passwd is a link that leads out of the folder that is pushed"), "{error}");
}

#[tokio::test]
async fn a_repository_of_this_machine_is_made_where_there_is_none() {
    let scene = Scene::new().await;
    let folder = scene.reader.folder.path().join("git");
    let path = folder.join("acme/new.git").display().to_string();
    let access = access(&format!("push: ['{}/*']", folder.display()));
    scene.write("a", "1");
    let pushed = scene.reader.repositories.push(&access, scene.first(&path)).await.expect("pushed");
    let made = Repository::open_bare(&path).expect("a repository");
    assert_eq!(made.head().ok().and_then(|head| head.target()).map(|id| id.to_string()), Some(pushed.commit));
    let error = scene.reader.repositories.push(&access, scene.first(&path)).await.expect_err("taken").to_string();
    assert!(error.contains("is there already"), "{error}");
    scene.write("a", "2");
    let next = Push { onto: Some("main".to_owned()), ..scene.first(&path) };
    assert!(scene.reader.repositories.push(&access, next).await.expect("pushed").changed);
    // A link in the granted folder leads to one that is not.
    let outside = scene.reader.folder.path().join("outside");
    fs::create_dir(&outside).expect("a folder");
    symlink(&outside, folder.join("out")).expect("a link");
    let out = folder.join("out/new.git").display().to_string();
    let refused = scene.reader.repositories.push(&access, scene.first(&out)).await.expect_err("refused").to_string();
    assert!(refused.contains("may not push to the repository"), "{refused}");
    assert!(fs::read_dir(outside).expect("the folder").next().is_none());
}

#[tokio::test]
async fn a_tree_is_copied_with_its_modes_and_its_links() {
    let scene = Scene::new().await;
    let source = scene.repository("acme/skeleton.git");
    let blob = |text: &str| source.blob(text);
    let files = source.raw_tree(&[
        ("100755", b"gradlew", blob("#!/bin/sh\n")),
        ("120000", b"link", blob("gradlew")),
        ("100644", b"readme", blob("hi")),
    ]);
    let root = source.raw_tree(&[("40000", b"skeleton", files), ("100644", b"top", blob("top"))]);
    source.commit_tree("main", root);
    let snapshot = scene.reader.repositories.snapshot(&scene.access, &scene.git.url("acme/skeleton.git"), None).await;
    let snapshot = snapshot.expect("readable");
    let into = || Dir::open_ambient_dir(scene.workspace(), ambient_authority()).expect("the workspace");
    let room = Room { bytes: 1_000, entries: 100 };
    let copied = snapshot.copy("skeleton", into(), "out", room).await.expect("copied");
    assert_eq!((copied.files, copied.bytes), (2, 12));
    let at = |name: &str| scene.workspace().join(name);
    assert_eq!(fs::metadata(at("out/gradlew")).expect("a file").permissions().mode() & 0o111, 0o111);
    assert_eq!(fs::read_link(at("out/link")).expect("a link"), Path::new("gradlew"));
    snapshot.copy("top", into(), "one/file", room).await.expect("copied");
    assert_eq!(fs::read_to_string(at("one/file")).expect("a file"), "top");
    let full =
        snapshot.copy("skeleton", into(), "", Room { bytes: 11, entries: 100 }).await.expect_err("full").to_string();
    assert!(full.contains("more bytes at that place than the workspace has room for"), "{full}");
    let missing = snapshot.copy("nowhere", into(), "", room).await.expect_err("missing").to_string();
    assert!(missing.contains("there is no file or folder nowhere in"), "{missing}");
    let out = source.raw_tree(&[("120000", b"out", blob("../../etc"))]);
    source.commit_tree("main", source.raw_tree(&[("40000", b"skeleton", out)]));
    let snapshot = scene.reader.repositories.snapshot(&scene.access, &scene.git.url("acme/skeleton.git"), None).await;
    let error = snapshot.expect("readable").copy("skeleton", into(), "", room).await.expect_err("refused").to_string();
    assert!(error.contains("is a link that leads out of what is copied"), "{error}");
}
