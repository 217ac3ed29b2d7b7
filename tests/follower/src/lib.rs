//! A plugin that follows a server line by line, as an honest one does.
//!
//! A line is the name of a component and facts about it: `ledger {"open":1}`.

use std::time::Duration;

use portico_sdk::checks::Findings;
use portico_sdk::http::stream::{Lines, ready};
use portico_sdk::model::EntityRef;
use portico_sdk::{Error, Result, Session, http, info, run, settings};
use serde::Deserialize;
use serde_json::Value;

portico_sdk::plugin! { ingestion: sync, watcher: watch, checks: check }

/// What all of it is brought in under.
const SCOPE: &str = "server";

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(3_600);

#[derive(Deserialize)]
struct Settings {
    /// Where the lines come from.
    url: String,
}

/// All that the server says by now.
fn sync() -> Result<()> {
    let settings: Settings = settings::read()?;
    let mut session = Session::full(SCOPE)?;
    let said = http::get(format!("{}/all", settings.url)).send()?.ok()?;
    for line in String::from_utf8_lossy(&said.body).lines() {
        attach(&mut session, line)?;
    }
    session.commit(None)?;
    Ok(())
}

fn attach(session: &mut Session, line: &str) -> Result<()> {
    let (name, facts) = line.split_once(' ').ok_or_else(|| Error::Failed(format!("no line: {line}")))?;
    let entity = EntityRef::parse(&format!("component:default/{name}"));
    let entity = entity.map_err(|error| Error::Failed(error.to_string()))?;
    session.attach(&entity, &serde_json::from_str::<Value>(facts)?).map(drop)
}

fn watch() -> Result<()> {
    let mut news = http::get(settings::read::<Settings>()?.url).open()?;
    let mut lines = Lines::default();
    while !run::cancelled() && !news.is_over() {
        if ready(&[&news], LONG).is_empty() {
            continue;
        }
        for line in lines.take(&news.read()?)? {
            let line = String::from_utf8_lossy(&line).into_owned();
            info!("{line}");
            let mut session = Session::delta(SCOPE)?;
            attach(&mut session, &line)?;
            session.commit(None)?;
        }
    }
    info!("it ends");
    Ok(())
}

fn check(findings: &mut Findings) {
    let said =
        settings::read::<Settings>().and_then(|settings| http::get(format!("{}/all", settings.url)).send()?.ok());
    match said {
        Ok(_) => findings.passed("Reaches the server", "It answers."),
        Err(error) => findings.failed("Reaches the server", error.to_string()),
    }
}
