//! What was removed comes back; what changes is heard; what leads to nothing is told.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use portico_tests::{Portal, PortalBuilder, Repository};
use serde_json::{Value, json};

fn system(name: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {{ name: {name} }}\nspec: {{ owner: a }}\n---\n"
    )
}

fn status(portal: &Portal, name: &str) -> u16 {
    portal.get(&format!("/api/catalog/entities/by-name/system/default/{name}")).status
}

/// Reads the stream of changes until there are so many, beginning after `last`.
fn follow(portal: &Portal, last: Option<u64>, count: usize) -> Vec<Value> {
    let host = portal.address().strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(host).expect("a connection");
    let resumed = last.map(|last| format!("Last-Event-ID: {last}\r\n")).unwrap_or_default();
    let request = format!("GET /api/portico/changes/events?after=0 HTTP/1.1\r\nHost: {host}\r\n{resumed}\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let data = lines.filter_map(|line| line.strip_prefix("data: ").map(str::to_owned));
    data.take(count).map(|data| serde_json::from_str(&data).expect("JSON")).collect()
}

#[test]
fn what_was_removed_comes_back_with_one_request_and_changes_are_streamed() {
    let repository = Repository::with(&[("catalog-info.yaml", &(system("shop") + &system("till")))]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    portal.run("git");
    repository.commit(&[("catalog-info.yaml", &system("till"))]);
    portal.run("git");
    assert_eq!(status(&portal, "shop"), 404);
    let bin = portal.json("/api/portico/bin");
    assert_eq!((&bin["total"], &bin["items"][0]["entityRef"]), (&json!(1), &json!("system:default/shop")));

    let wish = json!({ "entityRef": "system:default/shop" });
    assert_eq!(portal.post("/api/portico/bin/restore", &wish).status, 204);
    assert_eq!(status(&portal, "shop"), 200);
    assert_eq!(portal.post("/api/portico/bin/restore", &wish).status, 404);
    assert_eq!(portal.json("/api/portico/bin")["total"], 0);

    let all = follow(&portal, None, 4);
    let told: Vec<(&str, &str)> = all
        .iter()
        .map(|change| (change["kind"].as_str().expect("a kind"), change["entityRef"].as_str().expect("a name")))
        .collect();
    let (shop, till) = ("system:default/shop", "system:default/till");
    assert_eq!(told, [("added", shop), ("added", till), ("removed", shop), ("added", shop)]);
    let second = all[1]["sequence"].as_u64();
    assert_eq!(follow(&portal, second, 2), all[2..], "who comes back goes on where it was");
}

#[test]
fn references_that_lead_to_nothing_are_listed_for_their_owner_and_counted() {
    let repository = Repository::with(&[("catalog-info.yaml", &system("shop"))]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    portal.run("git");
    let problems = portal.json("/api/portico/problems?owner=a");
    assert_eq!(problems["items"][0]["cause"], "dangling");
    assert_eq!(
        problems["items"][0]["message"],
        "`ownedBy` leads to `group:default/a`, which is not in the catalog; correct the reference, or bring the entity in"
    );
    assert_eq!(portal.json("/api/portico/problems?owner=b")["items"], json!([]));
    assert!(portal.get("/metrics").body.contains("portico_problems_by_cause{cause=\"dangling\"} 1"));
}
