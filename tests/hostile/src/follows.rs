//! Attacks where a plugin follows somebody.

use crate::contract::exports::portico::plugin::watcher::Guest;
use crate::contract::portico::plugin::http::Request;
use crate::contract::portico::plugin::settings;
use crate::contract::portico::plugin::streams::Answer;
use crate::contract::portico::plugin::types::Error;
use crate::{Attack, Hostile, came_through, chosen, perform};

impl Guest for Hostile {
    fn watch() -> Result<(), Error> {
        match chosen("watcher")? {
            Attack::AnswersWithoutEnd => answers_without_end(),
            attack => perform(attack),
        }
    }
}

/// Of the server in the settings, which answers and goes on.
fn answers_without_end() -> Result<(), Error> {
    let settings: serde_json::Value =
        serde_json::from_str(&settings::get()).map_err(|error| Error::Invalid(error.to_string()))?;
    let url = settings["url"].as_str().unwrap_or_default();
    let request = Request {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: None,
        timeout_ms: Some(5_000),
    };
    let mut held = Vec::new();
    for _ in 0..10_000 {
        match Answer::open(&request) {
            Ok(answer) => held.push(answer),
            Err(Error::Invalid(reason)) => return Err(Error::Invalid(format!("{} are open: {reason}", held.len()))),
            Err(error) => return Err(error),
        }
    }
    Err(came_through("ten thousand answers"))
}
