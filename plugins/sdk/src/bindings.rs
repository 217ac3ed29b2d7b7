//! The contract in Rust, generated from `wit/`. For what [`crate::plugin!`] expands to; plugins use
//! the modules around it.

wit_bindgen::generate!({
    path: "../../wit",
    world: "ingestion-plugin",
    pub_export_macro: true,
    default_bindings_module: "portico_sdk::bindings",
});
