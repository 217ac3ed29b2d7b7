//! What mappings make users and groups of.
//!
//! Rule: an owner is a group above its teams. Teams of the first owner on a host are called as the forge calls them, those of every other
//! have its name in front, so that teams called the same stay two. A user is one, whoever's member.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::dialect::{People, Team, User};
use crate::settings::Forge;

/// Names of entities that are taken, in lower case.
struct Taken(BTreeSet<String>);

impl Taken {
    fn has(&self, name: &str) -> bool {
        self.0.contains(&name.to_lowercase())
    }

    fn take(&mut self, name: &str) {
        self.0.insert(name.to_lowercase());
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
    let mut taken = Taken(owners.iter().map(|(forge, _)| top(forge).to_lowercase()).collect());
    let mut objects: Vec<(&'static str, Value)> = owners.iter().map(|(forge, _)| ("team", owner(forge))).collect();
    let mut members: BTreeMap<String, Member<'_>> = BTreeMap::new();
    for (index, (forge, people)) in owners.iter().enumerate() {
        let names = names(forge, people, index == 0, &mut taken, &mut objects);
        let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for team in &people.teams {
            let Some(name) = names.get(&team.slug.to_lowercase()).filter(|name| **name != top(forge)) else { continue };
            for member in &team.members {
                groups.entry(member.to_lowercase()).or_default().insert(name.clone());
            }
        }
        for user in &people.users {
            let login = user.login.to_lowercase();
            let of_this = groups.get(&login).cloned().unwrap_or_else(|| BTreeSet::from([top(forge)]));
            let fresh = || Member { user, name: forge.among.name(&user.login), groups: BTreeSet::new() };
            members.entry(login).or_insert_with(fresh).groups.extend(of_this);
        }
    }
    objects.extend(members.into_values().map(|Member { user, name, groups }| {
        let User { login, name: title, email, picture, url } = user;
        let object = json!({ "slug": name, "login": login, "name": title, "email": email, "picture": picture, "url": url, "teams": groups });
        ("user", object)
    }));
    objects
}

/// What the owner is called.
fn top(forge: &Forge) -> String {
    forge.among.name(&plain_top(forge))
}

fn plain_top(forge: &Forge) -> String {
    forge.owner.as_str().replace('/', "-")
}

fn owner(forge: &Forge) -> Value {
    let owner = forge.owner.as_str();
    json!({ "slug": top(forge), "title": owner, "type": "organization", "url": format!("{}/{owner}", forge.web()) })
}

/// What the teams of an owner are called, by their slugs in lower case; makes objects of those that are none yet.
fn names(
    forge: &Forge,
    people: &People,
    is_first: bool,
    taken: &mut Taken,
    objects: &mut Vec<(&'static str, Value)>,
) -> BTreeMap<String, String> {
    let (plain_top, top) = (plain_top(forge), top(forge));
    let mut names = BTreeMap::from([(plain_top.to_lowercase(), top.clone())]);
    let mut fresh: Vec<&Team> = Vec::new();
    for team in &people.teams {
        let slug = team.slug.to_lowercase();
        // One that is called as the owner is the owner.
        if names.contains_key(&slug) {
            continue;
        }
        let plain = forge.among.name(&team.slug);
        // A slug that is a path is nobody else's: whoever has taken it is the same.
        if people.slugs_are_paths && taken.has(&plain) {
            names.insert(slug, plain);
            continue;
        }
        let is_plain = people.slugs_are_paths || is_first && !taken.has(&plain);
        let mut name = if is_plain { plain } else { forge.among.name(&format!("{plain_top}-{}", team.slug)) };
        while taken.has(&name) {
            name.push_str("-team");
        }
        taken.take(&name);
        names.insert(slug, name);
        fresh.push(team);
    }
    objects.extend(fresh.into_iter().map(|team| {
        let name = |slug: &String| names.get(&slug.to_lowercase());
        let parent = team.parent.as_ref().and_then(name).unwrap_or(&top);
        let object = json!({
            "slug": name(&team.slug), "title": team.title, "description": team.description, "type": "team", "parent": parent, "url": team.url,
        });
        ("team", object)
    }));
    names
}
