//! Answers requests from a recording.
//!
//! Rule: each exchange answers once, in the order in which they stand; a request that none of them answers is an error that names the
//! nearest ones, and never a request to anybody.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::EgressError;
use super::recorded::RecordedRequest;
use super::recording::Exchange;
use super::send::Response;

/// Exchanges that an error names.
const NEAREST: usize = 3;

/// Requests without an answer that are kept; who mends these sees the next.
const UNANSWERED: usize = 100;

/// The beginning of an address by which it is compared: longer ones differ before.
const COMPARED: usize = 300;

/// Below this two addresses have nothing in common.
const ALIKE: f64 = 0.4;

/// A recording that is answered from.
pub(super) struct Replay(Mutex<State>);

struct State {
    /// Each with whether it has answered.
    exchanges: Vec<(Exchange, bool)>,
    unanswered: Vec<String>,
}

impl Replay {
    pub(super) fn new(exchanges: Vec<Exchange>) -> Replay {
        let exchanges = exchanges.into_iter().map(|exchange| (exchange, false)).collect();
        Replay(Mutex::new(State { exchanges, unanswered: Vec::new() }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was answered to a request.
    pub(super) fn answer(&self, request: &RecordedRequest) -> Result<Response, EgressError> {
        let mut state = self.state();
        let next = state.exchanges.iter_mut().find(|(exchange, used)| !used && exchange.request.asks_same(request));
        if let Some((exchange, used)) = next {
            *used = true;
            return exchange.outcome.again();
        }
        let error = EgressError::NotRecorded { request: request.to_string(), instead: state.instead_of(request) };
        if state.unanswered.len() < UNANSWERED {
            state.unanswered.push(error.to_string());
        }
        Err(error)
    }

    pub(super) fn unanswered(&self) -> Vec<String> {
        self.state().unanswered.clone()
    }
}

impl State {
    /// What the recording has in the place of a request, in the rest of a sentence.
    fn instead_of(&self, request: &RecordedRequest) -> String {
        let known = || self.exchanges.iter().map(|(exchange, _)| &exchange.request);
        match known().filter(|known| known.asks_same(request)).count() {
            0 => {}
            1 => return "it was recorded once, and that was answered already".to_owned(),
            times => return format!("it was recorded {times} times, and each was answered already"),
        }
        if known().any(|known| known.is_about(request)) {
            return "it was recorded with another body".to_owned();
        }
        let wanted = compared(request);
        let mut near: Vec<(f64, String)> = known()
            .map(|known| (strsim::normalized_levenshtein(&wanted, &compared(known)), known.to_string()))
            .filter(|(likeness, _)| *likeness >= ALIKE)
            .collect();
        near.sort_by(|(a, known), (b, other)| b.total_cmp(a).then_with(|| known.cmp(other)));
        near.dedup_by(|(_, known), (_, other)| known == other);
        let near: Vec<String> = near.into_iter().take(NEAREST).map(|(_, known)| known).collect();
        match near.as_slice() {
            [] if self.exchanges.is_empty() => "the recording is empty".to_owned(),
            [] => "nothing in it comes near".to_owned(),
            near => format!("what comes nearest is {}", near.join(", ")),
        }
    }
}

fn compared(request: &RecordedRequest) -> String {
    request.to_string().chars().take(COMPARED).collect()
}
