//! The contract as a guest sees it, generated from `wit/`.

#![cfg_attr(
    target_arch = "wasm32",
    expect(unsafe_code, reason = "generated code calls across the border of the sandbox")
)]

wit_bindgen::generate!({
    path: "../../wit",
    inline: "
        package portico:hostile;

        world hostile {
            include portico:plugin/ingestion-plugin@0.1.0;
            include portico:plugin/kinds-plugin@0.1.0;
            include portico:plugin/cards-plugin@0.1.0;
            include portico:plugin/subscriber-plugin@0.1.0;
            include portico:plugin/routes-plugin@0.1.0;
            include portico:plugin/checks-plugin@0.1.0;
            include portico:plugin/watcher-plugin@0.1.0;
            include portico:plugin/actions-plugin@0.1.0;
        }
    ",
    world: "portico:hostile/hostile",
    generate_all,
});

// Elsewhere the names of the exports mean nothing to a linker; there the crate is only checked.
#[cfg(target_arch = "wasm32")]
export!(Hostile);

#[cfg(target_arch = "wasm32")]
use crate::Hostile;
