//! Brings in the items of one JSON document, and shows on each how it stands.

mod card;
mod items;

use portico_sdk::{Result, Session, http, info, retain, settings};
use serde::Deserialize;

portico_sdk::plugin! { ingestion: sync, cards: card::State }

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    url: String,
}

/// Reads the document. Nothing of it is visible before the commit, and all of it after.
fn sync() -> Result<()> {
    let Settings { url } = settings::read()?;
    let response = http::get(&url)
        .send()?
        .ok()
        .map_err(|error| error.context(&url))?;
    let found = items::read(&url, &response.json()?)?;
    let mut session = Session::full(&url)?;
    for item in &found.entities {
        session.put(item, items::origin(&url))?;
    }
    session.report(&found.problems)?;
    let summary = session.commit(None)?;
    // What another address brought goes only now: one that cannot be read costs nothing of what is there.
    retain(std::slice::from_ref(&url))?;
    info!(
        "{} items are new, {} changed, {} are gone",
        summary.added, summary.updated, summary.removed
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use portico_sdk::Error;
    use portico_sdk::testing::{Answer, Portal};
    use serde_json::json;

    use super::*;

    const URL: &str = "https://x.test/items.json";

    fn portal() -> Portal {
        Portal::new().settings(json!({ "url": URL }))
    }

    #[test]
    fn the_document_becomes_items() {
        let portal = portal().answer("GET", URL, Answer::body(include_str!("../example.json")));
        portal.run(sync).expect("it is there");
        let committed = portal.committed(URL).expect("a session");
        assert_eq!(committed.entities.len(), 2);
        let second = committed.entity("mypluginitem:second").expect("there");
        assert_eq!(second["spec"], json!({ "state": "bad" }));
    }

    #[test]
    fn one_item_that_is_wrong_costs_no_other() {
        let document = json!({ "items": [
            { "name": "good", "title": "Good", "state": "good" },
            { "name": "odd", "title": "Odd", "state": "never" },
        ] });
        let portal = portal().answer("GET", URL, Answer::json(&document));
        portal.run(sync).expect("it is there");
        let committed = portal.committed(URL).expect("a session");
        assert_eq!(committed.entities.len(), 1);
        assert!(
            committed.problems[0].1.contains("`never`"),
            "{:?}",
            committed.problems
        );
    }

    #[test]
    fn a_server_that_asks_for_a_pause_gets_it() {
        let portal = portal().answer("GET", URL, Answer::status(429).header("retry-after", "60"));
        assert!(matches!(
            portal.run(sync),
            Err(Error::Unavailable {
                retry_after: Some(60),
                ..
            })
        ));
    }
}
