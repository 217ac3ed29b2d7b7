//! The checks in front of whoever reads a request.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use hmac::{Hmac, Mac as _};
use portico_api_types::Timestamp;
use portico_catalog::Catalog;
use portico_manifest::{Algorithm, IntakeRule, ReplayRule, SecretSource, SignatureRule};
use sha2::{Digest as _, Sha256};

use crate::egress::credential;

/// Signatures that are looked at in one header; senders that change their secret send two.
const SIGNATURES: usize = 5;

/// Bytes of the name of a delivery.
const DELIVERY: usize = 200;

/// A request from outside.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Such as `POST`.
    pub method: String,
    /// Below the address of whom it is for, with a slash in front.
    pub path: String,
    /// Without the question mark; empty where there is none.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// What followed them.
    pub body: Vec<u8>,
}

impl Arrived {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Why a request is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// Nobody takes such requests here.
    #[error("nothing takes such a request here")]
    Nowhere,
    /// More came than is taken.
    #[error("too many requests came; send it again in {} s", .0.as_secs().max(1))]
    TooOften(Duration),
    /// It carries no signature.
    #[error("the request is not signed; its header `{0}` is missing or has another form")]
    Unsigned(String),
    /// Its signature is wrong.
    #[error("the signature does not fit the request; check that both sides have the same secret")]
    Forged,
    /// It was sent long ago, or in the future, or does not say when.
    #[error("the request says that it was sent at another time than about now; check the clocks of both sides")]
    Stale,
    /// It has no name by which it could be known again.
    #[error("the request's header `{0}` is missing, by which a delivery is known")]
    Nameless(String),
    /// It came before.
    #[error("this delivery has come before, and counts once")]
    Again,
    /// What it says cannot be taken.
    #[error("{0}")]
    Wrong(String),
    /// The portal cannot check it.
    #[error("the portal cannot check the request: {0}")]
    Unable(String),
    /// Whoever reads it has failed so often that it is left alone for a while.
    #[error("what reads such requests fails; send it again in {} s", .0.as_secs().max(1))]
    Resting(Duration),
    /// Whoever read it failed.
    #[error("{0}")]
    Failed(String),
}

/// The checks of one address.
pub(crate) struct Gate {
    rule: IntakeRule,
    /// What deliveries are kept under.
    target: String,
    rate: DefaultDirectRateLimiter,
}

impl Gate {
    pub(crate) fn new(target: String, rule: IntakeRule) -> Gate {
        let count = NonZeroU32::new(rule.rate.count).unwrap_or(NonZeroU32::MIN);
        let each = rule.rate.period.as_duration() / count.get();
        let quota = Quota::with_period(each.max(Duration::from_nanos(1))).unwrap_or(Quota::per_second(count));
        Gate { rule, target, rate: RateLimiter::direct(quota.allow_burst(count)) }
    }

    /// Bytes of the largest body.
    pub(crate) fn size(&self) -> u64 {
        self.rule.size.as_bytes()
    }

    /// Whether senders prove who they are by a signature; others show the portal's token.
    pub(crate) fn is_signed(&self) -> bool {
        self.rule.signature.is_some()
    }

    /// The credential that signatures are checked with.
    pub(crate) fn credential(&self) -> Option<&str> {
        self.rule.signature.as_ref().map(|signature| signature.credential.as_str())
    }

    /// Counts a request; an error if too many came.
    pub(crate) fn count(&self) -> Result<(), IntakeError> {
        let clock = DefaultClock::default();
        self.rate.check().map_err(|until| IntakeError::TooOften(until.wait_time_from(clock.now())))
    }

    /// Checks who sent a request, and that it comes for the first time. Answers the delivery, by which it can be forgotten, and takes
    /// out of the request what proves who sent it.
    pub(crate) async fn check(
        &self,
        arrived: &mut Arrived,
        secrets: &BTreeMap<String, SecretSource>,
        catalog: &Catalog,
    ) -> Result<Option<Delivery>, IntakeError> {
        if let Some(signature) = &self.rule.signature {
            let timestamp = timestamp(self.rule.replay.as_ref(), arrived)?;
            let source = secrets.get(&signature.credential).ok_or_else(|| {
                IntakeError::Unable(format!("its operator has not granted the credential `{}`", signature.credential))
            })?;
            let secret = credential::read(&signature.credential, source).await;
            let secret = secret.map_err(|error| IntakeError::Unable(error.to_string()))?;
            prove(signature, arrived, &timestamp, secret.reveal())?;
            arrived.headers.retain(|(name, _)| *name != signature.header);
        }
        let Some(header) = self.rule.replay.as_ref().and_then(|replay| replay.id.as_ref()) else { return Ok(None) };
        let id = arrived.header(header).filter(|id| !id.is_empty() && id.len() <= DELIVERY);
        let id = id.ok_or_else(|| IntakeError::Nameless(header.clone()))?.to_owned();
        let delivery = Delivery { target: self.target.clone(), id };
        if delivery.note(catalog).await? { Ok(Some(delivery)) } else { Err(IntakeError::Again) }
    }
}

/// A delivery that was noted.
#[derive(Clone)]
pub(crate) struct Delivery {
    target: String,
    id: String,
}

impl Delivery {
    async fn note(&self, catalog: &Catalog) -> Result<bool, IntakeError> {
        let (catalog, delivery) = (catalog.clone(), self.clone());
        let noted = tokio::task::spawn_blocking(move || catalog.deliver(&delivery.target, &delivery.id)).await;
        noted
            .map_err(|error| IntakeError::Unable(error.to_string()))?
            .map_err(|error| IntakeError::Unable(error.to_string()))
    }

    /// Forgets it: what was sent could not be taken, and may come again.
    pub(crate) async fn forget(self, catalog: &Catalog) {
        let (catalog, delivery) = (catalog.clone(), self);
        let forgotten = tokio::task::spawn_blocking(move || catalog.undeliver(&delivery.target, &delivery.id)).await;
        if let Ok(Err(error)) = forgotten {
            tracing::error!(%error, "a delivery that failed could not be forgotten, so that it cannot come again");
        }
    }
}

/// The time of sending as it is written, where the rule names a header for it; it has to be about now.
fn timestamp(replay: Option<&ReplayRule>, arrived: &Arrived) -> Result<String, IntakeError> {
    let Some((replay, header)) = replay.and_then(|replay| Some((replay, replay.timestamp.as_ref()?))) else {
        return Ok(String::new());
    };
    let written = arrived.header(header).ok_or(IntakeError::Stale)?;
    let sent: i64 = written.parse().map_err(|_| IntakeError::Stale)?;
    let distance = Timestamp::now().as_second().abs_diff(sent);
    if distance > replay.tolerance.as_duration().as_secs() { Err(IntakeError::Stale) } else { Ok(written.to_owned()) }
}

/// Whether one of a request's signatures is made with the secret.
fn prove(rule: &SignatureRule, arrived: &Arrived, timestamp: &str, secret: &[u8]) -> Result<(), IntakeError> {
    let header = arrived.header(&rule.header).ok_or_else(|| IntakeError::Unsigned(rule.header.clone()))?;
    let signatures: Vec<&str> = rule.format.signatures(header).take(SIGNATURES).collect();
    if signatures.is_empty() {
        return Err(IntakeError::Unsigned(rule.header.clone()));
    }
    let signed = rule.signed.of(timestamp, &arrived.body);
    let fits = |signature: &&str| match rule.algorithm {
        Algorithm::HmacSha256 => hex::decode(signature).is_ok_and(|bytes| fits(secret, &signed, &bytes)),
        Algorithm::HmacSha256Base64 => {
            BASE64_STANDARD.decode(signature).is_ok_and(|bytes| fits(secret, &signed, &bytes))
        }
        // Digests are compared, so that the time it takes says nothing of the secret.
        Algorithm::Token => fits(secret, secret, &hmac(secret, signature.as_bytes())),
    };
    if signatures.iter().any(fits) { Ok(()) } else { Err(IntakeError::Forged) }
}

fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    // Of any length, by its definition.
    Hmac::<Sha256>::new_from_slice(secret).unwrap_or_else(|_| unreachable!("a key of {} bytes is taken", secret.len()))
}

fn hmac(secret: &[u8], text: &[u8]) -> Vec<u8> {
    keyed(secret).chain_update(text).finalize().into_bytes().to_vec()
}

/// In constant time.
fn fits(secret: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    keyed(secret).chain_update(signed).verify_slice(signature).is_ok()
}

/// What an address is called in the list of deliveries.
pub(crate) fn target(plugin: &str, place: &str) -> String {
    format!("{plugin} {}", hex::encode(&Sha256::digest(place)[..8]))
}

#[cfg(test)]
mod tests {
    use portico_manifest::parse;

    use super::*;

    const SECRET: &str = "It's a Secret to Everybody";

    struct Setup {
        gate: Gate,
        secrets: BTreeMap<String, SecretSource>,
        catalog: Catalog,
        _folder: tempfile::TempDir,
    }

    fn setup(rule: &str) -> Setup {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
        Setup {
            gate: Gate::new("demo".into(), parse::<IntakeRule>(rule, "x").unwrap()),
            secrets: BTreeMap::from([("hook".to_owned(), SecretSource::File(file))]),
            catalog: Catalog::in_memory().unwrap(),
            _folder: folder,
        }
    }

    impl Setup {
        async fn check(&self, headers: &[(&str, &str)], body: &str) -> Result<Vec<String>, IntakeError> {
            let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let mut arrived = Arrived {
                method: "POST".into(),
                path: "/hook".into(),
                query: String::new(),
                headers: headers.collect(),
                body: body.as_bytes().to_vec(),
            };
            self.gate.check(&mut arrived, &self.secrets, &self.catalog).await?;
            Ok(arrived.headers.into_iter().map(|(name, _)| name).collect())
        }
    }

    const GITHUB: &str =
        "signature: { algorithm: hmac-sha256, header: x-hub-signature-256, format: 'sha256={}', credential: hook }
replay: { id: x-github-delivery }";

    #[tokio::test]
    async fn a_request_is_read_if_its_signature_fits() {
        let setup = setup(GITHUB);
        // The example of the forge's own documentation.
        let right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let one = |signature: &'static str| [("x-hub-signature-256", signature), ("x-github-delivery", "1")];
        assert_eq!(setup.check(&one(right), "Hello, World!").await, Ok(vec!["x-github-delivery".to_owned()]));
        assert_eq!(setup.check(&one(right), "Hello, World!").await, Err(IntakeError::Again));
        assert_eq!(setup.check(&one(right), "Hello, world!").await, Err(IntakeError::Forged));
        for wrong in [
            "sha256=",
            "sha256=75",
            "sha256=zz",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e18",
        ] {
            assert_eq!(setup.check(&one(wrong), "Hello, World!").await, Err(IntakeError::Forged), "{wrong}");
        }
        for unsigned in ["", "sha1=757107ea", "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"] {
            let expected = Err(IntakeError::Unsigned("x-hub-signature-256".into()));
            assert_eq!(setup.check(&one(unsigned), "Hello, World!").await, expected, "{unsigned}");
        }
        let nameless = setup.check(&[("x-hub-signature-256", right)], "Hello, World!").await;
        assert_eq!(nameless, Err(IntakeError::Nameless("x-github-delivery".into())));
    }

    #[tokio::test]
    async fn a_request_that_was_sent_long_ago_is_turned_away() {
        let setup = setup(
            "signature: { algorithm: hmac-sha256-base64, header: s, signed: '{timestamp}.{body}', credential: hook }\nreplay: { timestamp: t, tolerance: 1m }",
        );
        let now = Timestamp::now().as_second();
        for (at, expected) in [
            (now.to_string(), None),
            ((now - 50).to_string(), None),
            ((now - 70).to_string(), Some(IntakeError::Stale)),
            ((now + 70).to_string(), Some(IntakeError::Stale)),
            ("soon".to_owned(), Some(IntakeError::Stale)),
            (i64::MIN.to_string(), Some(IntakeError::Stale)),
        ] {
            let signature = BASE64_STANDARD.encode(hmac(SECRET.as_bytes(), format!("{at}.x").as_bytes()));
            assert_eq!(setup.check(&[("s", &signature), ("t", &at)], "x").await.err(), expected, "{at}");
        }
        let signature = BASE64_STANDARD.encode(hmac(SECRET.as_bytes(), format!("{}.x", now - 9_999).as_bytes()));
        let moved = setup.check(&[("s", &signature), ("t", &now.to_string())], "x").await;
        assert_eq!(moved, Err(IntakeError::Forged), "the time is part of what is signed");
    }

    #[tokio::test]
    async fn a_token_is_compared_whole() {
        let setup = setup("signature: { algorithm: token, header: x-gitlab-token, credential: hook }");
        assert!(setup.check(&[("x-gitlab-token", SECRET)], "x").await.is_ok());
        for wrong in ["It's", "It's a Secret to Everybody!", "x"] {
            assert_eq!(setup.check(&[("x-gitlab-token", wrong)], "x").await, Err(IntakeError::Forged), "{wrong}");
        }
    }

    #[tokio::test]
    async fn without_the_secret_nothing_is_read() {
        let mut setup = setup(GITHUB);
        setup.secrets.clear();
        let refused = setup.check(&[("x-hub-signature-256", "sha256=00")], "x").await.unwrap_err();
        assert!(refused.to_string().contains("has not granted the credential `hook`"), "{refused}");
    }

    #[tokio::test]
    async fn more_than_the_rate_is_turned_away() {
        let gate = setup("rate: 3/h").gate;
        assert!((0..3).all(|_| gate.count().is_ok()));
        let Err(IntakeError::TooOften(wait)) = gate.count() else { panic!("a fourth was let in") };
        assert!(wait > Duration::from_secs(1_000) && wait <= Duration::from_secs(1_200), "{wait:?}");
    }
}
