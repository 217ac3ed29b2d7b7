//! A GitHub App, as the forge sees it: it makes tokens for whoever signs with its key.

use axum::http::Method;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

use super::serve::Request;

/// The key of the App 12345, in PEM; it was made for tests, and opens nothing else.
pub const APP_KEY: &str = include_str!("app.pem");

/// What there is of the App.
#[derive(Default)]
pub(super) struct App {
    made: u32,
}

impl App {
    /// Answers whoever asks for a token; none where something else is asked.
    pub(super) fn answer(&mut self, request: &Request) -> Option<Response> {
        let path = request.uri.path().strip_prefix("/api/v3/")?;
        let answer = match (&request.method, path) {
            (&Method::GET, "orgs/acme/installation") => json!({ "id": 7, "suspended_at": null }),
            (&Method::POST, "app/installations/7/access_tokens") => {
                self.made += 1;
                let ends = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
                json!({ "token": self.token(), "expires_at": ends.to_string() })
            }
            _ => return None,
        };
        let status = if request.method == Method::POST { 201 } else { 200 };
        let status = axum::http::StatusCode::from_u16(status).expect("a status");
        Some(match bearer(request).is_some_and(is_signed) {
            true => (status, answer.to_string()).into_response(),
            false => super::forge::refusal(401, "A JSON web token could not be decoded"),
        })
    }

    fn token(&self) -> String {
        format!("ghs_{}_s3cr3t", self.made)
    }

    /// Whether a request comes with the last token that was made.
    pub(super) fn lets_in(&self, request: &Request) -> bool {
        bearer(request) == Some(&self.token())
    }
}

fn bearer(request: &Request) -> Option<&str> {
    request.headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Whether a statement holds now, and was signed with the key.
fn is_signed(statement: &str) -> bool {
    let Some((text, signature)) = statement.rsplit_once('.') else { return false };
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    let claims = text.split('.').nth(1).map(decoded).unwrap_or_default();
    let claims: Value = serde_json::from_slice(&claims).unwrap_or_default();
    let now = jiff::Timestamp::now().as_second();
    let holds = |from: i64, until: i64| from <= now && now < until && until <= now + 600;
    let times = claims["iat"].as_i64().zip(claims["exp"].as_i64());
    let der: String = APP_KEY.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = RsaKeyPair::from_der(&STANDARD.decode(der).expect("base64")).expect("a key");
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public().as_ref());
    let is_whole = public.verify(text.as_bytes(), &decoded(signature)).is_ok();
    is_whole && claims["iss"] == "12345" && times.is_some_and(|(from, until)| holds(from, until))
}
