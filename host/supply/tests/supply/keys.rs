//! Keys: those of others are read, ours are read by others, and what is no key is told what it is.

use portico_supply::{Algorithm, PrivateKey, PublicKey, generate_key};

use super::support::fixture;

#[test]
fn a_key_of_openssl_is_read_and_named_by_its_digest() {
    let cases = [
        (fixture!("p256.public.pem"), fixture!("p256.private.pem"), Algorithm::EcdsaP256Sha256),
        (fixture!("ed25519.public.pem"), fixture!("ed25519.private.pem"), Algorithm::Ed25519),
    ];
    for (public, private, algorithm) in cases {
        let read: PublicKey = public.parse().unwrap();
        assert_eq!(read.algorithm(), algorithm);
        assert_eq!(read.to_pem(), public);
        assert_eq!(private.parse::<PrivateKey>().unwrap().public(), &read);
        assert_eq!(read.id().len(), 64);
    }
}

#[test]
fn a_new_key_is_read_again_and_never_the_same() {
    let (one, other) = (generate_key().unwrap(), generate_key().unwrap());
    assert_ne!(one.private, other.private);
    let private: PrivateKey = one.private.parse().unwrap();
    assert_eq!(private.public().to_pem(), one.public);
    assert_eq!(private.public().id(), one.id);
    assert!(one.private.lines().all(|line| line.len() <= 64), "{}", one.public);
}

#[test]
fn printing_a_private_key_shows_nothing_of_it() {
    let made = generate_key().unwrap();
    let private: PrivateKey = made.private.parse().unwrap();
    let inner = made.private.lines().nth(1).unwrap();
    for printed in [format!("{made:?}"), format!("{private:?}")] {
        assert!(!printed.contains(inner) && printed.contains(&made.id), "{printed}");
    }
}

#[test]
fn a_text_that_is_no_public_key_is_told_what_it_is() {
    let damaged = fixture!("p256.public.pem").replace("MFkw", "M*kw");
    let twice = fixture!("p256.public.pem").repeat(2);
    let cases = [
        ("", "the text holds no public key; it begins with `-----BEGIN PUBLIC KEY-----`"),
        ("ssh-ed25519 AAAA", "the text holds no public key"),
        (
            fixture!("certificate.pem"),
            "holds a certificate, not a public key. Take the key out of it with `openssl x509",
        ),
        (fixture!("p256.private.pem"), "holds a private key, not a public key. Keep it secret"),
        (fixture!("p256.sec1.pem"), "holds a private key, not a public key"),
        (
            fixture!("rsa.public.pem"),
            "the key is of a kind that is not used here; make one with `portico plugin keygen`",
        ),
        (fixture!("p384.public.pem"), "the key is of a kind that is not used here"),
        (fixture!("p256compressed.public.pem"), "the key is of a kind that is not used here"),
        (&damaged, "the key is damaged: its text is no PEM that can be read"),
        (&twice, "the text holds 2 keys; give each key an entry and a name of its own"),
    ];
    for (text, expected) in cases {
        let error = text.parse::<PublicKey>().expect_err(expected).to_string();
        assert!(error.contains(expected), "{error} should say {expected}");
    }
}

#[test]
fn a_text_that_is_no_private_key_is_told_what_it_is() {
    let cases = [
        ("", "the text holds no private key; it begins with `-----BEGIN PRIVATE KEY-----`"),
        (
            fixture!("encrypted.private.pem"),
            "holds a private key with a passphrase, not a private key. Take the passphrase off",
        ),
        ("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n", "a key of cosign's own format signs with cosign only"),
        (fixture!("p256.sec1.pem"), "Turn it into PKCS #8 with `openssl pkcs8 -topk8 -nocrypt`"),
        (fixture!("p256.public.pem"), "holds a public key, not a private key. Sign with the private one."),
        (fixture!("certificate.pem"), "holds something else, not a private key"),
        (fixture!("p384.private.pem"), "the key is of a kind that is not used here"),
    ];
    for (text, expected) in cases {
        let error = text.parse::<PrivateKey>().expect_err(expected).to_string();
        assert!(error.contains(expected), "{error} should say {expected}");
    }
}
