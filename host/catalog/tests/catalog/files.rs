//! Syncs of some files of a scope: what they replace, what they leave, and that they come to the same as a whole sync.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::*;
use portico_api_types::{ProblemCause, Summary};
use portico_catalog::{Catalog, CommitError, Mode, RemovalGuard};
use proptest::prelude::*;

/// What a file holds: the names of its entities and their owner, or nothing that can be read.
type Content = Option<(BTreeSet<&'static str>, &'static str)>;

type Files = BTreeMap<&'static str, Content>;

/// Reads files, some or all, as a plugin does. One that is not there is none to read, and the session may speak of it all the same.
fn read(catalog: &Catalog, scope: &str, mode: Mode, files: &Files) -> Result<Summary, CommitError> {
    let speaks_of = mode.clone();
    let mut session = catalog.session(PLUGIN, scope, mode).unwrap();
    for (file, content) in files {
        if matches!(&speaks_of, Mode::Files(spoken) if !spoken.contains(*file)) {
            continue;
        }
        match content {
            None => session.report(report(file, "it is broken")),
            Some((names, owner)) => {
                for name in names {
                    session.put(&component(name, owner).to_string(), origin(file)).unwrap();
                }
            }
        }
    }
    session.commit(None)
}

fn some(files: &[&str]) -> Mode {
    Mode::Files(files.iter().map(|file| (*file).to_owned()).collect())
}

fn holding(names: &[&'static str], owner: &'static str) -> Content {
    Some((names.iter().copied().collect(), owner))
}

/// The entities with their owners, what is stale, and the problems.
fn state(catalog: &Catalog, scope: &str) -> (BTreeMap<String, String>, BTreeSet<String>, BTreeSet<String>) {
    let mut entities = BTreeMap::new();
    let mut stale = BTreeSet::new();
    for name in NAMES {
        let Some(entity) = entity(catalog, &format!("component:{name}")) else { continue };
        entities.insert(name.to_owned(), entity["spec"]["owner"].to_string());
        let origin = catalog.origin(&reference(&format!("component:default/{name}"))).unwrap().unwrap();
        if origin.claims.iter().any(|claim| claim.stale.is_some()) {
            stale.insert(name.to_owned());
        }
    }
    let source = catalog.sources().unwrap().into_iter().find(|source| source.scope == scope);
    let problems = catalog.problems(source.map(|source| source.id), None).unwrap();
    let problems = problems.into_iter().filter(|problem| problem.cause != ProblemCause::Dangling);
    (entities, stale, problems.map(|problem| problem.file).collect())
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

#[test]
fn what_the_files_do_not_bring_again_goes_and_the_rest_stays() {
    let catalog = catalog();
    let files = Files::from([("x", holding(&["a", "b"], "team")), ("y", holding(&["c"], "team"))]);
    read(&catalog, "repo", Mode::Full, &files).unwrap();
    let files = Files::from([("x", holding(&["a", "d"], "other"))]);
    let summary = read(&catalog, "repo", some(&["x"]), &files).unwrap();
    assert_eq!(summary, Summary { added: 1, updated: 1, removed: 1, ..Summary::default() });
    let (entities, _, _) = state(&catalog, "repo");
    assert_eq!(entities.keys().collect::<Vec<_>>(), ["a", "c", "d"]);
    assert_eq!(catalog.sources().unwrap()[0].entities, 3);
    let summary = read(&catalog, "repo", some(&["x"]), &Files::new()).unwrap();
    assert_eq!((summary.removed, catalog.count().unwrap()), (2, 1), "the file is gone");
}

#[test]
fn a_broken_file_keeps_what_it_brought_and_problems_of_others_stay() {
    let catalog = catalog();
    let files = Files::from([("x", holding(&["a"], "team")), ("y", None), ("z", holding(&["c"], "team"))]);
    read(&catalog, "repo", Mode::Full, &files).unwrap();
    read(&catalog, "repo", some(&["x"]), &Files::from([("x", None)])).unwrap();
    let (entities, stale, problems) = state(&catalog, "repo");
    assert!(entities.contains_key("a") && stale.contains("a") && !stale.contains("c"));
    assert_eq!(problems.iter().collect::<Vec<_>>(), ["x", "y"]);
    read(&catalog, "repo", some(&["x"]), &Files::from([("x", holding(&["b"], "team"))])).unwrap();
    let (entities, stale, problems) = state(&catalog, "repo");
    assert_eq!(
        entities.keys().collect::<Vec<_>>(),
        ["b", "c"],
        "what it brought before it broke goes when it is mended"
    );
    assert!(stale.is_empty() && problems.iter().eq(["y"]));
}

#[test]
fn facts_stay_whatever_files_are_read() {
    let catalog = catalog();
    let mut session = catalog.session(PLUGIN, "repo", Mode::Full).unwrap();
    session.put(&component("a", "team").to_string(), origin("x")).unwrap();
    session.attach(reference("component:a"), r#"{"ready":1}"#).unwrap();
    session.commit(None).unwrap();
    read(&catalog, "repo", some(&["x"]), &Files::from([("x", holding(&["a"], "other"))])).unwrap();
    assert_eq!(entity(&catalog, "component:a").unwrap()["facts"]["git"]["ready"], 1);
}

#[test]
fn an_entity_that_another_file_says_is_a_matter_for_a_whole_sync() {
    let catalog = catalog();
    let files = Files::from([("x", holding(&["a"], "team")), ("y", holding(&["b"], "team"))]);
    read(&catalog, "repo", Mode::Full, &files).unwrap();
    let taken = read(&catalog, "repo", some(&["y"]), &Files::from([("y", holding(&["a", "c"], "other"))]));
    let Err(error @ CommitError::Elsewhere { .. }) = taken else { panic!("{taken:?}") };
    assert_eq!(
        error.to_string(),
        "`component:default/a` is said in x as well, of which this sync does not speak, so nothing of it was taken; read the \
         scope whole"
    );
    assert_eq!(state(&catalog, "repo").0.keys().collect::<Vec<_>>(), ["a", "b"]);
    let moved = Files::from([("y", holding(&["a", "c"], "other"))]);
    let summary = read(&catalog, "repo", some(&["x", "y"]), &moved).unwrap();
    assert_eq!((summary.added, summary.updated, summary.removed), (1, 1, 1), "it moved from one to the other");
}

#[test]
fn too_many_removals_stop_and_ask() {
    let catalog = catalog();
    catalog.set_removal_guard(RemovalGuard { share: 0.2, least: 2 });
    let files = Files::from([("x", holding(&["a", "b", "c"], "team")), ("y", holding(&["d", "e", "f"], "team"))]);
    read(&catalog, "repo", Mode::Full, &files).unwrap();
    let held = read(&catalog, "repo", some(&["x"]), &Files::new());
    assert!(matches!(held, Err(CommitError::Held { removes: 3, holds: 6 })), "{held:?}");
    assert_eq!(catalog.count().unwrap(), 6);
}

const FILES: [&str; 4] = ["w", "x", "y", "z"];

fn content() -> impl Strategy<Value = Content> {
    let owner = prop_oneof![Just("team"), Just("other")];
    prop_oneof![
        1 => Just(None),
        4 => (proptest::sample::subsequence(NAMES.to_vec(), 0..=2), owner)
            .prop_map(|(names, owner)| Some((names.into_iter().collect(), owner))),
    ]
}

/// Some of the files, which are there no more where they are none.
fn edit() -> impl Strategy<Value = BTreeMap<&'static str, Option<Content>>> {
    proptest::collection::btree_map(
        proptest::sample::select(&FILES[..]),
        proptest::option::weighted(0.8, content()),
        1..=3,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn reading_what_changed_comes_to_the_same_as_reading_everything(edits in proptest::collection::vec(edit(), 1..8)) {
        let (whole, parts) = (catalog(), catalog());
        let mut files = Files::new();
        let mut was_twice = false;
        for edit in edits {
            for (file, content) in &edit {
                match content {
                    Some(content) => files.insert(file, content.clone()),
                    None => files.remove(file),
                };
            }
            let names: Vec<&&str> = files.values().flatten().flat_map(|(names, _)| names).collect();
            // Which of two files counts is for the reader to say, by the order in which it reads them: it reads the whole scope where
            // an entity is there twice, or was.
            let is_twice = names.len() > names.iter().collect::<BTreeSet<_>>().len();
            let reads_all = std::mem::replace(&mut was_twice, is_twice) || is_twice;
            read(&whole, "repo", Mode::Full, &files).unwrap();
            let changed: Vec<&str> = edit.keys().copied().collect();
            match read(&parts, "repo", some(&changed), &files) {
                Ok(_) if !reads_all => {}
                Ok(_) | Err(CommitError::Elsewhere { .. }) => {
                    read(&parts, "repo", Mode::Full, &files).unwrap();
                }
                Err(error) => panic!("{error}"),
            }
            prop_assert_eq!(state(&whole, "repo"), state(&parts, "repo"));
        }
    }
}
