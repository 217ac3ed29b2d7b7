//! `state`: a few small values that outlive a run.
//!
//! Rule: keys and values together stay within what was granted. A trial reads what there is, and what it sets is dropped.

use portico_api_types::{AgentAsk, AgentReply};
use portico_catalog::StoreError;

use super::books::{Told, unexpected};
use crate::bindings::portico::plugin::state::Host;
use crate::bindings::portico::plugin::types::Error;
use crate::guest::{Call, Guest};

/// The longest key in bytes, as the contract says.
const KEY: usize = 256;

impl Host for Guest {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        Ok(match self.call.ask(AgentAsk::StateGet { key }).await? {
            Ok(AgentReply::Value { value }) => Ok(value),
            other => Err(unexpected(other)),
        })
    }

    async fn set(&mut self, key: String, value: Vec<u8>) -> wasmtime::Result<Result<(), Error>> {
        if let Err(error) = check(&key) {
            return Ok(Err(error));
        }
        if self.call.live.aim.trial().is_some() || self.call.is_dry {
            return Ok(Ok(()));
        }
        Ok(self.call.ask(AgentAsk::StateSet { key, value }).await?.map(drop))
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), Error>> {
        if let Err(error) = check(&key) {
            return Ok(Err(error));
        }
        if self.call.live.aim.trial().is_some() || self.call.is_dry {
            return Ok(Ok(()));
        }
        Ok(self.call.ask(AgentAsk::StateDelete { key }).await?.map(drop))
    }
}

/// A value.
pub(super) fn get(call: &Call, key: &str) -> Told {
    check(key)?;
    let value = call.catalog.state_get(&call.loaded.manifest.name, key).map_err(failed)?;
    Ok(AgentReply::Value { value })
}

/// Keeps a value, if it is within what was granted.
pub(super) fn set(call: &Call, key: &str, value: &[u8]) -> Told {
    check(key)?;
    let (plugin, most) = (&call.loaded.manifest.name, call.loaded.rights.state.as_bytes());
    match call.catalog.state_set_within(plugin, key, value, most).map_err(failed)? {
        Ok(()) => Ok(AgentReply::Done),
        Err(wanted) => Err(Error::Denied(call.refused(&call.loaded.rights.state_denial(wanted)))),
    }
}

/// Forgets a value.
pub(super) fn delete(call: &Call, key: &str) -> Told {
    check(key)?;
    call.catalog.state_delete(&call.loaded.manifest.name, key).map(|()| AgentReply::Done).map_err(failed)
}

fn check(key: &str) -> Result<(), Error> {
    if (1..=KEY).contains(&key.len()) {
        return Ok(());
    }
    Err(Error::Invalid(format!("a key has 1 to {KEY} bytes, this one has {}", key.len())))
}

fn failed(error: StoreError) -> Error {
    Error::Failed(error.to_string())
}
