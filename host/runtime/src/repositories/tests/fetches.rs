//! Repositories on a server: what is fetched, what is not, and what is kept.

use super::server::GitServer;
use super::*;

/// A server with one repository, a reader, and the right to read everything on the server.
struct Scene {
    reader: Reader,
    source: Source,
    git: GitServer,
    access: Access,
    url: String,
}

impl Scene {
    async fn new() -> Scene {
        let reader = Reader::new();
        let root = reader.folder.path().join("server");
        let source = Source::create(&root.join("acme/ledger.git"));
        let git = GitServer::start(root).await;
        let access = access(&format!("repositories: ['{}'], {LOOPBACK}", git.url("*")));
        let url = git.url("acme/ledger.git");
        Scene { reader, source, git, access, url }
    }

    async fn contents(&self) -> Result<Vec<(String, String)>, RepositoryError> {
        self.reader.contents(&self.access, &self.url, None).await
    }
}

const LIST: &str = "refs";
const PACK: &str = "git-upload-pack";

#[tokio::test]
async fn a_repository_is_read_over_http() {
    let scene = Scene::new().await;
    let files = [("a/b/deep.yaml", "deep: true\n"), ("catalog-info.yaml", "kind: Component\n"), ("empty", "")];
    let commit = scene.source.commit("main", &files);
    let head = scene.reader.repositories.resolve(&scene.access, &scene.url, None).await.expect("there");
    assert_eq!(head, Head { reference: "refs/heads/main".into(), commit: commit.to_string() });
    assert_eq!(scene.contents().await.expect("readable"), pairs(&files));
}

#[tokio::test]
async fn an_unchanged_commit_costs_one_exchange() {
    let scene = Scene::new().await;
    scene.source.commit("main", &[("a", "1")]);
    scene.reader.repositories.resolve(&scene.access, &scene.url, None).await.expect("there");
    assert_eq!(scene.git.asked(0), [LIST]);
    scene.contents().await.expect("readable");
    let fetched = scene.git.server.asked().len();
    scene.contents().await.expect("readable");
    assert_eq!(scene.git.asked(fetched), [LIST]);
}

#[tokio::test]
async fn history_stays_where_it_is() {
    let scene = Scene::new().await;
    let first = scene.source.commit("main", &[("a", "only in the past")]);
    let past = scene.source.blob("only in the past");
    let second = scene.source.commit("main", &[("a", "now")]);
    scene.contents().await.expect("readable");
    let cached = Repository::open_bare(folders(&folders(&scene.reader.cache())[0])[0].clone()).expect("a repository");
    assert!(cached.find_commit(second).is_ok());
    assert!(cached.find_commit(first).is_err() && cached.find_blob(past).is_err());
}

#[tokio::test]
async fn every_change_is_seen_and_the_cache_stays_small() {
    let scene = Scene::new().await;
    for round in 0..50 {
        let text = format!("round {round}");
        scene.source.commit("main", &[("same", "same"), ("changing", &text)]);
        assert_eq!(
            scene.contents().await.expect("readable"),
            pairs(&[("changing", &text), ("same", "same")]),
            "{round}"
        );
    }
    let generations = folders(&folders(&scene.reader.cache())[0]);
    assert_eq!(generations.len(), 1, "{generations:?}");
    let packs = folders(&generations[0].join("objects/pack"));
    assert!(packs.iter().filter(|file| file.extension().is_some_and(|e| e == "pack")).count() <= 20, "{packs:?}");
}

#[tokio::test]
async fn a_rewritten_branch_is_followed() {
    let scene = Scene::new().await;
    scene.source.commit("main", &[("a", "1")]);
    let other = scene.source.commit("other", &[("b", "2")]);
    scene.contents().await.expect("readable");
    scene.source.0.reference("refs/heads/main", other, true, "").expect("moved");
    assert_eq!(scene.contents().await.expect("readable"), pairs(&[("b", "2")]));
}

#[tokio::test]
async fn a_snapshot_stays_as_it_was_while_the_repository_moves_on() {
    let scene = Scene::new().await;
    scene.source.commit("main", &[("a", "before")]);
    let held = scene.reader.repositories.snapshot(&scene.access, &scene.url, None).await.expect("there");
    for round in 0..25 {
        scene.source.commit("main", &[("a", &format!("after {round}"))]);
        scene.contents().await.expect("readable");
    }
    assert_eq!(held.read("a").await.expect("still there"), b"before");
    let slot = folders(&scene.reader.cache())[0].clone();
    assert_eq!(folders(&slot).len(), 2);
    drop(held);
    assert_eq!(folders(&slot).len(), 1);
}

#[tokio::test]
async fn branches_tags_and_commits_are_found() {
    let scene = Scene::new().await;
    let first = scene.source.commit("main", &[("v", "1")]);
    let second = scene.source.commit("main", &[("v", "2")]);
    let feature = scene.source.commit("feature/x", &[("v", "3")]);
    let object = scene.source.0.find_object(first, None).expect("there");
    let who = Signature::now("Ada", "ada@example.test").expect("a name");
    scene.source.0.tag("v1.0", &object, &who, "one", false).expect("a tag");
    scene.source.0.tag_lightweight("light", &object, false).expect("a tag");
    let cases = [
        (None, "refs/heads/main".to_owned(), second, "2"),
        (Some("main"), "refs/heads/main".to_owned(), second, "2"),
        (Some("feature/x"), "refs/heads/feature/x".to_owned(), feature, "3"),
        (Some("v1.0"), "refs/tags/v1.0".to_owned(), first, "1"),
        (Some("light"), "refs/tags/light".to_owned(), first, "1"),
        (Some(&feature.to_string()), feature.to_string(), feature, "3"),
        (Some(&first.to_string()), first.to_string(), first, "1"),
    ];
    for (reference, name, commit, text) in cases {
        let head = scene.reader.repositories.resolve(&scene.access, &scene.url, reference).await.expect("there");
        assert_eq!(head, Head { reference: name, commit: commit.to_string() }, "{reference:?}");
        let contents = scene.reader.contents(&scene.access, &scene.url, reference).await.expect("readable");
        assert_eq!(contents, pairs(&[("v", text)]), "{reference:?}");
    }
}

#[tokio::test]
async fn a_commit_that_no_reference_names_is_fetched_if_the_server_allows_it() {
    let scene = Scene::new().await;
    let first = scene.source.commit("main", &[("v", "1")]);
    scene.source.commit("main", &[("v", "2")]);
    let id = first.to_string();
    let error = scene.reader.contents(&scene.access, &scene.url, Some(&id)).await.expect_err("not handed out");
    assert!(
        error.to_string().contains(&format!("does not hand out the commit {id}; check the id, or name a branch")),
        "{error}"
    );
    scene.source.0.config().and_then(|mut config| config.set_bool("uploadpack.allowAnySHA1InWant", true)).expect("set");
    let contents = scene.reader.contents(&scene.access, &scene.url, Some(&id)).await.expect("handed out");
    assert_eq!(contents, pairs(&[("v", "1")]));
}

#[tokio::test]
async fn many_readers_of_one_repository_fetch_it_once() {
    let scene = Scene::new().await;
    scene.source.commit("main", &[("a", "1")]);
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let (repositories, access, url) =
                (scene.reader.repositories.clone(), scene.access.clone(), scene.url.clone());
            tokio::spawn(async move { repositories.snapshot(&access, &url, None).await.map(drop) })
        })
        .collect();
    for reader in readers {
        reader.await.expect("no panic").expect("readable");
    }
    // One fetch of a shallow commit is two rounds of the protocol.
    assert_eq!(scene.git.asked(0).iter().filter(|path| *path == PACK).count(), 2);
}

#[tokio::test]
async fn two_plugins_do_not_share_what_they_fetched() {
    let scene = Scene::new().await;
    scene.source.commit("main", &[("a", "1")]);
    scene.contents().await.expect("readable");
    let other = named("other", &format!("repositories: ['{}'], {LOOPBACK}", scene.git.url("*")));
    scene.reader.contents(&other, &scene.url, None).await.expect("readable");
    assert_eq!(folders(&scene.reader.cache()).len(), 2);
}

#[tokio::test]
async fn what_was_fetched_outlives_the_portal() {
    let scene = Scene::new().await;
    scene.source.commit("main", &[("a", "1")]);
    scene.contents().await.expect("readable");
    let slot = folders(&scene.reader.cache())[0].clone();
    // What a killed portal leaves behind: an older generation, and half a pack.
    std::fs::create_dir_all(slot.join("0/objects")).expect("made");
    let half = folders(&slot)
        .into_iter()
        .find(|folder| folder.ends_with("1"))
        .expect("there")
        .join("objects/pack/pack_git2_abc");
    std::fs::write(&half, "half a pack").expect("written");
    let again = Repositories::new(scene.reader.cache()).expect("a cache");
    let asked = scene.git.server.asked().len();
    let snapshot = again.snapshot(&scene.access, &scene.url, None).await.expect("there");
    assert_eq!(snapshot.read("a").await.expect("readable"), b"1");
    assert_eq!(scene.git.asked(asked), [LIST]);
    assert!(!slot.join("0").exists() && !half.exists());
}

#[tokio::test]
async fn a_damaged_cache_is_fetched_afresh() {
    let scene = Scene::new().await;
    scene.source.commit("main", &[("a", "1")]);
    scene.contents().await.expect("readable");
    let generation = || folders(&folders(&scene.reader.cache())[0])[0].clone();
    for file in folders(&generation().join("objects/pack")) {
        std::fs::remove_file(file).expect("removed");
    }
    let again = Repositories::new(scene.reader.cache()).expect("a cache");
    let snapshot = again.snapshot(&scene.access, &scene.url, None).await.expect("fetched again");
    assert_eq!(snapshot.read("a").await.expect("readable"), b"1");
    drop((snapshot, again));
    std::fs::write(generation().join("HEAD"), "nonsense").expect("written");
    let again = Repositories::new(scene.reader.cache()).expect("a cache");
    scene.source.commit("main", &[("a", "2")]);
    let snapshot = again.snapshot(&scene.access, &scene.url, None).await.expect("fetched again");
    assert_eq!(snapshot.read("a").await.expect("readable"), b"2");
}

#[tokio::test]
async fn a_pack_that_is_cut_or_garbled_leaves_nothing_behind() {
    let scene = Scene::new().await;
    scene.source.commit("main", &[("a", "1")]);
    for garbled in [false, true] {
        scene.git.after(move |asked, response| {
            let pack = asked.path.ends_with(PACK);
            Box::pin(async move {
                let (parts, body) = response.into_parts();
                let mut bytes = http_body_util::BodyExt::collect(body).await.expect("whole").to_bytes().to_vec();
                let middle = bytes.len() / 2;
                match pack && bytes.len() > 100 {
                    true if garbled => bytes[middle..].iter_mut().for_each(|byte| *byte ^= 0x55),
                    true => bytes.truncate(middle),
                    false => {}
                }
                http::Response::from_parts(parts, http_body_util::Full::new(bytes.into()))
            })
        });
        let error = scene.contents().await.expect_err("broken");
        assert!(matches!(error, RepositoryError::Failed(_)), "{garbled}: {error}");
        assert_eq!(folders(&folders(&scene.reader.cache())[0]).len(), 0, "{garbled}");
    }
    scene.git.well();
    assert_eq!(scene.contents().await.expect("readable"), pairs(&[("a", "1")]));
}

#[tokio::test]
async fn a_reader_that_goes_away_in_the_middle_lets_go() {
    let scene = Scene::new().await;
    scene.source.commit("main", &[("a", "1")]);
    let (stalled, stalls) = tokio::sync::oneshot::channel::<()>();
    let stalled = std::sync::Mutex::new(Some(stalled));
    scene.git.after(move |asked, response| {
        let first = asked.path.ends_with(PACK).then(|| stalled.lock().expect("no panic").take()).flatten();
        Box::pin(async move {
            if let Some(first) = first {
                first.send(()).expect("the test waits");
                std::future::pending::<()>().await;
            }
            response
        })
    });
    {
        let reading = scene.contents();
        tokio::pin!(reading);
        tokio::select! {
            _ = &mut reading => panic!("the server stalls"),
            told = stalls => told.expect("told"),
        }
    }
    // The one before held the lock of this repository; this would wait for ever if it still did.
    assert_eq!(scene.contents().await.expect("readable"), pairs(&[("a", "1")]));
}

#[tokio::test]
async fn a_deadline_ends_a_fetch_in_the_middle() {
    let scene = Scene::new().await;
    scene.source.commit("main", &[("a", "1")]);
    scene.git.after(|asked, response| {
        let pack = asked.path.ends_with(PACK);
        Box::pin(async move {
            if pack {
                std::future::pending::<()>().await;
            }
            response
        })
    });
    let access = Access { deadline: Instant::now() + Duration::from_millis(500), ..scene.access.clone() };
    let error = scene.reader.contents(&access, &scene.url, None).await.expect_err("too late");
    let named = matches!(
        error,
        RepositoryError::Stopped(_) | RepositoryError::Egress(crate::egress::EgressError::TooSlow { .. })
    );
    assert!(named, "{error}");
    scene.git.well();
    assert_eq!(scene.contents().await.expect("readable"), pairs(&[("a", "1")]));
}

#[tokio::test]
async fn what_differs_is_told_from_the_cache_for_as_long_as_it_holds_both_commits() {
    let scene = Scene::new().await;
    let first = scene.source.commit("main", &[("a", "1"), ("b", "1")]).to_string();
    scene.contents().await.expect("readable");
    scene.source.commit("main", &[("a", "2"), ("b", "1")]);
    let snapshot = scene.reader.repositories.snapshot(&scene.access, &scene.url, None).await.expect("readable");
    let asked = scene.git.server.asked().len();
    let changes = snapshot.changed_since(&first).await.expect("compared");
    assert_eq!(changes, Some(vec![Change { path: "a".into(), is_there: true }]));
    assert_eq!(scene.git.server.asked().len(), asked, "nothing is fetched for it");
    // In a folder of its own, another plugin has not read the first commit.
    let other = named("other", &format!("repositories: ['{}'], {LOOPBACK}", scene.git.url("*")));
    let snapshot = scene.reader.repositories.snapshot(&other, &scene.url, None).await.expect("readable");
    assert_eq!(snapshot.changed_since(&first).await.expect("looked for"), None);
}
