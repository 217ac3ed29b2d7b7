//! What all forges have in common: a repository as it is listed, and what more there is to say of it.
//!
//! Rule: what a forge does not say is absent, never guessed; what is said is spelled the same whichever forge says it.

use portico_sdk::model::EntityRef;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A repository as a forge lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Repository {
    /// Its number, which stays when it is renamed.
    pub(crate) id: String,
    /// Owner and name: `acme/ledger`.
    pub(crate) project: String,
    /// Its page.
    pub(crate) url: String,
    /// Where Git reads it.
    pub(crate) clone: String,
    /// The default branch; none while nothing was pushed.
    pub(crate) default_branch: Option<String>,
    /// What it is for.
    pub(crate) description: Option<String>,
    /// What most of it is written in.
    pub(crate) language: Option<String>,
    /// Its topics.
    pub(crate) topics: Vec<String>,
    /// `public`, `internal` or `private`.
    pub(crate) visibility: String,
    /// Whether it is only to be read.
    pub(crate) archived: bool,
    /// Whether it was made out of another.
    pub(crate) fork: bool,
    /// By its SPDX name.
    pub(crate) licence: Option<String>,
    /// Whatever else of its row changes with it: times and counts, as the forge writes them.
    pub(crate) stamps: Vec<String>,
    /// Until when, in milliseconds since 1970, something may have happened that the row does not show.
    pub(crate) unsure_until: u64,
    /// Whether nothing was pushed yet, which some rows say by themselves.
    pub(crate) empty: bool,
    /// Whether no request for changes waits, which some rows say by themselves.
    pub(crate) nothing_waits: bool,
}

impl Repository {
    /// Its name without its owner.
    pub(crate) fn name(&self) -> &str {
        self.project.rsplit('/').next().unwrap_or(&self.project)
    }

    /// A short digest of its row.
    pub(crate) fn digest(&self) -> String {
        crate::cursor::digest([serde_json::to_string(self).unwrap_or_default().as_str()].into_iter())
    }

    #[cfg(test)]
    pub(crate) fn of(id: &str, project: &str) -> Repository {
        Repository { id: id.to_owned(), project: project.to_owned(), ..Repository::default() }
    }
}

/// What more there is to say of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Details {
    /// What most of it is written in, where the row does not say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) language: Option<String>,
    /// By its SPDX name, where the row does not say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) licence: Option<String>,
    /// Whether nothing was pushed yet, as the forge says when it is asked for commits.
    #[serde(skip)]
    pub(crate) empty: bool,
    /// The last commit on the default branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_commit: Option<Commit>,
    /// Requests for changes that wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pull_requests: Option<Waiting>,
    /// The latest release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) release: Option<Release>,
    /// How the default branch does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ci: Option<Ci>,
}

/// A commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Commit {
    pub(crate) id: String,
    /// When, in RFC 3339.
    pub(crate) at: String,
    pub(crate) author: String,
    /// The first line of what was said of it.
    pub(crate) title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

/// How many requests for changes wait, and since when the oldest does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Waiting {
    pub(crate) open: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) oldest_at: Option<String>,
}

/// A release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Release {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

/// How continuous integration does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ci {
    pub(crate) state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

/// How a run of continuous integration does. Of several, the worst counts, and one that goes on before those that passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// There is none.
    #[default]
    None,
    /// It did what it should.
    Passed,
    /// It goes on.
    Pending,
    /// It did not.
    Failed,
}

impl State {
    /// In the words of any of the forges. What is none of them, such as what was skipped, says nothing.
    pub(crate) fn of(word: &str) -> State {
        match word {
            "success" | "passed" | "warning" => State::Passed,
            "failure" | "failed" | "error" | "timed_out" | "startup_failure" | "action_required" => State::Failed,
            "pending"
            | "running"
            | "queued"
            | "in_progress"
            | "waiting"
            | "requested"
            | "created"
            | "preparing"
            | "waiting_for_resource"
            | "scheduled" => State::Pending,
            _ => State::None,
        }
    }
}

/// A request for changes, as a card shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PullRequest {
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) author: String,
    /// When it was made, in RFC 3339.
    pub(crate) at: String,
    pub(crate) url: String,
    pub(crate) draft: bool,
    pub(crate) ci: State,
}

/// What `facts.forges` is: the same for each forge.
pub(crate) fn facts(host: &str, repository: &Repository, details: &Details) -> Value {
    let mut facts = json!({
        "host": host,
        "project": repository.project,
        "id": repository.id,
        "url": repository.url,
        "visibility": repository.visibility,
        "archived": repository.archived,
        "fork": repository.fork,
    });
    let optional = [
        ("language", repository.language.as_ref()),
        ("defaultBranch", repository.default_branch.as_ref()),
        ("licence", repository.licence.as_ref()),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            facts[key] = json!(value);
        }
    }
    if !repository.topics.is_empty() {
        facts["topics"] = json!(repository.topics);
    }
    // What was asked for goes before what the row says.
    if let (Value::Object(facts), Ok(Value::Object(details))) = (&mut facts, serde_json::to_value(details)) {
        facts.extend(details);
    }
    facts
}

/// Entities of which at most so many are told what their repository is; what mappings take at once.
const MOST_ENTITIES: usize = 900;

/// What mappings make of a repository: what it is called as an entity, what the forge says, the facts, and the entities that it is about.
pub(crate) fn object(
    repository: &Repository,
    slug: &str,
    facts: Value,
    sources: &[EntityRef],
    annotated: &[EntityRef],
) -> Value {
    let texts =
        |entities: &[EntityRef]| entities.iter().take(MOST_ENTITIES).map(|one| json!(one.as_str())).collect::<Vec<_>>();
    json!({
        "name": repository.name(),
        "project": repository.project,
        "slug": slug,
        "url": repository.url,
        "description": repository.description,
        "topics": repository.topics,
        "facts": facts,
        "entities": texts(sources),
        "annotated": texts(&annotated[..annotated.len().min(MOST_ENTITIES.saturating_sub(sources.len()))]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_has_one_digest_until_something_of_its_row_changes() {
        let before = Repository { stamps: vec!["a".into()], ..Repository::of("1", "acme/ledger") };
        assert_eq!(before.digest(), before.clone().digest());
        for after in [
            Repository { stamps: vec!["b".into()], ..before.clone() },
            Repository { project: "acme/book".into(), ..before.clone() },
            Repository { archived: true, ..before.clone() },
        ] {
            assert_ne!(before.digest(), after.digest());
        }
    }

    #[test]
    fn the_worst_of_several_runs_counts() {
        let worst = |words: &[&str]| words.iter().map(|word| State::of(word)).max().unwrap_or_default();
        for (words, expected) in [
            (&["success", "skipped"][..], State::Passed),
            (&["success", "in_progress"], State::Pending),
            (&["running", "failed", "success"], State::Failed),
            (&["cancelled", "neutral", "what ever"], State::None),
            (&[], State::None),
        ] {
            assert_eq!(worst(words), expected, "{words:?}");
        }
    }

    #[test]
    fn facts_hold_what_is_known_and_nothing_else() {
        let repository = Repository {
            language: Some("Rust".into()),
            visibility: "public".into(),
            ..Repository::of("1", "acme/ledger")
        };
        let details = Details { ci: Some(Ci { state: State::Failed, url: None }), ..Details::default() };
        let facts = facts("github.com", &repository, &details);
        assert_eq!((&facts["language"], &facts["ci"]), (&json!("Rust"), &json!({ "state": "failed" })));
        assert!(["licence", "release", "topics"].iter().all(|key| facts.get(key).is_none()), "{facts}");
    }
}
