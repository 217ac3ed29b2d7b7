//! What servers answer, and what they were asked.

use serde::Serialize;

use crate::bindings::portico::plugin::{http, types};
use crate::error::Error;

/// What a server answers.
#[derive(Clone, Debug)]
pub struct Answer(pub(super) Result<http::Response, types::Error>);

/// A request as it left the plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Such as `GET`.
    pub method: String,
    /// The address.
    pub url: String,
    /// Without those that the portal adds.
    pub headers: Vec<(String, String)>,
    /// What followed them; empty for none.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer with nothing in it.
    pub fn status(status: u16) -> Answer {
        Answer(Ok(http::Response { status, headers: Vec::new(), body: Vec::new() }))
    }

    /// A body as it stands.
    pub fn body(body: impl Into<Vec<u8>>) -> Answer {
        Answer(Ok(http::Response { status: 200, headers: Vec::new(), body: body.into() }))
    }

    /// A body of JSON.
    pub fn json<T: Serialize + ?Sized>(body: &T) -> Answer {
        let body = serde_json::to_vec(body).expect("a test's answer is JSON");
        Answer::body(body).header("content-type", "application/json")
    }

    /// No answer at all, such as for want of a grant.
    pub fn error(error: Error) -> Answer {
        Answer(Err(error.into()))
    }

    /// With another status, such as what a server says of an error.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Answer {
        if let Ok(response) = &mut self.0 {
            response.status = status;
        }
        self
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Answer {
        if let Ok(response) = &mut self.0 {
            response.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}
