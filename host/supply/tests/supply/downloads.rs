//! Addresses: what was pinned is what is used, in time and in size.

use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use futures_util::StreamExt;
use futures_util::stream;
use portico_supply::{Attested, DetachedSignature, Digest, SupplyError, exchange, fetch, verify};

use super::support::{Answer, Asked, Authority, COMPONENT, Server, fixture, options, reference, respond};
use super::vouching::{distrusted, policy, signed_by};

fn serve(asked: &Asked) -> Answer {
    match asked.uri.path() {
        "/x.wasm" => respond(200, COMPONENT),
        "/signed.wasm" => respond(200, COMPONENT),
        "/signed.wasm.sig" => respond(200, fixture!("component.p256.sig")),
        _ => respond(404, "nothing"),
    }
}

/// A body that goes on as `stream` does, without a length.
fn streamed(bytes: impl futures_util::Stream<Item = &'static [u8]> + Send + 'static) -> Answer {
    respond(200, Body::from_stream(bytes.map(Ok::<_, std::convert::Infallible>)))
}

#[tokio::test]
async fn an_address_gives_what_was_pinned() {
    let server = Server::plain(serve).await;
    let pinned = server.reference("/x.wasm?version=1", COMPONENT);
    let fetched = fetch(&pinned, &options()).await.unwrap();
    assert_eq!((fetched.bytes.as_slice(), fetched.digest), (COMPONENT, Digest::of(COMPONENT)));
    assert_eq!(fetched.pinned, pinned);
    assert_eq!(fetched.signatures, []);
    let asked = server.asked();
    let targets: Vec<String> = asked.iter().map(|asked| asked.uri.to_string()).collect();
    assert_eq!(targets, ["/x.wasm?version=1", "/x.wasm.sig?version=1", "/x.wasm.sigstore.json?version=1"]);
    assert_eq!(asked[0].header("host"), Some(server.address.to_string().as_str()));
    assert_eq!(asked[0].header("accept-encoding"), Some("identity"));
    assert_eq!(asked[0].header("authorization"), None);
}

#[tokio::test]
async fn a_signature_beside_an_address_comes_with_it() {
    let server = Server::plain(serve).await;
    let fetched = fetch(&server.reference("/signed.wasm", COMPONENT), &options()).await.unwrap();
    assert_eq!(fetched.signatures[0].signature, fixture!("component.p256.sig"));
    assert_eq!(fetched.signatures[0].found_at, server.url("/signed.wasm.sig"));
}

#[tokio::test]
async fn other_bytes_than_were_pinned_are_not_used() {
    let server = Server::plain(serve).await;
    let error = fetch(&server.reference("/x.wasm", b"other"), &options()).await.unwrap_err();
    let (what, expected, found) = (server.url("/x.wasm"), Digest::of(b"other"), Digest::of(COMPONENT));
    assert_eq!(error, SupplyError::WrongDigest { what, expected, found });
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn an_encrypted_address_needs_an_authority_that_is_trusted() {
    let authority = Authority::new();
    let server = Server::encrypted(&authority, serve).await;
    let pinned = server.reference("/x.wasm", COMPONENT);
    assert_eq!(fetch(&pinned, &authority.options()).await.unwrap().bytes, COMPONENT);
    let error = fetch(&pinned, &Authority::new().options()).await.unwrap_err();
    assert!(matches!(error, SupplyError::Untrusted { .. }), "{error}");
    assert!(error.to_string().contains("add it to the system's certificates or name the file in SSL_CERT_FILE"));
}

#[tokio::test]
async fn a_refusal_is_told_with_what_to_do() {
    let server = Server::plain(|asked| {
        let status = asked.uri.path().trim_matches('/').parse().unwrap();
        respond(status, r#"{"errors":[{"code":"TOO_BUSY","message":"secret"}]}"#)
    })
    .await;
    let cases = [
        (401, "was answered with 401 Unauthorized (TOO_BUSY); check that it may be read without a credential"),
        (404, "was answered with 404 Not Found (TOO_BUSY); check the spelling, and that it was published"),
        (418, "check the address"),
        (503, "try again later"),
        (204, "check the address"),
        (304, "write the address that it leads to"),
    ];
    for (status, expected) in cases {
        let pinned = server.reference(&format!("/{status}?token=secret"), COMPONENT);
        let error = fetch(&pinned, &options()).await.expect_err(expected).to_string();
        assert!(error.contains(expected) && !error.contains("secret"), "{error} should say {expected}");
    }
}

#[tokio::test]
async fn a_signature_that_cannot_be_had_is_not_taken_for_none() {
    let server = Server::plain(|asked| match asked.uri.path() {
        "/x.wasm" => respond(200, COMPONENT),
        _ => respond(503, "later"),
    })
    .await;
    let fetched = fetch(&server.reference("/x.wasm", COMPONENT), &options()).await.unwrap();
    let at = server.url("/x.wasm.sig");
    distrusted(
        &verify(&fetched.bytes, &fetched.signatures, &policy()),
        &format!("what vouches for the package could not be read at {at}: {at} was answered with 503"),
    );
    let good = DetachedSignature {
        found_at: "x".to_owned(),
        signature: fixture!("component.p256.sig").trim().to_owned(),
        attested: Attested::Blob,
    };
    let beside = [fetched.signatures, vec![good]].concat();
    assert_eq!(verify(&fetched.bytes, &beside, &policy()), signed_by("Acme"), "one good signature is enough");
}

#[tokio::test]
async fn a_server_that_hides_what_is_not_there_has_no_signature() {
    for status in [401, 403, 404, 410] {
        let server = Server::plain(move |asked| match asked.uri.path() {
            "/x.wasm" => respond(200, COMPONENT),
            _ => respond(status, "no"),
        })
        .await;
        let fetched = fetch(&server.reference("/x.wasm", COMPONENT), &options()).await.unwrap();
        assert_eq!(fetched.signatures, [], "{status}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_cut_off() {
    let server = Server::plain(|asked| match asked.uri.path() {
        "/announced" => respond(200, vec![0; 4097]),
        "/endless" => streamed(stream::repeat(&[0_u8; 1000][..])),
        _ => respond(404, ""),
    })
    .await;
    for path in ["/announced", "/endless"] {
        let error = fetch(&server.reference(path, b""), &options()).await.unwrap_err();
        assert_eq!(error, SupplyError::TooLarge { what: server.url(path), limit: 4096 });
    }
}

#[tokio::test]
async fn a_server_that_is_slow_is_given_up() {
    let server = Server::plain(|asked| match asked.uri.path() {
        "/stalls" => streamed(stream::once(std::future::ready(&b"begin"[..])).chain(stream::pending())),
        _ => respond(404, ""),
    })
    .await;
    let mut options = options();
    options.limits.whole = Duration::from_millis(300);
    let error = fetch(&server.reference("/stalls", b""), &options).await.unwrap_err();
    let sentence =
        format!("{} was too slow: the rest of the answer was not there after 300 ms; try again later", server.address);
    assert_eq!(error.to_string(), sentence);

    // Accepts connections, for the system does so, and never says a word.
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = mute.local_addr().unwrap();
    let pin = Digest::of(b"");
    let error = fetch(&reference(format!("http://{address}/x#{pin}")), &options).await.unwrap_err();
    assert!(error.to_string().contains("the beginning of the answer was not there after 300 ms"), "{error}");
    options.limits.connect = Duration::from_millis(100);
    let error = fetch(&reference(format!("https://{address}/x#{pin}")), &options).await.unwrap_err();
    assert!(error.to_string().contains("the connection was not there after 100 ms"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_or_hangs_up_is_told_so() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let pinned = reference(format!("http://{address}/x#{}", Digest::of(b"")));
    let error = fetch(&pinned, &options()).await.unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "{address} cannot be reached: Connection refused; check that the server runs and that nothing blocks the way"
        )
    );

    let server = Server::plain(|_| {
        let response = Response::builder().header("content-length", "8");
        response.body(Body::from_stream(stream::once(std::future::ready(Ok::<_, std::io::Error>("1234"))))).unwrap()
    })
    .await;
    let error = fetch(&server.reference("/x", b""), &options()).await.unwrap_err();
    assert!(matches!(error, SupplyError::Interrupted { .. }), "{error}");
}

#[tokio::test]
async fn any_server_is_spoken_to_by_the_same_rules() {
    let authority = Authority::new();
    let server = Server::encrypted(&authority, |asked| match asked.uri.path() {
        "/moved" => super::support::redirect(302, "/x"),
        _ => respond(418, asked.body.repeat(2)),
    })
    .await;
    let ask = |path: &str, body: usize| {
        let request = http::Request::post(server.url(path)).header("authorization", "Bearer x");
        request.body(vec![b'x'; body].into()).unwrap()
    };
    let answer = exchange(ask("/x?y=z", 8), 16, &authority.options()).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.into_body().len()), (418, 16));
    let too_large = exchange(ask("/x?y=z", 9), 16, &authority.options()).await.unwrap_err();
    let what = format!("the answer of {}", server.url("/x"));
    assert_eq!(too_large, SupplyError::TooLarge { what, limit: 16 });
    let moved = exchange(ask("/moved", 0), 16, &authority.options()).await.unwrap();
    assert_eq!((moved.status().as_u16(), &moved.headers()["location"]), (302, &"/x".parse().unwrap()));
    let stranger = exchange(ask("/x", 1), 16, &options()).await.unwrap_err();
    assert!(matches!(stranger, SupplyError::Untrusted { .. }), "{stranger}");
    assert_eq!(server.asked()[0].header("authorization"), Some("Bearer x"));
}
