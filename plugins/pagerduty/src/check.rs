//! Whether all of this can work: each thing that it rests on is looked at, and what is missing is said in words.
//!
//! Rule: nothing is changed, and little is asked for: one item of each list.

use portico_sdk::checks::Findings;
use portico_sdk::{Error, Result, clock};

use crate::api::{Api, Haste, List};
use crate::links::Links;
use crate::settings::Settings;
use crate::{time, webhook};

/// What is read, the list's key, the scope of a token that may, and what is missing without it.
const LISTS: [(&str, &str, &str, &str); 5] = [
    ("/services", "services", "services.read", "no service is shown"),
    ("/escalation_policies", "escalation_policies", "escalation_policies.read", "nobody knows who is called"),
    ("/schedules", "schedules", "schedules.read", "the rotas are not shown"),
    ("/oncalls", "oncalls", "oncalls.read", "nobody knows who is on call"),
    ("/incidents", "incidents", "incidents.read", "no incident is shown"),
];

/// Looks at everything.
pub(crate) fn check(findings: &mut Findings) {
    let settings = match Settings::read() {
        Ok(settings) => settings,
        Err(error) => return findings.failed("Settings", error.to_string()),
    };
    let api = Api::new(&settings.api, Haste::Waited);
    if !reach(&api, &settings, findings) {
        return;
    }
    for (path, key, scope, without) in &LISTS[1..] {
        match List::new(&api, path, key).count() {
            Ok(count) => findings.passed(subject(key), format!("The token may read them; there are {count}.")),
            Err(error) => findings.failed(subject(key), format!("{error}. It takes `{scope}`; without it {without}.")),
        }
    }
    teams(&api, &settings, findings);
    users(&api, &settings, findings);
    links(&settings, findings);
    heard(findings);
}

fn subject(key: &str) -> String {
    let words = if key == "oncalls" { "who is on call".to_owned() } else { key.replace('_', " ") };
    format!("Reads {words}")
}

/// Whether PagerDuty answers, and knows the token. There is no use in going on otherwise.
fn reach(api: &Api, settings: &Settings, findings: &mut Findings) -> bool {
    let host = settings.api.split("://").last().unwrap_or_default();
    let (path, key, scope, without) = LISTS[0];
    match List::new(api, path, key).with_each("team_ids[]", &settings.teams).count() {
        Ok(0) => {
            findings.passed(format!("Reaches {host}"), "It answers, and knows the token.");
            findings.warned(
                subject(key),
                "There is not one that the token may see. Is it of the right account, and are `teams` in the settings the right ones?",
            );
            true
        }
        Ok(count) => {
            findings.passed(format!("Reaches {host}"), "It answers, and knows the token.");
            findings.passed(subject(key), format!("The token may read them; there are {count}."));
            true
        }
        Err(error) => {
            let is_forbidden = matches!(&error, Error::Denied(text) if text.contains("(403"));
            if is_forbidden {
                findings.passed(format!("Reaches {host}"), "It answers, and knows the token.");
                findings.failed(subject(key), format!("{error}. It takes `{scope}`; without it {without}."));
            } else {
                findings.failed(format!("Reaches {host}"), advised(&error));
            }
            is_forbidden
        }
    }
}

/// An error, and what to do about it.
fn advised(error: &Error) -> String {
    let text = error.to_string();
    let is_about = |word: &str| text.to_lowercase().contains(word);
    let advice = match error {
        Error::Denied(_) if text.contains("(401") => {
            "A key of the other service region is not known either: `settings.api` says which one is asked"
        }
        Error::Failed(_) | Error::Unavailable { .. } if is_about("certificate") => {
            "Somebody on the way, such as a proxy, shows another certificate than PagerDuty's; have it let this host through, or let the portal's \
             machine trust its authority (SSL_CERT_FILE)"
        }
        Error::Unavailable { retry_after: Some(_), .. } => "It is there, and limits the rate; ask again later",
        Error::Unavailable { .. } => {
            "Check `settings.api`, and that the portal's machine may reach it; a proxy or a firewall may be in the way"
        }
        Error::Invalid(_) | Error::Failed(_) | Error::NotFound(_) => {
            "Check that `settings.api` is the address of PagerDuty's API"
        }
        Error::Denied(_) => return text,
    };
    format!("{}. {advice}.", text.trim_end_matches('.'))
}

fn teams(api: &Api, settings: &Settings, findings: &mut Findings) {
    for team in &settings.teams {
        if let Err(error) = api.get(&format!("/teams/{team}"), &[]) {
            findings.failed(
                format!("Team {team}"),
                format!("{error}. Correct `teams` in the settings: nothing is read until then."),
            );
        }
    }
}

/// Whether whoever acts is known.
fn users(api: &Api, settings: &Settings, findings: &mut Findings) {
    if !settings.actions {
        return;
    }
    let subject = "In whose name buttons act";
    let Some(from) = &settings.from else {
        return findings.passed(
            subject,
            "In that of who presses them, by the e-mail address of their User entity. Nobody else can: set `from` for those. Whether the \
             token may write is seen when one is pressed first.",
        );
    };
    let known: Result<u64> = List::new(api, "/users", "users").with("query", from).count();
    match known {
        Ok(0) => findings.failed(subject, format!("PagerDuty knows no user {from}; correct `from` in the settings.")),
        Ok(_) => findings.passed(
            subject,
            format!("In that of who presses them, else of {from}. Whether the token may write is seen when one is pressed first."),
        ),
        Err(error) => findings.warned(subject, format!("Whether PagerDuty knows {from} cannot be found out: {error}")),
    }
}

/// Whether anything in the catalog says what it is.
fn links(settings: &Settings, findings: &mut Findings) {
    let subject = "Entities that name a service";
    match Links::read().map(|links| links.said()) {
        Ok(0) if settings.match_by_name => {
            findings.passed(subject, "None has an annotation; components are linked with the services of their names.");
        }
        Ok(0) => findings.warned(
            subject,
            "No entity has the annotation `pagerduty.com/service-id` or `pagerduty.com/integration-key`, so that no page shows anything; add it \
             to descriptors, or set `matchByName`.",
        ),
        Ok(count) => findings.passed(subject, format!("{count} have an annotation.")),
        Err(error) => findings.failed(subject, format!("The catalog cannot be read: {error}")),
    }
}

/// Whether webhooks come.
fn heard(findings: &mut Findings) {
    let subject = "Hears webhooks";
    match webhook::last() {
        Ok(Some(last)) => {
            let hours = clock::now().saturating_sub(last) / (60 * 60 * 1_000);
            let said = if hours == 0 { "in the last hour".to_owned() } else { format!("at {}", time::written(last)) };
            findings.passed(subject, format!("One came {said}."));
        }
        Ok(None) => findings.warned(
            subject,
            "None has come yet, so that what happens shows with the next run only. Add a webhook (v3) in PagerDuty, to \
             /api/plugins/pagerduty/webhook of this portal, and press Send Test Event there.",
        ),
        Err(error) => findings.warned(subject, format!("When one came last cannot be found out: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::Entity;
    use portico_sdk::checks::Outcome;
    use portico_sdk::testing::{Answer, Portal};
    use serde_json::{Value, json};

    use super::*;
    use crate::links::SERVICE_ID;
    use crate::testing::BASE;

    fn url(path: &str, query: &str) -> String {
        format!("{BASE}{path}?{query}limit=1&offset=0&total=true")
    }

    /// What a list answers, of which the first item is asked.
    fn lists(mut portal: Portal, count: u64) -> Portal {
        for (path, key, ..) in LISTS {
            let body = json!({ key: [], "more": count > 1, "total": count });
            portal = portal.answer("GET", &url(path, ""), Answer::json(&body));
        }
        portal
    }

    fn found(portal: &Portal) -> Vec<(Outcome, String)> {
        let mut findings = Findings::default();
        portal.run(|| check(&mut findings));
        findings.all().iter().map(|one| (one.outcome, format!("{}: {}", one.subject, one.message))).collect()
    }

    fn said(portal: &Portal, outcome: Outcome) -> Vec<String> {
        found(portal).into_iter().filter(|(how, _)| *how == outcome).map(|(_, said)| said).collect()
    }

    #[test]
    fn a_plugin_that_can_do_its_work_is_told_so() {
        let annotated = Entity::component("orders").annotation(SERVICE_ID, "P1");
        let now = Portal::new().now();
        let portal = lists(Portal::new().entity(annotated).keep("heard", &json!(now - 5_000)), 3);
        let found = found(&portal);
        assert!(found.iter().all(|(outcome, _)| *outcome == Outcome::Passed), "{found:#?}");
        assert_eq!(found[0].1, "Reaches api.pagerduty.com: It answers, and knows the token.");
        assert_eq!(found.last().map(|(_, said)| said.as_str()), Some("Hears webhooks: One came in the last hour."));
    }

    #[test]
    fn a_server_that_cannot_be_asked_is_said_with_what_to_do_and_nothing_more_is_asked() {
        let unavailable = |reason: &str| Answer::error(Error::Unavailable { reason: reason.into(), retry_after: None });
        for (answer, parts) in [
            (unavailable("connection refused"), ["connection refused", "that the portal's machine may reach it"]),
            (
                Answer::error(Error::Failed("the certificate of api.pagerduty.com was refused (UnknownIssuer)".into())),
                ["UnknownIssuer", "have it let this host through"],
            ),
            (Answer::status(401), ["PagerDuty does not know the token (401)", "A key of the other service region"]),
            (Answer::status(429).header("ratelimit-reset", "30"), ["left alone for 30 s", "limits the rate"]),
            (Answer::status(404), ["PagerDuty has no such thing", "is the address of PagerDuty's API"]),
            (Answer::body("<html>"), ["the answer cannot be read", "is the address of PagerDuty's API"]),
        ] {
            let portal = Portal::new().answer("GET", &url("/services", ""), answer);
            let found = found(&portal);
            assert_eq!((found.len(), found[0].0), (1, Outcome::Failed), "{found:#?}");
            for part in parts {
                assert!(found[0].1.contains(part), "{part} is missing in {}", found[0].1);
            }
            assert_eq!(portal.requests().len(), 1);
        }
    }

    #[test]
    fn what_a_token_may_not_read_is_said_with_its_scope() {
        let portal = lists(Portal::new().answer("GET", &url("/oncalls", ""), Answer::status(403)), 3);
        let failed = said(&portal, Outcome::Failed);
        assert_eq!(failed.len(), 1);
        assert!(
            failed[0].starts_with("Reads who is on call: ") && failed[0].contains("It takes `oncalls.read`"),
            "{failed:?}"
        );
        let portal = lists(Portal::new().answer("GET", &url("/services", ""), Answer::status(403)), 3);
        let failed = said(&portal, Outcome::Failed);
        assert!(failed[0].starts_with("Reads services: ") && failed[0].contains("`services.read`"), "{failed:?}");
    }

    #[test]
    fn what_is_only_strange_is_a_warning() {
        let warned = said(&lists(Portal::new(), 0), Outcome::Warned);
        for (said, part) in warned.iter().zip(["There is not one", "No entity has the annotation", "None has come yet"])
        {
            assert!(said.contains(part), "{warned:#?}");
        }
        assert_eq!(warned.len(), 3);
    }

    #[test]
    fn whoever_acts_and_every_team_has_to_be_known() {
        let settings = json!({ "teams": ["PGONE"], "actions": true, "from": "bot@acme.test" });
        let users = |count: u64| Answer::json(&json!({ "users": [], "more": false, "total": count }));
        for (count, failures) in [(0, 2), (1, 1)] {
            let services = Answer::json(&json!({ "services": [], "more": false, "total": 4 }));
            let portal = Portal::new()
                .settings(settings.clone())
                .answer("GET", &url("/services", "team_ids[]=PGONE&"), services)
                .answer("GET", &format!("{BASE}/teams/PGONE"), Answer::status(404))
                .answer("GET", &url("/users", "query=bot%40acme.test&"), users(count));
            let failed = said(&lists(portal, 4), Outcome::Failed);
            assert_eq!(failed.len(), failures, "{failed:#?}");
            assert!(failed[0].starts_with("Team PGONE: "), "{failed:#?}");
        }
        let wrong = Portal::new().settings(json!({ "api": Value::Null }));
        assert!(found(&wrong)[0].1.starts_with("Settings: "));
    }
}
