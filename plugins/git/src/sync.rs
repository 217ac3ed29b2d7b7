//! One run: every repository of the settings, then every location that the plugin reads. Each is a scope.

use std::collections::BTreeSet;

use portico_descriptors::Noun;
use portico_sdk::Result;
use portico_sdk::locations::Location;

use crate::repositories::Repositories;
use crate::scope::Run;
use crate::settings::{Repository, Settings};

/// A scope to be read.
enum Job<'a> {
    Repository(&'a Repository),
    Location(&'a Location),
}

/// Reads what the run is about.
pub(crate) fn run<P: Repositories>(portal: &P, settings: &Settings) -> Result<()> {
    let own = portal.locations()?;
    let locations: BTreeSet<String> =
        own.iter().map(|location| location.scope.clone()).chain(portal.others()?).collect();
    let run = Run { portal, settings, locations: &locations };
    let repositories = settings.repositories.iter().map(|repository| (repository.scope(), Job::Repository(repository)));
    let jobs = repositories.chain(own.iter().map(|location| (location.scope.clone(), Job::Location(location))));
    let noun = Noun { one: "repository", many: "repositories" };
    portico_descriptors::run(portal, jobs.collect(), noun, |job| match job {
        Job::Repository(repository) => run.repository(repository),
        Job::Location(location) => run.location(location),
    })
}

#[cfg(test)]
mod tests;
