//! Killing the process while it takes a sync in, again and again.
//!
//! Rule of the portal that is tested: a sync is visible whole or not at all, whenever the process ends.

use portico_tests::{Portal, PortalBuilder, Repository, until};
use serde_json::Value;

/// Entities a generation: enough for a commit that takes a while.
const ENTITIES: usize = 400;

/// Kills. Each comes later in the run than the one before.
const KILLS: usize = 12;

fn generation(number: usize) -> String {
    let document = |index: usize| {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: part-{index}\n  labels: {{ generation: g{number} }}\n\
             spec:\n  type: service\n  lifecycle: production\n  owner: group:money\n"
        )
    };
    (0..ENTITIES).map(document).collect::<Vec<_>>().join("---\n")
}

/// The one generation that the catalog shows; none while it is empty.
fn shown(portal: &Portal) -> Option<String> {
    let facets = portal.json("/api/catalog/entity-facets?facet=metadata.labels.generation");
    let values = facets["facets"]["metadata.labels.generation"].as_array().expect("a facet").clone();
    assert!(values.len() <= 1, "the catalog shows two generations at once: {facets}");
    values.first().map(|value| {
        assert_eq!(value["count"], ENTITIES, "half a sync is visible: {facets}");
        value["value"].as_str().unwrap_or_default().to_owned()
    })
}

#[test]
fn a_killed_process_never_leaves_half_a_sync() {
    let repository = Repository::with(&[("catalog-info.yaml", &generation(0))]);
    let mut portal = PortalBuilder::reading(&[&repository]).start();
    let mut caught = 0;
    for kill in 1..=KILLS {
        repository.commit(&[("catalog-info.yaml", &generation(kill))]);
        let started = portal.post("/api/portico/plugins/git/runs", &Value::Null);
        assert_eq!(started.status, 202, "{}", started.body);
        // Each look takes a moment; the run goes on meanwhile.
        let running = (0..kill * 4)
            .all(|_| portal.json(&format!("/api/portico/runs/{}", started.json()["id"]))["state"] == "running");
        caught += usize::from(running);
        portal = portal.kill_and_restart();
        let visible = shown(&portal);
        let possible =
            [None, Some("g0".to_owned())].into_iter().chain((1..=kill).map(|number| Some(format!("g{number}"))));
        assert!(possible.into_iter().any(|generation| generation == visible), "{visible:?} after kill {kill}");
    }
    assert!(caught > 0, "every run was over before its kill; the test kills too late");

    let journal = portal.json("/api/portico/runs?limit=100");
    let open: Vec<&Value> =
        journal["items"].as_array().expect("runs").iter().filter(|run| run["state"] == "running").collect();
    assert!(open.is_empty(), "a run that was killed is not shown as going on: {open:?}");

    let last = format!("g{KILLS}");
    until("the last generation is taken in", || {
        portal.run("git");
        (shown(&portal).as_ref() == Some(&last)).then_some(())
    });
}
