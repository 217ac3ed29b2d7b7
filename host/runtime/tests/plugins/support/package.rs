//! Packages: the hostile guest as a component, with the manifest that a test wants.
//!
//! `cargo xtask test` builds the component and names its folder in `PORTICO_TEST_PLUGINS`; where that is not set, it is
//! built here, once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use portico_manifest::{MANIFEST_SECTION, pack, unpack};

const TARGET: &str = "wasm32-unknown-unknown";

/// What a test wants to be different in the manifest.
#[derive(Clone, Copy)]
pub(crate) struct Changes<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) every: &'a str,
    /// Lines that are added to it.
    pub(crate) more: &'a str,
}

impl Default for Changes<'_> {
    fn default() -> Self {
        Changes { name: "hostile", version: "0.1.0", every: "never", more: "" }
    }
}

/// A package of the hostile guest.
pub(crate) fn hostile(changes: Changes<'_>) -> Vec<u8> {
    let (component, manifest) = component();
    // Kinds and routes that a test adds are in the place of its own.
    let is_kind = |line: &str| matches!(line, "kinds:" | "  - name: Hostile" | "    apiVersions: [hostile.test/v1]");
    let is_route = |line: &str| line == "routes:" || line.starts_with("  - { path:");
    let adds = |key: &str| changes.more.lines().any(|line| line == key);
    let (kinds, routes) = (adds("kinds:"), adds("routes:"));
    let is_replaced = |line: &&str| (kinds && is_kind(line)) || (routes && is_route(line));
    let kept = manifest.lines().filter(|line| !is_replaced(line));
    let manifest: String = kept.map(|line| changed(line, changes)).collect();
    pack(component, &format!("{manifest}{}", changes.more)).unwrap()
}

fn changed(line: &str, changes: Changes<'_>) -> String {
    let Changes { name, version, every, more: _ } = changes;
    // Each has a kind of its own, called like the plugin.
    if line == "  - name: Hostile" {
        let (first, rest) = name.split_at(1);
        return format!("  - name: {}{}\n", first.to_uppercase(), rest.replace('-', ""));
    }
    // Of two actions with one name, one would be done by another plugin.
    if let Some(action) = line.strip_prefix("  - id: hostile:") {
        return format!("  - id: {name}:{action}\n");
    }
    match line.split_once(':') {
        Some(("name", _)) => format!("name: {name}\n"),
        Some(("version", _)) => format!("version: {version}\n"),
        Some(("every", _)) => format!("every: {every}\n"),
        _ => format!("{line}\n"),
    }
}

/// The component without a manifest, and the manifest that belongs to it.
fn component() -> &'static (Vec<u8>, String) {
    static COMPONENT: OnceLock<(Vec<u8>, String)> = OnceLock::new();
    COMPONENT.get_or_init(|| match std::env::var_os("PORTICO_TEST_PLUGINS") {
        Some(folder) => {
            let packed = std::fs::read(PathBuf::from(folder).join("hostile.wasm")).unwrap();
            let manifest = unpack(&packed).unwrap().text;
            (without_manifest(packed), manifest)
        }
        None => built("hostile"),
    })
}

/// The manifest's section is the last one: an id, a length, and the name with its own length before it.
fn without_manifest(mut packed: Vec<u8>) -> Vec<u8> {
    let name = MANIFEST_SECTION.as_bytes();
    let at = packed.windows(name.len()).rposition(|window| window == name).unwrap();
    let body = packed.len() - at + 1;
    let length_bytes = (body.ilog2() / 7 + 1) as usize;
    packed.truncate(at - 1 - length_bytes - 1);
    packed
}

/// A test's guest by its name, as a component, and its manifest.
pub(super) fn built(name: &str) -> (Vec<u8>, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(&root).args([
        "build",
        "--lib",
        "--package",
        &format!("portico-plugin-{name}"),
        "--profile",
        "wasm-release",
        "--target",
        TARGET,
    ]);
    cargo.env("RUSTC", compiler()).env_remove("RUSTFLAGS");
    assert!(
        cargo.status().unwrap().success(),
        "the guest `{name}` could not be built; `cargo xtask setup` installs what is missing"
    );
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let module = std::fs::read(target.join(TARGET).join(format!("wasm-release/portico_plugin_{name}.wasm"))).unwrap();
    let component =
        wit_component::ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap();
    (component, std::fs::read_to_string(root.join(format!("tests/{name}/manifest.yaml"))).unwrap())
}

/// The first compiler that has the target's standard library.
fn compiler() -> &'static str {
    let has_target = |rustc: &&str| {
        let output = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
        let folder = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
        std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
    };
    ["rustc", "/usr/bin/rustc"].into_iter().find(has_target).unwrap()
}

#[test]
fn a_component_comes_out_of_its_package_as_it_went_in() {
    let (component, manifest) = component();
    for manifest in [manifest.clone(), format!("{manifest}# {}", "x".repeat(20_000))] {
        let packed = pack(component, &manifest).unwrap();
        assert!(without_manifest(packed) == *component);
    }
}
