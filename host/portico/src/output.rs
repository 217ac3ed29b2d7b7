//! What the program says: what was asked for on the standard output, and everything beside it on the standard error.
//!
//! Rule: whoever reads may stop to at any time, as `head` does. Then the program ends quietly; nothing panics of it.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// Nobody reads any more what is said; that is no fault.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads the output any more")]
pub(crate) struct Unread;

/// Says a line of what was asked for.
pub(crate) fn say(line: impl Display) -> Result<(), Box<dyn Error>> {
    said(&mut io::stdout().lock(), &format!("{line}\n"))
}

fn said(output: &mut impl Write, text: &str) -> Result<(), Box<dyn Error>> {
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Unread.into()),
        Err(error) => Err(format!("the output cannot be written: {error}").into()),
        Ok(()) => Ok(()),
    }
}

/// Says a line beside it, such as an error. That nobody reads it changes nothing.
pub(crate) fn note(line: impl Display) {
    let _ = io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fails(ErrorKind);

    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_who_stops_is_no_fault_and_a_full_disk_is() {
        let unread = said(&mut Fails(ErrorKind::BrokenPipe), "a\n").unwrap_err();
        assert!(unread.is::<Unread>());
        let full = said(&mut Fails(ErrorKind::StorageFull), "a\n").unwrap_err();
        assert!(full.to_string().starts_with("the output cannot be written: "), "{full}");
        let mut text = Vec::new();
        said(&mut text, "a\n").unwrap();
        assert_eq!(text, b"a\n");
    }
}
