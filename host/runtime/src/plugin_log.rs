//! What a plugin said lately, in all of its calls but those of actions: what these say stands with their tasks, without secrets.
//!
//! Rule: the newest lines only, in memory only, and no more a second than somebody could read. The logs of runs are in the journal; this one is for who wants to see what a plugin does
//! now, and for calls that are in no journal.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use portico_api_types::{LogLevel, LogLine, PluginLine};
use portico_manifest::Extension;
use tokio::sync::broadcast;

/// Lines that are kept, and their bytes: a few screens, of two hundred plugins no more than 50 MB.
const LINES: usize = 500;
const BYTES: usize = 256 << 10;

/// Lines a second for long, and at once: what a run may leave in its log. More, in however many calls, is not shown here.
const PER_SECOND: NonZero<u32> = NonZero::new(100).unwrap();
const AT_ONCE: NonZero<u32> = NonZero::new(2_000).unwrap();

/// Lines that a slow watcher may be behind before it misses some.
const BEHIND: usize = 256;

/// The log of one plugin.
pub(crate) struct PluginLog {
    state: Mutex<State>,
    events: broadcast::Sender<PluginLine>,
    rate: DefaultDirectRateLimiter,
    /// Lines since the last that was kept.
    left_out: AtomicU64,
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
        let rate = RateLimiter::direct(Quota::per_second(PER_SECOND).allow_burst(AT_ONCE));
        PluginLog { state: Mutex::default(), events: broadcast::Sender::new(BEHIND), rate, left_out: AtomicU64::new(0) }
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
        let mut state = self.state();
        // A flood that has ended is told to whoever looks.
        if let Some(last) = state.lines.back().cloned() {
            self.tell_left_out(&mut state, &last);
        }
        (state.lines.iter().cloned().collect(), self.events.subscribe())
    }

    /// Keeps a line of the plugin's, unless it says too much.
    fn append(&self, line: PluginLine) {
        match self.rate.check() {
            Ok(()) => self.append_always(line),
            Err(_) => drop(self.left_out.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// Keeps a line of the portal's, which no plugin crowds out.
    fn append_always(&self, line: PluginLine) {
        let mut state = self.state();
        self.tell_left_out(&mut state, &line);
        self.keep(&mut state, line);
    }

    /// Says how many lines are missing before another one.
    fn tell_left_out(&self, state: &mut State, before: &PluginLine) {
        let left_out = self.left_out.swap(0, Ordering::Relaxed);
        if left_out > 0 {
            let message = format!("{left_out} lines are not shown: it said more than {PER_SECOND} a second for long.");
            self.keep(state, PluginLine { level: LogLevel::Warn, message, ..before.clone() });
        }
    }

    fn keep(&self, state: &mut State, line: PluginLine) {
        let line = PluginLine { number: state.next, ..line };
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
    /// Says a line of the plugin's here as well.
    pub(crate) fn say(&self, line: &LogLine) {
        self.log.append(self.line(line));
    }

    /// Says a line of the portal's here as well.
    pub(crate) fn note(&self, line: &LogLine) {
        self.log.append_always(self.line(line));
    }

    fn line(&self, line: &LogLine) -> PluginLine {
        PluginLine {
            // Counted where it is kept.
            number: 0,
            at: line.at,
            level: line.level,
            message: line.message.clone(),
            point: self.point.as_str().to_owned(),
            run: self.run,
        }
    }
}

#[cfg(test)]
mod tests {
    use portico_api_types::Timestamp;

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
    fn a_flood_in_however_many_calls_is_not_shown() {
        let log = Arc::new(PluginLog::default());
        for number in 0..10_000 {
            log.speaker(Extension::Cards, 0).say(&line(&number.to_string()));
        }
        let (lines, _) = log.watch();
        let last = lines.last().unwrap();
        assert!(last.message.ends_with("lines are not shown: it said more than 100 a second for long."), "{last:?}");
        // Some more than at once, for the time that it takes.
        assert!((1_999..9_000).contains(&last.number), "{last:?}");
        assert_eq!(log.watch().0.last(), Some(last), "it is said once");
        // What the portal has to say of it is not crowded out.
        let speaker = log.speaker(Extension::Cards, 0);
        (0..1_000).for_each(|_| speaker.say(&line("more")));
        speaker.note(&line("It crashed."));
        assert_eq!(log.watch().0.last().unwrap().message, "It crashed.");
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
