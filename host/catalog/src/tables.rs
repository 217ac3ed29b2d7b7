//! Every table of the file, with what its keys and values are.
//!
//! Rule: a table is written by the one module named beside it, and `FORMAT` goes up when the shape of any of them
//! changes. Derived tables can be made again from the ones that keep what was said, see `commit::rebuild`.

use redb::TableDefinition;

use crate::{posting, relations};

/// The format's number, stored under `meta/format`.
pub(crate) const FORMAT: u64 = 2;

/// Counters and numbers by name (`open`).
pub(crate) const META: TableDefinition<&str, u64> = TableDefinition::new("meta");

// What was said.

/// Source id → `record::SourceRecord` (`source`).
pub(crate) const SOURCES: TableDefinition<u32, &[u8]> = TableDefinition::new("sources");
/// (plugin, scope) → source id (`source`).
pub(crate) const SOURCE_IDS: TableDefinition<(&str, &str), u32> = TableDefinition::new("source-ids");
/// (source id, reference) → `record::Claim`: who speaks for what, and from which file (`commit`).
pub(crate) const CLAIMS: TableDefinition<(u32, &str), &[u8]> = TableDefinition::new("claims");
/// (reference, source id) → the document as validated, packed; of sources whose word is not shown (`work::documents`).
pub(crate) const DOCUMENTS: TableDefinition<(&str, u32), &[u8]> = TableDefinition::new("documents");
/// Entity id → the entity as it is served, packed with the document that it is made of (`work`).
pub(crate) const ENTITIES: TableDefinition<u32, &[u8]> = TableDefinition::new("entities");
/// (source id, reference) → `record::Attachment`: who attaches facts to what (`facts`).
pub(crate) const ATTACHMENTS: TableDefinition<(u32, &str), &[u8]> = TableDefinition::new("attachments");
/// (reference, source id) → the facts that the source attaches, a JSON object (`facts`).
pub(crate) const FACTS: TableDefinition<(&str, u32), &[u8]> = TableDefinition::new("facts");
/// (source id, place in its list) → `record::ProblemRecord` (`problem`).
pub(crate) const PROBLEMS: TableDefinition<(u32, u32), &[u8]> = TableDefinition::new("problems");

/// Source id → `guard::HeldRecord`: a sync that waits for a person (`guard`).
pub(crate) const HELD: TableDefinition<u32, &[u8]> = TableDefinition::new("held");
/// Source id → `leaving::LeavingRecord`, JSON: a source that its plugin names no more, and that waits for a person (`leaving`).
pub(crate) const LEAVING: TableDefinition<u32, &[u8]> = TableDefinition::new("leaving");
/// The plugin's name → what people told it to read when its scopes were last retained, in short (`leaving`).
pub(crate) const TOLD: TableDefinition<&str, &str> = TableDefinition::new("told");
/// Location id → `location::LocationRecord` (`location`).
pub(crate) const LOCATIONS: TableDefinition<u128, &[u8]> = TableDefinition::new("locations");
/// (type, target) → location id (`location`).
pub(crate) const LOCATION_IDS: TableDefinition<(&str, &str), u128> = TableDefinition::new("location-ids");

/// The name of a kind in lower case → its declaration and who brought it, JSON (`kinds`).
pub(crate) const KINDS: TableDefinition<&str, &[u8]> = TableDefinition::new("kinds");

/// The plugin's name → what was installed through the portal, JSON (`installation`).
pub(crate) const INSTALLATIONS: TableDefinition<&str, &[u8]> = TableDefinition::new("installations");

/// The name → the saved query and when it was saved, JSON (`saved_query`).
pub(crate) const QUERIES: TableDefinition<&str, &[u8]> = TableDefinition::new("queries");

// What follows from it.

/// Reference → `record::EntityRecord` (`commit`).
pub(crate) const RECORDS: TableDefinition<&str, &[u8]> = TableDefinition::new("records");
/// `metadata.uid` → entity id (`commit`).
pub(crate) const UIDS: TableDefinition<u128, u32> = TableDefinition::new("uids");
/// (from, relation, to, whether the entity that it leads to says so), the names short (`relations`).
pub(crate) const RELATIONS: TableDefinition<relations::Key, ()> = TableDefinition::new("relations");

/// (what it leads to, the entity that says so, relation) → since when: references to what is not there (`dangling`).
pub(crate) const DANGLING: TableDefinition<(&str, &str, &str), i64> = TableDefinition::new("dangling");

// Indexes (`index`).

/// Lower-case key of a search row → its id. Id 0 stands for all entities.
pub(crate) const KEYS: TableDefinition<&str, u32> = TableDefinition::new("keys");
/// Key id → the entities that have a row with the key, whatever its value.
pub(crate) const PRESENT: TableDefinition<u32, &[u8]> = TableDefinition::new("present");
/// Key id → the entities of `PRESENT` without a comparable value.
pub(crate) const VALUELESS: TableDefinition<u32, &[u8]> = TableDefinition::new("valueless");
/// (key id, lower-case value, value as written if that differs, else empty) → entities; the texts as bytes, which are compared as they are.
pub(crate) const POSTINGS: TableDefinition<posting::Key, &[u8]> = TableDefinition::new("postings");

// What happened.

/// Reference → `bin::BinRecord`: an entity that was removed (`bin`).
pub(crate) const BIN: TableDefinition<&str, &[u8]> = TableDefinition::new("bin");
/// (when it was removed, reference) (`bin`).
pub(crate) const BIN_AGES: TableDefinition<(i64, &str), ()> = TableDefinition::new("bin-ages");
/// The plugin's name → `plugin_bin::PluginRecord`: a plugin that was removed (`plugin_bin`).
pub(crate) const BIN_PLUGINS: TableDefinition<&str, &[u8]> = TableDefinition::new("bin-plugins");
/// (plugin, key) → a value that a removed plugin kept (`plugin_bin`).
pub(crate) const BIN_STATE: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("bin-state");
/// (plugin, scope, reference) → the facts that a removed plugin had attached (`plugin_bin`).
pub(crate) const BIN_FACTS: TableDefinition<(&str, &str, &str), &[u8]> = TableDefinition::new("bin-facts");
/// Sequence number → `record::ChangeRecord` (`change`).
pub(crate) const CHANGES: TableDefinition<u64, &[u8]> = TableDefinition::new("changes");
/// (reference, sequence number) (`change`).
pub(crate) const HISTORY: TableDefinition<(&str, u64), ()> = TableDefinition::new("history");
/// Run id → the run, JSON (`run`).
pub(crate) const RUNS: TableDefinition<u64, &[u8]> = TableDefinition::new("runs");
/// (plugin, run id) (`run`).
pub(crate) const RUNS_BY_PLUGIN: TableDefinition<(&str, u64), ()> = TableDefinition::new("runs-by-plugin");
/// Run id → its log lines, JSON (`run`).
pub(crate) const RUN_LOGS: TableDefinition<u64, &[u8]> = TableDefinition::new("run-logs");
/// (what it came to, the delivery) → when (`delivery`).
pub(crate) const DELIVERIES: TableDefinition<(&str, &str), i64> = TableDefinition::new("deliveries");
/// (when, what it came to, the delivery) (`delivery`).
pub(crate) const DELIVERY_AGES: TableDefinition<(i64, &str, &str), ()> = TableDefinition::new("delivery-ages");
/// (plugin, key) → a value that the plugin keeps (`state`).
pub(crate) const STATE: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("state");

/// Task id → the task, JSON (`task`).
pub(crate) const TASKS: TableDefinition<&str, &[u8]> = TableDefinition::new("tasks");
/// (when it was created, task id) → what a list shows of it, JSON (`task`).
pub(crate) const TASK_AGES: TableDefinition<(i64, &str), &[u8]> = TableDefinition::new("task-ages");
/// (task id, number) → what was said, JSON (`task`).
pub(crate) const TASK_EVENTS: TableDefinition<(&str, u64), &[u8]> = TableDefinition::new("task-events");

/// The entity's reference → when and how it is taken down, JSON (`task`).
pub(crate) const EXPIRIES: TableDefinition<&str, &[u8]> = TableDefinition::new("expiries");

/// Calls a macro with the names of all tables.
macro_rules! each {
    ($what:ident) => {
        $what!(META SOURCES SOURCE_IDS CLAIMS DOCUMENTS ATTACHMENTS FACTS PROBLEMS HELD LEAVING TOLD LOCATIONS LOCATION_IDS
            KINDS INSTALLATIONS QUERIES);
        $what!(RECORDS ENTITIES UIDS RELATIONS DANGLING KEYS PRESENT VALUELESS POSTINGS);
        $what!(BIN BIN_AGES BIN_PLUGINS BIN_STATE BIN_FACTS CHANGES HISTORY RUNS RUNS_BY_PLUGIN RUN_LOGS STATE DELIVERIES DELIVERY_AGES
            TASKS TASK_AGES TASK_EVENTS EXPIRIES);
    };
}
pub(crate) use each;
