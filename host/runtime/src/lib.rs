//! Hosts the plugins: WebAssembly components that bring data in, each in a sandbox of its own.
//!
//! The way of a run: `schedule` or a request begins it (`host`), a sandbox is made with the plugin's limits (`call`,
//! `engine`, `memory`, `meter`), the plugin asks the portal for things (`capabilities`), and its end becomes a sentence for
//! an operator (`classify`, `fault`) in the journal (`live`, `host`). The way of a file: it is found (`folder`), it is
//! chosen among others (`choose`), compiled (`compile`, `cache`), checked (`check`), and takes the place of the version
//! before it (`install`, `plugin`).
//! Runs that are worked in another network go through `agent`.
//!
//! Rules: nothing granted, nothing possible; a hostile or broken plugin costs its own run and nothing else; whatever it
//! does, the portal says in words what happened and what to do.

mod actions;
mod admit;
mod agent;
mod aim;
mod allowance;
mod ask;
mod asked;
mod backtrace;
mod beginning;
mod bindings;
mod cache;
mod call;
mod capabilities;
mod cards;
mod check;
mod choose;
mod classify;
mod compile;
mod counters;
mod dismissal;
mod egress;
mod engine;
mod expressions;
mod fault;
mod files;
mod folder;
mod guest;
mod host;
mod install;
mod intake;
mod kinds;
mod kubeconfigs;
mod life;
mod live;
mod mapped;
mod mapping_trial;
mod memory;
mod meter;
mod patterns;
mod plugin;
mod plugin_log;
mod points;
mod readers;
mod repositories;

mod runtime;
mod schedule;
mod side_by_side;
mod standing;
mod start;
mod stderr;
mod subscriber;
mod sync;
mod troubles;
mod watcher;
mod workspace;

pub use actions::{ActionCall, ActionError, InstalledAction};
pub use agent::{AgentError, AgentPortal, PortalError, Worked};
pub use cards::CardError;
pub use check::{contract, misfits};
pub use egress::{Tape, TapeError};
pub use engine::PoolUse;
pub use expressions::SandboxedExpressions;
pub use host::{LocationUnread, RunRefused};
pub use intake::{
    Address, Admitted, Gate, Head, IngestGate, IngestScope, IntakeError, RouteAnswer, RouteGate, TurnedAway,
};
pub use life::{InstallRequest, LifeError, PluginChange, SettingsFaults};
pub use mapping_trial::MappingsOf;
pub use runtime::{BuiltIn, Metrics, Runtime, RuntimeOptions};
pub use standing::CheckRefused;
pub use start::StartError;
pub use workspace::{Workspace, remove_folder};
