//! Signatures beside packages: files signed with openssl as cosign signs them, and artifacts signed as cosign signs them.

use portico_supply::{
    Attested, DetachedSignature, Digest, Distrust, PrivateKey, TrustPolicy, TrustedKey, Verdict, fetch, sign, verify,
};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;

use super::registry::{Registry, Store};
use super::support::{COMPONENT, fixture, options};

pub(crate) fn policy() -> TrustPolicy {
    let key = |name: &str, pem| TrustedKey::new(name, pem).unwrap();
    TrustPolicy {
        keys: vec![key("Edwards", fixture!("ed25519.public.pem")), key("Acme", fixture!("p256.public.pem"))],
        allow_unsigned: true,
    }
}

fn beside(signature: &str) -> DetachedSignature {
    DetachedSignature { found_at: "x.wasm.sig".into(), signature: signature.into(), attested: Attested::Blob }
}

/// What cosign signs of an artifact.
fn payload(digest: &str) -> String {
    format!(
        r#"{{"critical":{{"identity":{{"docker-reference":"a.test/x"}},"image":{{"docker-manifest-digest":"{digest}"}},"type":"cosign container image signature"}},"optional":null}}"#
    )
}

/// Signs a text with the fixtures' ECDSA key.
pub(crate) fn signed(text: &str) -> String {
    use base64::Engine as _;
    let der = PrivatePkcs8KeyDer::from_pem_slice(fixture!("p256.private.pem").as_bytes()).unwrap();
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der.secret_pkcs8_der(), &random).unwrap();
    base64::engine::general_purpose::STANDARD.encode(pair.sign(&random, text.as_bytes()).unwrap())
}

/// Puts a signature where cosign puts it.
fn attach(store: &mut Store, digest: Digest, payload: &str, signature: &str) {
    let blob = store.blob(payload.as_bytes());
    let size = payload.len();
    let layer = format!(
        r#"{{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","digest":"{blob}","size":{size},"annotations":{{"dev.cosignproject.cosign/signature":"{signature}"}}}}"#
    );
    // Something of another kind beside it means nothing.
    let other = r#"{"mediaType":"text/plain","digest":"sha256:x","size":1}"#;
    let manifest = format!(r#"{{"schemaVersion":2,"layers":[{other},{layer}]}}"#);
    store.manifest("acme/x", &format!("sha256-{}.sig", digest.hex()), &manifest);
}

pub(crate) fn signed_by(key: &str) -> Verdict {
    Verdict::SignedBy { key: key.to_owned() }
}

#[track_caller]
pub(crate) fn distrusted(verdict: &Verdict, sentence: &str) {
    let Verdict::Untrusted { why } = verdict else { panic!("{verdict:?} should be {sentence}") };
    assert!(why.to_string().contains(sentence), "{why} should say {sentence}");
}

#[test]
fn a_file_that_openssl_signed_is_its_signers() {
    for (signature, name) in [(fixture!("component.p256.sig"), "Acme"), (fixture!("component.ed25519.sig"), "Edwards")]
    {
        assert_eq!(verify(COMPONENT, &[beside(signature)], &policy()), signed_by(name));
    }
}

#[test]
fn a_signature_that_fits_no_key_leaves_the_package_untrusted() {
    let mut longer = COMPONENT.to_vec();
    portico_manifest::append_section(&mut longer, "x", b"");
    let verdict = verify(&longer, &[beside(fixture!("component.p256.sig"))], &policy());
    distrusted(
        &verdict,
        "the signature x.wasm.sig fits none of the 2 trusted keys: somebody else made it, or the package has been changed",
    );
    let verdict = verify(COMPONENT, &[beside(fixture!("component.p256.sig"))], &TrustPolicy::default());
    distrusted(&verdict, "the signature x.wasm.sig fits no trusted key, for there is none: somebody else made it");
    let one = TrustPolicy { keys: vec![policy().keys.remove(0)], allow_unsigned: true };
    let verdict = verify(COMPONENT, &[beside(fixture!("component.p256.sig"))], &one);
    distrusted(&verdict, "does not fit the one key that is trusted: somebody else made it");
    for signature in ["", "AAAA"] {
        assert!(matches!(verify(COMPONENT, &[beside(signature)], &policy()), Verdict::Untrusted { .. }));
    }
    distrusted(
        &verify(COMPONENT, &[beside("<html>")], &policy()),
        "the signature x.wasm.sig cannot be read (it is no base64",
    );
}

#[test]
fn one_good_signature_is_enough_wherever_it_is() {
    let good = beside(fixture!("component.p256.sig"));
    assert_eq!(verify(COMPONENT, &[beside("AAAA"), good, beside("*")], &policy()), signed_by("Acme"));
    let key: PrivateKey = fixture!("ed25519.private.pem").parse().unwrap();
    let within = sign(COMPONENT, &key).unwrap();
    assert_eq!(verify(&within, &[beside("AAAA")], &policy()), signed_by("Edwards"));
}

#[tokio::test]
async fn an_artifact_that_cosign_signed_is_its_signers() {
    let mut store = Store::open();
    let digest = store.hold("acme/x", "1.0", COMPONENT);
    let payload = payload(&digest.to_string());
    attach(&mut store, digest, &payload, &signed(&payload));
    let registry = Registry::start(store).await;
    let fetched = fetch(&registry.server.oci("acme/x:1.0"), &options()).await.unwrap();
    assert_eq!(verify(&fetched.bytes, &fetched.signatures, &policy()), signed_by("Acme"));
    // What was kept says the same.
    let kept = serde_json::to_string(&fetched.signatures).unwrap();
    let kept: Vec<DetachedSignature> = serde_json::from_str(&kept).unwrap();
    assert_eq!(verify(COMPONENT, &kept, &policy()), signed_by("Acme"));
}

#[tokio::test]
async fn a_good_signature_of_something_else_is_no_good() {
    let mut store = Store::open();
    let digest = store.hold("acme/x", "1.0", COMPONENT);
    let stranger = Digest::of(b"another").to_string();
    let own = payload(&digest.to_string());
    let cases = [
        (payload(&stranger), format!("is for {stranger}, not for this package. Do not use it")),
        (
            own.replace("cosign container", "another"),
            "its type is `another image signature`, not `cosign container".to_owned(),
        ),
        ("{}".to_owned(), "cannot be read (missing field `critical`".to_owned()),
        ("[".repeat(1000), "cannot be read (invalid type: sequence".to_owned()),
        (own.replace(r#""optional":null"#, r#""critical":{}"#), "cannot be read (".to_owned()),
    ];
    let registry = Registry::start(store).await;
    for (text, expected) in cases {
        attach(&mut registry.store.lock().unwrap(), digest, &text, &signed(&text));
        let fetched = fetch(&registry.server.oci("acme/x:1.0"), &options()).await.unwrap();
        distrusted(&verify(&fetched.bytes, &fetched.signatures, &policy()), &expected);
    }
    attach(&mut registry.store.lock().unwrap(), digest, &own, &signed("something else"));
    let fetched = fetch(&registry.server.oci("acme/x:1.0"), &options()).await.unwrap();
    distrusted(&verify(&fetched.bytes, &fetched.signatures, &policy()), "fits none of the 2 trusted keys");
}

#[test]
fn a_manifest_that_names_another_file_vouches_for_none() {
    let manifest = super::registry::manifest(&[super::registry::layer("application/wasm", b"another")]);
    let payload = payload(&Digest::of(manifest.as_bytes()).to_string());
    let signature = signed(&payload);
    let attested = Attested::Image { manifest, payload };
    let verdict =
        verify(COMPONENT, &[DetachedSignature { found_at: "oci://a.test/x".into(), signature, attested }], &policy());
    let found = Digest::of(b"another").to_string();
    assert_eq!(verdict, Verdict::Untrusted { why: Distrust::Other { found_at: "oci://a.test/x".into(), found } });
}

#[tokio::test]
async fn signatures_that_are_wrong_in_form_are_a_doubt() {
    let mut store = Store::open();
    let digest = store.hold("acme/x", "1.0", COMPONENT);
    let registry = Registry::start(store).await;
    let tag = format!("sha256-{}.sig", digest.hex());
    let layer = r#"{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","digest":"sha256:x","size":1,"annotations":{"dev.cosignproject.cosign/signature":"x"}}"#;
    let cases = [
        ("{".to_owned(), "has a manifest that cannot be read"),
        (format!(r#"{{"schemaVersion":2,"layers":[{layer}]}}"#), "names a blob by `sha256:x`"),
        (
            format!(r#"{{"schemaVersion":2,"layers":[{}]}}"#, [layer; 17].join(",")),
            "carries 17 signatures; at most 16 are read",
        ),
    ];
    for (manifest, expected) in cases {
        registry.store.lock().unwrap().manifest("acme/x", &tag, &manifest);
        let fetched = fetch(&registry.server.oci("acme/x:1.0"), &options()).await.unwrap();
        distrusted(&verify(&fetched.bytes, &fetched.signatures, &policy()), expected);
        distrusted(&verify(&fetched.bytes, &fetched.signatures, &policy()), &tag);
    }
}

#[tokio::test]
async fn what_is_wrong_beside_an_artifact_keeps_no_signed_one_out() {
    let key: PrivateKey = fixture!("ed25519.private.pem").parse().unwrap();
    let within = sign(COMPONENT, &key).unwrap();
    let mut store = Store::open();
    let digest = store.hold("acme/x", "1.0", &within);
    let registry = Registry::start(store).await;
    let tag = format!("sha256-{}.sig", digest.hex());
    let missing = Digest::of(b"a text that is not there");
    let layer = |digest: &str| {
        format!(
            r#"{{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","digest":"{digest}","size":1,"annotations":{{"dev.cosignproject.cosign/signature":"AAAA"}}}}"#
        )
    };
    for manifest in [
        r#"{"schemaVersion":2,"manifests":[]}"#.to_owned(),
        format!(r#"{{"schemaVersion":2,"layers":[{}]}}"#, layer(&missing.to_string())),
        format!(r#"{{"schemaVersion":2,"layers":[{}]}}"#, vec![layer("sha256:x"); 17].join(",")),
    ] {
        registry.store.lock().unwrap().manifest("acme/x", &tag, &manifest);
        let fetched = fetch(&registry.server.oci("acme/x:1.0"), &options()).await.unwrap();
        assert!(!fetched.signatures.is_empty(), "what is wrong is kept: {manifest}");
        assert_eq!(verify(&fetched.bytes, &fetched.signatures, &policy()), signed_by("Edwards"), "{manifest}");
    }
}

#[tokio::test]
async fn a_good_signature_counts_beside_one_whose_text_is_missing() {
    let mut store = Store::open();
    let digest = store.hold("acme/x", "1.0", COMPONENT);
    let own = payload(&digest.to_string());
    store.blob(own.as_bytes());
    let layer = |text: &str, signature: &str| {
        format!(
            r#"{{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","digest":"{}","size":1,"annotations":{{"dev.cosignproject.cosign/signature":"{signature}"}}}}"#,
            Digest::of(text.as_bytes())
        )
    };
    let layers = [layer("a text that is not there", "AAAA"), layer(&own, &signed(&own))].join(",");
    let manifest = format!(r#"{{"schemaVersion":2,"layers":[{layers}]}}"#);
    store.manifest("acme/x", &format!("sha256-{}.sig", digest.hex()), &manifest);
    let registry = Registry::start(store).await;
    let fetched = fetch(&registry.server.oci("acme/x:1.0"), &options()).await.unwrap();
    assert_eq!(verify(&fetched.bytes, &fetched.signatures, &policy()), signed_by("Acme"));
}
