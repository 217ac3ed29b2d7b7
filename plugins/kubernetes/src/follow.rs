//! Following clusters: what changes in one is in the catalog within seconds.
//!
//! A cluster is listed once, and from the moments of its lists on each of them is watched. Events go into the model; some of them together
//! make another view, and the difference is committed. A watch that breaks goes on from where it stood, one that fell behind has its
//! list read again, and a cluster that cannot be reached is tried again later and later. The sync every few minutes reads all of it anew,
//! with what only it reads, and takes away what went while nobody looked. Entities that say otherwise whose workloads are theirs have the same
//! view made anew.
//!
//! Rule: what is committed is what a sync would commit: the same view of the same model. One cluster holds up no other.

mod followed;
mod pace;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use portico_sdk::http::stream::{self, Stream};
use portico_sdk::{Result, clock, run, warn};

use crate::entities::Entities;
use crate::settings::{Cluster, Settings};
use crate::view::Parts;
use crate::{reading, subscriber, sums};
use followed::Followed;
use pace::Pace;

/// Answers that may be open at once, as the contract has it.
pub(crate) const STREAMS: usize = 224;

/// How long is waited for something to happen.
const WAIT: Duration = Duration::from_secs(1);

/// Milliseconds after which it is looked anew whose workloads are, once something changed.
const ENTITIES: u64 = 60_000;

/// Milliseconds after which it is looked whether entities changed.
const ASKED: u64 = 1_000;

/// To look whose workloads are costs time, so many times over it is left to others.
const SHARE: u64 = 40;

/// Which clusters are followed: as many as there may be watches for, in their order. A cluster is followed whole or not at all, since
/// facts that are half of now and half of minutes ago are true of no time.
pub(crate) struct Plan<'a> {
    pub followed: Vec<&'a Cluster>,
    /// The others, which are read every few minutes, with how many watches each would take.
    pub others: Vec<(&'a Cluster, usize)>,
}

impl<'a> Plan<'a> {
    pub(crate) fn of(settings: &'a Settings) -> Plan<'a> {
        let (mut plan, mut left) = (Plan { followed: Vec::new(), others: Vec::new() }, STREAMS);
        for cluster in &settings.clusters {
            let wanted = reading::watches(settings, &cluster.namespaces);
            match left.checked_sub(wanted) {
                Some(rest) => {
                    left = rest;
                    plan.followed.push(cluster);
                }
                None => plan.others.push((cluster, wanted)),
            }
        }
        plan
    }
}

/// Follows the clusters of the settings, until it is asked to end.
pub(crate) fn run() -> Result<()> {
    let settings = Settings::read()?;
    let mut following = Following::begin(&settings)?;
    while !run::cancelled() {
        following.step()?;
    }
    Ok(())
}

/// The same for a few steps, with what is asked in them.
#[cfg(test)]
pub(crate) fn some_steps() -> Result<()> {
    let settings = Settings::read()?;
    let mut following = Following::begin(&settings)?;
    (0..3).try_for_each(|_| following.step())
}

struct Following<'a> {
    settings: &'a Settings,
    clusters: Vec<Followed<'a>>,
    entities: Entities,
    /// When it was looked whose workloads are, and how long that took.
    looked: u64,
    took: u64,
    /// The last change of entities that is known, and when that was asked for.
    changed: Option<u64>,
    asked: u64,
    pace: Pace,
}

impl<'a> Following<'a> {
    fn begin(settings: &'a Settings) -> Result<Following<'a>> {
        let changed = subscriber::changed()?;
        let begun = clock::now();
        let entities = Entities::read(&settings.labels)?;
        let now = clock::now();
        let plan = Plan::of(settings);
        for (cluster, wanted) in &plan.others {
            warn!(
                "{}: it takes {wanted} watches, and fewer of {STREAMS} are left; the cluster is read every few minutes and not followed",
                cluster.name
            );
        }
        let clusters = plan.followed.into_iter().map(Followed::new).collect();
        let (took, pace) = (now.saturating_sub(begun), Pace::new(now));
        Ok(Following { settings, clusters, entities, looked: now, took, changed, asked: now, pace })
    }

    /// Waits until something happens, and does what follows from it.
    fn step(&mut self) -> Result<()> {
        for cluster in &mut self.clusters {
            cluster.keep_up(self.settings);
        }
        self.read();
        self.ask()?;
        if self.pace.allows(clock::now()) && self.clusters.iter().any(Followed::is_due) {
            if clock::now().saturating_sub(self.looked) >= ENTITIES {
                self.look()?;
            }
            self.commit()?;
        }
        Ok(())
    }

    /// Looks anew whose workloads are, if entities changed.
    fn ask(&mut self) -> Result<()> {
        let now = clock::now();
        let pause = (self.took * SHARE).clamp(ASKED, ENTITIES);
        if now.saturating_sub(self.asked) < ASKED || now.saturating_sub(self.looked) < pause {
            return Ok(());
        }
        self.asked = now;
        let changed = subscriber::changed()?;
        if changed != self.changed {
            self.changed = changed;
            self.look()?;
            self.clusters.iter_mut().for_each(Followed::look_again);
        }
        Ok(())
    }

    fn look(&mut self) -> Result<()> {
        let begun = clock::now();
        self.entities = Entities::read(&self.settings.labels)?;
        self.looked = clock::now();
        self.took = self.looked.saturating_sub(begun);
        self.clusters.iter_mut().for_each(Followed::has_other_entities);
        Ok(())
    }

    /// Takes what has come in.
    fn read(&mut self) {
        let places = self.clusters.iter().enumerate();
        let places = places.flat_map(|(at, cluster)| cluster.open().map(move |(watch, _)| (at, watch)));
        let places: Vec<(usize, usize)> = places.collect();
        let streams: Vec<&Stream> =
            self.clusters.iter().flat_map(|cluster| cluster.open().map(|(_, stream)| stream)).collect();
        if streams.is_empty() {
            return clock::pause(WAIT);
        }
        let ready = stream::ready(&streams, WAIT);
        for place in ready {
            if let Some((cluster, watch)) = places.get(place) {
                self.clusters[*cluster].take(*watch);
            }
        }
    }

    /// Commits what changed, cluster by cluster, and what it comes to in all of them.
    fn commit(&mut self) -> Result<()> {
        let mut changed = BTreeSet::new();
        for cluster in self.clusters.iter_mut().filter(|cluster| cluster.is_due()) {
            changed.extend(cluster.commit(&self.entities, &mut self.pace)?);
        }
        let known = self.clusters.iter().filter_map(|cluster| Some((cluster.name(), cluster.parts()?)));
        let known: BTreeMap<&str, &Parts> = known.collect();
        let others = self.settings.clusters.iter().map(|cluster| cluster.name.as_str());
        let others: Vec<&str> = others.filter(|name| !known.contains_key(name)).collect();
        sums::change(&changed, &known, &others, &self.entities)
    }
}

#[cfg(test)]
mod tests;
