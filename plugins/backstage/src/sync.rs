//! One run: every portal of the settings that the run is about.
//!
//! Rule: a portal costs no other. One that could not be read is said as such and stays as it was; the run fails if none could be read. What
//! came from a portal that the settings name no more goes once those that they name have been read, as one may be the other under a new name.

use portico_sdk::{Error, Result, cursor, error, info, retain, run, unreadable};

use crate::settings::Settings;
use crate::{instance, reading};

/// Reads what the run is about.
pub(crate) fn run() -> Result<()> {
    let settings = Settings::read()?;
    let own = instance::own(&settings)?;
    let names: Vec<String> = settings.portals.iter().map(|portal| portal.name.clone()).collect();
    if names.is_empty() {
        info!("the settings name no portal; add one under `portals`");
    }
    let scopes = run::scopes();
    let is_meant = |name: &String| scopes.as_ref().is_none_or(|scopes| scopes.contains(name));
    let (mut is_any_read, mut is_any_unknown, mut failure) = (false, false, None::<Error>);
    for portal in settings.portals.iter().filter(|portal| is_meant(&portal.name)) {
        match reading::sync(portal, &own) {
            Ok(()) => is_any_read = true,
            Err(error) => {
                error!("{error}");
                is_any_unknown |= cursor(&portal.name)?.is_none();
                unreadable(&portal.name, &error.to_string())?;
                failure = Some(later(failure, error));
            }
        }
        if run::cancelled() {
            return Err(Error::Failed("the run was asked to stop; what was committed until then stands".into()));
        }
    }
    if is_any_unknown {
        info!("what came from portals that the settings name no more stays until those that they name have been read");
    } else {
        retain(&names)?;
    }
    match failure {
        Some(error) if !is_any_read => Err(error),
        _ => Ok(()),
    }
}

/// Of two failures the one that has the next run begin later.
fn later(known: Option<Error>, error: Error) -> Error {
    let after = |error: &Error| match error {
        Error::Unavailable { retry_after, .. } => retry_after.unwrap_or_default(),
        _ => 0,
    };
    match known {
        Some(known) if after(&known) >= after(&error) => known,
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::{Answer, Portal as Memory};
    use serde_json::json;

    use super::*;
    use crate::testing::{Server, component};

    fn two() -> Memory {
        Memory::new().settings(json!({ "instance": "me", "portals": [
            { "name": "down", "url": "https://down.test" }, { "name": "old", "url": "https://old.test" },
        ] }))
    }

    #[test]
    fn a_portal_that_is_down_costs_no_other() {
        let down = Answer::status(503).header("retry-after", "900");
        let memory = two().answer("GET", "https://down.test/api/plugins/backstage/instance", down);
        let memory = Server::new("old").holds(&[component("a", "1")]).before(memory);
        memory.run(run).expect("one of them could be read");
        assert_eq!(memory.commits(), ["old"]);
        assert_eq!(memory.retained(), None, "it may be one under a new name");
        let unreadable = memory.unreadable();
        assert_eq!((unreadable.len(), unreadable[0].0.as_str()), (1, "down"));
        assert!(unreadable[0].1.contains("it asks for a pause"), "{unreadable:?}");
    }

    #[test]
    fn what_came_from_others_goes_though_a_portal_that_was_read_before_is_down() {
        let down = Answer::status(503).header("retry-after", "900");
        let memory =
            two().cursor("down", "rubbish").answer("GET", "https://down.test/api/plugins/backstage/instance", down);
        let memory = Server::new("old").holds(&[component("a", "1")]).before(memory);
        memory.run(run).expect("one of them could be read");
        assert_eq!(memory.retained(), Some(vec!["down".to_owned(), "old".to_owned()]));
    }

    #[test]
    fn a_run_fails_if_no_portal_could_be_read() {
        let down = Answer::status(503).header("retry-after", "900");
        let memory = two().scopes(&["down"]).answer("GET", "https://down.test/api/plugins/backstage/instance", down);
        let error = memory.run(run).expect_err("nothing was read");
        assert!(matches!(error, Error::Unavailable { retry_after: Some(900), .. }), "{error:?}");
        assert_eq!(memory.commits(), Vec::<String>::new());
    }

    #[test]
    fn without_a_portal_there_is_nothing_to_do() {
        let memory = Memory::new().settings(json!({ "portals": [] }));
        memory.run(run).expect("nothing to do");
        assert_eq!(memory.retained(), Some(Vec::new()));
    }
}
