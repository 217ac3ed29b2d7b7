//! `streams`: answers that go on, read as they come.
//!
//! A task of each answer takes one piece from the network and waits until the plugin has it, so that a server that sends more than is
//! read is slowed down by the network itself, and nothing piles up here.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use wasmtime::component::Resource;

use crate::bindings::portico::plugin::http::Request;
use crate::bindings::portico::plugin::streams::{Host, HostAnswer, Piece};
use crate::bindings::portico::plugin::types::Error;
use crate::capabilities::http::outwards;
use crate::egress::{EgressError, Going};
use crate::guest::Guest;

/// An answer that a guest holds.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct OpenAnswer {
    status: u16,
    headers: Vec<(String, String)>,
    pieces: mpsc::Receiver<Result<Bytes, EgressError>>,
    reading: JoinHandle<()>,
    is_over: bool,
}

impl OpenAnswer {
    fn new(going: Going, arrived: Arc<Notify>) -> OpenAnswer {
        let Going { status, headers, mut body } = going;
        let (sender, pieces) = mpsc::channel(1);
        let reading = tokio::spawn(async move {
            while let Some(piece) = body.next().await.transpose() {
                let failed = piece.is_err();
                if sender.send(piece).await.is_err() || failed {
                    break;
                }
                arrived.notify_one();
            }
            drop(sender);
            arrived.notify_one();
        });
        OpenAnswer { status, headers, pieces, reading, is_over: false }
    }

    /// Whether reading it would answer something other than that there is nothing.
    fn is_ready(&self) -> bool {
        self.is_over || !self.pieces.is_empty() || self.pieces.is_closed()
    }
}

impl Drop for OpenAnswer {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl Host for Guest {
    async fn ready(&mut self, answers: Vec<Resource<OpenAnswer>>, timeout_ms: u32) -> wasmtime::Result<Vec<u32>> {
        let until = (Instant::now() + Duration::from_millis(timeout_ms.into())).min(self.call.deadline);
        let (arrived, live) = (self.arrived.clone(), self.call.live.clone());
        let mut over = std::pin::pin!(async {
            tokio::select! {
                () = sleep_until(until) => {}
                () = live.out_of_patience(Duration::ZERO) => {}
            }
        });
        loop {
            let mut ready = Vec::new();
            for (place, answer) in (0..).zip(&answers) {
                if self.table.get(answer)?.is_ready() {
                    ready.push(place);
                }
            }
            if !ready.is_empty() {
                return Ok(ready);
            }
            // One that arrives from here on has left its notice, so that none is missed.
            tokio::select! {
                () = arrived.notified() => {}
                () = &mut over => return Ok(Vec::new()),
            }
        }
    }
}

impl HostAnswer for Guest {
    async fn open(&mut self, request: Request) -> wasmtime::Result<Result<Resource<OpenAnswer>, Error>> {
        let most = self.call.loaded.client.answers();
        if self.answers >= most {
            return Ok(Err(Error::Invalid(format!(
                "{most} answers are open, the most at once; drop one before opening another"
            ))));
        }
        if let Err(error) = self.may_change(&request.method) {
            return Ok(Err(error));
        }
        if let Err(error) = self.count_request() {
            return Ok(Err(error));
        }
        let (loaded, request) = (self.call.loaded.clone(), outwards(request));
        let url = request.url.clone();
        let bytes = if self.call.is_lasting { u64::MAX } else { loaded.rights.limits.response.as_bytes() };
        match loaded.client.open(&loaded.rights, request, self.call.deadline, bytes).await {
            Ok(going) => {
                self.note_missing_credential(&url, going.status);
                let handle = self.table.push(OpenAnswer::new(going, self.arrived.clone()))?;
                self.answers += 1;
                Ok(Ok(handle))
            }
            Err(error) => Ok(Err(self.explain(&error))),
        }
    }

    async fn status(&mut self, answer: Resource<OpenAnswer>) -> wasmtime::Result<u16> {
        Ok(self.table.get(&answer)?.status)
    }

    async fn headers(&mut self, answer: Resource<OpenAnswer>) -> wasmtime::Result<Vec<(String, String)>> {
        Ok(self.table.get(&answer)?.headers.clone())
    }

    async fn read(&mut self, answer: Resource<OpenAnswer>) -> wasmtime::Result<Result<Piece, Error>> {
        let answer = self.table.get_mut(&answer)?;
        if answer.is_over {
            return Ok(Ok(Piece::End));
        }
        Ok(match answer.pieces.try_recv() {
            Ok(Ok(bytes)) => Ok(Piece::Bytes(bytes.into())),
            Ok(Err(error)) => {
                answer.is_over = true;
                Err(self.explain(&error))
            }
            Err(mpsc::error::TryRecvError::Empty) => Ok(Piece::Nothing),
            Err(mpsc::error::TryRecvError::Disconnected) => {
                answer.is_over = true;
                Ok(Piece::End)
            }
        })
    }

    async fn drop(&mut self, answer: Resource<OpenAnswer>) -> wasmtime::Result<()> {
        self.table.delete(answer)?;
        self.answers -= 1;
        Ok(())
    }
}
