//! Repositories of this machine.

use std::os::unix::fs::symlink;

use super::*;
use crate::egress::Class;

/// A folder that is granted, beside one that is not.
struct Scene {
    reader: Reader,
    granted: std::path::PathBuf,
    secret: std::path::PathBuf,
    access: Access,
}

impl Scene {
    fn new() -> Scene {
        let reader = Reader::new();
        let root = reader.folder.path().canonicalize().expect("a folder");
        let (granted, secret) = (root.join("granted"), root.join("secret"));
        std::fs::create_dir(&granted).expect("made");
        std::fs::create_dir(&secret).expect("made");
        let access = access(&format!("repositories: ['{}/*']", granted.display()));
        Scene { reader, granted, secret, access }
    }

    async fn contents(&self, name: &str) -> Result<Vec<(String, String)>, RepositoryError> {
        self.reader.contents(&self.access, &self.granted.join(name).display().to_string(), None).await
    }
}

#[tokio::test]
async fn a_bare_repository_is_read_where_it_is_and_left_as_it_was() {
    let scene = Scene::new();
    let source = Source::create(&scene.granted.join("x.git"));
    source.commit("main", &[("a/b", "1"), ("c", "2")]);
    let before = listing(&scene.granted);
    assert_eq!(scene.contents("x.git").await.expect("readable"), pairs(&[("a/b", "1"), ("c", "2")]));
    assert_eq!(listing(&scene.granted), before);
    assert!(folders(&scene.reader.cache()).is_empty());
}

fn listing(folder: &Path) -> Vec<(std::path::PathBuf, std::time::SystemTime)> {
    let mut all = Vec::new();
    for path in folders(folder) {
        let metadata = path.symlink_metadata().expect("there");
        all.push((path.clone(), metadata.modified().expect("a time")));
        if metadata.is_dir() {
            all.extend(listing(&path));
        }
    }
    all.sort();
    all
}

#[tokio::test]
async fn a_working_copy_is_read_from_its_commits() {
    let scene = Scene::new();
    let repository = Repository::init(scene.granted.join("work")).expect("a repository");
    let source = Source(repository);
    source.commit("main", &[("a", "committed")]);
    source.0.set_head("refs/heads/main").expect("set");
    std::fs::write(scene.granted.join("work/a"), "edited").expect("written");
    assert_eq!(scene.contents("work").await.expect("readable"), pairs(&[("a", "committed")]));
}

#[tokio::test]
async fn an_address_with_file_is_a_path() {
    let scene = Scene::new();
    Source::create(&scene.granted.join("x.git")).commit("main", &[("a", "1")]);
    let url = format!("file://{}/x.git", scene.granted.display());
    assert_eq!(scene.reader.contents(&scene.access, &url, None).await.expect("readable"), pairs(&[("a", "1")]));
}

#[tokio::test]
async fn what_is_not_granted_is_denied_whether_it_is_there_or_not() {
    let scene = Scene::new();
    Source::create(&scene.secret.join("x.git")).commit("main", &[("a", "1")]);
    for path in ["x.git", "nothing", ""] {
        let path = scene.secret.join(path).display().to_string();
        let error = scene.reader.contents(&scene.access, &path, None).await.expect_err(&path);
        assert!(matches!(error, RepositoryError::NotGranted(_)), "{path}: {error}");
    }
    let climbing = format!("{}/../secret/x.git", scene.granted.display());
    let error = scene.reader.contents(&scene.access, &climbing, None).await.expect_err("it climbs");
    assert_eq!(error.class(), Some(Class::Invalid));
}

#[tokio::test]
async fn a_link_counts_as_what_it_leads_to() {
    let scene = Scene::new();
    Source::create(&scene.secret.join("x.git")).commit("main", &[("a", "secret")]);
    Source::create(&scene.granted.join("real.git")).commit("main", &[("a", "granted")]);
    symlink(scene.secret.join("x.git"), scene.granted.join("out.git")).expect("a link");
    symlink(scene.granted.join("real.git"), scene.granted.join("in.git")).expect("a link");
    let error = scene.contents("out.git").await.expect_err("it leads out");
    let (from, to) = (scene.granted.join("out.git"), scene.secret.join("x.git"));
    assert!(
        error.to_string().starts_with(&format!(
            "{} leads to {}. The plugin `probe` may not",
            from.display(),
            to.display()
        )),
        "{error}"
    );
    assert_eq!(scene.contents("in.git").await.expect("readable"), pairs(&[("a", "granted")]));
}

#[tokio::test]
async fn a_repository_that_draws_from_elsewhere_is_denied() {
    let scene = Scene::new();
    let secret = Source::create(&scene.secret.join("x.git"));
    let commit = secret.commit("main", &[("a", "secret")]);
    let alternates = format!("{}\n", scene.secret.join("x.git/objects").display());

    let borrowing = Source::create(&scene.granted.join("borrowing.git"));
    std::fs::create_dir_all(scene.granted.join("borrowing.git/objects/info")).expect("made");
    std::fs::write(scene.granted.join("borrowing.git/objects/info/alternates"), &alternates).expect("written");
    std::fs::write(borrowing.0.path().join("refs/heads/main"), format!("{commit}\n")).expect("written");

    let relative = Source::create(&scene.granted.join("relative.git"));
    std::fs::create_dir_all(relative.0.path().join("objects/info")).expect("made");
    std::fs::write(relative.0.path().join("objects/info/alternates"), "../../../secret/x.git/objects\n")
        .expect("written");
    std::fs::write(relative.0.path().join("refs/heads/main"), format!("{commit}\n")).expect("written");

    Source::create(&scene.granted.join("linked.git"));
    std::fs::remove_dir_all(scene.granted.join("linked.git/objects")).expect("removed");
    symlink(scene.secret.join("x.git/objects"), scene.granted.join("linked.git/objects")).expect("a link");

    std::fs::create_dir(scene.granted.join("pointing")).expect("made");
    std::fs::write(scene.granted.join("pointing/.git"), format!("gitdir: {}\n", scene.secret.join("x.git").display()))
        .expect("written");

    for name in ["borrowing.git", "relative.git", "linked.git", "pointing"] {
        let error = scene.contents(name).await.expect_err(name);
        assert_eq!(error.class(), Some(Class::Denied), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_repository_may_draw_from_another_that_is_granted() {
    let scene = Scene::new();
    let pool = Source::create(&scene.granted.join("pool.git"));
    let commit = pool.commit("main", &[("a", "1")]);
    let fork = Source::create(&scene.granted.join("fork.git"));
    std::fs::create_dir_all(fork.0.path().join("objects/info")).expect("made");
    std::fs::write(
        fork.0.path().join("objects/info/alternates"),
        format!("{}\n", pool.0.path().join("objects").display()),
    )
    .expect("written");
    std::fs::write(fork.0.path().join("refs/heads/main"), format!("{commit}\n")).expect("written");
    assert_eq!(scene.contents("fork.git").await.expect("readable"), pairs(&[("a", "1")]));
}

#[tokio::test]
async fn one_granted_repository_is_enough() {
    let scene = Scene::new();
    Source::create(&scene.granted.join("x.git")).commit("main", &[("a", "1")]);
    let path = scene.granted.join("x.git").display().to_string();
    let access = access(&format!("repositories: ['{path}']"));
    assert_eq!(scene.reader.contents(&access, &path, None).await.expect("readable"), pairs(&[("a", "1")]));
}

#[tokio::test]
async fn what_is_no_repository_is_said() {
    let scene = Scene::new();
    std::fs::create_dir(scene.granted.join("folder")).expect("made");
    std::fs::write(scene.granted.join("file"), "text").expect("written");
    Source::create(&scene.granted.join("empty.git"));
    let cases = [
        ("nothing", "there is no repository at"),
        ("folder", "is no Git repository; check the path"),
        ("file", "file"),
        ("empty.git", "has no commit on its default branch"),
    ];
    for (name, why) in cases {
        let error = scene.contents(name).await.expect_err(name);
        assert!(error.to_string().contains(why), "{name}: {error}");
    }
}

#[tokio::test]
async fn references_are_found_here_as_on_a_server() {
    let scene = Scene::new();
    let source = Source::create(&scene.granted.join("x.git"));
    let first = source.commit("main", &[("v", "1")]);
    let second = source.commit("main", &[("v", "2")]);
    let object = source.0.find_object(first, None).expect("there");
    let who = Signature::now("Ada", "ada@example.test").expect("a name");
    source.0.tag("v1", &object, &who, "one", false).expect("a tag");
    let path = scene.granted.join("x.git").display().to_string();
    let cases = [
        (None, "refs/heads/main".to_owned(), second),
        (Some("main"), "refs/heads/main".to_owned(), second),
        (Some("v1"), "refs/tags/v1".to_owned(), first),
        (Some(&first.to_string()), first.to_string(), first),
    ];
    for (reference, name, commit) in cases {
        let head = scene.reader.repositories.resolve(&scene.access, &path, reference).await.expect("there");
        assert_eq!(head, Head { reference: name, commit: commit.to_string() }, "{reference:?}");
    }
    let error = scene.reader.repositories.resolve(&scene.access, &path, Some("next")).await.expect_err("unknown");
    assert_eq!(error.to_string(), format!("{path} has no branch or tag next; its branches are main"));
    source.0.set_head_detached(first).expect("set");
    let head = scene.reader.repositories.resolve(&scene.access, &path, None).await.expect("there");
    assert_eq!(head, Head { reference: "HEAD".into(), commit: first.to_string() });
}
