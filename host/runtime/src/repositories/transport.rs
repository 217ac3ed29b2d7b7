//! libgit2's HTTP, done by the egress: its address checks, credentials and bounds hold for Git as well.
//!
//! Rule: only the repository of the operation, and written to only where its plugin may push.

use std::io::{self, Read, Write};
use std::sync::Arc;

use bytes::Bytes;
use git2::transport::{Service, SmartSubtransport, SmartSubtransportStream, Transport};
use git2::{ErrorClass, ErrorCode};

use super::error::RepositoryError;
use super::operation::Operation;
use super::smart;
use crate::egress::Body;

/// What libgit2 asks for in one go; wants and haves are 50 bytes each.
const MOST_REQUEST: usize = 4 * 1024 * 1024;

/// The pack of a push: it is held while it is sent.
const MOST_PUSH: usize = 256 * 1024 * 1024;

/// The transport for an operation's remote.
pub(super) fn open(remote: &git2::Remote<'_>) -> Result<Transport, git2::Error> {
    let operation = Operation::current().ok_or_else(|| refusal("no operation is under way on this thread"))?;
    Transport::smart(remote, true, Subtransport(operation))
}

fn refusal(text: &str) -> git2::Error {
    git2::Error::new(ErrorCode::GenericError, ErrorClass::Net, text)
}

struct Subtransport(Arc<Operation>);

impl SmartSubtransport for Subtransport {
    fn action(&self, url: &str, service: Service) -> Result<Box<dyn SmartSubtransportStream>, git2::Error> {
        if url.trim_end_matches('/') != self.0.address.as_str() {
            return Err(refusal("the address is not the operation's"));
        }
        let state = match service {
            // What the server has was asked already, to choose the commit; libgit2 works from the same answer.
            Service::UploadPackLs => State::Listed(self.0.advertised.clone()),
            Service::UploadPack => State::Asking { request: Vec::new(), push: false },
            Service::ReceivePackLs => match super::push::advertised(&self.0) {
                Ok(listed) => State::Listed(listed),
                Err(error) => {
                    self.0.fail(error);
                    return Err(refusal("the exchange failed"));
                }
            },
            Service::ReceivePack => State::Asking { request: Vec::new(), push: true },
        };
        Ok(Box::new(Exchange { operation: self.0.clone(), state }))
    }

    fn close(&self) -> Result<(), git2::Error> {
        Ok(())
    }
}

/// One request and its answer. libgit2 writes the whole request before it reads.
struct Exchange {
    operation: Arc<Operation>,
    state: State,
}

enum State {
    Listed(Bytes),
    Asking { request: Vec<u8>, push: bool },
    Answering { body: Body, piece: Bytes },
}

impl Write for Exchange {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let State::Asking { request, push } = &mut self.state else {
            return Err(io::Error::other("the request was sent already"));
        };
        if request.len() + bytes.len() > if *push { MOST_PUSH } else { MOST_REQUEST } {
            if *push {
                let what = format!("what is pushed to {}", self.operation.address);
                let advice = "push less at once";
                self.operation.fail(RepositoryError::TooLarge { what, limit: MOST_PUSH as u64, advice });
            }
            return Err(io::Error::other("the request grew too large"));
        }
        request.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Exchange {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.fill(buffer).map_err(|error| {
            self.operation.fail(error);
            io::Error::other("the exchange failed")
        })
    }
}

impl Exchange {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, RepositoryError> {
        let operation = self.operation.clone();
        if let State::Asking { request, push } = &mut self.state {
            let request = Bytes::from(std::mem::take(request));
            let body = match *push {
                true => operation.wait(smart::push(&operation.access, &operation.address, request))?,
                false => operation.wait(smart::fetch(&operation.access, &operation.address, request))?,
            };
            self.state = State::Answering { body, piece: Bytes::new() };
        }
        let piece = match &mut self.state {
            State::Listed(list) => list,
            State::Asking { .. } => return Ok(0),
            State::Answering { body, piece } => {
                while piece.is_empty() {
                    match operation.wait(async { Ok(body.next().await?) })? {
                        Some(next) => *piece = next,
                        None => return Ok(0),
                    }
                }
                piece
            }
        };
        let length = piece.len().min(buffer.len());
        buffer[..length].copy_from_slice(&piece.split_to(length));
        Ok(length)
    }
}
