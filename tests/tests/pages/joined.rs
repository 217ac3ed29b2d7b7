//! What several tools say about the same services, in one list and at the head of one page.

use serde_json::{Value, json};

use crate::company::Visit;

/// Two tools that send JSON by themselves, unsigned, which loopback allows.
const TOOLS: &str = "\
ingest:
  oncall:
    object: service
    mappings:
      - object: service
        facts: { about: .about, values: { incidents: .incidents, onCall: .onCall, health: .health } }
  cluster:
    object: part
    mappings:
      - object: part
        facts: { about: .about, values: { replicas: .replicas, health: .health, changed: .changed } }
";

async fn visit(script: bool) -> Visit {
    let visit = Visit::with(TOOLS, script).await;
    let send = |source: &str, body: Value| {
        let answer = visit.portal.post(&format!("/api/ingest/{source}"), &body);
        assert_eq!(answer.status, 200, "{}", answer.body);
    };
    for (name, open, ready) in [("payments-api", 2, 1), ("part-01", 0, 1), ("part-02", 1, 3)] {
        let about = format!("component:default/{name}");
        let health = match open {
            0 => json!({ "state": "ok", "text": "no open incident" }),
            _ => {
                json!({ "state": "bad", "text": format!("{open} open incidents"), "url": "https://calls.example.com/1" })
            }
        };
        let on_call = json!({ "now": "Ada Lovelace", "email": "ada@acme.example", "until": "2099-01-01T00:00:00Z", "next": "Grace" });
        send("oncall", json!({ "about": about, "incidents": { "open": open }, "onCall": on_call, "health": health }));
        let health = json!({ "state": "warn", "text": format!("{ready} of 3 replicas ready") });
        let changed = json!({ "at": "2099-01-01T00:00:00Z", "text": "rolled out" });
        send(
            "cluster",
            json!({ "about": about, "replicas": { "ready": ready, "wanted": 3 }, "health": health, "changed": changed }),
        );
    }
    visit
}

#[tokio::test]
async fn the_head_of_a_page_says_whose_it_is_who_is_on_call_whether_it_is_healthy_and_what_changed() {
    let visit = visit(false).await;
    visit.open("/catalog/default/component/payments-api").await;
    for answer in ["Payments Core", "Ada Lovelace", "2 open incidents", "rolled out"] {
        visit.shows(".factbar", answer).await;
    }
    visit.open("/catalog/default/component/part-01").await;
    visit.shows(".factbar", "1 of 3 replicas ready").await;
    // What nobody says anything about has no such cells.
    visit.open("/catalog/default/component/part-03").await;
    visit.shows(".factbar", "Payments Core").await;
    assert!(!visit.browser.text(".factbar").await.contains("Health"));
}

#[tokio::test]
async fn any_fact_becomes_a_column_and_a_filter_and_the_list_is_saved_under_a_name() {
    let visit = visit(true).await;
    visit.open_alive("/catalog?kind=component").await;
    visit.mark().await;
    visit.browser.click("button[popovertarget=columns]").await;
    visit.browser.write("#columns input[type=search]", "open").await;
    visit.counts("#columns input[name=column]", 1).await;
    visit.browser.click("#columns input[name=column][value='facts.oncall.incidents.open']").await;
    visit.browser.click("#columns input[name=facet][value='facts.oncall.incidents.open']").await;
    visit.browser.click("#columns .dialog-foot button[popovertarget=columns]").await;
    visit.shows("main thead", "Incidents open").await;
    visit.browser.click("input[name='facts.oncall.incidents.open'][value='2']").await;
    visit.counts("main tbody tr", 1).await;
    visit.shows("main tbody tr", "Payments API").await;
    assert!(visit.is_marked().await, "nothing was loaded anew");

    visit.browser.click("button[popovertarget=save-query]").await;
    visit.browser.write("#query-title", "On fire").await;
    visit.browser.click("#save-query button[value=new]").await;
    visit.shows("h1", "On fire").await;
    visit.shows(".tabs a[aria-current]", "On fire").await;
    visit.counts("main tbody tr", 1).await;
    visit.open_alive("/").await;
    visit.shows("main .list", "On fire").await;
    visit.browser.follow("On fire").await;
    visit.shows("main tbody tr", "Payments API").await;
    // Saved over, it keeps its address.
    visit.browser.click("input[name='facts.oncall.incidents.open'][value='1']").await;
    visit.counts("main tbody tr", 2).await;
    visit.browser.click("button[popovertarget=save-query]").await;
    visit.browser.click("#save-query button[value=same]").await;
    visit.counts("main tbody tr", 2).await;
    assert_eq!(visit.portal.json("/api/portico/queries/on-fire")["entities"], 2);
    visit.browser.click("button[popovertarget=save-query]").await;
    visit.browser.click("#save-query form[action$='/remove'] button").await;
    visit.shows("h1", "Components").await;
    assert_eq!(visit.portal.get("/api/portico/queries/on-fire").status, 404);
    assert_eq!(visit.browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn columns_and_queries_work_as_forms_without_script() {
    let visit = visit(false).await;
    visit.open("/catalog?kind=component&column=facts.cluster.replicas.ready&facet=facts.cluster.replicas.ready").await;
    visit.shows("main thead", "Replicas ready").await;
    visit.browser.click("input[name='facts.cluster.replicas.ready'][value='3']").await;
    visit.browser.click(".sheet button[type=submit]").await;
    visit.counts("main tbody tr", 1).await;
    visit.shows("main tbody tr", "part-02").await;
    assert!(visit.path().await.contains("column=facts.cluster.replicas.ready"), "{}", visit.path().await);
    visit.browser.click("button[popovertarget=save-query]").await;
    visit.browser.write("#query-title", "Three ready").await;
    visit.browser.click("#save-query button[value=new]").await;
    visit.shows("h1", "Three ready").await;
    // The name is taken now, and the page says so.
    visit.open("/catalog?kind=component").await;
    visit.browser.click("button[popovertarget=save-query]").await;
    visit.browser.write("#query-title", "Three ready").await;
    visit.browser.click("#save-query button[value=new]").await;
    visit.shows(".banners", "a query has the name three-ready already").await;
}
