//! The pages, one module each.
//!
//! Rule: what a page shows is in its address, and everything it shows comes from the API. A page is complete without
//! script; script makes it answer sooner.

mod catalog;
mod create;
mod entity;
mod home;
mod ingest;
mod locations;
mod mapping_trial;
mod mappings;
mod not_found;
mod plugin;
mod plugin_check;
mod plugin_life;
mod plugin_settings;
mod plugin_use;
mod plugins;
mod removed;
mod run;
mod runs;
mod search;
mod source;
mod sources;

#[cfg(feature = "ssr")]
pub(crate) use catalog::query_question;
pub(crate) use catalog::{CatalogPage, query_address, query_told};
pub(crate) use create::{ActionsPage, CreatePage, EditPage, FillPage, TaskPage, TasksPage, template_href};
pub(crate) use entity::EntityPageView;
pub(crate) use home::HomePage;
pub(crate) use mappings::{IngestPage, MappingsPage};
pub(crate) use not_found::NotFoundPage;
pub(crate) use plugin::PluginPage;
pub(crate) use plugins::PluginsPage;
pub(crate) use removed::RemovedPage;
pub(crate) use run::RunPage;
pub(crate) use runs::RunsPage;
pub(crate) use search::SearchPage;
pub(crate) use source::SourcePage;
pub(crate) use sources::SourcesPage;
