//! Attacks through objects and their mappings.

use crate::came_through;
use crate::contract::portico::plugin::ingest::{Mode, Object, Session};
use crate::contract::portico::plugin::run;
use crate::contract::portico::plugin::types::Error;

fn object(kind: &str, data: impl Into<String>) -> Object {
    Object { kind: kind.to_owned(), data: data.into() }
}

pub(crate) fn malformed() -> Result<(), Error> {
    let session = Session::open("objects", Mode::Full)?;
    let objects = [
        object("thing", "no JSON"),
        object("thing", "[1,2"),
        object("thing", format!("\"{}\"", "x".repeat(2 << 20))),
        object("thing", "[".repeat(100_000)),
        object("thing", "{}"),
        object("thing", r#"{"name":{"a":1}}"#),
        object("", "{}"),
        object(&"k".repeat(1_000), "{}"),
        object("thi\u{1b}ng", "{}"),
        object("thing", r#"{"name":"../../etc/passwd"}"#),
    ];
    let refused = session.push(&objects)?;
    let summary = Session::commit(session, None)?;
    run::log(run::Level::Info, &format!("{} of {} refused, {} added", refused.len(), objects.len(), summary.added));
    Ok(())
}

pub(crate) fn without_end() -> Result<(), Error> {
    let session = Session::open("objects", Mode::Full)?;
    let padding = "x".repeat(900_000);
    for number in 0..10_000 {
        let object = object("unmapped", format!("{{\"name\":\"n{number}\",\"padding\":\"{padding}\"}}"));
        session.push(&[object])?;
    }
    Err(came_through("nine gigabytes of objects"))
}

pub(crate) fn unmapped() -> Result<(), Error> {
    let session = Session::open("objects", Mode::Full)?;
    for number in 0..200 {
        session.push(&[object(&format!("kind{number}"), r#"{"secret":"s3cret"}"#)])?;
    }
    let summary = Session::commit(session, None)?;
    run::log(run::Level::Info, &format!("{} added", summary.added));
    Ok(())
}
