//! The catalog that is measured: generated, and shaped like a company's.
//!
//! Four of five entities are components with an owner, a system and a dependency; the others are systems, teams, APIs and
//! resources. Each has about 1.1 kB.

use portico_tests::Repository;
use serde_json::{Value, json};

/// Repositories that the entities are spread over.
pub(crate) const REPOSITORIES: usize = 20;

/// Entities in one file: a service, and what belongs to it.
const IN_A_FILE: usize = 5;

/// The path of a repository's file of this number.
pub(crate) fn file(part: usize) -> String {
    format!("part-{part}/catalog-info.yaml")
}

/// Of a hundred entities in a row: components first, then APIs, resources, systems, teams.
const COMPONENTS: usize = 80;
const APIS: usize = 88;
const RESOURCES: usize = 94;
const SYSTEMS: usize = 98;

/// How many of the entities are components.
pub(crate) fn components(count: usize) -> usize {
    (0..count).filter(|number| number % 100 < COMPONENTS).count()
}

/// The repository of this number, and the bytes of JSON in it.
pub(crate) fn repository(number: usize, count: usize) -> (Repository, u64) {
    let each = count / REPOSITORIES;
    let entities: Vec<Value> = (number * each..(number + 1) * each).map(entity).collect();
    let bytes = entities.iter().map(|entity| entity.to_string().len()).sum::<usize>() as u64;
    let text = |entity: &Value| serde_yaml::to_string(entity).expect("YAML");
    let files: Vec<(String, String)> = entities
        .chunks(IN_A_FILE)
        .enumerate()
        .map(|(part, entities)| (file(part), entities.iter().map(text).collect::<Vec<_>>().join("---\n")))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let repository = Repository::with(&files);
    repository.pack();
    (repository, bytes)
}

/// The words of a repository's file, with another description of its first entity.
pub(crate) fn changed(text: &str, turn: usize) -> String {
    let at = text.find("description: ").expect("descriptions") + "description: ".len();
    format!("{}{}{}", &text[..at], marked(turn), &text[at..])
}

/// How the description of a changed entity begins.
pub(crate) fn marked(turn: usize) -> String {
    format!("For the {turn}. time, it ")
}

/// The same with another description of every entity.
pub(crate) fn changed_all(text: &str) -> String {
    text.replace("and answers to", "and listens to")
}

/// The paths of the files of a repository.
pub(crate) fn files(count: usize) -> impl Iterator<Item = String> {
    (0..(count / REPOSITORIES).div_ceil(IN_A_FILE)).map(file)
}

fn entity(number: usize) -> Value {
    let text = "Takes part in the settlement of payments between merchants and banks, and answers to its neighbours over gRPC. ".repeat(4);
    let of = |values: &[&str]| values[number % values.len()].to_owned();
    let hundred = number / 100 * 100;
    let team = format!("team-{}", hundred + 98 + number % 2);
    let system = format!("system-{}", hundred + RESOURCES + number % 4);
    let (kind, name, spec) = match number % 100 {
        place if place < COMPONENTS => (
            "Component",
            format!("service-{number}"),
            json!({
                "type": of(&["service", "library", "website"]), "lifecycle": of(&["production", "experimental"]),
                "owner": team, "system": system, "dependsOn": [format!("component:service-{}", hundred + place / 2)],
            }),
        ),
        place if place < APIS => (
            "API",
            format!("api-{number}"),
            json!({ "type": "openapi", "lifecycle": "production", "owner": team, "system": system, "definition": text }),
        ),
        place if place < RESOURCES => (
            "Resource",
            format!("store-{number}"),
            json!({ "type": of(&["database", "bucket", "topic"]), "owner": team, "system": system }),
        ),
        place if place < SYSTEMS => ("System", format!("system-{number}"), json!({ "owner": team })),
        _ => ("Group", format!("team-{number}"), json!({ "type": "team", "children": [] })),
    };
    json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": kind,
        "metadata": {
            "name": name, "title": format!("{kind} {number}"), "description": text.trim_end(),
            "annotations": { "github.com/project-slug": format!("acme/{name}") },
            "labels": { "tier": (number % 3).to_string() },
            "tags": [of(&["java", "rust", "go"]), format!("domain-{}", number % 40)],
            "links": [{ "url": format!("https://dash.example/{number}"), "title": "Dashboard" }],
        },
        "spec": spec,
    })
}
