//! Attacks on the catalog: sessions, scopes, documents, problems.

use crate::came_through;
use crate::contract::portico::plugin::ingest::{
    Attachment, Cause, EntityRef, Mode, Origin, Problem, Put, Session, current, retain, unreadable,
};
use crate::contract::portico::plugin::run;
use crate::contract::portico::plugin::types::Error;

pub(crate) fn component(name: &str) -> String {
    format!(
        r#"{{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{{"name":"{name}"}},"spec":{{"type":"service","lifecycle":"production","owner":"group:default/none"}}}}"#
    )
}

fn origin() -> Origin {
    Origin { file: "catalog-info.yaml".to_owned(), line: 1, url: None, parent: None }
}

pub(crate) fn put(document: String) -> Put {
    Put { document, origin: origin() }
}

fn say(message: &str) {
    run::log(run::Level::Info, message);
}

/// What a plugin should do.
pub(crate) fn behave() -> Result<(), Error> {
    let session = Session::open("healthy", Mode::Full)?;
    session.put(&[put(component("healthy"))])?;
    let facts = r#"{"ready":1,"image":"registry.test/healthy:1.4.2","checks":{"passed":true}}"#;
    session.attach(&[attachment("healthy", facts.to_owned())])?;
    Session::commit(session, Some("1"))?;
    Ok(())
}

/// Attaches a number, another one each time.
pub(crate) fn count(number: u64) -> Result<(), Error> {
    let session = Session::open("numbers", Mode::Full)?;
    session.attach(&[attachment("healthy", format!("{{\"number\":{number}}}"))])?;
    Session::commit(session, None)?;
    Ok(())
}

pub(crate) fn hand_over_many() -> Result<(), Error> {
    let session = Session::open("many", Mode::Full)?;
    for batch in 0..100 {
        let batch: Vec<Put> = (0..1_000).map(|number| put(component(&format!("c{batch}-{number}")))).collect();
        session.put(&batch)?;
    }
    Ok(())
}

pub(crate) fn many_sessions() -> Result<(), Error> {
    let mut held = Vec::new();
    for number in 0..10_000 {
        match Session::open(&format!("scope {number}"), Mode::Full) {
            Ok(session) => held.push(session),
            Err(Error::Invalid(reason)) => return Err(Error::Invalid(format!("{} open: {reason}", held.len()))),
            Err(error) => return Err(error),
        }
    }
    Err(came_through("ten thousand sessions"))
}

pub(crate) fn session_of_many_files() -> Result<(), Error> {
    let files: Vec<String> = (0..10_001).map(|number| format!("{number}.yaml")).collect();
    drop(Session::open_files("files", &files[..10_000])?);
    Session::open_files("files", &files)?;
    Err(came_through("a session of ten thousand files and one"))
}

pub(crate) fn same_scope_twice() -> Result<(), Error> {
    let _first = Session::open("one", Mode::Full)?;
    Session::open("one", Mode::Full)?;
    Err(came_through("two sessions for one scope"))
}

pub(crate) fn session_left_open() -> Result<(), Error> {
    let session = Session::open("left", Mode::Full)?;
    session.put(&[put(component("left-open"))])?;
    std::mem::forget(session);
    Ok(())
}

pub(crate) fn session_dropped() -> Result<(), Error> {
    let session = Session::open("dropped", Mode::Full)?;
    session.put(&[put(component("dropped"))])?;
    drop(session);
    // The scope is free again.
    drop(Session::open("dropped", Mode::Full)?);
    Ok(())
}

pub(crate) fn crash_before_commit() -> Result<(), Error> {
    let session = Session::open("crash", Mode::Full)?;
    session.put(&[put(component("crashed"))])?;
    panic!("before the commit")
}

pub(crate) fn huge_scope() -> Result<(), Error> {
    let scope = "s".repeat(1 << 20);
    let answers = [
        Session::open(&scope, Mode::Full).map(drop),
        current(&scope),
        unreadable(&scope, "why"),
        current("line\nbreak"),
        Session::open("", Mode::Full).map(drop),
    ];
    let refused = answers.iter().all(|answer| matches!(answer, Err(Error::Invalid(_))));
    let many: Vec<String> = (0..200_000).map(|number| number.to_string()).collect();
    match retain(&many) {
        Err(Error::Invalid(_)) if refused => Ok(()),
        _ => Err(came_through(&format!("{answers:?}").chars().take(300).collect::<String>())),
    }
}

pub(crate) fn huge_cursor() -> Result<(), Error> {
    let session = Session::open("cursor", Mode::Full)?;
    Session::commit(session, Some(&"c".repeat(1 << 20)))?;
    Err(came_through("a cursor of a megabyte"))
}

pub(crate) fn malformed_documents() -> Result<(), Error> {
    let documents = [
        String::new(),
        "null".to_owned(),
        "[1, 2".to_owned(),
        r#""a text""#.to_owned(),
        r#"{"kind":"Component"}"#.to_owned(),
        component("../../etc/passwd"),
        component(&"n".repeat(5_000)),
        component("good").replace("Component", "\\u0000"),
        component("good").replace("v1alpha1", "v9"),
        "\u{feff}{}".to_owned(),
        r#"{"a":1e999}"#.to_owned(),
    ];
    let session = Session::open("malformed", Mode::Full)?;
    let count = documents.len();
    let rejections = session.put(&documents.map(put))?;
    let summary = Session::commit(session, None)?;
    say(&format!("{} of {count} refused, {} added", rejections.len(), summary.added));
    Ok(())
}

pub(crate) fn huge_document() -> Result<(), Error> {
    let document = component("huge").replace("production", &"p".repeat(2 << 20));
    let session = Session::open("huge", Mode::Full)?;
    let rejections = session.put(&[put(document), put(component("beside"))])?;
    let summary = Session::commit(session, None)?;
    say(&format!("{} refused, {} added: {}", rejections.len(), summary.added, rejections[0].reason));
    Ok(())
}

pub(crate) fn deep_document() -> Result<(), Error> {
    let deep = format!("{}1{}", "[".repeat(1_000), "]".repeat(1_000));
    let document = component("deep").replace(r#""production""#, &deep);
    let session = Session::open("deep", Mode::Full)?;
    let rejections = session.put(&[put(document), put(component("beside"))])?;
    let summary = Session::commit(session, None)?;
    say(&format!("{} refused, {} added", rejections.len(), summary.added));
    Ok(())
}

pub(crate) fn many_documents() -> Result<(), Error> {
    let session = Session::open("many", Mode::Full)?;
    let documents: Vec<Put> = (0..10_001).map(|_| put("{}".to_owned())).collect();
    session.put(&documents)?;
    Err(came_through("more documents than are taken at once"))
}

pub(crate) fn documents_without_end() -> Result<(), Error> {
    let session = Session::open("endless", Mode::Full)?;
    let filling = "p".repeat(900 << 10);
    for number in 0..1_000_000_u32 {
        let name = format!("e{number}");
        let document =
            component(&name).replace("group:default/none", &format!("group:default/none\",\"filling\":\"{filling}"));
        session.put(&[put(document)])?;
    }
    Err(came_through("documents without end"))
}

pub(crate) fn duplicate_names() -> Result<(), Error> {
    let session = Session::open("duplicates", Mode::Full)?;
    let names = ["same", "SAME", "Same", "same"];
    for _ in 0..100 {
        session.put(&names.map(|name| put(component(name))))?;
    }
    let summary = Session::commit(session, None)?;
    say(&format!("{} added", summary.added));
    Ok(())
}

pub(crate) fn problems_without_end() -> Result<(), Error> {
    let session = Session::open("problems", Mode::Full)?;
    for _ in 0..1_000 {
        let problems: Vec<Problem> = (0..1_000).map(|number| problem(&format!("file {number}"))).collect();
        session.report(&problems)?;
    }
    Err(came_through("a million problems"))
}

pub(crate) fn refusals_without_end() -> Result<(), Error> {
    let session = Session::open("refusals", Mode::Full)?;
    for _ in 0..1_000 {
        let documents: Vec<Put> = (0..1_000).map(|_| put("{}".to_owned())).collect();
        session.put(&documents)?;
    }
    Err(came_through("a million refusals"))
}

pub(crate) fn many_violations() -> Result<(), Error> {
    let wrong = r#""","#.repeat(100_000);
    let document = component("violations").replace(r#""type""#, &format!(r#""dependsOn":[{wrong}""],"type""#));
    let session = Session::open("violations", Mode::Full)?;
    let rejections = session.put(&[put(document)])?;
    let summary = Session::commit(session, None)?;
    say(&format!(
        "{} refused, {} added, {} bytes of reason",
        rejections.len(),
        summary.added,
        rejections[0].reason.len()
    ));
    Ok(())
}

fn attachment(name: &str, facts: String) -> Attachment {
    let entity = EntityRef { kind: "component".to_owned(), namespace: "default".to_owned(), name: name.to_owned() };
    Attachment { entity, facts }
}

pub(crate) fn hostile_facts() -> Result<(), Error> {
    let deep = format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let many = format!("{{\"a\":[{}1]}}", "1,".repeat(10_000));
    let attachments = [
        attachment("healthy", "no JSON".to_owned()),
        attachment("healthy", "[]".to_owned()),
        attachment("healthy", format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20))),
        attachment("healthy", deep),
        attachment("healthy", many),
        attachment("", "{}".to_owned()),
        attachment("nobody", "{\"waits\":true}".to_owned()),
    ];
    let session = Session::open("facts", Mode::Full)?;
    let rejections = session.attach(&attachments)?;
    let summary = Session::commit(session, None)?;
    say(&format!("{} refused, {} attached", rejections.len(), summary.facts));
    Ok(())
}

pub(crate) fn facts_without_end() -> Result<(), Error> {
    let session = Session::open("facts", Mode::Full)?;
    let facts = format!("{{\"a\":\"{}\"}}", "x".repeat(60_000));
    for number in 0..1_000_000_u32 {
        session.attach(&[attachment(&format!("e{number}"), facts.clone())])?;
    }
    Err(came_through("facts without end"))
}

fn problem(file: &str) -> Problem {
    Problem {
        cause: Cause::Unreadable,
        file: file.to_owned(),
        line: 1,
        column: 1,
        path: String::new(),
        entity: None,
        owner: None,
        url: None,
        message: "broken".to_owned(),
    }
}

pub(crate) fn hostile_places() -> Result<(), Error> {
    let long = "p".repeat(1 << 20);
    let session = Session::open("places", Mode::Full)?;
    let nobody = EntityRef { kind: "no such kind?".to_owned(), namespace: String::new(), name: long.clone() };
    let placed = Put {
        document: component("placed"),
        origin: Origin { file: long.clone(), line: u32::MAX, url: Some(long.clone()), parent: None },
    };
    let orphan = Put { document: component("orphan"), origin: Origin { parent: Some(nobody.clone()), ..origin() } };
    let rejections = session.put(&[placed, orphan])?;
    session.report(&[Problem {
        path: long.clone(),
        message: long,
        entity: Some(nobody.clone()),
        owner: Some(nobody.clone()),
        ..problem("broken.yaml")
    }])?;
    let removed = session.remove(&[nobody]);
    let summary = Session::commit(session, None)?;
    say(&format!("{} refused, {} added, {}", rejections.len(), summary.added, removed.is_err()));
    Ok(())
}
