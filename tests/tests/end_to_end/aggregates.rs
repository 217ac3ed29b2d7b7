//! Counts of entities over the API, in groups and over time.

use portico_tests::{PortalBuilder, Repository};
use serde_json::json;

const DESCRIPTORS: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: a, labels: { cost: '12' } }
spec: { type: service, lifecycle: production, owner: x }
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: b, labels: { cost: '3' } }
spec: { type: service, lifecycle: production, owner: x }
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: c }
spec: { type: library, lifecycle: experimental, owner: y }
";

#[test]
fn entities_are_counted_and_their_numbers_added_up() {
    let repository = Repository::with(&[("catalog-info.yaml", DESCRIPTORS)]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    portal.run("git");
    let told = portal.json("/api/portico/aggregates?by=spec.type&of=metadata.labels.cost&q=kind:component");
    assert_eq!(told["whole"]["count"], 3);
    assert_eq!(
        told["groups"][0],
        json!({
            "value": "service", "count": 2, "numbers": 2, "sum": 15.0, "average": 7.5, "minimum": 3.0, "maximum": 12.0,
        })
    );
    let told = portal.json("/api/portico/aggregates/over-time?q=lifecycle:production&of=metadata.labels.cost&points=2");
    let points: Vec<_> =
        told["items"].as_array().expect("points").iter().map(|it| (&it["count"], &it["sum"])).collect();
    assert_eq!(points, [(&json!(0), &json!(0.0)), (&json!(2), &json!(15.0))]);

    let refused = portal.get("/api/portico/aggregates/over-time?q=owner:x");
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("what depends on relations cannot be told over time"), "{}", refused.body);
    assert_eq!(portal.get("/api/portico/aggregates?by=spec.type&of=x&what=y").status, 400);
}
