//! Keys: read from PEM, made, and named by their digest.
//!
//! The two kinds of keys have SPKI forms of fixed length, of which only the key itself varies. They are compared with
//! these forms, byte for byte: no reader of ASN.1 is needed, and a key has one form and one name.
//!
//! Rule: a private key is never printed.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use rustls::pki_types::pem::{PemObject as _, SectionKind};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// `SubjectPublicKeyInfo` of RFC 8410, up to the 32 bytes of the key.
const ED25519_SPKI: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
/// `SubjectPublicKeyInfo` of RFC 5480 for P-256, up to the 65 bytes of an uncompressed point.
const P256_SPKI: &[u8] =
    b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
/// `PrivateKeyInfo` of RFC 8410, up to the 32 bytes of the seed: the first version, which every tool reads.
const ED25519_PKCS8: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// Over the bytes themselves.
    #[serde(rename = "ed25519")]
    Ed25519,
    /// Over their SHA-256, written as ASN.1.
    #[serde(rename = "ecdsa-p256-sha256")]
    EcdsaP256Sha256,
}

/// Why a text is no key, or why a key cannot sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No PEM, or none that holds what is wanted.
    #[error("the text holds no {wanted}; it begins with `-----BEGIN {label}-----`, and that is what to paste")]
    Missing {
        /// `public key` or `private key`.
        wanted: &'static str,
        /// What stands in the first line of one.
        label: &'static str,
    },
    /// More keys than one.
    #[error("the text holds {0} keys; give each key an entry and a name of its own")]
    Several(usize),
    /// PEM, but of something else.
    #[error("the text holds {found}, not a {wanted}. {remedy}")]
    Other {
        /// What it holds.
        found: &'static str,
        /// `public key` or `private key`.
        wanted: &'static str,
        /// How to make the one of the other.
        remedy: &'static str,
    },
    /// PEM that is damaged.
    #[error("the key is damaged: its text is no PEM that can be read. Copy it again, with its first and its last line")]
    Damaged,
    /// Another kind of key.
    #[error(
        "the key is of a kind that is not used here; make one with `portico plugin keygen`, or use an ed25519 key or an \
         ECDSA key over P-256"
    )]
    Kind,
    /// No random numbers.
    #[error("this machine gives no random numbers, without which no key is made and nothing signed")]
    NoRandom,
}

/// A key that signatures are checked with.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    algorithm: Algorithm,
    spki: Vec<u8>,
}

impl PublicKey {
    fn from_spki(spki: &[u8]) -> Result<PublicKey, KeyError> {
        let fits = |prefix: &[u8], length: usize| spki.starts_with(prefix) && spki.len() == prefix.len() + length;
        let algorithm = match () {
            () if fits(ED25519_SPKI, 32) => Algorithm::Ed25519,
            // The first byte says that the point is not compressed.
            () if fits(P256_SPKI, 65) && spki[P256_SPKI.len()] == 4 => Algorithm::EcdsaP256Sha256,
            () => return Err(KeyError::Kind),
        };
        Ok(PublicKey { algorithm, spki: spki.to_vec() })
    }

    fn of_raw(algorithm: Algorithm, raw: &[u8]) -> Result<PublicKey, KeyError> {
        PublicKey::from_spki(&[prefix(algorithm), raw].concat())
    }

    /// The SHA-256 of the key's SPKI form, in 64 hexadecimal digits.
    pub fn id(&self) -> String {
        Digest::of(&self.spki).hex()
    }

    /// How it signs.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// As PEM, ending with a line feed.
    pub fn to_pem(&self) -> String {
        pem("PUBLIC KEY", &self.spki)
    }

    /// Whether `signature` is this key's over `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &dyn signature::VerificationAlgorithm = match self.algorithm {
            Algorithm::Ed25519 => &signature::ED25519,
            Algorithm::EcdsaP256Sha256 => &signature::ECDSA_P256_SHA256_ASN1,
        };
        let raw = &self.spki[prefix(self.algorithm).len()..];
        UnparsedPublicKey::new(algorithm, raw).verify(message, signature).is_ok()
    }
}

fn prefix(algorithm: Algorithm) -> &'static [u8] {
    match algorithm {
        Algorithm::Ed25519 => ED25519_SPKI,
        Algorithm::EcdsaP256Sha256 => P256_SPKI,
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    /// Reads PEM with `-----BEGIN PUBLIC KEY-----`.
    fn from_str(text: &str) -> Result<PublicKey, KeyError> {
        const WANTED: &str = "public key";
        let other = |found, remedy| Err(KeyError::Other { found, wanted: WANTED, remedy });
        match only(text)? {
            None => Err(KeyError::Missing { wanted: WANTED, label: "PUBLIC KEY" }),
            Some((SectionKind::PublicKey, der)) => PublicKey::from_spki(&der),
            Some((SectionKind::Certificate, _)) => {
                other("a certificate", "Take the key out of it with `openssl x509 -pubkey -noout`.")
            }
            Some((SectionKind::PrivateKey | SectionKind::EcPrivateKey | SectionKind::RsaPrivateKey, _)) => other(
                "a private key",
                "Keep it secret, and give the public key that `openssl pkey -pubout` makes of it.",
            ),
            Some(_) => other("something else", "Give the public key."),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?}, {})", self.algorithm, self.id())
    }
}

/// A key that signs. Printing it shows the name of its public half.
pub struct PrivateKey {
    pair: Pair,
    public: PublicKey,
    random: SystemRandom,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    EcdsaP256(EcdsaKeyPair),
}

impl PrivateKey {
    /// The half that may be shown.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match &self.pair {
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Pair::EcdsaP256(pair) => {
                let signature = pair.sign(&self.random, message).map_err(|_| KeyError::NoRandom)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }

    fn from_pkcs8(der: &[u8]) -> Result<PrivateKey, KeyError> {
        let random = SystemRandom::new();
        // The check that is left out is against a public half that stands beside; ours is computed.
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            let public = PublicKey::of_raw(Algorithm::Ed25519, pair.public_key().as_ref())?;
            return Ok(PrivateKey { pair: Pair::Ed25519(pair), public, random });
        }
        let pair = EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_ASN1_SIGNING, der, &random)
            .map_err(|_| KeyError::Kind)?;
        let public = PublicKey::of_raw(Algorithm::EcdsaP256Sha256, pair.public_key().as_ref())?;
        Ok(PrivateKey { pair: Pair::EcdsaP256(pair), public, random })
    }
}

impl FromStr for PrivateKey {
    type Err = KeyError;

    /// Reads PEM with `-----BEGIN PRIVATE KEY-----` (PKCS #8, without a passphrase).
    fn from_str(text: &str) -> Result<PrivateKey, KeyError> {
        const WANTED: &str = "private key";
        let other = |found, remedy| Err(KeyError::Other { found, wanted: WANTED, remedy });
        if text.contains("-----BEGIN ENCRYPTED ") {
            return other(
                "a private key with a passphrase",
                "Take the passphrase off with `openssl pkey`; a key of cosign's own format signs with cosign only.",
            );
        }
        match only(text)? {
            None => Err(KeyError::Missing { wanted: WANTED, label: "PRIVATE KEY" }),
            Some((SectionKind::PrivateKey, der)) => PrivateKey::from_pkcs8(&der),
            Some((SectionKind::EcPrivateKey, _)) => {
                other("a key in the form of SEC 1", "Turn it into PKCS #8 with `openssl pkcs8 -topk8 -nocrypt`.")
            }
            Some((SectionKind::PublicKey, _)) => other("a public key", "Sign with the private one."),
            Some(_) => other("something else", "Give the private key."),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey([secret] of {:?})", self.public)
    }
}

/// A new key in its two halves. Printing it shows the public one.
#[derive(Clone)]
pub struct GeneratedKey {
    /// PKCS #8 as PEM. Whoever has it signs in the publisher's name.
    pub private: String,
    /// SPKI as PEM, for operators.
    pub public: String,
    /// What signatures call the key; see [`PublicKey::id`].
    pub id: String,
}

impl fmt::Debug for GeneratedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GeneratedKey([secret] of {})", self.id)
    }
}

/// Makes an ed25519 key.
pub fn generate_key() -> Result<GeneratedKey, KeyError> {
    let mut seed = [0; 32];
    SystemRandom::new().fill(&mut seed).map_err(|_| KeyError::NoRandom)?;
    let pkcs8 = [ED25519_PKCS8, &seed].concat();
    let public = PrivateKey::from_pkcs8(&pkcs8)?.public;
    Ok(GeneratedKey { private: pem("PRIVATE KEY", &pkcs8), public: public.to_pem(), id: public.id() })
}

/// The one section of a PEM text.
fn only(text: &str) -> Result<Option<(SectionKind, Vec<u8>)>, KeyError> {
    let sections: Vec<(SectionKind, Vec<u8>)> = <(SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| KeyError::Damaged)?;
    match sections.len() {
        0 | 1 => Ok(sections.into_iter().next()),
        several => Err(KeyError::Several(several)),
    }
}

/// RFC 7468: 64 characters a line.
fn pem(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (at, character) in base64.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str(&format!("\n-----END {label}-----\n"));
    text
}
