//! The contract as a guest sees it, generated from `wit/`.

#![expect(unsafe_code, reason = "generated code calls across the border of the sandbox")]

wit_bindgen::generate!({
    path: "../../wit",
    world: "portico:plugin/ingestion-plugin",
});

export!(Hostile);

use crate::Hostile;
