//! What every handler may reach.

use std::ops::Deref;
use std::sync::Arc;

use axum::http::HeaderName;
use portico_catalog::Catalog;
use portico_runtime::Runtime;
use portico_scaffolder::Scaffolder;
use portico_search::Search;

use crate::error::ApiError;
use crate::guard::Guard;
use crate::metrics::Requests;
use crate::trials::Trials;

/// The parts of the portal. Every request clones this a few times, so it is one pointer.
#[derive(Clone)]
pub(crate) struct ApiState(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) catalog: Catalog,
    pub(crate) runtime: Runtime,
    pub(crate) scaffolder: Scaffolder,
    pub(crate) search: Search,
    pub(crate) portal: Portal,
    pub(crate) requests: Requests,
    /// The header in which a proxy says who is signed in, if it does.
    pub(crate) user_header: Option<HeaderName>,
    /// The latest trials of templates.
    pub(crate) trials: Trials,
    /// Asks for the portal's token where a route cannot know beforehand whether it has to.
    pub(crate) guard: Guard,
}

impl Deref for ApiState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl From<Parts> for ApiState {
    fn from(parts: Parts) -> ApiState {
        ApiState(Arc::new(parts))
    }
}

impl ApiState {
    /// Does work in the store that may wait for its writer, off the threads that serve.
    pub(crate) async fn store<T: Send + 'static, E: Into<ApiError> + Send + 'static>(
        &self,
        work: impl FnOnce(&Catalog) -> Result<T, E> + Send + 'static,
    ) -> Result<T, ApiError> {
        let catalog = self.catalog.clone();
        let done = tokio::task::spawn_blocking(move || work(&catalog)).await;
        done.map_err(|error| ApiError::internal(&error))?.map_err(Into::into)
    }
}

/// What the portal says of itself.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(crate) struct Portal {
    /// The company's name for it.
    pub(crate) title: String,
    /// The program's version.
    pub(crate) version: &'static str,
}
