//! One reading of one portal, which is a scope.
//!
//! Rule: what was not read as a whole removes nothing. As many entities have to come as the portal says that there are, before and after;
//! of a list that ended early nothing is committed, and of one that changed each time while it was read, or holds an entity without a
//! name, which may be any, nothing is removed. A catalog with nothing in it is never believed: a portal that has lost its data, or lets
//! the token see none, looks the same. That nothing passes the filter any more is believed an hour later.

use portico_sdk::model::{EntityRef, reference_of};
use portico_sdk::{Cause, Error, Problem, Result, Session, clock, current, info, warn};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::api::Api;
use crate::chain::Loop;
use crate::cursor::{self, Begun, Cursor};
use crate::follow::{self, Followed};
use crate::list::{List, PAGE};
use crate::moved::{Moved, Way};
use crate::settings::Portal;
use crate::tally::{Digest, Tally};
use crate::{instance, returned, zero};

/// How often a list is read that changes under the hand.
const TIMES: u32 = 3;

/// Pages of a first reading that are committed together, so that the next run goes on behind them if this one is cut short.
const PART: u32 = 10;

/// What is noted of one portal's entities that get the name of another, or have none.
const SOME: u64 = 100;

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
        let (mut is_short, mut has_nameless) = (false, false);
        for time in 1..=TIMES {
            // Of what changes each time, nothing is removed at last.
            let is_last = time == TIMES && !is_short;
            let is_sparing = is_last || has_nameless;
            let mut session = if is_sparing { Session::delta(name)? } else { Session::full(name)? };
            let (mut list, mut tally) = (List::new(self.api, &self.way.portal.asked()), Tally::new());
            while self.page(&mut list, &mut session, &mut tally)? {}
            if tally.nameless > 0 && !is_sparing {
                info!(
                    "{name}: {} of its entities have no name; it is read again, and nothing is removed",
                    tally.nameless
                );
                has_nameless = true;
                continue;
            }
            let now = self.api.count(&self.way.portal.asked())?;
            let is_whole = tally.count() == list.total() && now == list.total();
            if is_whole || is_last {
                let is_sure = is_whole && !is_last && has_nameless == (tally.nameless > 0);
                if !is_whole {
                    warn!(
                        "{name}: it changed each time while it was read, so that nothing is removed until the next run"
                    );
                }
                return self.commit_whole(session, &tally, is_whole, is_sure);
            }
            is_short = now == list.total() && tally.count() < now;
            info!("{name}: {} entities came, and it speaks of {now}; it is read again", tally.count());
        }
        Err(Error::Failed(format!(
            "{name}: it speaks of more entities than it lists, so that some may be missing; nothing is changed here. Look into the log \
             of its catalog"
        )))
    }

    /// Commits what was read at once. Only what is sure stands for the state of the portal.
    fn commit_whole(&self, session: Session, tally: &Tally, is_whole: bool, is_sure: bool) -> Result<()> {
        if is_whole {
            self.doubt(tally.count())?;
        }
        // Two entities that are one here cannot be told apart by what changes.
        let change = self.change.filter(|_| is_sure && tally.twice == 0);
        let whole = if is_sure { clock::now() } else { 0 };
        let digest = tally.digest().filter(|_| is_sure);
        let cursor = Cursor { settings: self.settings, digest, change, whole, begun: None };
        self.commit(session, &cursor, tally)
    }

    /// Notes how many were found. That there are none any more is not believed at once.
    fn doubt(&self, count: u64) -> Result<()> {
        let portal = self.way.portal;
        // What is read, whoever reads it.
        let Some(until) = zero::doubted(&portal.name, count, cursor::settings(portal, None, ""))? else {
            return Ok(());
        };
        let minutes = until.saturating_sub(clock::now()).div_ceil(60_000);
        Err(Error::Failed(format!(
            "{}: nothing of it passes the filter any more, which is not believed at once: nothing is removed here. Look whether the token \
             may still see what `filter` and `kinds` name; a run in {minutes} minutes or later takes it as said",
            portal.name
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
            self.doubt(list.read())?;
            if !more {
                info!("{name}: its first reading is done; the next run makes sure that nothing is missing");
                return Ok(());
            }
        }
    }

    /// Hands over the next page, and says whether there is one after it.
    fn page(&self, list: &mut List<'_>, session: &mut Session, tally: &mut Tally) -> Result<bool> {
        let more = list.next(|item| match self.came(item, tally)? {
            Came::New(there, entity) => hand_over(self.way, &there, entity, session, tally),
            Came::Nameless(entity) if tally.nameless <= SOME => session.report(&[nameless(self.way.portal, &entity)]),
            Came::Nameless(_) | Came::Known => Ok(()),
        })?;
        note_refusals(session, tally)?;
        if !more && tally.nameless > 0 && tally.nameless == tally.count() {
            return Err(self.api.odd("no entity that has a name"));
        }
        Ok(more)
    }

    /// Counts an entity.
    fn came(&self, item: &RawValue, tally: &mut Tally) -> Result<Came> {
        // One that nests deeper than anything is read is as if it had no name.
        let entity: Value = serde_json::from_str(item.get()).unwrap_or_else(|_| json!({}));
        if !entity.is_object() {
            return Err(self.api.odd("something that is no entity"));
        }
        let etag = entity["metadata"]["etag"].as_str();
        Ok(match reference_of(&entity) {
            Some(there) if tally.came(&there, etag) => Came::New(there, entity),
            Some(_) => Came::Known,
            None => {
                tally.came_nameless(etag);
                Came::Nameless(entity)
            }
        })
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

/// What came in a list.
enum Came {
    New(EntityRef, Value),
    /// It came before.
    Known,
    /// Nobody can say which one it is.
    Nameless(Value),
}

/// What there is to say of an entity without a name.
fn nameless(portal: &Portal, entity: &Value) -> Problem {
    let text = |value: &Value| value.as_str().map(|text| text.chars().take(80).collect::<String>());
    let kind = text(&entity["kind"]).unwrap_or_else(|| "?".into());
    let uid =
        text(&entity["metadata"]["uid"]).or_else(|| text(&entity["metadata"]["etag"])).unwrap_or_else(|| "?".into());
    let message = format!(
        "{}: an entity of the kind `{kind}` (`metadata.uid` {uid}) has no name by which it could be known, or cannot be read; it is left \
         out. As it may be any, nothing of this portal is removed until it has one: look for it there",
        portal.name
    );
    let problem = Problem::new(format!("without a name: {kind} {uid}"), message);
    Problem { cause: Cause::Refused, path: "/metadata/name".into(), ..problem }
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
            if tally.twice <= SOME {
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
