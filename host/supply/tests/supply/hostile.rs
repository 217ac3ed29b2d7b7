//! Manifests that are something else: each is told what it is, and nothing of it is fetched.

use portico_supply::fetch;

use super::registry::{Registry, Store, layer, manifest};
use super::support::{COMPONENT, options};

#[tokio::test]
async fn what_is_no_plugin_is_told_what_it_is() {
    let wasm = || layer("application/wasm", COMPONENT);
    let image = manifest(&[wasm()]).replace("vnd.wasm.config.v0", "vnd.oci.image.config.v1");
    let sized = manifest(&[wasm().replace("\"size\":8", "\"size\":9")]);
    let index = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{},{}]}"#;
    let cases = [
        (index.to_owned(), "is a list of 2 manifests, one for each platform"),
        (manifest(&[]), "has 0 layers; a plugin has one"),
        (manifest(&[wasm(), wasm()]), "has 2 layers; a plugin has one"),
        (
            manifest(&[layer("application/vnd.oci.image.layer.v1.tar+gzip", COMPONENT)]),
            "its layer is of the type `application/vnd.oci",
        ),
        (image, "its configuration is of the type `application/vnd.oci.image.config.v1+json`. Push the plugin's file"),
        (manifest(&[wasm().replace("sha256:", "sha1:")]), "names a blob by `sha1:"),
        (sized, "says that its layer has 9 bytes, but it has 8; push the plugin again"),
        ("[".repeat(1000), "has a manifest that cannot be read (invalid type: sequence"),
        ("null".to_owned(), "has a manifest that cannot be read"),
        (r#"{"schemaVersion":1e400}"#.to_owned(), "has a manifest that cannot be read"),
        (r#"{"schemaVersion":2,"layers":{}}"#.to_owned(), "has a manifest that cannot be read"),
    ];
    for (text, expected) in cases {
        let mut store = Store::open();
        store.blob(COMPONENT);
        store.manifest("acme/x", "1.0", &text);
        let registry = Registry::start(store).await;
        let tag = registry.server.oci("acme/x:1.0");
        let error = fetch(&tag, &options()).await.expect_err(expected).to_string();
        assert!(error.starts_with(&format!("{tag} ")) && error.contains(expected), "{error} should say {expected}");
    }
}

#[tokio::test]
async fn a_manifest_without_an_end_is_cut_off() {
    let mut store = Store::open();
    store.manifest("acme/x", "1.0", &format!("{}{{", " ".repeat(5 << 20)));
    let registry = Registry::start(store).await;
    let error = fetch(&registry.server.oci("acme/x:1.0"), &options()).await.unwrap_err().to_string();
    assert!(error.contains("the manifest of") && error.contains("is larger than 4 MiB"), "{error}");
}
