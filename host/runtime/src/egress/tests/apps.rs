//! Tokens that a GitHub App makes, at a server that makes them as GitHub does.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use http::Response;
use http_body_util::Full;
use portico_api_types::Timestamp;
use serde_json::json;

use super::testing::{APP_KEY, Asked, Server, answer, verified};
use super::*;

/// How a server stands that knows the App 12345, which is installed on the organisation `acme` as 7.
#[derive(Clone, Debug)]
struct GitHub {
    /// Tokens that it has made.
    made: u32,
    /// How long they last, in seconds.
    lasts: i64,
    /// What it answers in the place of a path's own answer.
    refuses: Option<(&'static str, u16, String)>,
    /// What its clock shows beside the right time.
    date: Option<&'static str>,
    /// Whether it says that no request is left.
    is_spent: bool,
    /// Tokens up to this one are taken no more.
    ended: u32,
}

impl Default for GitHub {
    fn default() -> GitHub {
        GitHub { made: 0, lasts: 3_600, refuses: None, date: None, is_spent: false, ended: 0 }
    }
}

type Standing = Arc<Mutex<GitHub>>;

impl GitHub {
    fn answer(&mut self, asked: &Asked) -> Response<Full<bytes::Bytes>> {
        let authorization = asked.header("authorization").unwrap_or_default();
        if let Some(path) = asked.path.strip_prefix("/api/v3/") {
            assert_eq!(asked.header("user-agent"), Some("portico"));
            let statement = authorization.strip_prefix("Bearer ").expect("a statement");
            if let Some((refused, status, body)) = self.refuses.as_ref().filter(|(refused, ..)| path.contains(refused))
            {
                assert!(!refused.is_empty() || !statement.is_empty());
                return self.dated(answer(*status, body.replace("STATEMENT", statement)));
            }
            let claims = verified(statement);
            let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
            let (from, until) = (claims["iat"].as_u64().expect("a time"), claims["exp"].as_u64().expect("a time"));
            assert!(from + 59 <= now && now < until && until <= now + 600 && claims["iss"] == "12345", "{claims}");
            return match (asked.method.as_str(), path) {
                ("GET", "orgs/acme/installation" | "users/ada/installation") => {
                    self.dated(answer(200, json!({ "id": 7, "suspended_at": null }).to_string()))
                }
                ("POST", "app/installations/7/access_tokens") => {
                    self.made += 1;
                    let expires = Timestamp::now() + Duration::from_secs(self.lasts.unsigned_abs());
                    let token =
                        json!({ "token": format!("ghs_{}_s3cr3t", self.made), "expires_at": expires.to_string() });
                    self.dated(answer(201, token.to_string()))
                }
                _ => answer(404, json!({ "message": "Not Found" }).to_string()),
            };
        }
        let is_taken = (self.ended + 1..=self.made).any(|number| {
            let token = format!("ghs_{number}_s3cr3t");
            let basic =
                base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("x-access-token:{token}"));
            authorization == format!("Bearer {token}") || authorization == format!("Basic {basic}")
        });
        answer(if is_taken { 200 } else { 401 }, format!("you sent {authorization}"))
    }

    fn dated(&self, mut answer: Response<Full<bytes::Bytes>>) -> Response<Full<bytes::Bytes>> {
        if let Some(date) = self.date {
            answer.headers_mut().insert("date", date.parse().expect("a value"));
        }
        if self.is_spent {
            answer.headers_mut().insert("x-ratelimit-remaining", "0".parse().expect("a value"));
        }
        answer
    }
}

async fn github(standing: GitHub) -> (Server, Standing) {
    let standing = Arc::new(Mutex::new(standing));
    let known = standing.clone();
    let server = Server::start(None, move |asked| {
        std::future::ready(known.lock().expect("no test panicked with it").answer(&asked))
    })
    .await;
    (server, standing)
}

fn key(folder: &Path) -> PathBuf {
    let path = folder.join("app.pem");
    std::fs::write(&path, APP_KEY).expect("written");
    path
}

fn app(key: &Path, where_to: &str, placement: &str) -> String {
    format!(
        "{LOOPBACK}, credentials: {{ forge: {{ hosts: [127.0.0.1], {placement} secret: {{ githubApp: {{ id: 12345, key: {{ file: {} }}, {where_to} }} }} }} }}",
        key.display()
    )
}

/// A client of a plugin that is granted what an App makes.
fn client(key: &Path, where_to: &str, placement: &str) -> (Client, portico_manifest::Rights) {
    let rights = testing::rights(&app(key, where_to, placement));
    (Client::new(&network(&[]), &rights, Arc::default()).expect("a client"), rights)
}

fn paths(server: &Server) -> Vec<String> {
    server.asked().into_iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect()
}

const MADE: &str = "POST /api/v3/app/installations/7/access_tokens";

#[tokio::test]
async fn a_token_is_made_once_and_sent_in_the_place_of_a_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = key(folder.path());
    for (where_to, before) in [
        ("account: acme", vec!["GET /api/v3/orgs/acme/installation"]),
        ("account: ada", vec!["GET /api/v3/orgs/ada/installation", "GET /api/v3/users/ada/installation"]),
        ("installation: 7", vec![]),
    ] {
        for placement in ["", "username: x-access-token,"] {
            let (server, _) = github(GitHub::default()).await;
            let (client, rights) = client(&key, where_to, placement);
            for _ in 0..2 {
                let response = client.send(&rights, get(server.url("/data")), soon()).await.expect("an answer");
                assert_eq!(response.status, 200);
                let said = String::from_utf8_lossy(&response.body).into_owned();
                assert!(said.contains("[secret]") && !said.contains("s3cr3t"), "{said}");
            }
            let expected = [before.as_slice(), &[MADE, "GET /data", "GET /data"]].concat();
            assert_eq!(paths(&server), expected, "{where_to} {placement}");
        }
    }
}

#[tokio::test]
async fn a_token_that_ends_soon_is_made_anew_by_the_clock_of_who_made_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = key(folder.path());
    for (lasts, date, made) in [
        (0, None, 2),
        // Half of what it lasts.
        (299, None, 1),
        (400, None, 1),
        // By that clock it was over long ago, so that is not the clock of who made it.
        (3_600, Some("Fri, 01 Jan 2100 00:00:00 GMT"), 1),
        (0, Some("Sun, 06 Nov 1994 08:49:37 GMT"), 1),
    ] {
        let (server, standing) = github(GitHub { lasts, date, ..GitHub::default() }).await;
        let (client, rights) = client(&key, "account: acme", "");
        for _ in 0..2 {
            client.send(&rights, get(server.url("/data")), soon()).await.expect("an answer");
        }
        assert_eq!(standing.lock().expect("no panic").made, made, "{lasts} s, {date:?}");
    }
}

#[tokio::test]
async fn requests_that_come_at_once_wait_for_one_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, standing) = github(GitHub::default()).await;
    let (client, rights) = client(&key(folder.path()), "account: acme", "");
    let send = || client.send(&rights, get(server.url("/data")), soon());
    let (one, two, three) = tokio::join!(send(), send(), send());
    for response in [one, two, three] {
        assert_eq!(response.expect("an answer").status, 200);
    }
    assert_eq!(standing.lock().expect("no panic").made, 1);
}

#[tokio::test]
async fn a_token_that_is_taken_no_more_is_replaced_once_and_the_request_sent_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, standing) = github(GitHub::default()).await;
    let (client, rights) = client(&key(folder.path()), "account: acme", "");
    let send = || client.send(&rights, get(server.url("/data")), soon());
    assert_eq!(send().await.expect("an answer").status, 200);
    standing.lock().expect("no panic").ended = 1;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    tokio::time::resume();
    assert_eq!(send().await.expect("an answer").status, 200, "with another token");
    standing.lock().expect("no panic").ended = 99;
    assert_eq!(send().await.expect("an answer").status, 401, "a third would fare no better");
    assert_eq!(standing.lock().expect("no panic").made, 2);
}

#[tokio::test]
async fn what_keeps_a_token_from_being_made_is_said_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = key(folder.path());
    let message = |text: &str| json!({ "message": text }).to_string();
    let suspended = json!({ "id": 7, "suspended_at": "2026-01-01T00:00:00Z" }).to_string();
    let old = Some("Sun, 06 Nov 1994 08:49:37 GMT");
    for (path, status, body, date, where_to, expected, class) in [
        (
            "orgs",
            401,
            message("A JSON web token could not be decoded"),
            None,
            "account: acme",
            "knows no App `12345` with this key (401 Unauthorized: A JSON web token could not be decoded); compare `id` and the key",
            Class::Failed,
        ),
        ("orgs", 401, message("too far"), old, "account: acme", "the clock of this machine is", Class::Failed),
        (
            "",
            404,
            message("Not Found"),
            None,
            "account: acme",
            "it is not installed on `acme`; install it there",
            Class::Failed,
        ),
        (
            "",
            404,
            message("Not Found"),
            None,
            "installation: 8",
            "it has no installation 8; correct `installation`",
            Class::Failed,
        ),
        (
            "",
            403,
            message("This installation has been suspended"),
            None,
            "installation: 7",
            "its installation is suspended",
            Class::Failed,
        ),
        ("orgs", 200, suspended, None, "account: acme", "its installation is suspended; whoever owns", Class::Failed),
        ("", 403, message("rate limit"), None, "account: acme", "answers 403 Forbidden: rate limit", Class::Failed),
        ("", 502, "<html>".to_owned(), None, "account: acme", "/api/v3 answers 502 Bad Gateway", Class::Unavailable),
        ("", 200, "<html>".to_owned(), None, "account: acme", "answers, and not as GitHub does", Class::Failed),
        ("", 401, message("you sent STATEMENT"), None, "account: acme", "you sent [secret])", Class::Failed),
        (
            "tokens",
            201,
            json!({ "token": "s3cr3t" }).to_string(),
            None,
            "installation: 7",
            "not as GitHub does",
            Class::Failed,
        ),
    ] {
        let standing = GitHub { refuses: Some((path, status, body)), date, ..GitHub::default() };
        let (server, _) = github(standing).await;
        let (client, rights) = client(&key, where_to, "");
        for _ in 0..2 {
            let error = client.send(&rights, get(server.url("/data")), soon()).await.expect_err(expected);
            let said = error.to_string();
            assert!(
                said.starts_with("no token could be made for the credential `forge` by the GitHub App 12345 on "),
                "{said}"
            );
            assert!(said.contains(expected) && !said.contains("s3cr3t"), "{said}\n  should say {expected}");
            assert_eq!(error.class(), class, "{said}");
        }
        let asked = paths(&server);
        assert!(asked.len() <= 2 && !asked.contains(&"GET /data".to_owned()), "{asked:?}");
    }
}

#[tokio::test]
async fn a_limit_of_the_rate_passes_whatever_its_status() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = key(folder.path());
    for (status, is_spent, class) in
        [(403, true, Class::Unavailable), (403, false, Class::Failed), (429, false, Class::Unavailable)]
    {
        let refuses = Some(("", status, json!({ "message": "API rate limit exceeded" }).to_string()));
        let (server, _) = github(GitHub { refuses, is_spent, ..GitHub::default() }).await;
        let (client, rights) = client(&key, "account: acme", "");
        let error = client.send(&rights, get(server.url("/data")), soon()).await.expect_err("refused");
        assert_eq!(error.class(), class, "{status} {is_spent}: {error}");
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_used_is_said_and_nothing_is_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("app.pem");
    for (content, expected) in [
        (None, "No such file or directory"),
        (Some(""), "it is empty"),
        (Some("hunter2"), "it holds no RSA key in PEM, as the App's page hands one out"),
    ] {
        if let Some(content) = content {
            std::fs::write(&file, content).expect("written");
        }
        let (server, _) = github(GitHub::default()).await;
        let (client, rights) = client(&file, "account: acme", "");
        let said = client.send(&rights, get(server.url("/data")), soon()).await.expect_err("no key").to_string();
        let place = format!("its key could not be read from the file {}: {expected}", file.display());
        assert!(said.contains(&place) && !said.contains("hunter2"), "{said}");
        assert!(server.asked().is_empty());
    }
}

#[tokio::test]
async fn an_app_is_not_spoken_of_in_the_clear_nor_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let grants = app(&key(folder.path()), "account: acme", "").replace("hosts: [127.0.0.1]", "hosts: [forge.test]");
    let grants = grants.replace("http: [", "http: [{ host: forge.test, scheme: http, port: '*' }, ");
    let (server, standing) = github(GitHub::default()).await;
    let network = network(&[("forge.test", &["127.0.0.1"])]);
    for host in ["forge.test", "127.0.0.1"] {
        let response =
            send(&network, &grants, get(format!("http://{host}:{}/data", server.port()))).await.expect("an answer");
        assert_eq!(response.status, 401, "{host}");
    }
    assert_eq!(standing.lock().expect("no panic").made, 0);
}
