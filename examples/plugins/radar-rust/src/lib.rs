//! A technology radar in the portal: which technologies the company has an opinion on, and how those stand that a component uses.

mod card;
mod radar;

use portico_sdk::{Result, Session, cursor, http, info, retain, settings};
use serde::Deserialize;

portico_sdk::plugin! { ingestion: sync, cards: card::Technologies }

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    url: String,
}

/// Reads the radar, unless the server says that it is as it was.
fn sync() -> Result<()> {
    let Settings { url } = settings::read()?;
    let mut request = http::get(&url);
    if let Some(etag) = cursor(&url)? {
        request = request.header("if-none-match", etag);
    }
    let response = request.send()?;
    if response.status == 304 {
        return portico_sdk::current(&url);
    }
    let response = response.ok().map_err(|error| error.context(&url))?;
    let radar = radar::read(&url, &response.json()?)?;
    let mut session = Session::full(&url)?;
    for technology in &radar.technologies {
        session.put(technology, radar::origin(&url))?;
    }
    session.report(&radar.problems)?;
    let summary = session.commit(response.header("etag"))?;
    // What another address brought goes only now: one that cannot be read costs nothing of what is there.
    retain(std::slice::from_ref(&url))?;
    info!("{} technologies are new, {} changed, {} are gone", summary.added, summary.updated, summary.removed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use portico_sdk::Error;
    use portico_sdk::testing::{Answer, Portal};
    use serde_json::json;

    use super::*;

    const URL: &str = "https://radar.acme.example/radar.json";

    fn portal() -> Portal {
        Portal::new().settings(json!({ "url": URL }))
    }

    #[test]
    fn the_radar_becomes_technologies() {
        let answer = Answer::body(include_str!("../radar.json")).header("etag", "\"7\"");
        let portal = portal().answer("GET", URL, answer);
        portal.run(sync).expect("it is there");
        let committed = portal.committed(URL).expect("a session");
        assert_eq!(committed.entities.len(), 9);
        let rust = committed.entity("technology:rust").expect("there");
        assert_eq!(rust["spec"], json!({ "ring": "adopt", "quadrant": "Languages" }));
        assert_eq!(committed.cursor.as_deref(), Some("\"7\""));
    }

    #[test]
    fn a_radar_that_is_as_it_was_is_not_read_again() {
        let portal = portal().cursor(URL, "\"7\"").answer("GET", URL, Answer::status(304));
        portal.run(sync).expect("it is there");
        assert_eq!(portal.commits(), Vec::<String>::new());
        assert!(portal.requests()[0].headers.contains(&("if-none-match".into(), "\"7\"".into())));
    }

    #[test]
    fn one_entry_that_is_wrong_costs_no_other() {
        let entries = json!({ "technologies": [
            { "id": "go", "name": "Go", "quadrant": "Languages", "ring": "adopt" },
            { "id": "cobol", "name": "COBOL", "quadrant": "Languages", "ring": "never" },
        ] });
        let portal = portal().answer("GET", URL, Answer::json(&entries));
        portal.run(sync).expect("it is there");
        let committed = portal.committed(URL).expect("a session");
        assert_eq!(committed.entities.len(), 1);
        assert!(committed.problems[0].1.contains("`never`"), "{:?}", committed.problems);
    }

    #[test]
    fn a_server_that_asks_for_a_pause_gets_it() {
        let portal = portal().answer("GET", URL, Answer::status(429).header("retry-after", "60"));
        assert!(matches!(portal.run(sync), Err(Error::Unavailable { retry_after: Some(60), .. })));
    }
}
