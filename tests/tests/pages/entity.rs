//! The page of an entity.

use crate::company::Visit;

const PAYMENTS_API: &str = "/catalog/default/component/payments-api";

#[tokio::test]
async fn an_entity_tells_what_it_is_whose_it_is_and_where_it_comes_from() {
    let visit = Visit::new(true).await;
    visit.open_alive(PAYMENTS_API).await;
    visit.shows("h1", "Payments API").await;
    visit.shows(".lead", "Authorises, captures and refunds card payments").await;
    visit.shows(".factbar", "Payments Core").await;
    visit.shows("main", "catalog-info.yaml").await;
    visit.shows("main", "Capture failures").await;
    visit.shows(".banners", "1 reference leads nowhere.").await;
}

#[tokio::test]
async fn relations_lead_both_ways() {
    let visit = Visit::new(true).await;
    visit.open_alive(PAYMENTS_API).await;
    visit.mark().await;
    visit.browser.click("main a[href='/catalog/default/api/payments-v2']").await;
    visit.shows("h1", "payments-v2").await;
    visit.browser.click("main a[href='/catalog/default/component/payments-api']").await;
    visit.shows("h1", "Payments API").await;
    visit.browser.click(".tabs a[href$='/relations']").await;
    visit.shows("main table", "card-processing").await;
    assert!(visit.is_marked().await, "nothing was loaded anew");
}

#[tokio::test]
async fn the_document_is_there_as_the_catalog_holds_it() {
    let visit = Visit::new(true).await;
    visit.open_alive(PAYMENTS_API).await;
    visit.browser.click(".tabs a[href$='/raw']").await;
    visit.shows(".code", "backstage.io/managed-by-location").await;
    assert!(visit.path().await.ends_with("/raw"), "a tab has an address");
}

#[tokio::test]
async fn the_source_of_an_entity_is_a_click_away() {
    let visit = Visit::new(true).await;
    visit.open_alive(PAYMENTS_API).await;
    visit.browser.click(".factbar a[href^='/sources/']").await;
    visit.shows("main", "kyc-adapter/catalog-info.yaml").await;
}

#[tokio::test]
async fn an_entity_that_does_not_exist_is_told_of() {
    let visit = Visit::new(true).await;
    visit.open("/catalog/default/component/nowhere").await;
    visit.shows("main", "nowhere").await;
    assert_eq!(visit.portal.get("/catalog/default/component/nowhere").status, 404);
    visit.open("/catalog/default/component/kyc-adapter").await;
    visit.shows("main", "A document describes it, in kyc-adapter/catalog-info.yaml, line 4, and was not taken").await;
}

#[tokio::test]
async fn the_history_says_what_changed_and_who_caused_it() {
    let visit = Visit::new(true).await;
    visit.open_alive(PAYMENTS_API).await;
    visit.browser.click(".tabs a[href$='/history']").await;
    visit.shows(".list > li .status", "Added").await;
    visit.change("Authorises, captures", "Captures").await;
    visit.open(&format!("{PAYMENTS_API}/history")).await;
    visit.shows(".list > li .status", "Changed").await;
    visit.shows(".diff-line", "metadata.description").await;
    visit.shows(".diff-line ins", "Captures and refunds card payments").await;
    visit.shows(".list > li", "by git from").await;
}

#[tokio::test]
async fn an_owner_sees_what_is_wrong_with_what_it_owns_even_if_it_never_came_in() {
    let visit = Visit::new(true).await;
    visit.open_alive("/catalog/default/group/payments").await;
    visit.shows("main", "Problems of what it owns").await;
    visit.shows("main table", "kyc-adapter").await;
    visit.shows("main table", "did you mean").await;
    // What refers to nothing is a problem of its owner as well.
    visit.shows("main table", "payments-db").await;
}
