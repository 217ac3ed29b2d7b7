//! The bin for plugins: what is kept of one that was removed, so that it can come back as it was.
//!
//! Rule: a plugin goes in one transaction and comes back in one, with its installation, its state and the facts that it attached. Its entities go
//! into the bin by themselves, and where its reading stood is not kept: what comes back reads its sources afresh.

use std::collections::BTreeMap;

use portico_api_types::{Summary, Timestamp};
use portico_model::EntityRef;
use redb::{ReadableTable, Table, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::record::{decode, encode};
use crate::session::{Facts, Mode, Staged};
use crate::work::{Unsaid, Work};
use crate::{Catalog, StoreError, facts, leaving, source, state, tables, time};

/// What is kept of a plugin beside its state and its facts.
#[derive(Serialize, Deserialize)]
struct PluginRecord {
    removed_at: i64,
    /// Values of its state.
    values: u64,
    /// Entities that it had attached facts to, once for each of its sources.
    facts: u64,
    /// As it was saved; empty if nothing was installed under the name.
    installation: Vec<u8>,
}

/// A plugin in the bin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedPlugin {
    /// Its name.
    pub name: String,
    /// When it was removed.
    pub removed_at: Timestamp,
    /// Values of its state.
    pub values: u64,
    /// Entities that it had attached facts to, once for each of its sources.
    pub facts: u64,
    /// Its installation, as it was saved.
    pub installation: Vec<u8>,
}

/// The tables of a transaction.
struct PluginBin<'t> {
    plugins: Table<'t, &'static str, &'static [u8]>,
    state: Table<'t, (&'static str, &'static str), &'static [u8]>,
    facts: Table<'t, (&'static str, &'static str, &'static str), &'static [u8]>,
}

impl<'t> PluginBin<'t> {
    fn open(transaction: &'t WriteTransaction) -> Result<PluginBin<'t>, StoreError> {
        Ok(PluginBin {
            plugins: transaction.open_table(tables::BIN_PLUGINS)?,
            state: transaction.open_table(tables::BIN_STATE)?,
            facts: transaction.open_table(tables::BIN_FACTS)?,
        })
    }

    /// Lets go of a plugin with all that is kept of it.
    fn drop(&mut self, plugin: &str) -> Result<(), StoreError> {
        self.plugins.remove(plugin)?;
        self.state.retain_in((plugin, "")..(after(plugin).as_str(), ""), |_, _| false)?;
        self.facts.retain_in((plugin, "", "")..(after(plugin).as_str(), "", ""), |_, _| false)?;
        Ok(())
    }
}

/// The first text after all keys of a plugin.
fn after(plugin: &str) -> String {
    format!("{plugin}\0")
}

/// Lets go of the plugins that were removed before `time`. Answers how many that were.
pub(crate) fn empty(transaction: &WriteTransaction, before: i64) -> Result<u64, StoreError> {
    let mut bin = PluginBin::open(transaction)?;
    let mut old = Vec::new();
    for entry in bin.plugins.iter()? {
        let (name, record) = entry?;
        if decode::<PluginRecord>("bin-plugins", record.value())?.removed_at < before {
            old.push(name.value().to_owned());
        }
    }
    old.iter().try_for_each(|name| bin.drop(name))?;
    Ok(old.len() as u64)
}

impl Catalog {
    /// Removes a plugin with everything that it holds: a person said so. What it said is in the bin then, and so is what came of it; one
    /// of the same name that was there before is not any more.
    pub fn remove_plugin(&self, plugin: &str) -> Result<Summary, StoreError> {
        let transaction = self.write()?;
        let sources = leaving::of_plugin(&transaction, plugin)?;
        {
            let mut bin = PluginBin::open(&transaction)?;
            bin.drop(plugin)?;
            let values = put_state(&transaction, &mut bin, plugin)?;
            let mut facts = 0;
            for (scope, id) in &sources {
                facts += put_facts(&transaction, &mut bin, plugin, scope, *id)?;
            }
            let mut installations = transaction.open_table(tables::INSTALLATIONS)?;
            let installation = installations.remove(plugin)?.map(|record| record.value().to_vec()).unwrap_or_default();
            let record = PluginRecord { removed_at: time::now(), values, facts, installation };
            bin.plugins.insert(plugin, encode("bin-plugins", &record)?.as_slice())?;
        }
        let summary = leaving::release(self, &transaction, plugin, &sources)?;
        transaction.open_table(tables::TOLD)?.remove(plugin)?;
        transaction.commit()?;
        Ok(summary)
    }

    /// The plugins that are in the bin, by name.
    pub fn removed_plugins(&self) -> Result<Vec<RemovedPlugin>, StoreError> {
        let mut all = Vec::new();
        for entry in self.read()?.open_table(tables::BIN_PLUGINS)?.iter()? {
            let (name, record) = entry?;
            let PluginRecord { removed_at, values, facts, installation } = decode("bin-plugins", record.value())?;
            let (name, removed_at) = (name.value().to_owned(), time::timestamp(removed_at));
            all.push(RemovedPlugin { name, removed_at, values, facts, installation });
        }
        Ok(all)
    }

    /// Brings a plugin back out of the bin, with its state, its facts, and this installation. False if it is not there. Nothing of its name may be
    /// installed: what that keeps would be replaced.
    pub fn restore_plugin(&self, plugin: &str, installation: &[u8]) -> Result<bool, StoreError> {
        let transaction = self.write()?;
        if transaction.open_table(tables::BIN_PLUGINS)?.get(plugin)?.is_none() {
            transaction.abort()?;
            return Ok(false);
        }
        let facts = {
            let mut bin = PluginBin::open(&transaction)?;
            state::forget(&transaction, plugin)?;
            let mut state = transaction.open_table(tables::STATE)?;
            for entry in bin.state.range((plugin, "")..(after(plugin).as_str(), ""))? {
                let (key, value) = entry?;
                state.insert(key.value(), value.value())?;
            }
            let facts = facts_in(&bin, plugin)?;
            bin.drop(plugin)?;
            facts
        };
        attach(self, &transaction, plugin, facts)?;
        transaction.open_table(tables::INSTALLATIONS)?.insert(plugin, installation)?;
        transaction.commit()?;
        Ok(true)
    }
}

/// Puts a plugin's state into the bin. Answers how many values it has.
fn put_state(transaction: &WriteTransaction, bin: &mut PluginBin<'_>, plugin: &str) -> Result<u64, StoreError> {
    let mut values = 0;
    for entry in transaction.open_table(tables::STATE)?.range((plugin, "")..(after(plugin).as_str(), ""))? {
        let (key, value) = entry?;
        bin.state.insert(key.value(), value.value())?;
        values += 1;
    }
    state::forget(transaction, plugin)?;
    Ok(values)
}

/// Puts what a source attaches into the bin. Answers to how many entities that was.
fn put_facts(
    transaction: &WriteTransaction,
    bin: &mut PluginBin<'_>,
    plugin: &str,
    scope: &str,
    source: u32,
) -> Result<u64, StoreError> {
    let (attachments, said) = (transaction.open_table(tables::ATTACHMENTS)?, transaction.open_table(tables::FACTS)?);
    let mut count = 0;
    for entry in attachments.range((source, "")..(source + 1, ""))? {
        let key = entry?.0;
        let (_, reference) = key.value();
        if let Some(facts) = said.get((reference, source))? {
            bin.facts.insert((plugin, scope, reference), facts.value())?;
            count += 1;
        }
    }
    Ok(count)
}

/// What a plugin in the bin had attached, by its scopes.
fn facts_in(bin: &PluginBin<'_>, plugin: &str) -> Result<BTreeMap<String, BTreeMap<EntityRef, Facts>>, StoreError> {
    let mut all: BTreeMap<String, BTreeMap<EntityRef, Facts>> = BTreeMap::new();
    for entry in bin.facts.range((plugin, "", "")..(after(plugin).as_str(), "", ""))? {
        let (key, json) = entry?;
        let (_, scope, reference) = key.value();
        let damaged = |reason: String| StoreError::Damaged { table: "bin-facts", reason };
        let reference = EntityRef::parse(reference).map_err(|error| damaged(error.to_string()))?;
        let text = std::str::from_utf8(json.value()).map_err(|error| damaged(error.to_string()))?;
        let facts = Facts { json: json.value().to_vec(), digest: facts::digest(text) };
        all.entry(scope.to_owned()).or_default().insert(reference, facts);
    }
    Ok(all)
}

/// Attaches facts again, each as the source that did. Where such a source's reading stands nobody knows.
fn attach(
    catalog: &Catalog,
    transaction: &WriteTransaction,
    plugin: &str,
    facts: BTreeMap<String, BTreeMap<EntityRef, Facts>>,
) -> Result<(), StoreError> {
    let mut sources = Vec::new();
    for (scope, facts) in facts {
        let id = source::obtain(transaction, plugin, &scope)?;
        sources.push((id, Staged { facts, ..Staged::new(plugin, &scope, Mode::Delta) }));
    }
    let mut work = Work::open(transaction, catalog.registry())?;
    for (id, staged) in &sources {
        work.speak_for(*id);
        work.apply(staged, Unsaid::default())?;
    }
    work.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(catalog: &Catalog) -> Vec<(String, u64, u64, Vec<u8>)> {
        let removed = catalog.removed_plugins().unwrap().into_iter();
        removed.map(|one| (one.name, one.values, one.facts, one.installation)).collect()
    }

    #[test]
    fn a_plugin_is_kept_by_its_name_and_one_of_a_name_that_begins_alike_is_left_alone() {
        let catalog = Catalog::in_memory().unwrap();
        for plugin in ["radar", "radar-2", "rada"] {
            catalog.save_installation(plugin, plugin.as_bytes()).unwrap();
            catalog.state_set(plugin, "key", b"value").unwrap();
            catalog.state_set(plugin, "other", b"").unwrap();
        }
        catalog.remove_plugin("radar").unwrap();
        assert_eq!(all(&catalog), [("radar".to_owned(), 2, 0, b"radar".to_vec())]);
        assert_eq!(catalog.state_get("radar", "key").unwrap(), None);
        assert_eq!(catalog.state_get("radar-2", "key").unwrap().as_deref(), Some(&b"value"[..]));
        assert_eq!(catalog.installations().unwrap().len(), 2);
        catalog.remove_plugin("radar-2").unwrap();

        assert!(catalog.restore_plugin("radar", b"again").unwrap());
        assert_eq!(catalog.state_get("radar", "key").unwrap().as_deref(), Some(&b"value"[..]));
        assert_eq!(catalog.installations().unwrap()[1], ("radar".to_owned(), b"again".to_vec()));
        assert_eq!(all(&catalog), [("radar-2".to_owned(), 2, 0, b"radar-2".to_vec())]);
        assert!(!catalog.restore_plugin("radar", b"again").unwrap(), "it is not there any more");
    }

    #[test]
    fn of_two_with_one_name_the_bin_keeps_the_later() {
        let catalog = Catalog::in_memory().unwrap();
        for (record, key) in [(b"1", "a"), (b"2", "b")] {
            catalog.save_installation("radar", record).unwrap();
            catalog.state_set("radar", key, b"x").unwrap();
            catalog.remove_plugin("radar").unwrap();
        }
        assert_eq!(all(&catalog), [("radar".to_owned(), 1, 0, b"2".to_vec())]);
        catalog.restore_plugin("radar", b"2").unwrap();
        assert_eq!(catalog.state_of("radar").unwrap(), [("b".to_owned(), b"x".to_vec())]);
    }

    #[test]
    fn a_plugin_is_let_go_of_with_what_else_is_old() {
        let catalog = Catalog::in_memory().unwrap();
        catalog.save_installation("radar", b"1").unwrap();
        catalog.state_set("radar", "key", b"value").unwrap();
        catalog.remove_plugin("radar").unwrap();
        let removed = catalog.removed_plugins().unwrap()[0].removed_at;
        assert_eq!(catalog.empty_bin(removed).unwrap(), 0, "it has its time to the end");
        assert_eq!(catalog.empty_bin(Timestamp::MAX).unwrap(), 1);
        assert!(all(&catalog).is_empty() && !catalog.restore_plugin("radar", b"1").unwrap());
    }
}
