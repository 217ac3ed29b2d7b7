//! Why a run did not end well: what happened, whose fault it is, what to do next.
//!
//! Rule: one enum, one stable code a case (`RunResult::code`), one sentence a case that names the plugin. A limit is never
//! "an internal error", and a fault of the portal is never blamed on a plugin.

use std::fmt;
use std::time::Duration;

use portico_api_types::RunResult;
use portico_manifest::{Capability, Period, Rights, Size};

use crate::workspace::{DEEPEST, LONGEST, MOST_ENTRIES, Outgrown};

/// Why a run did not end well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The plugin refuses its input or settings.
    Refused(String),
    /// Something was not granted, and the plugin could not go on without it.
    Denied(String),
    /// The other side does not answer as it should, for now.
    Unavailable {
        /// What happened.
        reason: String,
        /// Seconds after which a new attempt is welcome.
        retry_after: Option<u32>,
    },
    /// The plugin failed in its own words.
    Failed(String),
    /// Somebody stopped the run.
    Cancelled {
        /// Whether it had to be ended by force.
        forced: bool,
    },
    /// It took too long on the clock.
    TimeLimit(Bound),
    /// It computed for too long.
    CpuLimit(Bound),
    /// It wanted more memory than it may have.
    MemoryLimit {
        /// What it would have held.
        wanted: Size,
    },
    /// It left more in the workspace than a task may.
    DiskLimit(Outgrown),
    /// It crashed.
    Panicked {
        /// What the engine says.
        trap: String,
        /// The plugin's last words: an error that it logged, or the end of its error output.
        words: String,
    },
    /// It handed over something that the contract does not allow.
    BadOutput(String),
    /// No room for another call.
    Busy(String),
    /// It has failed so often that it is left alone for a while.
    Resting {
        /// For how long yet.
        wait: Duration,
        /// How often it failed, when it is asked again, and what it said last.
        why: String,
    },
    /// An agent's word on how a run ended.
    Reported(Reported),
    /// The portal stopped while the run went on.
    Interrupted,
    /// The portal's own fault.
    Host(String),
}

/// How a run ended by an agent's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reported {
    code: &'static str,
    message: String,
    is_passing: bool,
    retry_after: Option<u32>,
}

/// The words that an agent's end of a run may have.
const REPORTED: [&str; 12] = [
    "refused",
    "denied",
    "unavailable",
    "failed",
    "timeLimit",
    "cpuLimit",
    "memoryLimit",
    "panicked",
    "badOutput",
    "busy",
    "interrupted",
    "host",
];

impl Reported {
    /// A word that nobody knows stands for a failure.
    pub(crate) fn new(code: &str, message: String, is_passing: bool, retry_after: Option<u32>) -> Reported {
        let code = REPORTED.into_iter().find(|known| *known == code).unwrap_or("failed");
        Reported { code, message, is_passing, retry_after }
    }
}

/// How much of something a call had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    /// So much.
    pub(crate) limit: Period,
    /// Whether that is what was granted, rather than what any such call has.
    pub(crate) is_granted: bool,
}

impl Bound {
    /// What a call has, of what its plugin was granted.
    pub(crate) fn of(limit: Period, granted: Period) -> Bound {
        Bound { limit, is_granted: limit == granted }
    }
}

/// Whom a sentence is about.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) rights: &'a Rights,
    pub(crate) version: &'a semver::Version,
}

impl Fault {
    /// The stable word for machines.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Fault::Refused(_) => "refused",
            Fault::Denied(_) => "denied",
            Fault::Unavailable { .. } => "unavailable",
            Fault::Failed(_) => "failed",
            Fault::Cancelled { .. } => "cancelled",
            Fault::TimeLimit(_) => "timeLimit",
            Fault::CpuLimit(_) => "cpuLimit",
            Fault::MemoryLimit { .. } => "memoryLimit",
            Fault::DiskLimit(_) => "diskLimit",
            Fault::Panicked { .. } => "panicked",
            Fault::BadOutput(_) => "badOutput",
            Fault::Busy(_) => "busy",
            Fault::Resting { .. } => "resting",
            Fault::Reported(reported) => reported.code,
            Fault::Interrupted => "interrupted",
            Fault::Host(_) => "host",
        }
    }

    /// Whether the same call may well succeed soon.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Fault::Refused(_) | Fault::Denied(_) => false,
            Fault::Reported(reported) => reported.is_passing,
            _ => true,
        }
    }

    /// Seconds after which the other side welcomes a new attempt, if it said so.
    pub(crate) fn retry_after(&self) -> Option<u32> {
        match self {
            Fault::Unavailable { retry_after, .. } | Fault::Reported(Reported { retry_after, .. }) => *retry_after,
            _ => None,
        }
    }

    /// The limit that was hit, if it was one that can be granted more of.
    pub(crate) fn capability(&self) -> Option<Capability> {
        match self {
            Fault::TimeLimit(_) => Some(Capability::Wall),
            Fault::CpuLimit(_) => Some(Capability::Cpu),
            Fault::MemoryLimit { .. } => Some(Capability::Memory),
            Fault::DiskLimit(Outgrown::Bytes) => Some(Capability::Disk),
            _ => None,
        }
    }

    /// What is said of a run that the portal did not see the end of.
    pub(crate) fn interrupted() -> String {
        INTERRUPTED.to_owned()
    }

    /// What the run keeps.
    pub(crate) fn result(&self, subject: Subject<'_>) -> RunResult {
        RunResult { code: self.code().to_owned(), message: Sentence { fault: self, subject }.to_string() }
    }
}

const INTERRUPTED: &str =
    "The portal stopped while the run went on. What it had committed stands; the next run does the rest.";

/// What is said where a limit is that of any such call.
const NO_MORE: &str = "No grant makes that more, as somebody waits for such a call. Its publisher has to have it do less there, such as in a run before.";

struct Sentence<'a> {
    fault: &'a Fault,
    subject: Subject<'a>,
}

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Subject { rights, version } = self.subject;
        let plugin = &rights.plugin;
        let raise = |capability, value: String| {
            let lines = rights.limit_lines(capability, &value);
            format!("If it needs that much, allow it in {}:\n{lines}", rights.written())
        };
        match self.fault {
            Fault::Refused(words) => write!(f, "The plugin `{plugin}` refuses its settings or its input: {words}"),
            Fault::Resting { why, .. } => write!(f, "The plugin `{plugin}` {version} is left alone for a while. {why}"),
            Fault::Denied(words) | Fault::Failed(words) | Fault::Busy(words) => f.write_str(words),
            Fault::Unavailable { reason, retry_after: None } | Fault::Reported(Reported { message: reason, .. }) => {
                f.write_str(reason)
            }
            Fault::Unavailable { reason, retry_after: Some(seconds) } => {
                // Plugins end their sentences, or do not.
                let reason = reason.trim_end_matches('.');
                write!(f, "{reason}. The other side asks to be left alone for {seconds} s.")
            }
            Fault::Cancelled { forced: false } => write!(f, "The run was stopped on request."),
            Fault::Cancelled { forced: true } => write!(
                f,
                "The run was stopped on request. The plugin `{plugin}` {version} did not end by itself and was ended by \
                 force; what it had not committed is gone."
            ),
            Fault::TimeLimit(Bound { limit, is_granted }) => {
                write!(f, "The plugin `{plugin}` {version} was ended after {limit}, the time that it may take. ")?;
                f.write_str(&if *is_granted { raise(Capability::Wall, twice(*limit)) } else { NO_MORE.to_owned() })
            }
            Fault::CpuLimit(Bound { limit, is_granted }) => {
                write!(f, "The plugin `{plugin}` {version} was ended after {limit} of computing, as much as it may. ")?;
                f.write_str(&if *is_granted { raise(Capability::Cpu, twice(*limit)) } else { NO_MORE.to_owned() })
            }
            Fault::MemoryLimit { wanted } => {
                let limit = rights.limits.memory;
                write!(f, "The plugin `{plugin}` {version} wanted {wanted} of memory and may have {limit}. ")?;
                f.write_str(&raise(Capability::Memory, enough(*wanted).yaml()))
            }
            Fault::DiskLimit(Outgrown::Bytes) => {
                let limit = rights.limits.disk;
                write!(
                    f,
                    "The plugin `{plugin}` {version} left more than {limit} in the workspace, as much as a task may keep there. "
                )?;
                f.write_str(&raise(Capability::Disk, Size::bytes(limit.as_bytes() * 2).yaml()))
            }
            Fault::DiskLimit(Outgrown::Entries) => write!(
                f,
                "The plugin `{plugin}` {version} left more than {MOST_ENTRIES} files and folders in the workspace, as many as a task may keep there. \
                 Have it bring in fewer."
            ),
            Fault::DiskLimit(Outgrown::Depth) => write!(
                f,
                "The plugin `{plugin}` {version} left something in the workspace that lies deeper than {DEEPEST} folders, or has a path of more than \
                 {LONGEST} bytes. Have it make flatter folders."
            ),
            Fault::Panicked { trap, words } if words.is_empty() => {
                write!(
                    f,
                    "The plugin `{plugin}` {version} crashed ({trap}). Its publisher has to mend it; the run's log may say more."
                )
            }
            Fault::Panicked { trap, words } => {
                write!(f, "The plugin `{plugin}` {version} crashed ({trap}). Its last words: {words}")
            }
            Fault::BadOutput(what) => write!(
                f,
                "The plugin `{plugin}` {version} handed over something that the contract does not allow: {what}. Its \
                 publisher has to mend it."
            ),
            Fault::Interrupted => f.write_str(INTERRUPTED),
            Fault::Host(what) => write!(f, "The portal failed, not the plugin: {what}."),
        }
    }
}

/// Twice the limit is worth trying; a little more is not.
fn twice(limit: Period) -> String {
    let most = portico_manifest::Limits::MOST.wall.as_duration();
    let double = (limit.as_duration() * 2).min(most);
    Period::milliseconds(u64::try_from(double.as_millis()).unwrap_or(u64::MAX)).to_string()
}

/// The next power of two above what was wanted, at least.
fn enough(wanted: Size) -> Size {
    let mebibytes = wanted.as_bytes().div_ceil(1 << 20).next_power_of_two();
    Size::mebibytes(mebibytes).min(portico_manifest::Limits::MOST.memory)
}

#[cfg(test)]
mod tests {
    use portico_manifest::{Grants, Manifest};

    use super::*;

    fn sentence(fault: &Fault) -> String {
        let text = "name: demo\nversion: 1.2.0\npublisher: Acme\ntitle: Demo\ndescription: Shows.\ncontract: 0.1.0\nextensions: [ingestion]\nevery: 5m\n";
        let manifest = Manifest::parse(text, "manifest.yaml").unwrap();
        let rights = Rights::new(&manifest, &Grants::default());
        fault.result(Subject { rights: &rights, version: &manifest.version }).message
    }

    #[test]
    fn every_fault_says_what_happened_and_what_to_do() {
        let cases = [
            (
                Fault::MemoryLimit { wanted: Size::mebibytes(160) },
                "The plugin `demo` 1.2.0 wanted 160 MiB of memory and may have 128 MiB. If it needs that much, allow it in \
                 portico.yaml:\nplugins:\n  demo:\n    grants:\n      limits:\n        memory: 256MiB",
            ),
            (
                Fault::CpuLimit(Bound { limit: Period::seconds(30), is_granted: true }),
                "The plugin `demo` 1.2.0 was ended after 30s of computing, as much as it may. If it needs that much, allow it \
                 in portico.yaml:\nplugins:\n  demo:\n    grants:\n      limits:\n        cpu: 1m",
            ),
            (
                Fault::TimeLimit(Bound { limit: Period::seconds(600), is_granted: true }),
                "The plugin `demo` 1.2.0 was ended after 10m, the time that it may take. If it needs that much, allow it in \
                 portico.yaml:\nplugins:\n  demo:\n    grants:\n      limits:\n        wall: 20m",
            ),
            (
                Fault::CpuLimit(Bound::of(Period::seconds(1), Period::seconds(30))),
                "The plugin `demo` 1.2.0 was ended after 1s of computing, as much as it may. No grant makes that more, as somebody \
                 waits for such a call. Its publisher has to have it do less there, such as in a run before.",
            ),
            (
                Fault::Panicked { trap: "unreachable".into(), words: "panicked at src/lib.rs:3:5: no pages".into() },
                "The plugin `demo` 1.2.0 crashed (unreachable). Its last words: panicked at src/lib.rs:3:5: no pages",
            ),
            (
                Fault::Panicked { trap: "unreachable".into(), words: String::new() },
                "The plugin `demo` 1.2.0 crashed (unreachable). Its publisher has to mend it; the run's log may say more.",
            ),
            (Fault::Cancelled { forced: false }, "The run was stopped on request."),
            (
                Fault::Cancelled { forced: true },
                "The run was stopped on request. The plugin `demo` 1.2.0 did not end by itself and was ended by force; what \
                 it had not committed is gone.",
            ),
            (
                Fault::Refused("`repositories` is empty.".into()),
                "The plugin `demo` refuses its settings or its input: `repositories` is empty.",
            ),
            (
                Fault::Unavailable { reason: "The server is down.".into(), retry_after: Some(30) },
                "The server is down. The other side asks to be left alone for 30 s.",
            ),
            (
                Fault::BadOutput("a text that is not UTF-8".into()),
                "The plugin `demo` 1.2.0 handed over something that the contract does not allow: a text that is not UTF-8. \
                 Its publisher has to mend it.",
            ),
            (
                Fault::DiskLimit(Outgrown::Bytes),
                "The plugin `demo` 1.2.0 left more than 512 MiB in the workspace, as much as a task may keep there. If it needs \
                 that much, allow it in portico.yaml:\nplugins:\n  demo:\n    grants:\n      limits:\n        disk: 1GiB",
            ),
            (
                Fault::DiskLimit(Outgrown::Entries),
                "The plugin `demo` 1.2.0 left more than 200000 files and folders in the workspace, as many as a task may keep \
                 there. Have it bring in fewer.",
            ),
            (
                Fault::DiskLimit(Outgrown::Depth),
                "The plugin `demo` 1.2.0 left something in the workspace that lies deeper than 100 folders, or has a path of more \
                 than 3000 bytes. Have it make flatter folders.",
            ),
            (
                Fault::Interrupted,
                "The portal stopped while the run went on. What it had committed stands; the next run does the rest.",
            ),
            (
                Fault::Resting { wait: Duration::from_secs(4), why: "It failed 3 times in a row.".into() },
                "The plugin `demo` 1.2.0 is left alone for a while. It failed 3 times in a row.",
            ),
            (Fault::Host("the disk is full".into()), "The portal failed, not the plugin: the disk is full."),
        ];
        for (fault, expected) in cases {
            assert_eq!(sentence(&fault), expected);
        }
    }
}
