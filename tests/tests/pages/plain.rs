//! Without script: every page reads, every link leads, every form answers.

use crate::company::Visit;

#[tokio::test]
async fn the_first_page_is_complete_in_its_first_bytes() {
    let visit = Visit::new(false).await;
    let page = visit.portal.get("/catalog?kind=component").body;
    for text in ["part-01", "part-50", "61 components", "Payments Core", "experimental", "1–50 of 61"] {
        assert!(page.contains(text), "{text} is missing");
    }
}

#[tokio::test]
async fn the_catalog_filters_by_a_form() {
    let visit = Visit::new(false).await;
    visit.open("/catalog?kind=component").await;
    visit.browser.write("input[name=q]", "refunds\u{e007}").await;
    visit.counts("main tbody tr", 1).await;
    visit.open("/catalog?kind=component").await;
    visit.browser.click("input[name=lifecycle][value=experimental]").await;
    visit.browser.click("form[action='/catalog'] button[type=submit]").await;
    visit.counts("main tbody tr", 6).await;
}

#[tokio::test]
async fn entities_and_their_relations_are_links() {
    let visit = Visit::new(false).await;
    visit.open("/catalog?kind=component&q=refunds").await;
    visit.browser.follow("Payments API").await;
    visit.shows("h1", "Payments API").await;
    visit.browser.follow("payments-v2").await;
    visit.shows("h1", "payments-v2").await;
}

#[tokio::test]
async fn a_run_starts_by_a_form_and_leads_to_its_page() {
    let visit = Visit::new(false).await;
    visit.open("/plugins/git").await;
    visit.browser.click("form[action='/plugins/git/run'] button").await;
    // The form's answer is a redirect: the click ends before the page has changed.
    visit.shows("h1", "git, run 2").await;
    assert_eq!(visit.path().await, "/runs/2");
}

#[tokio::test]
async fn search_is_a_page() {
    let visit = Visit::new(false).await;
    visit.open("/catalog").await;
    visit.browser.click(".search-open").await;
    visit.browser.write("input[name=q]", "payments-api\u{e007}").await;
    visit.shows("main .list", "Payments API").await;
}
