//! One repository of one registry, for one fetch or push: knows who asks, if the registry wants to know.
//!
//! A registry that answers 401 says what it wants: the credential itself (Basic), or a token that another service gives
//! for it, or without one for what is public (Bearer). Either is asked for once and sent along from then on.
//!
//! Rule: a credential goes to the registry that it is configured for and to the token service that this registry names,
//! encrypted or within this machine, and nowhere else. It is marked so that nothing prints it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, StatusCode};
use serde::Deserialize;
use url::Url;

use super::challenge::{Challenge, challenges};
use crate::error::SupplyError;
use crate::exchange::{Answer, Ask, Client};
use crate::options::{Credential, Options};
use crate::reference::OciReference;

/// Tokens are some kilobytes; the number only keeps a hostile answer from costing memory.
const LONGEST_TOKEN: u64 = 256 << 10;

/// What a session may do, in the words of token services.
#[derive(Clone, Copy)]
pub(super) enum Access {
    Pull,
    Push,
}

/// A repository that is spoken to.
pub(super) struct Session<'a> {
    pub(super) client: &'a Client,
    pub(super) reference: &'a OciReference,
    credential: Option<&'a Credential>,
    access: Access,
    authorization: Option<HeaderValue>,
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

impl<'a> Session<'a> {
    pub(super) fn new(client: &'a Client, reference: &'a OciReference, options: &'a Options, access: Access) -> Self {
        let credential = options.credential_for(reference.registry());
        Session { client, reference, credential, access, authorization: None }
    }

    /// An address of the repository.
    pub(super) fn address(&self, below: &str) -> Result<Url, SupplyError> {
        self.reference.address(below).map_err(|error| self.protocol(format!("{below} makes no address: {error}")))
    }

    /// Sends a request, answers the question who asks, and sends it again. Reading follows redirects.
    pub(super) async fn send(&mut self, ask: Ask) -> Result<Answer, SupplyError> {
        let answer = self.send_once(ask.clone()).await?;
        if answer.status != StatusCode::UNAUTHORIZED || self.authorization.is_some() || !self.is_own(&answer.url) {
            return self.admitted(answer);
        }
        self.authorization = Some(self.authorize(&answer).await?);
        let answer = self.send_once(ask).await?;
        self.admitted(answer)
    }

    async fn send_once(&self, mut ask: Ask) -> Result<Answer, SupplyError> {
        if let Some(authorization) = self.authorization.as_ref().filter(|_| self.is_own(&ask.url)) {
            ask.headers.insert(AUTHORIZATION, authorization.clone());
        }
        match ask.method {
            Method::GET | Method::HEAD => self.client.follow(ask).await,
            _ => self.client.exchange(ask).await,
        }
    }

    /// Whether an address is the registry's, and not that of a storage it sends to.
    fn is_own(&self, url: &Url) -> bool {
        self.reference.address("").is_ok_and(|own| own.origin() == url.origin())
    }

    fn admitted(&self, answer: Answer) -> Result<Answer, SupplyError> {
        let refused = matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        if refused && self.is_own(&answer.url) { Err(self.denied()) } else { Ok(answer) }
    }

    async fn authorize(&self, answer: &Answer) -> Result<HeaderValue, SupplyError> {
        let headers = answer.headers.get_all(WWW_AUTHENTICATE);
        let asked: Vec<Challenge> =
            headers.iter().filter_map(|header| header.to_str().ok()).flat_map(challenges).collect();
        let by = |scheme: &str| asked.iter().find(|challenge| challenge.scheme == scheme);
        if let Some(bearer) = by("bearer") {
            return self.token(bearer).await;
        }
        if by("basic").is_none() {
            let schemes: Vec<&str> = asked.iter().map(|challenge| challenge.scheme.as_str()).collect();
            let reason = if schemes.is_empty() { "it says nothing".to_owned() } else { schemes.join(", ") };
            return Err(self.challenge(crate::error::excerpt(&reason)));
        }
        let credential = self.credential.ok_or_else(|| SupplyError::NoCredential {
            registry: self.reference.registry().to_owned(),
            repository: self.reference.repository().to_owned(),
        })?;
        basic(credential).ok_or_else(|| self.unfit())
    }

    /// A token for this repository and nothing more.
    async fn token(&self, challenge: &Challenge) -> Result<HeaderValue, SupplyError> {
        let realm = challenge.parameters.get("realm").ok_or_else(|| self.challenge("its realm is missing".into()))?;
        let mut realm =
            Url::parse(realm).map_err(|error| self.challenge(format!("its realm is no address: {error}")))?;
        let plain = self.address("")?.scheme() == "http" && crate::reference::is_loopback(&realm);
        if realm.scheme() != "https" && !plain {
            return Err(self.challenge("its realm is not encrypted".into()));
        }
        let actions = match self.access {
            Access::Pull => "pull",
            Access::Push => "pull,push",
        };
        let scope = format!("repository:{}:{actions}", self.reference.repository());
        if let Some(service) = challenge.parameters.get("service") {
            realm.query_pairs_mut().append_pair("service", service);
        }
        realm.query_pairs_mut().append_pair("scope", &scope);
        let mut ask = Ask::new(Method::GET, realm);
        if let Some(credential) = self.credential {
            ask.headers.insert(AUTHORIZATION, basic(credential).ok_or_else(|| self.unfit())?);
        }
        let answer = self.client.follow(ask).await?;
        match answer.status {
            StatusCode::OK => self.bearer(answer).await,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(self.denied()),
            _ => Err(answer.refused().await),
        }
    }

    async fn bearer(&self, answer: Answer) -> Result<HeaderValue, SupplyError> {
        let body = answer.body(&format!("the token of {}", self.reference.registry()), LONGEST_TOKEN).await?;
        // What stands in the way is not repeated: it may be a part of the token.
        let wrong = || self.challenge("its token service gave no token".to_owned());
        let token: Token = serde_json::from_slice(&body).map_err(|_| wrong())?;
        let token = token.token.or(token.access_token).filter(|token| !token.is_empty()).ok_or_else(wrong)?;
        let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| wrong())?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// The registry broke its protocol.
    pub(super) fn protocol(&self, reason: String) -> SupplyError {
        SupplyError::Protocol { registry: self.reference.registry().to_owned(), reason }
    }

    fn challenge(&self, reason: String) -> SupplyError {
        SupplyError::Challenge { registry: self.reference.registry().to_owned(), reason }
    }

    fn denied(&self) -> SupplyError {
        SupplyError::Denied {
            registry: self.reference.registry().to_owned(),
            repository: self.reference.repository().to_owned(),
            configured: self.credential.is_some(),
        }
    }

    fn unfit(&self) -> SupplyError {
        let registry = self.reference.registry();
        SupplyError::Setup(format!("the credential for {registry} holds characters that no header can carry; mend it"))
    }
}

fn basic(credential: &Credential) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(credential.pair()))).ok()?;
    value.set_sensitive(true);
    Some(value)
}
