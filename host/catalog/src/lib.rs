//! The central store: what sources say goes in as documents, what the portal shows comes out as entities.
//!
//! Everything lives in one redb file. A [`Session`] collects what one source says about one scope and becomes visible in
//! one transaction, whole or not at all; readers work on the last committed state and never wait. What a source said
//! is kept beside the entity made of it, so that every value can say who said it and when.
//!
//! This crate knows neither HTTP nor plugins: callers hand it documents and filters that `portico_model` has parsed.

mod aggregate;
mod ancestry;
mod backup;
mod batch;
mod bin;
mod by_name;
mod change;
mod commit;
mod counts;
mod dangling;
mod delete;
mod delivery;
mod engine;
mod error;
mod facts;
mod fields;
mod guard;
mod index;
mod installation;
mod judged;
mod kinds;
mod latest;
mod lease;
mod leaving;
mod location;
mod open;
mod origin;
mod pack;
mod plugin_bin;
mod posting;
mod problem;
mod query;
mod read;
mod record;
mod relations;
mod report;
mod run;
mod saved_query;
mod select;
mod sequence;
mod session;
mod sort;
mod source;
mod state;
mod statement;
mod stitch;
mod storage;
mod story;
mod tables;
mod task;
mod time;
mod values;
mod work;

pub use aggregate::OverTimeError;
pub use ancestry::Ancestor;
pub use backup::{BackupError, Checked, Inventory};
pub use bin::Restored;
pub use change::{Change, ChangeKind, Changed, Outcome};
pub use error::{CommitError, KindsError, OpenError, RetainError, SessionError, StoreError};
pub use guard::{Confirmed, RemovalGuard};
pub use judged::Judged;
pub use kinds::{KindsChanged, NoExpressions};
pub use location::{Readdressed, Registered};
pub use open::Catalog;
pub use plugin_bin::RemovedPlugin;
pub use query::{Direction, FacetCount, Order, Page, Position, Query, TextFilter};
pub use read::Found;
pub use report::{About, Report};
pub use saved_query::SaveError;
pub use session::{Collected, Mode, Origin, OrphanStrategy, Session, Words};
pub use statement::Statement;
pub use story::At;
pub use task::{TaskBrief, TaskRecord, TaskWrite};
