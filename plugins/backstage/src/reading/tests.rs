//! Tests of readings: what is committed, what removes nothing, and what costs little.

mod bad_days;

use portico_sdk::Mode;
use portico_sdk::testing::{Answer, Portal as Memory};
use serde_json::json;

use super::*;
use crate::testing::{self, Server, component, page};

fn reads(memory: &Memory) -> Result<()> {
    reads_as(memory, json!({}))
}

fn reads_as(memory: &Memory, settings: Value) -> Result<()> {
    let old = testing::portal(settings);
    memory.run(|| sync(&old, "me"))
}

/// The names of what was committed last.
fn names(memory: &Memory) -> Vec<String> {
    let committed = memory.committed("old").expect("a session");
    let name = |entity: &Value| entity["metadata"]["name"].as_str().expect("a name").to_owned();
    committed.entities.iter().map(|(entity, _)| name(entity)).collect()
}

fn mode(memory: &Memory) -> Option<Mode> {
    memory.committed("old").and_then(|committed| committed.mode)
}

/// How often a page of the list was asked for, the state of entities aside.
fn asked_for_pages(memory: &Memory) -> usize {
    memory.requests().iter().filter(|asked| asked.url.contains("by-query?limit=500")).count()
}

#[test]
fn all_pages_are_one_commit() {
    let memory = Server::new("old")
        .says(&[3])
        .pages("limit=500", [page(&[component("a", "1"), component("b", "1")], 3, "next")])
        .pages("limit=500&cursor=next", [page(&[component("c", "1")], 3, "")])
        .before(Memory::new());
    reads(&memory).expect("it is read");
    assert_eq!((names(&memory), mode(&memory)), (vec!["a".into(), "b".into(), "c".into()], Some(Mode::Full)));
    let (_, origin) = &memory.committed("old").expect("a session").entities[0];
    assert_eq!(
        (origin.file.as_str(), origin.url.as_deref()),
        ("component:default/a", Some("https://old.test/catalog/default/component/a"))
    );
}

#[test]
fn what_is_unchanged_is_not_read_again() {
    let (a, b) = (component("a", "1"), component("b", "2"));
    let memory = Server::new("old").holds(&[a.clone(), b.clone()]).states(&[b, a]).before(Memory::new());
    reads(&memory).expect("it is read");
    reads(&memory).expect("it is as it was");
    assert_eq!(asked_for_pages(&memory), 1);
    assert!(memory.log().iter().any(|(_, line)| line == "old: nothing has changed"), "{:?}", memory.log());
}

#[test]
fn what_has_changed_and_what_was_set_otherwise_is_read_as_a_whole() {
    let server = || Server::new("old").holds(&[component("a", "1")]).states(&[component("a", "2")]);
    let memory = server().before(Memory::new());
    reads(&memory).expect("it is read");
    reads(&memory).expect("it is read again");
    assert_eq!((asked_for_pages(&memory), mode(&memory)), (2, Some(Mode::Full)));
    reads_as(&memory, json!({ "namespace": { "*": "acme" } })).expect("it is read again");
    assert_eq!((asked_for_pages(&memory), mode(&memory)), (3, Some(Mode::Full)));
}

#[test]
fn a_list_that_ends_early_commits_nothing() {
    let half = || page(&[component("a", "1")], 2, "");
    let memory = Server::new("old").says(&[2]).pages("limit=500", [half()]).before(Memory::new());
    let error = reads(&memory).expect_err("half a list").to_string();
    assert!(error.starts_with("old: it speaks of more entities than it lists"), "{error}");
    assert_eq!(memory.commits(), Vec::<String>::new());
}

#[test]
fn a_page_that_cannot_be_read_commits_nothing() {
    for answer in [
        Answer::status(502),
        Answer::body("<html>"),
        Answer::error(Error::Unavailable { reason: "the exchange broke off".into(), retry_after: None }),
        page(&[json!(null)], 3, ""),
        Answer::status(401),
        Answer::status(403),
        Answer::status(403).header("retry-after", "60"),
    ] {
        let memory = Server::new("old")
            .says(&[3])
            .pages("limit=500", [page(&[component("a", "1")], 3, "next")])
            .pages("limit=500&cursor=next", [answer.clone()])
            .before(Memory::new());
        assert!(reads(&memory).is_err(), "{answer:?}");
        assert_eq!(memory.commits(), Vec::<String>::new(), "{answer:?}");
    }
}

#[test]
fn a_token_that_ends_or_loses_its_right_in_the_middle_of_a_list_takes_nothing_of_what_was_there_away() {
    for (status, said) in [(401, "it does not know the token"), (403, "the token may not read the catalog")] {
        let first = |etag: &str| page(&[component("a", etag)], 2, "next");
        let memory = Server::new("old")
            .says(&[2])
            .pages("limit=500", [first("1"), first("2")])
            .pages("limit=500&cursor=next", [page(&[component("b", "1")], 2, ""), Answer::status(status)])
            .states(&[component("a", "2"), component("b", "1")])
            .before(Memory::new());
        reads(&memory).expect("a good day");
        let error = reads(&memory).expect_err("in the middle").to_string();
        assert!(error.contains(said), "{error}");
        assert_eq!((memory.commits().len(), names(&memory)), (1, vec!["a".into(), "b".into()]), "{status}");
    }
}

#[test]
fn a_list_that_changed_while_it_was_read_is_read_again() {
    let pages = [page(&[component("a", "1")], 1, ""), page(&[component("a", "1"), component("b", "1")], 2, "")];
    let memory = Server::new("old").says(&[1, 2, 2]).pages("limit=500", pages).before(Memory::new());
    reads(&memory).expect("the second time it is whole");
    assert_eq!((names(&memory).len(), mode(&memory)), (2, Some(Mode::Full)));
}

#[test]
fn of_a_list_that_changes_each_time_nothing_is_removed() {
    let memory = Server::new("old")
        .says(&[1, 2, 3, 4])
        .pages("limit=500", [page(&[component("a", "1")], 1, "")])
        .before(Memory::new());
    reads(&memory).expect("what came is brought up to date");
    assert_eq!((names(&memory), mode(&memory)), (vec!["a".into()], Some(Mode::Delta)));
    // And the next run does not take it for the state of the whole.
    assert_eq!(
        memory.run(|| Cursor::of(&testing::portal(json!({})))).expect("a cursor").and_then(|cursor| cursor.digest),
        None
    );
}

#[test]
fn an_empty_catalog_is_not_believed_and_an_empty_answer_to_a_filter_is() {
    let memory = Server::new("old").says(&[0]).before(Memory::new());
    let error = reads(&memory).expect_err("nothing at all").to_string();
    assert!(
        error.starts_with("old: it says that there is nothing at all in its catalog, which is not believed"),
        "{error}"
    );
    assert_eq!(memory.commits(), Vec::<String>::new());

    let memory = Server::new("old")
        .says(&[7])
        .pages("limit=0&filter=kind%3Dapi", [page(&[], 0, "")])
        .pages("limit=500&filter=kind%3Dapi", [page(&[], 0, "")])
        .before(Memory::new());
    reads_as(&memory, json!({ "filter": ["kind=api"] })).expect("no API is no mistake; the guard of the catalog asks");
    assert_eq!((names(&memory).len(), mode(&memory)), (0, Some(Mode::Full)));
}

#[test]
fn a_portal_does_not_read_itself() {
    let memory = Server::new("old").holds(&[component("a", "1")]).portico("me", &[5]).before(Memory::new());
    let error = reads(&memory).expect_err("itself").to_string();
    assert!(error.starts_with("old: this is the portal itself (me); take it out of `portals`"), "{error}");
    assert_eq!(memory.commits(), Vec::<String>::new());
}

#[test]
fn what_comes_back_is_left_out_and_said() {
    let mut back = component("b", "1");
    back["metadata"]["annotations"] = json!({ "portico.dev/federated-through": "me acme" });
    let memory = Server::new("old").holds(&[component("a", "1"), back]).portico("acme", &[5]).before(Memory::new());
    reads(&memory).expect("it is read");
    assert_eq!(names(&memory), ["a"]);
    assert!(
        memory.log().iter().any(|(_, line)| line.ends_with("; 1 come from here and are left out")),
        "{:?}",
        memory.log()
    );
    let committed = memory.committed("old").expect("a session");
    let through = &committed.entities[0].0["metadata"]["annotations"]["portico.dev/federated-through"];
    assert_eq!(through, "acme me");
}

#[test]
fn one_entity_that_is_refused_or_has_the_name_of_another_costs_no_other() {
    let mut shop = component("a", "1");
    shop["metadata"]["namespace"] = json!("shop");
    let mut broken = component("broken", "1");
    broken["spec"] = json!({});
    let memory =
        Server::new("old").holds(&[component("a", "1"), shop, broken, component("c", "1")]).before(Memory::new());
    reads_as(&memory, json!({ "namespace": { "*": "acme" } })).expect("it is read");
    let committed = memory.committed("old").expect("a session");
    assert_eq!((names(&memory), committed.refused.len()), (vec!["a".into(), "c".into()], 1));
    let (file, message) = &committed.problems[0];
    assert_eq!(file, "component:shop/a");
    assert!(
        message.starts_with("component:shop/a would be component:acme/a here, as another one is already"),
        "{message}"
    );
}

/// The pages of a portal of 6,000 entities, ten of which stand for each page.
fn large() -> Server {
    let pages = 12;
    let items = |number: u32| (0..10).map(|item| component(&format!("c-{number}-{item}"), "1")).collect::<Vec<_>>();
    (0..pages).fold(Server::new("old").says(&[6_000]), |server, number| {
        let query = if number == 0 { "limit=500".to_owned() } else { format!("limit=500&cursor=p{number}") };
        let next = if number + 1 < pages { format!("p{}", number + 1) } else { String::new() };
        server.pages(&query, [page(&items(number), 6_000, &next)])
    })
}

#[test]
fn the_first_reading_of_a_large_portal_is_visible_in_parts_and_goes_on_where_it_was_cut_short() {
    let down = Answer::error(Error::Unavailable { reason: "down".into(), retry_after: None });
    // The answers of one address come one after the other, so that the page is there the second time.
    let cut = Server::new("old").pages("limit=500&cursor=p11", [down]).before(Memory::new());
    let memory = large().before(cut);
    assert!(reads(&memory).is_err());
    assert_eq!((names(&memory).len(), mode(&memory)), (100, Some(Mode::Delta)), "ten pages of it");
    reads(&memory).expect("it goes on");
    assert_eq!((names(&memory).len(), mode(&memory)), (20, Some(Mode::Delta)), "the rest");
    assert_eq!(memory.requests().iter().filter(|asked| asked.url.ends_with("cursor=p1")).count(), 1);
    // The third run reads it as a whole, which here would be half a list.
    let error = reads(&memory).expect_err("120 of 6,000").to_string();
    assert!(error.contains("speaks of more entities than it lists"), "{error}");
}

#[test]
fn a_place_that_the_portal_knows_no_more_is_no_end() {
    let begun = Some(Begun { place: "lost".into(), read: 5_000 });
    let settings = cursor::settings(&testing::portal(json!({})), None, "me");
    let before = Cursor { settings, begun, ..Cursor::default() }.written().expect("JSON");
    let memory = Server::new("old")
        .holds(&[component("a", "1")])
        .pages("limit=500&cursor=lost", [Answer::status(400)])
        .before(Memory::new().cursor("old", &before));
    reads(&memory).expect("it is read from the beginning");
    assert_eq!((names(&memory), mode(&memory)), (vec!["a".into()], Some(Mode::Full)));
}

#[test]
fn a_run_that_is_asked_to_stop_commits_nothing_more() {
    let memory = Server::new("old").holds(&[component("a", "1")]).before(Memory::new());
    memory.cancel();
    let error = reads(&memory).expect_err("stopped").to_string();
    assert!(error.starts_with("the run was asked to stop"), "{error}");
    assert_eq!(memory.commits(), Vec::<String>::new());
}
