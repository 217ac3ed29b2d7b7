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

            impl $crate::bindings::exports::portico::plugin::ingestion::Guest for Plugin {
                fn sync() -> ::core::result::Result<(), $crate::bindings::portico::plugin::types::Error> {
                    $crate::enter($sync)
                }
            }

    $crate::bindings::export!(Plugin with_types_in $crate::bindings);
        };
    };
}

/// Calls the plugin's function. A panic ends the run with no word of its own, so its message goes to the log first.
pub fn enter(sync: fn() -> Result<()>) -> core::result::Result<(), types::Error> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| std::panic::set_hook(Box::new(|info| log(Level::Error, &info.to_string()))));
    sync().map_err(types::Error::from)
}
