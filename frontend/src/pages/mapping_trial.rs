//! What is typed, tried: a moment after the last key, and one text at a time.
//!
//! Rule: a trial runs in a sandbox, so whoever types begins no second one while the first is under way; what has become of the first text
//! by then is tried next, and nothing is shown in between.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use serde_json::{Value, json};

use crate::data::Data;

/// As long as people rest between words.
const REST: Duration = Duration::from_millis(250);

/// A text that is being written.
#[derive(Clone)]
pub(super) struct Typing {
    /// As it was when the last key was a moment ago.
    text: RwSignal<String>,
    is_under_way: RwSignal<bool>,
    /// Counts the times that trying began.
    turn: RwSignal<u64>,
    rest: Arc<Mutex<Option<TimeoutHandle>>>,
}

impl Typing {
    /// From a text that stands there.
    pub(super) fn from(text: String) -> Typing {
        let typing = Typing {
            text: RwSignal::new(text),
            is_under_way: RwSignal::new(false),
            turn: RwSignal::new(0),
            rest: Arc::default(),
        };
        let left = typing.clone();
        on_cleanup(move || left.rests(None));
        typing
    }

    /// Takes what stands there after a key.
    pub(super) fn typed(&self, text: String) {
        let (now, is_under_way, turn) = (self.text, self.is_under_way, self.turn);
        let settled = move || {
            now.set(text.clone());
            // What is under way sees by itself that there is another text.
            if !is_under_way.get_untracked() {
                turn.update(|turn| *turn += 1);
            }
        };
        self.rests(set_timeout_with_handle(settled, REST).ok());
    }

    /// In the place of the rest before, which did not come to its end.
    fn rests(&self, rest: Option<TimeoutHandle>) {
        let mut before = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = std::mem::replace(&mut *before, rest) {
            before.clear();
        }
    }

    /// What the API makes of the text with an example.
    pub(super) fn tried(&self, path: String, example: Value) -> Data<Value> {
        let (text, is_under_way, turn) = (self.text, self.is_under_way, self.turn);
        Data::new(
            move || turn.get().to_string(),
            move |api, _| {
                let (path, example) = (path.clone(), example.clone());
                async move {
                    is_under_way.try_set(true);
                    loop {
                        let now = text.try_get_untracked();
                        let answer = api.post(&path, &json!({ "own": now, "example": example })).await;
                        if text.try_get_untracked() == now {
                            is_under_way.try_set(false);
                            return answer;
                        }
                    }
                }
            },
        )
    }
}
