//! What forges' interfaces have in common: a request, and what its answer means.
//!
//! Rule: what a forge refuses is said with what was to be done and what to do about it, in the forge's own words where it has any. One that
//! limits the rate is waited for; one that fails on its side leaves the step to the portal, which does it again later.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portico_sdk::http::{Request, Response};
use portico_sdk::{Error, Result, warn};
use portico_sites::Forge;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::host::Host;

/// How long a step waits in all for a forge that limits the rate.
const PATIENCE: Duration = Duration::from_secs(120);

/// Characters of what a forge says that are told on.
const LONGEST: usize = 400;

/// Pages of a list that are read.
const MOST_PAGES: usize = 100;

/// A forge's interface for programs.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    host: String,
    base: String,
    forge: Option<Forge>,
    /// The step's own.
    token: Option<String>,
}

/// Why there is no answer to make use of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The forge says no.
    Refused {
        /// Such as 404.
        status: u16,
        /// What it says of it.
        said: String,
    },
    /// Anything else.
    Other(Error),
}

/// An answer to make use of.
pub(crate) type Asked<T> = std::result::Result<T, Fault>;

impl Fault {
    /// Whether the forge answered with one of these.
    pub(crate) fn is(&self, statuses: &[u16]) -> bool {
        matches!(self, Fault::Refused { status, .. } if statuses.contains(status))
    }

    /// Whether the forge says something that holds this.
    pub(crate) fn says(&self, text: &str) -> bool {
        matches!(self, Fault::Refused { said, .. } if said.to_lowercase().contains(text))
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Other(error)
    }
}

impl Api {
    pub(crate) fn new(host: &Host, token: Option<String>) -> Api {
        Api { host: host.name.clone(), base: host.api.clone(), forge: host.forge, token }
    }

    /// What stands at a path.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Asked<T> {
        self.ask("GET", path, None)
    }

    /// What stands at a path, if anything does.
    pub(crate) fn find<T: DeserializeOwned>(&self, path: &str) -> Asked<Option<T>> {
        match self.get(path) {
            Ok(found) => Ok(Some(found)),
            Err(fault) if fault.is(&[404]) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// A list with all of its pages.
    pub(crate) fn all<T: DeserializeOwned>(&self, path: &str) -> Asked<Vec<T>> {
        let (mut all, mut next) = (Vec::new(), Some(path.to_owned()));
        for _ in 0..MOST_PAGES {
            let Some(path) = next.take() else { return Ok(all) };
            let response = self.response("GET", &path, None)?;
            let page: Vec<T> = self.read(&path, &response)?;
            all.extend(page);
            next = self.next(&response);
        }
        Err(Fault::Other(Error::Failed(format!("{} does not end the list at {path}", self.host))))
    }

    /// The first pages of a list.
    pub(crate) fn some<T: DeserializeOwned>(&self, path: &str, pages: usize) -> Asked<Vec<T>> {
        let (mut some, mut next) = (Vec::new(), Some(path.to_owned()));
        for _ in 0..pages {
            let Some(path) = next.take() else { break };
            let response = self.response("GET", &path, None)?;
            let page: Vec<T> = self.read(&path, &response)?;
            some.extend(page);
            next = self.next(&response);
        }
        Ok(some)
    }

    fn next(&self, response: &Response) -> Option<String> {
        response.link("next").and_then(|link| link.strip_prefix(self.base.as_str())).map(str::to_owned)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Asked<Value> {
        self.ask("POST", path, Some(body))
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Asked<Value> {
        self.ask("PUT", path, Some(body))
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Asked<Value> {
        self.ask("PATCH", path, Some(body))
    }

    pub(crate) fn delete(&self, path: &str) -> Asked<()> {
        self.response("DELETE", path, None).map(drop)
    }

    /// Posts what is no reason to fail: what the forge refuses of it is told.
    pub(crate) fn wish(&self, path: &str, body: &Value, what: &str) -> Result<()> {
        match self.post(path, body) {
            Err(fault @ Fault::Refused { .. }) => {
                warn!("{}", self.refused(what, fault));
                Ok(())
            }
            asked => asked.map(drop).map_err(self.to(what)),
        }
    }

    fn ask<T: DeserializeOwned>(&self, method: &str, path: &str, body: Option<&Value>) -> Asked<T> {
        let response = self.response(method, path, body)?;
        self.read(path, &response)
    }

    fn read<T: DeserializeOwned>(&self, path: &str, response: &Response) -> Asked<T> {
        // Much of what changes something is answered with nothing.
        let body: &[u8] = if response.body.is_empty() { b"null" } else { &response.body };
        serde_json::from_slice(body).map_err(|error| {
            let path = path.split('?').next().unwrap_or(path);
            Fault::Other(Error::Failed(format!("{} answered {path} with what cannot be read: {error}", self.host)))
        })
    }

    fn response(&self, method: &str, path: &str, body: Option<&Value>) -> Asked<Response> {
        let accept = if self.forge == Some(Forge::GitHub) { "application/vnd.github+json" } else { "application/json" };
        // GitHub answers nobody who does not say who asks.
        let mut request = Request::new(method, format!("{}{path}", self.base))
            .header("accept", accept)
            .header("user-agent", "portico")
            .patient(PATIENCE);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(body) = body {
            request = request.json(body)?;
        }
        let response = request.send().map_err(|error| Fault::Other(self.own(error)))?;
        match response.status {
            200..=299 => Ok(response),
            301 | 302 | 307 | 308 => Err(Fault::Other(Error::Failed(format!(
                "{} leads on to `{}`, and it is not gone to; if the repository has another name by now, correct `repoUrl`, else `api` in the settings of \
                 the plugin `publish`",
                self.host,
                response.header("location").unwrap_or_default()
            )))),
            status => {
                let said = said(&response.body);
                match response.ok() {
                    // What asks for a pause may come as a refusal.
                    Err(error @ Error::Unavailable { .. }) => Err(Fault::Other(error.context(&self.host))),
                    _ => Err(Fault::Refused { status, said }),
                }
            }
        }
    }

    /// Where the portal sends the operator's credential, it lets no other in its place.
    fn own(&self, error: Error) -> Error {
        if self.token.is_some() && matches!(&error, Error::Invalid(text) if text.contains("is set by the portal")) {
            return Error::Denied(format!(
                "the step has a `token` of its own, and requests to {} carry the operator's credential, in whose place none is sent; leave `token` out \
                 of the step, or have the operator say `ignoreTokens: true` in the settings of the plugin `publish`",
                self.host
            ));
        }
        error
    }

    /// What a refusal means, for whoever runs the template. `what` is what was to be done, such as `create the repository acme/ledger`.
    pub(crate) fn refused(&self, what: &str, fault: Fault) -> Error {
        let host = &self.host;
        let (status, said) = match fault {
            Fault::Refused { status, said } => (status, said),
            Fault::Other(error) => return error.context(format!("could not {what}")),
        };
        let answer = if said.is_empty() { status.to_string() } else { format!("{status}: {said}") };
        match status {
            401 => Error::Denied(format!(
                "could not {what}: {host} does not know the token ({answer}); it is wrong, has expired or was revoked. Put a new one where \
                 `grants.credentials` of the plugin `publish` says"
            )),
            403 => Error::Denied(format!(
                "could not {what}: {host} does not let the token do it ({answer}); give the token the rights that the page of the plugin `publish` names \
                 for this action"
            )),
            404 => Error::NotFound(format!(
                "could not {what}: {host} knows no such thing, or does not tell the token of it ({answer}); correct the step's input, or let the token \
                 see it"
            )),
            400 | 422 => Error::Invalid(format!(
                "could not {what}: {host} does not take it ({answer}); correct the step's input"
            )),
            _ => Error::Failed(format!("could not {what}: {host} answered {answer}")),
        }
    }

    /// For `map_err`, see [`Api::refused`].
    pub(crate) fn to(&self, what: impl Into<String>) -> impl FnOnce(Fault) -> Error {
        let (api, what) = (self.clone(), what.into());
        move |fault| api.refused(&what, fault)
    }
}

/// What a forge says of its refusal, on one line.
fn said(body: &[u8]) -> String {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return String::new() };
    let mut parts = Vec::new();
    for key in ["message", "error", "error_description", "errors"] {
        collect(&body[key], &mut parts);
    }
    let text = parts.join("; ").replace(char::is_control, " ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The texts of a value: a text, a list of such, or an object whose keys name what is wrong.
fn collect(value: &Value, parts: &mut Vec<String>) {
    let mut add = |text: String| {
        if !text.is_empty() && !parts.contains(&text) {
            parts.push(text);
        }
    };
    match value {
        Value::String(text) => add(text.clone()),
        Value::Array(all) => all.iter().for_each(|one| collect(one, parts)),
        Value::Object(object) => {
            if let Some(text) = object.get("message").and_then(Value::as_str) {
                return add(text.to_owned());
            }
            // As GitHub says what is wrong with a field, and as GitLab does.
            if let (Some(field), Some(code)) = (object.get("field"), object.get("code")) {
                return add(format!("{} {}", plain(field), plain(code)));
            }
            object.iter().for_each(|(key, value)| {
                let mut inner = Vec::new();
                collect(value, &mut inner);
                if !inner.is_empty() {
                    parts.push(format!("{key} {}", inner.join(", ")));
                }
            });
        }
        _ => {}
    }
}

fn plain(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A name as a part of a path.
pub(crate) fn part(text: &str) -> String {
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, PLAIN).to_string()
}

/// Without what is not said: members that are null.
pub(crate) fn said_only(mut body: Value) -> Value {
    if let Some(object) = body.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    body
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::{Answer, Portal};
    use serde_json::json;

    use super::*;
    use crate::host::Settings;

    fn api(token: Option<&str>) -> Api {
        Api::new(&Settings::default().host("github.com"), token.map(str::to_owned))
    }

    fn asked(answer: Answer) -> Error {
        let portal = Portal::new().answer("POST", "https://api.github.com/a", answer);
        let api = api(Some("t"));
        portal.run(|| api.post("/a", &json!({})).map_err(api.to("do it"))).expect_err("refused")
    }

    #[test]
    fn a_refusal_says_what_was_to_be_done_and_what_to_do() {
        let body = json!({
            "message": "Validation Failed",
            "errors": [{ "resource": "Repository", "field": "name", "code": "custom", "message": "name already exists" }, { "field": "a", "code": "missing" }],
        });
        for (status, expected) in [
            (
                400,
                "could not do it: github.com does not take it (400: Validation Failed; name already exists; a missing); correct the step's input",
            ),
            (401, "github.com does not know the token (401: "),
            (403, "github.com does not let the token do it (403: "),
            (404, "github.com knows no such thing, or does not tell the token of it (404: "),
            (409, "could not do it: github.com answered 409: Validation Failed"),
            (422, "does not take it (422: "),
        ] {
            let error = asked(Answer::json(&body).with_status(status)).to_string();
            assert!(error.contains(expected), "{error}");
        }
        let moved = asked(Answer::status(301).header("location", "https://api.github.com/b")).to_string();
        assert!(moved.contains("leads on to `https://api.github.com/b`") && moved.contains("`repoUrl`"), "{moved}");
        assert!(asked(Answer::body("<html>")).to_string().contains("with what cannot be read"));
    }

    #[test]
    fn a_forge_that_is_down_or_wants_a_pause_leaves_the_step_for_later() {
        for (answer, pause) in [
            (Answer::status(502), None),
            (Answer::status(429).header("retry-after", "7200"), Some(7200)),
            (Answer::status(403).header("retry-after", "7200"), Some(7200)),
        ] {
            let error = asked(answer);
            assert!(
                matches!(&error, Error::Unavailable { reason, retry_after } if reason.starts_with("could not do it: github.com: ") && *retry_after == pause),
                "{error:?}"
            );
        }
        let portal = Portal::new()
            .answer("GET", "https://api.github.com/a", Answer::status(429).header("retry-after", "30"))
            .answer("GET", "https://api.github.com/a", Answer::json(&7));
        let before = portal.now();
        assert_eq!(portal.run(|| api(None).get::<u8>("/a")), Ok(7));
        assert_eq!(portal.now() - before, 30_000);
    }

    #[test]
    fn what_gitlab_says_is_told_on() {
        for (body, expected) in [
            (
                json!({ "message": { "name": ["has already been taken"], "path": ["is bad", "is long"] } }),
                "name has already been taken; path is bad, is long",
            ),
            (json!({ "message": "404 Not Found" }), "404 Not Found"),
            (json!({ "error": "title is missing" }), "title is missing"),
            (json!({ "message": "a\nb" }), "a b"),
            (json!([]), ""),
        ] {
            assert_eq!(said(body.to_string().as_bytes()), expected);
        }
        assert_eq!(said(json!({ "message": "x".repeat(500) }).to_string().as_bytes()).chars().count(), LONGEST + 1);
    }

    #[test]
    fn the_token_of_a_step_is_sent_where_no_credential_is() {
        let portal = Portal::new().answer("GET", "https://api.github.com/a", Answer::json(&1));
        portal.run(|| api(Some("mine")).get::<u8>("/a")).expect("an answer");
        assert!(portal.requests()[0].headers.contains(&("authorization".to_owned(), "Bearer mine".to_owned())));
        let reserved = "the header authorization is set by the portal in requests to api.github.com; leave it out";
        let error = asked(Answer::error(Error::Invalid(reserved.to_owned())));
        assert!(
            matches!(&error, Error::Denied(text) if text.contains("the step has a `token` of its own") && text.contains("ignoreTokens")),
            "{error:?}"
        );
    }

    #[test]
    fn a_list_is_read_to_its_end_and_never_leads_elsewhere() {
        let next = r#"<https://api.github.com/a?page=2>; rel="next""#;
        let away = r#"<https://evil.test/a>; rel="next""#;
        let portal = Portal::new()
            .answer("GET", "https://api.github.com/a", Answer::json(&[1]).header("link", next))
            .answer("GET", "https://api.github.com/a?page=2", Answer::json(&[2]).header("link", away));
        assert_eq!(portal.run(|| api(None).all::<u8>("/a")), Ok(vec![1, 2]));
    }
}
