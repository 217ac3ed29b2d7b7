//! Whatever stands in a manifest, reading it ends in a manifest or in a sentence.

use portico_manifest::{Grants, Manifest, Rights, parse};
use proptest::collection::vec;
use proptest::prelude::*;

/// Manifests that say most of what can be said.
const WHOLE: [&str; 3] = [
    include_str!("../../../tests/hostile/manifest.yaml"),
    include_str!("../../../examples/plugins/radar-rust/manifest.yaml"),
    include_str!("../../../examples/plugins/deployments-rust/manifest.yaml"),
];

/// What is put in the place of something: what means something here, and anything.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "name",
            "asks:",
            "extensions: [",
            "kinds:",
            "cards:",
            "routes:",
            "&a",
            "*a",
            "<<: *a",
            "!!binary",
            "|",
            ">",
            "- ",
            "? ",
            ": ",
            "{",
            "}",
            "]",
            "'",
            "\"",
            "\t",
            "\u{0}",
            "\u{feff}",
            "null",
            "1e999",
            "0x",
            "9999999999999999999999",
            "12MiB",
            "*",
            "**",
            "/../",
            "https://",
            "[::1]",
            "env: ",
            "\n---\n",
            "\n...\n",
        ])
        .prop_map(str::to_owned),
        ".{0,12}",
        any::<String>(),
    ]
}

/// A manifest in which some spans were replaced.
fn damaged() -> impl Strategy<Value = String> {
    let damage = vec((any::<prop::sample::Index>(), 0..40_usize, piece()), 1..6);
    (prop::sample::select(WHOLE.to_vec()), damage).prop_map(|(whole, damage)| {
        let mut text: Vec<char> = whole.chars().collect();
        for (place, length, piece) in damage {
            let from = place.index(text.len() + 1);
            let to = (from + length).min(text.len());
            text.splice(from..to, piece.chars());
        }
        text.into_iter().collect()
    })
}

fn is_read(text: &str) {
    match Manifest::parse(text, "manifest.yaml") {
        Ok(manifest) => {
            // Whoever holds one can ask for its rights, and for the lines of what it asks for.
            let rights = Rights::new(&manifest, &Grants::default());
            assert!(rights.lines().iter().all(|line| !line.target.is_empty() && !line.reason.is_empty()));
        }
        Err(error) => assert!(error.to_string().starts_with("manifest.yaml"), "{error}"),
    }
    // What is sound of it, and what is wrong with it, are looked for in whatever it is.
    drop(Manifest::sound(text));
    drop(parse::<Grants>(text, "portico.yaml"));
}

proptest! {
    #[test]
    fn a_manifest_in_which_anything_stands_is_read_or_refused(text in any::<String>()) {
        is_read(&text);
    }

    #[test]
    fn a_manifest_that_was_damaged_is_read_or_refused(text in damaged()) {
        is_read(&text);
    }
}

#[test]
fn the_manifests_that_are_damaged_are_whole() {
    for whole in WHOLE {
        Manifest::parse(whole, "manifest.yaml").unwrap();
    }
}
