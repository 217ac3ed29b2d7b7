//! What fields of forms offer.

use super::*;

fn listed(answers: &Answers, action: &str, input: Value) -> Result<Vec<String>> {
    let output = perform_as(&portal(answers), &Invocation { dry_run: true, ..Invocation::new(action, input) })?;
    let results = output["results"].as_array().cloned().unwrap_or_default();
    Ok(results.iter().filter_map(|one| one["id"].as_str()).map(str::to_owned).collect())
}

#[test]
fn owners_repositories_and_branches_are_what_the_forge_tells() {
    let of = |host: &str, more: Value| {
        let mut input = json!({ "host": host });
        input.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        input
    };
    let acme = || json!({ "owner": "acme" });
    let ledger = || json!({ "owner": "acme", "repository": "ledger" });
    for (url, body, action, input, expected) in [
        (
            format!("{GITHUB}/user/orgs?per_page=100"),
            json!([{ "login": "acme" }]),
            "forge:owners",
            of("github.com", json!({})),
            vec!["acme"],
        ),
        (
            format!("{GITLAB}/groups?min_access_level=30&per_page=100"),
            json!([{ "full_path": "acme/pay" }, { "full_path": "acme" }]),
            "forge:owners",
            of("gitlab.com", json!({})),
            vec!["acme/pay", "acme"],
        ),
        (
            format!("{GITEA}/orgs/acme/repos?limit=50"),
            json!([{ "name": "ledger" }]),
            "forge:repositories",
            of("gitea.com", acme()),
            vec!["ledger"],
        ),
        (
            format!("{GITHUB}/repos/acme/ledger/branches?per_page=100"),
            json!([{ "name": "main" }, { "name": "next" }]),
            "forge:branches",
            of("github.com", ledger()),
            vec!["main", "next"],
        ),
        (
            format!("{GITLAB}/projects/acme%2Fledger/repository/branches?per_page=100"),
            json!([{ "name": "main" }]),
            "forge:branches",
            of("gitlab.com", ledger()),
            vec!["main"],
        ),
    ] {
        let answers = vec![("GET", url, Answer::json(&body))];
        assert_eq!(
            listed(&answers, action, input.clone()),
            Ok(expected.iter().map(|id| (*id).to_owned()).collect()),
            "{action} {input}"
        );
    }
}

#[test]
fn an_owner_who_is_no_organisation_is_a_user() {
    let answers = vec![
        ("GET", format!("{GITHUB}/orgs/ada/repos?sort=pushed&per_page=100"), Answer::status(404)),
        (
            "GET",
            format!("{GITHUB}/users/ada/repos?sort=pushed&per_page=100"),
            Answer::json(&json!([{ "name": "dotfiles" }])),
        ),
    ];
    let input = json!({ "host": "github.com", "owner": "ada" });
    assert_eq!(listed(&answers, "forge:repositories", input), Ok(vec!["dotfiles".to_owned()]));
}

#[test]
fn what_is_missing_is_said_and_a_host_that_is_not_known_offers_nothing() {
    let error = listed(&Vec::new(), "forge:branches", json!({ "host": "github.com", "owner": "acme" })).unwrap_err();
    assert!(error.to_string().contains("input.repo: it is what the list depends on"), "{error}");
    assert_eq!(listed(&Vec::new(), "forge:owners", json!({ "host": "example.com" })), Ok(Vec::new()));
}
