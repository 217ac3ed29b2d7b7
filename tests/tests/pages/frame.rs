//! What is around every page: search from anywhere, light and dark, small screens, a quiet console.

use crate::company::Visit;

/// Every page there is.
const PAGES: [&str; 12] = [
    "/",
    "/catalog?kind=component",
    "/catalog?kind=all",
    "/catalog/default/component/payments-api",
    "/catalog/default/component/payments-api/relations",
    "/catalog/default/component/payments-api/raw",
    "/sources",
    "/sources/1",
    "/runs",
    "/runs/1",
    "/plugins",
    "/plugins/git",
];

#[tokio::test]
async fn anything_is_two_words_and_a_key_away() {
    let visit = Visit::new(true).await;
    visit.open_alive("/sources").await;
    visit.browser.write("body", "\u{e009}k").await;
    visit.browser.write("dialog.palette input", "payments api").await;
    visit.shows("#palette-list", "Payments API").await;
    visit.browser.write("dialog.palette input", "\u{e007}").await;
    visit.shows("h1", "Payments API").await;
}

#[tokio::test]
async fn light_and_dark_are_the_readers_choice_and_remembered() {
    let visit = Visit::new(true).await;
    visit.open_alive("/catalog").await;
    let theme = "return document.documentElement.dataset.theme ?? null";
    let ground = "return getComputedStyle(document.body).backgroundColor";
    let before = visit.browser.script(ground).await;
    visit.browser.click("button[aria-label='Switch between light and dark']").await;
    let chosen = visit.browser.script(theme).await;
    assert!(chosen == "dark" || chosen == "light", "{chosen}");
    assert_ne!(visit.browser.script(ground).await, before, "the page changes its colours");
    visit.open("/sources").await;
    assert_eq!(visit.browser.script(theme).await, chosen, "the next page has them from the first byte");
}

#[tokio::test]
async fn no_page_complains() {
    let visit = Visit::new(true).await;
    for page in PAGES {
        visit.open_alive(page).await;
        assert_eq!(visit.browser.complaints().await, [""; 0], "{page}");
    }
}

#[tokio::test]
async fn no_page_scrolls_sideways_on_a_phone() {
    let visit = Visit::new(true).await;
    visit.browser.resize(400, 860).await;
    let sideways = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    for page in PAGES {
        visit.open_alive(page).await;
        assert_eq!(visit.browser.script(sideways).await, 0, "{page}");
    }
}

#[tokio::test]
async fn an_address_without_a_page_says_so() {
    let visit = Visit::new(true).await;
    visit.open("/no/such/page").await;
    assert_eq!(visit.portal.get("/no/such/page").status, 404);
    assert!(visit.browser.has("a[href='/catalog']").await, "it leads back");
}
