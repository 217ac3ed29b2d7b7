//! What a run is compared with: nothing, or a copy of a portal's catalog.
//!
//! Rule: the copy is the run's own, and nothing of it goes back to the portal.

use std::error::Error;
use std::path::Path;

use axum::http::Uri;
use portico_catalog::{Catalog, RemovalGuard};

use crate::keep::{STORE, expressions, fetch};

/// A store in a folder: empty, or as the portal's is, with the plugin's sources to be read afresh.
pub(super) async fn open(
    folder: &Path,
    portal: Option<(&Uri, Option<&str>)>,
    plugin: &str,
) -> Result<Catalog, Box<dyn Error>> {
    let store = folder.join(STORE);
    if let Some((portal, token)) = portal {
        let unreachable = |address: &str, error: &dyn Error| {
            format!("no portal answers at {address} ({error}); start it, or name its address with --portal")
        };
        fetch(portal, token, &store, unreachable).await?;
    }
    let catalog = Catalog::open(&store, expressions(folder))?;
    for (name, _) in catalog.installations()? {
        catalog.remove_installation(&name)?;
    }
    catalog.forget_cursors(plugin)?;
    // What would go is shown, so that nobody has to be asked before.
    catalog.set_removal_guard(RemovalGuard::off());
    Ok(catalog)
}
