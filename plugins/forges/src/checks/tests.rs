//! Checks: each thing that can be wrong, in words.

use portico_sdk::checks::Outcome;
use portico_sdk::testing::{Answer, Portal};
use serde_json::json;

use super::*;
use crate::testing::{API, Answers, LIST, Stage, row, settings};

const USERS: &str = "https://api.github.com/users/acme/repos?type=owner&sort=created&direction=asc&per_page=100";

const PULLS: &str = "https://api.github.com/repos/acme/ledger/pulls?state=open&sort=created&direction=asc&per_page=1";

/// Each finding as `outcome subject: message`.
fn found(portal: &Portal, more: &str) -> Vec<String> {
    let stage = Stage::default().with("https://github.com/acme/ledger.git", "0123456789abcdef", &[]);
    let mut findings = Findings::default();
    portal.run(|| {
        check(&stage, &settings(&format!(r#"{{"forges":[{{"type":"github","owner":"acme"{more}}}]}}"#)), &mut findings)
    });
    let say = |outcome: Outcome| match outcome {
        Outcome::Passed => "passed",
        Outcome::Warned => "warned",
        Outcome::Failed => "failed",
    };
    findings
        .all()
        .iter()
        .map(|finding| format!("{} {}: {}", say(finding.outcome), finding.subject, finding.message))
        .collect()
}

/// A portal that is let see all of a repository.
fn seen() -> Portal {
    Portal::new().at_commit("ledger", "c1").answer("GET", PULLS, Answer::json::<[u8]>(&[]))
}

/// A portal of which nobody is a user.
fn without(list: Answer) -> Portal {
    let user = format!("{API}/user");
    Portal::new().answer("GET", LIST, list).answer("GET", &user, Answer::status(401)).answer(
        "GET",
        USERS,
        Answer::status(404),
    )
}

fn list() -> Answer {
    Answer::json(&[row(7, "ledger")]).header("x-ratelimit-limit", "5000").header("x-ratelimit-remaining", "4999")
}

#[test]
fn what_is_well_is_said_in_five_lines() {
    let portal = seen().answer("GET", LIST, list());
    assert_eq!(
        found(&portal, ""),
        [
            "passed Reaches api.github.com: It answers.",
            "passed Token for api.github.com: It is known, and 4999 questions are left of this hour.",
            "passed Lists github.com/acme: 1 of 1 repositories are read.",
            "passed Reads with Git: acme/ledger is at 0123456789.",
            "passed Sees how repositories stand: Nothing of acme/ledger is kept from the token.",
        ]
    );
}

#[test]
fn what_an_app_is_installed_on_is_listed_with_its_token() {
    let installed = json!({ "total_count": 1, "repositories": [row(7, "ledger")] });
    let installed =
        Answer::json(&installed).header("x-ratelimit-limit", "5400").header("x-ratelimit-remaining", "5399");
    let list = "https://api.github.com/installation/repositories?per_page=100";
    let found = found(&Portal::new().answer("GET", list, installed), r#","installed":true"#);
    assert_eq!(found[1], "passed Token for api.github.com: It is known, and 5399 questions are left of this hour.");
    assert_eq!(found[2], "passed Lists github.com/acme: 1 of 1 repositories are read.");
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let unavailable = |reason: &str| Answer::error(Error::Unavailable { reason: reason.into(), retry_after: None });
    let cases = [
        (
            Answer::status(401),
            "failed Reaches api.github.com: api.github.com does not know the token (401)",
            "Make a new one",
        ),
        (
            Answer::status(403),
            "failed Reaches api.github.com: api.github.com does not let the token see this",
            "scopes",
        ),
        (
            Answer::status(404),
            "failed Reaches api.github.com: there is no organisation, user or group `acme`",
            "correct `owner`",
        ),
        (
            Answer::body("<html>"),
            "failed Reaches api.github.com: api.github.com answers with what is no list",
            "correct `api`",
        ),
        (unavailable("no route"), "failed Reaches api.github.com: no route", ""),
        (
            unavailable("invalid peer certificate: UnknownIssuer"),
            "failed Reaches api.github.com: invalid peer",
            "have the portal's machine trust",
        ),
        (Answer::error(Error::Denied("grant `http`".into())), "failed Reaches api.github.com: grant `http`", ""),
    ];
    for (answer, expected, advice) in cases {
        let all = found(&without(answer), "");
        assert!(all.len() == 1 && all[0].starts_with(expected) && all[0].contains(advice), "{all:?}");
    }
}

#[test]
fn a_token_that_does_too_little_or_ends_soon_is_warned_of() {
    let rows = || Answer::json(&[row(7, "ledger")]);
    let cases = [
        (rows().header("x-ratelimit-limit", "60"), "No token is sent"),
        (rows().header("github-authentication-token-expiration", "2026-01-05 12:00:00 UTC"), "It ends in 4 days"),
        (rows().header("x-oauth-scopes", "read:org, gist"), "It has not the scope `repo`"),
    ];
    for (answer, expected) in cases {
        let all = found(&Portal::new().answer("GET", LIST, answer), "");
        assert!(all[1].starts_with("warned Token for api.github.com: ") && all[1].contains(expected), "{all:?}");
    }
    let all = found(&Portal::new().answer("GET", LIST, rows().header("x-oauth-scopes", "repo, read:org")), "");
    assert!(all[1].starts_with("passed"), "{all:?}");
}

#[test]
fn a_list_without_what_is_read_and_git_that_reads_nothing_are_told_apart() {
    let none = found(&Portal::new().answer("GET", LIST, Answer::json::<[u8]>(&[])), "");
    assert!(
        none[2].starts_with("warned Lists github.com/acme: It has no repository that the token may see"),
        "{none:?}"
    );
    let other = found(&Portal::new().answer("GET", LIST, list()), r#","include":["x-*"]"#);
    assert!(other[2].starts_with("warned Lists github.com/acme: None of the 1 repositories is selected"), "{other:?}");
    let mut private = row(8, "secret");
    private["visibility"] = json!("private");
    let git = found(&Portal::new().answer("GET", LIST, Answer::json(&[row(7, "ledger"), private])), "");
    assert!(git[3].starts_with("failed Reads with Git: acme/secret: there is no repository"), "{git:?}");
}

#[test]
fn each_part_that_is_kept_from_the_token_is_named_with_its_right() {
    let base = format!("{API}/repos/acme/ledger");
    let refused = |paths: &[&str]| {
        let portal = paths.iter().fold(Portal::new().answer("GET", LIST, list()), |portal, path| {
            portal.answer("GET", &format!("{base}/{path}"), Answer::status(403))
        });
        let portal = portal.at_commit("ledger", "c1").answer("GET", PULLS, Answer::json::<[u8]>(&[]));
        let other = |path: &str| (format!("{base}/{path}"), Answer::status(404));
        let probes = [other("actions/runs?per_page=1"), other("commits/main/status")];
        found(&probes.into_iter().fold(portal, |portal, (url, answer)| portal.answer("GET", &url, answer)), "")
            .split_off(4)
    };
    let said = |subject: &str, right: &str| {
        format!(
            "warned Sees {subject}: api.github.com does not let the token see those of acme/ledger (403), and they are shown as they were when \
             it did, or not at all. It needs `{right}: read`"
        )
    };
    let (pulls, commits) = (&PULLS[base.len() + 1..], "commits?sha=main&per_page=1");
    assert_eq!(refused(&[pulls]), [said("pull requests", "Pull requests")]);
    assert_eq!(refused(&["actions/runs?head_sha=c1&per_page=100"]), [said("CI runs", "Actions")]);
    assert_eq!(refused(&["commits/c1/status"]), [said("commit statuses", "Commit statuses")]);
    assert_eq!(
        refused(&[commits, "actions/runs?per_page=1", pulls]),
        [said("commits", "Contents"), said("pull requests", "Pull requests"), said("CI runs", "Actions")]
    );
    let away =
        Portal::new().answer("GET", LIST, list()).answer("GET", &format!("{base}/{commits}"), Answer::status(502));
    assert!(found(&away, "")[4].starts_with("failed Sees how repositories stand: acme/ledger: "));
}

#[test]
fn people_are_looked_for_where_they_are_wanted() {
    let portal = |status| {
        seen().answer("GET", LIST, list()).answer(
            "GET",
            &format!("{API}/orgs/acme/members?per_page=100"),
            Answer::status(status),
        )
    };
    let all = found(&portal(403), r#","people":true"#);
    assert!(
        all[5].starts_with("failed Sees the people of acme: api.github.com does not let the token see this"),
        "{all:?}"
    );
    let all = found(&portal(404), r#","people":true"#);
    assert!(all[5].contains("`acme` is a user and has no people"), "{all:?}");
    assert_eq!(found(&portal(403), "").len(), 5);
}

#[test]
fn settings_without_a_forge_are_said() {
    let mut findings = Findings::default();
    Portal::new().run(|| check(&Stage::default(), &settings(r#"{"forges":[]}"#), &mut findings));
    assert_eq!(findings.all()[0].subject, "Settings");
}
