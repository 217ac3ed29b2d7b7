//! Has plugins hear of what changed in the catalog.
//!
//! Rule: changes come in their order and at least once. Where a plugin has got to is stored after it has handled them; one that fails
//! hears of the same changes again, each time after a longer wait, and keeps nobody else waiting. One that answers changes with changes
//! hears of those at the pace at which the log is looked at.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use portico_catalog::{Catalog, Change, ChangeKind, StoreError};
use portico_manifest::{CatalogRight, Extension, Limits, Period, Rights};
use portico_model::EntityRef;
use tokio::time::{MissedTickBehavior, interval};
use wasmtime::Store;

use crate::bindings::subscriber::exports::portico::plugin::subscriber as guest;
use crate::call::{Answered, Share, Work};
use crate::capabilities::handed::guest_reference;
use crate::guest::Guest;
use crate::host::Host;
use crate::plugin::{Loaded, Plugin};
use crate::points::{Points, offered};

/// How often the log of changes is looked at: soon enough for anybody who waits for what follows from a change.
const LOOK: Duration = Duration::from_millis(500);

/// Changes of one call, as the contract says.
const AT_ONCE: usize = 100;

/// Bytes of the entities of one call.
const BYTES: usize = 4 << 20;

/// Computing time and time on the clock of one call.
const CPU: Period = Period::seconds(10);
const WALL: Period = Period::seconds(60);

/// Under which name the store keeps where each plugin has got to; no plugin can have it.
pub(crate) const PLACES: &str = "portico/subscribers";

struct Handle(Vec<guest::Event>);

impl Work for Handle {
    type Answer = ();

    fn limits(&self, granted: Limits) -> Limits {
        Limits { cpu: granted.cpu.min(CPU), wall: granted.wall.min(WALL), ..granted }
    }

    fn share(&self) -> Share {
        Share::Patient
    }

    async fn enter(self, points: Points, store: &mut Store<Guest>) -> Answered<()> {
        let plugin = offered(points.subscriber.as_ref(), Extension::Subscriber)?.instantiate_async(&mut *store).await?;
        plugin.portico_plugin_subscriber().call_handle(store, &self.0).await
    }
}

/// Has every plugin that wants to hear of changes hear of them, for as long as the portal runs.
pub(crate) async fn follow(host: Arc<Host>) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut waits: BTreeMap<String, tokio::task::JoinHandle<()>> = BTreeMap::new();
    loop {
        look.tick().await;
        waits.retain(|_, wait| !wait.is_finished());
        for plugin in host.plugins.load().values() {
            // What an agent runs reaches the other side in its runs alone.
            let hears =
                |loaded: &Arc<Loaded>| loaded.manifest.offers(Extension::Subscriber) && loaded.config.agent.is_none();
            let Some(loaded) = plugin.loaded().filter(hears) else { continue };
            if !waits.contains_key(&plugin.name) && plugin.rest(Extension::Subscriber, "").is_none() {
                let work = tell(host.clone(), plugin.clone(), loaded);
                waits.insert(plugin.name.clone(), tokio::spawn(work));
            }
        }
    }
}

/// Has a plugin that is new hear of what comes from now on.
pub(crate) async fn begin(catalog: Catalog, plugin: String) -> Result<(), String> {
    stored(move || place(&catalog, &plugin).map(drop)).await
}

/// Changes that a plugin is told of at once.
struct Batch {
    events: Vec<guest::Event>,
    /// The number of the last one, with those that it may not hear of.
    last: u64,
    /// Changes before them that the log no longer has.
    missed: Option<RangeInclusive<u64>>,
}

/// Tells a plugin all that it has not heard of when this begins, up to the first failure, and for as long as this version of it runs.
async fn tell(host: Arc<Host>, plugin: Arc<Plugin>, loaded: Arc<Loaded>) {
    let mut until = None;
    while plugin.runs(&loaded) {
        match tell_some(&host, &plugin, &loaded, &mut until).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return tracing::error!(plugin = %plugin.name, error, "a plugin cannot be told of changes"),
        }
    }
}

/// Tells a plugin some of the changes up to `until`, which is the last one of now if nothing is said. Answers whether there may be more.
async fn tell_some(
    host: &Arc<Host>,
    plugin: &Plugin,
    loaded: &Arc<Loaded>,
    until: &mut Option<u64>,
) -> Result<bool, String> {
    let (catalog, name, rights, end) = (host.catalog.clone(), plugin.name.clone(), loaded.rights.clone(), *until);
    let read = stored(move || {
        let end = end.map_or_else(|| catalog.changed(u64::MAX, 0).map(|log| log.last), Ok)?;
        Ok((end, batch(&catalog, &name, &rights, end)?))
    });
    let (end, batch) = read.await?;
    *until = Some(end);
    let Some(Batch { events, last, missed }) = batch else { return Ok(false) };
    if let Some(missed) = missed {
        let (first, last) = missed.into_inner();
        tracing::warn!(plugin = %plugin.name, first, last, "changes were forgotten before a plugin had heard of them; have it run, so that it sees what is there");
    }
    if !events.is_empty() && host.ask(plugin, loaded, Extension::Subscriber, Handle(events), Ok).await.is_err() {
        return Ok(false);
    }
    let (catalog, name) = (host.catalog.clone(), plugin.name.clone());
    stored(move || catalog.state_set(PLACES, &name, &last.to_be_bytes())).await?;
    Ok(true)
}

async fn stored<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, String> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?;
    done.map_err(|error| error.to_string())
}

/// The next changes that a plugin has not heard of, up to a last one; none if there are none.
fn batch(catalog: &Catalog, plugin: &str, rights: &Rights, end: u64) -> Result<Option<Batch>, StoreError> {
    let Some(after) = place(catalog, plugin)?.filter(|after| *after < end) else { return Ok(None) };
    let changes = catalog.changes(after, AT_ONCE)?;
    let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return Ok(None) };
    let (missed, last) = (missed(after, first.sequence), last.sequence);
    let may_read = |change: &Change| {
        let kind = change.reference.split_once(':').map_or("", |(kind, _)| kind);
        rights.kind(CatalogRight::Read, kind).is_ok()
    };
    let events = events(catalog, changes.into_iter().filter(may_read).collect())?;
    Ok(Some(Batch { events, last, missed }))
}

/// The changes between the last one that a plugin has heard of and the first one that the log has after it.
fn missed(after: u64, first: u64) -> Option<RangeInclusive<u64>> {
    // Whoever began with an empty log has heard of nothing, and misses nothing.
    (after > 0 && first > after + 1).then(|| after + 1..=first - 1)
}

/// The last change that a plugin has heard of. One that is new begins with what comes.
fn place(catalog: &Catalog, plugin: &str) -> Result<Option<u64>, StoreError> {
    let stored = catalog.state_get(PLACES, plugin)?.and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
    if stored.is_some() {
        return Ok(stored);
    }
    let last = catalog.changed(u64::MAX, 0)?.last;
    catalog.state_set(PLACES, plugin, &last.to_be_bytes())?;
    Ok(None)
}

/// Changes as a plugin hears of them: those of one entity as one, from what it was before the first to what it is now.
fn events(catalog: &Catalog, changes: Vec<Change>) -> Result<Vec<guest::Event>, StoreError> {
    let mut of_entity: BTreeMap<String, Vec<Change>> = BTreeMap::new();
    for change in changes {
        of_entity.entry(change.reference.clone()).or_default().push(change);
    }
    let (mut events, mut bytes) = (Vec::with_capacity(of_entity.len()), 0);
    for (reference, changes) in of_entity {
        let (Some(first), Some(last), Ok(entity)) = (changes.first(), changes.last(), EntityRef::parse(&reference))
        else {
            continue;
        };
        let is_new = first.kind == ChangeKind::Added;
        let after = match last.kind {
            ChangeKind::Removed => None,
            _ => catalog.entity(&entity)?.map(|json| String::from_utf8_lossy(&json).into_owned()),
        };
        let before = if is_new { None } else { first.before.clone() };
        // What is too much is read by who needs it.
        bytes += before.as_ref().map_or(0, String::len) + after.as_ref().map_or(0, String::len);
        let fits = bytes <= BYTES;
        events.push(guest::Event {
            sequence: last.sequence,
            kind: match (is_new, last.kind) {
                (_, ChangeKind::Removed) => guest::ChangeKind::Removed,
                (true, _) => guest::ChangeKind::Added,
                (false, _) => guest::ChangeKind::Updated,
            },
            entity: guest_reference(&entity),
            before: before.filter(|_| fits),
            after: after.filter(|_| fits),
        });
    }
    events.sort_by_key(|event| event.sequence);
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_log_forgot_before_it_was_told_is_noticed() {
        for (after, first, expected) in [(7, 8, None), (7, 9, Some(8..=8)), (7, 100, Some(8..=99)), (0, 100, None)] {
            assert_eq!(missed(after, first), expected, "{after} and then {first}");
        }
    }
}
