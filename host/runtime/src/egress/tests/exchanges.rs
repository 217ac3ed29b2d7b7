//! Exchanges with servers that redirect, stall, flood and hang up.

use super::testing::{Server, answer, mute, rude};
use super::*;

const BEGINNING: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly the beginning";

fn bounds() -> Bounds {
    Bounds { first_byte: Duration::from_secs(30), between_bytes: Duration::from_secs(30), deadline: soon(), body: 1024 }
}

async fn exchange(url: &str, bounds: Bounds) -> Result<Vec<u8>, EgressError> {
    let rights = testing::rights(LOOPBACK);
    let target = Target::request(&rights, "GET", url)?;
    let client = Client::new(&network(&[]), &rights, Arc::default())?;
    client.exchange(&target, http::HeaderMap::new(), bytes::Bytes::new(), bounds).await?.into_body().collect().await
}

#[tokio::test]
async fn what_is_sent_arrives_and_what_is_answered_comes_back() {
    let server = Server::plain(|asked| {
        let mut response = answer(201, [b"got ".as_slice(), asked.body.as_ref()].concat());
        response.headers_mut().insert("x-count", "2".parse().expect("a value"));
        response
    })
    .await;
    let request = Request {
        method: "POST".into(),
        url: server.url("/things?page=2"),
        headers: vec![("Accept".into(), "text/plain".into()), ("x-a".into(), "1".into()), ("x-a".into(), "2".into())],
        body: Some(b"this".to_vec()),
        timeout: Some(Duration::from_secs(30)),
    };
    let response = send(&network(&[]), LOOPBACK, request).await.expect("an answer");
    assert_eq!((response.status, response.body.as_slice()), (201, b"got this".as_slice()));
    assert!(response.headers.contains(&("x-count".into(), "2".into())));
    let asked = &server.asked()[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str(), asked.query.as_str()), ("POST", "/things", "page=2"));
    assert_eq!(asked.header("accept"), Some("text/plain"));
    assert_eq!(asked.headers.get_all("x-a").iter().count(), 2);
}

#[tokio::test]
async fn a_redirect_is_handed_back_and_not_followed() {
    let server = Server::plain(|_| {
        let mut response = answer(302, "");
        response.headers_mut().insert("location", "http://169.254.169.254/latest/".parse().expect("a value"));
        response
    })
    .await;
    let response = send(&network(&[]), LOOPBACK, get(server.url("/"))).await.expect("an answer");
    assert_eq!(response.status, 302);
    assert!(response.headers.contains(&("location".into(), "http://169.254.169.254/latest/".into())));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn an_answer_that_announces_too_much_is_refused_before_it_is_read() {
    let (address, _server) = mute(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n").await;
    let error = exchange(&format!("http://{address}/"), bounds()).await.expect_err("too large");
    assert_eq!(error.to_string(), format!("the answer of {address} is larger than 1 KiB; ask for less at a time"));
}

#[tokio::test]
async fn how_large_an_answer_may_be_is_the_operators_word() {
    let server = Server::plain(|asked| answer(200, vec![b'x'; asked.query.parse().expect("a number")])).await;
    let grants = format!("{LOOPBACK}, limits: {{ response: 1KiB }}");
    let asked = |size: usize| get(server.url(&format!("/?{size}")));
    assert_eq!(send(&network(&[]), &grants, asked(1024)).await.expect("an answer").body.len(), 1024);
    let error = send(&network(&[]), &grants, asked(1025)).await.expect_err("too large");
    assert!(matches!(error, EgressError::TooLarge { limit: 1024, .. }), "{error}");
    assert_eq!(send(&network(&[]), LOOPBACK, asked(1025)).await.expect("an answer").body.len(), 1025);
}

#[tokio::test]
async fn an_answer_that_grows_too_large_is_cut() {
    let (address, _server) = mute(concat_chunks()).await;
    let error = exchange(&format!("http://{address}/"), bounds()).await.expect_err("too large");
    assert!(matches!(error, EgressError::TooLarge { limit: 1024, .. }), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_read_as_it_comes_ends_where_it_is_too_large() {
    let (address, _server) = mute(concat_chunks()).await;
    let rights = testing::rights(LOOPBACK);
    let client = Client::new(&network(&[]), &rights, Arc::default()).expect("a client");
    let asked = client.open(&rights, get(format!("http://{address}/")), soon(), 1024).await;
    let (mut body, mut read) = (asked.expect("an answer").body, 0);
    let error = loop {
        match body.next().await {
            Ok(piece) => read += piece.expect("it never ends").len(),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, EgressError::TooLarge { limit: 1024, .. }), "{error}");
    assert!(read <= 1024, "{read}");
}

/// A chunked answer of 4 KiB that never ends.
fn concat_chunks() -> &'static [u8] {
    let mut bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..16 {
        bytes.extend_from_slice(b"100\r\n");
        bytes.extend_from_slice(&[b'x'; 256]);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.leak()
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let (address, _server) = mute(b"").await;
    let error = send(
        &network(&[]),
        LOOPBACK,
        Request { timeout: Some(Duration::from_millis(80)), ..get(format!("http://{address}/")) },
    )
    .await
    .expect_err("no answer");
    assert_eq!(error.class(), Class::Unavailable);
    assert!(
        error.to_string().starts_with(&format!("{address} was too slow: the exchange took longer than ")),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_stalls_in_the_middle_is_given_up() {
    let (address, _server) = mute(BEGINNING).await;
    let error =
        exchange(&format!("http://{address}/"), Bounds { between_bytes: Duration::from_millis(50), ..bounds() })
            .await
            .expect_err("it stalls");
    assert_eq!(
        error.to_string(),
        format!("{address} was too slow: the next part of the answer took longer than 50 ms")
    );
}

#[tokio::test]
async fn a_deadline_ends_an_exchange_in_the_middle() {
    let (address, _server) = mute(BEGINNING).await;
    let deadline = Instant::now() + Duration::from_millis(80);
    let error = exchange(&format!("http://{address}/"), Bounds { deadline, ..bounds() }).await.expect_err("it stalls");
    assert!(matches!(error, EgressError::TooSlow { phase: Phase::Exchange, .. }), "{error}");
}

#[tokio::test]
async fn a_connection_that_is_cut_is_an_error_and_no_short_answer() {
    let (address, _server) = rude(BEGINNING).await;
    let error = exchange(&format!("http://{address}/"), bounds()).await.expect_err("it hangs up");
    assert!(matches!(error, EgressError::Interrupted { .. }), "{error}");
    assert_eq!(error.class(), Class::Unavailable);
}

#[tokio::test]
async fn what_is_no_http_is_an_error() {
    for bytes in [b"SSH-2.0-OpenSSH_9.2\r\n".as_slice(), b"\x16\x03\x01", b""] {
        let (address, _server) = rude(bytes).await;
        let error = exchange(&format!("http://{address}/"), bounds()).await.expect_err("no HTTP");
        assert!(matches!(error, EgressError::Interrupted { .. }), "{bytes:?}: {error}");
    }
}

#[tokio::test]
async fn a_port_where_nothing_listens_is_said_to_be_unreachable() {
    let address = {
        let (address, server) = mute(b"").await;
        server.abort();
        let _stopped = server.await;
        address
    };
    let error = exchange(&format!("http://{address}/"), bounds()).await.expect_err("nobody there");
    assert_eq!(
        error.to_string(),
        format!(
            "{address} cannot be reached: Connection refused; check that the server runs and that nothing blocks the way"
        )
    );
}

#[tokio::test]
async fn a_flood_of_headers_is_refused() {
    let mut bytes = b"HTTP/1.1 200 OK\r\n".to_vec();
    for number in 0..5000 {
        bytes.extend_from_slice(format!("x-{number}: {}\r\n", "y".repeat(200)).as_bytes());
    }
    let (address, _server) = rude(bytes.leak()).await;
    let error = exchange(&format!("http://{address}/"), bounds()).await.expect_err("too many headers");
    assert!(matches!(error, EgressError::Interrupted { .. }), "{error}");
}

#[tokio::test]
async fn headers_of_the_connection_and_malformed_ones_are_refused() {
    let server = Server::plain(|_| answer(200, "")).await;
    let cases = [
        ("Host", "evil.test", "the header host is set by the portal"),
        ("content-length", "5", "the header content-length is set by the portal"),
        ("Transfer-Encoding", "chunked", "the header transfer-encoding is set by the portal"),
        ("proxy-authorization", "Basic x", "the header proxy-authorization is set by the portal"),
        ("x y", "z", "is no name of a header"),
        ("", "z", "is no name of a header"),
        ("x", "a\r\nhost: evil.test", "holds characters that none may hold"),
        ("x", "a\0", "holds characters that none may hold"),
    ];
    for (name, value, why) in cases {
        let request = Request { headers: vec![(name.into(), value.into())], ..get(server.url("/")) };
        let error = send(&network(&[]), LOOPBACK, request).await.expect_err(name);
        assert!(error.class() == Class::Invalid && error.to_string().contains(why), "{name}: {error}");
    }
    let many = Request { headers: vec![("x".into(), "y".into()); 101], ..get(server.url("/")) };
    assert_eq!(send(&network(&[]), LOOPBACK, many).await.expect_err("too many").class(), Class::Invalid);
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn exchanges_with_one_host_share_a_connection_and_plugins_do_not() {
    let server = Server::plain(|_| answer(200, "ok")).await;
    let rights = testing::rights(LOOPBACK);
    let client = Client::new(&network(&[]), &rights, Arc::default()).expect("a client");
    for _ in 0..3 {
        client.send(&rights, get(server.url("/")), soon()).await.expect("an answer");
    }
    assert_eq!((server.asked().len(), server.connections()), (3, 1));
    let other = Client::new(&network(&[]), &rights, Arc::default()).expect("a client");
    other.send(&rights, get(server.url("/")), soon()).await.expect("an answer");
    assert_eq!((server.asked().len(), server.connections()), (4, 2));
}

#[tokio::test(start_paused = true)]
async fn more_connections_than_there_may_be_wait_and_then_say_so() {
    let network = network(&[]).without_connections();
    let error = send(&network, LOOPBACK, get("http://127.0.0.1:9/")).await.expect_err("none is free");
    assert_eq!(error.class(), Class::Unavailable);
    assert_eq!(error.to_string(), "no connection to 127.0.0.1:9 became free in time; 256 are open at most");
}
