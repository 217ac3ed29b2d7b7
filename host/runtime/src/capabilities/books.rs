//! What a call asks of the catalog and keeps there: here, or in the portal that an agent works for.
//!
//! Rule: a question is the same wherever it is answered, and whoever answers looks at the plugin's rights and at the limits. What an agent
//! sends is no better than what a plugin says.

use portico_api_types::{AgentAsk, AgentRefusal, AgentRefusalCause, AgentReply};
use portico_catalog::{RetainError, StoreError};

use super::ingest::{named, too_many_scopes};
use super::{catalog, locations, state};
use crate::admit;
use crate::bindings::portico::plugin::types::{Error, Unavailable};
use crate::classify::clean;
use crate::compile::digest;
use crate::guest::Call;

/// What is answered.
pub(crate) type Told = Result<AgentReply, Error>;

impl Call {
    /// Asks the catalog, wherever it is.
    pub(crate) async fn ask(&self, ask: AgentAsk) -> wasmtime::Result<Told> {
        match &self.assignment {
            None => self.blocking(move |call| answer(call, ask)).await,
            Some(assignment) => Ok(assignment.ask(&ask).await),
        }
    }
}

/// Answers by the catalog that is here.
pub(crate) fn answer(call: &Call, ask: AgentAsk) -> Told {
    let plugin = &call.loaded.manifest.name;
    match ask {
        AgentAsk::Cursor { scope } => {
            let stored = call.catalog.cursor(plugin, &scope).map_err(failed)?;
            Ok(AgentReply::Text(stored.and_then(|stored| admit::unmark(&call.judged_by(), stored))))
        }
        AgentAsk::Current { scope } => {
            named(&scope)?;
            call.catalog.current(plugin, &scope).map(|()| AgentReply::Done).map_err(failed)
        }
        AgentAsk::Unreadable { scope, reason } => {
            named(&scope)?;
            call.catalog.unreadable(plugin, &scope, &clean(&reason)).map(|()| AgentReply::Done).map_err(failed)
        }
        AgentAsk::Retain { scopes } => {
            too_many_scopes(scopes.len())?;
            let summary = call.catalog.retain(plugin, &scopes, &told(call)?).map_err(|error| match error {
                error @ RetainError::Leaving { .. } => Error::Denied(error.to_string()),
                RetainError::Store(error) => failed(error),
            })?;
            call.counters.committed(&summary);
            call.live.committed(summary);
            Ok(AgentReply::Done)
        }
        AgentAsk::StateGet { key } => state::get(call, &key),
        AgentAsk::StateSet { key, value } => state::set(call, &key, &value),
        AgentAsk::StateDelete { key } => state::delete(call, &key),
        AgentAsk::Entity { entity } => catalog::entity(call, &entity),
        AgentAsk::Search(question) => catalog::search(call, &question),
        AgentAsk::Locations => locations::own(call),
        AgentAsk::OtherLocations => locations::of_others(call),
    }
}

/// What people told the plugin to read, in short: its settings, and the locations that are its to read.
fn told(call: &Call) -> Result<String, Error> {
    let mut told = call.loaded.settings.clone();
    if let AgentReply::Locations(locations) = locations::own(call)? {
        let mut addresses: Vec<String> = locations.into_iter().map(|location| location.address).collect();
        addresses.sort();
        addresses.into_iter().for_each(|address| {
            told.push('\n');
            told.push_str(&address);
        });
    }
    Ok(digest(told.as_bytes()))
}

fn failed(error: StoreError) -> Error {
    Error::Failed(error.to_string())
}

/// What is wrong with an answer to something else.
pub(super) fn unexpected(told: Told) -> Error {
    told.err().unwrap_or_else(|| {
        Error::Failed(
            "the portal answered something else than what it was asked; have both be of one version".to_owned(),
        )
    })
}

/// An error as it travels.
pub(crate) fn refusal(error: Error) -> AgentRefusal {
    let (cause, message, retry_after) = match error {
        Error::Denied(message) => (AgentRefusalCause::Denied, message, None),
        Error::Invalid(message) => (AgentRefusalCause::Invalid, message, None),
        Error::NotFound(message) => (AgentRefusalCause::NotFound, message, None),
        Error::Unavailable(Unavailable { reason, retry_after }) => {
            (AgentRefusalCause::Unavailable, reason, retry_after)
        }
        Error::Failed(message) => (AgentRefusalCause::Failed, message, None),
    };
    AgentRefusal { cause, message, retry_after }
}

/// The same as the plugin hears it.
pub(crate) fn error(refusal: AgentRefusal) -> Error {
    let AgentRefusal { cause, message, retry_after } = refusal;
    match cause {
        AgentRefusalCause::Denied => Error::Denied(message),
        AgentRefusalCause::Invalid => Error::Invalid(message),
        AgentRefusalCause::NotFound => Error::NotFound(message),
        AgentRefusalCause::Unavailable => Error::Unavailable(Unavailable { reason: message, retry_after }),
        AgentRefusalCause::Failed => Error::Failed(message),
    }
}
