//! `ingestion.sync`: a plugin brings its data in.

use portico_manifest::{Extension, Limits};
use wasmtime::Store;

use crate::call::{Answered, Share, Work};
use crate::guest::Guest;
use crate::points::{Points, offered};

/// Has a plugin bring its data in.
pub(crate) struct Sync;

impl Work for Sync {
    type Answer = ();

    fn limits(&self, granted: Limits) -> Limits {
        granted
    }

    fn share(&self) -> Share {
        Share::Patient
    }

    async fn enter(self, points: Points, store: &mut Store<Guest>) -> Answered<()> {
        let plugin = offered(points.ingestion.as_ref(), Extension::Ingestion)?.instantiate_async(&mut *store).await?;
        plugin.portico_plugin_ingestion().call_sync(store).await
    }
}
