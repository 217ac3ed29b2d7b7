//! Backups: made while commits go on, put back, refused where they are none, and a check that finds and mends.

use std::fs;

use crate::support::{component, entity, sync};
use portico_catalog::{BackupError, Catalog};
use portico_model::{Filter, LocationRef};
use serde_json::json;

fn company(catalog: &Catalog, count: usize) {
    let documents: Vec<_> = (0..count).map(|number| component(&format!("part-{number}"), "x")).collect();
    sync(catalog, "one", &documents);
}

#[test]
fn a_backup_is_the_catalog_as_it_was_and_comes_back_as_that() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = crate::support::open(&folder.path().join("catalog.redb")).unwrap();
    company(&catalog, 30);
    catalog.register(&LocationRef::web("https://forge.test/a.yaml").unwrap()).unwrap();
    let backup = folder.path().join("backup.redb");
    let inventory = catalog.backup(&backup).unwrap();
    assert_eq!((inventory.entities, inventory.sources), (30, 1));
    company(&catalog, 31);

    let back = folder.path().join("elsewhere/catalog.redb");
    assert_eq!(crate::support::restore(&backup, &back).unwrap(), inventory);
    let restored = crate::support::open(&back).unwrap();
    assert_eq!((restored.count().unwrap(), catalog.count().unwrap()), (30, 31));
    assert_eq!(entity(&restored, "component:default/part-7"), entity(&catalog, "component:default/part-7"));
    assert_eq!(restored.locations().unwrap(), catalog.locations().unwrap());
    let filter = Filter::from_query(&["spec.owner=x"]).unwrap();
    assert_eq!(restored.matching(&filter).unwrap().len(), 30);
    assert_eq!(restored.story(&crate::support::reference("component:default/part-7"), None, 9).unwrap().len(), 1);
    // And it goes on from there.
    company(&restored, 40);
    assert_eq!(restored.count().unwrap(), 40);
}

#[test]
fn nothing_that_is_there_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalog.redb");
    let catalog = crate::support::open(&file).unwrap();
    let backup = folder.path().join("backup.redb");
    catalog.backup(&backup).unwrap();
    for error in [catalog.backup(&backup).unwrap_err(), crate::support::restore(&backup, &file).unwrap_err()] {
        assert!(matches!(error, BackupError::Exists { .. }), "{error}");
        assert!(error.to_string().contains("is there already and is not written over"), "{error}");
    }
}

#[test]
fn what_is_no_backup_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (bad, file) = (folder.path().join("bad"), folder.path().join("data/catalog.redb"));
    fs::write(&bad, b"not a catalog").unwrap();
    let error = crate::support::restore(&bad, &file).unwrap_err();
    assert!(error.to_string().contains("could not be opened"), "{error}");
    let error = crate::support::restore(&folder.path().join("absent"), &file).unwrap_err();
    assert!(matches!(error, BackupError::File { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path().join("data")).unwrap().count(), 0);
    let error = crate::support::open(&file).unwrap().backup(&folder.path().join("no/such/folder/b")).unwrap_err();
    assert!(matches!(error, BackupError::File { .. }), "{error}");
    assert!(error.to_string().contains("No such file or directory"), "{error}");
}

#[test]
fn a_check_makes_what_follows_again_and_changes_nothing_that_was_right() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalog.redb");
    let catalog = crate::support::open(&file).unwrap();
    company(&catalog, 30);
    let before = entity(&catalog, "component:default/part-7");
    let cursor = catalog.sources().unwrap()[0].cursor.clone();
    assert!(crate::support::check(&file).unwrap_err().to_string().contains("is open in another process"));
    drop(catalog);
    let checked = crate::support::check(&file).unwrap();
    assert_eq!((checked.inventory.entities, checked.repaired), (30, false));
    let catalog = crate::support::open(&file).unwrap();
    assert_eq!(entity(&catalog, "component:default/part-7"), before);
    assert_eq!(catalog.sources().unwrap()[0].cursor, cursor, "nothing has to be read again");
    let filter = Filter::from_query(&["spec.owner=x"]).unwrap();
    assert_eq!(catalog.matching(&filter).unwrap().len(), 30);
    assert_eq!(catalog.feed(0, 1_000).unwrap().items.len(), 30, "a check is no change");
    assert!(crate::support::check(&folder.path().join("absent")).is_err());
}

#[test]
fn an_entity_comes_out_the_same_when_it_is_made_of_what_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalog.redb");
    let catalog = crate::support::open(&file).unwrap();
    let mut document = component("odd", "team");
    document["metadata"]["description"] = "x".repeat(1 << 20).into();
    document["metadata"]["uid"] = "its own".into();
    document["spec"]["values"] = json!([1.0, 1e30, -0.0, 0.1, u64::MAX, i64::MIN, null, "\u{2028}\u{0}", {}]);
    sync(&catalog, "repo", &[document.clone()]);
    let first = entity(&catalog, "component:odd").unwrap();
    assert_eq!(first["spec"], document["spec"]);
    assert_ne!(first["metadata"]["uid"], "its own");
    drop(catalog);
    // This makes everything again.
    crate::support::check(&file).unwrap();
    let catalog = crate::support::open(&file).unwrap();
    assert_eq!(entity(&catalog, "component:odd").unwrap(), first);
    assert_eq!(catalog.feed(0, 1_000).unwrap().items.len(), 1, "nothing came out otherwise");
}

#[test]
fn a_damaged_file_is_said_to_be_damaged_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalog.redb");
    let catalog = crate::support::open(&file).unwrap();
    company(&catalog, 200);
    drop(catalog);
    let good = fs::read(&file).unwrap();
    // The end of the file is cut off, as by a disk that was full while it was copied.
    for share in [1, 2, 3] {
        let cut = good[..good.len() * share / 4].to_vec();
        fs::write(&file, &cut).unwrap();
        let opened = crate::support::open(&file).map(drop);
        let checked = crate::support::check(&file).map(drop);
        let said = [opened.unwrap_err().to_string(), checked.unwrap_err().to_string()];
        for said in said {
            assert!(said.contains("could not be opened") && said.contains("Restore a backup"), "{said}");
        }
    }
}
