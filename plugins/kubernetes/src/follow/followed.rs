//! One cluster that is followed.

use std::collections::BTreeSet;

use portico_sdk::http::stream::{Lines, Stream};
use portico_sdk::model::EntityRef;
use portico_sdk::{Error, Problem, Result, Session, clock, debug, http, info, warn};

use crate::api::Api;
use crate::cluster::Lost;
use crate::entities::Entities;
use crate::model::Model;
use crate::reading::Reading;
use crate::settings::{Cluster, Settings};
use crate::sort::Sort;
use crate::view::{Parts, View};
use crate::watch::{Changes, ENDS_AFTER, Told, Watch};

use super::pace::{self, Pace};

/// Milliseconds until what failed is tried again: the first time, and at most.
const SOON: u64 = 1_000;
const LATE: u64 = 120_000;

/// Milliseconds after which a watch that ended has gone well.
const WELL: u64 = 10_000;

/// Milliseconds after which a watch has to have ended: the server ends it earlier, unless nothing comes from there any more.
const OVERDUE: u64 = (ENDS_AFTER as u64 + 60) * 1_000;

/// How a cluster is followed.
pub(super) struct Followed<'a> {
    cluster: &'a Cluster,
    /// What is known; none until its lists were read.
    known: Option<Known>,
    /// When it is tried again.
    again: Again,
}

struct Known {
    model: Model,
    /// What the catalog was told.
    view: View,
    watches: Vec<Open>,
    problems: Vec<Problem>,
    has_changed: bool,
    /// Whether the view was made by other entities than there are now.
    has_other_entities: bool,
    /// When the next commit may be.
    next: u64,
}

/// A list that is watched.
struct Open {
    watch: Watch,
    stream: Option<Stream>,
    lines: Lines,
    /// When it was opened.
    since: u64,
    /// Whether anything came since then.
    has_brought: bool,
    again: Again,
}

/// When something that failed is tried again.
#[derive(Default)]
struct Again {
    at: u64,
    failures: u32,
}

impl Again {
    fn is_time(&self) -> bool {
        clock::now() >= self.at
    }

    fn failed(&mut self) {
        let pause = (SOON << self.failures.min(16)).min(LATE);
        self.failures += 1;
        self.at = clock::now() + pause;
    }
}

impl<'a> Followed<'a> {
    pub(super) fn new(cluster: &'a Cluster) -> Followed<'a> {
        Followed { cluster, known: None, again: Again::default() }
    }

    pub(super) fn name(&self) -> &'a str {
        &self.cluster.name
    }

    /// What entities have in it, as the catalog was told.
    pub(super) fn parts(&self) -> Option<&Parts> {
        self.known.as_ref().map(|known| &known.view.parts)
    }

    /// The answers that are open, with the places of their watches.
    pub(super) fn open(&self) -> impl Iterator<Item = (usize, &Stream)> {
        let watches = self.known.iter().flat_map(|known| known.watches.iter().enumerate());
        watches.filter_map(|(place, open)| Some((place, open.stream.as_ref()?)))
    }

    /// Whether something is to be committed, and it is time.
    pub(super) fn is_due(&self) -> bool {
        self.known.as_ref().is_some_and(|known| known.has_changed && clock::now() >= known.next)
    }

    /// What entities have in it may be other than the catalog was told.
    pub(super) fn look_again(&mut self) {
        if let Some(known) = &mut self.known {
            known.has_changed = true;
        }
    }

    /// There are other entities than those that its view was made by.
    pub(super) fn has_other_entities(&mut self) {
        if let Some(known) = &mut self.known {
            known.has_other_entities = true;
        }
    }

    /// Reads its lists if they were not, and opens the watches that are not.
    pub(super) fn keep_up(&mut self, settings: &Settings) {
        let api = Api { cluster: self.cluster };
        if self.known.is_none() && self.again.is_time() {
            match Known::begin(api, settings) {
                Ok(known) => {
                    info!("{}: it is followed from now on", self.cluster.name);
                    self.known = Some(known);
                    self.again = Again::default();
                }
                Err(error) => {
                    if self.again.failures == 0 {
                        warn!("{error}; it is tried again");
                    }
                    self.again.failed();
                }
            }
        }
        let watches = self.known.iter_mut().flat_map(|known| &mut known.watches);
        for open in watches {
            if clock::now().saturating_sub(open.since) >= OVERDUE {
                open.stream = None;
            }
            if open.stream.is_none() && open.again.is_time() {
                open.begin(api);
            }
        }
        self.list_again(api);
    }

    /// Takes what has come in of one watch.
    pub(super) fn take(&mut self, place: usize) {
        let name = &self.cluster.name;
        if let Some(Known { watches, model, has_changed, .. }) = &mut self.known
            && let Some(open) = watches.get_mut(place)
        {
            *has_changed |= open.take(name, model);
        }
    }

    /// Reads the lists again whose watches fell behind.
    fn list_again(&mut self, api: Api<'_>) {
        let Some(known) = &mut self.known else { return };
        let sorts: BTreeSet<Sort> =
            known.watches.iter().filter(|open| open.is_behind()).map(|open| open.watch.sort()).collect();
        for sort in sorts {
            info!(
                "{}: what happened to its {} is not to be had any more; they are listed again",
                self.cluster.name,
                sort.plural()
            );
            let mut reading = Reading::default();
            match reading.list(api, sort, &mut known.model) {
                Ok(()) => {
                    known.watches.retain(|open| open.watch.sort() != sort);
                    known.watches.extend(watches(&reading));
                    known.has_changed = true;
                }
                // Half a list is none: everything is read again from the beginning.
                Err(_) => {
                    self.known = None;
                    return self.again.failed();
                }
            }
        }
    }

    /// Says what changed. Answers whom it is about.
    pub(super) fn commit(&mut self, entities: &Entities, pace: &mut Pace) -> Result<BTreeSet<EntityRef>> {
        let Some(known) = &mut self.known else { return Ok(BTreeSet::new()) };
        let begun = clock::now();
        let mut touched = known.model.touched();
        touched.all |= std::mem::take(&mut known.has_other_entities);
        let view = known.view.next(self.cluster, &known.model, entities, &touched)?;
        known.view.forget(&touched, &view);
        let changes = Changes::between(&known.view, &view);
        let looked = clock::now();
        pace.spend(looked, looked.saturating_sub(begun));
        let about: BTreeSet<EntityRef> = changes
            .attached
            .iter()
            .map(|(entity, _)| (*entity).clone())
            .chain(changes.detached.iter().cloned())
            .collect();
        if !changes.are_none() {
            let mut session = Session::delta(&self.cluster.name)?;
            changes.say(&self.cluster.name, &mut session)?;
            session.report(&known.problems)?;
            session.commit(None)?;
            debug!(
                "{}: {} entities have other facts, {} workloads changed",
                self.cluster.name,
                about.len(),
                changes.pushed.len()
            );
        }
        known.view = view;
        known.has_changed = false;
        known.next = pace::next(clock::now(), clock::now().saturating_sub(begun));
        Ok(about)
    }
}

impl Known {
    fn begin(api: Api<'_>, settings: &Settings) -> Result<Known> {
        let mut reading = Reading::default();
        let mut model = reading.model(api, settings)?;
        model.remember();
        // Their problems stand beside those that are said here: a commit says all of a scope's.
        reading.besides(api, settings)?;
        if Lost::of(settings, api.cluster, &reading)?.spoils_facts() {
            return Err(Error::Denied(format!(
                "{}: objects that were read before cannot be read now, so that the cluster is not followed",
                api.cluster.name
            )));
        }
        let (watches, problems) = (watches(&reading).collect(), reading.said(&api.cluster.name));
        Ok(Known {
            model,
            view: View::default(),
            watches,
            problems,
            has_changed: true,
            has_other_entities: false,
            next: 0,
        })
    }
}

fn watches(reading: &Reading) -> impl Iterator<Item = Open> {
    // Replica sets only tell whose pods are, and there are very many of them.
    let moments = reading.moments.iter().filter(|(sort, ..)| *sort != Sort::ReplicaSets);
    moments.map(|(sort, path, moment)| Open {
        watch: Watch::from(*sort, path, moment),
        stream: None,
        lines: Lines::default(),
        since: 0,
        has_brought: false,
        again: Again::default(),
    })
}

impl Open {
    fn is_behind(&self) -> bool {
        self.watch.is_behind()
    }

    fn begin(&mut self, api: Api<'_>) {
        let request =
            http::get(format!("{}{}", api.cluster.server, self.watch.path())).header("accept", "application/json");
        match request.open() {
            Ok(stream) if stream.status() == 200 => {
                self.lines = Lines::default();
                self.since = clock::now();
                self.has_brought = false;
                self.stream = Some(stream);
            }
            Ok(stream) if stream.status() == 410 => self.watch.fell_behind(),
            Ok(stream) => {
                self.failed(&format!("{}: the API server answered {} to a watch", api.cluster.name, stream.status()))
            }
            Err(error) => self.failed(&error.context(&api.cluster.name).to_string()),
        }
    }

    fn failed(&mut self, why: &str) {
        if self.again.failures == 0 {
            warn!("{why}; it is tried again");
        }
        self.again.failed();
    }

    /// Whether the model is another.
    fn take(&mut self, cluster: &str, model: &mut Model) -> bool {
        let Some(stream) = &mut self.stream else { return false };
        let read = stream.read();
        let is_cut = read.is_err();
        let lines = read.ok().map(|bytes| self.lines.take(&bytes)).transpose();
        let is_over = stream.is_over() || is_cut || lines.is_err();
        if let Err(error) = &lines {
            // It would be the same from where the watch stands, for ever; a list takes larger ones.
            warn!("{cluster}: {error}; the list is read again");
            self.watch.fell_behind();
        }
        let mut has_changed = false;
        for line in lines.ok().flatten().unwrap_or_default() {
            self.has_brought = true;
            match self.watch.take(model, &line) {
                Told::Changed => has_changed = true,
                Told::Still | Told::ListAgain => {}
                Told::Unreadable(why) => warn!("{cluster}: {why}"),
            }
        }
        if is_over {
            self.stream = None;
            self.ended();
        }
        has_changed
    }

    /// A server ends watches from time to time, above all those that cannot keep up with what it says. One that ends each at once, with
    /// nothing said, is asked more and more seldom.
    fn ended(&mut self) {
        let went_well = clock::now().saturating_sub(self.since) >= WELL;
        if went_well || self.has_brought {
            self.again = Again::default();
        }
        if !went_well {
            self.again.failed();
        }
    }
}
