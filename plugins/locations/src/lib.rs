//! Brings the entities that descriptors outside of Git repositories describe into the catalog: in files of the portal's machine,
//! and in plain files of the web.
//!
//! Descriptors are read by `portico_descriptors`; here is where their files come from. Files of the machine are `disk`, those of
//! the web are `web`; `scope` reads one location, and `memory` is what it keeps of that to know later that nothing has changed.
//! They work on traits, and this is where the portal stands behind them.
//!
//! Rule: what has not changed is not read again. Of a file of the machine its stamp says so, of one of the web its server.

mod disk;
mod memory;
mod scope;
mod web;

use portico_descriptors::{Host, Noun, Portal};
use portico_sdk::{Result, settings as sdk_settings};
use serde::Deserialize;

use crate::disk::Disk;
use crate::scope::Run;
use crate::web::Web;

portico_sdk::plugin!(sync_all);

/// There is nothing to set: locations are registered, or stand in `portico.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {}

fn sync_all() -> Result<()> {
    let Settings {} = sdk_settings::read()?;
    run(&Host, &Host)
}

/// Reads what the run is about.
fn run<P: Portal>(portal: &P, world: &(impl Disk + Web)) -> Result<()> {
    let own = portal.locations()?;
    let run = Run { portal, disk: world, web: world, own: &own, others: &portal.others()? };
    let jobs = own.iter().map(|location| (location.scope.clone(), location)).collect();
    let noun = Noun { one: "location", many: "locations" };
    portico_descriptors::run(portal, jobs, noun, |location| run.location(location))
}

#[cfg(test)]
mod tests;
