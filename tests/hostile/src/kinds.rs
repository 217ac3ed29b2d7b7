//! Attacks where documents are processed.

use crate::contract::exports::portico::plugin::kinds::{Guest, Processed};
use crate::contract::portico::plugin::ingest::{self, Mode, Session};
use crate::contract::portico::plugin::types::Error;
use crate::contract::portico::plugin::{run, settings};
use crate::ingest::put;
use crate::{Attack, Hostile, came_through, chosen, perform};

fn document(kind: &str, name: &str) -> String {
    format!(r#"{{"apiVersion":"hostile.test/v1","kind":"{kind}","metadata":{{"name":"{name}"}},"spec":{{}}}}"#)
}

/// Puts a document of another plugin's kind: of the one in its settings, or `Hostile`.
pub(crate) fn feed() -> Result<(), Error> {
    let settings: serde_json::Value =
        serde_json::from_str(&settings::get()).map_err(|error| Error::Invalid(error.to_string()))?;
    let kind = settings["feeds"].as_str().unwrap_or("Hostile");
    let cursor = ingest::cursor("feed")?;
    run::log(run::Level::Info, &cursor.map_or("no cursor".to_owned(), |cursor| format!("the cursor {cursor}")));
    let session = Session::open("feed", Mode::Full)?;
    let refused = session.put(&[put(document(kind, "fed"))])?;
    let summary = Session::commit(session, Some("fed"))?;
    let reason = refused.first().map(|rejection| rejection.reason.clone()).unwrap_or_default();
    run::log(run::Level::Info, &format!("{} refused, {} added: {reason}", refused.len(), summary.added));
    Ok(())
}

/// Puts thousands of documents of that kind, until one is refused.
pub(crate) fn feed_without_end() -> Result<(), Error> {
    let session = Session::open("feed", Mode::Full)?;
    for batch in 0..60 {
        let documents: Vec<_> =
            (0..100).map(|number| put(document("Hostile", &format!("h{batch}-{number}")))).collect();
        let refused = session.put(&documents)?;
        let reason = refused.first().map(|rejection| rejection.reason.clone()).unwrap_or_default();
        if !refused.is_empty() {
            let summary = Session::commit(session, None)?;
            run::log(run::Level::Info, &format!("{} refused, {} added: {reason}", refused.len(), summary.added));
            return Ok(());
        }
    }
    let summary = Session::commit(session, None)?;
    run::log(run::Level::Info, &format!("0 refused, {} added", summary.added));
    Ok(())
}

impl Guest for Hostile {
    fn process(entities: Vec<String>) -> Vec<Result<Processed, Error>> {
        let attack = match chosen("kinds") {
            Ok(attack) => attack,
            Err(error) => return entities.iter().map(|_| Err(error.clone())).collect(),
        };
        let kept = |entity: &String| Processed { entity: entity.clone(), emitted: Vec::new(), warnings: Vec::new() };
        entities
            .iter()
            .map(|entity| {
                Ok(match attack {
                    Attack::AnotherEntity => Processed { entity: document("Hostile", "another"), ..kept(entity) },
                    Attack::NoEntity => Processed { entity: "null".to_owned(), ..kept(entity) },
                    Attack::ForeignKinds => {
                        Processed { emitted: vec![document("Component", "smuggled")], ..kept(entity) }
                    }
                    Attack::ManyEmitted => {
                        let emitted = (0..10_000).map(|number| document("Hostile", &format!("e{number}"))).collect();
                        Processed { emitted, ..kept(entity) }
                    }
                    Attack::GrowInProcess => {
                        let spec = format!(r#""spec":{{"a":"{}"}}"#, "x".repeat(60_000));
                        Processed { entity: entity.replace(r#""spec":{}"#, &spec), ..kept(entity) }
                    }
                    Attack::BreakOffAtOne => {
                        assert!(!entity.contains(r#""h0-7""#), "the hostile plugin panics on purpose");
                        kept(entity)
                    }
                    Attack::ProcessThatIngests => {
                        if !matches!(ingest::retain(&[]), Err(Error::Denied(_))) {
                            return Err(came_through("all that it brought in was let go"));
                        }
                        Session::open("smuggled", Mode::Full)?;
                        kept(entity)
                    }
                    Attack::Nothing | Attack::Feed | Attack::FeedWithoutEnd => kept(entity),
                    attack => {
                        perform(attack)?;
                        kept(entity)
                    }
                })
            })
            .skip(usize::from(attack == Attack::FewAnswers))
            .collect()
    }
}
