//! Recordings: the HTTP exchanges of a plugin's run as a file that people read and change, written while it runs or answered from.
//!
//! Recorded is what the plugin sent and what it saw: no credential that the portal adds is in it, and what is called like a secret is
//! taken out of the rest, see [`RecordedRequest`]. What a server writes into a body stays, so a recording is as confidential as the server.
//!
//! Rule: a recording is a list in YAML, one exchange after the other; a run that is answered from one reaches nobody.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::error::{Class, EgressError};
use super::recorded::{RecordedRequest, RecordedResponse, Written};
use super::replay::Replay;
use super::send::Response;

/// Bytes of a recording: what one can still look at, and a run of a few thousand pages.
const LARGEST: u64 = 64 << 20;

/// What every recording begins with, so that no other file is written over.
const HEADER: &str =
    "# HTTP exchanges of a plugin's run, in their order; `portico plugin run --replay` answers from them.\n";

/// What becomes of a plugin's HTTP exchanges beside that it has them.
#[derive(Clone)]
pub struct Tape(Arc<Kind>);

enum Kind {
    Record(Recorder),
    Replay(Replay),
}

/// Why there is no recording.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// The file cannot be read or written.
    #[error("the recording {} cannot be used: {reason}", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// Why, in the operating system's words.
        reason: io::Error,
    },
    /// Another file would be written over.
    #[error("{} is no recording, and is not written over; name another file, or remove this one", file.display())]
    NoRecording {
        /// The file.
        file: PathBuf,
    },
    /// The file is larger than recordings are.
    #[error("the recording {} is larger than {} MiB; recordings of more are not read", file.display(), LARGEST >> 20)]
    TooLarge {
        /// The file.
        file: PathBuf,
    },
    /// The file is none.
    #[error(transparent)]
    Document(#[from] portico_manifest::DocumentError),
}

impl Tape {
    /// Writes down every exchange as it ends. A recording that is there already is replaced.
    pub fn record(file: &Path) -> Result<Tape, TapeError> {
        Ok(Tape(Arc::new(Kind::Record(Recorder::create(file)?))))
    }

    /// Answers every request from a recording.
    pub fn replay(file: &Path) -> Result<Tape, TapeError> {
        let unusable = |reason| TapeError::Unusable { file: file.to_owned(), reason };
        let mut text = String::new();
        File::open(file).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text)).map_err(unusable)?;
        if text.len() as u64 > LARGEST {
            return Err(TapeError::TooLarge { file: file.to_owned() });
        }
        // One without an exchange holds nothing but its header.
        let exchanges: Option<Vec<Exchange>> = portico_manifest::parse(&text, &file.display().to_string())?;
        Ok(Tape(Arc::new(Kind::Replay(Replay::new(exchanges.unwrap_or_default())))))
    }

    /// The requests that the recording had no answer to, a sentence each.
    pub fn unanswered(&self) -> Vec<String> {
        match self.0.as_ref() {
            Kind::Record(_) => Vec::new(),
            Kind::Replay(replay) => replay.unanswered(),
        }
    }

    /// Whether requests are answered from a recording, so that nobody is to be reached.
    pub(super) fn is_replayed(&self) -> bool {
        matches!(*self.0, Kind::Replay(_))
    }

    /// One exchange: answered from the recording, or had by `converse` and written down.
    pub(super) async fn exchange(
        &self,
        request: RecordedRequest,
        converse: impl Future<Output = Result<Response, EgressError>>,
    ) -> Result<Response, EgressError> {
        match self.0.as_ref() {
            Kind::Replay(replay) => replay.answer(&request),
            Kind::Record(recorder) => {
                let outcome = converse.await;
                recorder.keep(Exchange::of(request, &outcome))?;
                outcome
            }
        }
    }
}

/// One exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub(super) struct Exchange {
    pub(super) request: RecordedRequest,
    pub(super) outcome: Outcome,
}

impl Exchange {
    pub(super) fn of(request: RecordedRequest, outcome: &Result<Response, EgressError>) -> Exchange {
        Exchange { request, outcome: Outcome::of(outcome) }
    }
}

/// How an exchange ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The server answered.
    Response(RecordedResponse),
    /// It did not, or not as it should.
    Failure(Failure),
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failure {
    /// What the plugin does next.
    pub(super) class: Class,
    /// What happened.
    pub(super) message: String,
}

impl Outcome {
    fn of(outcome: &Result<Response, EgressError>) -> Outcome {
        match outcome {
            Ok(response) => Outcome::Response(RecordedResponse::of(response)),
            Err(error) => Outcome::Failure(Failure { class: error.class(), message: error.to_string() }),
        }
    }

    /// The same as a plugin sees it.
    pub(super) fn again(&self) -> Result<Response, EgressError> {
        match self {
            Outcome::Response(response) => Ok(response.again()),
            Outcome::Failure(Failure { class, message }) => {
                Err(EgressError::Replayed { class: *class, message: message.clone() })
            }
        }
    }
}

/// Writes exchanges down.
struct Recorder(Mutex<Recording>);

struct Recording {
    file: File,
    bytes: u64,
}

impl Recorder {
    fn create(file: &Path) -> Result<Recorder, TapeError> {
        let unusable = |reason| TapeError::Unusable { file: file.to_owned(), reason };
        let mut opened =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(file).map_err(unusable)?;
        let mut begins = Vec::new();
        (&mut opened).take(HEADER.len() as u64).read_to_end(&mut begins).map_err(unusable)?;
        if !begins.is_empty() && begins != HEADER.as_bytes() {
            return Err(TapeError::NoRecording { file: file.to_owned() });
        }
        opened.set_len(0).and_then(|()| opened.rewind()).map_err(unusable)?;
        opened.write_all(HEADER.as_bytes()).map_err(unusable)?;
        Ok(Recorder(Mutex::new(Recording { file: opened, bytes: HEADER.len() as u64 })))
    }

    fn keep(&self, exchange: Exchange) -> Result<(), EgressError> {
        let failed = |reason: String| EgressError::Unrecordable(reason);
        let text =
            portico_manifest::to_yaml(&[exchange]).ok_or_else(|| failed("it cannot be said in YAML".to_owned()))?;
        let mut recording = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if recording.bytes + text.len() as u64 > LARGEST {
            return Err(failed(format!("it would be larger than {} MiB; record a smaller run", LARGEST >> 20)));
        }
        recording.file.write_all(text.as_bytes()).map_err(|error| failed(error.to_string()))?;
        recording.bytes += text.len() as u64;
        Ok(())
    }
}
