//! Kinds as data: declared in files and over the API, read through the Git plugin, derived in the sandbox.

use portico_tests::{Portal, PortalBuilder, Repository, until};
use serde_json::{Value, json};

const CLUSTER: &str = "\
name: Cluster
apiVersions: [acme.example/v1]
schema:
  required: [nodes]
  properties: { nodes: { type: integer } }
relations:
  - { field: region, relation: runsIn, inverse: hosts, targets: [Region], required: true }
";

const REGION: &str = "\
name: Region
apiVersions: [acme.example/v1]
properties:
  - { name: nodes, sum: { along: hosts, path: spec.nodes } }
  - { name: crowded, jq: '.properties.nodes > 10' }
";

const DESCRIPTORS: &str = "\
apiVersion: acme.example/v1
kind: Region
metadata: { name: eu }
spec: {}
---
apiVersion: acme.example/v1
kind: Cluster
metadata: { name: blue }
spec: { nodes: 9, region: eu }
---
apiVersion: acme.example/v1
kind: Cluster
metadata: { name: green }
spec:
  nodes: many
  region: eu
";

fn entity(portal: &Portal, kind: &str, name: &str) -> Option<Value> {
    let answer = portal.get(&format!("/api/catalog/entities/by-name/{kind}/default/{name}"));
    (answer.status == 200).then(|| answer.json())
}

fn declare(portal: &Portal, declaration: &str, dry: bool) -> portico_tests::Answer {
    let path = if dry { "/api/portico/kinds?dryRun=true" } else { "/api/portico/kinds" };
    portal.send("POST", path, Some(declaration), &[("content-type", "application/yaml")])
}

#[test]
fn kinds_in_files_are_there_with_the_portal_and_follow_their_files() {
    let repository = Repository::with(&[("catalog-info.yaml", DESCRIPTORS)]);
    let portal = PortalBuilder::reading(&[&repository])
        .configured("kinds: [kinds]\n")
        .file("kinds/cluster.yaml", CLUSTER)
        .file("kinds/region.yaml", REGION)
        .start();
    portal.run("git");
    let region = entity(&portal, "region", "eu").expect("a region");
    assert_eq!(region["properties"], json!({ "nodes": 9, "crowded": false }));

    let problems = portal.json("/api/portico/problems");
    let problem = &problems["items"][0];
    assert_eq!(problem["message"], "`spec.nodes` is \"many\", where a whole number is expected.");
    assert_eq!((&problem["line"], &problem["column"]), (&json!(15), &json!(10)), "it is said where");

    let file = portal.folder().join("kinds/region.yaml");
    std::fs::write(&file, REGION.replace("> 10", "> 5")).expect("a file");
    until("the region is crowded", || {
        (entity(&portal, "region", "eu")?["properties"]["crowded"] == true).then_some(())
    });
    std::fs::write(&file, "name: Region\ncolour: red\n").expect("a file");
    until("the portal says what is wrong", || {
        portal.log().contains("region.yaml, line 2: the key `colour` is not known here").then_some(())
    });
    assert_eq!(entity(&portal, "region", "eu").expect("it stays")["properties"]["crowded"], true);

    std::fs::remove_file(&file).expect("removed");
    until("the kind is gone", || entity(&portal, "region", "eu").is_none().then_some(()));
    assert!(entity(&portal, "cluster", "blue").is_some());
}

#[test]
fn a_portal_does_not_start_with_a_kind_that_cannot_be_used() {
    let said = PortalBuilder::new("kinds: [kinds]\n").file("kinds/a.yaml", "name: Component\nschema: {}\n").refused();
    assert!(said.contains("the kind `Component`, at `schema`: the kind is built in"), "{said}");
    let said = PortalBuilder::new("kinds: [nowhere]\n").refused();
    assert!(said.contains("the folder nowhere under `kinds` in portico.yaml cannot be read"), "{said}");
}

#[test]
fn a_kind_declared_over_the_api_is_there_at_once() {
    let repository = Repository::with(&[("catalog-info.yaml", DESCRIPTORS)]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    portal.run("git");
    assert_eq!(entity(&portal, "cluster", "blue"), None);

    assert_eq!(declare(&portal, CLUSTER, true).status, 200);
    assert_eq!(portal.get("/api/portico/kinds/cluster").status, 404, "it was only tried");
    let declared = declare(&portal, CLUSTER, false);
    assert_eq!(declared.status, 200, "{}", declared.body);
    until("what was refused is read again", || entity(&portal, "cluster", "blue"));
    assert_eq!(portal.json("/api/portico/kinds/cluster")["origin"], json!({ "type": "api" }));
    let schema = portal.json("/api/portico/kinds/Cluster/schema");
    assert_eq!(schema["properties"]["kind"]["const"], "Cluster");
    assert!(portal.json("/api/portico/schema")["properties"]["kind"]["enum"].to_string().contains("Cluster"));

    let found = portal.json("/api/catalog/entities/by-query?q=runsIn:eu&fields=metadata.name");
    assert_eq!(found["items"], json!([{ "metadata": { "name": "blue" } }]));

    let smaller = CLUSTER.replace("type: integer", "type: integer, maximum: 5");
    let effect = declare(&portal, &smaller, true).json();
    assert_eq!((&effect["documents"], &effect["invalid"]), (&json!(1), &json!(1)), "{effect}");
    assert_eq!(effect["examples"][0]["messages"], json!(["`spec.nodes` is 9; the most is 5."]));

    let portal = portal.kill_and_restart();
    assert_eq!(entity(&portal, "cluster", "blue").expect("it is kept")["spec"]["nodes"], 9);
    assert_eq!(portal.send("DELETE", "/api/portico/kinds/Cluster", None, &[]).status, 200);
    assert_eq!(entity(&portal, "cluster", "blue"), None);
    assert_eq!(portal.send("DELETE", "/api/portico/kinds/Cluster", None, &[]).status, 404);
    assert_eq!(portal.send("DELETE", "/api/portico/kinds/Component", None, &[]).status, 409);
}

#[test]
fn an_expression_that_never_ends_costs_its_own_value_and_nothing_else() {
    let system = "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: shop }\nspec: { owner: a }\n";
    let repository = Repository::with(&[("catalog-info.yaml", system)]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    let declaration = "\
name: System
properties:
  - { name: endless, jq: 'def f: f; f' }
  - { name: large, jq: '[range(1e9)]' }
  - { name: deep, jq: 'reduce range(1e7) as $i (.; [.])' }
  - { name: grown, jq: 'reduce range(64) as $i (\"x\"; . + .)' }
  - { name: length, jq: '.metadata.name | length' }
";
    let declared = declare(&portal, declaration, false);
    assert_eq!(declared.status, 200, "{}", declared.body);
    portal.run("git");
    let system = entity(&portal, "system", "shop").expect("a system");
    assert_eq!(system["properties"], json!({ "length": 4 }));
    let said: Vec<&str> = system["status"]["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|item| item["message"].as_str())
        .collect();
    assert_eq!(said.len(), 4, "{said:?}");
    assert_eq!(said[0], "`properties.endless` takes too many steps; simplify its expression");
    assert!(said.iter().all(|said| said.ends_with("simplify its expression")), "{said:?}");
    for (expression, sentence) in [
        (".a |", "at `properties[0].jq`: at character 5: a term is expected"),
        ("env.HOME", "at `properties[0].jq`: at character 1: there is no function `env/0` here"),
    ] {
        let declared =
            declare(&portal, &format!("name: System\nproperties: [{{ name: x, jq: '{expression}' }}]"), false);
        assert_eq!(declared.status, 400);
        assert!(declared.body.contains(sentence), "{}", declared.body);
    }
}
