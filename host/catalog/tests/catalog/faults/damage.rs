//! Files that are cut, changed in single bits, of a later version, or something else: refused as they are, or opened with nothing missing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use portico_catalog::{BackupError, OpenError};

use super::disk::Disk;
use super::state::{read, state, sync};
use super::writes::{company, open};

/// Numbers that look random and are the same every time.
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    let next =
        |number: &u64| Some(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    std::iter::successors(Some(seed), next).skip(1).map(|number| number >> 20)
}

fn is_refusal(error: &OpenError) -> bool {
    let said = error.to_string();
    said.contains("could not be opened") && said.contains("nothing was changed in it. Restore a backup")
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused_and_left_as_it_is() {
    let (bytes, ..) = company();
    let places = numbers(1).map(|number| number as usize % bytes.len()).take(150);
    for length in (1..64).chain([511, 512, 4095, 4096, 4097, bytes.len() - 1]).chain(places) {
        let disk = Disk::with(bytes[..length].to_vec());
        let error = open(&disk).map(drop).expect_err("a cut file is not opened");
        assert!(is_refusal(&error), "{length}: {error}");
        assert!(disk.bytes() == bytes[..length], "{length}: it was changed");
    }
}

#[test]
fn a_file_that_is_something_else_is_refused_and_left_as_it_is() {
    let (bytes, ..) = company();
    let noise: Vec<u8> = numbers(2).map(|number| number as u8).take(20_000).collect();
    let mut beheaded = bytes.clone();
    beheaded[..4096].fill(0);
    for content in [b"r".to_vec(), b"SQLite format 3\0 and so on".to_vec(), noise, vec![0; 9_000], beheaded] {
        let disk = Disk::with(content.clone());
        let error = open(&disk).map(drop).unwrap_err();
        assert!(is_refusal(&error), "{error}");
        assert!(disk.bytes() == content, "it was changed");
    }
}

/// A file with one bit changed, for many places of the header and of what it leads to.
fn flipped(bytes: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> {
    let held: Vec<usize> = (0..bytes.len()).filter(|place| bytes[*place] != 0).collect();
    let header = (0..320).step_by(3).map(|place| (place, place % 8));
    let others =
        numbers(3).take(150).map(move |number| (held[(number >> 3) as usize % held.len()], number as usize % 8));
    header.chain(others).map(|(place, bit)| {
        let mut changed = bytes.to_vec();
        changed[place] ^= 1 << bit;
        (format!("bit {bit} of byte {place}"), changed)
    })
}

/// Names the file for the child; without it the child's test does nothing.
const FILE: &str = "PORTICO_DAMAGED_FILE";

/// What a portal does with its file, in a process of its own: damage can end one.
#[test]
fn a_child_that_works_with_a_damaged_file() {
    let Ok(file) = env::var(FILE) else { return };
    let catalog = match crate::support::open(file.as_ref()) {
        Ok(catalog) => catalog,
        Err(error) => {
            assert!(is_refusal(&error), "{error}");
            println!("refused");
            return;
        }
    };
    println!("opened");
    // A panic ends one answer of the API, or one run, and no more than that.
    let _ = catch_unwind(AssertUnwindSafe(|| read(&catalog)));
    let _ = catch_unwind(AssertUnwindSafe(|| sync(&catalog)));
}

/// What a child made of the file: whether it refused it, and whether it came to its end.
fn child(file: &Path) -> (bool, bool, String) {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "faults::damage::a_child_that_works_with_a_damaged_file", "--nocapture"])
        .env(FILE, file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let how = format!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("refused") || said.contains("opened"), "opening it ends with a sentence: {how}");
    (said.contains("refused"), output.status.success(), how)
}

#[test]
fn a_changed_bit_is_refused_or_harmless_and_a_check_finds_it() {
    let (bytes, before, _) = company();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalog.redb");
    let (mut refused, mut found) = (0, 0);
    for (what, changed) in flipped(&bytes) {
        fs::write(&file, &changed).unwrap();
        let (is_refused, is_over, how) = child(&file);
        if is_refused {
            assert!(fs::read(&file).unwrap() == changed, "{what}: it was changed");
            refused += 1;
        }
        if !is_over {
            // Where the engine cannot go on it ends the process; the file was not closed then, so the next opening looks at all of it.
            let (_, is_over, again) = child(&file);
            assert!(is_over, "{what}: {how}; and again: {again}");
        }
        fs::write(&file, &changed).unwrap();
        match crate::support::check(&file) {
            Ok(_) => assert_eq!(state(&crate::support::open(&file).unwrap()), before, "{what}: a check lets it pass"),
            Err(BackupError::Open(error)) => {
                assert!(is_refusal(&error), "{what}: {error}");
                assert!(fs::read(&file).unwrap() == changed, "{what}: it was changed");
                found += 1;
            }
            Err(error) => panic!("{what}: {error}"),
        }
    }
    assert!(refused > 20 && found > 40, "{refused} were refused, {found} were found by a check");
}
