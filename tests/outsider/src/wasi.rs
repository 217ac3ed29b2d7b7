//! WASI as the guest sees it, generated from `wit/`.

wit_bindgen::generate!({ path: "wit", world: "portico:outsider/outsider", generate_all });
