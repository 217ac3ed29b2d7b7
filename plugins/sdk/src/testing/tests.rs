//! Tests of the portal in memory, through the SDK's own functions.

use portico_model::EntityRef;
use serde_json::json;

use super::*;
use crate::entity::Entity;
use crate::ingest::{Origin, Problem, Session};
use crate::{Error, cursor, http, info, run, settings, state, unreadable};

#[test]
fn a_run_leaves_behind_what_it_said() {
    let portal = Portal::new().settings(json!({ "team": "a" })).keep("count", &json!(1)).scopes(&["a"]);
    portal.run(|| {
        let settings: Value = settings::read().expect("JSON");
        info!("it is about {} of {:?}", settings["team"], run::scopes());
        let count: u32 = state::get("count").expect("granted").expect("kept");
        state::set("count", &(count + 1)).expect("granted");
        state::delete("other").expect("no error");
        unreadable("b", "it is gone").expect("noted");
        crate::retain(&["a".to_owned()]).expect("noted");
        run::progress(1, Some(2), "half");
    });
    assert_eq!(portal.log(), [(Level::Info, "it is about \"a\" of Some([\"a\"])".to_owned())]);
    assert_eq!(portal.state("count"), Some(json!(2)));
    assert_eq!(portal.unreadable(), [("b".to_owned(), "it is gone".to_owned())]);
    assert_eq!(portal.retained(), Some(vec!["a".to_owned()]));
}

#[test]
fn what_a_portal_does_not_take_is_denied_and_stays_as_it_was() {
    let portal = Portal::new().keep("a", &json!(1)).room(4).guarded("too much goes");
    portal.run(|| {
        assert_eq!(state::set("a", &100), Ok(()));
        assert!(matches!(state::set("b", &1), Err(Error::Denied(_))));
        assert_eq!(crate::retain(&["a".to_owned()]), Err(Error::Denied("too much goes".to_owned())));
    });
    assert_eq!((portal.state("a"), portal.state("b"), portal.retained()), (Some(json!(100)), None, None));
}

#[test]
fn answers_come_one_after_the_other_and_what_has_none_is_not_granted() {
    let portal = Portal::new()
        .answer("POST", "https://x.test/a", Answer::status(503))
        .answer("POST", "https://x.test/a", Answer::body("done"))
        .answer(
            "GET",
            "https://x.test/b",
            Answer::error(Error::Unavailable { reason: "down".into(), retry_after: None }),
        );
    portal.run(|| {
        let post = || http::post("https://x.test/a").header("x-a", "1").body(b"go".to_vec()).send();
        let statuses: Vec<u16> = (0..3).map(|_| post().expect("an answer").status).collect();
        assert_eq!(statuses, [503, 200, 200]);
        assert!(matches!(http::get("https://x.test/b").send(), Err(Error::Unavailable { .. })));
        let error = http::get("https://x.test/c").send().expect_err("no answer");
        assert_eq!(
            error,
            Error::Denied(
                "the portal of this test knows no answer to GET https://x.test/c; say one with `Portal::answer`".into()
            )
        );
    });
    assert_eq!(portal.requests().len(), 5);
    assert_eq!((portal.requests()[0].method.as_str(), portal.requests()[0].body.as_slice()), ("POST", &b"go"[..]));
}

#[test]
fn a_session_is_seen_as_soon_as_it_is_committed_and_not_before() {
    let portal = Portal::new().cursor("teams", "1");
    let group = Entity::group("a").of_type("team");
    portal.run(|| {
        assert_eq!(cursor("teams"), Ok(Some("1".to_owned())));
        let mut dropped = Session::full("teams").expect("begun");
        dropped.put(&group, Origin::file("a")).expect("taken");
        assert!(matches!(Session::full("teams"), Err(Error::Invalid(_))));
    });
    assert_eq!(portal.committed("teams"), None);
    portal.run(|| {
        let mut session = Session::full("teams").expect("begun again");
        session.put(&group, Origin::file("a")).expect("taken");
        session.put(&json!({ "kind": "Radar" }), Origin::file("b")).expect("handed over");
        session.attach(&EntityRef::parse("component:x").expect("one"), &json!({ "n": 1 })).expect("taken");
        session.report(&[Problem::new("c", "it is empty")]).expect("taken");
        assert!(matches!(session.remove(&[group.reference().expect("one")]), Err(Error::Invalid(_))));
        let summary = session.submit(Some("2")).and_then(crate::Submission::wait).expect("visible");
        assert_eq!((summary.added, summary.refused, summary.facts), (1, 2, 1));
        assert_eq!(cursor("teams"), Ok(Some("2".to_owned())));
    });
    let committed = portal.committed("teams").expect("committed");
    assert_eq!(committed.entity("group:a"), Some(&Value::from(&group)));
    assert_eq!(committed.facts[0].1, json!({ "n": 1 }));
    assert_eq!(committed.problems, [("c".to_owned(), "it is empty".to_owned())]);
    assert_eq!(portal.commits(), ["teams"]);
}

#[test]
fn relations_lead_from_entity_to_entity() {
    let portal = Portal::new()
        .entity(Entity::component("a").owner("team-a"))
        .entity(Entity::group("team-a").spec("type", "team"));
    let count = |text: &str| portal.run(|| crate::catalog::search().text(text).count());
    assert_eq!(count("owner:team-a"), Ok(1));
    assert_eq!(count("owner.type:team"), Ok(1));
    assert_eq!(count("owner.type:guild"), Ok(0));
}

#[test]
fn what_a_test_does_not_grant_is_said() {
    Portal::new().run(|| {
        let error = crate::files::read("/etc/passwd").expect_err("no files");
        assert_eq!(error, Error::Denied("the portal of this test has no files; say one with `Portal::file`".into()));
        assert!(crate::repositories::Snapshot::open("https://x.test/a.git", None).is_err());
    });
}

#[test]
#[should_panic(expected = "there is no portal outside of one")]
fn a_call_without_a_portal_says_where_to_call_it() {
    let _ = run::cancelled();
}
