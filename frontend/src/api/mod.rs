//! The one way to data: the portal's REST API.
//!
//! Rule: a page knows paths and shapes, never where the API runs. On the server a request goes through the [`Transport`]
//! that the API's crate puts into the context; in the browser it is an ordinary fetch. Both carry JSON, so that what a
//! page shows is what any other client of the API reads.

#[cfg(not(feature = "ssr"))]
mod browser;
mod error;
mod path;
#[cfg(feature = "ssr")]
mod transport;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use error::ApiError;
pub(crate) use path::{Path, encode};
#[cfg(feature = "ssr")]
pub use transport::{Answer, ApiRequest, Transport};

/// A handle to the API, taken from the context once and then moved into whatever fetches.
#[derive(Clone)]
pub(crate) struct Api {
    #[cfg(feature = "ssr")]
    transport: Option<Transport>,
}

impl Api {
    /// The API as the current owner sees it.
    pub(crate) fn from_context() -> Api {
        Api {
            #[cfg(feature = "ssr")]
            transport: leptos::prelude::use_context(),
        }
    }

    /// Asks for what stands at a path, such as `/api/portico/sources`.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        read(path, self.send(path, None).await?)
    }

    /// Asks with a body, where a question is too long for an address.
    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, ApiError> {
        read(path, self.send(path, Some(body.to_string())).await?)
    }

    // Not generic, so that there is one of it.
    async fn send(&self, path: &str, body: Option<String>) -> Result<Value, ApiError> {
        #[cfg(feature = "ssr")]
        let (status, text) = transport::send(self.transport.as_ref(), path, body).await?;
        #[cfg(not(feature = "ssr"))]
        let (status, text) = browser::send(path, body).await?;

        if (200..300).contains(&status) {
            // Where there is nothing to say, nothing is said.
            let text = if text.is_empty() { "null" } else { &text };
            serde_json::from_str(text).map_err(|error| ApiError::unreadable(path, &error))
        } else {
            Err(ApiError::answered(status, &text))
        }
    }
}

/// Reads an answer as what it should be.
fn read<T: DeserializeOwned>(path: &str, answer: Value) -> Result<T, ApiError> {
    portico_api_types::read(&answer).map_err(|error| ApiError::unreadable(path, &error))
}
