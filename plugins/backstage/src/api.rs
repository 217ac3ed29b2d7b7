//! Another portal's API: how it is asked, and what its refusals mean.
//!
//! Rule: no credential is here; the host adds it. Nothing is asked that would change anything there. What nobody waits for is patient
//! with the rate limit.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portico_sdk::http::{self, Request, Response};
use portico_sdk::{Error, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::settings::Portal;

/// Where the pages of a list are.
pub(crate) const BY_QUERY: &str = "/api/catalog/entities/by-query";

/// One answer. A Backstage takes a while for hundreds of entities with long definitions.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How long a request waits in all where a server limits the rate; what takes longer is for the next run.
const PATIENCE: Duration = Duration::from_secs(120);

/// What may stand in a query as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The API of a portal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Api<'a> {
    pub portal: &'a Portal,
    patience: Duration,
}

impl<'a> Api<'a> {
    /// For what nobody waits for.
    pub(crate) fn patient(portal: &'a Portal) -> Api<'a> {
        Api { portal, patience: PATIENCE }
    }

    /// For what somebody waits for.
    pub(crate) fn waited(portal: &'a Portal) -> Api<'a> {
        Api { portal, patience: Duration::ZERO }
    }

    /// A question, answered with any status.
    pub(crate) fn send(&self, path: &str, query: &[(&str, &str)]) -> Result<Response> {
        self.ask(http::get(format!("{}{path}{}", self.portal.url, written(query))))
    }

    /// A question, answered as it should be.
    pub(crate) fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Response> {
        self.understood(self.send(path, query)?, path)
    }

    /// A question with a body, which changes nothing either.
    pub(crate) fn post(&self, path: &str, query: &[(&str, &str)], body: &Value) -> Result<Response> {
        let request = http::post(format!("{}{path}{}", self.portal.url, written(query))).json(body)?;
        self.understood(self.ask(request)?, path)
    }

    fn ask(&self, request: Request) -> Result<Response> {
        let request = request.header("accept", "application/json").timeout(TIMEOUT).patient(self.patience);
        request.send().map_err(|error| error.context(&self.portal.name))
    }

    /// How many entities pass the filters.
    pub(crate) fn count(&self, filters: &[String]) -> Result<u64> {
        #[derive(Deserialize)]
        struct Counted {
            #[serde(rename = "totalItems")]
            total: u64,
        }
        let mut query: Vec<(&str, &str)> = vec![("limit", "0")];
        query.extend(filters.iter().map(|filter| ("filter", filter.as_str())));
        let answer = self.get(BY_QUERY, &query)?;
        answer.json::<Counted>().map(|counted| counted.total).map_err(|_| self.odd("no number of entities"))
    }

    /// Reads the first entity that passes the filters, as a run does, and lets go of it.
    pub(crate) fn look(&self, filters: &[String]) -> Result<()> {
        #[derive(Deserialize)]
        struct Looked {
            items: Vec<IgnoredAny>,
        }
        let mut query: Vec<(&str, &str)> = vec![("limit", "1")];
        query.extend(filters.iter().map(|filter| ("filter", filter.as_str())));
        let Looked { items } = self.get(BY_QUERY, &query)?.json().map_err(|_| self.odd("no page of a list"))?;
        if items.is_empty() { Err(self.odd("nothing of what it counts")) } else { Ok(()) }
    }

    /// What a refusal means.
    fn understood(&self, response: Response, path: &str) -> Result<Response> {
        let Portal { name, url, .. } = self.portal;
        let said = said(&response);
        match response.status {
            401 => Err(Error::Denied(format!(
                "{name}: it does not know the token, or was sent none (401{said}); put one that it knows under `grants.credentials`, \
                 with its host under `hosts`"
            ))),
            403 if response.header("retry-after").is_none() => Err(Error::Denied(format!(
                "{name}: the token may not read the catalog (403{said}); have it allowed there"
            ))),
            404 => Err(Error::NotFound(format!(
                "{name}: there is no `{path}` at {url} (404{said}); `url` is the address of a Backstage's back end from version \
                 1.12 on, or of a Portico, without a path"
            ))),
            400 => Err(Error::Invalid(format!("{name}: it refuses the question (400{said})"))),
            300..=399 => Err(Error::Failed(format!(
                "{name}: {url} leads elsewhere ({}), perhaps to a sign-in; write the address of the back end itself, which takes a token",
                response.status
            ))),
            _ => response.ok().map_err(|error| error.context(format!("{name}: {path}"))),
        }
    }

    /// An answer that is not as a catalog answers.
    pub(crate) fn odd(&self, what: &str) -> Error {
        Error::Failed(format!(
            "{}: the answer holds {what}; check that {} is the address of a portal's back end, with nothing between that changes answers, \
             such as a sign-in",
            self.portal.name, self.portal.url
        ))
    }

    /// An error, with what it was asked for.
    pub(crate) fn failed(&self, error: Option<Error>, what: &str) -> Error {
        let error = error.unwrap_or_else(|| Error::Failed("that was not expected".into()));
        error.context(format!("{} does not say {what}", self.portal.name))
    }
}

/// Whether an answer was larger than the portal takes at once.
pub(crate) fn is_too_large(error: &Error) -> bool {
    matches!(error, Error::Failed(said) if said.contains("is larger than"))
}

/// What a portal says of a refusal, behind a colon; nothing where it says nothing.
fn said(response: &Response) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        error: Refused,
    }
    #[derive(Deserialize)]
    struct Refused {
        message: String,
    }
    match response.json::<Refusal>() {
        Ok(Refusal { error }) => format!(": {}", error.message.chars().take(300).collect::<String>()),
        Err(_) => String::new(),
    }
}

/// A query, with its question mark; nothing if there are no parameters.
fn written(query: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(value, PLAIN));
    let pairs: Vec<String> = query.iter().map(pair).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// A text as a part of a path.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::{Answer, Portal as Memory};
    use serde_json::json;

    use super::*;
    use crate::testing;

    const COUNTED: &str = "https://old.test/api/catalog/entities/by-query?limit=0&filter=kind%3Dapi";

    fn counted(answer: Answer) -> Result<u64> {
        let memory = Memory::new().answer("GET", COUNTED, answer);
        memory.run(|| Api::waited(&testing::portal(json!({}))).count(&["kind=api".to_owned()]))
    }

    #[test]
    fn entities_are_counted_without_being_read() {
        assert_eq!(counted(Answer::json(&json!({ "items": [], "totalItems": 7, "pageInfo": {} }))), Ok(7));
    }

    #[test]
    fn each_refusal_says_what_to_do() {
        let refusal = |message: &str| json!({ "error": { "name": "InputError", "message": message } });
        for (answer, said) in [
            (Answer::status(401), "old: it does not know the token, or was sent none (401); put one"),
            (Answer::json(&refusal("nope")).with_status(403), "old: the token may not read the catalog (403: nope)"),
            (Answer::status(404), "`url` is the address of a Backstage's back end"),
            (Answer::json(&refusal("bad filter")).with_status(400), "old: it refuses the question (400: bad filter)"),
            (Answer::status(302), "leads elsewhere (302), perhaps to a sign-in"),
            (Answer::status(503), "the server answered 503: it fails on its side"),
            (
                Answer::body("<html>sign in</html>"),
                "old: the answer holds no number of entities; check that https://old.test",
            ),
            (Answer::json(&json!({ "items": [] })), "the answer holds no number of entities"),
        ] {
            let error = counted(answer).expect_err(said).to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn a_server_that_limits_the_rate_is_waited_for_where_nobody_waits() {
        let busy = || Answer::status(429).header("retry-after", "30");
        let answered = || Answer::json(&json!({ "totalItems": 7 }));
        let memory = Memory::new().answer("GET", COUNTED, busy()).answer("GET", COUNTED, answered());
        let before = memory.now();
        let old = testing::portal(json!({}));
        assert_eq!(memory.run(|| Api::patient(&old).count(&["kind=api".to_owned()])), Ok(7));
        assert_eq!(memory.now() - before, 30_000);
        let memory = Memory::new().answer("GET", COUNTED, busy());
        let error = memory.run(|| Api::waited(&old).count(&["kind=api".to_owned()])).expect_err("busy");
        assert!(matches!(error, Error::Unavailable { retry_after: Some(30), .. }), "{error:?}");
    }
}
