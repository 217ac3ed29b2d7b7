//! What mappings make users and groups of.
//!
//! Rule: an owner is a group above its teams. Teams of the first owner on a host are called as the forge calls them, those of every other
//! have its name in front, so that teams called the same stay two. A user is one, whoever's member.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::dialect::{People, Team, User};
use crate::settings::Forge;

/// Names of entities that are taken, in lower case, and what groups with paths are called.
#[derive(Default)]
struct Taken {
    names: BTreeSet<String>,
    paths: BTreeMap<String, String>,
}

impl Taken {
    fn has(&self, name: &str) -> bool {
        self.names.contains(&name.to_lowercase())
    }

    fn take(&mut self, name: &str) {
        self.names.insert(name.to_lowercase());
    }

    /// What a group is called, whose path nobody else has; and whether it was not asked for before.
    fn path(&mut self, forge: &Forge, path: &str) -> (String, bool) {
        let key = path.to_lowercase();
        if let Some(name) = self.paths.get(&key) {
            return (name.clone(), false);
        }
        let plain = forge.among.of_path(path);
        let name = if self.has(&plain) { forge.among.apart(path) } else { plain };
        self.take(&name);
        self.paths.insert(key, name.clone());
        (name, true)
    }
}

/// A user, with the names of groups.
struct Member<'a> {
    user: &'a User,
    name: String,
    groups: BTreeSet<String>,
}

/// The objects of all owners on a host.
pub(super) fn of(owners: &[(&Forge, People)]) -> Vec<(&'static str, Value)> {
    let mut taken = Taken::default();
    let tops: Vec<String> = owners.iter().map(|(forge, _)| taken.path(forge, forge.owner.as_str()).0).collect();
    let mut objects: Vec<(&'static str, Value)> =
        owners.iter().zip(&tops).map(|((forge, _), top)| ("team", owner(forge, top))).collect();
    let mut members: BTreeMap<String, Member<'_>> = BTreeMap::new();
    for (index, ((forge, people), top)) in owners.iter().zip(&tops).enumerate() {
        let names = names(forge, top, people, index == 0, &mut taken, &mut objects);
        let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for team in &people.teams {
            let Some(name) = names.get(&team.slug.to_lowercase()).filter(|name| *name != top) else { continue };
            for member in &team.members {
                groups.entry(member.to_lowercase()).or_default().insert(name.clone());
            }
        }
        for user in &people.users {
            let login = user.login.to_lowercase();
            let of_this = groups.get(&login).cloned().unwrap_or_else(|| BTreeSet::from([top.clone()]));
            let fresh = || Member { user, name: forge.among.name(&user.login), groups: BTreeSet::new() };
            members.entry(login).or_insert_with(fresh).groups.extend(of_this);
        }
    }
    objects.extend(members.into_values().map(|Member { user, name, groups }| {
        let User { login, name: title, email, description, picture, url } = user;
        let object = json!({
            "slug": name, "login": login, "name": title, "email": email, "description": description, "picture": picture, "url": url,
            "teams": groups,
        });
        ("user", object)
    }));
    objects
}

fn owner(forge: &Forge, top: &str) -> Value {
    let owner = forge.owner.as_str();
    json!({ "slug": top, "title": owner, "type": "organization", "url": format!("{}/{owner}", forge.web()) })
}

/// What the teams of an owner are called, by their slugs in lower case; makes objects of those that are none yet.
fn names(
    forge: &Forge,
    top: &str,
    people: &People,
    is_first: bool,
    taken: &mut Taken,
    objects: &mut Vec<(&'static str, Value)>,
) -> BTreeMap<String, String> {
    let mut names = BTreeMap::from([(forge.owner.as_str().to_lowercase(), top.to_owned())]);
    let (mut fresh, mut teams): (Vec<&Team>, Vec<&Team>) = (Vec::new(), people.teams.iter().collect());
    // Which of two has the plain name is not for the order of an answer to say.
    teams.sort_by_cached_key(|team| team.slug.to_lowercase());
    for team in teams {
        let slug = team.slug.to_lowercase();
        // One that is called as the owner is the owner.
        if names.contains_key(&slug) {
            continue;
        }
        if people.slugs_are_paths {
            let (name, is_fresh) = taken.path(forge, &team.slug);
            names.insert(slug, name);
            fresh.extend(is_fresh.then_some(team));
            continue;
        }
        let plain = forge.among.name(&team.slug);
        let mut name = match is_first && !taken.has(&plain) {
            true => plain,
            false => forge.among.of_path(&format!("{}/{}", forge.owner.as_str(), team.slug)),
        };
        while taken.has(&name) {
            name.push_str("-team");
        }
        taken.take(&name);
        names.insert(slug, name);
        fresh.push(team);
    }
    objects.extend(fresh.into_iter().map(|team| {
        let name = |slug: &String| names.get(&slug.to_lowercase());
        let parent = team.parent.as_ref().and_then(name).map_or(top, String::as_str);
        let object = json!({
            "slug": name(&team.slug), "title": team.title, "description": team.description, "type": "team", "parent": parent, "url": team.url,
        });
        ("team", object)
    }));
    names
}
