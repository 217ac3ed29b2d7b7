//! Cards that were drawn, kept until what they show has changed.
//!
//! Rule: a card is kept under the state of its entity and the version of its plugin, so that it need not be looked for when one of
//! them changes. However many ask at once for one that is not there, it is drawn once.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use portico_api_types::PluginCard;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::time::Instant;

use super::draw::CardError;

/// Cards that are expected to be kept; only a hint for the size of tables.
const CARDS: usize = 2_000;

/// Bytes of all that are kept: some thousands of ordinary cards.
const BYTES: u64 = 32 << 20;

/// Bytes that a card takes at least, with its key.
const LEAST: u64 = 512;

/// Which card, of what.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(super) plugin: String,
    /// Which version of the plugin, with which settings.
    pub(super) loaded: u64,
    pub(super) card: String,
    /// `kind:namespace/name`; empty on the home page.
    pub(super) entity: String,
    /// Of the entity's document; another whenever the entity is another.
    pub(super) state: [u8; 16],
    /// Who looks at it; empty where nobody is known.
    pub(super) user: String,
    /// How often the plugin has changed the catalog: a card may show of that what stands on other entities.
    pub(super) changes: u64,
}

/// An answer, and how long it is good for.
#[derive(Clone)]
pub(crate) struct Kept {
    answer: Result<Arc<PluginCard>, CardError>,
    until: Option<Instant>,
    bytes: u64,
}

impl Kept {
    /// An answer that is good for some time; for as long as nothing changes, if none is named.
    pub(super) fn new(answer: Result<Arc<PluginCard>, CardError>, time: Option<Duration>) -> Kept {
        let bytes = answer.as_ref().ok().and_then(|card| serde_json::to_string(card.as_ref()).ok());
        Kept { until: time.map(|time| Instant::now() + time), bytes: bytes.map_or(0, |json| json.len() as u64), answer }
    }

    fn is_good(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

#[derive(Clone)]
struct Weight;

impl Weighter<Key, Kept> for Weight {
    fn weight(&self, _: &Key, kept: &Kept) -> u64 {
        LEAST + kept.bytes
    }
}

/// The cards of all plugins.
pub(crate) struct KeptCards(Cache<Key, Kept, Weight>);

impl Default for KeptCards {
    fn default() -> KeptCards {
        KeptCards(Cache::with_weighter(CARDS, BYTES, Weight))
    }
}

impl KeptCards {
    /// What is kept under a key, or what is drawn now.
    pub(super) async fn get_or<F: Future<Output = Kept>>(
        &self,
        key: &Key,
        draw: impl FnOnce() -> F,
    ) -> Result<Arc<PluginCard>, CardError> {
        loop {
            match self.0.get_value_or_guard_async(key).await {
                Ok(kept) if kept.is_good() => return kept.answer,
                // Only the one that is past its time: somebody may have drawn it meanwhile.
                Ok(_) => drop(self.0.remove_if(key, |kept| !kept.is_good())),
                Err(place) => {
                    let kept = draw().await;
                    let answer = kept.answer.clone();
                    // An error says that the key was removed meanwhile; the answer is good all the same.
                    let _ = place.insert(kept);
                    return answer;
                }
            }
        }
    }

    /// Puts an answer under a key, or takes away what is there.
    pub(super) fn put(&self, key: &Key, kept: Option<Kept>) {
        match kept {
            Some(kept) => self.0.insert(key.clone(), kept),
            None => drop(self.0.remove(key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn key(state: u8) -> Key {
        let text = String::new;
        Key { plugin: text(), loaded: 0, card: text(), entity: text(), state: [state; 16], user: text(), changes: 0 }
    }

    fn failure(message: &str) -> Result<Arc<PluginCard>, CardError> {
        Err(CardError::Store(message.to_owned()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_card_is_drawn_once_until_its_time_is_over_or_its_entity_has_changed() {
        let (cards, drawn) = (KeptCards::default(), AtomicU32::new(0));
        let ask = |state: u8| {
            let draw = || async {
                drawn.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Kept::new(failure("x"), Some(Duration::from_secs(10)))
            };
            let (cards, key) = (&cards, key(state));
            async move { cards.get_or(&key, draw).await }
        };
        let count = || drawn.load(Ordering::Relaxed);
        let (a, b, c) = tokio::join!(ask(1), ask(1), ask(1));
        assert_eq!((a, b, c, count()), (failure("x"), failure("x"), failure("x"), 1));
        ask(2).await.unwrap_err();
        assert_eq!(count(), 2);
        tokio::time::advance(Duration::from_secs(11)).await;
        ask(1).await.unwrap_err();
        assert_eq!(count(), 3);
    }
}
