//! What is read because the settings name it: of which facts are made, and mappings of an operator's own.

use super::*;

#[test]
fn a_sort_for_mappings_that_was_lost_leaves_the_facts_fresh() {
    let settings = json!({ "clusters": [{ "name": "prod", "server": "https://prod.test" }], "also": ["nodes"] });
    let server = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]);
    let portal = held(Portal::new().settings(settings), &[&ALL[..], &["node"]].concat());
    let portal = server.before(portal.entity(component("orders")));
    let portal = portal.answer("GET", "https://prod.test/api/v1/nodes?limit=1", forbidden("nodes"));
    portal.run(run).expect("the rest is read");
    let committed = committed(&portal, "prod");
    assert_eq!((committed.mode, committed.facts.len()), (Some(portico_sdk::Mode::Delta), 1));
    assert!(committed.problems[0].1.contains("nodes is forbidden"), "{:?}", committed.problems);
}

#[test]
fn what_else_is_wanted_is_handed_over_without_what_nobody_maps() {
    let settings = json!({
        "clusters": [{ "name": "prod", "server": "https://prod.test" }],
        "also": ["services"],
        "resources": [{ "group": "argoproj.io", "version": "v1alpha1", "plural": "rollouts" }],
    });
    let rollout = workload("Rollout", "shop", "canary");
    let at = |path: &str, limit: u32| format!("https://prod.test/{path}?limit={limit}");
    let (services, rollouts) = ("api/v1/services", "apis/argoproj.io/v1alpha1/rollouts");
    let portal = Server::new("prod").before(Portal::new().settings(settings));
    let portal = portal.answer("GET", &at(services, 1), page(&[], "")).answer("GET", &at(services, 500), page(&[], ""));
    let portal =
        portal.answer("GET", &at(rollouts, 1), page(&[], "")).answer("GET", &at(rollouts, 500), page(&[rollout], ""));
    portal.run(run).expect("read");
    let (kind, object) = committed(&portal, "prod").objects[0].clone();
    assert_eq!(
        (kind.as_str(), &object["cluster"], &object["metadata"]["name"]),
        ("rollouts.argoproj.io", &json!("prod"), &json!("canary"))
    );
    assert!(!object.to_string().contains("managedFields") && !object.to_string().contains("last-applied"), "{object}");
}

#[test]
fn services_and_ingresses_that_lead_to_a_component_are_noted_on_it() {
    let service = |name: &str, selector: Value| {
        let mut service = workload("Service", "shop", name);
        service["spec"] = json!({ "selector": selector });
        service
    };
    let services = [
        service("orders", json!({ "app": "orders" })),
        service("orders-canary", json!({ "app": "orders", "track": "canary" })),
        service("elsewhere", json!(null)),
    ];
    let mut ingress = workload("Ingress", "shop", "shop");
    ingress["spec"] = json!({ "rules": [
        { "host": "shop.acme.example", "http": { "paths": [
            { "backend": { "service": { "name": "web" } } }, { "backend": { "service": { "name": "orders" } } },
        ] } },
        { "host": "orders.acme.example", "http": { "paths": [{ "backend": { "serviceName": "orders" } }] } },
        { "host": "pay.acme.example", "http": { "paths": [{ "backend": { "service": { "name": "payments" } } }] } },
        { "http": { "paths": [{ "backend": { "service": { "name": "orders" } } }] } },
    ] });
    let clusters = json!([{ "name": "prod", "server": "https://prod.test" }]);
    let settings = json!({ "clusters": clusters, "also": ["services", "ingresses"] });
    let (services_at, ingresses_at) = ("api/v1/services", "apis/networking.k8s.io/v1/ingresses");
    let first = |path: &str| format!("https://prod.test/{path}?limit=1");
    let server = Server::new("prod")
        .list(DEPLOYMENTS, &[deployment("shop", "orders"), deployment("other", "orders")])
        .list(services_at, &services)
        .list(ingresses_at, &[ingress]);
    let portal = Portal::new().settings(settings).entity(component("orders"));
    let portal = server.before(portal).answer("GET", &first(services_at), page(&services[..1], "1"));
    let portal = portal.answer("GET", &first(ingresses_at), page(&[], ""));
    portal.run(run).expect("read");
    for sum in [
        facts(&portal, TOGETHER, "component:default/orders"),
        facts(&portal, "prod", "component:default/orders")["clusters"]["prod"].clone(),
    ] {
        assert_eq!(sum["services"], json!(["orders.shop.svc"]));
        assert_eq!(sum["ingresses"], json!(["orders.acme.example", "shop.acme.example"]));
    }
    let kinds: Vec<String> = committed(&portal, "prod").objects.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(
        kinds,
        ["workload", "workload", "service", "service", "service", "ingress"],
        "mappings have them as well"
    );
}

#[test]
fn services_that_may_not_be_read_cost_no_other_facts() {
    let clusters = json!([{ "name": "prod", "server": "https://prod.test" }]);
    let settings = json!({ "clusters": clusters, "also": ["services"] });
    let server = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]);
    let server = server.answers("api/v1/services", forbidden("services"));
    let portal = server.before(Portal::new().settings(settings).entity(component("orders")));
    let portal = portal.answer("GET", "https://prod.test/api/v1/services?limit=1", forbidden("services"));
    portal.run(run).expect("the rest is read");
    let committed = committed(&portal, "prod");
    assert_eq!((committed.facts.len(), committed.problems.len()), (1, 1), "said once: {:?}", committed.problems);
}

#[test]
fn a_custom_resource_that_is_larger_than_the_portal_takes_is_a_problem_and_costs_no_other() {
    let settings = json!({
        "clusters": [{ "name": "prod", "server": "https://prod.test" }],
        "resources": [{ "group": "argoproj.io", "version": "v1", "plural": "rollouts" }],
    });
    let of_size = |name: &str, bytes: usize| {
        let mut rollout = workload("Rollout", "shop", name);
        rollout["spec"]["notes"] = json!("x".repeat(bytes));
        rollout
    };
    let items = [of_size("too-large", 12 << 20), of_size("small", 1)];
    let at = |limit: u32| format!("https://prod.test/apis/argoproj.io/v1/rollouts?limit={limit}");
    let portal = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]);
    let portal = portal.before(Portal::new().settings(settings));
    let portal = portal.answer("GET", &at(1), page(&[], "")).answer("GET", &at(500), page(&items, ""));
    portal.run(run).expect("the rest is read");
    let committed = committed(&portal, "prod");
    let names: Vec<&Value> = committed.objects.iter().map(|(_, object)| &object["metadata"]["name"]).collect();
    assert_eq!(names, [&Value::Null, &json!("small")], "with the workload, which is called otherwise");
    assert!(committed.problems[0].1.contains("at most"), "{:?}", committed.problems);
}

#[test]
fn a_custom_resource_that_a_cluster_does_not_know_is_said() {
    let settings = json!({
        "clusters": [{ "name": "prod", "server": "https://prod.test" }],
        "resources": [{ "group": "argoproj.io", "version": "v1", "plural": "rollouts" }],
    });
    let portal = Server::new("prod").before(Portal::new().settings(settings));
    let portal = portal.answer(
        "GET",
        "https://prod.test/apis/argoproj.io/v1/rollouts?limit=1",
        answer(404, "404 page not found"),
    );
    portal.run(run).expect("the rest is read");
    let problems = committed(&portal, "prod").problems;
    assert!(problems[0].1.contains("the cluster knows no rollouts"), "{problems:?}");
}
