//! Portico's own routes (`/api/portico`): sources, problems, runs, plugins, search.
//!
//! The front end has no other door than these and Backstage's catalog routes.

mod agent;
mod aggregates;
mod backup;
mod bin;
mod cards;
mod fields;
mod history;
mod kinds;
mod locations;
mod mappings;
mod origin;
mod plugin_life;
mod plugins;
mod portal;
mod problems;
mod queries;
mod runs;
mod search;
mod sources;
mod task_views;
mod tasks;
mod template_forms;
mod templates;
mod trials;

pub(crate) use bin::restore_entity;
pub(crate) use cards::invoke_card;
pub(crate) use queries::{forget_query, save_query};
pub(crate) use runs::{cancel_run, start_run};
pub(crate) use sources::{confirm_removals, discard_removals};
pub(crate) use task_views::texts as output_texts;
pub(crate) use tasks::{decide_task, extend_entity};
pub(crate) use template_forms::FilledForm;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ApiState;

/// The routes below `/api/portico`.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(portal::portal))
        .routes(routes!(portal::me))
        .routes(routes!(sources::list))
        .routes(routes!(sources::one))
        .routes(routes!(sources::confirm))
        .routes(routes!(sources::discard))
        .routes(routes!(locations::list))
        .routes(routes!(kinds::list, kinds::declare))
        .routes(routes!(kinds::one, kinds::remove))
        .routes(routes!(kinds::declaration))
        .routes(routes!(kinds::schema))
        .routes(routes!(kinds::every_schema))
        .routes(routes!(problems::of_source))
        .routes(routes!(problems::list))
        .routes(routes!(origin::origin))
        .routes(routes!(origin::values))
        .routes(routes!(backup::backup))
        .routes(routes!(history::history))
        .routes(routes!(history::at))
        .routes(routes!(history::changes))
        .routes(routes!(history::events))
        .routes(routes!(aggregates::now))
        .routes(routes!(aggregates::over_time))
        .routes(routes!(fields::list))
        .routes(routes!(queries::list, queries::create))
        .routes(routes!(queries::one, queries::save, queries::remove))
        .routes(routes!(bin::list))
        .routes(routes!(bin::restore))
        .routes(routes!(bin::restore_plugin))
        .merge(agent::routes())
        .merge(plugin_life::routes())
        .routes(routes!(mappings::list))
        .routes(routes!(mappings::attempt))
        .routes(routes!(mappings::ingest_sources))
        .routes(routes!(mappings::list_of_ingest))
        .routes(routes!(mappings::attempt_of_ingest))
        .routes(routes!(plugins::list))
        .routes(routes!(plugins::one))
        .routes(routes!(plugins::check))
        .routes(routes!(cards::list))
        .routes(routes!(cards::one))
        .routes(routes!(cards::invoke))
        .routes(routes!(runs::start))
        .routes(routes!(runs::list))
        .routes(routes!(runs::one))
        .routes(routes!(runs::log))
        .routes(routes!(runs::cancel))
        .routes(routes!(plugins::log))
        .routes(routes!(plugins::log_events))
        .routes(routes!(runs::events))
        .routes(routes!(templates::list))
        .routes(routes!(templates::one))
        .routes(routes!(template_forms::form))
        .routes(routes!(task_views::list))
        .routes(routes!(task_views::one))
        .routes(routes!(task_views::log))
        .routes(routes!(trials::create))
        .routes(routes!(trials::one))
        .routes(routes!(tasks::approvals))
        .routes(routes!(tasks::decide))
        .routes(routes!(tasks::of_entity))
        .routes(routes!(tasks::expiries))
        .routes(routes!(tasks::warned))
        .routes(routes!(tasks::extend))
        .routes(routes!(search::search))
}
