//! Users and teams of an owner, as entities with their memberships.
//!
//! Rule: they are read whole or not at all, and no more often than every hour: each team is a question by itself. A webhook, or whoever
//! asks for them, has them read at once.

use std::collections::{BTreeMap, BTreeSet};

use portico_sdk::{Result, Session, Summary, clock};
use serde_json::{Value, json};

use crate::api::Api;
use crate::dialect::People;
use crate::settings::Forge;

/// Milliseconds.
const FRESH: u64 = 60 * 60 * 1000;

/// Reads users and teams, unless it was done a short while ago.
pub(crate) fn read(forge: &Forge, api: &Api, is_asked: bool) -> Result<Option<Summary>> {
    let scope = forge.people_scope();
    let read_at = portico_sdk::cursor(&scope)?.and_then(|cursor| {
        let (settings, at) = cursor.split_once(' ')?;
        at.parse::<u64>().ok().filter(|_| settings == forge.digest())
    });
    if read_at.is_some_and(|at| clock::now().saturating_sub(at) < FRESH) && !is_asked {
        portico_sdk::current(&scope)?;
        return Ok(None);
    }
    let people = forge.dialect().people(api, forge.owner.as_str())?;
    let mut session = Session::full(&scope)?;
    for (kind, object) in objects(forge, &people) {
        session.push(kind, &object)?;
    }
    session.commit(Some(&format!("{} {}", forge.digest(), clock::now()))).map(Some)
}

/// What mappings make entities of. The owner is a group above all teams.
fn objects(forge: &Forge, people: &People) -> Vec<(&'static str, Value)> {
    let top = forge.owner.as_str().replace('/', "-");
    let mut objects = vec![(
        "team",
        json!({ "slug": top, "title": forge.owner.as_str(), "type": "organization", "url": format!("{}/{}", forge.web(), forge.owner.as_str()) }),
    )];
    let teams = || people.teams.iter().filter(|team| !team.slug.eq_ignore_ascii_case(&top));
    let mut member_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for team in teams() {
        for member in &team.members {
            member_of.entry(member).or_default().insert(&team.slug);
        }
        objects.push((
            "team",
            json!({
                "slug": team.slug, "title": team.title, "description": team.description, "type": "team",
                "parent": team.parent.as_ref().unwrap_or(&top), "url": team.url,
            }),
        ));
    }
    for user in &people.users {
        let teams = member_of.get(user.login.as_str()).cloned().unwrap_or_else(|| BTreeSet::from([top.as_str()]));
        objects.push((
            "user",
            json!({
                "login": user.login, "name": user.name, "email": user.email, "picture": user.picture, "url": user.url,
                "teams": teams,
            }),
        ));
    }
    objects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Team, User};
    use crate::testing::forge;

    #[test]
    fn a_user_is_a_member_of_each_team_and_else_of_the_owner() {
        let forge = forge(r#"{"type":"github","owner":"acme"}"#);
        let user = |login: &str| User { login: login.into(), ..User::default() };
        let team = |slug: &str, parent: Option<&str>, members: &[&str]| Team {
            slug: slug.into(),
            parent: parent.map(str::to_owned),
            members: members.iter().map(|&member| member.to_owned()).collect(),
            ..Team::default()
        };
        let people = People {
            users: vec![user("ada"), user("bob")],
            teams: vec![team("core", None, &["ada"]), team("ui", Some("core"), &["ada"])],
        };
        let objects = objects(&forge, &people);
        let of = |key: &str, name: &str| {
            objects.iter().find(|(_, object)| object[key] == name).map(|(_, object)| object.clone())
        };
        assert_eq!(of("slug", "acme").expect("the owner")["type"], "organization");
        assert_eq!(of("slug", "core").expect("a team")["parent"], "acme");
        assert_eq!(of("slug", "ui").expect("a team")["parent"], "core");
        assert_eq!(of("login", "ada").expect("a user")["teams"], json!(["core", "ui"]));
        assert_eq!(of("login", "bob").expect("a user")["teams"], json!(["acme"]));
    }
}
