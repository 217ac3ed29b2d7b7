//! What a plugin said lately, in all of its calls.
//!
//! Rule: the newest lines only, and in memory only. The logs of runs are in the journal; this one is for who wants to see what a plugin does
//! now, and for calls that are in no journal.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portico_api_types::{LogLine, PluginLine};
use portico_manifest::Extension;
use tokio::sync::broadcast;

/// Lines that are kept, and their bytes: a few screens, of two hundred plugins no more than 50 MB.
const LINES: usize = 500;
const BYTES: usize = 256 << 10;

/// Lines that a slow watcher may be behind before it misses some.
const BEHIND: usize = 256;

/// The log of one plugin.
pub(crate) struct PluginLog {
    state: Mutex<State>,
    events: broadcast::Sender<PluginLine>,
}

#[derive(Default)]
struct State {
    next: u64,
    lines: VecDeque<PluginLine>,
    bytes: usize,
}

/// The log, and which call speaks.
#[derive(Clone)]
pub(crate) struct Speaker {
    log: Arc<PluginLog>,
    point: Extension,
    run: Option<u64>,
}

impl Default for PluginLog {
    fn default() -> PluginLog {
        PluginLog { state: Mutex::default(), events: broadcast::Sender::new(BEHIND) }
    }
}

impl PluginLog {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a call of this extension point says comes in here. `run` is 0 for calls that are in no journal.
    pub(crate) fn speaker(self: &Arc<PluginLog>, point: Extension, run: u64) -> Speaker {
        Speaker { log: self.clone(), point, run: (run > 0).then_some(run) }
    }

    /// The lines that are kept, and all that come from now on: nothing is missed, nothing comes twice.
    pub(crate) fn watch(&self) -> (Vec<PluginLine>, broadcast::Receiver<PluginLine>) {
        let state = self.state();
        (state.lines.iter().cloned().collect(), self.events.subscribe())
    }

    fn append(&self, line: impl FnOnce(u64) -> PluginLine) {
        let mut state = self.state();
        let line = line(state.next);
        state.next += 1;
        state.bytes += line.message.len();
        state.lines.push_back(line.clone());
        while state.lines.len() > LINES || state.bytes > BYTES {
            let Some(oldest) = state.lines.pop_front() else { break };
            state.bytes -= oldest.message.len();
        }
        // An error says that nobody watches, which is no error.
        let _ = self.events.send(line);
    }
}

impl Speaker {
    /// Says a line of the call's log here as well.
    pub(crate) fn say(&self, line: &LogLine) {
        self.log.append(|number| PluginLine {
            number,
            at: line.at,
            level: line.level,
            message: line.message.clone(),
            point: self.point.as_str().to_owned(),
            run: self.run,
        });
    }
}

#[cfg(test)]
mod tests {
    use portico_api_types::{LogLevel, Timestamp};

    use super::*;

    fn line(message: &str) -> LogLine {
        LogLine { number: 0, at: Timestamp::now(), level: LogLevel::Info, message: message.to_owned() }
    }

    #[test]
    fn the_newest_lines_are_kept_by_number_and_by_bytes() {
        let log = Arc::new(PluginLog::default());
        let speaker = log.speaker(Extension::Cards, 0);
        for number in 0..LINES + 3 {
            speaker.say(&line(&number.to_string()));
        }
        let (lines, _) = log.watch();
        assert_eq!((lines.len(), lines[0].number, lines[0].message.as_str()), (LINES, 3, "3"));
        for _ in 0..100 {
            speaker.say(&line(&"x".repeat(4 << 10)));
        }
        let (lines, _) = log.watch();
        assert_eq!(lines.len(), BYTES / (4 << 10));
    }

    #[test]
    fn who_watches_misses_nothing_and_sees_which_call_spoke() {
        let log = Arc::new(PluginLog::default());
        log.speaker(Extension::Ingestion, 7).say(&line("before"));
        let (before, mut events) = log.watch();
        log.speaker(Extension::Routes, 0).say(&line("after"));
        let after = events.try_recv().unwrap();
        let seen = |line: &PluginLine| (line.number, line.message.clone(), line.point.clone(), line.run);
        assert_eq!(before.iter().map(seen).collect::<Vec<_>>(), [(0, "before".into(), "ingestion".into(), Some(7))]);
        assert_eq!(seen(&after), (1, "after".into(), "routes".into(), None));
        assert!(events.try_recv().is_err());
    }
}
