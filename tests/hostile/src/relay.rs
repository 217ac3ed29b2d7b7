//! What an honest plugin does with a tool: it reads addresses, and hands on what they answer.

use serde_json::Value;

use crate::contract::portico::plugin::http::{Request, send};
use crate::contract::portico::plugin::ingest::{
    Attachment, Cause, EntityRef, Mode, Origin, Problem, Put, Session, current, cursor,
};
use crate::contract::portico::plugin::types::Error;
use crate::contract::portico::plugin::{run, settings};

const SCOPE: &str = "relay";

/// Where its reading stands once it has read: there is nothing new after that.
const READ: &str = "read";

fn invalid(error: serde_json::Error) -> Error {
    Error::Invalid(error.to_string())
}

/// Reads the addresses in its settings, `urls`. Each answers an object: `entities` is a list of documents, `facts` an object by the names
/// of components, `problems` a list of texts.
pub(crate) fn relay() -> Result<(), Error> {
    let settings: Value = serde_json::from_str(&settings::get()).map_err(invalid)?;
    if cursor(SCOPE)?.as_deref() == Some(READ) {
        run::log(run::Level::Info, "nothing is new");
        return current(SCOPE);
    }
    let session = Session::open(SCOPE, Mode::Full)?;
    for url in settings["urls"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let headers = vec![("accept".to_owned(), "application/json".to_owned())];
        let response = send(&Request { method: "GET".into(), url: url.into(), headers, body: None, timeout_ms: None })?;
        run::log(run::Level::Info, &format!("an address answers {}", response.status));
        if response.status != 200 {
            return Err(Error::Failed(format!("{url} answers {}", response.status)));
        }
        hand_on(&session, &serde_json::from_slice(&response.body).map_err(invalid)?)?;
    }
    Session::commit(session, Some(READ))?;
    Ok(())
}

fn hand_on(session: &Session, answer: &Value) -> Result<(), Error> {
    let origin = || Origin { file: "answer.json".to_owned(), line: 1, url: None, parent: None };
    let documents = answer["entities"].as_array().into_iter().flatten();
    let puts: Vec<Put> = documents.map(|one| Put { document: one.to_string(), origin: origin() }).collect();
    session.put(&puts)?;
    let facts = answer["facts"].as_object().into_iter().flatten();
    let attachments = facts.map(|(name, facts)| Attachment {
        entity: EntityRef { kind: "component".into(), namespace: "default".into(), name: name.clone() },
        facts: facts.to_string(),
    });
    session.attach(&attachments.collect::<Vec<_>>())?;
    let problems = answer["problems"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let problems = problems.map(|message| Problem {
        cause: Cause::Unreadable,
        file: "answer.json".to_owned(),
        line: 2,
        column: 0,
        path: String::new(),
        entity: None,
        owner: None,
        url: None,
        message: message.to_owned(),
    });
    session.report(&problems.collect::<Vec<_>>())
}
