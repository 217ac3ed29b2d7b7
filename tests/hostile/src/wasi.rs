//! WASI as the guest sees it, generated from `wit/`.

wit_bindgen::generate!({ path: "wit", world: "portico:hostile-files/files", generate_all });
