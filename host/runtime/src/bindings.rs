//! The contract in Rust, generated from `wit/`.
//!
//! Rule: nothing outside `capabilities` and `call` uses these names; the rest of the crate speaks its own.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "portico:plugin/ingestion-plugin",
    imports: { default: async | trappable },
    exports: { default: async },
    require_store_data_send: true,
    with: {
        "portico:plugin/ingest.session": crate::capabilities::ingest::OpenSession,
        "portico:plugin/ingest.submission": crate::capabilities::ingest::Submission,
        "portico:plugin/repositories.snapshot": crate::capabilities::repositories::OpenSnapshot,
    },
});
