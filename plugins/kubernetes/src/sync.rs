//! One run: every cluster of the settings that the run is about, then what they come to together.
//!
//! Rule: a cluster costs no other. One that could not be read is said as such and stays as it was; the run fails if none could be read.

use std::collections::{BTreeMap, BTreeSet};

use portico_sdk::{Error, Result, Session, info, retain, run, unreadable, warn};

use crate::entities::Entities;
use crate::settings::{Settings, TOGETHER};
use crate::{cluster, sums};

/// Reads what the run is about.
pub(crate) fn run() -> Result<()> {
    let settings = Settings::read()?;
    retain(&settings.scopes())?;
    // Before any cluster is read: sums that a watch says from here on are of something later, and stand.
    let together = Session::full(TOGETHER)?;
    let entities = Entities::read(&settings.labels)?;
    if entities.count() == 0 {
        info!("the catalog has no component, resource or system that the plugin may read; workloads belong to none");
    }
    let scopes = run::scopes();
    let is_meant =
        |name: &str| scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|scope| scope == name || scope == TOGETHER));
    let (mut read, mut unread, mut failure) = (BTreeMap::new(), BTreeSet::new(), None);
    let count = settings.clusters.len() as u64;
    for (index, cluster) in settings.clusters.iter().enumerate() {
        if !is_meant(&cluster.name) {
            unread.insert(cluster.name.clone());
            continue;
        }
        run::progress(index as u64, Some(count), &cluster.name);
        match cluster::sync(&settings, cluster, &entities) {
            Ok(Some(parts)) => drop(read.insert(cluster.name.clone(), parts)),
            Ok(None) => drop(unread.insert(cluster.name.clone())),
            Err(error) => {
                warn!("{error}");
                unreadable(&cluster.name, &error.to_string())?;
                unread.insert(cluster.name.clone());
                failure = failure.max_of(error);
            }
        }
        if run::cancelled() {
            return Err(Error::Failed("the run was asked to stop; what was committed until then stands".into()));
        }
    }
    sums::commit(together, &read, &unread, &entities)?;
    match failure {
        Some(error) if read.is_empty() => Err(error),
        _ => Ok(()),
    }
}

/// Of several failures the one that has the next run begin latest.
trait Latest {
    fn max_of(self, error: Error) -> Option<Error>;
}

impl Latest for Option<Error> {
    fn max_of(self, error: Error) -> Option<Error> {
        let after = |error: &Error| match error {
            Error::Unavailable { retry_after, .. } => retry_after.unwrap_or_default(),
            _ => 0,
        };
        match self {
            Some(known) if after(&known) >= after(&error) => Some(known),
            _ => Some(error),
        }
    }
}

#[cfg(test)]
mod tests;
