//! The journal of runs: one record a run, written when it starts and when it ends, with the log it kept.

use portico_api_types::{LogLine, Run};
use redb::{ReadableTable, Table};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Catalog, StoreError, tables};

/// Runs kept for each plugin: at a run every five minutes, the last three and a half days.
const KEPT: usize = 1_000;

impl Catalog {
    /// Stores a run as it now is, with its log; the oldest runs of its plugin give way.
    pub fn save_run(&self, run: &Run, log: &[LogLine]) -> Result<(), StoreError> {
        let transaction = self.write()?;
        {
            let mut runs = transaction.open_table(tables::RUNS)?;
            let mut logs = transaction.open_table(tables::RUN_LOGS)?;
            let mut by_plugin = transaction.open_table(tables::RUNS_BY_PLUGIN)?;
            runs.insert(run.id, write(run)?.as_slice())?;
            logs.insert(run.id, write(&log)?.as_slice())?;
            by_plugin.insert((run.plugin.as_str(), run.id), ())?;
            for id in surplus(&by_plugin, &run.plugin)? {
                by_plugin.remove((run.plugin.as_str(), id))?;
                runs.remove(id)?;
                logs.remove(id)?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// Runs, newest first, of one plugin or of all, with numbers below `before`.
    pub fn runs(&self, plugin: Option<&str>, before: Option<u64>, limit: usize) -> Result<Vec<Run>, StoreError> {
        let transaction = self.read()?;
        let runs = transaction.open_table(tables::RUNS)?;
        let before = before.unwrap_or(u64::MAX);
        let Some(plugin) = plugin else {
            return runs.range(..before)?.rev().take(limit).map(|entry| read("runs", entry?.1.value())).collect();
        };
        let mut found = Vec::new();
        for entry in
            transaction.open_table(tables::RUNS_BY_PLUGIN)?.range((plugin, 0)..(plugin, before))?.rev().take(limit)
        {
            if let Some(run) = runs.get(entry?.0.value().1)? {
                found.push(read("runs", run.value())?);
            }
        }
        Ok(found)
    }

    /// One run.
    pub fn run(&self, id: u64) -> Result<Option<Run>, StoreError> {
        self.read()?.open_table(tables::RUNS)?.get(id)?.map(|run| read("runs", run.value())).transpose()
    }

    /// The log that a run kept; none if there is no such run.
    pub fn run_log(&self, id: u64) -> Result<Option<Vec<LogLine>>, StoreError> {
        self.read()?.open_table(tables::RUN_LOGS)?.get(id)?.map(|log| read("run-logs", log.value())).transpose()
    }
}

/// Runs of a plugin beyond those that are kept, oldest first.
fn surplus(table: &Table<'_, (&'static str, u64), ()>, plugin: &str) -> Result<Vec<u64>, StoreError> {
    let mut ids = Vec::new();
    for entry in table.range((plugin, 0)..=(plugin, u64::MAX))?.rev().skip(KEPT) {
        ids.push(entry?.0.value().1);
    }
    Ok(ids)
}

fn write<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| StoreError::Damaged { table: "runs", reason: error.to_string() })
}

fn read<T: DeserializeOwned>(table: &'static str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::Damaged { table, reason: error.to_string() })
}
