//! `debug:log`, `debug:wait`, `roadiehq:utils:sleep`: for who writes a template.

use std::time::Duration;

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::workspace::{self, Kind};
use portico_sdk::{Error, Result, clock, info, run};
use serde::Deserialize;

use crate::rendering;

/// What of the workspace is told.
#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(from = "Listing")]
enum Listed {
    #[default]
    Nothing,
    Names,
    Contents,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Listing {
    Asked(bool),
    Named(String),
}

impl From<Listing> for Listed {
    fn from(listing: Listing) -> Listed {
        match listing {
            Listing::Asked(false) => Listed::Nothing,
            Listing::Asked(true) => Listed::Names,
            Listing::Named(how) if how == "with-contents" => Listed::Contents,
            Listing::Named(_) => Listed::Names,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    message: Option<String>,
    #[serde(default)]
    list_workspace: Listed,
}

/// Bytes of a file that are told: a log is read by people.
const TOLD: usize = 4 << 10;

pub(crate) fn log(invocation: &Invocation) -> Result<Output> {
    let input: Log = invocation.input()?;
    if let Some(message) = &input.message {
        info!("{message}");
    }
    if input.list_workspace == Listed::Nothing {
        return Ok(Output::none());
    }
    let files: Vec<String> =
        workspace::walk("")?.into_iter().filter(|entry| entry.kind != Kind::Folder).map(|entry| entry.path).collect();
    if input.list_workspace == Listed::Names {
        info!("The workspace has {} files: {}", files.len(), files.join(", "));
        return Ok(Output::none());
    }
    for path in files {
        let bytes = workspace::read(&path)?;
        match rendering::text(&bytes) {
            Some(text) if text.len() <= TOLD => info!("{path}:\n{text}"),
            Some(text) => {
                let told: String = text.chars().take(TOLD).collect();
                info!("{path}, of {} bytes:\n{told} …", text.len());
            }
            None => info!("{path}: {} bytes that are no text", bytes.len()),
        }
    }
    Ok(Output::none())
}

/// Longer ones are mistakes: a run that waits holds a sandbox.
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);
const LONGEST_SLEEP: Duration = Duration::from_secs(2 * 60 * 60);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wait {
    minutes: f64,
    seconds: f64,
    milliseconds: f64,
}

pub(crate) fn wait(invocation: &Invocation) -> Result<Output> {
    let input: Wait = invocation.input()?;
    let seconds = input.minutes * 60.0 + input.seconds + input.milliseconds / 1000.0;
    pause(seconds, LONGEST_WAIT, invocation)
}

#[derive(Deserialize)]
struct Sleep {
    amount: f64,
}

pub(crate) fn sleep(invocation: &Invocation) -> Result<Output> {
    let input: Sleep = invocation.input()?;
    pause(input.amount, LONGEST_SLEEP, invocation)
}

fn pause(seconds: f64, longest: Duration, invocation: &Invocation) -> Result<Output> {
    let time = Duration::try_from_secs_f64(seconds).map_err(|_| {
        Error::Invalid("input: that is no span of time; write a number that is not negative".to_owned())
    })?;
    if time > longest {
        return Err(Error::Invalid(format!("input: a step waits for {} minutes at most", longest.as_secs() / 60)));
    }
    if invocation.dry_run {
        info!("{} s are not waited in a dry run", time.as_secs_f64());
        return Ok(Output::none());
    }
    info!("{} s are waited", time.as_secs_f64());
    clock::pause(time);
    match run::cancelled() {
        true => Err(Error::Failed("the step was asked to end while it waited".to_owned())),
        false => Ok(Output::none()),
    }
}
