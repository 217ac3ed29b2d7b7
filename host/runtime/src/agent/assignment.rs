//! A run that this agent works for a portal, under its lease.
//!
//! Rule: what the portal did not answer is asked again for as long as the lease can last, and no longer. Sessions go one after the other, each
//! with its number, so that one whose answer was lost is not stored twice.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use portico_api_types::{
    AgentAsk, AgentEnd, AgentLine, AgentMode, AgentOrder, AgentOutcome, AgentProblem, AgentProblemCause, AgentRenewal,
    AgentReply, AgentSession, AgentStanding, AgentStored, Summary,
};
use portico_catalog::{Mode, Report, Session, Words};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::portal::{AgentPortal, PortalError};
use crate::bindings::portico::plugin::types::{Error, Unavailable};
use crate::capabilities::books::{Told, error};
use crate::live::LiveRun;

/// How often the portal hears of the run.
const SIGN: Duration = Duration::from_secs(2);

/// Between two attempts to reach the portal.
const AGAIN: Duration = Duration::from_secs(1);

/// A run that this agent works.
pub(crate) struct Assignment {
    portal: Arc<AgentPortal>,
    lease: String,
    lasts: Duration,
    /// When the portal last answered.
    heard: Mutex<Instant>,
    /// Sessions that were sent, held while one is.
    sessions: tokio::sync::Mutex<u64>,
    /// Questions that were asked. A plugin waits for the answer to one before it asks the next.
    asked: AtomicU64,
    /// Lines of the log that the portal has.
    told: AtomicUsize,
}

impl Assignment {
    pub(super) fn new(portal: Arc<AgentPortal>, order: &AgentOrder) -> Assignment {
        Assignment {
            portal,
            lease: order.lease.clone(),
            lasts: Duration::from_secs(order.seconds),
            heard: Mutex::new(Instant::now()),
            sessions: tokio::sync::Mutex::default(),
            asked: AtomicU64::default(),
            told: AtomicUsize::default(),
        }
    }

    fn path(&self, what: &str) -> String {
        format!("/leases/{}/{what}", self.lease)
    }

    /// Whether the lease may still be held, by what this side knows.
    fn may_be_held(&self) -> bool {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).elapsed() < self.lasts
    }

    fn note<T>(&self, answered: Result<T, PortalError>) -> Result<T, PortalError> {
        if answered.is_ok() {
            *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
        answered
    }

    /// What came of an attempt; none where it is worth another, once some time has passed.
    async fn settled<T>(&self, answered: Result<T, PortalError>) -> Option<Result<T, PortalError>> {
        match self.note(answered) {
            Err(PortalError::Away(_)) if self.may_be_held() => {
                sleep(AGAIN).await;
                None
            }
            answered => Some(answered),
        }
    }

    /// Says something in JSON until the portal answers, or the lease is over.
    async fn post<T: DeserializeOwned>(&self, what: &str, body: &(impl Serialize + Sync)) -> Result<T, PortalError> {
        let path = self.path(what);
        loop {
            if let Some(answered) = self.settled(self.portal.post(&path, body).await).await {
                return answered;
            }
        }
    }

    /// Asks the portal what the plugin asks.
    pub(crate) async fn ask(&self, ask: &AgentAsk) -> Told {
        let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        match self.post(&format!("asks/{number}"), ask).await {
            Ok(AgentReply::Refused(refusal)) => Err(error(refusal)),
            Ok(reply) => Ok(reply),
            Err(failed) => Err(unheard(&failed)),
        }
    }

    /// Has the portal store a session. Nothing of it stays here.
    pub(crate) async fn store(&self, session: Session, cursor: Option<String>) -> Result<Summary, Error> {
        let mut number = self.sessions.lock().await;
        let lines = tokio::task::spawn_blocking(move || lines(session.words(), cursor)).await;
        let lines = lines.map_err(|error| Error::Failed(error.to_string()))?;
        // Also where it is given up: the portal may have it, and would take the next for the same.
        *number += 1;
        let path = self.path(&format!("sessions/{number}"));
        let stored = loop {
            let sent = self.portal.put::<AgentStored>(&path, lines.clone()).await;
            if let Some(answered) = self.settled(sent).await {
                break answered.map_err(|failed| unheard(&failed))?;
            }
        };
        match stored {
            AgentStored::Stored(summary) => Ok(summary),
            AgentStored::Refused(refusal) => Err(error(refusal)),
        }
    }

    /// Gives signs of life, tells what the run says, and asks it to stop when the portal wants that or when the lease is over. Goes on
    /// until it is dropped, or until the lease is over.
    pub(super) async fn keep(&self, live: &LiveRun) -> String {
        let mut sign = interval(SIGN);
        sign.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            sign.tick().await;
            let told = self.told.load(Ordering::Relaxed);
            let (lines, progress) = live.since(told);
            let more = lines.len();
            let renewal = AgentRenewal { lines, progress };
            let answered: Result<AgentStanding, _> = self.portal.sign(&self.path("renewals"), &renewal).await;
            match self.note(answered) {
                Ok(standing) => {
                    self.told.store(told + more, Ordering::Relaxed);
                    if standing.cancelled {
                        live.cancel();
                    }
                }
                Err(PortalError::Away(_)) if self.may_be_held() => {}
                Err(lost) => return lost.to_string(),
            }
        }
    }

    /// Says how the run ended.
    pub(super) async fn end(&self, live: &LiveRun, outcome: AgentOutcome) -> Result<(), PortalError> {
        let (lines, _) = live.since(self.told.load(Ordering::Relaxed));
        let end = AgentEnd { lines, outcome };
        self.post("end", &end).await
    }

    /// Fetches a package.
    pub(super) async fn package(&self, digest: &str) -> Result<Vec<u8>, PortalError> {
        loop {
            if let Some(answered) = self.settled(self.portal.package(digest).await).await {
                return answered;
            }
        }
    }
}

/// What a plugin hears where the portal did not do what it was asked.
fn unheard(failed: &PortalError) -> Error {
    let message = failed.to_string();
    match failed {
        PortalError::Away(_) | PortalError::Over(_) => {
            Error::Unavailable(Unavailable { reason: message, retry_after: None })
        }
        PortalError::Unknown(_) | PortalError::Refused(_) => Error::Failed(message),
    }
}

/// A session as it travels.
fn lines(words: Words, cursor: Option<String>) -> Bytes {
    let Words { scope, mode, documents, removed, facts, detached, reports, warnings } = words;
    let mode = match mode {
        Mode::Full => AgentMode::Full,
        Mode::Delta => AgentMode::Delta,
        Mode::Files(files) => AgentMode::Files(files.into_iter().collect()),
    };
    let mut written = Vec::new();
    write(&mut written, &AgentSession { scope, mode, cursor });
    let put = documents.into_iter().map(|(document, origin)| AgentLine::Put {
        document: text(&document),
        file: origin.file,
        line: origin.line,
        url: origin.url,
        parent: origin.parent.map(|parent| parent.to_string()),
    });
    let attach =
        facts.into_iter().map(|(entity, facts)| AgentLine::Attach { entity: entity.to_string(), facts: text(&facts) });
    let detach = detached.into_iter().map(|entity| AgentLine::Detach(entity.to_string()));
    let remove = removed.into_iter().map(|entity| AgentLine::Remove(entity.to_string()));
    let reported = reports.into_iter().map(|report| {
        let refused = report.refused;
        problem(report, if refused { AgentProblemCause::Refused } else { AgentProblemCause::Unreadable })
    });
    let warned = warnings.into_iter().map(|report| problem(report, AgentProblemCause::Warned));
    let mut count = 0;
    for line in put.chain(attach).chain(detach).chain(remove).chain(reported).chain(warned) {
        write(&mut written, &line);
        count += 1;
    }
    write(&mut written, &AgentLine::End { lines: count });
    written.into()
}

/// JSON that was written here, which is text.
fn text(json: &[u8]) -> String {
    String::from_utf8_lossy(json).into_owned()
}

fn problem(report: Report, cause: AgentProblemCause) -> AgentLine {
    AgentLine::Problem(AgentProblem {
        cause,
        file: report.file,
        line: report.line,
        column: report.column,
        path: report.path,
        entity: report.about.entity.map(|entity| entity.to_string()),
        owner: report.about.owner.map(|owner| owner.to_string()),
        url: report.url,
        message: report.message,
    })
}

fn write(written: &mut Vec<u8>, line: &impl Serialize) {
    let line = serde_json::to_vec(line);
    written.extend(line.unwrap_or_else(|error| unreachable!("plain data is written as JSON: {error}")));
    written.push(b'\n');
}
