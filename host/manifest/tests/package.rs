//! Packages: a manifest goes into a component and comes out again; every other file is told what it is.

use portico_manifest::{MANIFEST_SECTION, PackageError, pack, unpack};
use proptest::prelude::*;

const MANIFEST: &str = "name: demo\nversion: 1.0.0\npublisher: Acme\ntitle: Demo\ndescription: Shows.\ncontract: 0.1.0\nextensions: [ingestion]\nevery: never\n";

/// The smallest component there is.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
/// The smallest core module there is.
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

#[test]
fn a_manifest_comes_out_as_it_went_in() {
    let packed = pack(COMPONENT, MANIFEST).unwrap();
    let package = unpack(&packed).unwrap();
    assert_eq!(package.manifest.name, "demo");
    assert_eq!(package.text, MANIFEST);
}

#[test]
fn a_long_manifest_comes_out_as_it_went_in() {
    let long = format!("{MANIFEST}# {}\n", "x".repeat(100_000));
    assert_eq!(unpack(&pack(COMPONENT, &long).unwrap()).unwrap().text, long);
}

#[test]
fn a_file_that_is_no_package_is_told_what_it_is() {
    let twice = {
        let mut bytes = pack(COMPONENT, MANIFEST).unwrap();
        let section = bytes[COMPONENT.len()..].to_vec();
        bytes.extend(section);
        bytes
    };
    let cases: [(&[u8], &str); 7] = [
        (b"#!/bin/sh", "the file is no WebAssembly file. A plugin is"),
        (b"", "the file is no WebAssembly file. A plugin is"),
        (b"\0asm", "the file is no WebAssembly that can be read: "),
        (&COMPONENT[..7], "the file is no WebAssembly that can be read: "),
        (MODULE, "the file is a core module, not a component."),
        (COMPONENT, "the component carries no manifest. Pack it with its `manifest.yaml`."),
        (&twice, "the component carries 2 manifests"),
    ];
    for (bytes, expected) in cases {
        let error = unpack(bytes).unwrap_err().to_string();
        assert!(error.starts_with(expected) && error.lines().count() == 1, "{error}");
    }
}

#[test]
fn packing_twice_is_refused() {
    let packed = pack(COMPONENT, MANIFEST).unwrap();
    assert_eq!(pack(&packed, MANIFEST).unwrap_err(), PackageError::Packed);
}

#[test]
fn a_wrong_manifest_is_not_packed() {
    let error = pack(COMPONENT, "name: demo\n").unwrap_err().to_string();
    assert_eq!(error, "the manifest is wrong: manifest.yaml, line 1: the key `version` is missing.");
}

#[test]
fn a_manifest_inside_a_nested_component_does_not_count() {
    let inner = pack(COMPONENT, MANIFEST).unwrap();
    let mut outer = COMPONENT.to_vec();
    outer.push(4);
    outer.extend([(inner.len() & 0x7f) as u8 | 0x80, (inner.len() >> 7) as u8]);
    outer.extend(&inner);
    assert_eq!(unpack(&outer).unwrap_err(), PackageError::NoManifest);
}

#[test]
fn the_section_has_its_agreed_name() {
    let packed = pack(COMPONENT, MANIFEST).unwrap();
    assert_eq!(MANIFEST_SECTION, "portico:manifest");
    assert!(packed.windows(MANIFEST_SECTION.len()).any(|window| window == MANIFEST_SECTION.as_bytes()));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0usize..400) {
        let _ = unpack(&bytes);
        let mut packed = pack(COMPONENT, MANIFEST).unwrap();
        packed.truncate(cut);
        let _ = unpack(&packed);
        let mut behind = COMPONENT.to_vec();
        behind.extend(&bytes);
        let _ = unpack(&behind);
    }
}
