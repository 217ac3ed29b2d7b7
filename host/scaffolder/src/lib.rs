//! The scaffolder: runs templates, step by step, and keeps what came of each.
//!
//! A **template** is an entity. What somebody filled in makes a **task** of it ([`TaskSpec`](portico_api_types::TaskSpec), made by `spec`), which
//! holds all that it does. Its steps are read once (`plan`) and gone through (`engine`); what a step does is an **action**, which a plugin offers
//! (`actions`, asked by `perform`). Where the course is kept says `recorder`: in the journal (`journal`, `kept`), or in memory where a template is only tried
//! (`dry_run`). The files of a task are in its workspace (`folder`).
//!
//! Rules: a task in the journal goes on whatever happens to the portal; secrets are in memory alone, and masked in all that is kept (`mask`).
//!
//! Not here: forms, which `portico-forms` makes of a template's parameters; what actions do; routes.

mod actions;
mod again;
mod approval;
mod autocomplete;
mod dry_run;
mod engine;
mod error;
mod example;
mod expiry;
mod figures;
mod folder;
mod journal;
mod kept;
mod list;
mod mask;
mod overview;
mod perform;
mod plan;
mod recorder;
mod rules;
mod scaffolder;
mod spec;
mod template;
#[cfg(test)]
mod tests;
mod turns;
mod upkeep;
mod whose;

pub use dry_run::DryRunRequest;
pub use error::ScaffoldError;
pub use list::{TaskOrder, TaskQuery};
pub use scaffolder::{Options, Scaffolder};
pub use template::{Asked, Template};
