//! Bad days of a portal: entities without a name, a filter that nothing passes any more, what is too large, and what is made anew.

use super::*;

fn nameless(etag: &str) -> Value {
    json!({ "kind": "Component", "metadata": { "uid": "0b1", "etag": etag, "namespace": "shop" }, "spec": {} })
}

/// With a filter, of whose entities these are there at one time after the other.
fn filtered(counts: &[u64]) -> Server {
    let query = "&filter=kind%3Dcomponent";
    let pages = |total: &u64| match total {
        0 => page(&[], 0, ""),
        _ => page(&[component("a", "1")], 1, ""),
    };
    Server::new("old")
        .says(&[7])
        .pages(&format!("limit=0{query}"), counts.iter().flat_map(|total| [pages(total), pages(total)]))
        .pages(&format!("limit=500{query}"), counts.iter().map(pages))
}

fn reads_filtered(memory: &Memory, more: Value) -> Result<()> {
    let mut settings = json!({ "filter": ["kind=component"] });
    settings.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    reads_as(memory, settings)
}

#[test]
fn that_nothing_passes_the_filter_any_more_is_believed_an_hour_later() {
    let memory = filtered(&[1, 0]).before(Memory::new());
    reads_filtered(&memory, json!({})).expect("it is read");
    for minutes in [5, 35] {
        let memory = memory.clone().at(memory.now() + minutes * 60_000);
        let error = reads_filtered(&memory, json!({})).expect_err("not believed").to_string();
        assert!(
            error.starts_with("old: nothing of it passes the filter any more, which is not believed at once"),
            "{error}"
        );
        assert_eq!(memory.commits().len(), 1, "{minutes}");
    }
    let later = memory.clone().at(memory.now() + 30 * 60_000);
    reads_filtered(&later, json!({})).expect("it is so");
    assert_eq!((names(&later).len(), mode(&later), later.commits().len()), (0, Some(Mode::Full), 2));
}

#[test]
fn another_filter_that_nothing_passes_is_what_the_operator_wants() {
    let memory = filtered(&[1, 0]).before(Memory::new());
    reads_filtered(&memory, json!({})).expect("it is read");
    reads_filtered(&memory, json!({ "app": "https://pages.test" })).expect("something was set otherwise");
    assert_eq!((names(&memory).len(), memory.commits().len()), (0, 2));
}

#[test]
fn an_entity_without_a_name_is_a_problem_of_itself_and_nothing_is_removed_as_it_may_be_any() {
    let memory = Server::new("old").holds(&[component("a", "1"), nameless("1")]).before(Memory::new());
    reads(&memory).expect("it is read");
    assert_eq!((names(&memory), mode(&memory)), (vec!["a".into()], Some(Mode::Delta)));
    let committed = memory.committed("old").expect("a session");
    let (file, message) = &committed.problems[0];
    assert_eq!((committed.problems.len(), file.as_str()), (1, "without a name: Component 0b1"));
    assert!(
        message.starts_with("old: an entity of the kind `Component` (`metadata.uid` 0b1) has no name"),
        "{message}"
    );
}

#[test]
fn a_portal_with_an_entity_without_a_name_is_not_read_again_while_nothing_changes() {
    let (a, odd) = (component("a", "1"), nameless("1"));
    let memory = Server::new("old")
        .holds(&[a.clone(), odd.clone()])
        .states(&[odd, a.clone()])
        .states(&[a.clone(), nameless("2")])
        .before(Memory::new());
    reads(&memory).expect("it is read");
    let asked = asked_for_pages(&memory);
    reads(&memory).expect("it is as it was");
    assert_eq!(asked_for_pages(&memory), asked);
    reads(&memory).expect("it is read again");
    assert!(asked_for_pages(&memory) > asked);
}

#[test]
fn once_all_have_names_what_is_gone_goes() {
    let whole = page(&[component("a", "1"), component("b", "1")], 2, "");
    let odd = || page(&[component("a", "1"), nameless("1")], 2, "");
    let memory = Server::new("old")
        .says(&[2])
        .states(&[component("a", "1"), component("b", "1")])
        .pages("limit=500", [odd(), odd(), whole])
        .before(Memory::new());
    reads(&memory).expect("it is read");
    assert_eq!(mode(&memory), Some(Mode::Delta));
    reads(&memory).expect("it is read");
    assert_eq!((names(&memory).len(), mode(&memory)), (2, Some(Mode::Full)));
}

#[test]
fn what_gets_its_name_between_two_readings_is_not_taken_for_the_state_of_the_whole() {
    let (a, b) = (component("a", "1"), component("b", "1"));
    let pages = [page(&[a.clone(), nameless("1")], 2, ""), page(&[a.clone(), b.clone()], 2, "")];
    let memory = Server::new("old").says(&[2]).states(&[a, b]).pages("limit=500", pages).before(Memory::new());
    reads(&memory).expect("it is read");
    assert_eq!((names(&memory).len(), mode(&memory)), (2, Some(Mode::Delta)), "something may have gone");
    reads(&memory).expect("it is read again");
    assert_eq!(mode(&memory), Some(Mode::Full));
}

#[test]
fn what_has_no_entity_with_a_name_is_no_catalog() {
    let memory = Server::new("old").holds(&[nameless("1"), nameless("2")]).before(Memory::new());
    let error = reads(&memory).expect_err("no catalog").to_string();
    assert!(error.starts_with("old: the answer holds no entity that has a name"), "{error}");
    assert_eq!(memory.commits(), Vec::<String>::new());
}

#[test]
fn an_entity_that_nests_too_deeply_costs_no_other() {
    let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
    let body = format!(
        "{{\"items\":[{},{{\"kind\":\"Component\",\"metadata\":{{\"name\":\"b\"}},\"spec\":{deep}}}],\"totalItems\":2,\"pageInfo\":{{}}}}",
        component("a", "1")
    );
    let memory = Server::new("old").says(&[2]).pages("limit=500", [Answer::body(body)]).before(Memory::new());
    reads(&memory).expect("it is read");
    assert_eq!((names(&memory), mode(&memory)), (vec!["a".into()], Some(Mode::Delta)));
}

#[test]
fn pages_that_are_too_large_are_asked_for_in_halves_until_one_alone_is() {
    let large =
        || Answer::error(Error::Failed("the answer of old.test is larger than 32 MiB; ask for less at a time".into()));
    let limits = [500, 250, 125, 62, 31, 15, 7, 3, 1];
    let server = limits
        .iter()
        .fold(Server::new("old").says(&[3]), |server, limit| server.pages(&format!("limit={limit}"), [large()]));
    let memory = server.before(Memory::new());
    let error = reads(&memory).expect_err("one alone is too large").to_string();
    assert!(error.contains("is larger than 32 MiB"), "{error}");
    assert_eq!(memory.commits(), Vec::<String>::new());
}

#[test]
fn an_entity_that_is_larger_than_a_portal_takes_costs_no_other() {
    let mut large = component("b", "1");
    large["spec"]["definition"] = json!("x".repeat(12 << 20));
    let memory = Server::new("old").holds(&[component("a", "1"), large, component("c", "1")]).before(Memory::new());
    reads(&memory).expect("it is read");
    let committed = memory.committed("old").expect("a session");
    assert_eq!((names(&memory), mode(&memory)), (vec!["a".into(), "c".into()], Some(Mode::Full)));
    let files: Vec<&str> = committed.problems.iter().map(|(file, _)| file.as_str()).collect();
    assert_eq!(files, ["component:default/b"]);
}

#[test]
fn what_was_made_anew_under_its_name_is_the_same_entity_with_another_state() {
    let mut anew = component("a", "1");
    anew["metadata"]["uid"] = json!("another");
    anew["metadata"]["etag"] = json!("7");
    let memory = Server::new("old")
        .says(&[1])
        .pages("limit=500", [page(&[component("a", "1")], 1, ""), page(&[anew.clone()], 1, "")])
        .states(&[anew])
        .before(Memory::new());
    reads(&memory).expect("it is read");
    reads(&memory).expect("it is read again");
    assert_eq!((names(&memory), mode(&memory), memory.commits().len()), (vec!["a".into()], Some(Mode::Full), 2));
}

#[test]
fn a_portal_whose_clock_is_off_is_read_as_usual() {
    for date in ["Wed, 01 Jan 2042 12:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "yesterday"] {
        let answer = page(&[component("a", "1")], 1, "").header("date", date);
        let memory = Server::new("old").says(&[1]).pages("limit=500", [answer]).before(Memory::new());
        reads(&memory).expect("it is read");
        assert_eq!((names(&memory), mode(&memory)), (vec!["a".into()], Some(Mode::Full)), "{date}");
    }
}
