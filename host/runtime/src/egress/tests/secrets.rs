//! Secrets go where they belong, and nowhere else.

use std::path::Path;

use super::testing::{Server, answer};
use super::*;

const SECRET: &str = "s3cr3t-t0k3n";

fn file(folder: &Path) -> String {
    let path = folder.join("token");
    std::fs::write(&path, format!("{SECRET}\n")).expect("a file");
    path.display().to_string()
}

/// Loopback with a credential for it.
fn grants(file: &str, placement: &str) -> String {
    format!("{LOOPBACK}, credentials: {{ forge: {{ hosts: [127.0.0.1], {placement} secret: {{ file: {file} }} }} }}")
}

#[tokio::test]
async fn a_secret_is_added_the_way_it_is_granted() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = file(folder.path());
    let cases = [
        ("", "authorization", format!("Bearer {SECRET}")),
        ("username: portal,", "authorization", "Basic cG9ydGFsOnMzY3IzdC10MGszbg==".to_owned()),
        ("header: x-api-key,", "x-api-key", SECRET.to_owned()),
        ("header: authorization, format: 'Token token={}',", "authorization", format!("Token token={SECRET}")),
    ];
    for (placement, header, value) in cases {
        let server = Server::plain(|_| answer(200, "")).await;
        send(&network(&[]), &grants(&file, placement), get(server.url("/"))).await.expect("an answer");
        assert_eq!(server.asked()[0].header(header), Some(value.as_str()), "{placement}");
    }
}

#[test]
fn of_two_credentials_for_a_server_git_takes_the_password_and_a_plugins_request_the_other() {
    let address: portico_manifest::RepositoryAddress =
        "https://gitlab.test/acme/ledger.git".parse().expect("an address");
    let both = "a-git: { hosts: [gitlab.test], username: portal, secret: { env: A } }, \
                b-api: { hosts: [gitlab.test], header: private-token, secret: { env: B } }";
    let narrow = "c-wide: { hosts: ['*.test'], username: portal, secret: { env: C } }, \
                  d-api: { hosts: [gitlab.test], header: private-token, secret: { env: D } }";
    for (credentials, git, request) in [
        (both, "a-git", "b-api"),
        (narrow, "d-api", "d-api"),
        ("e: { hosts: [gitlab.test], header: private-token, secret: { env: E } }", "e", "e"),
        ("f: { hosts: [gitlab.test], username: portal, secret: { env: F } }", "f", "f"),
    ] {
        let grants = format!(
            "http: [{{ host: gitlab.test }}], repositories: ['https://gitlab.test/acme/*'], credentials: {{ {credentials} }}"
        );
        let rights = testing::rights(&grants);
        let client = Client::new(&network(&[]), &rights, Arc::default()).expect("a client");
        let by_git = Target::repository(&rights, &address, "GET", "info/refs").expect("granted");
        let by_plugin = Target::request(&rights, "GET", "https://gitlab.test/api/v4/projects").expect("granted");
        assert_eq!(
            (client.credential(&by_git), client.credential(&by_plugin)),
            (Some(git), Some(request)),
            "{credentials}"
        );
    }
}

#[tokio::test]
async fn a_secret_that_was_renewed_counts_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(folder.path());
    let rights = testing::rights(&grants(&path, ""));
    let client = Client::new(&network(&[]), &rights, Arc::default()).expect("a client");
    let server = Server::plain(|_| answer(200, "")).await;
    client.send(&rights, get(server.url("/")), soon()).await.expect("an answer");
    std::fs::write(&path, "another-secret").expect("written");
    client.send(&rights, get(server.url("/")), soon()).await.expect("an answer");
    assert_eq!(server.asked()[1].header("authorization"), Some("Bearer another-secret"));
}

#[tokio::test]
async fn other_hosts_do_not_get_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let grants = format!(
        "http: [{{ host: other.test, scheme: http, port: '*' }}], private-addresses: [127.0.0.0/8], \
         credentials: {{ forge: {{ hosts: [127.0.0.1, forge.test], secret: {{ file: {} }} }} }}",
        file(folder.path())
    );
    let server = Server::plain(|_| answer(200, "")).await;
    let network = network(&[("other.test", &["127.0.0.1"])]);
    send(&network, &grants, get(format!("http://other.test:{}/", server.port()))).await.expect("an answer");
    assert_eq!(server.asked()[0].header("authorization"), None);
}

#[tokio::test]
async fn it_never_travels_in_the_clear_over_a_network() {
    let folder = tempfile::tempdir().expect("a folder");
    let grants = format!(
        "http: [{{ host: forge.test, scheme: http, port: '*' }}], private-addresses: [127.0.0.0/8], \
         credentials: {{ forge: {{ hosts: [forge.test], secret: {{ file: {} }} }} }}",
        file(folder.path())
    );
    let server = Server::plain(|_| answer(401, "")).await;
    // The name leads to loopback today; tomorrow it may not, and the address in the URL is what was granted.
    let network = network(&[("forge.test", &["127.0.0.1"])]);
    let response =
        send(&network, &grants, get(format!("http://forge.test:{}/", server.port()))).await.expect("an answer");
    assert_eq!(response.status, 401);
    assert_eq!(server.asked()[0].header("authorization"), None);
}

#[tokio::test]
async fn a_plugin_cannot_put_its_own_in_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::plain(|_| answer(200, "")).await;
    let request = Request { headers: vec![("Authorization".into(), "Bearer mine".into())], ..get(server.url("/")) };
    let error = send(&network(&[]), &grants(&file(folder.path()), ""), request.clone()).await.expect_err("reserved");
    assert!(error.to_string().starts_with("the header authorization is set by the portal"), "{error}");
    // Where no credential is bound, the header is the plugin's.
    send(&network(&[]), LOOPBACK, request).await.expect("an answer");
    assert_eq!(server.asked()[0].header("authorization"), Some("Bearer mine"));
}

#[tokio::test]
async fn what_comes_back_comes_as_it_is_and_whole_where_a_secret_was_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let grants = grants(&file(folder.path()), "");
    let server = Server::plain(|asked| {
        let mut response = answer(200, "what may be anything");
        if asked.path == "/pressed" {
            response.headers_mut().insert("content-encoding", "gzip".parse().expect("a value"));
        }
        response
    })
    .await;
    let wishes = vec![("accept-encoding".into(), "gzip".into()), ("range".into(), "bytes=3-".into())];
    let request = |path: &str| Request { headers: wishes.clone(), ..get(server.url(path)) };
    send(&network(&[]), &grants, request("/")).await.expect("an answer");
    let asked = server.asked();
    assert_eq!((asked[0].header("accept-encoding"), asked[0].header("range")), (Some("identity"), None));
    let error = send(&network(&[]), &grants, request("/pressed")).await.expect_err("refused").to_string();
    assert!(error.contains("is compressed, though it was asked not to be"), "{error}");
    // Where none is sent, both are the plugin's.
    send(&network(&[]), LOOPBACK, request("/pressed")).await.expect("an answer");
    assert_eq!(server.asked()[2].header("range"), Some("bytes=3-"));
}

#[tokio::test]
async fn it_is_found_in_whatever_a_document_or_an_address_makes_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    std::fs::write(&path, "a\"b/c d").expect("a file");
    let server = Server::plain(|_| answer(200, r#"a"b/c d, "a\"b/c d", a%22b%2Fc+d, YSJiL2MgZA=="#)).await;
    let grants = grants(&path.display().to_string(), "");
    let response = send(&network(&[]), &grants, get(server.url("/"))).await.expect("an answer");
    assert_eq!(String::from_utf8_lossy(&response.body), r#"[secret], "[secret]", [secret], [secret]=="#);
}

#[tokio::test]
async fn a_server_that_repeats_it_does_not_tell_the_plugin() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = file(folder.path());
    for placement in ["", "username: portal,"] {
        let server = Server::plain(|asked| {
            let echo = asked.header("authorization").unwrap_or_default().to_owned();
            let mut response = answer(200, format!("you sent {echo} and {echo}; {SECRET}"));
            response.headers_mut().insert("x-echo", echo.parse().expect("a value"));
            response
        })
        .await;
        let response = send(&network(&[]), &grants(&file, placement), get(server.url("/"))).await.expect("an answer");
        let text = format!("{} {:?}", String::from_utf8_lossy(&response.body), response.headers);
        assert!(!text.contains(SECRET) && !text.contains("cG9ydGFs"), "{text}");
        assert_eq!(text.matches("[secret]").count(), 4, "{text}");
    }
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_said_and_nothing_is_sent() {
    let server = Server::plain(|_| answer(200, "")).await;
    let error = send(&network(&[]), &grants("/nowhere/token", ""), get(server.url("/"))).await.expect_err("no file");
    assert_eq!(
        error.to_string(),
        "the secret of the credential `forge` could not be read from the file /nowhere/token: No such file or directory (os error 2)"
    );
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_named_host_goes_before_a_wildcard() {
    let folder = tempfile::tempdir().expect("a folder");
    let (wide, exact) = (folder.path().join("wide"), folder.path().join("exact"));
    std::fs::write(&wide, "wide").expect("written");
    std::fs::write(&exact, "exact").expect("written");
    let rights = testing::rights(&format!(
        "http: [{{ host: a.forge.test }}], credentials: {{ \
         a-wide: {{ hosts: ['*.forge.test'], secret: {{ file: {} }} }}, \
         b-exact: {{ hosts: [a.forge.test], secret: {{ file: {} }} }} }}",
        wide.display(),
        exact.display()
    ));
    let client = Client::new(&network(&[]), &rights, Arc::default()).expect("a client");
    let target = Target::request(&rights, "GET", "https://a.forge.test/").expect("granted");
    assert_eq!(client.credential(&target), Some("b-exact"));
}

#[tokio::test]
async fn two_servers_of_one_machine_get_each_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (Server::plain(|_| answer(200, "")).await, Server::plain(|_| answer(200, "")).await);
    std::fs::write(folder.path().join("one"), "the-one").expect("written");
    std::fs::write(folder.path().join("all"), "the-other").expect("written");
    let place = folder.path().display();
    let grants = format!(
        "{LOOPBACK}, credentials: {{ all: {{ hosts: [127.0.0.1], secret: {{ file: {place}/all }} }}, \
         one: {{ hosts: ['127.0.0.1:{}'], secret: {{ file: {place}/one }} }} }}",
        one.port()
    );
    for (server, token) in [(&one, "the-one"), (&other, "the-other")] {
        send(&network(&[]), &grants, get(server.url("/"))).await.expect("an answer");
        assert_eq!(server.asked()[0].header("authorization"), Some(&*format!("Bearer {token}")));
    }
}
