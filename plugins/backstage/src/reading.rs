//! One reading of one portal, which is a scope.
//!
//! Rule: what was not read as a whole removes nothing. As many entities have to come as the portal says that there are, before and after;
//! of a list that ended early nothing is committed, and of one that changed each time while it was read nothing is removed. A catalog
//! with nothing in it is never believed: a portal that has lost its data, or lets the token see none, looks the same.

use portico_sdk::model::{EntityRef, reference_of};
use portico_sdk::{Cause, Error, Problem, Result, Session, clock, current, info, warn};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::api::Api;
use crate::chain::Loop;
use crate::cursor::{self, Begun, Cursor};
use crate::follow::{self, Followed};
use crate::list::{List, PAGE};
use crate::moved::{Moved, Way};
use crate::settings::Portal;
use crate::tally::{Digest, Tally};
use crate::{instance, returned};

/// How often a list is read that changes under the hand.
const TIMES: u32 = 3;

/// Pages of a first reading that are committed together, so that the next run goes on behind them if this one is cut short.
const PART: u32 = 10;

/// What is noted of one portal's entities that get the name of another.
const TWICE: u64 = 100;

/// Refusals that are said in a run's log.
const SAID: u64 = 20;

/// Reads a portal, or finds out that it is as it was.
pub(crate) fn sync(portal: &Portal, own: &str) -> Result<()> {
    let api = Api::patient(portal);
    let other = instance::of(&api)?;
    if other.as_deref() == Some(own) {
        return Err(Error::Invalid(format!(
            "{}: this is the portal itself ({own}); take it out of `portals`. If it is another one that was made as a copy of \
             this, give each its own `instance` in the settings",
            portal.name
        )));
    }
    let way = Way { portal, excluded: portal.excluded(), other: other.as_deref(), own };
    let settings = cursor::settings(portal, other.as_deref(), own);
    Reading { api, way: &way, settings, change: follow::last(&api) }.go_on(Cursor::of(portal)?)
}

/// What a reading goes by.
struct Reading<'a> {
    api: Api<'a>,
    way: &'a Way<'a>,
    settings: u64,
    /// The last change of a Portico before it was read.
    change: Option<u64>,
}

impl Reading<'_> {
    fn go_on(&self, before: Option<Cursor>) -> Result<()> {
        let is_first = before.is_none();
        let before = before.filter(|before| before.settings == self.settings);
        if let Some(before) = before.as_ref().filter(|before| before.begun.is_none()) {
            match follow::follow(self.api, self.way, before, self.change)? {
                Followed::Current => return self.is_current(),
                Followed::Committed => return Ok(()),
                Followed::Unknown => {}
            }
        }
        let total = self.total()?;
        match before {
            Some(Cursor { begun: Some(begun), .. }) => self.begin(Some(begun)),
            Some(Cursor { digest: Some(digest), change, .. }) if self.is_as_it_was(digest, total)? => {
                // The commit changes nothing but the number of the last change.
                let change = change.and(self.change);
                let cursor =
                    Cursor { settings: self.settings, digest: Some(digest), change, whole: clock::now(), begun: None };
                Session::delta(&self.way.portal.name)?.commit(Some(&cursor.written()?))?;
                self.is_current()
            }
            None if is_first && total > PAGE * u64::from(PART) => self.begin(None),
            _ => self.whole(),
        }
    }

    fn is_current(&self) -> Result<()> {
        let name = &self.way.portal.name;
        info!("{name}: nothing has changed");
        current(name)
    }

    /// How many entities there are to read.
    fn total(&self) -> Result<u64> {
        let total = self.api.count(&self.way.portal.asked())?;
        if total == 0 && self.api.count(&[])? == 0 {
            return Err(Error::Failed(format!(
                "{}: it says that there is nothing at all in its catalog, which is not believed: nothing is removed here. \
                 Look whether it is well, and whether the token may read the catalog",
                self.way.portal.name
            )));
        }
        Ok(total)
    }

    /// Whether a portal is in the state that was read last. Asked for are the states of its entities alone.
    fn is_as_it_was(&self, digest: Digest, total: u64) -> Result<bool> {
        if digest.count != total {
            return Ok(false);
        }
        let fields = "kind,metadata.namespace,metadata.name,metadata.etag";
        let mut list = List::new(self.api, &self.way.portal.asked()).fields(fields);
        let mut tally = Tally::new();
        while list.next(|item| self.came(item, &mut tally).map(drop))? {}
        Ok(tally.digest() == Some(digest))
    }

    /// Reads everything, and removes what is gone.
    fn whole(&self) -> Result<()> {
        let name = &self.way.portal.name;
        let mut is_short = false;
        for time in 1..=TIMES {
            // Of what changes each time, nothing is removed at last.
            let is_last = time == TIMES && !is_short;
            let mut session = if is_last { Session::delta(name)? } else { Session::full(name)? };
            let (mut list, mut tally) = (List::new(self.api, &self.way.portal.asked()), Tally::new());
            while self.page(&mut list, &mut session, &mut tally)? {}
            let now = self.api.count(&self.way.portal.asked())?;
            let is_whole = tally.count() == list.total() && now == list.total();
            if is_whole || is_last {
                let digest = tally.digest().filter(|_| is_whole && !is_last);
                let whole = if is_whole && !is_last { clock::now() } else { 0 };
                // Two entities that are one here cannot be told apart by what changes.
                let change = self.change.filter(|_| whole > 0 && tally.twice == 0);
                let cursor = Cursor { settings: self.settings, digest, change, whole, begun: None };
                if !is_whole {
                    warn!(
                        "{name}: it changed each time while it was read, so that nothing is removed until the next run"
                    );
                }
                return self.commit(session, &cursor, &tally);
            }
            is_short = now == list.total() && tally.count() < now;
            info!("{name}: {} entities came, and it speaks of {now}; it is read again", tally.count());
        }
        Err(Error::Failed(format!(
            "{name}: it speaks of more entities than it lists, so that some may be missing; nothing is changed here. Look into the log \
             of its catalog"
        )))
    }

    /// The first reading of a large portal, in parts, each visible once it was read. None removes anything: the next run reads
    /// everything, and does.
    fn begin(&self, begun: Option<Begun>) -> Result<()> {
        let name = &self.way.portal.name;
        let mut list = List::new(self.api, &self.way.portal.asked());
        if let Some(Begun { place, read }) = &begun {
            info!("{name}: goes on behind the first {read} entities");
            list = list.from(place, *read);
        }
        loop {
            let (mut session, mut tally) = (Session::delta(name)?, Tally::new());
            let mut more = true;
            for _ in 0..PART {
                more = match self.page(&mut list, &mut session, &mut tally) {
                    Err(Error::Invalid(said)) if begun.is_some() => {
                        warn!("{said}; it is read from the beginning");
                        drop(session);
                        return self.whole();
                    }
                    more => more?,
                };
                if !more {
                    break;
                }
            }
            let begun = list.place().map(|place| Begun { place: place.to_owned(), read: list.read() });
            self.commit(session, &Cursor { settings: self.settings, begun, ..Cursor::default() }, &tally)?;
            if !more {
                info!("{name}: its first reading is done; the next run makes sure that nothing is missing");
                return Ok(());
            }
        }
    }

    /// Hands over the next page, and says whether there is one after it.
    fn page(&self, list: &mut List<'_>, session: &mut Session, tally: &mut Tally) -> Result<bool> {
        let more = list.next(|item| {
            let Some((there, entity)) = self.came(item, tally)? else { return Ok(()) };
            hand_over(self.way, &there, entity, session, tally)
        })?;
        note_refusals(session, tally)?;
        Ok(more)
    }

    /// Counts an entity; none if it came before. One without a name is a sign that this is no catalog.
    fn came(&self, item: &RawValue, tally: &mut Tally) -> Result<Option<(EntityRef, Value)>> {
        let entity: Value = serde_json::from_str(item.get())?;
        let there = reference_of(&entity).ok_or_else(|| self.api.odd("something that is no entity"))?;
        let etag = entity["metadata"]["etag"].as_str();
        Ok(tally.came(&there, etag).then_some((there, entity)))
    }

    fn commit(&self, session: Session, cursor: &Cursor, tally: &Tally) -> Result<()> {
        let summary = session.commit(Some(&cursor.written()?))?;
        info!(
            "{}: {} entities are here: {} are new, {} changed, {} are gone{}",
            self.way.portal.name,
            tally.put,
            summary.added,
            summary.updated,
            summary.removed,
            tally.left_out()
        );
        Ok(())
    }
}

/// Puts an entity into a session, or counts why not.
pub(crate) fn hand_over(
    way: &Way<'_>,
    there: &EntityRef,
    entity: Value,
    session: &mut Session,
    tally: &mut Tally,
) -> Result<()> {
    if returned::is_ours(&entity)? {
        tally.went_back(Loop::Own);
        return Ok(());
    }
    match way.moved(there, entity) {
        Moved::Unwanted => tally.unwanted += 1,
        Moved::Back(which) => tally.went_back(which),
        Moved::Here(here, put) if tally.is_new(&here) => {
            tally.put += 1;
            let advice = |error: Error| match error {
                Error::Invalid(said) => Error::Invalid(format!(
                    "{}: {said}. Where most of a kind are refused, leave it out with `kinds` or `exclude`",
                    way.portal.name
                )),
                error => error,
            };
            session.put_document(put).map_err(advice)?;
        }
        Moved::Here(here, _) => {
            tally.twice += 1;
            if tally.twice <= TWICE {
                let message = format!(
                    "{there} would be {here} here, as another one is already; map their namespaces to different ones under \
                     `namespace` in the settings"
                );
                let problem =
                    Problem { cause: Cause::Refused, entity: Some(here), ..Problem::new(there.as_str(), message) };
                session.report(&[problem])?;
            }
        }
    }
    Ok(())
}

/// Counts what this portal refuses. It keeps each as a problem besides.
pub(crate) fn note_refusals(session: &mut Session, tally: &mut Tally) -> Result<()> {
    for refusal in session.rejections()? {
        tally.refused += 1;
        tally.put = tally.put.saturating_sub(1);
        if tally.refused <= SAID {
            warn!("{} is refused here: {}", refusal.origin.file, refusal.reason);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
