//! Plain files of the web.
//!
//! A path is a whole address; what a descriptor names counts from its own, by the rules of addresses. Every answer is noted with
//! what its server tells it by, so that the server says later whether it is another.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use portico_descriptors::{Host, Links, Site, Target, Tree};
use portico_sdk::http::{self, Response};
use portico_sdk::{Error, Result};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::memory::digest;

/// The largest file that is read, as of repositories.
const LARGEST: usize = 16 * 1024 * 1024;

/// What the files of one location may hold together: half of what the plugin may.
const LARGEST_ALL: usize = 64 * 1024 * 1024;

/// What an answer is told by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// The server's name for this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) etag: Option<String>,
    /// When it last changed, by the server's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) modified: Option<String>,
    /// A digest of what it held, for servers that say neither.
    pub(crate) digest: String,
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The file is as the mark says.
    Same,
    /// The file.
    File(Vec<u8>, Mark),
    /// There is none.
    Absent,
}

/// The servers that may be asked.
pub(crate) trait Web {
    /// The file at an address, unless it is as the mark says.
    fn get(&self, address: &str, mark: Option<&Mark>) -> Result<Answer>;
}

impl Web for Host {
    fn get(&self, address: &str, mark: Option<&Mark>) -> Result<Answer> {
        let mut request = http::get(address);
        if let Some(etag) = mark.and_then(|mark| mark.etag.as_ref()) {
            request = request.header("if-none-match", etag);
        }
        if let Some(modified) = mark.and_then(|mark| mark.modified.as_ref()) {
            request = request.header("if-modified-since", modified);
        }
        answer(address, request.send()?)
    }
}

/// What a response means.
fn answer(address: &str, response: Response) -> Result<Answer> {
    match response.status {
        304 => return Ok(Answer::Same),
        404 | 410 => return Ok(Answer::Absent),
        301 | 302 | 303 | 307 | 308 => {
            let to = Url::parse(address).and_then(|base| base.join(response.header("location").unwrap_or_default()));
            let to = to.map_or_else(|_| "an address that is none".to_owned(), |to| without_query(&to));
            return Err(Error::Invalid(format!(
                "the server sends whoever asks for {address} on to {to}; name that address instead"
            )));
        }
        _ => {}
    }
    let response = response.ok()?;
    let header = |name: &str| response.header(name).map(str::to_owned);
    if header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html")) {
        return Err(Error::Invalid(format!(
            "at {address} is a page for people, not a file; name the address of the file itself, which often has `raw` in it"
        )));
    }
    if response.body.len() > LARGEST {
        return Err(Error::Invalid(format!(
            "{address} has {} bytes; at most {} MiB are read",
            response.body.len(),
            LARGEST >> 20
        )));
    }
    let mark =
        Mark { etag: header("etag"), modified: header("last-modified"), digest: digest([response.body.as_slice()]) };
    Ok(Answer::File(response.body, mark))
}

/// An address as a sentence may show it: what follows it may be a pass that is good for whoever has it.
fn without_query(address: &Url) -> String {
    let mut shown = address.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    shown.into()
}

/// The files that one location leads to. Each is asked for once.
pub(crate) struct Pages<'a> {
    web: &'a dyn Web,
    got: RefCell<BTreeMap<String, Got>>,
    bytes: Cell<usize>,
}

/// What came of asking.
enum Got {
    File(Vec<u8>, Mark),
    Absent,
    Failed(Error),
}

impl<'a> Pages<'a> {
    pub(crate) fn new(web: &'a dyn Web) -> Pages<'a> {
        Pages { web, got: RefCell::default(), bytes: Cell::new(0) }
    }

    fn get(&self, address: &str) {
        if self.got.borrow().contains_key(address) {
            return;
        }
        let got = match self.web.get(address, None) {
            Ok(Answer::File(bytes, mark)) => {
                self.bytes.set(self.bytes.get() + bytes.len());
                match self.bytes.get() > LARGEST_ALL {
                    true => Got::Failed(Error::Invalid(format!(
                        "the files that this location leads to have more than {} MiB together; split it into several locations",
                        LARGEST_ALL >> 20
                    ))),
                    false => Got::File(bytes, mark),
                }
            }
            Ok(Answer::Absent) => Got::Absent,
            Ok(Answer::Same) => Got::Failed(Error::Failed(format!(
                "the server says that {address} has not changed, and was not asked; mend the server"
            ))),
            Err(error) => Got::Failed(error),
        };
        self.got.borrow_mut().insert(address.to_owned(), got);
    }

    /// The file that a location begins with: nothing can be said without it.
    pub(crate) fn begin(&self, address: &str) -> Result<()> {
        self.get(address);
        match &self.got.borrow()[address] {
            Got::File(..) => Ok(()),
            Got::Absent => Err(Error::NotFound(format!(
                "there is no file at {address}; correct the address, or remove the location"
            ))),
            Got::Failed(error) => Err(error.clone()),
        }
    }

    /// What to ask for again, to know whether anything has changed; none where something failed, and has to be tried again.
    pub(crate) fn seen(self) -> Option<Seen> {
        let files = self.got.into_inner().into_iter().map(|(address, got)| {
            let was = match got {
                Got::File(_, mark) => Was::File(mark),
                Got::Absent => Was::Absent,
                Got::Failed(Error::Denied(_)) => Was::Denied,
                Got::Failed(_) => return None,
            };
            Some(One { address, was })
        });
        files.collect::<Option<Vec<One>>>().map(Seen)
    }
}

impl Tree for Pages<'_> {
    fn find(&self, _: &[String]) -> Result<Vec<String>> {
        Err(Error::Invalid("a web server does not say which files it has; name each file".to_owned()))
    }

    /// What fails is there as far as anybody knows: reading it says why, and what it brought before stays.
    fn has(&self, address: &str) -> Result<bool> {
        self.get(address);
        Ok(!matches!(self.got.borrow()[address], Got::Absent))
    }

    fn read(&self, address: &str) -> Result<Vec<u8>> {
        self.get(address);
        match &self.got.borrow()[address] {
            Got::File(bytes, _) => Ok(bytes.clone()),
            Got::Absent => Err(Error::NotFound(format!("there is no file {address}"))),
            Got::Failed(error) => Err(error.clone()),
        }
    }
}

/// What a location was made of when it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen(Vec<One>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct One {
    address: String,
    was: Was,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Was {
    File(Mark),
    Absent,
    Denied,
}

impl Seen {
    /// Whether all of it is as it was. What turns out to be another need not be asked for again: it stays with `pages`.
    pub(crate) fn stands(&self, pages: &Pages<'_>) -> bool {
        self.0.iter().all(|One { address, was }| {
            let mark = match was {
                Was::File(mark) => Some(mark),
                Was::Absent | Was::Denied => None,
            };
            match (was, pages.web.get(address, mark)) {
                (Was::File(_), Ok(Answer::Same)) | (Was::Absent, Ok(Answer::Absent)) => true,
                (Was::Denied, Err(Error::Denied(_))) => true,
                (was, Ok(Answer::File(bytes, mark))) => {
                    let same = matches!(was, Was::File(known) if known.digest == mark.digest);
                    if !same {
                        pages.bytes.set(pages.bytes.get() + bytes.len());
                        pages.got.borrow_mut().insert(address.clone(), Got::File(bytes, mark));
                    }
                    same
                }
                _ => false,
            }
        })
    }
}

/// How files of the web are addressed.
pub(crate) struct Addresses<'a> {
    /// The scopes of all locations but this one.
    known: &'a BTreeSet<String>,
    /// Whether it mattered which locations there are.
    asked: Cell<bool>,
}

impl<'a> Addresses<'a> {
    pub(crate) fn new(known: &'a BTreeSet<String>) -> Addresses<'a> {
        Addresses { known, asked: Cell::new(false) }
    }

    /// Whether it mattered which locations there are.
    pub(crate) fn asked(&self) -> bool {
        self.asked.get()
    }
}

impl Site for Addresses<'_> {
    fn links(&self, address: &str) -> Links {
        Links { location: format!("url:{address}"), view: Some(address.to_owned()), edit: None, source: None }
    }

    fn target(&self, file: &str, written: &str) -> Target {
        self.asked.set(true);
        match resolve(file, written) {
            Ok(address) if self.known.contains(&format!("url:{address}")) => Target::Elsewhere,
            Ok(address) => Target::File(address),
            Err(why) => Target::Refused(why),
        }
    }

    fn include(&self, file: &str, written: &str) -> Result<String> {
        resolve(file, written).map_err(|why| Error::Invalid(format!("it {why}")))
    }

    fn fewer(&self) -> &'static str {
        "split it into several locations"
    }
}

/// The address that is meant in a file; or why there is none, and what to do.
fn resolve(file: &str, written: &str) -> std::result::Result<String, String> {
    let address = Url::parse(file).and_then(|base| base.join(written));
    let mut address =
        address.map_err(|error| format!("is no address ({error}); write one, or a path from this file's"))?;
    address.set_fragment(None);
    if !matches!(address.scheme(), "http" | "https") {
        return Err(format!(
            "leads to `{}`, and only files of the web are read; write a web address",
            address.scheme()
        ));
    }
    if !address.username().is_empty() || address.password().is_some() {
        return Err("holds a user name or a password; those belong under `grants.credentials` of the plugin".to_owned());
    }
    if address.path().contains('*') {
        return Err("holds `*`, and a web server does not say which files it has; name each file".to_owned());
    }
    Ok(address.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_counts_from_the_address_of_its_file() {
        let known: BTreeSet<String> = ["url:https://x.test/org/all.yaml".to_owned()].into();
        let addresses = Addresses::new(&known);
        let file = "https://x.test/catalog/all.yaml?version=2";
        for (written, expected) in [
            ("./a.yaml", Target::File("https://x.test/catalog/a.yaml".into())),
            ("../b.yaml#part", Target::File("https://x.test/b.yaml".into())),
            ("/c.yaml?d=1", Target::File("https://x.test/c.yaml?d=1".into())),
            ("https://y.test/d.yaml", Target::File("https://y.test/d.yaml".into())),
            ("/org/all.yaml", Target::Elsewhere),
        ] {
            assert_eq!(addresses.target(file, written), expected, "{written}");
        }
        for (written, expected) in [
            ("./*.yaml", "holds `*`"),
            ("file:///etc/passwd", "leads to `file`"),
            ("https://me:s3cret@x.test/", "holds a user name"),
            ("https://", "is no address"),
        ] {
            let Target::Refused(why) = addresses.target(file, written) else { panic!("{written}") };
            assert!(why.starts_with(expected) && !why.contains("s3cret"), "{written}: {why}");
            let error = addresses.include(file, written).expect_err(written).to_string();
            assert!(error.starts_with(&format!("it {expected}")), "{written}: {error}");
        }
    }

    #[test]
    fn an_answer_is_a_file_or_says_what_to_do() {
        let answered = |status: u16, headers: &[(&str, &str)], body: &str| {
            let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            answer("https://x.test/a.yaml", Response { status, headers, body: body.as_bytes().to_vec() })
        };
        assert_eq!(answered(304, &[], ""), Ok(Answer::Same));
        assert_eq!(answered(404, &[], "nothing"), Ok(Answer::Absent));
        let Ok(Answer::File(body, mark)) = answered(200, &[("etag", "\"1\""), ("last-modified", "then")], "a: 1")
        else {
            panic!("no file")
        };
        assert_eq!(
            (body.as_slice(), mark.etag.as_deref(), mark.modified.as_deref()),
            (&b"a: 1"[..], Some("\"1\""), Some("then"))
        );
        for (status, headers, expected) in [
            (301, [("location", "/b.yaml")], "on to https://x.test/b.yaml; name that address instead"),
            (
                307,
                [("location", "https://y.test/b.yaml?pass=1")],
                "on to https://y.test/b.yaml; name that address instead",
            ),
            (200, [("content-type", "text/html; charset=utf-8")], "is a page for people, not a file"),
            (403, [("x", "y")], "check `grants.credentials`"),
            (500, [("x", "y")], "it fails on its side"),
        ] {
            let error = answered(status, &headers, "").expect_err("no file").to_string();
            assert!(error.contains(expected), "{status}: {error}");
        }
    }
}
