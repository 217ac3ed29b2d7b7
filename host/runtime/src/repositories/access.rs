//! With whose rights a repository is read, through which client, until when.

use std::sync::Arc;

use portico_manifest::Rights;
use tokio::time::Instant;

use crate::egress::Client;

/// What one call about a repository may do, and how long.
#[derive(Clone)]
pub(crate) struct Access {
    /// What the plugin may do.
    pub rights: Arc<Rights>,
    /// The plugin's way out.
    pub client: Client,
    /// When it must be over.
    pub deadline: Instant,
}
