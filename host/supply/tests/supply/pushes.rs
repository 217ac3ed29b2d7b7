//! Pushing: what is pushed can be pulled, by us and by the tools of the field.

use std::collections::BTreeMap;

use portico_manifest::append_section;
use portico_supply::{Credential, Digest, fetch, push};

use super::registry::{Auth, Registry, Store, basic};
use super::support::{COMPONENT, options, reference};

fn none() -> BTreeMap<String, String> {
    BTreeMap::new()
}

#[tokio::test]
async fn what_was_pushed_is_pulled() {
    let registry = Registry::start(Store::open()).await;
    let tag = registry.server.oci("acme/x:1.0");
    let pinned = push(&tag, COMPONENT, &none(), &options()).await.unwrap();
    assert!(pinned.is_pinned() && pinned.to_string().starts_with(&format!("{tag}@sha256:")), "{pinned}");
    for wanted in [&tag, &pinned] {
        let fetched = fetch(wanted, &options()).await.unwrap();
        assert_eq!((fetched.bytes.as_slice(), &fetched.pinned), (COMPONENT, &pinned));
    }
}

#[tokio::test]
async fn a_task_of_its_own_may_push_and_fetch() {
    let registry = Registry::start(Store::open()).await;
    let tag = registry.server.oci("acme/x:1.0");
    let task = tokio::spawn(async move {
        let pinned = push(&tag, COMPONENT, &none(), &options()).await.unwrap();
        fetch(&pinned, &options()).await.unwrap()
    });
    assert_eq!(task.await.unwrap().bytes, COMPONENT);
}

#[tokio::test]
async fn pushing_again_sends_nothing_twice_and_changes_nothing() {
    let registry = Registry::start(Store::open()).await;
    let tag = registry.server.oci("acme/x:1.0");
    let first = push(&tag, COMPONENT, &none(), &options()).await.unwrap();
    let sent = registry.requests().len();
    assert_eq!(push(&tag, COMPONENT, &none(), &options()).await.unwrap(), first);
    let again = registry.requests().split_off(sent);
    let methods: Vec<&str> = again.iter().filter_map(|request| request.split(' ').next()).collect();
    assert_eq!(methods, ["HEAD", "HEAD", "PUT"]);
}

#[tokio::test]
async fn the_artifact_is_the_one_of_the_wasm_working_group() {
    let registry = Registry::start(Store::open()).await;
    let annotations = BTreeMap::from([("org.opencontainers.image.version".to_owned(), "1.0".to_owned())]);
    push(&registry.server.oci("acme/x:1.0"), COMPONENT, &annotations, &options()).await.unwrap();
    let config = format!(
        r#"{{"created":"1970-01-01T00:00:00Z","architecture":"wasm","os":"wasip2","layerDigests":["{}"],"component":{{"exports":[],"imports":[],"target":null}}}}"#,
        Digest::of(COMPONENT)
    );
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.wasm.config.v0+json","digest":"{}","size":{}}},"layers":[{{"mediaType":"application/wasm","digest":"{}","size":8}}],"annotations":{{"org.opencontainers.image.version":"1.0"}}}}"#,
        Digest::of(config.as_bytes()),
        config.len(),
        Digest::of(COMPONENT)
    );
    let store = registry.store.lock().unwrap();
    assert_eq!(std::str::from_utf8(store.held("acme/x", "1.0").unwrap()).unwrap(), manifest);
    let put = registry.server.asked().into_iter().find(|asked| asked.uri.path().ends_with("/manifests/1.0")).unwrap();
    assert_eq!(put.header("content-type"), Some("application/vnd.oci.image.manifest.v1+json"));
}

#[tokio::test]
async fn the_artifact_names_what_the_component_needs_and_offers() {
    // An import section and an export section of one instance each: the number of the section, its length, one entry, a
    // name of five bytes, an instance, its index; exports may add a type, and this one adds none.
    let mut package = COMPONENT.to_vec();
    package.extend(b"\x0a\x0a\x01\0\x05a:b/c\x05\0");
    package.extend(b"\x0b\x0b\x01\0\x05d:e/f\x05\0\0");
    let registry = Registry::start(Store::open()).await;
    push(&registry.server.oci("acme/x:1.0"), package, &none(), &options()).await.unwrap();
    let bodies: Vec<String> =
        registry.server.asked().into_iter().map(|asked| String::from_utf8_lossy(&asked.body).into_owned()).collect();
    let described = r#""component":{"exports":["d:e/f"],"imports":["a:b/c"],"target":null}"#;
    assert!(bodies.iter().any(|body| body.contains(described)), "{bodies:?}");
}

#[tokio::test]
async fn a_push_asks_for_the_right_to_push() {
    let mut store = Store::open();
    store.auth = Auth::Token { token: "abc".into(), credential: Some(basic("me", "t0p")) };
    let registry = Registry::start(store).await;
    let options = options().credential(registry.name(), Credential::new("me", "t0p"));
    push(&registry.server.oci("acme/x:1.0"), COMPONENT, &none(), &options).await.unwrap();
    let token = registry.server.asked().into_iter().find(|asked| asked.uri.path() == "/token").unwrap();
    assert_eq!(token.uri.query(), Some("a=b&service=s%2C+t&scope=repository%3Aacme%2Fx%3Apull%2Cpush"));
}

#[tokio::test]
async fn an_upload_that_is_sent_elsewhere_goes_without_the_credential() {
    let storage = Registry::start(Store::open()).await;
    let mut store = Store::with_basic("me", "t0p");
    store.upload_to = Some(storage.server.url(""));
    let registry = Registry::start(store).await;
    let options = options().credential(registry.name(), Credential::new("me", "t0p"));
    push(&registry.server.oci("acme/x:1.0"), COMPONENT, &none(), &options).await.unwrap();
    let uploads = storage.server.asked();
    assert_eq!(uploads.len(), 2);
    assert!(uploads.iter().all(|asked| asked.header("authorization").is_none()));
}

#[tokio::test]
async fn an_upload_that_is_sent_away_from_this_machine_must_be_encrypted() {
    let mut store = Store::open();
    store.upload_to = Some("http://storage.test".to_owned());
    let registry = Registry::start(store).await;
    let error = push(&registry.server.oci("acme/x:1.0"), COMPONENT, &none(), &options()).await.unwrap_err().to_string();
    assert!(
        error.contains("redirects to http://storage.test/v2/acme/x/blobs/uploads/1, which is not followed"),
        "{error}"
    );
}

#[tokio::test]
async fn what_cannot_be_pushed_is_told_why() {
    let registry = Registry::start(Store::open()).await;
    let at = |rest: &str| registry.server.oci(rest);
    let mut long = COMPONENT.to_vec();
    append_section(&mut long, "x", &[0; 5000]);
    let pinned = at(&format!("acme/x:1.0@{}", Digest::of(b"")));
    let cases = [
        (
            reference("/x.wasm"),
            COMPONENT,
            "`file:/x.wasm` cannot be pushed to; write a registry, a repository and a tag",
        ),
        (pinned, COMPONENT, "cannot be pushed to"),
        (
            reference(format!("https://a.test/x?token=t#{}", Digest::of(b""))),
            COMPONENT,
            "`https://a.test/x` cannot be pushed",
        ),
        (at("acme/x:1.0"), b"<html>", "the file is no WebAssembly"),
        (at("acme/x:1.0"), b"\0asm\x01\0\0\0", "the file is a core module, not a component"),
        (at("acme/x:1.0"), &long, "the package is larger than 4 KiB"),
    ];
    for (destination, package, expected) in cases {
        let error = push(&destination, package.to_vec(), &none(), &options()).await.expect_err(expected).to_string();
        assert!(error.contains(expected), "{error} should say {expected}");
    }
    assert_eq!(registry.requests(), Vec::<String>::new());
}
