//! An exchange with what proves who asks: a secret that is found, or a token that is made for it.
//!
//! Rule: what a request carries is decided here and nowhere else, after every check has passed.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use portico_manifest::{CredentialSource, GithubApp};
use tokio::time::{Instant, timeout_at};

use super::app_tokens::InUse;
use super::client::{Answer, Bounds, Client};
use super::credential::{self, Redactor};
use super::error::{EgressError, Phase};
use super::github_app::{self, Minting};
use super::policy::Target;
use super::recording::Tape;

/// How long is waited for a token that is made for a request.
const TOKEN_LIMIT: Duration = Duration::from_secs(40);

impl Client {
    /// The exchange with its credential. A token that was made some time ago and is not taken is made anew, once.
    pub(super) async fn begin(
        &self,
        target: &Target,
        headers: HeaderMap,
        body: Bytes,
        bounds: Bounds,
    ) -> Result<Answer, EgressError> {
        if self.tape().is_some_and(Tape::is_replayed) {
            return Err(EgressError::NotReplayed { host: target.place() });
        }
        if let Some(agent) = self.agent() {
            return Err(EgressError::Elsewhere { host: target.place(), agent: agent.to_owned() });
        }
        let Some(carried) = self.credentials().carried(target) else {
            return self.transfer(target, headers, body, bounds, Redactor::default()).await;
        };
        let CredentialSource::GithubApp(app) = &carried.1.secret else {
            let secret = credential::read(carried.0, carried.1.secret.place()).await?;
            let mut headers = headers;
            let redactor = credential::put(carried, &secret, &mut headers)?;
            return self.transfer(target, headers, body, bounds, redactor).await;
        };
        let mut is_first = true;
        loop {
            let token = self.token(carried.0, app, target, bounds.deadline).await?;
            let mut headers = headers.clone();
            let redactor = credential::put(carried, &token.secret, &mut headers)?;
            let answer = self.transfer(target, headers, body.clone(), bounds, redactor).await?;
            let is_refused = answer.status == StatusCode::UNAUTHORIZED;
            if !(is_refused && is_first && token.refused().await) {
                return Ok(answer);
            }
            is_first = false;
        }
    }

    /// A token of an App for the server of a target.
    async fn token(
        &self,
        credential: &str,
        app: &GithubApp,
        target: &Target,
        deadline: Instant,
    ) -> Result<InUse, EgressError> {
        let nowhere = || EgressError::Invalid(format!("{} has no address of an interface of GitHub's", target.place()));
        let interface = github_app::interface(target).ok_or_else(nowhere)?;
        let (begun, deadline) = (Instant::now(), deadline.min(Instant::now() + TOKEN_LIMIT));
        let key = format!("{interface} {app}");
        let minting = Minting { client: self, credential, app, target, interface, deadline };
        let made = self.tokens().token(key, minting.mint());
        let slow = |_| EgressError::TooSlow {
            host: target.place(),
            phase: Phase::Token,
            limit: deadline.saturating_duration_since(begun),
        };
        timeout_at(deadline, made).await.map_err(slow)?
    }
}
