//! Tokens that were made, and are used until shortly before they end.
//!
//! Rule: of one App at one server one token is made at a time, whoever waits for it; what failed just now is not tried again at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::credential::Secret;
use super::error::EgressError;

/// How long a failure stands for those who come after.
const REST: Duration = Duration::from_secs(5);

/// A token that is not taken is replaced, unless it is younger than that: then another would fare no better.
const YOUNG: Duration = Duration::from_secs(60);

/// Apps at servers; where a wildcard names very many, they begin anew.
const MOST: usize = 100;

/// A token that was made just now, and for how long it is used.
pub(super) struct Fresh {
    pub secret: Secret,
    pub lifetime: Duration,
}

/// What there is of one App at one server.
#[derive(Default)]
enum Held {
    #[default]
    Nothing,
    Token {
        secret: Arc<Secret>,
        made: Instant,
        until: Instant,
    },
    Failed {
        error: EgressError,
        until: Instant,
    },
}

type Slot = tokio::sync::Mutex<Held>;

/// The tokens of one plugin.
#[derive(Default)]
pub(super) struct AppTokens(Mutex<BTreeMap<String, Arc<Slot>>>);

/// A token in use.
pub(super) struct InUse {
    pub secret: Arc<Secret>,
    made: Instant,
    slot: Arc<Slot>,
}

impl AppTokens {
    /// The token of an App at a server, which `key` tells from others; `mint` makes it where there is none.
    pub(super) async fn token(
        &self,
        key: String,
        mint: impl Future<Output = Result<Fresh, EgressError>>,
    ) -> Result<InUse, EgressError> {
        let slot = self.slot(key);
        let mut held = slot.lock().await;
        match &*held {
            Held::Token { secret, made, until } if Instant::now() < *until => {
                return Ok(InUse { secret: secret.clone(), made: *made, slot: slot.clone() });
            }
            Held::Failed { error, until } if Instant::now() < *until => return Err(error.clone()),
            _ => {}
        }
        match mint.await {
            Ok(Fresh { secret, lifetime }) => {
                let (secret, made) = (Arc::new(secret), Instant::now());
                *held = Held::Token { secret: secret.clone(), made, until: made + lifetime };
                Ok(InUse { secret, made, slot: slot.clone() })
            }
            Err(error) => {
                *held = Held::Failed { error: error.clone(), until: Instant::now() + REST };
                Err(error)
            }
        }
    }

    fn slot(&self, key: String) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST && !slots.contains_key(&key) {
            slots.clear();
        }
        slots.entry(key).or_default().clone()
    }
}

impl InUse {
    /// The server did not take it. Whether another one may fare better.
    pub(super) async fn refused(&self) -> bool {
        let mut held = self.slot.lock().await;
        match &*held {
            Held::Token { made, .. } if *made == self.made => {
                if made.elapsed() < YOUNG {
                    return false;
                }
                *held = Held::Nothing;
                true
            }
            // Somebody else has found out before.
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// What is made is numbered, and lasts for ten minutes.
    async fn fresh(count: &AtomicU32) -> Result<Fresh, EgressError> {
        tokio::task::yield_now().await;
        let number = count.fetch_add(1, Ordering::Relaxed);
        Ok(Fresh { secret: Secret::new(number.to_string()), lifetime: Duration::from_secs(600) })
    }

    async fn token(tokens: &AppTokens, count: &AtomicU32) -> InUse {
        tokens.token("app".to_owned(), fresh(count)).await.expect("a token")
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_used_until_its_time_is_over() {
        let (tokens, count) = (AppTokens::default(), AtomicU32::new(0));
        assert_eq!(token(&tokens, &count).await.secret.as_str(), "0");
        tokio::time::advance(Duration::from_secs(599)).await;
        assert_eq!(token(&tokens, &count).await.secret.as_str(), "0");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(token(&tokens, &count).await.secret.as_str(), "1");
        tokens.token("other".to_owned(), fresh(&count)).await.expect("another App's own");
        assert_eq!(count.load(Ordering::Relaxed), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_meanwhile_waits_for_the_one_that_is_made() {
        let (tokens, count) = (AppTokens::default(), AtomicU32::new(0));
        let (one, other) = tokio::join!(token(&tokens, &count), token(&tokens, &count));
        assert_eq!((one.secret.as_str(), other.secret.as_str()), ("0", "0"));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_refused_is_replaced_once() {
        let (tokens, count) = (AppTokens::default(), AtomicU32::new(0));
        let first = token(&tokens, &count).await;
        assert!(!first.refused().await, "one that was made just now is no better the second time");
        tokio::time::advance(YOUNG).await;
        assert!(first.refused().await);
        let second = token(&tokens, &count).await;
        assert!(first.refused().await, "there is another by now");
        assert!(!second.refused().await);
        assert_eq!(token(&tokens, &count).await.secret.as_str(), "1");
    }

    #[tokio::test(start_paused = true)]
    async fn what_failed_is_left_alone_for_a_moment() {
        let (tokens, count) = (AppTokens::default(), AtomicU32::new(0));
        let fails = async { Err(EgressError::Invalid("no".to_owned())) };
        assert!(tokens.token("app".to_owned(), fails).await.is_err());
        assert!(tokens.token("app".to_owned(), fresh(&count)).await.is_err());
        assert_eq!(count.load(Ordering::Relaxed), 0);
        tokio::time::advance(REST).await;
        assert!(tokens.token("app".to_owned(), fresh(&count)).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn very_many_are_not_kept() {
        let (tokens, count) = (AppTokens::default(), AtomicU32::new(0));
        for number in 0..=MOST {
            tokens.token(number.to_string(), fresh(&count)).await.expect("a token");
        }
        assert_eq!(tokens.0.lock().expect("nobody panicked").len(), 1);
    }
}
