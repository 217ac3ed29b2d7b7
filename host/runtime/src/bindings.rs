//! The contract in Rust, generated from `wit/`: what the host offers, and each extension point by itself.
//!
//! Rule: nothing outside `capabilities` and `entry` uses these names; the rest of the crate speaks its own.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "portico:plugin/host",
    imports: { default: async | trappable },
    require_store_data_send: true,
    with: {
        "portico:plugin/ingest.session": crate::capabilities::session::OpenSession,
        "portico:plugin/ingest.submission": crate::capabilities::ingest::Submission,
        "portico:plugin/streams.answer": crate::capabilities::streams::OpenAnswer,
        "portico:plugin/repositories.snapshot": crate::capabilities::repositories::OpenSnapshot,
    },
});

/// Generates an extension point, with the host's interfaces as they are above.
macro_rules! extension_point {
    ($module:ident, $world:literal) => {
        pub(crate) mod $module {
            wasmtime::component::bindgen!({
                path: "../../wit",
                world: $world,
                imports: { default: async | trappable },
                exports: { default: async },
                require_store_data_send: true,
                with: {
                    "portico:plugin/types": crate::bindings::portico::plugin::types,
                    "portico:plugin/run": crate::bindings::portico::plugin::run,
                    "portico:plugin/settings": crate::bindings::portico::plugin::settings,
                    "portico:plugin/state": crate::bindings::portico::plugin::state,
                    "portico:plugin/clock": crate::bindings::portico::plugin::clock,
                    "portico:plugin/http": crate::bindings::portico::plugin::http,
                    "portico:plugin/streams": crate::bindings::portico::plugin::streams,
                    "portico:plugin/catalog": crate::bindings::portico::plugin::catalog,
                    "portico:plugin/ingest": crate::bindings::portico::plugin::ingest,
                    "portico:plugin/repositories": crate::bindings::portico::plugin::repositories,
                    "portico:plugin/files": crate::bindings::portico::plugin::files,
                    "portico:plugin/locations": crate::bindings::portico::plugin::locations,
                    "portico:plugin/workspace": crate::bindings::portico::plugin::workspace,
                },
            });
        }
    };
}

extension_point!(ingestion, "portico:plugin/ingestion-plugin");
extension_point!(kinds, "portico:plugin/kinds-plugin");
extension_point!(cards, "portico:plugin/cards-plugin");
extension_point!(subscriber, "portico:plugin/subscriber-plugin");
extension_point!(routes, "portico:plugin/routes-plugin");
extension_point!(checks, "portico:plugin/checks-plugin");
extension_point!(watcher, "portico:plugin/watcher-plugin");
extension_point!(actions, "portico:plugin/actions-plugin");
