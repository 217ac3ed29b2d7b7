//! Answers that go on, read as they come, such as a watch.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use portico_sdk::http::stream::{self, Lines};
//! use portico_sdk::{Result, http, info, run};
//!
//! fn watch() -> Result<()> {
//!     let mut changes = http::get("https://api.example/changes?watch=true").open()?;
//!     let mut lines = Lines::default();
//!     while !run::cancelled() && !changes.is_over() {
//!         if stream::ready(&[&changes], Duration::from_secs(60)).is_empty() {
//!             continue;
//!         }
//!         for line in lines.take(&changes.read()?)? {
//!             info!("{} bytes of news", line.len());
//!         }
//!     }
//!     Ok(())
//! }
//!
//! portico_sdk::plugin! { watcher: watch }
//! ```

use std::time::Duration;

use super::{Request, milliseconds};
use crate::error::{Error, Result};
use crate::host::streams as host;

/// The longest line that is waited for: four times the largest object that servers of watches keep.
const LINE: usize = 8 << 20;

/// An answer that is read as it comes. Dropping it ends the exchange.
pub struct Stream {
    answer: host::Answer,
    headers: Vec<(String, String)>,
    is_over: bool,
}

impl Request {
    /// Sends it, and waits for the beginning of the answer alone. Its timeout is for that.
    pub fn open(self) -> Result<Stream> {
        let answer = host::Answer::open(&self.outwards())?;
        Ok(Stream { headers: answer.headers(), answer, is_over: false })
    }
}

impl Stream {
    /// The status.
    pub fn status(&self) -> u16 {
        self.answer.status()
    }

    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// What has come in since the last time, without waiting for more; empty if nothing has.
    pub fn read(&mut self) -> Result<Vec<u8>> {
        match self.answer.read() {
            Ok(host::Piece::Bytes(bytes)) => Ok(bytes),
            Ok(host::Piece::Nothing) => Ok(Vec::new()),
            Ok(host::Piece::End) => {
                self.is_over = true;
                Ok(Vec::new())
            }
            Err(error) => {
                self.is_over = true;
                Err(error.into())
            }
        }
    }
}

/// Waits until there is something to read in any of these, be it an end: their places in the list. None when the time is over, or the call
/// has to end.
pub fn ready(streams: &[&Stream], time: Duration) -> Vec<usize> {
    let answers: Vec<&host::Answer> = streams.iter().map(|stream| &stream.answer).collect();
    let ready = host::ready(&answers, milliseconds(time));
    ready.into_iter().filter_map(|place| usize::try_from(place).ok()).collect()
}

/// Puts lines together of what comes in piece by piece.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// The lines that are whole with these bytes, without their ends; empty ones are left out. An error if one is longer than 8 MiB.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
        let mut whole = Vec::new();
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let mut line = std::mem::take(&mut self.begun);
            line.extend_from_slice(&rest[..end]);
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            if !line.is_empty() {
                whole.push(line);
            }
            rest = &rest[end + 1..];
        }
        self.begun.extend_from_slice(rest);
        match self.begun.len() > LINE {
            true => Err(Error::Failed(format!("the server sends a line of more than {} MiB", LINE >> 20))),
            false => Ok(whole),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::get;
    use crate::testing::{Answer, Portal};

    #[test]
    fn lines_are_put_together_wherever_pieces_end() {
        let mut lines = Lines::default();
        let mut take = |bytes: &str| {
            let whole = lines.take(bytes.as_bytes()).expect("short lines");
            whole.into_iter().map(|line| String::from_utf8(line).expect("text")).collect::<Vec<_>>()
        };
        assert_eq!(take("{\"a\":"), Vec::<String>::new());
        assert_eq!(take("1}\r\n\n{\"b\":2}\n{"), ["{\"a\":1}", "{\"b\":2}"]);
        assert_eq!(take("}\n"), ["{}"]);
    }

    #[test]
    fn a_line_without_end_is_an_error() {
        let mut lines = Lines::default();
        let piece = vec![b'x'; LINE / 2];
        assert!(lines.take(&piece).is_ok() && lines.take(&piece).is_ok());
        let error = lines.take(b"x").expect_err("too long").to_string();
        assert_eq!(error, "the server sends a line of more than 8 MiB");
    }

    #[test]
    fn an_answer_is_read_as_it_comes() {
        let portal = Portal::new().answer("GET", "https://x.test/", Answer::body("a\nb\n").header("x-is", "here"));
        portal.run(|| {
            let mut stream = get("https://x.test/").open().expect("an answer");
            assert_eq!((stream.status(), stream.header("X-Is")), (200, Some("here")));
            let mut read = Vec::new();
            while !stream.is_over() {
                assert_eq!(ready(&[&stream], Duration::from_secs(1)), [0]);
                read.push(stream.read().expect("a piece"));
            }
            assert_eq!(read, [b"a\n".to_vec(), b"b\n".to_vec(), Vec::new()]);
        });
    }
}
