//! Which kinds are a plugin's own: those that it brings, and never those that every portal has.

use portico_manifest::{Capability, CatalogRight, Grants, Manifest, Rights};

const BUILT_IN: &str = "\
name: demo
version: 1.0.0
publisher: Acme
title: Demo
description: Shows.
contract: 0.1.0
extensions: [ingestion]
kinds: [{ name: User, icon: globe }, { name: component, icon: globe }, { name: Cluster }]
";

#[test]
fn a_built_in_kind_that_a_plugin_shows_otherwise_is_not_its_own() {
    let manifest = Manifest::parse(BUILT_IN, "manifest.yaml").expect("a manifest");
    let own: Vec<&str> = manifest.own_kinds().map(|kind| kind.name.as_str()).collect();
    assert_eq!(own, ["Cluster"]);
    assert!(manifest.declares("cluster") && !manifest.declares("User") && !manifest.declares("Component"));
    let rights = Rights::new(&manifest, &Grants::default());
    for right in [CatalogRight::Read, CatalogRight::Write, CatalogRight::Attach] {
        assert!(rights.kind(right, "Cluster").is_ok());
        for kind in ["User", "Component"] {
            assert!(rights.kind(right, kind).is_err(), "{right:?} of {kind} was granted by nobody");
        }
    }
    assert_eq!(rights.kind(CatalogRight::Write, "User").map_err(|denial| denial.capability), Err(Capability::Write));
}

#[test]
fn code_for_kinds_takes_a_kind_of_its_own() {
    let text = BUILT_IN.replace("[ingestion]", "[kinds]").replace(", { name: Cluster }", "");
    let faults = Manifest::faults(&text, "manifest.yaml");
    assert!(faults.iter().any(|fault| fault.to_string().contains("kinds")), "{faults:?}");
}
