//! What this portal is called among portals, and what another one is called that federates as well.
//!
//! Rule: the name is made once and kept, unless the operator says another; whoever may ask this portal is told it. A portal that has not
//! this plugin takes nothing over, so that it needs no name: no circle goes through it.

use std::hash::{DefaultHasher, Hash, Hasher};

use portico_sdk::routes::{Request, Response};
use portico_sdk::{Error, Result, clock, state};
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::chain;
use crate::settings::Settings;

/// Below `/api/plugins/backstage`.
const PATH: &str = "/instance";

/// The key in the plugin's state.
const KEY: &str = "instance";

/// What a portal says of itself.
#[derive(Debug, Serialize, Deserialize)]
struct Said {
    instance: String,
}

/// What this portal is called.
pub(crate) fn own(settings: &Settings) -> Result<String> {
    if let Some(name) = &settings.instance {
        return Ok(name.clone());
    }
    if let Some(name) = state::get::<String>(KEY)? {
        return Ok(name);
    }
    // Two portals that were set up in the same millisecond read different portals.
    let mut hash = DefaultHasher::new();
    settings.portals.hash(&mut hash);
    let name = format!("portal-{:x}-{:04x}", clock::now(), hash.finish() & 0xffff);
    state::set(KEY, &name)?;
    // Of two calls that made one at the same time, the later name stands.
    Ok(state::get(KEY)?.unwrap_or(name))
}

/// What another portal is called; none if it is a Backstage, or does not federate. One that cannot be asked is an error: without its name
/// a circle could begin.
pub(crate) fn of(api: &Api<'_>) -> Result<Option<String>> {
    let answer = match api.send(&format!("/api/plugins/backstage{PATH}"), &[]) {
        Ok(answer) => answer,
        Err(Error::Denied(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    if answer.status >= 500 || answer.status == 429 {
        return Err(api.failed(answer.ok().err(), "what it is called"));
    }
    // Some answer whatever they are asked with the pages of a browser.
    let said = answer.ok().ok().and_then(|answer| answer.json::<Said>().ok());
    Ok(said.map(|said| said.instance).filter(|name| chain::is_name(name)))
}

/// Tells who asks.
pub(crate) fn handle(request: &Request) -> Result<Response> {
    match request.path.as_str() {
        PATH => Response::json(&Said { instance: own(&Settings::read()?)? }),
        other => Err(Error::NotFound(format!("there is nothing at `{other}`; ask for `{PATH}`"))),
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::{Answer, Portal};
    use serde_json::json;

    use super::*;
    use crate::testing;

    const ASKED: &str = "https://old.test/api/plugins/backstage/instance";

    #[test]
    fn a_name_is_made_once_and_told_to_who_asks() {
        let portal = Portal::new().settings(testing::settings(json!({})));
        let made = portal.run(|| own(&Settings::read()?)).expect("a name");
        assert!(chain::is_name(&made), "{made}");
        let later = portal.at(9).settings(testing::settings(json!({ "filter": ["kind=api"] })));
        assert_eq!(later.run(|| own(&Settings::read()?)).expect("a name"), made);
        let request = Request { method: "GET".into(), path: PATH.into(), ..Request::default() };
        let told = later.run(|| handle(&request)).expect("an answer");
        assert_eq!(String::from_utf8_lossy(&told.body), json!({ "instance": made }).to_string());
        let odd = Request { path: "/x".into(), ..request };
        assert!(matches!(later.run(|| handle(&odd)), Err(Error::NotFound(_))));
    }

    #[test]
    fn what_the_operator_calls_it_goes_before() {
        let settings = json!({ "portals": [], "instance": "acme-berlin" });
        let portal = Portal::new().keep(KEY, &json!("portal-1")).settings(settings);
        assert_eq!(portal.run(|| own(&Settings::read()?)).as_deref(), Ok("acme-berlin"));
    }

    #[test]
    fn only_a_portal_that_federates_has_a_name() {
        let name = |answer: Answer| {
            let portal = Portal::new().answer("GET", ASKED, answer);
            let old = testing::portal(json!({}));
            portal.run(|| of(&Api::patient(&old)))
        };
        assert_eq!(name(Answer::json(&json!({ "instance": "acme" }))), Ok(Some("acme".into())));
        for other in [
            Answer::status(404),
            Answer::status(401),
            Answer::status(302),
            Answer::body("<html>"),
            Answer::json(&json!({ "instance": "a b" })),
            Answer::error(Error::Denied("not granted".into())),
        ] {
            assert_eq!(name(other.clone()), Ok(None), "{other:?}");
        }
        for down in
            [Answer::status(502), Answer::error(Error::Unavailable { reason: "down".into(), retry_after: None })]
        {
            assert!(matches!(name(down.clone()), Err(Error::Unavailable { .. })), "{down:?}");
        }
    }
}
