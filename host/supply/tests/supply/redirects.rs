//! Redirects: few of them, never away from encryption, and never with a credential to somebody else.

use portico_supply::{Credential, Digest, SupplyError, fetch};

use super::registry::{Registry, Store};
use super::support::{Answer, Asked, Authority, COMPONENT, Server, options, redirect, respond};

fn last(asked: &Asked) -> Answer {
    if asked.uri.path() == "/last" { respond(200, COMPONENT) } else { respond(404, "") }
}

/// Redirects `/5` to `/4` and so on.
fn countdown(asked: &Asked) -> Answer {
    match asked.uri.path().trim_matches('/').parse::<u32>() {
        Ok(0) => respond(200, COMPONENT),
        Ok(left) => redirect(302, &format!("{}?left", left - 1)),
        Err(_) => respond(404, ""),
    }
}

#[tokio::test]
async fn five_redirects_are_followed_and_not_six() {
    let server = Server::plain(countdown).await;
    assert_eq!(fetch(&server.reference("/5", COMPONENT), &options()).await.unwrap().bytes, COMPONENT);
    let error = fetch(&server.reference("/6", COMPONENT), &options()).await.unwrap_err();
    assert_eq!(error, SupplyError::Redirects { place: server.url("/6"), most: 5 });
    assert_eq!(server.asked().len(), 6 + 2 + 6);
}

#[tokio::test]
async fn an_encrypted_address_never_leads_to_one_that_is_not() {
    let authority = Authority::new();
    let plain = Server::plain(last).await;
    let target = plain.url("/last?token=secret");
    let encrypted = Server::encrypted(&authority, move |_| redirect(307, &target)).await;
    let error = fetch(&encrypted.reference("/x", COMPONENT), &authority.options()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} redirects to {}, which is not followed: it is not encrypted; write an address that serves the file itself",
            encrypted.url("/x"),
            plain.url("/last")
        )
    );
    assert!(plain.asked().is_empty());
}

#[tokio::test]
async fn an_address_may_lead_to_an_encrypted_one() {
    let authority = Authority::new();
    let encrypted = Server::encrypted(&authority, last).await;
    let target = encrypted.url("/last");
    for scheme in ["http", "https"] {
        let target = target.clone();
        let answer = move |asked: &Asked| match asked.uri.path() {
            "/x" => redirect(301, &target),
            _ => respond(404, ""),
        };
        let first = match scheme {
            "http" => Server::plain(answer).await,
            _ => Server::encrypted(&authority, answer).await,
        };
        let fetched = fetch(&first.reference("/x", COMPONENT), &authority.options()).await.unwrap();
        assert_eq!(fetched.bytes, COMPONENT);
    }
}

#[tokio::test]
async fn a_redirect_elsewhere_than_the_web_is_not_followed() {
    let cases = [
        ("http://192.0.2.1/x", "redirects to http://192.0.2.1/x, which is not followed: it is not encrypted"),
        ("http://a.test/x", "which is not followed: it is not encrypted"),
        ("file:///etc/passwd", "which is not followed: it is no address of the web"),
        ("gopher://127.0.0.1/", "which is not followed: it is no address of the web"),
        ("http://[", "redirects to http://[, which is not followed: it is no address"),
    ];
    for (target, expected) in cases {
        let server = Server::plain(move |_| redirect(302, target)).await;
        let error = fetch(&server.reference("/x", COMPONENT), &options()).await.expect_err(target).to_string();
        assert!(error.contains(expected), "{error} should say {expected}");
    }
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_a_refusal() {
    let server = Server::plain(|_| respond(302, "")).await;
    let error = fetch(&server.reference("/x", COMPONENT), &options()).await.unwrap_err().to_string();
    assert!(error.contains("was answered with 302 Found; write the address that it leads to"), "{error}");
}

#[tokio::test]
async fn a_credential_stays_with_the_registry_that_sends_to_a_storage() {
    let storage = Server::plain(|_| respond(200, COMPONENT)).await;
    let mut store = Store::with_basic("me", "t0p-s3cret");
    store.hold("acme/x", "1.0", COMPONENT);
    store.redirect_blobs_to = Some(storage.url(""));
    let registry = Registry::start(store).await;
    let options = options().credential(registry.name(), Credential::new("me", "t0p-s3cret"));
    let fetched = fetch(&registry.server.oci("acme/x:1.0"), &options).await.unwrap();
    assert_eq!(fetched.digest, Digest::of(COMPONENT));
    let [asked] = storage.asked().try_into().unwrap();
    assert_eq!(asked.header("authorization"), None);
    let blob = registry.server.asked().into_iter().find(|asked| asked.uri.path().contains("/blobs/")).unwrap();
    assert!(blob.header("authorization").is_some());
}
