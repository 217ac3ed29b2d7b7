//! What an error of the engine means.
//!
//! Rule: the engine's error types decide, and the limits' own records; its texts only where it offers nothing else, and
//! then a test holds them.

use portico_manifest::Size;
use wasmtime::{PoolConcurrencyLimitError, Trap};
use wasmtime_wasi::{I32Exit, ResourceTableError};

use crate::bindings::portico::plugin::types::Error as GuestError;
use crate::fault::{Bound, Fault};
use crate::memory::Refusal;

/// What is known beside the error.
pub(crate) struct Evidence {
    /// The computing time that the call had, if it had used it up.
    pub(crate) out_of_cpu: Option<Bound>,
    /// The last growth of memory, if it was refused.
    pub(crate) refused: Option<Refusal>,
    /// The guest's last words.
    pub(crate) words: String,
}

/// What a call's failure means.
pub(crate) fn fault(error: &wasmtime::Error, evidence: Evidence) -> Fault {
    if let Some(fault) = error.downcast_ref::<HostFault>() {
        return Fault::Host(fault.0.clone());
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return Fault::Busy(
            "All sandboxes are in use. The run is tried again by itself; if this goes on, space out the schedules."
                .to_owned(),
        );
    }
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return Fault::Panicked { trap: format!("it ended its process with status {}", exit.0), words: evidence.words };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) if let Some(bound) = evidence.out_of_cpu => Fault::CpuLimit(bound),
        // A guest whose allocation fails aborts.
        Some(Trap::UnreachableCodeReached) if evidence.refused.is_some() => memory(evidence.refused),
        Some(trap) if is_malformed(*trap) => Fault::BadOutput(trap.to_string()),
        Some(trap) => Fault::Panicked { trap: trap.to_string(), words: evidence.words },
        None => match over_the_border(error) {
            Some(what) => Fault::BadOutput(what),
            // One that asks for more memory than it may have before its first instruction never begins.
            None if evidence.refused.is_some() => memory(evidence.refused),
            None => Fault::Panicked { trap: error.root_cause().to_string(), words: evidence.words },
        },
    }
}

fn memory(refused: Option<Refusal>) -> Fault {
    match refused {
        Some(Refusal::Call { wanted }) => Fault::MemoryLimit { wanted: Size::bytes(wanted) },
        Some(Refusal::Plugin) => Fault::Busy(
            "Its calls that go on hold all the memory that one plugin may have at once. It is tried again by itself; if this goes on, what it \
             does takes too much or too long."
                .to_owned(),
        ),
        _ => Fault::Busy("The plugins that run now hold all the memory that plugins may have together. The run is tried again by itself; if this goes on, space out the schedules.".to_owned()),
    }
}

/// Traps that say that a value could not cross the border, as against traps inside of the guest.
fn is_malformed(trap: Trap) -> bool {
    matches!(
        trap,
        Trap::StringOutOfBounds
            | Trap::ListOutOfBounds
            | Trap::InvalidChar
            | Trap::InvalidDiscriminant
            | Trap::UnalignedPointer
    )
}

/// Limits of the border that the engine tells in words only.
fn over_the_border(error: &wasmtime::Error) -> Option<String> {
    if error.chain().any(|cause| cause.is::<ResourceTableError>()) {
        return Some("more open handles than a call may have, or one that it has given away".to_owned());
    }
    let text = format!("{error:#}");
    let cases = [
        (
            "fuel allocated for hostcalls",
            "more data in one call than the portal takes at once (12 MiB); it has to be handed over in parts",
        ),
        ("handle limit exceeded", "more open handles than a call may have"),
        ("invalid utf-8", "a text that is not UTF-8"),
        ("incomplete utf-8", "a text that is not UTF-8"),
        ("unknown handle index", "a handle that it does not have, or has given away"),
        ("is not a resource", "a handle that it does not have, or has given away"),
        ("is not an own resource", "a handle that it does not have, or has given away"),
        ("out of bounds", "a value outside of its memory"),
        ("not aligned", "a value at a crooked address"),
    ];
    cases.iter().find(|(sign, _)| text.contains(sign)).map(|(_, what)| (*what).to_owned())
}

/// What the guest itself says.
pub(crate) fn guest(error: GuestError, cancelled: bool) -> Fault {
    if cancelled {
        return Fault::Cancelled { forced: false };
    }
    match error {
        GuestError::Invalid(words) => Fault::Refused(clean(&words)),
        GuestError::Denied(words) => Fault::Denied(clean(&words)),
        GuestError::NotFound(words) | GuestError::Failed(words) => Fault::Failed(clean(&words)),
        GuestError::Unavailable(unavailable) => {
            Fault::Unavailable { reason: clean(&unavailable.reason), retry_after: unavailable.retry_after }
        }
    }
}

/// A guest's words are shown on pages and kept for as long as the run is.
const LONGEST_WORDS: usize = 4 << 10;

/// Text of a guest as it may be shown: bounded, without control characters.
pub(crate) fn clean(words: &str) -> String {
    let cut = cut(words, LONGEST_WORDS);
    let text: String = cut.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    if cut.len() < words.len() { format!("{text} …") } else { text }
}

/// Text without what is not seen and changes what is; with `lines`, of several lines.
pub(crate) fn plain(text: &str, lines: bool) -> String {
    let kept = |c: &char| {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        !turns && (!c.is_control() || (lines && matches!(c, '\n' | '\t')))
    };
    text.chars().filter(kept).collect()
}

/// The beginning of a text, at most so many bytes, ending between characters.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = (0..=bytes).rev().find(|index| text.is_char_boundary(*index)).unwrap_or(0);
    &text[..end]
}

/// An error of the host inside of a host function, as against anything that the guest did.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct HostFault(pub(crate) String);

#[cfg(test)]
mod tests {
    use portico_manifest::Period;

    use super::*;

    const BOUND: Bound = Bound { limit: Period::seconds(1), is_granted: true };

    fn evidence(refused: Option<Refusal>) -> Evidence {
        Evidence { out_of_cpu: Some(BOUND), refused, words: "panicked at src/lib.rs".to_owned() }
    }

    #[test]
    fn each_error_of_the_engine_is_somebodys_fault() {
        let cases: [(wasmtime::Error, Option<Refusal>, &str); 11] = [
            (Trap::Interrupt.into(), None, "cpuLimit"),
            (Trap::UnreachableCodeReached.into(), None, "panicked"),
            (Trap::UnreachableCodeReached.into(), Some(Refusal::Call { wanted: 1 << 30 }), "memoryLimit"),
            (Trap::UnreachableCodeReached.into(), Some(Refusal::Plugin), "busy"),
            (Trap::UnreachableCodeReached.into(), Some(Refusal::Process), "busy"),
            (Trap::StackOverflow.into(), Some(Refusal::Process), "panicked"),
            (Trap::StringOutOfBounds.into(), None, "badOutput"),
            (wasmtime::Error::msg("incomplete utf-8 byte sequence from index 0"), None, "badOutput"),
            (
                wasmtime::Error::msg("memory minimum size of 17 pages exceeds memory limits"),
                Some(Refusal::Call { wanted: 1 }),
                "memoryLimit",
            ),
            (I32Exit(3).into(), None, "panicked"),
            (wasmtime::Error::from(HostFault("the disk is full".into())).context("calling commit"), None, "host"),
        ];
        for (error, refused, code) in cases {
            let text = format!("{error:#}");
            let fault = fault(&error, evidence(refused));
            assert_eq!(fault.code(), code, "{text}");
            assert!(!format!("{fault:?}").contains("  "), "a gap in a sentence: {fault:?}");
        }
    }

    #[test]
    fn a_guests_words_are_bounded_and_plain() {
        assert_eq!(clean("one\u{1b}[31m two\n"), "one[31m two\n");
        let long = "é".repeat(LONGEST_WORDS);
        let shown = clean(&long);
        assert!(shown.len() <= LONGEST_WORDS + 8 && shown.ends_with(" …"));
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("", 0), "");
    }
}
