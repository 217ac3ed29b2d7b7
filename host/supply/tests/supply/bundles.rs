//! Sigstore bundles, as cosign 3 writes them beside files and puts them beside artifacts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portico_supply::{Attested, DetachedSignature, Digest, Verdict, fetch, verify};

use super::registry::{Registry, Store};
use super::support::{COMPONENT, Server, options, reference, respond};
use super::vouching::{distrusted, policy, signed, signed_by};

const SIGNS: &str = "https://sigstore.dev/cosign/sign/v1";
const TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// Signs bytes that are text, or the component by the signature among the fixtures.
fn message(signature: &str) -> String {
    format!(
        r#"{{"mediaType":"{TYPE}","verificationMaterial":{{"publicKey":{{"hint":"x"}},"tlogEntries":[{{"logIndex":"1"}}]}},"messageSignature":{{"messageDigest":{{"algorithm":"SHA2_256","digest":"x"}},"signature":"{signature}"}}}}"#
    )
}

fn statement(predicate: &str, subject: Digest) -> String {
    let hex = subject.hex();
    format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"digest":{{"sha256":"{hex}"}},"annotations":{{}}}}],"predicateType":"{predicate}","predicate":{{}}}}"#
    )
}

fn envelope(statement: &str, material: &str) -> String {
    let kind = "application/vnd.in-toto+json";
    let signature = signed(&format!("DSSEv1 {} {kind} {} {statement}", kind.len(), statement.len()));
    let payload = STANDARD.encode(statement);
    format!(
        r#"{{"mediaType":"{TYPE}","verificationMaterial":{material},"dsseEnvelope":{{"payload":"{payload}","payloadType":"{kind}","signatures":[{{"sig":"{signature}"}}]}}}}"#
    )
}

const KEY: &str = r#"{"publicKey":{"hint":"x"}}"#;

fn beside(bundle: &str) -> DetachedSignature {
    let attested = Attested::Bundle { manifest: None };
    DetachedSignature { found_at: "x.wasm.sigstore.json".into(), signature: bundle.into(), attested }
}

/// What is pushed beside an artifact: the manifest that refers to it, as lists name it.
fn attach(store: &mut Store, bundle: &str, annotations: &str) -> String {
    store.blob(bundle.as_bytes());
    let layer = super::registry::layer(TYPE, bundle.as_bytes());
    let manifest = format!(r#"{{"schemaVersion":2,"artifactType":"{TYPE}","layers":[{layer}]}}"#);
    let digest = store.manifest("acme/x", "unused", &manifest);
    let size = manifest.len();
    format!(
        r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{digest}","size":{size},"artifactType":"{TYPE}"{annotations}}}"#
    )
}

fn list(entries: &[String]) -> String {
    format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{}]}}"#,
        entries.join(",")
    )
}

#[test]
fn a_bundle_beside_a_file_is_its_signers() {
    let own = Digest::of(COMPONENT);
    for bundle in [
        message(super::support::fixture!("component.p256.sig").trim()),
        message(super::support::fixture!("component.p256.sig").trim())
            .replace(TYPE, "application/vnd.dev.sigstore.bundle+json;version=0.2"),
        envelope(&statement(SIGNS, own), KEY),
    ] {
        assert_eq!(verify(COMPONENT, &[beside(&bundle)], &policy()), signed_by("Acme"), "{bundle}");
    }
}

#[test]
fn a_bundle_that_vouches_for_something_else_is_no_good() {
    let (own, other) = (Digest::of(COMPONENT), Digest::of(b"another"));
    let good = message(super::support::fixture!("component.p256.sig").trim());
    let account = r#"{"certificate":{"rawBytes":"AAAA"}}"#;
    let cases = [
        (message(&signed("another")), "fits none of the 2 trusted keys"),
        (envelope(&statement(SIGNS, other), KEY), "is for sha256:ae448ac86c4e8e4d"),
        (envelope(&statement(SIGNS, own), KEY).replace("in-toto+json", "in-toto"), "fits none of the 2 trusted keys"),
        (envelope(&statement(SIGNS, own), account).replace("in-toto+json", "x"), "an account signed it and no key"),
        (good.replace(TYPE, "application/json"), "its type is `application/json`"),
        (good.replace("messageSignature", "nothing"), "it holds neither one signature nor one envelope"),
        (message("*"), "it holds what is no base64"),
        ("[".repeat(1_000), "cannot be read"),
        (String::new(), "cannot be read"),
    ];
    for (bundle, expected) in cases {
        distrusted(&verify(COMPONENT, &[beside(&bundle)], &policy()), expected);
    }
}

#[test]
fn another_statement_is_no_signature() {
    let built = envelope(&statement("https://slsa.dev/provenance/v1", Digest::of(COMPONENT)), KEY);
    assert_eq!(verify(COMPONENT, &[beside(&built)], &policy()), Verdict::Unsigned);
}

#[tokio::test]
async fn an_artifact_that_cosign_3_signed_is_its_signers() {
    let annotations = format!(r#","annotations":{{"dev.sigstore.bundle.predicateType":"{SIGNS}"}}"#);
    for (keeps_lists, annotations) in [(true, annotations.as_str()), (true, ""), (false, "")] {
        let mut store = Store::open();
        let digest = store.hold("acme/x", "1.0", COMPONENT);
        let signature = attach(&mut store, &envelope(&statement(SIGNS, digest), KEY), annotations);
        // What else refers to it is not even fetched.
        let built = r#"{"mediaType":"x","digest":"sha256:x","size":1,"artifactType":"application/vnd.dev.sigstore.bundle.v0.3+json","annotations":{"dev.sigstore.bundle.predicateType":"https://slsa.dev/provenance/v1"}}"#;
        let bill = r#"{"mediaType":"x","digest":"sha256:x","size":1,"artifactType":"application/spdx+json"}"#;
        let list = list(&[built.to_owned(), bill.to_owned(), signature]);
        match keeps_lists {
            true => store.refer("acme/x", digest, &list),
            false => drop(store.manifest("acme/x", &format!("sha256-{}", digest.hex()), &list)),
        }
        let registry = Registry::start(store).await;
        let fetched = fetch(&registry.server.oci("acme/x:1.0"), &options()).await.unwrap();
        assert_eq!(verify(&fetched.bytes, &fetched.signatures, &policy()), signed_by("Acme"));
        // What was kept says the same.
        let kept = serde_json::to_string(&fetched.signatures).unwrap();
        let kept: Vec<DetachedSignature> = serde_json::from_str(&kept).unwrap();
        assert_eq!(verify(COMPONENT, &kept, &policy()), signed_by("Acme"));
        assert!(matches!(verify(b"\0asm\x0d\0\x01\0\0\x01\0", &kept, &policy()), Verdict::Untrusted { .. }));
    }
}

#[tokio::test]
async fn lists_that_are_wrong_in_form_are_a_doubt() {
    let mut store = Store::open();
    let digest = store.hold("acme/x", "1.0", COMPONENT);
    let registry = Registry::start(store).await;
    let entry = format!(r#"{{"mediaType":"x","digest":"sha256:x","size":1,"artifactType":"{TYPE}"}}"#);
    let cases = [
        ("{".to_owned(), "has a manifest that cannot be read"),
        (list(std::slice::from_ref(&entry)), "names a blob by `sha256:x`"),
        (list(&vec![entry; 17]), "carries 17 signatures; at most 16 are read"),
    ];
    for (list, expected) in cases {
        registry.store.lock().unwrap().refer("acme/x", digest, &list);
        let fetched = fetch(&registry.server.oci("acme/x:1.0"), &options()).await.unwrap();
        distrusted(&verify(&fetched.bytes, &fetched.signatures, &policy()), expected);
    }
}

#[tokio::test]
async fn a_good_bundle_counts_whatever_else_is_listed() {
    let mut store = Store::open();
    let digest = store.hold("acme/x", "1.0", COMPONENT);
    let good = attach(&mut store, &envelope(&statement(SIGNS, digest), KEY), "");
    let missing = format!(
        r#"{{"mediaType":"x","digest":"{}","size":1,"artifactType":"{TYPE}"}}"#,
        Digest::of(b"a manifest that is not there")
    );
    let broken = format!(r#"{{"mediaType":"x","digest":"sha256:x","size":1,"artifactType":"{TYPE}"}}"#);
    let mut many = vec![broken.clone(); 17];
    many[15].clone_from(&good);
    let mut too_late = vec![broken.clone(); 17];
    too_late[16].clone_from(&good);
    store.refer("acme/x", digest, "[]");
    let registry = Registry::start(store).await;
    for (entries, expected) in [
        (vec![missing, broken, good], Ok("Acme")),
        (many, Ok("Acme")),
        (too_late, Err("carries 17 signatures; at most 16 are read")),
    ] {
        registry.store.lock().unwrap().refer("acme/x", digest, &list(&entries));
        let fetched = fetch(&registry.server.oci("acme/x:1.0"), &options()).await.unwrap();
        let verdict = verify(&fetched.bytes, &fetched.signatures, &policy());
        match expected {
            Ok(signer) => assert_eq!(verdict, signed_by(signer)),
            Err(sentence) => distrusted(&verdict, sentence),
        }
    }
}

#[tokio::test]
async fn a_bundle_beside_an_address_or_a_file_comes_with_it() {
    let bundle = message(super::support::fixture!("component.p256.sig").trim());
    let served = bundle.clone();
    let server = Server::plain(move |asked| match asked.uri.path() {
        "/x.wasm" => respond(200, COMPONENT),
        "/x.wasm.sigstore.json" => respond(200, served.clone()),
        _ => respond(404, ""),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.wasm");
    std::fs::write(&file, COMPONENT).unwrap();
    std::fs::write(folder.path().join("x.wasm.sigstore.json"), &bundle).unwrap();
    for place in [server.reference("/x.wasm", COMPONENT), reference(file.display().to_string())] {
        let fetched = fetch(&place, &options()).await.unwrap();
        assert_eq!(verify(&fetched.bytes, &fetched.signatures, &policy()), signed_by("Acme"), "{place}");
    }
}
