//! The API server of one cluster: one request, and what its answer means.
//!
//! Rule: what a server refuses is told apart by what follows from it. A right that is missing costs what it is for; a server that
//! cannot be reached, does not know the credential or answers nonsense costs the cluster, of which nothing changes then.

use std::time::Duration;

use portico_sdk::{Error, http};
use serde::Deserialize;

use crate::settings::Cluster;

/// How long a request waits in all for a server that limits the rate.
const PATIENCE: Duration = Duration::from_secs(60);

/// Characters of what a server says that are passed on.
const WORDS: usize = 300;

/// The API server of a cluster.
#[derive(Clone, Copy)]
pub(crate) struct Api<'a> {
    pub cluster: &'a Cluster,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The account may not do that, in the server's words.
    Forbidden(String),
    /// The server has nothing at this address.
    Missing,
    /// The list that was begun is too old to be gone on with, except from this place, if there is one.
    Expired(Option<String>),
    /// The answer would be larger than it may be.
    TooLarge(Error),
    /// Anything that costs the whole cluster.
    Other(Error),
}

/// What a server says of a request that it did not fulfil.
#[derive(Default, Deserialize)]
pub(crate) struct Status {
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    pub code: u16,
    #[serde(default)]
    pub metadata: Place,
}

/// Where a list is gone on with.
#[derive(Default, Deserialize)]
pub(crate) struct Place {
    #[serde(default, rename = "continue")]
    pub next: Option<String>,
}

/// A version as `/version` has it.
#[derive(Deserialize)]
struct Version {
    #[serde(rename = "gitVersion")]
    git_version: String,
}

impl Api<'_> {
    /// What stands at a path.
    pub(crate) fn get(self, path: &str) -> Result<Vec<u8>, Failure> {
        let url = format!("{}{path}", self.cluster.server);
        // What is asked twice is not to be answered out of somebody's memory.
        let request = http::get(url).header("accept", "application/json").header("cache-control", "no-cache");
        self.send(request.patient(PATIENCE))
    }

    /// Changes a part of what stands at a path.
    pub(crate) fn patch(self, path: &str, kind: &str, body: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let url = format!("{}{path}", self.cluster.server);
        self.send(http::Request::new("PATCH", url).header("content-type", kind).body(body))
    }

    /// The version of Kubernetes that the server runs.
    pub(crate) fn version(self) -> Result<String, Failure> {
        let body = self.get("/version")?;
        serde_json::from_slice::<Version>(&body).map(|version| version.git_version).map_err(|_| self.no_api_server())
    }

    fn send(self, request: http::Request) -> Result<Vec<u8>, Failure> {
        let response = request.send().map_err(|error| self.unanswered(error))?;
        match response.status {
            200..=299 => Ok(response.body),
            401 => Err(self.fails(Error::Denied(
                "the API server does not know the credential (401); see under `grants.credentials` of the plugin that one is \
                 bound to this server, or in the kubeconfig that its user has one, and renew its token if it has expired"
                    .to_owned(),
            ))),
            403 => Err(Failure::Forbidden(words(&response.body))),
            404 => Err(Failure::Missing),
            410 => Err(Failure::Expired(status(&response.body).metadata.next.filter(|next| !next.is_empty()))),
            301..=308 => Err(self.fails(Error::Failed(format!(
                "{} answered with a redirect ({}); it is no API server, or stands behind a page to sign in at: correct `server` in \
                 the settings",
                self.cluster.server, response.status
            )))),
            429 | 500..=599 => {
                let said = words(&response.body);
                let error = response.ok().err().unwrap_or(Error::Failed(String::new()));
                Err(self.fails(if said.is_empty() { error } else { said_as(error, &said) }))
            }
            other => Err(self.fails(Error::Failed(format!("the API server answered {other}: {}", words(&response.body))))),
        }
    }

    fn unanswered(self, error: Error) -> Failure {
        // The contract has no error of its own for it; this is how the portal's sentence ends.
        let is_too_large = matches!(&error, Error::Failed(text) if text.contains("ask for less at a time"));
        let error = error.context(&self.cluster.name);
        if is_too_large { Failure::TooLarge(error) } else { Failure::Other(error) }
    }

    /// A failure with the cluster in front.
    pub(crate) fn fails(self, error: Error) -> Failure {
        Failure::Other(error.context(&self.cluster.name))
    }

    /// What answers is something else.
    pub(crate) fn no_api_server(self) -> Failure {
        self.fails(Error::Failed(format!(
            "{} answers, and not as an API server of Kubernetes does; correct `server` in the settings, or see what stands before it",
            self.cluster.server
        )))
    }
}

/// Whether a server that refuses something took the portal for nobody: it was sent no credential that it knows.
pub(crate) fn is_of_nobody(said: &str) -> bool {
    said.contains("system:anonymous")
}

/// What to do where a server takes the portal for nobody. Roles of an account change nothing there.
pub(crate) fn for_a_credential(cluster: &Cluster) -> String {
    format!(
        "the server takes the portal for nobody: see under `grants.credentials` of the plugin that a token is bound to {}, or in the \
         kubeconfig that the user of its context has one",
        cluster.server
    )
}

fn said_as(error: Error, said: &str) -> Error {
    match error {
        Error::Unavailable { reason, retry_after } => {
            Error::Unavailable { reason: format!("{reason} (“{said}”)"), retry_after }
        }
        other => other,
    }
}

/// What a server says instead of what it was asked for; empty if it says nothing that can be read.
pub(crate) fn status(body: &[u8]) -> Status {
    serde_json::from_slice(body).unwrap_or_default()
}

/// What the server says, in its own words, cut.
fn words(body: &[u8]) -> String {
    let said = status(body).message;
    let said = if said.is_empty() { String::from_utf8_lossy(body).trim().to_owned() } else { said };
    // A page of HTML says nothing to anybody.
    if said.starts_with('<') { String::new() } else { said.chars().take(WORDS).collect() }
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::{Answer, Portal};
    use serde_json::json;

    use super::*;
    use crate::testing::cluster;

    fn asked(answer: Answer) -> Failure {
        let prod = cluster("prod");
        let portal = Portal::new().answer("GET", "https://prod.test/api/v1/pods", answer);
        portal.run(|| Api { cluster: &prod }.get("/api/v1/pods")).expect_err("no answer")
    }

    fn body(status: u16, body: &str) -> Answer {
        crate::testing::answer(status, body)
    }

    #[test]
    fn a_right_that_is_missing_is_said_in_the_servers_words() {
        let said = json!({ "kind": "Status", "message": "pods is forbidden: User \"a\" cannot list", "code": 403 });
        let failure = asked(body(403, &said.to_string()));
        assert_eq!(failure, Failure::Forbidden("pods is forbidden: User \"a\" cannot list".into()));
    }

    #[test]
    fn a_list_that_is_too_old_may_be_gone_on_with() {
        let fresh = json!({ "code": 410, "reason": "Expired", "metadata": { "continue": "abc" } }).to_string();
        assert_eq!(asked(body(410, &fresh)), Failure::Expired(Some("abc".into())));
        assert_eq!(asked(body(410, "{}")), Failure::Expired(None));
    }

    #[test]
    fn what_costs_the_cluster_says_what_to_do() {
        for (answer, expected) in [
            (body(401, "{}"), "prod: the API server does not know the credential (401)"),
            (body(302, ""), "prod: https://prod.test answered with a redirect (302)"),
            (body(500, "{\"message\":\"etcd\"}"), "prod: the server answered 500: it fails on its side (“etcd”)"),
            (body(502, "<html>"), "prod: the server answered 502: it fails on its side"),
            (body(418, "short and stout"), "prod: the API server answered 418: short and stout"),
            (Answer::error(Error::Failed("the certificate of prod.test was refused".into())), "prod: the certificate"),
        ] {
            let Failure::Other(error) = asked(answer) else { panic!("{expected}") };
            assert!(error.to_string().starts_with(expected), "\n  got  {error}\n  want {expected}");
        }
    }

    #[test]
    fn an_answer_that_is_too_large_is_told_apart() {
        let error = Error::Failed("the answer of x is larger than 32 MiB; ask for less at a time".into());
        assert!(matches!(asked(Answer::error(error)), Failure::TooLarge(_)));
    }

    #[test]
    fn a_server_that_asks_for_a_pause_is_waited_for_and_in_the_end_left_alone() {
        let prod = cluster("prod");
        let url = "https://prod.test/api/v1/pods";
        let portal = Portal::new().answer("GET", url, Answer::status(429).header("retry-after", "2")).answer(
            "GET",
            url,
            Answer::json(&json!({})),
        );
        let before = portal.now();
        portal.run(|| Api { cluster: &prod }.get("/api/v1/pods")).expect("the second answer");
        assert_eq!(portal.now() - before, 2_000);
        let failure = asked(Answer::status(429).header("retry-after", "600"));
        assert!(
            matches!(&failure, Failure::Other(Error::Unavailable { retry_after: Some(600), .. })),
            "the next run begins when the server wants it: {failure:?}"
        );
    }
}
