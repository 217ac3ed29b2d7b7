//! How the host's calls become calls of the plugin's functions.

use std::sync::Once;

use crate::bindings::portico::plugin::types;
use crate::error::Result;
use crate::run::{Level, log};

/// Makes a plugin of functions: each extension point that it offers, and what stands behind it.
///
/// | point | what stands behind it |
/// |---|---|
/// | `ingestion` | `fn() -> Result<()>`, which brings data in |
/// | `cards` | a type with [`Cards`](crate::cards::Cards) |
/// | `kinds` | `fn(&Value) -> Result<Processed>`, see [`kinds`](crate::kinds) |
/// | `subscriber` | `fn(&[Event]) -> Result<()>`, see [`subscriber`](crate::subscriber) |
/// | `routes` | `fn(&Request) -> Result<Response>`, see [`routes`](crate::routes) |
/// | `checks` | `fn(&mut Findings)`, see [`checks`](crate::checks) |
/// | `watcher` | `fn() -> Result<()>`, which follows the other side, see [`stream`](crate::http::stream) |
/// | `actions` | `fn(&Invocation) -> Result<Output>`, see [`actions`](crate::actions) |
///
/// A function alone is one that brings data in. The manifest names the same points under `extensions`.
///
/// ```
/// use portico_sdk::cards::{Card, Cards, Context};
/// use portico_sdk::{Result, info};
///
/// struct Incidents;
///
/// impl Cards for Incidents {
///     fn render(_: &str, _: &Context) -> Result<Card> {
///         Ok(Card::new().markdown("Nothing is on fire."))
///     }
/// }
///
/// fn sync() -> Result<()> {
///     info!("there is nothing to do");
///     Ok(())
/// }
///
/// portico_sdk::plugin! { ingestion: sync, cards: Incidents }
/// ```
#[macro_export]
macro_rules! plugin {
    (@ ingestion $sync:path) => {
        impl $crate::bindings::ingestion::exports::portico::plugin::ingestion::Guest for Plugin {
            fn sync() -> ::core::result::Result<(), $crate::bindings::portico::plugin::types::Error> {
                $crate::enter($sync)
            }
        }
        $crate::plugin!(@export ingestion, ingestion);
    };
    (@ cards $cards:path) => {
        impl $crate::bindings::cards::exports::portico::plugin::cards::Guest for Plugin {
            fn render(id: ::std::string::String, context: $crate::bindings::cards::exports::portico::plugin::cards::Context)
            -> ::core::result::Result<$crate::cards::Card, $crate::bindings::portico::plugin::types::Error> {
                $crate::cards::enter_render::<$cards>(&id, context)
            }
            fn invoke(
                id: ::std::string::String,
                action: ::std::string::String,
                input: ::std::string::String,
                context: $crate::bindings::cards::exports::portico::plugin::cards::Context,
            ) -> ::core::result::Result<$crate::cards::Card, $crate::bindings::portico::plugin::types::Error> {
                $crate::cards::enter_invoke::<$cards>(&id, &action, &input, context)
            }
        }
        $crate::plugin!(@export cards, cards);
    };
    (@ kinds $process:path) => {
        impl $crate::bindings::kinds::exports::portico::plugin::kinds::Guest for Plugin {
            fn process(entities: ::std::vec::Vec<::std::string::String>) -> ::std::vec::Vec<::core::result::Result<
                $crate::bindings::kinds::exports::portico::plugin::kinds::Processed,
                $crate::bindings::portico::plugin::types::Error,
            >> {
                $crate::kinds::enter($process, &entities)
            }
        }
        $crate::plugin!(@export kinds, kinds);
    };
    (@ subscriber $handle:path) => {
        impl $crate::bindings::subscriber::exports::portico::plugin::subscriber::Guest for Plugin {
            fn handle(events: ::std::vec::Vec<$crate::bindings::subscriber::exports::portico::plugin::subscriber::Event>)
            -> ::core::result::Result<(), $crate::bindings::portico::plugin::types::Error> {
                $crate::subscriber::enter($handle, events)
            }
        }
        $crate::plugin!(@export subscriber, subscriber);
    };
    (@ routes $handle:path) => {
        impl $crate::bindings::routes::exports::portico::plugin::routes::Guest for Plugin {
            fn handle(request: $crate::bindings::routes::exports::portico::plugin::routes::Request)
            -> $crate::bindings::routes::exports::portico::plugin::routes::Response {
                $crate::routes::enter($handle, request)
            }
        }
        $crate::plugin!(@export routes, routes);
    };
    (@ checks $check:path) => {
        impl $crate::bindings::checks::exports::portico::plugin::checks::Guest for Plugin {
            fn check() -> ::std::vec::Vec<$crate::bindings::checks::exports::portico::plugin::checks::Finding> {
                $crate::checks::enter($check)
            }
        }
        $crate::plugin!(@export checks, checks);
    };
    (@ watcher $watch:path) => {
        impl $crate::bindings::watcher::exports::portico::plugin::watcher::Guest for Plugin {
            fn watch() -> ::core::result::Result<(), $crate::bindings::portico::plugin::types::Error> {
                $crate::enter($watch)
            }
        }
        $crate::plugin!(@export watcher, watcher);
    };
    (@ actions $perform:path) => {
        impl $crate::bindings::actions::exports::portico::plugin::actions::Guest for Plugin {
            fn perform(invocation: $crate::bindings::actions::exports::portico::plugin::actions::Invocation)
            -> ::core::result::Result<::std::string::String, $crate::bindings::portico::plugin::types::Error> {
                $crate::actions::enter($perform, invocation)
            }
        }
        $crate::plugin!(@export actions, actions);
    };
    (@ $other:ident $path:path) => {
        ::core::compile_error!(::core::concat!(
            "`", ::core::stringify!($other), "` is no extension point; name `ingestion`, `cards`, `kinds`, `subscriber`, `routes`, `checks`, `watcher` or `actions`"
        ));
    };
    // The names of a component's exports are none that a library for another target can have.
    (@export $point:ident, $interface:ident) => {
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::$point::export! { Plugin with_types_in $crate::bindings::$point }
        #[cfg(not(target_arch = "wasm32"))]
        const _: () = {
            const fn offers<T: $crate::bindings::$point::exports::portico::plugin::$interface::Guest>() {}
            offers::<Plugin>()
        };
    };
    ($($point:ident: $path:path),+ $(,)?) => {
        const _: () = {
            struct Plugin;
            $($crate::plugin!(@ $point $path);)+
        };
    };
    ($sync:path) => {
        $crate::plugin! { ingestion: $sync }
    };
}

/// Calls a function of the plugin that brings data in.
pub fn enter(sync: fn() -> Result<()>) -> core::result::Result<(), types::Error> {
    begin();
    sync().map_err(types::Error::from)
}

/// What every call begins with. A panic ends the call with no word of its own, so its message, which names the line, goes to the log
/// first. The backtrace is the portal's to add, which knows where the call was: a module without WASI cannot walk its own stack.
pub(crate) fn begin() {
    static HOOK: Once = Once::new();
    // A test that panics is told by its own means.
    if cfg!(target_arch = "wasm32") {
        HOOK.call_once(|| std::panic::set_hook(Box::new(|info| log(Level::Error, &info.to_string()))));
    }
}
