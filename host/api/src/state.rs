//! What every handler may reach.

use std::sync::Arc;

use portico_catalog::Catalog;
use portico_runtime::Runtime;

use crate::metrics::Requests;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct ApiState {
    pub(crate) catalog: Catalog,
    pub(crate) runtime: Runtime,
    pub(crate) portal: Arc<Portal>,
    pub(crate) requests: Requests,
}

/// What the portal says of itself.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(crate) struct Portal {
    /// The company's name for it.
    pub(crate) title: String,
    /// The program's version.
    pub(crate) version: &'static str,
}
