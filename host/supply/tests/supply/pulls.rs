//! Pulling: by tag and by digest, with and without credentials, and every lie of a registry told.

use portico_supply::{Credential, Digest, Reference, SupplyError, fetch};

use super::registry::{Auth, Registry, Store, basic, layer, manifest};
use super::support::{COMPONENT, options, reference};

fn holding() -> (Store, Digest) {
    let mut store = Store::open();
    let digest = store.hold("acme/x", "1.0", COMPONENT);
    (store, digest)
}

#[tokio::test]
async fn a_tag_is_pulled_and_pinned_to_its_digest() {
    let (store, digest) = holding();
    let registry = Registry::start(store).await;
    let fetched = fetch(&registry.server.oci("acme/x:1.0"), &options()).await.unwrap();
    assert_eq!((fetched.bytes.as_slice(), fetched.digest), (COMPONENT, Digest::of(COMPONENT)));
    assert_eq!(fetched.pinned, registry.server.oci(&format!("acme/x:1.0@{digest}")));
    assert_eq!(fetched.signatures, []);
    let expected = [
        "GET /v2/acme/x/manifests/1.0".to_owned(),
        format!("GET /v2/acme/x/blobs/{}", Digest::of(COMPONENT)),
        format!("GET /v2/acme/x/manifests/sha256-{}.sig", digest.hex()),
        format!("GET /v2/acme/x/referrers/{digest}"),
        format!("GET /v2/acme/x/manifests/sha256-{}", digest.hex()),
    ];
    assert_eq!(registry.requests(), expected);
}

#[tokio::test]
async fn a_pin_is_pulled_whatever_the_tag_means_by_now() {
    let (store, digest) = holding();
    let registry = Registry::start(store).await;
    registry.store.lock().unwrap().hold("acme/x", "1.0", b"\0asm\x0d\0\x01\0\0\x01\0");
    for rest in [format!("acme/x:1.0@{digest}"), format!("acme/x@{digest}")] {
        let pinned = registry.server.oci(&rest);
        let fetched = fetch(&pinned, &options()).await.unwrap();
        assert_eq!((fetched.bytes.as_slice(), fetched.pinned), (COMPONENT, pinned));
    }
    assert_ne!(fetch(&registry.server.oci("acme/x:1.0"), &options()).await.unwrap().bytes, COMPONENT);
}

#[tokio::test]
async fn each_type_of_a_wasm_layer_is_pulled() {
    let types = [
        "application/wasm",
        "application/vnd.wasm.content.layer.v1+wasm",
        "application/vnd.portico.plugin.layer.v1+wasm",
    ];
    for media_type in types {
        let mut store = Store::open();
        store.blob(COMPONENT);
        store.manifest("x", "1", &manifest(&[layer(media_type, COMPONENT)]));
        let registry = Registry::start(store).await;
        assert_eq!(fetch(&registry.server.oci("x:1"), &options()).await.unwrap().bytes, COMPONENT, "{media_type}");
    }
}

#[tokio::test]
async fn a_credential_is_sent_once_it_is_asked_for() {
    let mut store = Store::with_basic("me", "t0p:s3cret");
    store.hold("acme/x", "1.0", COMPONENT);
    let registry = Registry::start(store).await;
    let options = options().credential(registry.name(), Credential::new("me", "t0p:s3cret"));
    assert!(!format!("{options:?}").contains("t0p"), "{options:?}");
    assert_eq!(fetch(&registry.server.oci("acme/x:1.0"), &options).await.unwrap().bytes, COMPONENT);
    let sent: Vec<bool> = registry.server.asked().iter().map(|asked| asked.header("authorization").is_some()).collect();
    assert_eq!(sent, [false, true, true, true, true, true]);
}

#[tokio::test]
async fn a_token_is_fetched_for_this_repository_alone() {
    for credential in [None, Some(("me", "t0p"))] {
        let (mut store, _) = holding();
        let known = credential.map(|(name, password)| basic(name, password));
        store.auth = Auth::Token { token: "abc.def".into(), credential: known.clone() };
        let registry = Registry::start(store).await;
        let mut options = options();
        if let Some((name, password)) = credential {
            options = options.credential(registry.name(), Credential::new(name, password));
        }
        assert_eq!(fetch(&registry.server.oci("acme/x:1.0"), &options).await.unwrap().bytes, COMPONENT);
        let asked = registry.server.asked();
        let [token]: [_; 1] =
            asked.iter().filter(|asked| asked.uri.path() == "/token").collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(token.uri.query(), Some("a=b&service=s%2C+t&scope=repository%3Aacme%2Fx%3Apull"));
        assert_eq!(token.header("authorization"), known.as_deref());
        let others = asked.iter().filter(|asked| asked.uri.path() != "/token").skip(1);
        assert!(others.into_iter().all(|asked| asked.header("authorization") == Some("Bearer abc.def")));
    }
}

#[tokio::test]
async fn a_credential_that_is_missing_or_wrong_is_told_so() {
    let token = |credential: &str| Auth::Token { token: "abc".into(), credential: Some(credential.to_owned()) };
    let cases = [
        (Auth::Basic(basic("me", "right")), None, "wants a credential for acme/x, and there is none for"),
        (
            Auth::Basic(basic("me", "right")),
            Some("wrong"),
            "refused the credential that it was shown; check its user name",
        ),
        (token(&basic("me", "right")), Some("wrong"), "refused the credential that it was shown"),
        (
            token(&basic("me", "right")),
            None,
            "refused access to acme/x; check that it is public, or name a credential for",
        ),
    ];
    for (auth, password, expected) in cases {
        let (mut store, _) = holding();
        store.auth = auth;
        let registry = Registry::start(store).await;
        let mut options = options();
        if let Some(password) = password {
            options = options.credential(registry.name(), Credential::new("me", password));
        }
        let error = fetch(&registry.server.oci("acme/x:1.0"), &options).await.expect_err(expected).to_string();
        assert!(error.starts_with(&registry.name()) && error.contains(expected), "{error} should say {expected}");
        assert!(!error.contains("wrong"), "{error} shows a secret");
    }
}

#[tokio::test]
async fn a_credential_is_for_its_registry_and_no_other() {
    let (mut store, _) = holding();
    store.auth = Auth::Basic(basic("me", "t0p"));
    let registry = Registry::start(store).await;
    let options = options().credential("127.0.0.1", Credential::new("me", "t0p"));
    let error = fetch(&registry.server.oci("acme/x:1.0"), &options).await.unwrap_err();
    assert!(matches!(error, SupplyError::NoCredential { .. }), "{error}");
}

#[tokio::test]
async fn a_question_that_is_not_understood_is_told() {
    let cases = [
        ("Negotiate", "asks for credentials in a way that is not understood (negotiate); Basic and Bearer"),
        ("", "in a way that is not understood (it says nothing)"),
        ("Bearer service=x", "(its realm is missing)"),
        ("Bearer realm=\"/token\"", "(its realm is no address: relative URL without a base)"),
        ("Bearer realm=\"http://a.test/token\"", "(its realm is not encrypted)"),
        ("Bearer realm=\"ftp://a.test/token\"", "(its realm is not encrypted)"),
    ];
    for (header, expected) in cases {
        let (mut store, _) = holding();
        store.auth = Auth::Header(header.to_owned());
        let registry = Registry::start(store).await;
        let options = options().credential(registry.name(), Credential::new("me", "t0p"));
        let error = fetch(&registry.server.oci("acme/x:1.0"), &options).await.expect_err(header).to_string();
        assert!(error.contains(expected), "{error} should say {expected}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_with_the_registrys_word() {
    let mut store = Store::open();
    store.manifest("acme/x", "lost", &manifest(&[layer("application/wasm", COMPONENT)]));
    let registry = Registry::start(store).await;
    for (rest, expected) in [
        (
            "acme/x:2.0",
            "/v2/acme/x/manifests/2.0 was answered with 404 Not Found (MANIFEST_UNKNOWN); check the spelling",
        ),
        (
            "acme/x:lost",
            "was answered with 404 Not Found (BLOB_UNKNOWN); check the spelling, and that it was published",
        ),
    ] {
        let error = fetch(&registry.server.oci(rest), &options()).await.expect_err(rest).to_string();
        assert!(error.contains(expected), "{error} should say {expected}");
    }
}

#[tokio::test]
async fn a_registry_that_lies_is_found_out() {
    let wrong = Digest::of(b"another");
    let (store, digest) = holding();
    let registry = Registry::start(store).await;
    let tag = registry.server.oci("acme/x:1.0");

    registry.store.lock().unwrap().says = Some(wrong.to_string());
    let what = format!("the manifest of {tag}");
    let error = fetch(&tag, &options()).await.unwrap_err();
    assert_eq!(error, SupplyError::WrongDigest { what, expected: wrong, found: digest });

    registry.store.lock().unwrap().says = None;
    registry.store.lock().unwrap().lie = Some(b"another".to_vec());
    let what = format!("the file of {tag}");
    let error = fetch(&tag, &options()).await.unwrap_err();
    assert_eq!(error, SupplyError::WrongDigest { what, expected: Digest::of(COMPONENT), found: wrong });

    // Serves something else under a digest.
    let mut store = Store::open();
    let other = manifest(&[layer("application/wasm", b"x")]);
    store.manifest("acme/x", &digest.to_string(), &other);
    let registry = Registry::start(store).await;
    let pinned = registry.server.oci(&format!("acme/x@{digest}"));
    let error = fetch(&pinned, &options()).await.unwrap_err();
    let what = format!("the manifest of {pinned}");
    assert_eq!(error, SupplyError::WrongDigest { what, expected: digest, found: Digest::of(other.as_bytes()) });
}

#[tokio::test]
async fn a_package_that_is_too_large_is_not_even_begun() {
    let mut store = Store::open();
    store.hold("acme/x", "1.0", &[0; 4097]);
    let registry = Registry::start(store).await;
    let tag: Reference = registry.server.oci("acme/x:1.0");
    let error = fetch(&tag, &options()).await.unwrap_err();
    assert_eq!(error, SupplyError::TooLarge { what: format!("the file of {tag}"), limit: 4096 });
    assert_eq!(registry.requests().len(), 1);
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_told_so() {
    let error = fetch(&reference("oci://registry.invalid/x:1"), &options()).await.unwrap_err();
    assert!(error.to_string().starts_with("the name registry.invalid could not be resolved ("), "{error}");
}
