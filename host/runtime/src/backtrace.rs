//! Where a plugin was when a call ended in a trap: the functions that called each other, as its file names them.
//!
//! Rule: names are a stranger's text, and few and short by the time anybody reads them; what only serves to panic is left out, so that
//! the first name is the function that has to be mended.

use std::fmt::{self, Write as _};

use rustc_demangle::demangle;
use wasmtime::WasmBacktrace;

use crate::classify::{clean, cut};

/// Functions that are shown: the way from a panic to the function that the portal called, and to spare.
const FRAMES: usize = 32;

/// Functions that the engine is asked for, with those that only serve to panic.
pub(crate) const CAPTURED: usize = 64;

/// Bytes of one name, so that all of them are one line of a run's log.
const NAME: usize = 110;

/// Where functions of Rust's own panic.
const MACHINERY: [&str; 15] = [
    "abort",
    "__rust_",
    "__rustc",
    "rust_begin_unwind",
    "rust_panic",
    "panic_abort::",
    "std::panicking::",
    "std::process::abort",
    "std::sys::",
    "core::panicking::",
    "core::option::",
    "core::result::",
    "core::slice::index::",
    "core::str::slice_error_fail",
    "alloc::",
];

/// Where an error of the engine happened, as a line of a log; none where no plugin was running.
pub(crate) fn backtrace(error: &wasmtime::Error) -> Option<String> {
    let frames = error.downcast_ref::<WasmBacktrace>()?.frames().iter();
    let named = frames.map(|frame| match frame.func_name() {
        Some(name) => demangled(name),
        None => format!("function {} of a module that names none", frame.func_index()),
    });
    told(named.collect())
}

/// A name as its author wrote it, without the number that its compiler gave it.
fn demangled(name: &str) -> String {
    let mut beginning = Beginning(String::new());
    // It ends early where there is more of it than is shown: a name that is mangled grows without end when it is read.
    let _ = write!(beginning, "{:#}", demangle(name));
    beginning.0
}

/// Takes as much of a name as is shown.
struct Beginning(String);

impl fmt::Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let fits = cut(text, NAME - self.0.len());
        self.0.push_str(fits);
        if fits.len() < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

fn told(names: Vec<String>) -> Option<String> {
    let own = names.iter().position(|name| !is_machinery(name)).unwrap_or(0);
    let names = &names[own..];
    if names.is_empty() {
        return None;
    }
    let mut text = "It happened here, each function called by the next:".to_owned();
    for name in names.iter().take(FRAMES) {
        // One line each, whatever a name holds.
        let name = clean(name).replace(['\n', '\t'], " ");
        text.push_str(&format!("\n  {name}"));
    }
    if names.len() > FRAMES {
        text.push_str("\n  and others");
    }
    Some(text)
}

fn is_machinery(name: &str) -> bool {
    let name = name.trim_start_matches('<');
    MACHINERY.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_of(names: &[&str]) -> Option<String> {
        told(names.iter().map(|name| demangled(name)).collect())
    }

    #[test]
    fn the_first_function_is_the_one_that_panicked() {
        let told = told_of(&[
            "__rustc::rust_panic",
            "_ZN3std9panicking20rust_panic_with_hook17h0123456789abcdefE",
            "_RNvNtCs123_4core9panicking9panic_fmt",
            "_ZN4core6option13expect_failed17h0123456789abcdefE",
            "_ZN7on_call5pages4next17h0123456789abcdefE",
            "portico:plugin/ingestion@0.1.0#sync",
        ]);
        assert_eq!(
            told.unwrap(),
            "It happened here, each function called by the next:\n  on_call::pages::next\n  portico:plugin/ingestion@0.1.0#sync"
        );
    }

    #[test]
    fn what_is_all_machinery_is_shown_as_it_is() {
        assert!(told_of(&["abort", "rust_panic"]).unwrap().ends_with("\n  abort\n  rust_panic"));
        assert_eq!(told_of(&[]), None);
    }

    #[test]
    fn names_are_few_short_and_plain() {
        let long = "é".repeat(10_000);
        let mut names = vec!["a\u{1b}[31m\nb\tc", long.as_str()];
        names.extend([&long[..NAME]; CAPTURED]);
        let told = told_of(&names).unwrap();
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[1], "  a[31m b c");
        assert_eq!((lines.len(), lines[lines.len() - 1]), (FRAMES + 2, "  and others"));
        assert!(lines.iter().all(|line| line.len() <= NAME + 2) && told.len() <= 4 << 10, "{}", told.len());
    }

    #[test]
    fn names_that_are_mangled_without_end_are_read_all_the_same() {
        for name in [
            "_ZN".repeat(5_000),
            format!("_R{}", "NvB_".repeat(5_000)),
            "_RNvC1a\u{202e}".to_owned(),
            "_ZN\0E".to_owned(),
        ] {
            assert!(told_of(&[&name]).unwrap().len() < 4 << 10);
        }
    }
}
