//! Tasks and their steps as words. People read "run" where the code says task: a run of a template.

use portico_api_types::{StepStatus, TaskStatus, Timestamp};

use super::time::took;
use crate::components::Tone;

/// How a task stands: its tone, its word, its glyph.
pub(crate) fn task_state(status: TaskStatus) -> (Tone, &'static str, &'static str) {
    match status {
        TaskStatus::Open => (Tone::Idle, "Waiting", "s-wait"),
        TaskStatus::Processing => (Tone::Info, "Running", "s-run"),
        TaskStatus::Completed => (Tone::Ok, "Succeeded", "s-ok"),
        TaskStatus::Failed => (Tone::Bad, "Failed", "s-bad"),
        TaskStatus::Cancelled => (Tone::Idle, "Stopped", "s-skip"),
    }
}

/// The same of a step.
pub(crate) fn step_state(status: StepStatus) -> (Tone, &'static str, &'static str) {
    match status {
        StepStatus::Open => (Tone::Idle, "Not reached", "s-wait"),
        StepStatus::Processing => (Tone::Info, "Running", "s-run"),
        StepStatus::Completed => (Tone::Ok, "Done", "s-ok"),
        StepStatus::Failed => (Tone::Bad, "Failed", "s-bad"),
        StepStatus::Skipped => (Tone::Idle, "Left out", "s-skip"),
        StepStatus::Cancelled => (Tone::Idle, "Stopped", "s-skip"),
    }
}

/// What a task waits for that has not begun.
pub(crate) fn waits_for(before: u32) -> String {
    match before {
        0 => "is next".to_owned(),
        1 => "waits for 1 other".to_owned(),
        others => format!("waits for {others} others"),
    }
}

/// The beginning of a task's id, by which people tell tasks apart.
pub(crate) fn short(id: &str) -> String {
    id.chars().take(8).collect()
}

/// A length of time.
pub(crate) fn milliseconds(length: u64) -> String {
    let end = i64::try_from(length).ok().and_then(|length| Timestamp::from_millisecond(length).ok());
    end.map_or_else(String::new, |end| took(Timestamp::UNIX_EPOCH, end))
}

/// A share of 1 in percent, such as `96 %`.
pub(crate) fn share(share: f64) -> String {
    // What failed once in a thousand times did fail.
    let percent = (share.clamp(0.0, 1.0) * 100.0).round();
    let percent = if percent >= 100.0 && share < 1.0 { 99.0 } else { percent };
    format!("{percent} %")
}

/// What is said above an error, by its stable word.
pub(crate) fn error_title(name: &str) -> &'static str {
    match name {
        "template" => "The template is not as it has to be.",
        "files" => "Its files could not be used.",
        "portal" => "The portal itself failed.",
        "refused" | "input" => "What was asked for was refused.",
        "unavailable" => "What it asks could not be reached.",
        "denied" => "The plugin tried what it was not granted.",
        "timeLimit" => "It took longer than it may.",
        "cpuLimit" => "It used more processor time than it may.",
        "memoryLimit" => "It held more memory than it may.",
        "panicked" => "The plugin broke off.",
        "badOutput" => "The plugin answered something that cannot be used.",
        _ => "A step failed.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_told_in_words() {
        assert_eq!([waits_for(0), waits_for(1), waits_for(3)], ["is next", "waits for 1 other", "waits for 3 others"]);
    }

    #[test]
    fn nothing_that_failed_once_always_succeeds() {
        for (value, text) in [(1.0, "100 %"), (0.999, "99 %"), (0.9611, "96 %"), (0.0, "0 %"), (f64::INFINITY, "100 %")]
        {
            assert_eq!(share(value), text);
        }
    }

    #[test]
    fn lengths_and_ids_are_short() {
        assert_eq!([milliseconds(40_000), milliseconds(240_000), milliseconds(u64::MAX)], ["40 s", "4 min", ""]);
        assert_eq!(short("0f8fad5b-d9cb-469f-a165-70867728950e"), "0f8fad5b");
    }

    #[test]
    fn every_error_has_a_sentence() {
        for name in ["template", "timeLimit", "something new"] {
            assert!(error_title(name).ends_with('.'), "{name}");
        }
    }
}
