//! A plugin that follows a server line by line, or does what a plugin that follows something must not be able to do. Its settings say which.
//!
//! A line is the name of a component and facts about it: `ledger {"open":1}`.

use std::time::Duration;

use portico_sdk::checks::Findings;
use portico_sdk::http::stream::{Lines, Stream, ready};
use portico_sdk::model::EntityRef;
use portico_sdk::{Error, Result, Session, clock, http, info, run, settings};
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
    /// What to do where it is to follow.
    #[serde(default)]
    watch: Watching,
    /// What to do where it is to find out how it stands.
    #[serde(default)]
    check: Checking,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Watching {
    /// Reads lines as they come.
    #[default]
    Follow,
    /// Says that there is nothing to follow.
    Return,
    /// Fails in its own words.
    Fail,
    /// Panics.
    Panic,
    /// Computes for ever.
    Spin,
    /// Allocates for ever.
    Allocate,
    /// Waits for ever, whatever it is asked.
    Wait,
    /// Opens more answers than it may.
    ManyAnswers,
    /// Opens and drops answers for ever.
    ManyRequests,
    /// Opens what it was not granted.
    Reach,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Checking {
    /// Finds all as it has to be.
    #[default]
    Well,
    /// Looks whether the server answers.
    Reach,
    /// Finds more than anybody reads.
    Many,
    /// Computes for ever.
    Spin,
    /// Brings something in.
    Ingest,
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
    let settings: Settings = settings::read()?;
    match settings.watch {
        Watching::Follow => follow(&settings.url),
        Watching::Return => Ok(()),
        Watching::Fail => Err(Error::Failed("there is nothing to follow".to_owned())),
        Watching::Panic => panic!("the follower panics on purpose"),
        Watching::Spin => loop {
            std::hint::spin_loop();
        },
        Watching::Allocate => {
            let mut held = Vec::new();
            loop {
                held.push(std::hint::black_box(vec![1_u8; 1 << 20]));
            }
        }
        Watching::Wait => loop {
            clock::pause(LONG);
        },
        Watching::ManyAnswers => many_answers(&settings.url),
        Watching::ManyRequests => loop {
            http::get(&settings.url).open()?;
        },
        Watching::Reach => reach(),
    }
}

fn follow(url: &str) -> Result<()> {
    let mut news = http::get(url).open()?;
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

fn many_answers(url: &str) -> Result<()> {
    let mut open: Vec<Stream> = Vec::new();
    loop {
        match http::get(url).open() {
            Ok(stream) => open.push(stream),
            Err(error) => return Err(error.context(format!("{} are open", open.len()))),
        }
    }
}

fn reach() -> Result<()> {
    match http::get("https://elsewhere.test/").open() {
        Ok(_) => Err(Error::Failed("CAME THROUGH".to_owned())),
        Err(error) => Err(error),
    }
}

fn check(findings: &mut Findings) {
    let settings = settings::read::<Settings>();
    let Ok(Settings { url, check, .. }) = settings else {
        return findings.failed("Settings", "They are not as they have to be.");
    };
    match check {
        Checking::Well => findings.passed("Looks around", "All is as it has to be."),
        Checking::Reach => match http::get(&url).send().and_then(http::Response::ok) {
            Ok(_) => findings.passed("Reaches the server", "It answers."),
            Err(error) => findings.failed("Reaches the server", error.to_string()),
        },
        Checking::Many => (0..100).for_each(|number| findings.warned(format!("Thing {number}"), "Look at it.")),
        Checking::Spin => loop {
            std::hint::spin_loop();
        },
        Checking::Ingest => match Session::delta(SCOPE) {
            Ok(_) => findings.failed("CAME THROUGH", "A check brought something in."),
            Err(error) => findings.passed("Brings nothing in", error.to_string()),
        },
    }
}
