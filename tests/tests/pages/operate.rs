//! Sources, runs and plugins: what came from where, and starting what brings it.

use crate::company::Visit;

#[tokio::test]
async fn a_source_shows_what_could_not_be_read_and_why() {
    let visit = Visit::new(true).await;
    visit.open_alive("/sources").await;
    visit.counts("main tbody tr", 1).await;
    visit.browser.click("main tbody a[href^='/sources/']").await;
    visit.shows("main td, main th", "kyc-adapter/catalog-info.yaml:4").await;
    visit.shows("main td", "did you mean lifecycle?").await;
}

#[tokio::test]
async fn a_run_can_be_started_and_followed_to_its_end() {
    let visit = Visit::new(true).await;
    visit.repository.commit(&[("kyc-adapter/catalog-info.yaml", "")]);
    visit.open_alive("/plugins/git").await;
    visit.mark().await;
    visit.browser.click("form[action='/plugins/git/run'] button").await;
    visit.browser.until("the run's page", async || visit.path().await.starts_with("/runs/")).await;
    visit.shows("h1 ~ .status", "Succeeded").await;
    visit.browser.until("the run's log", async || !visit.browser.texts(".log li").await.is_empty()).await;
    assert!(visit.is_marked().await, "the page followed the run without being loaded anew");
    visit.open("/runs").await;
    visit.counts("main tbody tr", 2).await;
}

#[tokio::test]
async fn a_plugin_shows_what_it_asks_for_beside_what_it_got() {
    let visit = Visit::new(true).await;
    visit.open_alive("/plugins").await;
    visit.browser.click("main tbody a[href='/plugins/git']").await;
    visit.shows("h1", "git").await;
    visit.shows(".ask", "repositories").await;
    visit.shows(".ask .status", "Granted").await;
    visit.shows(".code", &visit.repository.path().display().to_string()).await;
}

#[tokio::test]
async fn a_location_is_registered_followed_and_forgotten_with_and_without_script() {
    for script in [true, false] {
        let visit = Visit::new(script).await;
        visit.open("/sources").await;
        visit.browser.write("#locations input[name=target]", "https://forge.test/acme/x.git/a.yaml\u{e007}").await;
        visit.shows("#locations tbody th", "acme/x.git/a.yaml").await;
        let failing = async || {
            visit.open("/sources").await;
            visit.browser.texts("#locations tbody td").await.iter().any(|text| text.contains("Failing"))
        };
        visit.browser.until("the location is read", failing).await;
        visit.shows("#locations tbody .sub", "may not read the repository").await;

        visit.browser.write("#locations input[name=target]", "https://forge.test/acme/x.git/a.yaml\u{e007}").await;
        visit.shows("#locations .banner", "is registered already").await;
        visit.counts("#locations tbody tr", 1).await;

        visit.browser.click("#locations a[href*='forget=']").await;
        visit.shows("#locations .banner", "Forget this location?").await;
        visit.browser.click("#locations .banner button").await;
        visit.counts("#locations tbody tr", 0).await;
        assert_eq!(visit.portal.json("/api/catalog/locations"), serde_json::json!([]));
    }
}

#[tokio::test]
async fn a_sync_that_would_remove_much_is_asked_about_on_the_page_of_its_source() {
    for script in [true, false] {
        let visit = Visit::new(script).await;
        visit.repository.commit(&[("catalog-info.yaml", "# nothing is left")]);
        assert_eq!(visit.portal.run("git")["state"], "failed");
        let source = visit.portal.json("/api/portico/sources")["items"][0]["id"].to_string();
        let entities = || visit.portal.json("/api/catalog/entities/by-query?limit=0")["totalItems"].clone();
        let all = entities();

        visit.open(&format!("/sources/{source}")).await;
        visit.shows(".banner", "would remove 64 of 64 entities").await;
        visit.browser.click("form[action$='/removals/discard'] button").await;
        visit.counts("form[action$='/removals/discard']", 0).await;
        assert_eq!(entities(), all, "everything is kept");

        assert_eq!(visit.portal.run("git")["state"], "failed", "it asks again");
        visit.open(&format!("/sources/{source}")).await;
        visit.browser.click("form[action$='/removals/confirm'] button").await;
        visit.counts("form[action$='/removals/confirm']", 0).await;
        visit.browser.until("they are gone", async || entities() == 0).await;
    }
}

#[tokio::test]
async fn a_removed_entity_is_brought_back_by_a_form() {
    let visit = Visit::new(false).await;
    visit.change("name: part-07", "name: part-77").await;
    visit.open("/removed").await;
    visit.shows("main tbody tr", "part-07").await;
    visit.browser.click("main tbody form button").await;
    visit.shows("h1", "part-07").await;
    // The portal itself says it now, which no plugin's page tells of.
    visit.browser.click(".factbar a[href^='/sources/']").await;
    visit.shows("h1", "restored").await;
    assert!(!visit.browser.has("main a[href^='/plugins/']").await);
    visit.open("/removed").await;
    visit.shows("main", "Nothing was removed").await;
}
