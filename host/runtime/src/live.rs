//! A run while it goes on: what it logs, how far it is, who watches it, who wants it to stop.
//!
//! Rule: a run keeps a limited log whatever its plugin does, and nobody who watches can slow it down.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use portico_api_types::{LogLevel, LogLine, Progress, Run, RunEvent, RunResult, RunState, Summary, Timestamp, Trigger};
use portico_manifest::Limits;
use tokio::sync::{RwLock, broadcast, watch};
use tokio::time::Instant;

use crate::aim::Aim;
use crate::classify::{clean, cut};
use crate::plugin_log::Speaker;

/// A line's bytes, as the contract says.
const LINE: usize = 4 << 10;

/// A progress message's bytes: it is one line on a page.
const MESSAGE: usize = 200;

/// Lines that are said once in a run; a plugin may not make them many.
const ONCE: usize = 100;

/// Events that a slow watcher may be behind before it misses some.
const BEHIND: usize = 1_024;

/// Watchers see progress at most so often; eyes see no more, and a plugin may say it as often as it likes.
const PROGRESS: Duration = Duration::from_millis(100);

/// A run that goes on.
pub(crate) struct LiveRun {
    id: u64,
    /// What it is for.
    pub(crate) aim: Aim,
    state: Mutex<State>,
    cancel: watch::Sender<Option<Instant>>,
    dropped: AtomicU32,
    /// Where its lines are said as well.
    speaker: OnceLock<Speaker>,
    /// Lines that the plugin may leave in the log.
    lines: u32,
    /// Whether its lines are kept.
    keeps: bool,
    /// Held for reading by work that a run has begun in the store; see [`LiveRun::settle`].
    pub(crate) work: Arc<RwLock<()>>,
}

struct State {
    run: Run,
    log: Vec<LogLine>,
    /// When watchers last saw the run itself, and whether it has changed since.
    shown: Instant,
    stale: bool,
    last_error: String,
    /// What was said and is not said again.
    once: BTreeSet<String>,
    /// Where watchers hear of it; made for the first of them, as its room takes longer to make than a short call.
    events: Option<broadcast::Sender<RunEvent>>,
}

impl State {
    fn show(&mut self) {
        self.stale = false;
        self.shown = Instant::now();
        self.tell(|| RunEvent::Run(Box::new(self.run.clone())));
    }

    fn tell(&self, event: impl FnOnce() -> RunEvent) {
        if let Some(events) = &self.events {
            // An error says that nobody watches any more, which is no error.
            let _ = events.send(event());
        }
    }
}

impl LiveRun {
    /// A run that begins now.
    pub(crate) fn begin(id: u64, plugin: &str, version: &str, trigger: Trigger, aim: Aim) -> LiveRun {
        let run = Run {
            id,
            plugin: plugin.to_owned(),
            version: version.to_owned(),
            trigger,
            state: RunState::Running,
            started_at: Timestamp::now(),
            ended_at: None,
            progress: None,
            summary: Summary::default(),
            result: None,
            peak_memory: 0,
            log_lines: 0,
            agent: None,
        };
        let state = State {
            run,
            log: Vec::new(),
            shown: Instant::now(),
            stale: false,
            last_error: String::new(),
            once: BTreeSet::new(),
            events: None,
        };
        LiveRun {
            id,
            aim,
            state: Mutex::new(state),
            cancel: watch::Sender::new(None),
            dropped: AtomicU32::new(0),
            speaker: OnceLock::new(),
            lines: Limits::DEFAULT.log,
            keeps: true,
            work: Arc::new(RwLock::new(())),
        }
    }

    /// The same for what goes on: what it says is said elsewhere, and nothing of it is kept here.
    pub(crate) fn without_end(self) -> LiveRun {
        LiveRun { lines: u32::MAX, keeps: false, ..self }
    }

    /// The same with a log of another length.
    pub(crate) fn keeping(self, lines: u32) -> LiveRun {
        LiveRun { lines, ..self }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it says is said here as well; the first word counts.
    pub(crate) fn speak_in(&self, speaker: Speaker) {
        let _ = self.speaker.set(speaker);
    }

    /// Its number.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The run as it is now.
    pub(crate) fn snapshot(&self) -> Run {
        self.state().run.clone()
    }

    /// The run as it is now, its log, and everything that happens from now on: nothing is missed, nothing comes twice.
    pub(crate) fn watch(&self) -> (Run, Vec<LogLine>, broadcast::Receiver<RunEvent>) {
        let mut state = self.state();
        let events = state.events.get_or_insert_with(|| broadcast::Sender::new(BEHIND)).subscribe();
        (state.run.clone(), state.log.clone(), events)
    }

    /// A line of the plugin's.
    pub(crate) fn log(&self, level: LogLevel, message: &str) {
        let mut state = self.state();
        if level == LogLevel::Error {
            state.last_error = clean(message);
        }
        match state.run.log_lines {
            lines if lines < self.lines => self.append(&mut state, level, message, Speaker::say),
            lines if lines == self.lines => {
                let full = format!(
                    "A run keeps {lines} lines of its log. What the plugin writes from here on is not kept; `limits.log` under \
                     its grants says how many are."
                );
                self.append(&mut state, LogLevel::Warn, &full, Speaker::say);
            }
            _ => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// A line of the portal's, which a plugin cannot crowd out.
    pub(crate) fn note(&self, level: LogLevel, message: &str) {
        self.append(&mut self.state(), level, message, Speaker::note);
    }

    /// A line of the portal's that is worth saying once.
    pub(crate) fn once(&self, level: LogLevel, message: &str) {
        let mut state = self.state();
        if state.once.len() < ONCE && state.once.insert(message.to_owned()) {
            self.append(&mut state, level, message, Speaker::note);
        }
    }

    fn append(&self, state: &mut State, level: LogLevel, message: &str, say: fn(&Speaker, &LogLine)) {
        let cut = cut(message, LINE);
        let message = cut.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        let line = LogLine { number: state.run.log_lines, at: Timestamp::now(), level, message };
        state.run.log_lines += 1;
        if let Some(speaker) = self.speaker.get() {
            say(speaker, &line);
        }
        state.tell(|| RunEvent::Log(line.clone()));
        if self.keeps {
            state.log.push(line);
        }
    }

    /// How far the run is.
    pub(crate) fn progress(&self, done: u64, total: Option<u64>, message: &str) {
        let mut state = self.state();
        let message = cut(message, MESSAGE).chars().filter(|c| !c.is_control()).collect();
        state.run.progress = Some(Progress { done, total, message });
        self.changed(&mut state);
    }

    /// An agent works it from now on.
    pub(crate) fn worked_by(&self, agent: &str) {
        let mut state = self.state();
        state.run.agent = Some(agent.to_owned());
        state.show();
    }

    /// The lines from a number on, and how far the run is; for who tells them elsewhere.
    pub(crate) fn since(&self, number: usize) -> (Vec<LogLine>, Option<Progress>) {
        let state = self.state();
        (state.log.iter().skip(number).cloned().collect(), state.run.progress.clone())
    }

    /// A commit changed the catalog.
    pub(crate) fn committed(&self, summary: Summary) {
        let mut state = self.state();
        let sum = &mut state.run.summary;
        sum.added += summary.added;
        sum.updated += summary.updated;
        sum.unchanged += summary.unchanged;
        sum.removed += summary.removed;
        sum.refused += summary.refused;
        sum.facts += summary.facts;
        self.changed(&mut state);
    }

    fn changed(&self, state: &mut State) {
        state.stale = true;
        if state.shown.elapsed() >= PROGRESS {
            state.show();
        }
    }

    /// Shows watchers what they have not seen yet; called now and then while the run goes on.
    pub(crate) fn show_changes(&self) {
        let mut state = self.state();
        if state.stale {
            state.show();
        }
    }

    /// The last line of level error, which is where a guest says why it panics.
    pub(crate) fn last_error(&self) -> String {
        self.state().last_error.clone()
    }

    /// Asks the run to stop. Asking twice changes nothing.
    pub(crate) fn cancel(&self) {
        self.cancel.send_if_modified(|since| {
            let first = since.is_none();
            since.get_or_insert_with(Instant::now);
            first
        });
    }

    /// Whether somebody asked the run to stop.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.borrow().is_some()
    }

    /// Ends when somebody has asked the run to stop and `grace` has passed since.
    pub(crate) async fn out_of_patience(&self, grace: Duration) {
        let mut cancel = self.cancel.subscribe();
        let asked = cancel.wait_for(Option::is_some).await.ok().and_then(|since| *since);
        match asked {
            Some(asked) => tokio::time::sleep_until(asked + grace).await,
            // The sender lives in `self`, so the channel is open.
            None => std::future::pending().await,
        }
    }

    /// Waits until everything that the run has begun in the store is done, and may be a commit.
    pub(crate) async fn settle(&self) {
        drop(self.work.write().await);
    }

    /// The run as it ends, for the journal. Watchers see it once [`LiveRun::show_end`] says so.
    pub(crate) fn end(&self, run_state: RunState, result: RunResult, peak_memory: u64) -> (Run, Vec<LogLine>) {
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > 0 {
            self.note(LogLevel::Warn, &format!("{dropped} further lines were not kept."));
        }
        if !result.message.is_empty() {
            let level = if run_state == RunState::Failed { LogLevel::Error } else { LogLevel::Warn };
            self.note(level, &result.message);
        }
        let state = self.state();
        let mut run = state.run.clone();
        run.state = run_state;
        run.ended_at = Some(Timestamp::now());
        run.result = Some(result);
        run.peak_memory = peak_memory;
        (run, state.log.clone())
    }

    /// Shows watchers the end. By then the run is in the journal and its plugin is free for the next: who sees the end may
    /// ask for both.
    pub(crate) fn show_end(&self, run: Run) {
        let mut state = self.state();
        state.run = run;
        state.show();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> LiveRun {
        LiveRun::begin(7, "demo", "1.0.0", Trigger::Request, Aim::Everything)
    }

    #[test]
    fn a_flood_of_lines_is_cut_and_said() {
        for (live, lines) in [(run(), 2_000), (run().keeping(50), 50)] {
            for number in 0..lines + 500 {
                live.log(LogLevel::Info, &format!("{number}"));
            }
            let (run, log) = live.end(RunState::Succeeded, RunResult { code: "ok".into(), message: String::new() }, 0);
            assert_eq!((run.log_lines, log.len() as u32), (lines + 2, lines + 2));
            let full =
                format!("A run keeps {lines} lines of its log. What the plugin writes from here on is not kept;");
            assert!(log[lines as usize].message.starts_with(&full), "{}", log[lines as usize].message);
            assert_eq!(log[lines as usize + 1].message, "499 further lines were not kept.");
        }
    }

    #[test]
    fn a_long_line_is_cut() {
        let live = run();
        live.log(LogLevel::Info, &"x".repeat(LINE * 2));
        assert_eq!(live.watch().1[0].message.len(), LINE);
    }

    #[test]
    fn who_watches_misses_nothing_and_sees_nothing_twice() {
        let live = run();
        live.log(LogLevel::Info, "before");
        let (run, log, mut events) = live.watch();
        assert_eq!((run.log_lines, log.len()), (1, 1));
        live.log(LogLevel::Info, "after");
        let (ended, _) = live.end(RunState::Succeeded, RunResult { code: "ok".into(), message: String::new() }, 0);
        live.show_end(ended.clone());
        assert!(matches!(events.try_recv().unwrap(), RunEvent::Log(line) if line.message == "after"));
        assert!(matches!(events.try_recv().unwrap(), RunEvent::Run(run) if *run == ended));
        drop(live);
        assert_eq!(events.try_recv(), Err(broadcast::error::TryRecvError::Closed));
    }

    #[test]
    fn progress_is_shown_now_and_then() {
        let live = run();
        let mut events = live.watch().2;
        for done in 0..1_000 {
            live.progress(done, None, "reading");
        }
        assert!(events.try_recv().is_err());
        live.show_changes();
        assert!(matches!(events.try_recv().unwrap(), RunEvent::Run(run) if run.progress.as_ref().unwrap().done == 999));
        assert!(events.try_recv().is_err());
    }

    #[tokio::test]
    async fn patience_ends_some_time_after_the_first_request_to_stop() {
        let live = run();
        let asked = Instant::now();
        live.cancel();
        let grace = Duration::from_millis(20);
        live.out_of_patience(grace).await;
        assert!(asked.elapsed() >= grace);
        live.cancel();
        let again = Instant::now();
        live.out_of_patience(grace).await;
        assert!(again.elapsed() < grace, "asking twice starts the grace anew");
        assert!(live.is_cancelled());
    }
}
