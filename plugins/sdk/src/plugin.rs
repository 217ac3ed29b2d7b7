//! How the host's call becomes a call of the plugin's function.

use std::sync::Once;

use crate::bindings::portico::plugin::types;
use crate::error::Result;
use crate::run::{Level, log};

/// Makes a plugin of a function `fn() -> portico_sdk::Result<()>` that brings data in.
#[macro_export]
macro_rules! plugin {
    ($sync:path) => {
        const _: () = {
            struct Plugin;

            impl $crate::bindings::ingestion::exports::portico::plugin::ingestion::Guest for Plugin {
                fn sync() -> ::core::result::Result<(), $crate::bindings::portico::plugin::types::Error> {
                    $crate::enter($sync)
                }
            }

            #[cfg(target_arch = "wasm32")]
            $crate::bindings::ingestion::export! { Plugin with_types_in $crate::bindings::ingestion }
            // The names of a component's exports are none that a library for another target can have.
            #[cfg(not(target_arch = "wasm32"))]
            const _: fn() -> ::core::result::Result<(), $crate::bindings::portico::plugin::types::Error> =
                <Plugin as $crate::bindings::ingestion::exports::portico::plugin::ingestion::Guest>::sync;
        };
    };
}

/// Calls the plugin's function. A panic ends the run with no word of its own, so its message goes to the log first.
pub fn enter(sync: fn() -> Result<()>) -> core::result::Result<(), types::Error> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| std::panic::set_hook(Box::new(|info| log(Level::Error, &info.to_string()))));
    sync().map_err(types::Error::from)
}
