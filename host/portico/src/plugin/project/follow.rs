//! A run's log, told line by line while the run goes on.
//!
//! Rule: every line is told once, in its order; those that the stream leaves out where a reader falls behind are asked for at the end.

use std::error::Error;

use axum::http::Method;
use futures_util::StreamExt;
use portico_api_types::{LogLine, Run, RunState};
use serde::de::DeserializeOwned;
use sse_stream::SseStream;

use crate::plugin::level;
use crate::plugin::portal::{At, JSON};

/// Follows a run to its end, which is answered.
pub(super) async fn follow(at: &At, id: u64, mut told: impl FnMut(&LogLine)) -> Result<Run, Box<dyn Error>> {
    let response = at.open(&format!("/runs/{id}/events"), JSON).await?;
    let mut events = SseStream::new(response.into_body());
    let mut lines = Lines::default();
    let mut last: Option<Run> = None;
    while let Some(event) = events.next().await {
        let event = event.map_err(|error| format!("the portal's answer broke off: {error}"))?;
        let data = event.data.unwrap_or_default();
        match event.event.as_deref() {
            Some("run") => last = Some(read(&data)?),
            Some("log") => lines.next(&read(&data)?, &mut told),
            _ => {}
        }
    }
    let run = last.filter(|run| run.state != RunState::Running);
    let run = run.ok_or_else(|| format!("the portal went away before the run {id} had ended"))?;
    if lines.told < run.log_lines {
        let all: Vec<LogLine> = at.ask(Method::GET, &format!("/runs/{id}/log"), JSON, Vec::new()).await?;
        all.iter().for_each(|line| lines.next(line, &mut told));
    }
    Ok(run)
}

/// The lines that were told: all before a number.
#[derive(Default)]
struct Lines {
    told: u32,
}

impl Lines {
    fn next(&mut self, line: &LogLine, told: &mut impl FnMut(&LogLine)) {
        if line.number >= self.told {
            self.told = line.number + 1;
            told(line);
        }
    }
}

fn read<T: DeserializeOwned>(data: &str) -> Result<T, Box<dyn Error>> {
    Ok(serde_json::from_str(data).map_err(|error| format!("the portal's answer cannot be read: {error}"))?)
}

/// A line of a log, for a terminal.
pub(super) fn line(line: &LogLine) -> String {
    let level = level(line.level);
    format!("{} {level:<5} {}", line.at.strftime("%H:%M:%S"), line.message)
}

/// How a run ended, in a sentence.
pub(super) fn end(run: &Run) -> String {
    let summary = &run.summary;
    let changed = format!(
        "{} entities are new, {} changed, {} are gone; facts of {} changed; {} documents were refused",
        summary.added, summary.updated, summary.removed, summary.facts, summary.refused
    );
    match (run.state, &run.result) {
        (RunState::Failed, Some(result)) => format!("Run {} failed ({}): {}", run.id, result.code, result.message),
        (RunState::Failed, None) => format!("Run {} failed.", run.id),
        (RunState::Cancelled, _) => format!("Run {} was stopped: {changed}.", run.id),
        (RunState::Succeeded | RunState::Running, _) => format!("Run {} succeeded: {changed}.", run.id),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn run(state: &str, result: Value) -> Run {
        let summary = json!({ "added": 2, "updated": 1, "unchanged": 0, "removed": 0, "refused": 3 });
        serde_json::from_value(json!({
            "id": 7, "plugin": "radar", "version": "0.1.0", "trigger": "request", "state": state, "startedAt": "2026-01-01T00:00:00Z",
            "endedAt": null, "progress": null, "summary": summary, "result": result, "peakMemory": 0, "logLines": 0,
        }))
        .unwrap()
    }

    #[test]
    fn how_a_run_ended_is_one_sentence() {
        let failed = json!({ "code": "denied", "message": "It may not read x.test." });
        let changed = "2 entities are new, 1 changed, 0 are gone; 3 documents were refused.";
        for (run, expected) in [
            (run("succeeded", json!({ "code": "ok", "message": "" })), format!("Run 7 succeeded: {changed}")),
            (run("failed", failed), "Run 7 failed (denied): It may not read x.test.".to_owned()),
            (run("cancelled", Value::Null), format!("Run 7 was stopped: {changed}")),
        ] {
            assert_eq!(end(&run), expected);
        }
    }

    #[test]
    fn every_line_is_told_once() {
        let of = |number: u32| -> LogLine {
            serde_json::from_value(json!({ "number": number, "at": "2026-01-01T10:20:30Z", "level": "info", "message": number.to_string() }))
                .unwrap()
        };
        let (mut lines, mut told) = (Lines::default(), Vec::new());
        for number in [0, 1, 0, 1, 2, 3, 2] {
            lines.next(&of(number), &mut |one| told.push(line(one)));
        }
        assert_eq!(told, ["10:20:30 info  0", "10:20:30 info  1", "10:20:30 info  2", "10:20:30 info  3"]);
    }
}
