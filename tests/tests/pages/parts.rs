//! Pages that are in a part of the client: opened from within, by the keyboard, by their address; and where the part cannot be had.

use crate::company::Visit;

/// Says whether the browser has fetched the part.
const FETCHED: &str =
    "return performance.getEntriesByType('resource').some(file => file.name.includes('/pkg/portico_operate.'))";

/// Where it comes from.
const PART: &str = "*/pkg/portico_operate.*";

/// Has the page ask for the part of another version.
const OTHER_VERSION: &str = "const before = window.fetch;
    window.fetch = (address, ...rest) => before(String(address).replace(/operate\\.[0-9a-f]+/, 'operate.0123456789abcdef'), ...rest)";

/// Leaves the part to be waited for until `window.fail` is called; from then on there is none.
const FAILS_LATER: &str = "const before = window.fetch;
    const gone = new Promise((_, fail) => { window.fail = () => fail(new TypeError('gone')) });
    window.fetch = (address, ...rest) => {
        if (!String(address).includes('operate')) return before(address, ...rest);
        window.asked = true;
        return gone;
    }";

/// Ends what is typed, and follows a link that has the focus.
const ENTER: &str = "\u{e007}";

#[tokio::test]
async fn a_part_is_fetched_no_sooner_than_somebody_is_about_to_open_a_page_of_it() {
    let visit = Visit::new(true).await;
    for page in ["/", "/catalog?kind=component", "/catalog/default/component/payments-api", "/search?q=payments"] {
        visit.open_alive(page).await;
        assert_eq!(visit.browser.script(FETCHED).await, false, "{page}");
    }
    visit.mark().await;
    visit.browser.click("#nav a[href='/sources']").await;
    visit.shows("h1", "Sources").await;
    visit.counts("main tbody tr", 1).await;
    assert_eq!(visit.browser.script(FETCHED).await, true);
    visit.browser.click("main tbody a[href^='/sources/']").await;
    visit.shows("main td", "did you mean lifecycle?").await;
    visit.browser.click("#nav a[href='/']").await;
    visit.shows("h1", "Home").await;
    assert!(visit.is_marked().await, "no page was loaded in full");
    assert_eq!(visit.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn a_page_of_a_part_opens_by_the_keyboard() {
    let visit = Visit::new(true).await;
    visit.open_alive("/catalog").await;
    visit.mark().await;
    visit.browser.script("document.querySelector('#nav a[href=\"/runs\"]').focus()").await;
    visit.browser.until("the part is fetched ahead", async || visit.browser.script(FETCHED).await == true).await;
    visit.browser.write("#nav a[href='/runs']", ENTER).await;
    visit.shows("h1", "Runs").await;
    assert_eq!(visit.browser.script("return document.activeElement.id").await, "main", "reading begins at the content");

    visit.open_alive("/catalog").await;
    visit.mark().await;
    visit.browser.write("body", "\u{e009}k").await;
    visit.browser.write("dialog.palette input", "plugins").await;
    visit.shows("#palette-list [aria-selected=true]", "Plugins").await;
    visit.browser.write("dialog.palette input", ENTER).await;
    visit.shows("h1", "Plugins").await;
    assert!(visit.is_marked().await);
}

#[tokio::test]
async fn a_page_of_a_part_comes_alive_at_its_address() {
    let visit = Visit::new(true).await;
    for (page, title) in [("/removed", "Removed"), ("/plugins/git", "git"), ("/runs?plugin=git", "Runs of git")] {
        visit.open_alive(page).await;
        visit.shows("h1", title).await;
        visit.mark().await;
        visit.browser.click("#nav a[href='/plugins']").await;
        visit.shows("h1", "Plugins").await;
        assert!(visit.is_marked().await, "{page}");
    }
}

#[tokio::test]
async fn a_part_that_cannot_be_had_costs_a_page_that_is_loaded_in_full() {
    let visit = Visit::new(true).await;
    assert_eq!(visit.portal.get("/pkg/portico_operate.0123456789abcdef.wasm").status, 404);
    for is_cut_off in [true, false] {
        visit.open_alive("/catalog").await;
        visit.mark().await;
        if is_cut_off {
            visit.browser.cut_off(&[PART]).await;
        } else {
            visit.browser.script(OTHER_VERSION).await;
        }
        visit.browser.click("#nav a[href='/sources']").await;
        visit.shows("h1", "Sources").await;
        assert_eq!(visit.path().await, "/sources");
        assert!(!visit.is_marked().await, "cut off: {is_cut_off}");
        // Still without the part, the page is what it is without script.
        visit.browser.click("main tbody a[href^='/sources/']").await;
        visit.shows("main td", "did you mean lifecycle?").await;
        visit.browser.cut_off(&[]).await;
    }
}

#[tokio::test]
async fn who_goes_on_before_a_part_turns_out_not_to_be_there_stays_where_they_are() {
    let visit = Visit::new(true).await;
    visit.open_alive("/catalog").await;
    visit.mark().await;
    visit.browser.script(FAILS_LATER).await;
    visit.browser.click("#nav a[href='/sources']").await;
    visit
        .browser
        .until("the part is asked for", async || visit.browser.script("return window.asked === true").await == true)
        .await;
    visit.browser.click("#nav a[href='/']").await;
    visit.shows("h1", "Home").await;
    visit.browser.script("window.fail()").await;
    visit.browser.click("#nav a[href='/catalog']").await;
    visit.shows("h1", "Components").await;
    assert!(visit.is_marked().await);
}

#[tokio::test]
async fn the_way_back_to_a_page_whose_part_cannot_be_had_leads_there() {
    let visit = Visit::new(true).await;
    visit.open_alive("/sources").await;
    visit.browser.click("#nav a[href='/catalog']").await;
    visit.shows("h1", "Components").await;
    // Loaded anew, the catalog has no part, and the page before it is still one of the same document.
    visit.browser.script("location.reload()").await;
    visit.comes_alive().await;
    visit.mark().await;
    visit.browser.cut_off(&[PART]).await;
    visit.browser.script("history.back()").await;
    visit.shows("h1", "Sources").await;
    assert_eq!(visit.path().await, "/sources");
    assert!(!visit.is_marked().await);
}
