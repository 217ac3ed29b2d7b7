//! Recordings: what is written down, what is left out, and what is answered from them.

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;

use super::super::error::Class;
use super::super::recorded::RecordedRequest;
use super::super::recording::{Exchange, Tape, TapeError};
use super::testing::{Server, answer};
use super::*;

const SECRET: &str = "s3cr3t-t0k3n";

async fn through(tape: &Tape, grants: &str, request: Request) -> Result<Response, EgressError> {
    send(&network(&[]).taped(tape.clone()), grants, request).await
}

fn post(url: String, body: &[u8]) -> Request {
    Request { method: "POST".to_owned(), body: Some(body.to_vec()), ..get(url) }
}

fn text(file: &Path) -> String {
    std::fs::read_to_string(file).expect("a recording")
}

#[tokio::test]
async fn what_was_recorded_is_answered_again_when_the_server_is_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.yaml");
    let count = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let server = Server::start(None, move |asked| {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let body = format!("{number} {} {}?{}\n", asked.method, asked.path, asked.query);
        let body = [body.as_bytes(), &asked.body].concat();
        std::future::ready(answer(if asked.path == "/none" { 404 } else { 200 }, body))
    })
    .await;
    let grants =
        "http: [{ host: 127.0.0.1, port: '*', scheme: http, methods: [GET, POST] }], private-addresses: [127.0.0.0/8]";
    let requests = [
        get(server.url("/a?page=1")),
        get(server.url("/a?page=1")),
        get(server.url("/none")),
        post(server.url("/a?page=1"), b"one"),
        post(server.url("/a?page=1"), b"\xff\0two"),
    ];
    let tape = Tape::record(&file).expect("a recording");
    let mut seen = Vec::new();
    for request in requests.clone() {
        seen.push(through(&tape, grants, request).await.expect("an answer"));
    }
    // An exchange that did not come about is recorded as well.
    let (nobody, task) = super::testing::rude(b"").await;
    let broken = get(format!("http://{nobody}/"));
    let error = through(&tape, grants, broken.clone()).await.expect_err("the server hangs up");
    task.abort();
    let asked = server.asked().len();
    drop(server);

    let tape = Tape::replay(&file).expect("a recording");
    // In another order: only those that are the same come in theirs.
    for index in [4, 3, 0, 2, 1] {
        let again = through(&tape, grants, requests[index].clone()).await.expect("an answer");
        assert_eq!(again, seen[index], "{index}");
    }
    let again = through(&tape, grants, broken).await.expect_err("it broke off");
    assert_eq!((again.class(), again.to_string()), (error.class(), error.to_string()));
    assert_eq!((asked, error.class()), (5, Class::Unavailable));
    assert!(tape.unanswered().is_empty());
}

#[tokio::test]
async fn a_request_that_was_not_recorded_names_what_comes_nearest() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.yaml");
    let exchange = |method: &str, url: &str, body: &str| {
        format!("- request: {{ method: {method}, url: '{url}'{body} }}\n  response: {{ status: 204 }}\n")
    };
    let exchanges = [
        exchange("GET", "http://127.0.0.1/teams?page=1", ""),
        exchange("GET", "http://127.0.0.1/teams?page=2", ""),
        exchange("GET", "http://127.0.0.1/teams?page=2", ""),
        exchange("POST", "http://127.0.0.1/query", ", body: one"),
    ];
    std::fs::write(&file, exchanges.concat()).expect("written");
    let grants = "http: [{ host: 127.0.0.1, scheme: http, methods: [GET, POST] }, { host: localhost, port: 9, scheme: http }], private-addresses: [127.0.0.0/8]";
    let tape = Tape::replay(&file).expect("a recording");
    for url in ["http://127.0.0.1/teams?page=1", "http://127.0.0.1/teams?page=2", "http://127.0.0.1/teams?page=2"] {
        assert_eq!(through(&tape, grants, get(url.to_owned())).await.expect("an answer").status, 204);
    }
    let mut said = Vec::new();
    for (request, instead) in [
        (
            get("http://127.0.0.1/teams?page=3".to_owned()),
            "what comes nearest is GET http://127.0.0.1/teams?page=1, GET http://127.0.0.1/teams?page=2, POST http://127.0.0.1/query",
        ),
        (get("http://127.0.0.1/teams?page=1".to_owned()), "it was recorded once, and that was answered already"),
        (get("http://127.0.0.1/teams?page=2".to_owned()), "it was recorded 2 times, and each was answered already"),
        (post("http://127.0.0.1/query".to_owned(), b"two"), "it was recorded with another body"),
        (get(format!("http://localhost:9/{}", "x".repeat(500))), "nothing in it comes near"),
    ] {
        let (method, url) = (request.method.clone(), request.url.clone());
        let error = through(&tape, grants, request).await.expect_err(instead);
        assert_eq!(
            error.to_string(),
            format!(
                "{method} {url} has no answer in the recording: {instead}. A run that is replayed reaches nobody; record it again"
            )
        );
        assert_eq!(error.class(), Class::Failed);
        said.push(error.to_string());
    }
    assert_eq!(tape.unanswered(), said, "also where a plugin keeps it to itself");
    // What is not granted is refused as ever.
    let denied = through(&tape, grants, get("http://example.com/".to_owned())).await.expect_err("not granted");
    assert_eq!(denied.class(), Class::Denied);
}

#[tokio::test]
async fn no_secret_is_written_down() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, token) = (folder.path().join("run.yaml"), folder.path().join("token"));
    std::fs::write(&token, SECRET).expect("written");
    let grants = format!(
        "{LOOPBACK}, credentials: {{ forge: {{ hosts: [127.0.0.1], username: ada, secret: {{ file: {} }} }} }}",
        token.display()
    );
    let server = Server::plain(|asked| {
        let echo = asked.header("authorization").unwrap_or_default().to_owned();
        let mut response = answer(200, format!("you sent {echo}: {SECRET}"));
        for (name, value) in [("x-echo", echo.as_str()), ("set-cookie", "session=0123456789"), ("x-page", "2")] {
            response.headers_mut().insert(name, value.parse().expect("a value"));
        }
        response
    })
    .await;
    let tape = Tape::record(&file).expect("a recording");
    let own = vec![("X-Api-Key".to_owned(), "0wn-k3y".to_owned()), ("accept".to_owned(), "text/plain".to_owned())];
    let request = Request { headers: own, ..get(server.url("/?private_token=0wn-t0k3n&page=2")) };
    let seen = through(&tape, &grants, request.clone()).await.expect("an answer");
    assert_eq!(server.asked()[0].header("x-api-key"), Some("0wn-k3y"), "the server gets what it has to");
    let written = text(&file);
    for secret in [SECRET, "YWRhOnMzY3Iz", "0123456789", "0wn-k3y", "0wn-t0k3n"] {
        assert!(!written.contains(secret), "{secret}\n{written}");
    }
    for kept in
        ["accept: text/plain", "x-page: 2", "private_token=%5Bsecret%5D&page=2", "you sent Basic [secret]: [secret]"]
    {
        assert!(written.contains(kept), "{kept}\n{written}");
    }
    // Nor is one read to answer from a recording.
    std::fs::remove_file(&token).expect("removed");
    let tape = Tape::replay(&file).expect("a recording");
    let other = Request { url: request.url.replace("0wn-t0k3n", "another"), ..request };
    assert_eq!(through(&tape, &grants, other).await.expect("an answer").body, seen.body);
}

#[tokio::test]
async fn what_is_not_sent_through_a_recording_reaches_nobody_either() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.yaml");
    std::fs::write(&file, "# nothing\n").expect("written");
    let server = Server::plain(|_| answer(200, "")).await;
    let network = network(&[]).taped(Tape::replay(&file).expect("a recording"));
    let rights = testing::rights(LOOPBACK);
    let client = Client::new(&network, &rights, Arc::default()).expect("a client");
    let target = Target::request(&rights, "GET", &server.url("/")).expect("granted");
    let bounds = Bounds {
        first_byte: std::time::Duration::from_secs(5),
        between_bytes: std::time::Duration::from_secs(5),
        deadline: soon(),
        body: 100,
    };
    let exchanged = client.exchange(&target, http::HeaderMap::new(), bytes::Bytes::new(), bounds).await;
    let error = exchanged.err().expect("nobody is asked").to_string();
    assert!(
        error.starts_with(&format!("{} is not asked: a run that is replayed reaches nobody", server.address)),
        "{error}"
    );
    let sent = send(&network, LOOPBACK, get(server.url("/"))).await.expect_err("it is empty").to_string();
    assert!(sent.contains("the recording is empty"), "{sent}");
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_file_that_is_no_recording_is_neither_read_nor_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("notes.yaml");
    std::fs::write(&file, "notes: of mine\n").expect("written");
    let refused = Tape::record(&file).err().expect("it is kept");
    assert!(matches!(refused, TapeError::NoRecording { .. }), "{refused}");
    assert_eq!(text(&file), "notes: of mine\n");
    let cases = [
        ("notes: of mine\n", "notes.yaml, line 1: "),
        ("- request: { method: GET, url: 'http://a/' }\n", "an exchange has either a `response` or a `failure`"),
        ("- request: { method: GET, url: a }\n  response: { status: 200 }\n", "`a` is no address"),
        ("- request: { method: GET, url: 'http://a/' }\n  response: { status: 7 }\n", "`7` is no status"),
        (
            "- request: { method: GET, url: 'http://a/', headers: [x] }\n  response: { status: 200 }\n",
            "`x` is no header",
        ),
        (
            "- request: { method: GET, url: 'http://a/', base64: '%' }\n  response: { status: 200 }\n",
            "`base64` cannot be read",
        ),
        (
            "- request: { method: GET, url: 'http://a/', base64: '', body: '' }\n  response: { status: 200 }\n",
            "keep one",
        ),
        (
            "- request: { method: GET, url: 'http://a/', colour: red }\n  response: { status: 200 }\n",
            "`colour` is not known",
        ),
    ];
    for (written, expected) in cases {
        std::fs::write(&file, written).expect("written");
        let error = Tape::replay(&file).err().expect(written).to_string();
        assert!(error.contains(expected) && error.contains("notes.yaml"), "{error}");
    }
    let missing = Tape::replay(&folder.path().join("none.yaml")).err().expect("there is none").to_string();
    assert!(missing.starts_with("the recording ") && missing.contains("none.yaml cannot be used: "), "{missing}");
}

#[test]
fn a_recording_is_replaced_by_the_next_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.yaml");
    drop(Tape::record(&file).expect("a recording"));
    let empty = text(&file);
    std::fs::write(
        &file,
        format!("{empty}- request: {{ method: GET, url: 'http://a/' }}\n  response: {{ status: 200 }}\n"),
    )
    .expect("written");
    drop(Tape::record(&file).expect("a recording"));
    assert_eq!(text(&file), empty);
    assert!(Tape::replay(&file).is_ok());
}

proptest! {
    #[test]
    fn an_exchange_comes_back_as_it_was_written(
        body in prop_oneof![any::<Vec<u8>>(), "\\PC*".prop_map(String::into_bytes), any::<String>().prop_map(String::into_bytes)],
        value in "[ -~]{0,40}",
        status in 100_u16..600,
    ) {
        let target = Target::request(&testing::rights(LOOPBACK), "POST", "http://127.0.0.1/x?a=b").expect("granted");
        let headers = vec![("accept".to_owned(), value.clone())];
        let request = Request { body: Some(body.clone()), headers: headers.clone(), ..get("http://127.0.0.1/x?a=b".to_owned()) };
        let exchange = Exchange::of(RecordedRequest::of(&target, &request), &Ok(Response { status, headers, body }));
        let text = portico_manifest::to_yaml(&[&exchange]).expect("YAML");
        let read: Vec<Exchange> = portico_manifest::parse(&text, "run.yaml").expect(&text);
        prop_assert_eq!(&read[0], &exchange);
    }
}
