//! `state`: a few small values that outlive a run.
//!
//! Rule: keys and values together stay within what was granted. A trial reads what there is, and what it sets is dropped.

use portico_catalog::StoreError;

use crate::bindings::portico::plugin::state::Host;
use crate::bindings::portico::plugin::types::Error;
use crate::guest::Guest;

/// The longest key in bytes, as the contract says.
const KEY: usize = 256;

impl Host for Guest {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        if let Err(error) = check(&key) {
            return Ok(Err(error));
        }
        let found = self.call.blocking(move |call| call.catalog.state_get(&call.loaded.manifest.name, &key)).await?;
        Ok(found.map_err(failed))
    }

    async fn set(&mut self, key: String, value: Vec<u8>) -> wasmtime::Result<Result<(), Error>> {
        if let Err(error) = check(&key) {
            return Ok(Err(error));
        }
        if self.call.live.aim.trial().is_some() {
            return Ok(Ok(()));
        }
        let stored = self.call.blocking(move |call| {
            let (plugin, most) = (&call.loaded.manifest.name, call.loaded.rights.state.as_bytes());
            call.catalog.state_set_within(plugin, &key, &value, most)
        });
        Ok(match stored.await? {
            Ok(Ok(())) => Ok(()),
            Ok(Err(wanted)) => Err(Error::Denied(self.refused(&self.call.loaded.rights.state_denial(wanted)))),
            Err(error) => Err(failed(error)),
        })
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), Error>> {
        if let Err(error) = check(&key) {
            return Ok(Err(error));
        }
        if self.call.live.aim.trial().is_some() {
            return Ok(Ok(()));
        }
        let gone = self.call.blocking(move |call| call.catalog.state_delete(&call.loaded.manifest.name, &key)).await?;
        Ok(gone.map_err(failed))
    }
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
