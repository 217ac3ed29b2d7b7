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
use crate::sort::{Purpose, Sort};
use crate::view::{Parts, View};
use crate::watch::{Changes, ENDS_AFTER, Told, Waiting, Watch};

use super::pace::{self, Pace};

/// Milliseconds until what failed is tried again: the first time, and at most.
const SOON: u64 = 1_000;
const LATE: u64 = 120_000;

/// Milliseconds after which a watch that ended has gone well.
const WELL: u64 = 10_000;

/// Milliseconds after which a watch has to have ended: the server ends it earlier, unless nothing comes from there any more.
const OVERDUE: u64 = (ENDS_AFTER as u64 + 60) * 1_000;

/// Failures of a server in a row, after which its list is read again: one that was restored from a backup has nothing to say from where
/// the watch stands.
const IN_A_ROW: u32 = 3;

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
    /// What mappings are to be handed.
    waiting: Waiting,
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
    /// Whether the server said that it breaks it off.
    is_broken_off: bool,
    again: Again,
}

/// What became of a watch that was to be opened.
enum Begun {
    /// The server answered something.
    Answered,
    /// It cannot be reached.
    Away,
    /// The portal may have no more connections.
    WithoutRoom,
}

/// When something that failed is tried again.
#[derive(Clone, Copy, Default)]
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

    /// The answers that are open and listened to, with the places of their watches.
    pub(super) fn open(&self) -> impl Iterator<Item = (usize, &Stream)> {
        let is_full = self.known.as_ref().is_some_and(|known| known.waiting.is_full());
        let watches = self.known.iter().flat_map(|known| known.watches.iter().enumerate());
        let heard = watches.filter(move |(_, open)| !is_full || open.watch.purpose().mappings.is_none());
        heard.filter_map(|(place, open)| Some((place, open.stream.as_ref()?)))
    }

    /// Whether something is to be committed, and it is time.
    pub(super) fn is_due(&self) -> bool {
        let has_something = |known: &&Known| known.has_changed || !known.waiting.is_empty();
        self.known.as_ref().filter(has_something).is_some_and(|known| clock::now() >= known.next)
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
        let (mut is_away, mut has_room) = (false, true);
        for open in self.known.iter_mut().flat_map(|known| &mut known.watches) {
            if clock::now().saturating_sub(open.since) >= OVERDUE {
                open.stream = None;
            }
            if open.stream.is_some() || !open.again.is_time() {
                continue;
            }
            // Each try of a server that cannot be reached takes seconds, in which nobody else is followed.
            if is_away {
                open.again.failed();
                continue;
            }
            match open.begin(api) {
                Begun::Answered => {}
                Begun::Away => is_away = true,
                Begun::WithoutRoom => has_room = false,
            }
        }
        if !has_room {
            // Half of it would be of now and half of then.
            self.known = None;
            return self.again.failed();
        }
        self.list_again(api, settings);
    }

    /// Takes what has come in of one watch.
    pub(super) fn take(&mut self, place: usize) {
        let name = &self.cluster.name;
        if let Some(Known { watches, model, waiting, has_changed, .. }) = &mut self.known
            && let Some(open) = watches.get_mut(place)
        {
            *has_changed |= open.take(name, model, waiting);
        }
    }

    /// Reads the lists again whose watches fell behind.
    fn list_again(&mut self, api: Api<'_>, settings: &Settings) {
        let Some(known) = &mut self.known else { return };
        let behind = known.watches.iter().filter(|open| open.watch.is_behind());
        let purposes: BTreeSet<Purpose> = behind.map(|open| open.watch.purpose().clone()).collect();
        for purpose in purposes {
            info!(
                "{}: what happened to its {} is not to be had any more; they are listed again",
                self.cluster.name,
                purpose.name()
            );
            if known.list_again(api, settings, &purpose).is_none() {
                // Half a list is none: everything is read again from the beginning.
                self.known = None;
                return self.again.failed();
            }
        }
    }

    /// Says what changed. Answers whom it is about.
    pub(super) fn commit(&mut self, entities: &Entities, pace: &mut Pace) -> Result<BTreeSet<EntityRef>> {
        let Some(known) = &mut self.known else { return Ok(BTreeSet::new()) };
        let begun = clock::now();
        let after = if known.has_changed { Some(known.seen(self.cluster, entities)?) } else { None };
        let changes = after.as_ref().map(|after| Changes::between(&known.view, after)).unwrap_or_default();
        let looked = clock::now();
        pace.spend(looked, looked.saturating_sub(begun));
        let about: BTreeSet<EntityRef> = changes
            .attached
            .iter()
            .map(|(entity, _)| (*entity).clone())
            .chain(changes.detached.iter().cloned())
            .collect();
        if !changes.are_none() || !known.waiting.is_empty() {
            let mut session = Session::delta(&self.cluster.name)?;
            changes.say(&self.cluster.name, &mut session)?;
            known.waiting.say(&mut session)?;
            session.report(&known.problems)?;
            session.commit(None)?;
            debug!(
                "{}: {} entities have other facts, {} workloads changed",
                self.cluster.name,
                about.len(),
                changes.pushed.len()
            );
        }
        if let Some(after) = after {
            known.view = after;
        }
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
            waiting: Waiting::of(&api.cluster.name),
            problems,
            has_changed: true,
            has_other_entities: false,
            next: 0,
        })
    }

    /// Reads a list again whose watch fell behind; none if it cannot be read.
    fn list_again(&mut self, api: Api<'_>, settings: &Settings, purpose: &Purpose) -> Option<()> {
        let mut reading = Reading::default();
        match (purpose.facts, &purpose.mappings) {
            (Some(sort), _) => {
                reading.list(api, sort, &mut self.model).ok()?;
                self.has_changed = true;
            }
            (None, Some(object)) => reading.moments_of(api, settings, object).ok()?,
            (None, None) => {}
        }
        // One that fails for ever is not listed for ever at once.
        let before = self.watches.iter().find(|open| open.watch.purpose() == purpose && open.watch.is_behind());
        let again = before.map(|open| open.again).unwrap_or_default();
        self.watches.retain(|open| open.watch.purpose() != purpose);
        self.watches.extend(watches(&reading).map(|open| Open { again, ..open }));
        Some(())
    }

    /// The view after this one.
    fn seen(&mut self, cluster: &Cluster, entities: &Entities) -> Result<View> {
        let mut touched = self.model.touched();
        touched.all |= std::mem::take(&mut self.has_other_entities);
        let after = self.view.next(cluster, &self.model, entities, &touched)?;
        self.view.forget(&touched, &after);
        Ok(after)
    }
}

fn watches(reading: &Reading) -> impl Iterator<Item = Open> {
    // Replica sets only tell whose pods are, and there are very many of them.
    let moments = reading.moments.iter().filter(|(purpose, ..)| purpose.facts != Some(Sort::ReplicaSets));
    moments.map(|(purpose, path, moment)| Open {
        watch: Watch::from(purpose.clone(), path, moment),
        stream: None,
        lines: Lines::default(),
        since: 0,
        has_brought: false,
        is_broken_off: false,
        again: Again::default(),
    })
}

impl Open {
    fn begin(&mut self, api: Api<'_>) -> Begun {
        let request =
            http::get(format!("{}{}", api.cluster.server, self.watch.path())).header("accept", "application/json");
        match request.open() {
            Ok(stream) if stream.status() == 200 => {
                self.lines = Lines::default();
                self.since = clock::now();
                self.has_brought = false;
                self.is_broken_off = false;
                self.stream = Some(stream);
            }
            Ok(stream) if stream.status() == 410 => self.watch.fell_behind(),
            Ok(stream) => {
                let (name, status) = (&api.cluster.name, stream.status());
                self.failed(&format!("{name}: the API server answered {status} to a watch"));
                if status >= 500 {
                    self.broken_off();
                }
            }
            Err(error) => {
                let begun = match &error {
                    Error::Unavailable { .. } => Begun::Away,
                    Error::Invalid(_) => Begun::WithoutRoom,
                    _ => Begun::Answered,
                };
                self.failed(&error.context(&api.cluster.name).to_string());
                return begun;
            }
        }
        Begun::Answered
    }

    fn failed(&mut self, why: &str) {
        if self.again.failures == 0 {
            warn!("{why}; it is tried again");
        }
        self.again.failed();
    }

    /// A server that can be asked does not go on from where the watch stands: it may never.
    fn broken_off(&mut self) {
        if self.again.failures >= IN_A_ROW {
            self.watch.fell_behind();
        }
    }

    /// Whether the model is another.
    fn take(&mut self, cluster: &str, model: &mut Model, waiting: &mut Waiting) -> bool {
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
            let told = self.watch.take(model, waiting, &line);
            self.has_brought |= !matches!(told, Told::BrokenOff(_));
            match told {
                Told::Changed => has_changed |= self.watch.purpose().facts.is_some(),
                Told::Still | Told::ListAgain => {}
                Told::Unreadable(why) => warn!("{cluster}: {why}"),
                Told::BrokenOff(why) => {
                    warn!("{cluster}: {why}");
                    self.is_broken_off = true;
                }
            }
        }
        if is_over {
            self.stream = None;
            self.ended();
            if self.is_broken_off {
                self.broken_off();
            }
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
