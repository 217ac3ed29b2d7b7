//! Locations of the type `url` that lie in no repository: plain files of a web server.

use portico_tests::{Portal, PortalBuilder, Web, until};
use serde_json::{Value, json};

fn system(name: &str) -> String {
    format!("apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {{ name: {name} }}\nspec: {{ owner: a }}\n")
}

fn leads(targets: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {{ name: all }}\nspec: {{ targets: {targets} }}\n"
    )
}

/// A portal that reads the server's files, and could read repositories as well.
fn portal(web: &Web) -> Portal {
    let config = format!(
        "plugins:\n  locations:\n    every: never\n    grants: {}\n  git:\n    every: never\n    settings: {{ repositories: [] }}\n",
        web.grants()
    );
    PortalBuilder::new(&config).start()
}

fn register(portal: &Portal, target: &str) {
    let created = portal.post("/api/catalog/locations", &json!({ "type": "url", "target": target }));
    assert_eq!(created.status, 201, "{}", created.body);
}

fn run(portal: &Portal) -> Value {
    let run = portal.run("locations");
    assert_eq!(run["state"], "succeeded", "{run}\n{:?}", portal.run_log(&run));
    run
}

fn status(portal: &Portal, name: &str) -> u16 {
    portal.get(&format!("/api/catalog/entities/by-name/system/default/{name}")).status
}

fn appears(portal: &Portal, name: &str) -> Value {
    until(&format!("{name} appears"), || {
        let answer = portal.get(&format!("/api/catalog/entities/by-name/system/default/{name}"));
        (answer.status == 200).then(|| answer.json())
    })
}

#[test]
fn a_file_of_the_web_is_read_with_what_it_leads_to_and_only_asked_about_while_it_rests() {
    let web = Web::with(&[
        ("/catalog/all.yaml", &leads("[./a.yaml, ../b.yaml, ./gone.yaml]")),
        ("/catalog/a.yaml", &system("a")),
        ("/b.yaml", &system("b")),
    ]);
    let portal = portal(&web);
    register(&portal, &web.url("/catalog/all.yaml"));
    appears(&portal, "b");
    let entity = appears(&portal, "a");
    let annotations = &entity["metadata"]["annotations"];
    let address = web.url("/catalog/a.yaml");
    assert_eq!(annotations["backstage.io/managed-by-location"], json!(format!("url:{address}")));
    let origin = format!("url:{}", web.url("/catalog/all.yaml"));
    assert_eq!(annotations["backstage.io/managed-by-origin-location"], json!(origin));
    assert_eq!(annotations["backstage.io/view-url"], json!(address));
    until("the first reading ends", || {
        let runs = portal.json("/api/portico/plugins/locations")["runs"].clone();
        runs.as_array().is_some_and(|runs| runs.iter().all(|run| run["state"] != "running")).then_some(())
    });
    let mut first = web.answered();
    first.sort();
    assert_eq!(first, ["200 /b.yaml", "200 /catalog/a.yaml", "200 /catalog/all.yaml", "404 /catalog/gone.yaml"]);

    let rests = run(&portal);
    let mut second = web.answered();
    second.sort();
    assert_eq!(second, ["304 /b.yaml", "304 /catalog/a.yaml", "304 /catalog/all.yaml", "404 /catalog/gone.yaml"]);
    assert_eq!(rests["summary"]["unchanged"], 0, "nothing is put again: {rests}");

    web.put("/catalog/a.yaml", &system("renamed"));
    run(&portal);
    let third = web.answered();
    let count = |status: &str| third.iter().filter(|answer| answer.starts_with(status)).count();
    assert_eq!(count("200"), 3, "what has changed is fetched once, and the rest with it: {third:?}");
    assert_eq!((status(&portal, "renamed"), status(&portal, "a"), status(&portal, "b")), (200, 404, 200));

    let problems = portal.json("/api/portico/problems");
    let told = problems.to_string();
    assert!(told.contains("the target ./gone.yaml is missing: there is no file http://localhost:"), "{told}");
}

#[test]
fn an_address_is_read_by_one_plugin_alone() {
    let web = Web::with(&[("/all.yaml", &system("a"))]);
    let portal = portal(&web);
    register(&portal, &web.url("/all.yaml"));
    register(&portal, "https://example.test/all.yaml");
    appears(&portal, "a");
    let failing = until("the other address is shown as failing", || {
        let locations = portal.json("/api/portico/locations");
        let items = locations["items"].as_array()?.clone();
        items.into_iter().find(|item| item["source"]["state"] == "failing")
    });
    assert_eq!(failing["target"], "https://example.test/all.yaml");
    let failure = failing["source"]["failure"].as_str().unwrap_or_default().to_owned();
    assert!(
        failure.contains("lies in no Git repository") && failure.contains("grant its host to the plugin `locations`"),
        "{failure}"
    );
    run(&portal);
    portal.run("git");
    let sources = portal.json("/api/portico/sources");
    let mut by: Vec<(String, String)> = Vec::new();
    for source in sources["items"].as_array().expect("sources") {
        by.push((
            source["plugin"].as_str().unwrap_or_default().into(),
            source["scope"].as_str().unwrap_or_default().into(),
        ));
    }
    by.sort();
    let expected = [
        ("git".to_owned(), "url:https://example.test/all.yaml".to_owned()),
        ("locations".to_owned(), format!("url:{}", web.url("/all.yaml"))),
    ];
    assert_eq!(by, expected);
}

#[test]
fn a_trial_reads_the_web_as_well_and_says_what_to_do_about_a_redirect() {
    let web = Web::with(&[
        ("/good.yaml", &system("a")),
        ("/old.yaml", "http://localhost/new.yaml"),
        ("/bad.yaml", "kind: System\nmetadata: {}\n"),
    ]);
    let portal = portal(&web);
    let tried = |path: &str| {
        let body = json!({ "type": "url", "target": web.url(path) });
        portal.post("/api/catalog/locations?dryRun=true", &body)
    };
    let good = tried("/good.yaml");
    let kinds: Vec<Value> =
        good.json()["entities"].as_array().expect("entities").iter().map(|entity| entity["kind"].clone()).collect();
    assert_eq!((good.status, kinds), (201, vec![json!("Location"), json!("System")]), "{}", good.body);
    for (path, expected) in [
        ("/old.yaml", "on to http://localhost/new.yaml; name that address instead"),
        ("/gone.yaml", "there is no file at http://localhost:"),
        ("/bad.yaml", "/bad.yaml, line 1: "),
    ] {
        let tried = tried(path);
        assert!(tried.status == 400 && tried.body.contains(expected), "{path}: {} {}", tried.status, tried.body);
    }
    assert_eq!(portal.json("/api/catalog/entities"), json!([]));
}

#[test]
fn an_address_that_nobody_reads_is_told_what_to_configure() {
    let portal = PortalBuilder::new("plugins:\n  locations: { every: never }\n").start();
    let body = json!({ "type": "url", "target": "https://example.test/all.yaml" });
    let tried = portal.post("/api/catalog/locations?dryRun=true", &body);
    assert!(tried.status == 400 && tried.body.contains("grant the host to the plugin `locations`"), "{}", tried.body);
}
