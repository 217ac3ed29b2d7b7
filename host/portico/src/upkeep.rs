//! Upkeep: what is kept for a while only goes when its time is over.

use std::time::Duration;

use portico_api_types::Timestamp;
use portico_catalog::{Catalog, StoreError};
use portico_runtime::Runtime;

/// Between two rounds; what is kept is kept for days.
const PAUSE: Duration = Duration::from_secs(3_600);

/// Changes that one transaction forgets, so that a sync never waits long for it.
const AT_ONCE: usize = 5_000;

/// How long things are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keeping {
    /// Removed entities.
    pub(crate) bin: Duration,
    /// Changes; none for ever.
    pub(crate) history: Option<Duration>,
}

/// Lets go of what is over, as long as the portal runs.
pub(crate) async fn follow(catalog: Catalog, runtime: Runtime, keeping: Keeping) {
    loop {
        let catalog = catalog.clone();
        match tokio::task::spawn_blocking(move || round(&catalog, keeping, Timestamp::now())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!("old changes and removed entities could not be let go of: {error}"),
            Err(error) => tracing::error!("upkeep failed: {error}"),
        }
        // What the bin let go of may have been the last to need a package.
        runtime.tidy().await;
        tokio::time::sleep(PAUSE).await;
    }
}

fn round(catalog: &Catalog, keeping: Keeping, now: Timestamp) -> Result<(), StoreError> {
    // A time before the calendar begins is a long time ago.
    let before = |age: Duration| now.checked_sub(age).unwrap_or(Timestamp::MIN);
    catalog.empty_bin(before(keeping.bin))?;
    if let Some(age) = keeping.history {
        while catalog.forget_changes(before(age), AT_ONCE)? > 0 {}
    }
    Ok(())
}
