//! A disk that is full, takes no writes, fails, tears a write or loses power, at every operation in turn.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use portico_api_types::KindDeclaration;
use portico_catalog::{Catalog, CommitError, NoExpressions, OpenError};
use serde_json::json;

use super::disk::{Disk, Fault};
use super::state::{State, fill, session, state, sync};

const FULL: ErrorKind = ErrorKind::StorageFull;
const READ_ONLY: ErrorKind = ErrorKind::ReadOnlyFilesystem;

pub(crate) fn open(disk: &Disk) -> Result<Catalog, OpenError> {
    let catalog = Catalog::with_backend(disk.clone(), Path::new("catalog.redb"), Arc::new(NoExpressions))?;
    catalog.set_removal_guard(portico_catalog::RemovalGuard::off());
    Ok(catalog)
}

/// The bytes of the company, and what it shows before the sync and after it.
pub(crate) fn company() -> (Vec<u8>, State, State) {
    let disk = Disk::default();
    let catalog = open(&disk).unwrap();
    fill(&catalog);
    let before = state(&catalog);
    drop(catalog);
    let bytes = disk.bytes();
    let catalog = open(&disk).unwrap();
    sync(&catalog).unwrap();
    let after = state(&catalog);
    assert_ne!(before, after);
    (bytes, before, after)
}

/// The sentence of a disk that failed like this.
fn sentence(fault: Fault) -> String {
    match fault {
        Fault::Once(_, FULL) | Fault::From(_, FULL) => {
            "the disk that holds the data folder is full (no storage space), and this could not be stored; the catalog is whole and \
             goes on answering. Make room there, and the next attempt stores it"
                .to_owned()
        }
        Fault::Once(_, kind) | Fault::From(_, kind) => format!(
            "the disk that holds the data folder takes no writes ({kind}), and this could not be stored; the catalog is whole and \
             goes on answering. Make the folder and its files writable for the portal, and try again"
        ),
        Fault::Torn(_) | Fault::Sync(_) => {
            "the disk that holds the data folder failed (the device answers with an error); check the disk, and that the folder is \
             still there"
                .to_owned()
        }
    }
}

/// A sync in which one operation of the disk goes wrong, for every operation that it makes.
fn every_operation(fault: impl Fn(u64) -> Fault) {
    let (bytes, before, after) = company();
    let mut number = 0;
    loop {
        let fault = fault(number);
        let disk = Disk::with(bytes.clone());
        let catalog = open(&disk).unwrap();
        disk.fails(Some(fault));
        let result = sync(&catalog);
        if !disk.was_hit() {
            assert!(result.is_ok() && number > 5, "{fault:?}: a sync makes {number} operations");
            return;
        }
        let possible = |shown: State, place: &str| {
            let is_possible = shown == after || (result.is_err() && shown == before);
            assert!(is_possible, "{fault:?}, {result:?}: {place} shows {shown:#?}");
        };
        if let Err(error) = &result {
            assert_eq!(error.to_string(), sentence(fault), "{fault:?}");
        }
        possible(state(&catalog), "the process that goes on");
        possible(state(&open(&Disk::with(disk.bytes())).unwrap()), "the process after it");
        // Of writes that were not synced, a loss of power keeps none, all, or any.
        possible(state(&open(&Disk::with(disk.after_power_loss(|_| false))).unwrap()), "a machine that lost them all");
        possible(state(&open(&Disk::with(disk.after_power_loss(|_| true))).unwrap()), "a machine that lost none");
        for parity in 0..2 {
            let bytes = disk.after_power_loss(|write| write % 2 == parity);
            possible(state(&open(&Disk::with(bytes)).unwrap()), "a machine that lost every other");
        }
        // The disk is well again, and the same process stores what it could not.
        disk.fails(None);
        sync(&catalog).unwrap();
        assert_eq!(state(&catalog), after, "{fault:?}: the next sync");
        drop(catalog);
        assert_eq!(state(&open(&disk).unwrap()), after, "{fault:?}: the file of the next sync");
        number += 1;
    }
}

#[test]
fn a_disk_that_is_full_for_a_moment_costs_a_sync_at_most() {
    every_operation(|number| Fault::Once(number, FULL));
}

#[test]
fn a_disk_that_is_full_leaves_the_catalog_as_it_was_and_readable() {
    every_operation(|number| Fault::From(number, FULL));
}

#[test]
fn a_disk_that_takes_no_more_writes_leaves_the_catalog_as_it_was_and_readable() {
    every_operation(|number| Fault::From(number, READ_ONLY));
}

#[test]
fn a_write_that_is_torn_is_never_seen() {
    every_operation(Fault::Torn);
}

#[test]
fn a_disk_that_cannot_say_that_it_has_stored_something_is_not_believed() {
    every_operation(Fault::Sync);
}

#[test]
fn a_catalog_that_cannot_be_opened_for_the_disk_says_so_and_is_there_afterwards() {
    let (bytes, before, _) = company();
    for kind in [FULL, READ_ONLY, ErrorKind::PermissionDenied] {
        for number in 0.. {
            let disk = Disk::with(bytes.clone());
            disk.fails(Some(Fault::From(number, kind)));
            let opened = open(&disk);
            if !disk.was_hit() {
                assert!(number > 0 && opened.is_ok(), "opening makes {number} operations");
                break;
            }
            if let Err(error) = opened {
                let expected = sentence(Fault::From(0, kind));
                assert_eq!(error.to_string(), format!("the catalog catalog.redb could not be opened: {expected}"));
            }
            assert_eq!(state(&open(&Disk::with(disk.bytes())).unwrap()), before, "{number}");
        }
    }
}

#[test]
fn a_new_catalog_that_could_not_be_finished_is_begun_again() {
    for make in [(|number| Fault::From(number, FULL)) as fn(u64) -> Fault, Fault::Torn, Fault::Sync] {
        for number in 0.. {
            let disk = Disk::default();
            disk.fails(Some(make(number)));
            let opened = open(&disk);
            if !disk.was_hit() {
                assert!(number > 3 && opened.is_ok(), "making one makes {number} operations");
                break;
            }
            drop(opened);
            for bytes in [disk.bytes(), disk.after_power_loss(|_| false), disk.after_power_loss(|write| write % 2 == 0)]
            {
                assert_eq!(open(&Disk::with(bytes)).unwrap().count().unwrap(), 0, "{:?}", make(number));
            }
        }
    }
}

#[test]
fn the_kinds_in_use_are_those_that_are_stored() {
    let (bytes, before, _) = company();
    let kind: KindDeclaration =
        serde_json::from_value(json!({ "name": "Cluster", "apiVersions": ["example.com/v1"] })).unwrap();
    for make in [(|number| Fault::Once(number, FULL)) as fn(u64) -> Fault, Fault::Sync] {
        for number in 0.. {
            let disk = Disk::with(bytes.clone());
            let catalog = open(&disk).unwrap();
            disk.fails(Some(make(number)));
            let declared = catalog.declare_kind(kind.clone());
            if !disk.was_hit() {
                declared.unwrap();
                break;
            }
            let shown = state(&catalog);
            assert_eq!(shown, state(&open(&Disk::with(disk.bytes())).unwrap()), "{number}: memory and disk agree");
            assert!(declared.is_err() || shown != before, "{number}: what is said to be declared is there");
            assert_eq!(catalog.registry().declared().len(), usize::from(shown != before));
        }
    }
}

#[test]
fn readers_go_on_while_the_disk_takes_no_writes() {
    let (bytes, before, after) = company();
    let disk = Disk::with(bytes);
    let catalog = open(&disk).unwrap();
    disk.fails(Some(Fault::From(0, FULL)));
    for _ in 0..3 {
        assert!(matches!(sync(&catalog), Err(CommitError::Store(_))));
        assert_eq!(state(&catalog), before);
    }
    assert!(catalog.state_set("ci", "key", b"value").unwrap_err().to_string().contains("Make room there"));
    disk.fails(None);
    catalog.state_set("ci", "key", b"value").unwrap();
    sync(&catalog).unwrap();
    assert_eq!(state(&catalog), after);
}

#[test]
fn a_session_that_was_open_when_the_disk_failed_is_committed_when_it_is_well() {
    let (bytes, before, after) = company();
    let disk = Disk::with(bytes);
    let catalog = open(&disk).unwrap();
    let session = session(&catalog);
    disk.fails(Some(Fault::From(0, FULL)));
    catalog.state_set("ci", "key", b"value").unwrap_err();
    assert_eq!(state(&catalog), before);
    disk.fails(None);
    session.commit(Some("second".to_owned())).unwrap();
    assert_eq!(state(&catalog), after);
    drop(catalog);
    assert_eq!(state(&open(&disk).unwrap()), after);
}

#[test]
fn readers_and_a_writer_in_many_threads_come_through_a_failure() {
    let (bytes, before, after) = company();
    let disk = Disk::with(bytes);
    let catalog = open(&disk).unwrap();
    disk.fails(Some(Fault::From(3, FULL)));
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| (0..20).filter(|_| sync(&catalog).is_err()).count());
        let readers = [(); 3].map(|()| {
            scope.spawn(|| {
                let shown = |_| catalog.count().and_then(|count| Ok((count, catalog.sources()?.len())));
                // One that was reading when the disk failed is told to ask again.
                (0..200).map(shown).filter(|shown| shown.as_ref().is_ok_and(|shown| *shown == (5, 2))).count()
            })
        });
        assert_eq!(writer.join().unwrap(), 20, "every sync fails");
        for reader in readers {
            let answered = reader.join().unwrap();
            assert!(answered > 100, "{answered} of 200 were answered");
        }
    });
    assert_eq!(state(&catalog), before);
    disk.fails(None);
    sync(&catalog).unwrap();
    assert_eq!(state(&catalog), after);
}
