//! Signatures within packages: good ones count, and no byte of a signed package can change.

use portico_manifest::append_section;
use portico_supply::{
    Distrust, PrivateKey, SIGNATURE_SECTION, TrustPolicy, TrustedKey, Verdict, generate_key, sign, verify,
};
use proptest::prelude::*;

use super::support::{COMPONENT, fixture};

fn p256() -> PrivateKey {
    fixture!("p256.private.pem").parse().unwrap()
}

fn ed25519() -> PrivateKey {
    fixture!("ed25519.private.pem").parse().unwrap()
}

fn trusting(keys: &[(&str, &PrivateKey)]) -> TrustPolicy {
    let keys = keys.iter().map(|(name, key)| TrustedKey::new(*name, &key.public().to_pem()).unwrap()).collect();
    TrustPolicy { keys, allow_unsigned: false }
}

/// A component with some content: a custom section and a nested component.
fn package(data: &[u8], nested: &[u8]) -> Vec<u8> {
    let mut package = COMPONENT.to_vec();
    append_section(&mut package, "portico:manifest", data);
    // A nested component is a section of its own kind, with a length in two times seven bits.
    package.extend([4, (nested.len() & 0x7f) as u8 | 0x80, (nested.len() >> 7) as u8]);
    package.extend_from_slice(nested);
    package
}

fn signed_by(key: &str) -> Verdict {
    Verdict::SignedBy { key: key.to_owned() }
}

#[track_caller]
fn distrusted(verdict: &Verdict, sentence: &str) {
    let Verdict::Untrusted { why } = verdict else { panic!("{verdict:?} should be {sentence}") };
    assert!(why.to_string().contains(sentence), "{why} should say {sentence}");
}

#[test]
fn a_signed_package_is_its_signers() {
    let package = package(b"name: x", COMPONENT);
    for key in [p256(), ed25519(), generate_key().unwrap().private.parse().unwrap()] {
        let signed = sign(&package, &key).unwrap();
        assert!(signed.starts_with(&package));
        assert_eq!(verify(&signed, &[], &trusting(&[("Acme", &key)])), signed_by("Acme"));
    }
}

#[test]
fn each_signer_counts_in_whatever_order_they_sign() {
    let (one, other) = (p256(), ed25519());
    let twice = sign(&sign(COMPONENT, &one).unwrap(), &other).unwrap();
    assert_eq!(verify(&twice, &[], &trusting(&[("One", &one)])), signed_by("One"));
    assert_eq!(verify(&twice, &[], &trusting(&[("Other", &other)])), signed_by("Other"));
    assert_eq!(verify(&twice, &[], &trusting(&[("Other", &other), ("One", &one)])), signed_by("One"));
    assert_eq!(sign(&twice, &one).unwrap_err().to_string(), "the package is signed with this key already");
}

#[test]
fn a_package_without_a_signature_is_unsigned() {
    assert_eq!(verify(COMPONENT, &[], &TrustPolicy::default()), Verdict::Unsigned);
    // What is nested belongs to somebody else, signed or not.
    let nested = sign(COMPONENT, &ed25519()).unwrap();
    let outer = package(b"", &nested);
    assert_eq!(verify(&outer, &[], &TrustPolicy::default()), Verdict::Unsigned);
}

#[test]
fn a_signature_by_a_key_that_nobody_named_is_told_by_its_id() {
    let signed = sign(COMPONENT, &ed25519()).unwrap();
    let verdict = verify(&signed, &[], &trusting(&[("Acme", &p256())]));
    assert_eq!(verdict, Verdict::Untrusted { why: Distrust::UnknownKey { key_id: ed25519().public().id() } });
    distrusted(&verdict, &format!("is signed with the key {}, which is not among", ed25519().public().id()));
}

#[test]
fn a_package_that_was_changed_is_told_in_strong_words() {
    let mut signed = sign(&package(b"name: x", COMPONENT), &ed25519()).unwrap();
    let at = signed.windows(4).position(|window| window == b"name").unwrap();
    signed[at] = b'N';
    let verdict = verify(&signed, &[], &trusting(&[("Acme", &ed25519())]));
    distrusted(
        &verdict,
        "the package HAS BEEN CHANGED since Acme signed it, or the signature is forged. Do not use it",
    );
}

#[test]
fn a_wrong_signature_of_a_trusted_key_spoils_a_good_one_of_another() {
    let (one, other) = (p256(), ed25519());
    let elsewhere = sign(&package(b"", COMPONENT), &other).unwrap();
    let stolen = &elsewhere[package(b"", COMPONENT).len()..];
    let mut signed = sign(COMPONENT, &one).unwrap();
    signed.extend_from_slice(stolen);
    distrusted(&verify(&signed, &[], &trusting(&[("One", &one), ("Other", &other)])), "since Other signed it");
    // Somebody whom nobody named can say nothing, neither good nor bad.
    assert_eq!(verify(&signed, &[], &trusting(&[("One", &one)])), signed_by("One"));
}

#[test]
fn nothing_may_follow_a_signature() {
    let key = ed25519();
    let mut signed = sign(COMPONENT, &key).unwrap();
    append_section(&mut signed, "portico:manifest", b"name: evil");
    distrusted(
        &verify(&signed, &[], &trusting(&[("Acme", &key)])),
        "something was appended to the package after it was signed",
    );
    assert!(sign(&signed, &p256()).unwrap_err().to_string().contains("was changed after it was signed. Pack it again"));
}

#[test]
fn a_signature_that_cannot_be_read_is_told_why() {
    let id = ed25519().public().id();
    let cases: [(Vec<u8>, &str); 9] = [
        (b"".to_vec(), "the signature within the package cannot be read (it is no JSON object)"),
        (br#"["x","ed25519","AAAA"]"#.to_vec(), "cannot be read (it is no JSON object)"),
        (br#"{"keyId":[[[["#.to_vec(), "cannot be read (invalid type"),
        (vec![b' '; 1025], "cannot be read (it has 1025 bytes, more than the 1024 of any signature)"),
        (br#"{"keyId":"x"}"#.to_vec(), "cannot be read (missing field"),
        (br#"{"keyId":"x","keyId":"y"}"#.to_vec(), "cannot be read (duplicate field"),
        (format!(r#"{{"keyId":"{id}","algorithm":"none","signature":""}}"#).into(), "unknown variant `none`"),
        (
            format!(r#"{{"keyId":"{id}","algorithm":"ecdsa-p256-sha256","signature":""}}"#).into(),
            "it names another algorithm than the key of Acme has",
        ),
        (format!(r#"{{"keyId":"{id}","algorithm":"ed25519","signature":"*"}}"#).into(), "it is no base64"),
    ];
    for (section, expected) in cases {
        let mut signed = COMPONENT.to_vec();
        append_section(&mut signed, SIGNATURE_SECTION, &section);
        distrusted(&verify(&signed, &[], &trusting(&[("Acme", &ed25519())])), expected);
    }
}

#[test]
fn a_file_that_is_no_component_is_told_what_it_is() {
    let cases: [(&[u8], &str); 4] = [
        (b"", "the file is no WebAssembly"),
        (b"<html>", "the file is no WebAssembly"),
        (b"\0asm\x01\0\0\0", "the file is a core module, not a component"),
        (b"\0asm\x0d\0\x01\0\x04\x7f", "it ends in the middle of a section"),
    ];
    for (file, expected) in cases {
        distrusted(&verify(file, &[], &TrustPolicy::default()), expected);
        assert!(sign(file, &ed25519()).unwrap_err().to_string().contains(expected));
    }
}

#[test]
fn more_signatures_than_anybody_needs_are_refused() {
    let mut signed = COMPONENT.to_vec();
    for _ in 0..17 {
        append_section(&mut signed, SIGNATURE_SECTION, b"{}");
    }
    distrusted(&verify(&signed, &[], &TrustPolicy::default()), "holds 17 signatures; at most 16 are checked");
}

#[test]
fn a_policy_admits_what_is_signed_and_perhaps_what_is_not() {
    let mut policy = TrustPolicy::default();
    assert!(policy.admit(&signed_by("Acme")).is_ok());
    let refusal = policy.admit(&Verdict::Unsigned).unwrap_err().to_string();
    assert!(refusal.contains("is not signed") && refusal.contains("`portico plugin sign`"), "{refusal}");
    policy.allow_unsigned = true;
    assert!(policy.admit(&Verdict::Unsigned).is_ok());
    let untrusted = verify(&sign(COMPONENT, &p256()).unwrap(), &[], &policy);
    assert!(policy.admit(&untrusted).unwrap_err().to_string().contains("not among the trusted keys"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bit_of_a_signed_package_can_change(
        data in proptest::collection::vec(any::<u8>(), 0..100),
        at: prop::sample::Index,
        bit in 0..8_u8,
        ecdsa: bool,
    ) {
        let key = if ecdsa { p256() } else { ed25519() };
        let policy = trusting(&[("Acme", &key)]);
        let mut signed = sign(&package(&data, COMPONENT), &key).unwrap();
        prop_assert!(policy.admit(&verify(&signed, &[], &policy)).is_ok());
        let at = at.index(signed.len());
        signed[at] ^= 1 << bit;
        let verdict = verify(&signed, &[], &policy);
        prop_assert!(policy.admit(&verdict).is_err(), "bit {} of byte {}: {:?}", bit, at, verdict);
    }

    #[test]
    fn a_signed_package_that_was_cut_off_is_refused(length: prop::sample::Index) {
        let key = ed25519();
        let policy = trusting(&[("Acme", &key)]);
        let signed = sign(&package(b"name: x", COMPONENT), &key).unwrap();
        let cut = &signed[..length.index(signed.len())];
        prop_assert!(policy.admit(&verify(cut, &[], &policy)).is_err());
    }

    #[test]
    fn no_file_breaks_the_verdict(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let file = [COMPONENT, &bytes].concat();
        verify(&file, &[], &trusting(&[("Acme", &ed25519())]));
    }
}
