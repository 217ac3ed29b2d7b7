//! Sources: who speaks for entities, how fresh each is, and where its reading stands.

use std::collections::BTreeMap;

use portico_api_types::{KindCount, PluginData, Source, SourceDetail, SourceState};
use portico_model::Kinds;
use redb::{ReadTransaction, ReadableTable, Table, WriteTransaction};

use crate::record::{SourceRecord, decode, encode};
use crate::sequence::next_number;
use crate::{Catalog, StoreError, guard, tables, time};

/// The id of the source `scope` of `plugin`.
pub(crate) fn find(transaction: &ReadTransaction, plugin: &str, scope: &str) -> Result<Option<u32>, StoreError> {
    Ok(transaction.open_table(tables::SOURCE_IDS)?.get((plugin, scope))?.map(|id| id.value()))
}

/// A source as read.
pub(crate) fn load(
    table: &impl ReadableTable<u32, &'static [u8]>,
    id: u32,
) -> Result<Option<SourceRecord>, StoreError> {
    table.get(id)?.map(|record| decode("sources", record.value())).transpose()
}

/// The source of that name, made if there is none.
pub(crate) fn obtain(transaction: &WriteTransaction, plugin: &str, scope: &str) -> Result<u32, StoreError> {
    let mut ids = transaction.open_table(tables::SOURCE_IDS)?;
    let known = ids.get((plugin, scope))?.map(|id| id.value());
    if let Some(id) = known {
        return Ok(id);
    }
    let mut meta = transaction.open_table(tables::META)?;
    #[expect(clippy::cast_possible_truncation, reason = "sources are counted in thousands, not in billions")]
    let id = next_number(&mut meta, "sources")? as u32;
    ids.insert((plugin, scope), id)?;
    let record = SourceRecord { plugin: plugin.to_owned(), scope: scope.to_owned(), ..SourceRecord::default() };
    // Whoever works with the source in this transaction finds it.
    save(&mut transaction.open_table(tables::SOURCES)?, id, &record)?;
    Ok(id)
}

/// Stores a source.
pub(crate) fn save(
    table: &mut Table<'_, u32, &'static [u8]>,
    id: u32,
    record: &SourceRecord,
) -> Result<(), StoreError> {
    table.insert(id, encode("sources", record)?.as_slice())?;
    Ok(())
}

/// A source in the API's words.
pub(crate) fn describe(transaction: &ReadTransaction, id: u32, record: SourceRecord) -> Result<Source, StoreError> {
    let held = guard::held(transaction, id)?;
    let state = match (held, &record.failure) {
        (Some(held), _) if !held.confirmed => SourceState::Held,
        (_, Some(_)) => SourceState::Failing,
        (_, None) => SourceState::Current,
    };
    Ok(Source {
        id,
        state,
        plugin: record.plugin,
        scope: record.scope,
        entities: record.entities,
        problems: record.problems.into(),
        synced_at: record.synced_at.map(time::timestamp),
        changed_at: record.changed_at.map(time::timestamp),
        cursor: record.cursor,
        failure: record.failure,
    })
}

/// How many entities a source attaches facts to, and how many of those are not in the catalog.
fn attached(transaction: &ReadTransaction, id: u32) -> Result<(u64, u64), StoreError> {
    let records = transaction.open_table(tables::RECORDS)?;
    let (mut facts, mut waiting) = (0, 0);
    for entry in transaction.open_table(tables::ATTACHMENTS)?.range((id, "")..(id + 1, ""))? {
        facts += 1;
        waiting += u64::from(records.get(entry?.0.value().1)?.is_none());
    }
    Ok((facts, waiting))
}

/// A kind as documents spell it, of one in lower case.
fn kind_name(kind: String, kinds: &Kinds) -> String {
    kinds.find(&kind).map_or(kind, |known| known.name.clone())
}

impl Catalog {
    /// All sources, by plugin and scope.
    pub fn sources(&self) -> Result<Vec<Source>, StoreError> {
        let transaction = self.read()?;
        let mut sources = Vec::new();
        for entry in transaction.open_table(tables::SOURCES)?.iter()? {
            let (id, record) = entry?;
            sources.push(describe(&transaction, id.value(), decode("sources", record.value())?)?);
        }
        sources.sort_by(|a, b| (&a.plugin, &a.scope).cmp(&(&b.plugin, &b.scope)));
        Ok(sources)
    }

    /// What stands in the catalog by whose word, by plugin.
    pub fn data_of_plugins(&self) -> Result<BTreeMap<String, PluginData>, StoreError> {
        let mut data: BTreeMap<String, PluginData> = BTreeMap::new();
        let mut sources: BTreeMap<String, (Vec<u32>, i64)> = BTreeMap::new();
        for entry in self.read()?.open_table(tables::SOURCES)?.iter()? {
            let (id, record) = entry?;
            let record: SourceRecord = decode("sources", record.value())?;
            let (ids, synced_at) = sources.entry(record.plugin.clone()).or_default();
            ids.push(id.value());
            *synced_at = record.synced_at.unwrap_or_default().max(*synced_at);
            let of = data.entry(record.plugin).or_default();
            of.sources += 1;
            of.entities += record.entities;
            of.problems += u64::from(record.problems);
        }
        for (plugin, of) in &mut data {
            let Some((ids, synced_at)) = sources.get(plugin) else { continue };
            // Facts about what is not in the catalog change nothing there, so that the time of the last sync tells as well.
            of.facts = self.counted(format!("facts of {plugin} at {synced_at}").as_bytes(), || {
                let attachments = self.read()?.open_table(tables::ATTACHMENTS)?;
                let of_source = |id: &u32| Ok(attachments.range((*id, "")..(id + 1, ""))?.count() as u64);
                ids.iter().map(of_source).sum::<Result<u64, StoreError>>()
            })?;
        }
        Ok(data)
    }

    /// One source with what it speaks for.
    pub fn source(&self, id: u32) -> Result<Option<SourceDetail>, StoreError> {
        let registry = self.registry();
        let transaction = self.read()?;
        let Some(record) = load(&transaction.open_table(tables::SOURCES)?, id)? else { return Ok(None) };
        let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
        for entry in transaction.open_table(tables::CLAIMS)?.range((id, "")..(id + 1, ""))? {
            let (key, _) = entry?;
            let reference = key.value().1;
            let kind = reference.split_once(':').map_or(reference, |(kind, _)| kind).to_owned();
            *kinds.entry(kind).or_default() += 1;
        }
        let mut kinds: Vec<KindCount> = kinds
            .into_iter()
            .map(|(kind, count)| KindCount { kind: kind_name(kind, registry.kinds()), count })
            .collect();
        kinds.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.kind.cmp(&b.kind)));
        let (facts, facts_waiting) = attached(&transaction, id)?;
        let held = guard::held(&transaction, id)?;
        Ok(Some(SourceDetail { source: describe(&transaction, id, record)?, kinds, facts, facts_waiting, held }))
    }

    /// The cursor of the last commit of a scope.
    pub fn cursor(&self, plugin: &str, scope: &str) -> Result<Option<String>, StoreError> {
        let transaction = self.read()?;
        let Some(id) = find(&transaction, plugin, scope)? else { return Ok(None) };
        Ok(load(&transaction.open_table(tables::SOURCES)?, id)?.and_then(|record| record.cursor))
    }

    /// Notes that a scope was looked at and stands as its cursor says.
    pub fn current(&self, plugin: &str, scope: &str) -> Result<(), StoreError> {
        self.note(plugin, scope, |record| {
            record.synced_at = Some(time::now());
            record.failure = None;
        })
    }

    /// Notes that a scope could not be read; its entities stay as they are.
    pub fn unreadable(&self, plugin: &str, scope: &str, reason: &str) -> Result<(), StoreError> {
        self.note(plugin, scope, |record| record.failure = Some(reason.to_owned()))
    }

    fn note(&self, plugin: &str, scope: &str, change: impl FnOnce(&mut SourceRecord)) -> Result<(), StoreError> {
        let transaction = self.write()?;
        let id = obtain(&transaction, plugin, scope)?;
        let mut record = load(&transaction.open_table(tables::SOURCES)?, id)?.unwrap_or_default();
        change(&mut record);
        save(&mut transaction.open_table(tables::SOURCES)?, id, &record)?;
        Ok(transaction.commit()?)
    }
}
