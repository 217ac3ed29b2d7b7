//! `settings`: what the operator wrote, as JSON.

use crate::bindings::portico::plugin::settings::Host;
use crate::guest::Guest;

impl Host for Guest {
    async fn get(&mut self) -> wasmtime::Result<String> {
        Ok(self.call.loaded.settings.clone())
    }
}
