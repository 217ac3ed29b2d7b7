//! Tokens of GitHub Apps: made when they are needed, at the server that they are for, and kept in memory until shortly before they end.
//!
//! The App proves itself by a statement that it signs with its key, and is given a token for one installation.
//!
//! Rule: one token is made at a time; a server that does not take one gets another, once. What went wrong is said in words.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, DATE, HeaderName, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use portico_api_types::Timestamp;
use portico_manifest::{AppInstallation, GithubApp};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;
use url::{Host, Url};

use super::app_tokens::Fresh;
use super::client::{Bounds, Client};
use super::credential::{Redactor, Secret, text};
use super::error::EgressError;
use super::policy::Target;

/// How long before now a statement says that it was made, so that a server whose clock is behind takes it.
const BEFORE: u64 = 60;

/// How long from now a statement holds; ten minutes are the most that GitHub takes, by its own clock.
const FROM_NOW: u64 = 9 * 60;

/// How long before its end a token is no longer used.
const SPARE: Duration = Duration::from_secs(5 * 60);

/// Clocks that differ by more are what is wrong.
const SKEW: u64 = 60;

/// Patience with one answer, and its size.
const PATIENCE: Duration = Duration::from_secs(10);
const SIZE: u64 = 1 << 20;

/// Bytes of what a server says that are passed on.
const WORDS: usize = 200;

/// Where a server's interface for Apps is.
pub(super) fn interface(target: &Target) -> Option<Url> {
    let url = target.url();
    let name = match target.host() {
        Host::Domain(name) => name.as_str(),
        _ => "",
    };
    if name == "github.com" || name.ends_with(".github.com") {
        return Url::parse("https://api.github.com").ok();
    }
    // Companies whose data stays in one region have a name of their own, and an interface beside it.
    if name.ends_with(".ghe.com") {
        let name = name.strip_prefix("api.").unwrap_or(name);
        return Url::parse(&format!("https://api.{name}")).ok();
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Url::parse(&format!("{}://{}{port}/api/v3", url.scheme(), target.host())).ok()
}

/// An App at one server, while a token is made.
pub(super) struct Minting<'a> {
    pub client: &'a Client,
    /// What sentences call the credential.
    pub credential: &'a str,
    pub app: &'a GithubApp,
    /// What the credential is for.
    pub target: &'a Target,
    pub interface: Url,
    pub deadline: Instant,
}

#[derive(Deserialize)]
struct Installation {
    id: u64,
    suspended_at: Option<String>,
}

#[derive(Deserialize)]
struct Made {
    token: String,
    expires_at: Timestamp,
}

/// Requests that are left.
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// What a server said.
struct Said {
    status: StatusCode,
    /// When, by its clock.
    at: Option<u64>,
    /// Whether that was all for now.
    is_limited: bool,
    body: Vec<u8>,
}

impl Minting<'_> {
    /// A token that was made just now.
    pub(super) async fn mint(self) -> Result<Fresh, EgressError> {
        let statement = self.statement().await?;
        let number = match &self.app.installation {
            AppInstallation::Number(number) => *number,
            AppInstallation::Account(account) => self.find(account, &statement).await?,
        };
        let path = format!("app/installations/{number}/access_tokens");
        let said = self.ask(Method::POST, &path, &statement).await?;
        if said.status != StatusCode::CREATED {
            return Err(self.refusal(
                &said,
                &format!("it has no installation {number}; correct `installation`, or name its `account`"),
            ));
        }
        let Made { token, expires_at } = self.read(&said)?;
        let ends = u64::try_from(expires_at.as_second()).unwrap_or_default();
        // By the clock of who says when it ends, unless that is no clock of who makes tokens: a proxy's, say.
        let lasts = |clock: u64| Duration::from_secs(ends.saturating_sub(clock));
        let lifetime = said.at.map(lasts).filter(|lasts| !lasts.is_zero()).unwrap_or_else(|| lasts(now()));
        // One that lasts but shortly is used for half of that rather than made for every request.
        Ok(Fresh { secret: Secret::new(token), lifetime: lifetime.saturating_sub(SPARE).max(lifetime / 2) })
    }

    /// What the App signs.
    async fn statement(&self) -> Result<Secret, EgressError> {
        let key = self.app.key.clone();
        let read = tokio::task::spawn_blocking(move || text(&key)).await;
        let text = read.unwrap_or_else(|error| Err(error.to_string()));
        let unusable =
            |reason: &str| self.failed(&format!("its key could not be read from {}: {reason}", self.app.key), false);
        let key = key_pair(&text.map_err(|reason| unusable(&reason))?).map_err(unusable)?;
        signed(&key, &self.app.id, now()).map(Secret::new).map_err(unusable)
    }

    /// The number of the installation on an organisation or a user.
    async fn find(&self, account: &str, statement: &Secret) -> Result<u64, EgressError> {
        let mut said = self.ask(Method::GET, &format!("orgs/{account}/installation"), statement).await?;
        if said.status == StatusCode::NOT_FOUND {
            said = self.ask(Method::GET, &format!("users/{account}/installation"), statement).await?;
        }
        if said.status != StatusCode::OK {
            return Err(self.refusal(
                &said,
                &format!("it is not installed on `{account}`; install it there, or correct `account`"),
            ));
        }
        match self.read(&said)? {
            Installation { id, suspended_at: None } => Ok(id),
            Installation { .. } => Err(self.failed(SUSPENDED, false)),
        }
    }

    async fn ask(&self, method: Method, path: &str, statement: &Secret) -> Result<Said, EgressError> {
        let url = format!("{}/{path}", self.interface.as_str().trim_end_matches('/'));
        let target = self.target.beside(method, &url)?;
        let bearer = format!("Bearer {}", statement.as_str());
        let mut authorization = HeaderValue::from_str(&bearer)
            .map_err(|_| self.failed("what it signed holds characters that no header can carry", false))?;
        authorization.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, authorization);
        headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
        headers.insert(USER_AGENT, HeaderValue::from_static("portico"));
        let bounds = Bounds { first_byte: PATIENCE, between_bytes: PATIENCE, deadline: self.deadline, body: SIZE };
        let redactor = Redactor::new(statement, &bearer);
        let answer = self.client.transfer(&target, headers, Bytes::new(), bounds, redactor).await?;
        let at = answer.header(&DATE).and_then(|date| seconds(&date));
        let is_spent = answer.header(&REMAINING).is_some_and(|remaining| remaining == "0");
        let is_limited = is_spent || answer.header(&RETRY_AFTER).is_some();
        Ok(Said { status: answer.status, at, is_limited, body: answer.into_body().collect().await? })
    }

    fn read<'a, T: Deserialize<'a>>(&self, said: &'a Said) -> Result<T, EgressError> {
        // The parser's own words might repeat the token.
        serde_json::from_slice(&said.body)
            .map_err(|_| self.failed(&format!("{} answers, and not as GitHub does", self.interface), false))
    }

    /// What a status means that is no success; `absent` is what it means that something is not there.
    fn refusal(&self, said: &Said, absent: &str) -> EgressError {
        let (status, place) = (said.status, self.interface.as_str().trim_end_matches('/'));
        let message = words(&said.body);
        let reason = match status {
            StatusCode::UNAUTHORIZED => match said.at.and_then(|at| skew(now(), at)) {
                Some(skew) => format!(
                    "the clock of this machine is {skew} that of {place}, which does not take what it signs; set it"
                ),
                None => format!(
                    "{place} knows no App `{}` with this key ({status}{message}); compare `id` and the key with the App's page",
                    self.app.id
                ),
            },
            StatusCode::FORBIDDEN if message.contains("suspended") => SUSPENDED.to_owned(),
            StatusCode::NOT_FOUND => absent.to_owned(),
            status => format!("{place} answers {status}{message}"),
        };
        // GitHub limits the rate with 403 as well.
        let is_limited =
            status == StatusCode::TOO_MANY_REQUESTS || (status == StatusCode::FORBIDDEN && said.is_limited);
        self.failed(&reason, is_limited || status.is_server_error())
    }

    fn failed(&self, reason: &str, is_passing: bool) -> EgressError {
        EgressError::NotMade {
            credential: self.credential.to_owned(),
            by: self.app.to_string(),
            reason: reason.to_owned(),
            is_passing,
        }
    }
}

const SUSPENDED: &str = "its installation is suspended; whoever owns the account has to let it work again, in the account's settings under \
                         GitHub Apps";

/// What the server says of it, in brackets after the status.
fn words(body: &[u8]) -> String {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let said = said["message"].as_str().unwrap_or_default();
    let said: String = said.chars().filter(|sign| !sign.is_control()).take(WORDS).collect();
    if said.is_empty() { said } else { format!(": {said}") }
}

/// How one clock stands to another, where they differ by too much.
fn skew(here: u64, there: u64) -> Option<String> {
    let difference = here.abs_diff(there);
    let words = if here < there { "behind" } else { "ahead of" };
    let by = match difference {
        ..=SKEW => return None,
        difference if difference < 120 => format!("{difference} seconds"),
        _ => format!("{} minutes", difference / 60),
    };
    Some(format!("{by} {words}"))
}

/// A key in PEM, as GitHub hands it out (PKCS#1) or as others rewrite it (PKCS#8).
fn key_pair(text: &str) -> Result<RsaKeyPair, &'static str> {
    // Variables of the environment often hold it in one line.
    let text = if text.contains('\n') { text.to_owned() } else { text.replace("\\n", "\n") };
    // The parser's own words might repeat the key.
    match PrivateKeyDer::from_pem_slice(text.as_bytes()) {
        Ok(PrivateKeyDer::Pkcs1(key)) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
        Ok(PrivateKeyDer::Pkcs8(key)) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
        _ => return Err("it holds no RSA key in PEM, as the App's page hands one out"),
    }
    .map_err(|_| "its RSA key cannot be used; make a new one on the App's page")
}

/// A statement of who the App is, at a time in seconds: a JSON Web Token, signed with RS256.
fn signed(key: &RsaKeyPair, id: &str, now: u64) -> Result<String, &'static str> {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(json!({ "alg": "RS256", "typ": "JWT" }));
    let claims = part(json!({ "iat": now.saturating_sub(BEFORE), "exp": now + FROM_NOW, "iss": id }));
    let text = format!("{header}.{claims}");
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        .map_err(|_| "nothing can be signed with it; make a new one on the App's page")?;
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// Seconds since 1970, by the clock of this machine.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}

/// A date of HTTP in the same.
fn seconds(date: &str) -> Option<u64> {
    let date = jiff::fmt::rfc2822::parse(date).ok()?;
    u64::try_from(date.timestamp().as_second()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egress::testing::{APP_KEY, APP_KEY_PKCS8, rights, verified};

    #[test]
    fn a_statement_is_signed_and_holds_for_less_than_ten_minutes() {
        for text in [APP_KEY.to_owned(), APP_KEY_PKCS8.to_owned(), APP_KEY.replace('\n', "\\n")] {
            let key = key_pair(&text).expect("a key");
            let claims = verified(&signed(&key, "12345", 1_000_000).expect("signed"));
            assert_eq!(claims, json!({ "iat": 999_940, "exp": 1_000_540, "iss": "12345" }));
        }
        for text in ["", "hunter2", "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\n"] {
            let said = key_pair(text).expect_err("no key");
            assert!(said.contains("RSA key") && !said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn a_server_has_its_interface_where_github_has_it() {
        let rights = rights("http: [{ host: '*', port: '*' }, { host: 127.0.0.1, scheme: http, port: '*' }]");
        for (url, expected) in [
            ("https://api.github.com/orgs/acme/repos", "https://api.github.com/"),
            ("https://github.com/acme/a.git/info/refs", "https://api.github.com/"),
            ("https://acme.ghe.com/a", "https://api.acme.ghe.com/"),
            ("https://api.acme.ghe.com/orgs", "https://api.acme.ghe.com/"),
            ("https://github.acme.io/api/v3/orgs", "https://github.acme.io/api/v3"),
            ("https://github.com.evil.io:8443/x", "https://github.com.evil.io:8443/api/v3"),
            ("http://127.0.0.1:7/x", "http://127.0.0.1:7/api/v3"),
        ] {
            let target = Target::request(&rights, "GET", url).expect(url);
            assert_eq!(interface(&target).map(String::from).as_deref(), Some(expected), "{url}");
        }
    }

    #[test]
    fn clocks_that_differ_are_told() {
        for (here, there, expected) in [
            (1_000, 1_060, None),
            (1_000, 1_090, Some("90 seconds behind")),
            (10_000, 1_000, Some("150 minutes ahead of")),
        ] {
            assert_eq!(skew(here, there).as_deref(), expected);
        }
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds("yesterday"), None);
    }
}
