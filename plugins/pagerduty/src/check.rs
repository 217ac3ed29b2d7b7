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
        Error::Unavailable { .. } if is_about("certificate") => {
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
