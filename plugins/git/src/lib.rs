//! Brings the entities that descriptors in Git repositories describe into the catalog.
//!
//! Descriptors are read by `portico_descriptors`; here is what Git adds. How files in repositories are addressed is
//! `portico_sites`. What is read under one name is a `scope`: a repository of the
//! settings, or a location that people `registered`. One that was read before is read `again` from where its `cursor` stands.
//! Going through all of them is `sync`. They work on traits, and this is where the portal stands behind them.

mod again;
mod cursor;
mod registered;
mod repositories;
mod scope;
mod settings;
mod sync;
#[cfg(test)]
mod testing;

use portico_descriptors::Host;
use portico_sdk::{Result, settings as sdk_settings};

use crate::settings::Settings;

portico_sdk::plugin!(sync_all);

fn sync_all() -> Result<()> {
    let settings = sdk_settings::read::<Settings>()?.check()?;
    sync::run(&Host, &settings)
}
