//! What forges' interfaces have in common: a request, what its answer means, and lists that go on for pages.
//!
//! Rule: an answer says in words what is to be done about it. What a token may not see is told from a token that nobody knows, since the one
//! costs a fact and the other the run.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portico_sdk::http::{self, Request, Response};
use portico_sdk::{Error, Result};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::Value;

use crate::pages;
use crate::parts::Part;

/// How long a request of a run waits in all for a forge that limits the rate. One that wants more has the next run begin later.
const PATIENCE: Duration = Duration::from_secs(120);

/// Pages of a list that a card or a check would not read.
const MOST_PAGES: usize = 10_000;

/// A forge's interface for programs.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    base: String,
    /// What people call the forge.
    name: &'static str,
    accept: &'static str,
    patience: Duration,
}

/// Why there is no answer to make use of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The forge does not know the token.
    Unknown(String),
    /// It does, and the token may not see this.
    Forbidden(String),
    /// There is no such thing, or the token may not know of it.
    Missing(String),
    /// It is there, and nothing is in it yet.
    Empty(String),
    /// It is somewhere else by now.
    Moved(String),
    /// What was answered makes no sense.
    Odd(String),
    /// No answer: not granted, not reached, a pause that is longer than the run's patience.
    None(Error),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        match fault {
            Fault::Unknown(text) | Fault::Forbidden(text) => Error::Denied(text),
            Fault::Missing(text) | Fault::Empty(text) => Error::NotFound(text),
            Fault::Moved(text) => Error::Failed(format!(
                "the answer leads on to `{text}`, and it is not gone to: a forge asks for no sign-in there. Correct `api`, or have whatever stands \
                 in front let the portal through"
            )),
            Fault::Odd(text) => Error::Failed(text),
            Fault::None(error) => error,
        }
    }
}

/// An answer to make use of.
pub(crate) type Asked<T> = std::result::Result<T, Fault>;

/// One page of a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) items: Vec<Value>,
    pub(crate) next: Option<String>,
    pub(crate) etag: Option<String>,
    /// How many items the whole list has, where the forge says so.
    pub(crate) total: Option<u64>,
    /// The number of the last page, where the forge says so.
    pub(crate) last: Option<u64>,
}

/// The items of a page, and how many the whole list has where the answer says so: a list, or an object with one.
pub(crate) struct List(pub(crate) Vec<Value>, pub(crate) Option<u64>);

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<List, D::Error> {
        let mut body = Value::deserialize(deserializer)?;
        // What an App is installed on.
        let items = if body.is_object() { body["repositories"].take() } else { body.take() };
        let total = body["total_count"].as_u64();
        match items {
            Value::Array(items) => Ok(List(items, total)),
            _ => Err(D::Error::custom("it holds no list")),
        }
    }
}

impl Api {
    pub(crate) fn new(base: String, name: &'static str, accept: &'static str) -> Api {
        Api { base, name, accept, patience: PATIENCE }
    }

    /// For whoever waits at a page: a forge that wants a pause is said to.
    #[must_use]
    pub(crate) fn at_once(self) -> Api {
        Api { patience: Duration::ZERO, ..self }
    }

    /// What people call the forge.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Where it is, without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The host that answers.
    pub(crate) fn host(&self) -> &str {
        self.base.split('/').nth(2).unwrap_or(&self.base)
    }

    /// What stands at a path, or at an address that the forge named itself. Of a page that is larger than the portal takes at once it is
    /// the first part that is not.
    pub(crate) fn response(&self, path: &str, etag: Option<&str>) -> Asked<Response> {
        let mut url = if path.contains("://") { path.to_owned() } else { format!("{}{path}", self.base) };
        if !url.starts_with(&format!("{}/", self.base)) {
            return Err(Fault::Odd(format!(
                "{} leads to {url}, which is no part of {}; correct `api` in the settings",
                self.name, self.base
            )));
        }
        let response = loop {
            let request = self.asking(http::get(&*url));
            let request = match etag {
                Some(etag) => request.header("if-none-match", etag),
                None => request,
            };
            match (request.send(), pages::smaller(&url)) {
                (Err(error), Some(smaller)) if is_too_large(&error) => url = smaller,
                (answer, _) => break answer.map_err(Fault::None)?,
            }
        };
        self.judge(response)
    }

    /// What is answered to a question that stands in a body, at another address of the forge. It changes nothing there.
    pub(crate) fn post(&self, url: &str, question: &Value) -> Asked<Response> {
        let request = http::post(url).json(question).map_err(Fault::None)?;
        self.judge(self.asking(request).send().map_err(Fault::None)?)
    }

    /// With what each request says. GitHub answers nobody who does not say who asks.
    fn asking(&self, request: Request) -> Request {
        request.header("accept", self.accept).header("user-agent", "portico").patient(self.patience)
    }

    /// What stands there, read.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Asked<T> {
        let response = self.response(path, None)?;
        response.json().map_err(|error| self.odd(path, &error))
    }

    /// One page of a list; none if it is the one of this tag.
    pub(crate) fn page(&self, path: &str, etag: Option<&str>) -> Asked<Option<Page>> {
        let response = self.response(path, etag)?;
        if response.status == 304 {
            return Ok(None);
        }
        let List(items, total) = response.json().map_err(|error| self.odd(path, &error))?;
        let number = |name| response.header(name).and_then(|value| value.trim().parse().ok());
        let last = response.link("last").and_then(pages::number);
        let next = response.link("next").map(str::to_owned);
        let etag = response.header("etag").map(str::to_owned);
        Ok(Some(Page {
            items,
            next,
            etag,
            total: total.or_else(|| number("x-total")).or_else(|| number("x-total-count")),
            last,
        }))
    }

    /// A whole list. What of it cannot be read is left out, as `T` says; `None` is for a token that may not see it.
    pub(crate) fn all<T: DeserializeOwned>(&self, path: &str) -> Asked<Vec<T>> {
        let (mut all, mut next) = (Vec::new(), Some(path.to_owned()));
        for _ in 0..MOST_PAGES {
            let Some(path) = next.take() else { return Ok(all) };
            let page = self.page(&path, None)?.unwrap_or_default();
            for item in page.items {
                all.push(serde_json::from_value(item).map_err(|error| self.odd(&path, &error))?);
            }
            next = page.next;
        }
        Err(Fault::Odd(format!("{} does not end the list at {path}", self.name)))
    }

    pub(crate) fn odd(&self, path: &str, error: &dyn std::fmt::Display) -> Fault {
        Fault::Odd(format!("{} answered {path} with what cannot be read: {error}", self.host()))
    }

    fn judge(&self, response: Response) -> Asked<Response> {
        let (host, name) = (self.host(), self.name);
        let said = said(&response.body);
        match response.status {
            200..=299 | 304 => Ok(response),
            301 | 302 | 307 | 308 => Err(Fault::Moved(response.header("location").unwrap_or_default().to_owned())),
            401 => Err(Fault::Unknown(format!(
                "{host} does not know the token (401{said}): it is wrong, has expired or was revoked. Make a new one on {name}, and put it \
                 where `grants.credentials` of the plugin `forges` says"
            ))),
            // What some forges say of a repository that nothing was pushed to.
            409 => Err(Fault::Empty(format!("{host} has nothing there yet{said}"))),
            _ => match response.ok() {
                Ok(response) => Ok(response),
                Err(Error::Denied(_)) => Err(Fault::Forbidden(format!(
                    "{host} does not let the token see this (403{said}); give it the scopes that the plugin's page names, or let the \
                     organisation approve it"
                ))),
                Err(Error::NotFound(_)) => {
                    Err(Fault::Missing(format!("{host} knows no such thing, or does not tell the token of it{said}")))
                }
                Err(error) => Err(Fault::None(error.context(host))),
            },
        }
    }
}

/// What a forge says of its refusal: `: Bad credentials`.
fn said(body: &[u8]) -> String {
    let message = serde_json::from_slice::<Value>(body).ok();
    let message = message.as_ref().and_then(|body| body["message"].as_str().or_else(|| body["error"].as_str()));
    message.map_or_else(String::new, |message| format!(": {}", message.chars().take(200).collect::<String>()))
}

/// Whether an answer was larger than the portal takes at once.
fn is_too_large(error: &Error) -> bool {
    matches!(error, Error::Failed(said) if said.contains("is larger than"))
}

/// What a part of a repository is where it could be asked for: nothing where there is none, and nothing, which is noted, where the token may
/// not see it.
pub(crate) fn if_seen<T>(asked: Asked<T>, part: Part, unseen: &mut BTreeSet<Part>) -> Result<Option<T>> {
    match asked {
        Ok(found) => Ok(Some(found)),
        Err(Fault::Missing(_) | Fault::Empty(_)) => Ok(None),
        Err(Fault::Forbidden(_)) => {
            unseen.insert(part);
            Ok(None)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// A name as a part of a path.
pub(crate) fn part(text: &str) -> String {
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, PLAIN).to_string()
}

/// A time as forges write it, in milliseconds since 1970.
pub(crate) fn milliseconds(text: &str) -> Option<u64> {
    u64::try_from(text.parse::<Timestamp>().ok()?.as_millisecond()).ok()
}

/// A text that says something.
pub(crate) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// As many characters of a description as a page shows; forges take more, and some no end of it.
const LONGEST: usize = 1_000;

/// What something is for, as far as a page shows it.
pub(crate) fn description(text: Option<String>) -> Option<String> {
    let text = filled(text)?;
    Some(match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    })
}

/// The first line of a text.
pub(crate) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(200).collect()
}

#[cfg(test)]
mod tests;
