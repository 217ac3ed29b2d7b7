//! What a page fetches, on the server before it is sent and in the browser when its address changes.
//!
//! Rule: one kind of resource for all pages. What differs between them is a key and a function; what is fetched travels
//! as JSON, from the API to the page and inside the page from the server to the browser.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::{Api, ApiError};

/// The answer to a page's question, as JSON.
pub(crate) type Fetched = Result<Value, ApiError>;

type Key = Arc<dyn Fn() -> String + Send + Sync>;
type Fetch = Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = Fetched> + Send>> + Send + Sync>;

/// Something that is fetched and read as `T`.
pub(crate) struct Data<T> {
    resource: Resource<Fetched>,
    read_as: PhantomData<fn() -> T>,
}

impl<T> Clone for Data<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Data<T> {}

impl<T: DeserializeOwned> Data<T> {
    /// What `fetch` gives for a key, and again for every other key.
    pub(crate) fn new<F>(
        key: impl Fn() -> String + Send + Sync + 'static,
        fetch: impl Fn(Api, String) -> F + Send + Sync + 'static,
    ) -> Data<T>
    where
        F: Future<Output = Fetched> + Send + 'static,
    {
        let api = Api::from_context();
        let resource = resource(Arc::new(key), Arc::new(move |key| Box::pin(fetch(api.clone(), key))));
        Data { resource, read_as: PhantomData }
    }

    /// As [`Data::new`], for what the page is complete without: it is sent as soon as it is there, and the page does not wait for it.
    pub(crate) fn beside<F>(
        key: impl Fn() -> String + Send + Sync + 'static,
        fetch: impl Fn(Api, String) -> F + Send + Sync + 'static,
    ) -> Data<T>
    where
        F: Future<Output = Fetched> + Send + 'static,
    {
        let api = Api::from_context();
        let fetch: Fetch = Arc::new(move |key| Box::pin(fetch(api.clone(), key)));
        Data { resource: Resource::new(key, move |key| fetch(key)), read_as: PhantomData }
    }

    /// What the API has at a path, and again for every other path.
    pub(crate) fn at(path: impl Fn() -> String + Send + Sync + 'static) -> Data<T> {
        Data::new(path, |api, path| async move { api.get(&path).await })
    }

    /// What there is by now.
    pub(crate) fn get(self) -> Option<Result<T, ApiError>> {
        self.resource.get().map(read)
    }

    /// Fetches it anew.
    pub(crate) fn refetch(self) {
        self.resource.refetch();
    }

    /// The answer, not read yet.
    pub(crate) fn resource(self) -> Resource<Fetched> {
        self.resource
    }
}

/// Reads an answer.
pub(crate) fn read<T: DeserializeOwned>(fetched: Fetched) -> Result<T, ApiError> {
    fetched.and_then(|value| portico_api_types::read(&value).map_err(|error| ApiError::unreadable("the API", &error)))
}

// Not generic, so that there is one of it.
fn resource(key: Key, fetch: Fetch) -> Resource<Fetched> {
    // The page's status and its head are sent first, so they have to be known.
    Resource::new_blocking(move || key(), move |key| fetch(key))
}
