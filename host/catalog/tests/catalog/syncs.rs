//! What a sync does to the catalog, as a reader of it sees.

use crate::support::*;
use portico_api_types::{Problem, ProblemCause, Summary};
use portico_catalog::{Catalog, ChangeKind, Direction, Mode, SessionError};
use serde_json::json;

/// The problems, but for references that lead to nothing: teams are not in these catalogs.
fn problems(catalog: &Catalog, about: Option<&str>) -> Vec<Problem> {
    let mut problems = catalog.problems(None, about).unwrap();
    problems.retain(|problem| problem.cause != ProblemCause::Dangling);
    problems
}

#[test]
fn nothing_is_visible_before_the_commit_and_all_of_it_after() {
    let catalog = catalog();
    let mut session = catalog.session(PLUGIN, "repo", Mode::Full).unwrap();
    session.put(&component("a", "team").to_string(), origin("a.yaml")).unwrap();
    assert_eq!(entity(&catalog, "component:a"), None);
    session.commit(Some("abc".to_owned())).unwrap();
    assert_eq!(entity(&catalog, "component:a").unwrap()["metadata"]["name"], "a");
    assert_eq!(catalog.cursor(PLUGIN, "repo").unwrap().as_deref(), Some("abc"));
}

#[test]
fn a_dropped_session_leaves_no_trace_and_frees_its_scope() {
    let catalog = catalog();
    let mut session = catalog.session(PLUGIN, "repo", Mode::Full).unwrap();
    session.put(&component("a", "team").to_string(), origin("a.yaml")).unwrap();
    let second = catalog.session(PLUGIN, "repo", Mode::Full).map(|_| ()).unwrap_err();
    assert!(matches!(second, SessionError::AlreadyOpen { .. }), "{second}");
    drop(session);
    assert_eq!(catalog.count().unwrap(), 0);
    assert_eq!(sync(&catalog, "repo", &[component("a", "team")]).added, 1);
}

#[test]
fn what_changes_while_a_full_sync_goes_on_stands() {
    let catalog = catalog();
    sync(&catalog, "repo", &[component("a", "team"), component("b", "team"), component("c", "team")]);
    let about = reference("component:elsewhere");
    let mut full = catalog.session(PLUGIN, "repo", Mode::Full).unwrap();
    for name in ["a", "b", "old"] {
        full.put(&component(name, "as-it-was").to_string(), origin("all.yaml")).unwrap();
    }
    full.attach(about.clone(), r#"{"open":3}"#).unwrap();

    let mut delta = catalog.session(PLUGIN, "repo", Mode::Delta).unwrap();
    delta.put(&component("a", "as-it-is").to_string(), origin("all.yaml")).unwrap();
    delta.put(&component("new", "as-it-is").to_string(), origin("all.yaml")).unwrap();
    delta.remove(reference("component:old"));
    delta.attach(about.clone(), r#"{"open":4}"#).unwrap();
    let another = catalog.session(PLUGIN, "repo", Mode::Delta).map(|_| ()).unwrap_err();
    assert!(matches!(another, SessionError::AlreadyOpen { .. }), "{another}");
    delta.commit(None).unwrap();

    full.commit(Some("cursor".to_owned())).unwrap();
    let owner = |name: &str| entity(&catalog, name).map(|entity| entity["spec"]["owner"].clone());
    assert_eq!(owner("component:a"), Some(json!("as-it-is")), "it was changed later than it was read");
    assert_eq!(owner("component:b"), Some(json!("as-it-was")));
    assert_eq!(owner("component:new"), Some(json!("as-it-is")), "the full sync had read before it was there");
    assert_eq!(owner("component:old"), None, "it went after it was read");
    assert_eq!(owner("component:c"), None, "nobody says it any more");
    let said = catalog.statements(PLUGIN).unwrap();
    assert_eq!(said[0].facts[about.as_str()], json!({ "open": 4 }));

    // The next full sync has its word on all of them again.
    sync(&catalog, "repo", &[component("a", "later")]);
    assert_eq!((owner("component:a"), owner("component:new")), (Some(json!("later")), None));
}

#[test]
fn a_delta_in_the_place_of_a_full_sync_leaves_what_changed_since_that_began() {
    let catalog = catalog();
    sync(&catalog, "repo", &[component("a", "team"), component("b", "team"), component("c", "team")]);
    let about = [reference("component:one"), reference("component:two"), reference("component:three")];
    let full = catalog.session(PLUGIN, "repo", Mode::Full).unwrap();
    let mut delta = catalog.session(PLUGIN, "repo", Mode::Delta).unwrap();
    delta.put(&component("a", "as-it-is").to_string(), origin("all.yaml")).unwrap();
    delta.put(&component("c", "as-it-is").to_string(), origin("all.yaml")).unwrap();
    delta.remove(reference("component:old"));
    delta.attach(about[0].clone(), r#"{"open":4}"#).unwrap();
    delta.attach(about[2].clone(), r#"{"open":4}"#).unwrap();
    delta.commit(None).unwrap();

    let mut instead = catalog.session(PLUGIN, "repo", Mode::Delta).unwrap();
    instead.in_place_of_whole();
    for name in ["a", "b", "old"] {
        instead.put(&component(name, "as-it-was").to_string(), origin("all.yaml")).unwrap();
    }
    instead.remove(reference("component:c"));
    instead.attach(about[0].clone(), r#"{"open":3}"#).unwrap();
    instead.attach(about[1].clone(), r#"{"open":3}"#).unwrap();
    instead.detach(about[2].clone());
    instead.commit(None).unwrap();
    drop(full);
    let owner = |name: &str| entity(&catalog, name).map(|entity| entity["spec"]["owner"].clone());
    assert_eq!(owner("component:a"), Some(json!("as-it-is")), "it was changed later than it was read");
    assert_eq!(owner("component:b"), Some(json!("as-it-was")));
    assert_eq!(owner("component:c"), Some(json!("as-it-is")), "it came again");
    assert_eq!(owner("component:old"), None, "it went after it was read");
    let facts = catalog.statements(PLUGIN).unwrap().remove(0).facts;
    let open = about.map(|about| facts[about.as_str()]["open"].clone());
    assert_eq!(open, [json!(4), json!(3), json!(4)]);

    let mut later = catalog.session(PLUGIN, "repo", Mode::Delta).unwrap();
    later.in_place_of_whole();
    later.put(&component("a", "later").to_string(), origin("all.yaml")).unwrap();
    later.commit(None).unwrap();
    assert_eq!(owner("component:a"), Some(json!("later")), "what is over binds nobody");
}

#[test]
fn what_changed_before_a_full_sync_began_is_its_to_say() {
    let catalog = catalog();
    let mut delta = catalog.session(PLUGIN, "repo", Mode::Delta).unwrap();
    delta.put(&component("a", "one").to_string(), origin("all.yaml")).unwrap();
    let mut full = catalog.session(PLUGIN, "repo", Mode::Full).unwrap();
    full.put(&component("a", "two").to_string(), origin("all.yaml")).unwrap();
    full.commit(None).unwrap();
    delta.commit(None).unwrap();
    assert_eq!(entity(&catalog, "component:a").unwrap()["spec"]["owner"], "one", "who commits last has the last word");
    let second = sync(&catalog, "repo", &[component("a", "three")]);
    assert_eq!(second.updated, 1);
}

#[test]
fn a_full_sync_removes_what_it_does_not_say_and_counts_what_it_does() {
    let catalog = catalog();
    let first = sync(&catalog, "repo", &[component("a", "team"), component("b", "team"), component("c", "team")]);
    assert_eq!(first, Summary { added: 3, ..Summary::default() });
    let second = sync(&catalog, "repo", &[component("a", "team"), component("b", "other")]);
    assert_eq!(second, Summary { updated: 1, unchanged: 1, removed: 1, ..Summary::default() });
    assert_eq!(entity(&catalog, "component:c"), None);
    assert_eq!(catalog.sources().unwrap()[0].entities, 2);
}

#[test]
fn a_delta_sync_changes_only_what_it_names() {
    let catalog = catalog();
    sync(&catalog, "repo", &[component("a", "team"), component("b", "team")]);
    let mut session = catalog.session(PLUGIN, "repo", Mode::Delta).unwrap();
    session.put(&component("c", "team").to_string(), origin("c.yaml")).unwrap();
    session.remove(reference("component:a"));
    let summary = session.commit(None).unwrap();
    assert_eq!(summary, Summary { added: 1, removed: 1, ..Summary::default() });
    assert!(entity(&catalog, "component:b").is_some() && entity(&catalog, "component:a").is_none());
}

#[test]
fn the_same_reference_twice_in_one_session_leaves_the_later_document() {
    let catalog = catalog();
    sync(&catalog, "repo", &[component("a", "first"), component("A", "second")]);
    let entity = entity(&catalog, "component:a").unwrap();
    assert_eq!((&entity["spec"]["owner"], &entity["metadata"]["name"]), (&json!("second"), &json!("A")));
}

#[test]
fn relations_appear_on_both_sides_and_go_with_the_side_that_says_them() {
    let catalog = catalog();
    sync(&catalog, "repo", &[component("a", "team"), group("team")]);
    let relations = |name| entity(&catalog, name).unwrap()["relations"].clone();
    assert_eq!(relations("component:a"), json!([{ "type": "ownedBy", "targetRef": "group:default/team" }]));
    assert_eq!(relations("group:team"), json!([{ "type": "ownerOf", "targetRef": "component:default/a" }]));
    sync(&catalog, "repo", &[component("a", "other"), group("team")]);
    assert_eq!(relations("group:team"), json!([]));
    sync(&catalog, "repo", &[component("a", "team"), group("team")]);
    sync(&catalog, "repo", &[group("team")]);
    assert_eq!(relations("group:team"), json!([]));
}

#[test]
fn a_target_that_comes_later_finds_the_relations_that_waited_for_it() {
    let catalog = catalog();
    sync(&catalog, "services", &[component("a", "team")]);
    sync(&catalog, "people", &[group("team")]);
    let team = entity(&catalog, "group:team").unwrap();
    assert_eq!(team["relations"], json!([{ "type": "ownerOf", "targetRef": "component:default/a" }]));
}

#[test]
fn an_unchanged_entity_keeps_its_uid_and_etag_and_a_changed_one_its_uid() {
    let catalog = catalog();
    sync(&catalog, "repo", &[component("a", "team")]);
    let first = entity(&catalog, "component:a").unwrap();
    sync(&catalog, "repo", &[component("a", "team")]);
    assert_eq!(entity(&catalog, "component:a").unwrap(), first);
    sync(&catalog, "repo", &[component("a", "other")]);
    let third = entity(&catalog, "component:a").unwrap();
    assert_eq!(third["metadata"]["uid"], first["metadata"]["uid"]);
    assert_ne!(third["metadata"]["etag"], first["metadata"]["etag"]);
    let uid = first["metadata"]["uid"].as_str().unwrap();
    assert!(catalog.entity_by_uid(uid).unwrap().is_some());
}

#[test]
fn a_refused_document_is_a_problem_with_its_place_and_the_others_stand() {
    let catalog = catalog();
    let mut session = catalog.session(PLUGIN, "repo", Mode::Full).unwrap();
    let mut bad = component("bad", "team");
    bad["spec"].as_object_mut().unwrap().remove("owner");
    let refusal = session.put(&bad.to_string(), origin("bad.yaml")).unwrap_err();
    session.put(&component("good", "team").to_string(), origin("good.yaml")).unwrap();
    let summary = session.commit(None).unwrap();
    assert_eq!((summary.added, summary.refused), (1, 1));
    let problems = problems(&catalog, None);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].cause, ProblemCause::Refused);
    assert_eq!((problems[0].file.as_str(), problems[0].entity.as_deref()), ("bad.yaml", Some("component:default/bad")));
    assert_eq!(problems[0].message, refusal);
    assert!(refusal.contains("owner"), "{refusal}");
}

#[test]
fn a_broken_file_keeps_the_last_good_entity_and_marks_it() {
    let catalog = catalog();
    sync(&catalog, "repo", &[component("a", "team"), component("b", "team")]);
    let mut session = catalog.session(PLUGIN, "repo", Mode::Full).unwrap();
    session.put(&component("b", "team").to_string(), origin("b.yaml")).unwrap();
    session.report(report("a.yaml", "line 3 begins with a tab"));
    let summary = session.commit(None).unwrap();
    assert_eq!(summary, Summary { unchanged: 2, refused: 1, ..Summary::default() });
    let kept = entity(&catalog, "component:a").unwrap();
    assert_eq!(kept["status"]["items"][0]["message"], "line 3 begins with a tab");
    let origin = catalog.origin(&reference("component:a")).unwrap().unwrap();
    assert_eq!(origin.claims[0].stale.as_deref(), Some("line 3 begins with a tab"));

    sync(&catalog, "repo", &[component("a", "team"), component("b", "team")]);
    assert!(entity(&catalog, "component:a").unwrap().get("status").is_none(), "a mended file clears the mark");
    assert!(problems(&catalog, None).is_empty());
}

#[test]
fn a_problem_seen_again_keeps_the_time_it_was_first_seen() {
    let catalog = catalog();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut session = catalog.session(PLUGIN, "repo", Mode::Full).unwrap();
        session.report(report("a.yaml", "line 3 begins with a tab"));
        session.commit(None).unwrap();
        seen.push(problems(&catalog, None)[0].clone());
    }
    assert_eq!(seen[0].first_seen, seen[1].first_seen);
    assert!(seen[1].last_seen >= seen[0].last_seen);
}

#[test]
fn the_first_source_to_claim_an_entity_is_shown_and_the_second_is_told() {
    let catalog = catalog();
    sync(&catalog, "first", &[component("a", "team")]);
    let second = sync(&catalog, "second", &[component("a", "other")]);
    assert_eq!((second.added, second.refused), (0, 1));
    assert_eq!(entity(&catalog, "component:a").unwrap()["spec"]["owner"], "team");
    let problem = &problems(&catalog, Some("component:default/a"))[0];
    assert_eq!((problem.cause, problem.scope.as_str()), (ProblemCause::Conflict, "second"));
    assert!(problem.message.contains("a.yaml:1 in first (git)"), "{}", problem.message);

    // Said again without change, it is still a conflict, of which both owners hear.
    sync(&catalog, "second", &[component("a", "other")]);
    assert_eq!(problems(&catalog, None).len(), 1);
    for owner in ["group:default/team", "group:default/other"] {
        let causes: Vec<ProblemCause> =
            catalog.problems_of(owner).unwrap().into_iter().map(|problem| problem.cause).collect();
        assert!(causes.contains(&ProblemCause::Conflict), "{owner}: {causes:?}");
    }

    // The first lets go: the second takes over, and the entity stays the same one.
    let uid = entity(&catalog, "component:a").unwrap()["metadata"]["uid"].clone();
    sync(&catalog, "first", &[]);
    let entity = entity(&catalog, "component:a").unwrap();
    assert_eq!((&entity["spec"]["owner"], &entity["metadata"]["uid"]), (&json!("other"), &uid));
    assert!(problems(&catalog, None).is_empty());
    assert!(catalog.sources().unwrap().iter().all(|source| source.problems == 0));
}

#[test]
fn scopes_that_a_plugin_gives_up_go_with_all_they_held() {
    let catalog = catalog();
    sync(&catalog, "kept", &[component("a", "team")]);
    sync(&catalog, "gone", &[component("b", "team")]);
    let summary = catalog.retain(PLUGIN, &["kept".to_owned()], "").unwrap();
    assert_eq!(summary.removed, 1);
    assert!(entity(&catalog, "component:a").is_some() && entity(&catalog, "component:b").is_none());
    let scopes: Vec<String> = catalog.sources().unwrap().into_iter().map(|source| source.scope).collect();
    assert_eq!(scopes, ["kept"]);
}

#[test]
fn an_unreadable_source_keeps_its_entities_and_says_why() {
    let catalog = catalog();
    sync(&catalog, "repo", &[component("a", "team")]);
    catalog.unreadable(PLUGIN, "repo", "no route to host").unwrap();
    assert!(entity(&catalog, "component:a").is_some());
    assert_eq!(catalog.sources().unwrap()[0].failure.as_deref(), Some("no route to host"));
    catalog.current(PLUGIN, "repo").unwrap();
    assert_eq!(catalog.sources().unwrap()[0].failure, None);
}

#[test]
fn every_change_is_numbered_with_what_was_before_and_who_caused_it() {
    let catalog = catalog();
    sync(&catalog, "repo", &[component("a", "team"), group("team")]);
    sync(&catalog, "repo", &[component("a", "other"), group("team")]);
    sync(&catalog, "repo", &[group("team")]);
    let changes = catalog.changes(0, 100).unwrap();
    let seen: Vec<(u64, &str, ChangeKind)> =
        changes.iter().map(|change| (change.sequence, change.reference.as_str(), change.kind)).collect();
    assert_eq!(
        seen,
        [
            (1, "component:default/a", ChangeKind::Added),
            (2, "group:default/team", ChangeKind::Added),
            (3, "component:default/a", ChangeKind::Updated),
            (4, "group:default/team", ChangeKind::Related),
            (5, "component:default/a", ChangeKind::Removed),
        ]
    );
    assert!(changes[2].before.as_deref().unwrap().contains("\"owner\":\"team\""));
    assert!(changes.iter().all(|change| change.source == catalog.sources().unwrap()[0].id));
    assert_eq!(catalog.changes(3, 1).unwrap()[0].sequence, 4);
    let history: Vec<u64> = catalog.history("component:default/a", 10).unwrap().iter().map(|c| c.sequence).collect();
    assert_eq!(history, [5, 3, 1]);
}

#[test]
fn ancestry_goes_up_to_the_location_that_led_here_and_ends_in_a_circle() {
    let catalog = catalog();
    let location = json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Location", "metadata": { "name": "root" }, "spec": { "targets": ["./a.yaml"] },
    });
    let mut session = catalog.session(PLUGIN, "repo", Mode::Full).unwrap();
    let mut from_a = origin("root.yaml");
    from_a.parent = Some(reference("component:a"));
    session.put(&location.to_string(), from_a).unwrap();
    let mut from_root = origin("a.yaml");
    from_root.parent = Some(reference("location:root"));
    session.put(&component("a", "team").to_string(), from_root).unwrap();
    session.commit(None).unwrap();
    let ancestors = catalog.ancestry(&reference("component:a")).unwrap().unwrap();
    let parents: Vec<&[String]> = ancestors.iter().map(|ancestor| ancestor.parents.as_slice()).collect();
    assert_eq!(parents, [&["location:default/root".to_owned()][..], &[]]);
    assert_eq!(catalog.ancestry(&reference("component:none")).unwrap(), None);
}

#[test]
fn a_scope_without_a_usable_name_is_refused_in_words() {
    for (scope, found) in [("", "none"), ("a\nb", "\"a\\nb\""), (&*"x".repeat(600), "600 bytes")] {
        let error = catalog().session(PLUGIN, scope, Mode::Full).map(|_| ()).unwrap_err().to_string();
        assert!(error.ends_with(&format!("found {found}")), "{error}");
    }
}

#[test]
fn a_reopened_catalog_holds_what_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalog.redb");
    let catalog = crate::support::open(&file).unwrap();
    sync(&catalog, "repo", &[component("a", "team")]);
    drop(catalog);
    let catalog = crate::support::open(&file).unwrap();
    assert!(entity(&catalog, "component:a").is_some());
    assert_eq!(names(&query(&catalog, &["kind=component"], by("metadata.name", Direction::Ascending), 10)), ["a"]);
}

#[test]
fn what_was_committed_is_read_next_whoever_reads_meanwhile() {
    let catalog = catalog();
    sync(&catalog, "one", &[component("shop", "nobody")]);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    assert!(entity(&catalog, "component:shop").is_some());
                }
            });
        }
        let is_read = |number: usize| {
            let owner = format!("team-{number}");
            sync(&catalog, "one", &[component("shop", &owner)]);
            entity(&catalog, "component:shop").is_some_and(|shop| shop["spec"]["owner"] == owner.as_str())
        };
        let missed: Vec<usize> = (0..200).filter(|number| !is_read(*number)).collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(missed.is_empty(), "{missed:?}");
    });
}

#[test]
fn an_owner_hears_of_what_was_refused_of_what_broke_and_of_nothing_else() {
    let catalog = catalog();
    sync(&catalog, "repo", &[component("ledger", "money"), component("shop", "sales"), group("money")]);
    let mut session = catalog.session(PLUGIN, "repo", Mode::Full).unwrap();
    let mut never_taken = component("cards", "money");
    never_taken["spec"]["lifecycle"] = json!(7);
    session.put(&never_taken.to_string(), origin("cards.yaml")).unwrap_err();
    let mut other_namespace = component("other", "money");
    other_namespace["metadata"]["namespace"] = json!("elsewhere");
    other_namespace["spec"]["type"] = json!(7);
    session.put(&other_namespace.to_string(), origin("other.yaml")).unwrap_err();
    session.report(report("ledger.yaml", "it is no YAML"));
    session.report(report("shop.yaml", "it is no YAML"));
    session.report(report("new.yaml", "it is no YAML"));
    session.put(&group("money").to_string(), origin("money.yaml")).unwrap();
    session.commit(None).unwrap();
    let of = |owner: &str| {
        let mut problems = catalog.problems_of(owner).unwrap();
        problems.retain(|problem| problem.cause != ProblemCause::Dangling);
        problems.into_iter().map(|problem| (problem.file, problem.cause)).collect::<Vec<_>>()
    };
    assert_eq!(
        of("group:default/money"),
        [("cards.yaml".to_owned(), ProblemCause::Refused), ("ledger.yaml".to_owned(), ProblemCause::Unreadable)]
    );
    assert_eq!(of("group:default/sales"), [("shop.yaml".to_owned(), ProblemCause::Unreadable)]);
    assert_eq!(of("group:elsewhere/money"), [("other.yaml".to_owned(), ProblemCause::Refused)]);
    let cards = problems(&catalog, Some("component:default/cards"));
    assert_eq!(cards[0].owner.as_deref(), Some("group:default/money"));
}
