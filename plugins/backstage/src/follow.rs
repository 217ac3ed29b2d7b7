//! Following another Portico by its log of changes: one request while nothing changes, and what has changed alone when something does.
//!
//! Rule: it stands for a reading only as long as nothing speaks against it. Once an hour, where changes are missing, where many entities
//! are gone, and with a Backstage, which has no such log, the portal is read as a whole: only that is guarded against losing much at
//! once.

use std::collections::BTreeSet;

use portico_sdk::model::EntityRef;
use portico_sdk::{Error, Result, Session, clock, info};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::Api;
use crate::cursor::Cursor;
use crate::moved::Way;
use crate::reading::{hand_over, note_refusals};
use crate::tally::Tally;

/// The log of changes.
const CHANGES: &str = "/api/portico/changes";

/// Behind every change.
const END: u64 = (1 << 53) - 1;

/// Changes that are followed one by one; reading everything costs no more than many.
const MOST: u64 = 2_000;

/// Entities that are asked for at once.
const AT_ONCE: usize = 200;

/// Entities that are taken for gone without a look at the whole.
const GONE: usize = 20;

/// How long changes alone are followed.
const HOUR: u64 = 60 * 60 * 1_000;

/// What following came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// Nothing has changed.
    Current,
    /// What has changed is committed.
    Committed,
    /// It cannot be said; the portal has to be read.
    Unknown,
}

#[derive(Deserialize)]
struct Changes {
    items: Vec<Change>,
    first: u64,
    last: u64,
}

#[derive(Deserialize)]
struct Change {
    #[serde(rename = "entityRef")]
    entity: String,
}

/// The number of the last change; none if it is no Portico, or does not let itself be asked.
pub(crate) fn last(api: &Api<'_>) -> Option<u64> {
    let answer =
        api.send(CHANGES, &[("after", &END.to_string()), ("limit", "1")]).and_then(|answer| answer.ok()).ok()?;
    // The log of a portal that has forgotten all of it says nothing.
    answer.json::<Changes>().ok().map(|changes| changes.last).filter(|last| *last > 0)
}

/// Brings the scope from where `before` stands to where the portal is.
pub(crate) fn follow(api: Api<'_>, way: &Way<'_>, before: &Cursor, last: Option<u64>) -> Result<Followed> {
    let (Some(from), Some(last)) = (before.change, last) else { return Ok(Followed::Unknown) };
    if last < from || last - from > MOST || clock::now().saturating_sub(before.whole) > HOUR {
        return Ok(Followed::Unknown);
    }
    if last == from {
        return Ok(Followed::Current);
    }
    let Some((changed, last)) = changed(&api, from)? else { return Ok(Followed::Unknown) };
    let changed: Vec<EntityRef> = changed.into_iter().collect();
    let mut delta = Delta { way, session: Session::delta(&way.portal.name)?, tally: Tally::new(), gone: Vec::new() };
    for some in changed.chunks(AT_ONCE) {
        match entities(&api, some) {
            Ok(entities) => delta.take(some, entities)?,
            Err(Error::Denied(_) | Error::NotFound(_)) => return Ok(Followed::Unknown),
            Err(error) => return Err(error),
        }
    }
    // Two of its entities that are one here cannot be told apart by what changes.
    if delta.gone.len() > GONE || delta.tally.twice > 0 {
        return Ok(Followed::Unknown);
    }
    delta.commit(&Cursor { change: Some(last), digest: None, ..before.clone() })?;
    Ok(Followed::Committed)
}

/// The entities that have changed after a change, and which one was the last; none if some changes are missing.
fn changed(api: &Api<'_>, from: u64) -> Result<Option<(BTreeSet<EntityRef>, u64)>> {
    let answer = api.get(CHANGES, &[("after", &from.to_string()), ("limit", &(MOST + 1).to_string())])?;
    let Changes { items, first, last } = answer.json().map_err(|_| api.odd("no log of changes"))?;
    if first > from + 1 || items.len() as u64 > MOST || items.len() as u64 != last.saturating_sub(from) {
        return Ok(None);
    }
    let references: std::result::Result<_, _> = items.iter().map(|change| EntityRef::parse(&change.entity)).collect();
    Ok(references.ok().map(|references| (references, last)))
}

/// Entities as they are now; null where there is none, or it does not pass the filters.
fn entities(api: &Api<'_>, references: &[EntityRef]) -> Result<Vec<Value>> {
    #[derive(Deserialize)]
    struct Answered {
        items: Vec<Value>,
    }
    let filters = api.portal.asked();
    let query: Vec<(&str, &str)> = filters.iter().map(|filter| ("filter", filter.as_str())).collect();
    let answer = api.post("/api/catalog/entities/by-refs", &query, &json!({ "entityRefs": references }))?;
    let Answered { items } = answer.json().map_err(|_| api.odd("no list of entities"))?;
    if items.len() == references.len() { Ok(items) } else { Err(api.odd("other entities than were asked for")) }
}

/// What has changed, on its way into the catalog.
struct Delta<'a> {
    way: &'a Way<'a>,
    session: Session,
    tally: Tally,
    /// What they are called here.
    gone: Vec<EntityRef>,
}

impl Delta<'_> {
    fn take(&mut self, references: &[EntityRef], entities: Vec<Value>) -> Result<()> {
        for (there, entity) in references.iter().zip(entities) {
            let before = self.tally.put + self.tally.twice;
            if !entity.is_null() {
                hand_over(self.way, there, entity, &mut self.session, &mut self.tally)?;
            }
            if self.tally.put + self.tally.twice == before {
                self.gone.extend(self.way.reference(there));
            }
        }
        Ok(())
    }

    fn commit(mut self, cursor: &Cursor) -> Result<()> {
        note_refusals(&mut self.session, &mut self.tally)?;
        self.session.remove(&self.gone)?;
        let summary = self.session.commit(Some(&cursor.written()?))?;
        info!(
            "{}: followed its changes: {} are new, {} changed, {} are gone{}",
            self.way.portal.name,
            summary.added,
            summary.updated,
            summary.removed,
            self.tally.left_out()
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests;
