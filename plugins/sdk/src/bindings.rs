//! The contract in Rust, generated from `wit/`: what the host offers, and each extension point by itself. For what
//! [`crate::plugin!`] expands to; plugins use the modules around it.

wit_bindgen::generate!({
    path: "../../wit",
    world: "host",
    generate_all,
    additional_derives: [PartialEq],
});

/// Generates an extension point, with the host's interfaces as they are above.
macro_rules! extension_point {
    ($module:ident, $world:literal, $path:literal) => {
        #[expect(missing_docs, reason = "it is generated")]
        pub mod $module {
            wit_bindgen::generate!({
                path: "../../wit",
                world: $world,
                pub_export_macro: true,
                additional_derives: [PartialEq],
                default_bindings_module: $path,
                with: {
                    "portico:plugin/types@0.1.0": crate::bindings::portico::plugin::types,
                    "portico:plugin/run@0.1.0": crate::bindings::portico::plugin::run,
                    "portico:plugin/settings@0.1.0": crate::bindings::portico::plugin::settings,
                    "portico:plugin/state@0.1.0": crate::bindings::portico::plugin::state,
                    "portico:plugin/clock@0.1.0": crate::bindings::portico::plugin::clock,
                    "portico:plugin/http@0.1.0": crate::bindings::portico::plugin::http,
                    "portico:plugin/streams@0.1.0": crate::bindings::portico::plugin::streams,
                    "portico:plugin/catalog@0.1.0": crate::bindings::portico::plugin::catalog,
                    "portico:plugin/ingest@0.1.0": crate::bindings::portico::plugin::ingest,
                    "portico:plugin/repositories@0.1.0": crate::bindings::portico::plugin::repositories,
                    "portico:plugin/files@0.1.0": crate::bindings::portico::plugin::files,
                    "portico:plugin/locations@0.1.0": crate::bindings::portico::plugin::locations,
                    "portico:plugin/workspace@0.1.0": crate::bindings::portico::plugin::workspace,
                },
            });
        }
    };
}

extension_point!(ingestion, "ingestion-plugin", "portico_sdk::bindings::ingestion");
extension_point!(kinds, "kinds-plugin", "portico_sdk::bindings::kinds");
extension_point!(cards, "cards-plugin", "portico_sdk::bindings::cards");
extension_point!(subscriber, "subscriber-plugin", "portico_sdk::bindings::subscriber");
extension_point!(routes, "routes-plugin", "portico_sdk::bindings::routes");
extension_point!(checks, "checks-plugin", "portico_sdk::bindings::checks");
extension_point!(watcher, "watcher-plugin", "portico_sdk::bindings::watcher");
extension_point!(actions, "actions-plugin", "portico_sdk::bindings::actions");
