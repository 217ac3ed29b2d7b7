//! The life of plugins on pages: what came with the portal is installed, what waits is looked at, what was removed is brought back. With forms alone.

use std::fs;

use portico_tests::{Browser, PortalBuilder, Repository, changed_plugin, plugin_command, until};
use serde_json::Value;

use crate::company::Visit;

const TRUST: &str = "trust: { unsigned: true }\n";

/// A version of a plugin; one that asks for a few things more says so.
fn version(version: &str, more: bool) -> Vec<u8> {
    changed_plugin("hostile", |manifest| {
        let manifest = manifest.replacen("version: 0.1.0", &format!("version: {version}"), 1);
        let more = if more { "  memory: { size: 256MiB, reason: To remember more. }\n" } else { "" };
        manifest.replacen("asks:\n", &format!("asks:\n{more}"), 1)
    })
}

async fn visit(config: &str) -> Visit {
    let (repository, portal) = (Repository::with(&[("README.md", "# Nothing\n")]), PortalBuilder::new(config).start());
    Visit { repository, portal, browser: Browser::start(false).await }
}

fn plugin(visit: &Visit, name: &str) -> Value {
    visit.portal.json(&format!("/api/portico/plugins/{name}"))
}

#[tokio::test]
async fn what_comes_with_the_portal_is_a_click_away() {
    let visit = visit("").await;
    visit.open("/plugins").await;
    visit.shows("#built-in h2", "Comes with the portal").await;
    visit.shows("main .empty b", "No plugins").await;
    visit.browser.click("#built-in button[aria-label='Install Files and web addresses']").await;
    visit.shows("#waiting h2", " waits").await;
    assert!(visit.path().await.starts_with("/plugins/locations"), "{}", visit.path().await);
    visit.shows("#waiting dd", "built-in:locations").await;
    visit.browser.click("#waiting .card-foot button[data-variant=primary]").await;
    visit.browser.until("it runs", async || plugin(&visit, "locations")["origin"] == "built-in:locations").await;
    visit.open("/plugins").await;
    visit.shows("main .table", "locations").await;
    assert!(
        !visit.browser.texts("#built-in .ask").await.concat().contains("Files and web addresses"),
        "it is installed by now"
    );
}

#[tokio::test]
async fn a_version_in_the_folder_that_asks_for_more_is_looked_at_on_its_page() {
    let visit = visit("plugins:\n  hostile: { settings: { attack: nothing }, every: never }\n").await;
    let file = visit.portal.folder().join("data/plugins/hostile.wasm");
    fs::write(&file, version("1.0.0", false)).expect("a file");
    until("the first runs", || (plugin(&visit, "hostile")["version"] == "1.0.0").then_some(()));
    for (number, button, expected) in [("2.0.0", "Turn it away", "1.0.0"), ("3.0.0", "Let it run", "3.0.0")] {
        fs::write(&file, version(number, true)).expect("a file");
        until("it waits", || (plugin(&visit, "hostile")["waiting"]["version"]["version"] == number).then_some(()));
        visit.open("/plugins").await;
        visit
            .shows(".banner", "1.0.0 runs on until somebody has looked at it. It asks for more: memory 256 MiB.")
            .await;
        visit.open("/plugins/hostile").await;
        visit.shows("#waiting h2", &format!("Version {number} waits")).await;
        assert_eq!(visit.browser.texts("#waiting .ask .tag").await, ["more than before"]);
        let place = if button == "Let it run" { "[data-variant=primary]" } else { "[formaction]" };
        visit.shows(&format!("#waiting .card-foot button{place}"), button).await;
        visit.browser.click(&format!("#waiting .card-foot button{place}")).await;
        visit.browser.until("nothing waits", async || plugin(&visit, "hostile")["waiting"] == Value::Null).await;
        assert_eq!(plugin(&visit, "hostile")["version"], expected, "{button}");
    }
}

#[tokio::test]
async fn a_plugin_that_was_removed_comes_back_from_the_page_of_what_was_removed() {
    let visit = visit(TRUST).await;
    let folder = visit.portal.folder();
    let command = |arguments: &[&str]| {
        let (done, said) = plugin_command(folder, &[arguments, &["--at", visit.portal.address()]].concat());
        assert!(done, "{said}");
    };
    fs::write(folder.join("config.yaml"), "settings: { attack: nothing }\nevery: never\n").expect("a file");
    fs::write(folder.join("one.wasm"), version("1.0.0", false)).expect("a file");
    command(&["install", "one.wasm", "--config", "config.yaml", "--approve"]);
    command(&["remove", "hostile"]);
    visit.open("/removed").await;
    visit.shows("main .table", "hostile").await;
    visit.browser.click("button[aria-label='Bring back hostile']").await;
    visit.shows("h1", "hostile").await;
    assert_eq!(visit.path().await, "/plugins/hostile");
    assert_eq!(plugin(&visit, "hostile")["settings"]["attack"], "nothing");

    // One whose name is taken stays where it is, and says why.
    command(&["remove", "hostile"]);
    visit.open("/removed").await;
    command(&["install", "one.wasm", "--config", "config.yaml", "--approve"]);
    visit.browser.click("button[aria-label='Bring back hostile']").await;
    visit.shows(".banner", "another plugin hostile was installed in the meantime").await;
}

#[tokio::test]
async fn a_signature_is_chosen_beside_the_file_that_it_is_for() {
    let keys = tempfile::tempdir().expect("a folder");
    let (done, said) = plugin_command(keys.path(), &["keygen", "acme.key"]);
    assert!(done, "{said}");
    let public = fs::read_to_string(keys.path().join("acme.key.pub")).expect("a key").replace('\n', "\n        ");
    let visit = visit(&format!("trust:\n  keys:\n    - name: Acme\n      key: |\n        {public}\n")).await;
    let package = keys.path().join("one.wasm");
    fs::write(&package, version("1.0.0", false)).expect("a file");
    let choose = async |signature: Option<&str>| {
        visit.open("/plugins").await;
        visit.browser.write("#package", &package.display().to_string()).await;
        if let Some(name) = signature {
            visit.browser.write("#signatures", &keys.path().join(name).display().to_string()).await;
        }
        visit.browser.click("form[action='/plugins/install'] button[data-variant=primary]").await;
    };
    choose(None).await;
    visit.shows(".banner", "the package is not signed").await;
    fs::write(keys.path().join("one.pem"), "AAAA").expect("a file");
    choose(Some("one.pem")).await;
    visit.shows(".banner", "one.pem is no signature by its name.").await;
    fs::write(keys.path().join("one.wasm.sig"), "AAAA").expect("a file");
    choose(Some("one.wasm.sig")).await;
    visit.shows(".banner", "one.wasm.sig beside the upload").await;
}
