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
use portico_manifest::{Algorithm, IntakeRule, ReplayRule, SecretSource, SignatureRule};
use sha2::{Digest as _, Sha256};

use super::delivery::{Deliveries, Delivery};
use crate::egress::credential;

/// Signatures that are looked at in one header; senders that change their secret send two.
const SIGNATURES: usize = 5;

/// Bytes of the name of a delivery.
const DELIVERY: usize = 200;

/// A request from outside, without its body.
#[derive(Clone, Debug)]
pub struct Head {
    /// Such as `POST`.
    pub method: String,
    /// Below the address of whom it is for, with a slash in front.
    pub path: String,
    /// Without the question mark; empty where there is none.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Head {
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
    /// Its body is larger than so many bytes.
    #[error("the request's body is larger than the {0} bytes that are read")]
    TooLarge(u64),
    /// The bodies of others are read.
    #[error("too many requests are read at once; send it again in a moment")]
    Crowded,
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
    /// It is there already, and it is not known yet what becomes of it.
    #[error("this delivery came before and is still being read; send it again in a moment")]
    Underway,
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
pub struct Gate {
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
    pub fn size(&self) -> u64 {
        self.rule.size.as_bytes()
    }

    /// Whether senders prove who they are by a signature; others show the portal's token.
    pub fn is_signed(&self) -> bool {
        self.rule.signature.is_some()
    }

    /// The credential that signatures are checked with.
    pub(super) fn credential(&self) -> Option<&str> {
        self.rule.signature.as_ref().map(|signature| signature.credential.as_str())
    }

    /// Whether the head of a request says who sent it: there the portal's token stands, or the sender's.
    pub(super) fn is_proven_by_head(&self) -> bool {
        self.rule.signature.as_ref().is_none_or(|signature| signature.algorithm == Algorithm::Token)
    }

    /// Turns away what no body can prove any more.
    pub(super) fn glance(&self, head: &Head) -> Result<(), IntakeError> {
        let Some(signature) = &self.rule.signature else { return Ok(()) };
        timestamp(self.rule.replay.as_ref(), head)?;
        signatures(signature, head).map(|_| ())
    }

    /// Checks who sent a request, that it comes for the first time, and that no more came than may. Answers the delivery, and takes out
    /// of the head what proves who sent it.
    pub(super) async fn pass(
        &self,
        head: &mut Head,
        body: &[u8],
        secrets: &BTreeMap<String, SecretSource>,
        deliveries: &Deliveries,
    ) -> Result<Option<Delivery>, IntakeError> {
        self.identify(head, body, secrets).await?;
        let delivery = match self.rule.replay.as_ref().and_then(|replay| replay.id.as_ref()) {
            None => None,
            Some(header) => {
                let id = self.id(head).ok_or_else(|| IntakeError::Nameless(header.clone()))?;
                Some(deliveries.begin(&self.target, id).await?)
            }
        };
        // Only now, so that neither strangers nor what was overheard use up what senders may.
        self.count()?;
        Ok(delivery)
    }

    /// What names the delivery, where the rule names a header for it.
    fn id<'h>(&self, head: &'h Head) -> Option<&'h str> {
        let header = self.rule.replay.as_ref()?.id.as_ref()?;
        head.header(header).filter(|id| !id.is_empty() && id.len() <= DELIVERY)
    }

    async fn identify(
        &self,
        head: &mut Head,
        body: &[u8],
        secrets: &BTreeMap<String, SecretSource>,
    ) -> Result<(), IntakeError> {
        let Some(signature) = &self.rule.signature else { return Ok(()) };
        let timestamp = timestamp(self.rule.replay.as_ref(), head)?;
        let source = secrets.get(&signature.credential).ok_or_else(|| {
            IntakeError::Unable(format!("its operator has not granted the credential `{}`", signature.credential))
        })?;
        let secret = credential::read(&signature.credential, source).await;
        let secret = secret.map_err(|error| IntakeError::Unable(error.to_string()))?;
        let id = self.id(head).unwrap_or_default();
        prove(signature, head, &signature.signed.parts(&timestamp, id, body), secret.reveal())?;
        head.headers.retain(|(name, _)| *name != signature.header);
        Ok(())
    }

    fn count(&self) -> Result<(), IntakeError> {
        let clock = DefaultClock::default();
        self.rate.check().map_err(|until| IntakeError::TooOften(until.wait_time_from(clock.now())))
    }
}

/// The time of sending as it is written, where the rule names a header for it; it has to be about now.
fn timestamp(replay: Option<&ReplayRule>, head: &Head) -> Result<String, IntakeError> {
    let Some((replay, header)) = replay.and_then(|replay| Some((replay, replay.timestamp.as_ref()?))) else {
        return Ok(String::new());
    };
    let written = head.header(header).ok_or(IntakeError::Stale)?;
    let sent: i64 = written.parse().map_err(|_| IntakeError::Stale)?;
    let distance = Timestamp::now().as_second().abs_diff(sent);
    if distance > replay.tolerance.as_duration().as_secs() { Err(IntakeError::Stale) } else { Ok(written.to_owned()) }
}

/// The signatures that a request carries; an error if there are none.
fn signatures<'a>(rule: &'a SignatureRule, head: &'a Head) -> Result<Vec<&'a str>, IntakeError> {
    let unsigned = || IntakeError::Unsigned(rule.header.clone());
    let header = head.header(&rule.header).ok_or_else(unsigned)?;
    let signatures: Vec<&str> = rule.format.signatures(header).take(SIGNATURES).collect();
    if signatures.is_empty() { Err(unsigned()) } else { Ok(signatures) }
}

/// Whether one of a request's signatures is made with the secret.
fn prove(rule: &SignatureRule, head: &Head, signed: &[&[u8]], secret: &[u8]) -> Result<(), IntakeError> {
    let fits = |signature: &&str| match rule.algorithm {
        Algorithm::HmacSha256 => hex::decode(signature).is_ok_and(|bytes| fits(secret, signed, &bytes)),
        Algorithm::HmacSha256Base64 => {
            BASE64_STANDARD.decode(signature).is_ok_and(|bytes| fits(secret, signed, &bytes))
        }
        // Digests are compared, so that the time it takes says nothing of the secret.
        Algorithm::Token => fits(secret, &[secret], &hmac(secret, &[signature.as_bytes()])),
    };
    if signatures(rule, head)?.iter().any(fits) { Ok(()) } else { Err(IntakeError::Forged) }
}

/// Of what is signed, part by part, so that no body is copied for it.
fn keyed(secret: &[u8], signed: &[&[u8]]) -> Hmac<Sha256> {
    // Of any length, by its definition.
    let keyed = Hmac::<Sha256>::new_from_slice(secret);
    let keyed = keyed.unwrap_or_else(|_| unreachable!("a key of {} bytes is taken", secret.len()));
    signed.iter().fold(keyed, |keyed, part| keyed.chain_update(part))
}

fn hmac(secret: &[u8], signed: &[&[u8]]) -> Vec<u8> {
    keyed(secret, signed).finalize().into_bytes().to_vec()
}

/// In constant time.
fn fits(secret: &[u8], signed: &[&[u8]], signature: &[u8]) -> bool {
    keyed(secret, signed).verify_slice(signature).is_ok()
}

/// What an address is called in the list of deliveries.
pub(crate) fn target(plugin: &str, place: &str) -> String {
    format!("{plugin} {}", hex::encode(&Sha256::digest(place)[..8]))
}

#[cfg(test)]
mod tests {
    use portico_catalog::Catalog;
    use portico_manifest::parse;

    use super::*;

    const SECRET: &str = "It's a Secret to Everybody";

    struct Setup {
        gate: Gate,
        secrets: BTreeMap<String, SecretSource>,
        deliveries: Deliveries,
        _folder: tempfile::TempDir,
    }

    fn setup(rule: &str) -> Setup {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
        Setup {
            gate: Gate::new("demo".into(), parse::<IntakeRule>(rule, "x").unwrap()),
            secrets: BTreeMap::from([("hook".to_owned(), SecretSource::File(file))]),
            deliveries: Deliveries::new(Catalog::in_memory().unwrap()),
            _folder: folder,
        }
    }

    impl Setup {
        /// Takes a request; answers the headers that whoever reads it sees.
        async fn check(&self, headers: &[(&str, &str)], body: &str) -> Result<Vec<String>, IntakeError> {
            let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let mut head =
                Head { method: "POST".into(), path: "/hook".into(), query: String::new(), headers: headers.collect() };
            let delivery = self.gate.pass(&mut head, body.as_bytes(), &self.secrets, &self.deliveries).await?;
            if let Some(delivery) = delivery {
                delivery.taken().await;
            }
            Ok(head.headers.into_iter().map(|(name, _)| name).collect())
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
            let signature = BASE64_STANDARD.encode(hmac(SECRET.as_bytes(), &[format!("{at}.x").as_bytes()]));
            assert_eq!(setup.check(&[("s", &signature), ("t", &at)], "x").await.err(), expected, "{at}");
        }
        let signature = BASE64_STANDARD.encode(hmac(SECRET.as_bytes(), &[format!("{}.x", now - 9_999).as_bytes()]));
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

    #[tokio::test]
    async fn the_rate_is_for_whoever_has_proven_who_it_is() {
        let setup = setup(&format!("{GITHUB}\nrate: 2/h"));
        let right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let send = async |signature: &str, id: &str| {
            let headers = [("x-hub-signature-256", signature), ("x-github-delivery", id)];
            setup.check(&headers, "Hello, World!").await.map(|_| ())
        };
        for _ in 0..5 {
            assert_eq!(send("sha256=00", "1").await, Err(IntakeError::Forged));
        }
        assert_eq!(send(right, "1").await, Ok(()));
        for _ in 0..5 {
            assert_eq!(send(right, "1").await, Err(IntakeError::Again), "what was overheard is sent again");
        }
        assert_eq!(send(right, "2").await, Ok(()));
        for _ in 0..2 {
            let refused = send(right, "3").await.unwrap_err();
            assert!(matches!(refused, IntakeError::TooOften(_)), "it may come again: {refused}");
        }
    }

    #[test]
    fn what_no_body_can_prove_is_turned_away_by_its_head() {
        let gate = |rule: &str| Gate::new("demo".into(), parse::<IntakeRule>(rule, "x").unwrap());
        let head = |pairs: &[(&str, &str)]| Head {
            method: "POST".into(),
            path: "/hook".into(),
            query: String::new(),
            headers: pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        };
        let signed = gate(GITHUB);
        assert!(!signed.is_proven_by_head());
        assert_eq!(signed.glance(&head(&[])), Err(IntakeError::Unsigned("x-hub-signature-256".into())));
        assert_eq!(signed.glance(&head(&[("x-hub-signature-256", "sha256=00")])), Ok(()));
        let timed = gate(
            "signature: { algorithm: hmac-sha256, header: s, signed: '{timestamp}.{body}', credential: hook }\nreplay: { timestamp: t }",
        );
        assert_eq!(timed.glance(&head(&[("s", "00"), ("t", "7")])), Err(IntakeError::Stale));
        for rule in ["{}", "signature: { algorithm: token, header: t, credential: hook }"] {
            assert!(gate(rule).is_proven_by_head(), "{rule}");
        }
    }
}
