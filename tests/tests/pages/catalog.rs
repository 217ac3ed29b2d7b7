//! The catalog page: words, facets, order, pages.

use crate::company::{PARTS, Visit};

#[tokio::test]
async fn words_filter_the_list_as_one_types() {
    let visit = Visit::new(true).await;
    visit.open_alive("/catalog?kind=component").await;
    visit.mark().await;
    visit.counts("main tbody tr", 50).await;
    visit.browser.write("input[name=q]", "refunds card").await;
    visit.counts("main tbody tr", 1).await;
    visit.shows("main tbody tr", "Payments API").await;
    assert!(visit.path().await.contains("q=refunds"), "the address can be shared: {}", visit.path().await);
    assert!(visit.is_marked().await, "nothing was loaded anew");
}

#[tokio::test]
async fn counts_follow_what_is_typed() {
    let visit = Visit::new(true).await;
    visit.open_alive("/catalog?kind=component").await;
    visit.shows("input[name=lifecycle][value=experimental] ~ .count", &(PARTS / 10).to_string()).await;
    visit.browser.write("input[name=q]", "part-10 lifecycle:experimental").await;
    visit.counts("main tbody tr", 1).await;
    visit.shows(".kind-list a[aria-current] .count", "1").await;
    visit.browser.write("input[name=q]", "part-10 lifecycle:").await;
    visit.shows("main", "there is no value after lifecycle").await;
    visit.shows(".kind-list a[aria-current] .count", &(PARTS + 1).to_string()).await;
}

#[tokio::test]
async fn conditions_are_typed_beside_words_and_half_of_one_is_no_failure() {
    let visit = Visit::new(true).await;
    visit.open_alive("/catalog?kind=component").await;
    visit.mark().await;
    visit.browser.write("input[name=q]", "refunds owner:").await;
    visit.shows("main", "there is no value after owner").await;
    visit.browser.write("input[name=q]", "payments dependsOn:*").await;
    visit.counts("main tbody tr", 1).await;
    visit.shows("main tbody tr", "Payments API").await;
    assert!(visit.is_marked().await, "nothing was loaded anew");
}

#[tokio::test]
async fn facets_narrow_the_list_and_can_be_taken_away() {
    let visit = Visit::new(true).await;
    visit.open_alive("/catalog?kind=component").await;
    visit.browser.click("input[name=lifecycle][value=experimental]").await;
    visit.counts("main tbody tr", PARTS / 10).await;
    visit.shows(".token", "experimental").await;
    visit.browser.click(".token a").await;
    visit.counts("main tbody tr", 50).await;
    assert!(!visit.browser.has(".token").await);
}

#[tokio::test]
async fn a_kind_is_a_click_away_and_counted() {
    let visit = Visit::new(true).await;
    visit.open_alive("/catalog?kind=component").await;
    visit.shows(".kind-list a[aria-current]", &(PARTS + 1).to_string()).await;
    visit.browser.click(".kind-list a[href*='kind=api']").await;
    visit.shows("main tbody tr", "payments-v2").await;
    visit.shows("h1", "APIs").await;
}

#[tokio::test]
async fn columns_sort_both_ways() {
    let visit = Visit::new(true).await;
    visit.open_alive("/catalog?kind=component").await;
    visit.shows("main tbody tr:first-child", "part-01").await;
    visit.browser.click("th a[href*='sort=-name']").await;
    visit.shows("main tbody tr:first-child", "Payments API").await;
    visit.shows("th[aria-sort=descending]", "Name").await;
}

#[tokio::test]
async fn pages_turn_and_going_back_turns_them_back() {
    let visit = Visit::new(true).await;
    visit.open_alive("/catalog?kind=component").await;
    visit.shows(".pager", "1–50 of 61").await;
    visit.browser.click(".pager a[rel=next]").await;
    visit.shows(".pager", "51–61 of 61").await;
    visit.counts("main tbody tr", 11).await;
    visit.browser.script("history.back()").await;
    visit.shows(".pager", "1–50 of 61").await;
}

#[tokio::test]
async fn a_list_without_matches_says_what_to_do() {
    let visit = Visit::new(true).await;
    visit.open_alive("/catalog?kind=component&q=unheard-of").await;
    visit.shows("main", "No components match").await;
    visit.browser.follow("Show all components").await;
    visit.counts("main tbody tr", 50).await;
}
