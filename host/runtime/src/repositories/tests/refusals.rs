//! Servers that want a password, send elsewhere, are down, or are no Git servers.

use super::server::GitServer;
use super::*;
use crate::egress::Class;
use crate::egress::testing::{Server, answer, mute};

async fn resolve(grants: &str, url: &str) -> Result<Head, RepositoryError> {
    Reader::new().repositories.resolve(&access(grants), url, None).await
}

async fn answered(respond: fn() -> http::Response<http_body_util::Full<bytes::Bytes>>) -> (RepositoryError, String) {
    let server = Server::start(None, move |_| std::future::ready(respond())).await;
    let url = server.url("/acme/ledger.git");
    let error = resolve(&format!("repositories: ['{url}'], {LOOPBACK}"), &url).await.expect_err("no repository");
    (error, url)
}

#[tokio::test]
async fn an_address_that_is_not_granted_is_denied_and_nobody_is_asked() {
    let server = Server::plain(|_| answer(200, "")).await;
    let grants = format!("repositories: ['{}'], {LOOPBACK}", server.url("/acme/*"));
    let urls = ["/other/x.git", "/acme", "/acme/../other/x.git", "/acmes/x.git"];
    for path in urls {
        let error = resolve(&grants, &server.url(path)).await.expect_err(path);
        assert!(matches!(error.class(), Some(Class::Denied | Class::Invalid)), "{path}: {error}");
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_denial_shows_the_lines_that_allow_it() {
    let error = resolve("", "https://git.example.test/acme/ledger.git").await.expect_err("not granted");
    assert_eq!(
        error.to_string(),
        "The plugin `probe` may not read the repository https://git.example.test/acme/ledger.git. To allow it, add to portico.yaml:\n\
         plugins:\n  probe:\n    grants:\n      repositories:\n        - \"https://git.example.test/acme/ledger.git\""
    );
}

#[tokio::test]
async fn addresses_of_other_protocols_are_refused_in_words() {
    let cases = [
        ("git@github.com:acme/ledger.git", "addresses of SSH are not supported"),
        ("ssh://git@github.com/acme/ledger.git", "`ssh` is not supported"),
        ("git://github.com/acme/ledger.git", "`git` is not supported"),
        ("ext::sh -c whoami", "`ext` is not supported"),
        ("ledger.git", "names no repository"),
        ("", "names no repository"),
        ("https://user:secret@github.com/acme/ledger.git", "credentials belong under `grants.credentials`"),
    ];
    for (url, why) in cases {
        let error = resolve("repositories: ['https://github.com/*']", url).await.expect_err(url);
        assert!(error.class() == Some(Class::Invalid) && error.to_string().contains(why), "{url}: {error}");
    }
}

#[tokio::test]
async fn a_server_inside_needs_a_grant_for_its_address() {
    let server = Server::plain(|_| answer(200, "")).await;
    let url = server.url("/acme/ledger.git");
    let error = resolve(&format!("repositories: ['{url}']"), &url).await.expect_err("private");
    assert_eq!(error.class(), Some(Class::Denied));
    assert!(error.to_string().contains("127.0.0.1 leads to 127.0.0.1, a loopback address (127.0.0.0/8)"), "{error}");
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_server_that_asks_for_a_password_is_told_one_or_said_to_need_one() {
    let reader = Reader::new();
    let root = reader.folder.path().join("server");
    Source::create(&root.join("private.git")).commit("main", &[("a", "1")]);
    let git = GitServer::start(root).await;
    git.before(|asked| {
        (asked.header("authorization") != Some("Basic ZGV2OmRldi1wdw==")).then(|| answer(401, "who are you?"))
    });
    let url = git.url("private.git");
    let grants = format!("repositories: ['{url}'], {LOOPBACK}");

    let error = reader.contents(&access(&grants), &url, None).await.expect_err("locked");
    assert_eq!(error.class(), Some(Class::Denied));
    assert!(
        error.to_string().contains("credentials:\n        git-server:\n          hosts: [\"127.0.0.1\"]"),
        "{error}"
    );

    let (right, wrong) = (reader.folder.path().join("right"), reader.folder.path().join("wrong"));
    std::fs::write(&right, "dev-pw\n").expect("written");
    std::fs::write(&wrong, "no").expect("written");
    let with = |file: &Path| {
        access(&format!(
            "{grants}, credentials: {{ forge: {{ hosts: [127.0.0.1], username: dev, secret: {{ file: {} }} }} }}",
            file.display()
        ))
    };
    let error = reader.contents(&with(&wrong), &url, None).await.expect_err("wrong password");
    assert_eq!(
        error.to_string(),
        format!(
            "{url} does not let the credential `forge` in (401 Unauthorized); check that its secret is valid and may read the repository"
        )
    );
    assert_eq!(reader.contents(&with(&right), &url, None).await.expect("let in"), pairs(&[("a", "1")]));
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_said() {
    let (error, url) = answered(|| {
        let mut response = answer(301, "");
        let place = "https://elsewhere.test/acme/ledger.git/info/refs?service=git-upload-pack&token=hunter2";
        response.headers_mut().insert("location", place.parse().expect("a value"));
        response
    })
    .await;
    assert_eq!(error.class(), Some(Class::Invalid));
    assert_eq!(
        error.to_string(),
        format!(
            "{url} redirects to https://elsewhere.test/acme/ledger.git; redirects are not followed: write the new address into \
             the settings and the grants"
        )
    );
}

#[tokio::test]
async fn answers_that_are_none_are_told_apart() {
    let (error, url) = answered(|| answer(404, "")).await;
    assert_eq!(error.class(), None);
    assert!(
        error.to_string().starts_with(&format!("there is no repository at {url}, or it needs a credential")),
        "{error}"
    );

    let (error, _) = answered(|| answer(200, "<!doctype html>")).await;
    assert_eq!(error.class(), Some(Class::Invalid));
    assert!(error.to_string().contains("not as a Git server does"), "{error}");

    let (error, _) = answered(|| answer(500, "")).await;
    assert_eq!(error.class(), Some(Class::Unavailable));

    let (error, _) = answered(|| {
        let mut response = answer(429, "");
        response.headers_mut().insert("retry-after", "120".parse().expect("a value"));
        response
    })
    .await;
    assert!(matches!(error, RepositoryError::Unavailable { retry_after: Some(120), .. }), "{error}");

    let (error, _) = answered(|| answer(418, "")).await;
    assert_eq!(error.class(), Some(Class::Failed));
}

#[tokio::test]
async fn a_server_that_is_down_is_said_to_be() {
    let (address, server) = mute(b"").await;
    server.abort();
    let _stopped = server.await;
    let url = format!("http://{address}/ledger.git");
    let error = resolve(&format!("repositories: ['{url}'], {LOOPBACK}"), &url).await.expect_err("down");
    assert_eq!(error.class(), Some(Class::Unavailable));
    assert!(error.to_string().contains("cannot be reached: Connection refused"), "{error}");
}

#[tokio::test]
async fn an_empty_repository_and_an_unknown_branch_are_said() {
    let reader = Reader::new();
    let root = reader.folder.path().join("server");
    let source = Source::create(&root.join("x.git"));
    let git = GitServer::start(root).await;
    let url = git.url("x.git");
    let access = access(&format!("repositories: ['{url}'], {LOOPBACK}"));
    let error = reader.contents(&access, &url, None).await.expect_err("empty");
    assert_eq!(
        error.to_string(),
        format!("{url} has no commit on its default branch; push one, or name a branch that has one")
    );
    source.commit("main", &[("a", "1")]);
    let error = reader.contents(&access, &url, Some("mian")).await.expect_err("unknown");
    assert_eq!(error.to_string(), format!("{url} has no branch or tag mian; its branches are main"));
    assert_eq!(error.class(), None);
}
