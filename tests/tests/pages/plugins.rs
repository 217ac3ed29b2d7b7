//! Plugins on pages: their cards, what becomes of their objects, what they are granted and set to; with script and without.

use std::fs;

use portico_tests::{changed_plugin, plugin_command};
use serde_json::Value;

use crate::company::Visit;

const TRUST: &str = "trust: { unsigned: true }\n";

/// Ends what is typed into a field that answers to it.
const ENTER: char = '\u{e007}';

/// Chooses all that stands in a field, so that what is typed next takes its place.
const ALL: &str = "\u{e009}a\u{e000}";

const PAYMENTS: &str = "/catalog/default/component/payments-api";

/// A card in each place.
const CARDS: &str = "
  - { id: over, title: Deployments, place: overview, width: 6 }
  - { id: side, title: Beside, place: sidebar }
  - { id: tab, title: Deployments of it, place: tab }
  - { id: home, title: Deployments of all, place: home }
";

/// Installs a plugin that does what its settings say, under a name of its own and with cards of its own.
fn install(visit: &Visit, name: &str, cards: &str, attack: &str, grants: &str) {
    install_saying(visit, name, cards, attack, grants, "");
}

/// The same with further lines in its manifest.
fn install_saying(visit: &Visit, name: &str, cards: &str, attack: &str, grants: &str, says: &str) {
    package(visit, name, cards, says, |manifest| manifest);
    let config = format!("every: never\nsettings: {{ attack: {attack} }}\ngrants: {{ catalog: {grants} }}\n");
    fs::write(visit.portal.folder().join("config.yaml"), config).expect("a file");
    command(visit, &["install", "package.wasm", "--config", "config.yaml", "--approve"]);
}

/// Makes a package of a plugin, with further lines in its manifest.
fn package(visit: &Visit, name: &str, cards: &str, says: &str, change: impl Fn(String) -> String) {
    let package = changed_plugin("hostile", |manifest| {
        let (before, rest) = manifest.split_once("cards:\n").expect("cards");
        let (_, after) = rest.split_once("routes:\n").expect("routes");
        let before = before.replace("name: hostile", &format!("name: {name}"));
        let before = before.replace("name: Hostile", &format!("name: {}", name.to_uppercase()));
        change(format!("{before}{says}cards:{cards}routes:\n{after}"))
    });
    fs::write(visit.portal.folder().join("package.wasm"), package).expect("a file");
}

/// Has the command line do something to the portal's plugins.
fn command(visit: &Visit, arguments: &[&str]) {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--at", visit.portal.address()]).collect();
    let (done, said) = plugin_command(visit.portal.folder(), &arguments);
    assert!(done, "{said}");
}

fn with_everything(visit: &Visit, name: &str, attack: &str) {
    install(visit, name, CARDS, attack, "{ read: ['*'], write: ['*'], attach: ['*'] }");
}

/// The place of a capability in the list of what a plugin asks for.
fn ask(plugin: &Value, capability: &str) -> usize {
    let asks = plugin["asks"].as_array().expect("asks");
    asks.iter().position(|ask| ask["capability"] == capability).expect("an ask")
}

#[tokio::test]
async fn cards_stand_in_their_places_and_show_what_their_buttons_did() {
    for script in [true, false] {
        let visit = Visit::with(TRUST, script).await;
        with_everything(&visit, "deploys", "return");
        visit.open(PAYMENTS).await;
        for place in [".split-below #card-deploys-over", ".split > .stack #card-deploys-side"] {
            visit.shows(place, "a line").await;
        }
        visit.browser.follow("Deployments of it").await;
        visit.shows("#card-deploys-tab", "a line").await;
        visit.browser.click("#card-deploys-tab button[popovertarget]").await;
        visit.browser.write("#card-deploys-tab input[name='input.reason']", &format!("late{ENTER}")).await;
        visit.shows("#card-deploys-tab h3", r#"do {"reason":"late"}"#).await;
        assert!(visit.path().await.starts_with(&format!("{PAYMENTS}/deploys:tab")), "the reader is where the card is");

        visit.open("/").await;
        visit.browser.click("#card-deploys-home button[popovertarget]").await;
        visit.browser.write("#card-deploys-home input[name='input.reason']", &format!("early{ENTER}")).await;
        visit.shows("#card-deploys-home h3", r#"do {"reason":"early"}"#).await;
        assert!(visit.browser.complaints().await.is_empty(), "{:?}", visit.browser.complaints().await);
    }
}

#[tokio::test]
async fn a_card_that_takes_too_long_spoils_neither_the_page_nor_its_neighbour() {
    for script in [true, false] {
        let visit = Visit::with(TRUST, script).await;
        with_everything(&visit, "deploys", "return");
        with_everything(&visit, "slow", "spin");
        visit.open(PAYMENTS).await;
        visit.shows("h1", "Payments API").await;
        visit.shows("#card-deploys-over", "a line").await;
        visit.shows("main .card h2", "Where it comes from").await;
        if !script {
            visit.shows("#card-slow-over", "It is still being drawn. Load the page again to see it.").await;
            let is_there = async || {
                visit.open(PAYMENTS).await;
                visit.browser.has("#card-slow-over [role=alert]").await
                    && visit.browser.has("#card-slow-side [role=alert]").await
            };
            visit.browser.until("it was drawn meanwhile", is_there).await;
        }
        visit.shows("#card-slow-over [role=alert]", "This card could not be drawn").await;
        visit.shows("#card-slow-side [role=alert]", "This card could not be drawn").await;
    }
}

#[tokio::test]
async fn a_button_that_cannot_be_pressed_leads_back_with_the_reason() {
    let visit = Visit::with(TRUST, false).await;
    with_everything(&visit, "deploys", "return");
    let payments = "component%3Adefault%2Fpayments-api";
    for (card, entity, action, page, reason) in [
        ("tab", payments, "do", "/catalog/default/component/payments-api/deploys:tab", "input.reason is missing"),
        ("over", payments, "undo", PAYMENTS, "has no button for undo"),
        ("home", "", "do", "/", "input.reason is missing"),
    ] {
        let body = format!("entity={entity}&action={action}");
        let answer = visit.portal.send("POST", &format!("/cards/deploys/{card}/invoke"), Some(&body), &[]);
        let back = answer.link.unwrap_or_default();
        assert!(answer.status == 303 && back.starts_with(&format!("{page}?refused=")), "{back}");
        visit.open(&back).await;
        visit.shows(".banner", "The button did nothing.").await;
        visit.shows(".banner", reason).await;
    }
}

#[tokio::test]
async fn mappings_are_written_beside_a_real_object_and_hold_once_they_are_saved() {
    for script in [true, false] {
        let visit = Visit::with(TRUST, script).await;
        with_everything(&visit, "tool", "malformed objects");
        visit.portal.run("tool");
        visit.open("/plugins/tool").await;
        visit.browser.follow("What becomes of its objects").await;
        visit.browser.follow("thing 3").await;
        visit.shows(".halves .code", "../../etc/passwd").await;
        let field = "textarea[name=mappings]";
        if script {
            visit.open_alive("/plugins/tool/mappings?example=2").await;
            visit.browser.write(field, "- object: thing\nwhat: is this\n").await;
            visit.shows(".halves .banner", "The mappings cannot be used.").await;
            visit.browser.write(field, ALL).await;
        }
        let spec = r#"{ type: '"tool"', lifecycle: '"production"', owner: '"payments"' }"#;
        let entity = format!("{{ kind: Component, name: '\"typed\"', spec: {spec} }}");
        visit.browser.write(field, &format!("[{{ object: thing, entity: {entity} }}]")).await;
        if script {
            visit.shows(".halves > :nth-child(2) .code", "name: typed").await;
            let tried =
                "const tried = performance.getEntriesByType('resource').filter(one => one.name.endsWith('/try'));
                         const apart = tried.every((one, at) => at === 0 || tried[at - 1].responseEnd <= one.startTime);
                         return [apart, tried.length > 0, tried.length < 20];";
            let expected = serde_json::json!([true, true, true]);
            assert_eq!(visit.browser.script(tried).await, expected, "one at a time, and few");
        }
        visit.browser.click("form[action$='/mappings/save'] button").await;
        // The object of before is still at hand.
        visit.shows(".halves > :nth-child(2) .code", "name: typed").await;
        visit.portal.run("tool");
        let made = visit.portal.get("/api/catalog/entities/by-name/component/default/typed");
        assert_eq!(made.status, 200, "{}", made.body);

        visit.browser.write(field, &format!("{ALL}[")).await;
        visit.browser.click("form[action$='/mappings/save'] button").await;
        visit.shows(".banner", "The mappings were not saved").await;
    }
}

#[tokio::test]
async fn grants_and_settings_are_forms_on_the_page_of_their_plugin() {
    for script in [true, false] {
        let visit = Visit::with(TRUST, script).await;
        install(&visit, "tool", CARDS, "return", "{ read: ['*'] }");
        let plugin = || visit.portal.json("/api/portico/plugins/tool");
        let (attach, repositories) = (ask(&plugin(), "attach"), ask(&plugin(), "repositories"));
        assert_eq!(plugin()["asks"][attach]["granted"], Value::Null);
        visit.open("/plugins/tool").await;
        // What an ask is called ticks its box.
        visit.browser.click(&format!("label[for=ask-{attach}]")).await;
        visit.browser.click(&format!("#ask-{repositories}")).await;
        visit.browser.write(&format!("textarea[name='said.{repositories}']"), "https://forge.test/acme/*").await;
        visit.browser.click("form[action$='/grants'] button").await;
        let granted = async || plugin()["asks"][attach]["granted"] == "*";
        visit.browser.until("it is granted", granted).await;
        assert_eq!(plugin()["asks"][repositories]["granted"], "https://forge.test/acme/*");
        visit
            .browser
            .until("the box is ticked", async || visit.browser.has(&format!("#ask-{attach}:checked")).await)
            .await;
        visit.shows("#main textarea", "https://forge.test/acme/*").await;

        let settings = "textarea[name=settings]";
        visit.browser.write(settings, &format!("{ALL}attack: nothing")).await;
        visit.browser.click("form[action$='/settings'] button").await;
        visit.browser.until("it is set", async || plugin()["settings"]["attack"] == "nothing").await;
        visit.browser.write(settings, &format!("{ALL}attack: [")).await;
        visit.browser.click("form[action$='/settings'] button").await;
        visit.shows(".banner", "That was not done.").await;
        assert_eq!(plugin()["settings"]["attack"], "nothing", "what cannot be read changes nothing");
    }
}

const SETTINGS: &str = "\
settings:
  type: object
  required: [attack]
  properties:
    attack: { type: string, title: What it does }
    port: { type: integer, default: 80 }
    loud: { type: boolean }
    at: { type: string, format: date-time }
    hosts: { type: array, items: { type: string }, maxItems: 1 }
    level: { type: integer, enum: [1, 2] }
    deep: { type: object }
";

#[tokio::test]
async fn settings_that_a_manifest_describes_are_fields() {
    for script in [true, false] {
        let visit = Visit::with(TRUST, script).await;
        install_saying(&visit, "tool", CARDS, "return, deep: { x: 1 }", "{ read: ['*'] }", SETTINGS);
        let settings = || visit.portal.json("/api/portico/plugins/tool")["settings"].clone();
        visit.open("/plugins/tool").await;
        visit.shows("#settings label", "What it does").await;
        // From top to bottom, since what is scrolled up to may lie under the bar.
        visit.browser.click("#settings .check").await;
        visit.browser.write("textarea[name='input.hosts']", "a.test\nb.test").await;
        visit.browser.click("#settings option[value='2']").await;
        visit.browser.click("#settings form:not(details *) button").await;
        visit.shows("#settings .error", "settings.hosts has more than 1 item.").await;
        visit.shows("textarea[name='input.hosts']", "b.test").await;
        assert!(visit.browser.has("input[name='input.loud']:checked").await, "what was filled in stands there still");
        assert_eq!(settings(), serde_json::json!({ "attack": "return", "deep": { "x": 1 } }));

        visit.browser.write("textarea[name='input.hosts']", &format!("{ALL}a.test")).await;
        visit.browser.click("#settings form:not(details *) button").await;
        let expected = serde_json::json!({
            "attack": "return", "deep": { "x": 1 }, "loud": true, "hosts": ["a.test"], "level": 2
        });
        visit.browser.until("it is set", async || settings() == expected).await;
        assert!(visit.browser.complaints().await.is_empty(), "{:?}", visit.browser.complaints().await);
    }
}

const STRICT: &str = "\
settings:
  type: object
  additionalProperties: false
  properties:
    attack: { type: string, title: What it does }
";

#[tokio::test]
async fn a_version_that_needs_another_setting_is_set_and_let_run_on_the_page() {
    for script in [true, false] {
        let visit = Visit::with(TRUST, script).await;
        install_saying(&visit, "tool", CARDS, "return", "{ read: ['*'] }", STRICT);
        let says = format!("{STRICT}    region: {{ type: string, title: Region }}\n  required: [region]\n");
        package(&visit, "tool", CARDS, &says, |manifest| manifest.replace("version: 0.1.0", "version: 0.2.0"));
        command(&visit, &["install", "package.wasm"]);
        visit.open("/plugins/tool").await;
        visit.shows("#waiting h2", "Version 0.2.0 waits").await;
        visit.shows("#waiting label", "Region").await;
        visit.browser.write("#waiting [name='input.region']", "eu").await;
        visit.browser.click("#waiting form button[data-variant=primary]").await;
        visit
            .browser
            .until("it runs", async || visit.portal.json("/api/portico/plugins/tool")["version"] == "0.2.0")
            .await;
        let settings = visit.portal.json("/api/portico/plugins/tool")["settings"].clone();
        assert_eq!(settings, serde_json::json!({ "attack": "return", "region": "eu" }));
        assert!(visit.browser.complaints().await.is_empty(), "{:?}", visit.browser.complaints().await);
    }
}

#[tokio::test]
async fn a_page_that_looks_again_leaves_what_is_being_filled_in_alone() {
    let visit = Visit::with(TRUST, true).await;
    install_saying(&visit, "tool", CARDS, "return", "{ read: ['*'] }", SETTINGS);
    visit.portal.run("tool");
    visit.open_alive("/plugins/tool").await;
    let repositories = ask(&visit.portal.json("/api/portico/plugins/tool"), "repositories");
    // From top to bottom, since what is scrolled up to may lie under the bar.
    visit.browser.click(&format!("#ask-{repositories}")).await;
    visit.browser.write(&format!("textarea[name='said.{repositories}']"), "https://forge.test/acme/*").await;
    visit.browser.write("input[name='input.attack']", " more").await;
    visit.browser.click("#settings summary").await;
    visit.shows("#settings details", "Only here: deep.").await;
    visit.browser.write("textarea[name=settings]", "# typed").await;

    // What the forms are about changes meanwhile, and so does what stands beside them.
    let change = serde_json::json!({ "config": { "settings": { "attack": "nothing" }, "grants": {} } });
    let changed = visit.portal.send("PATCH", "/api/portico/plugins/tool", Some(&change.to_string()), &[]);
    assert_eq!(changed.status, 204, "{}", changed.body);
    let run = visit.portal.run("tool")["id"].clone();
    let newest = format!("#main table a[href='/runs/{run}']");
    visit.browser.until("the page shows the newest run", async || visit.browser.has(&newest).await).await;

    let standing = format!(
        "const value = name => document.querySelector(`[name='${{name}}']`).value;
         return [value('input.attack'), value('said.{repositories}'), value('settings').includes('# typed'),
                 document.querySelector('#ask-{repositories}').checked, document.querySelector('#settings details').open,
                 document.activeElement.name];"
    );
    let expected = serde_json::json!(["return more", "https://forge.test/acme/*", true, true, true, "settings"]);
    assert_eq!(visit.browser.script(&standing).await, expected);
}

const INGEST: &str = "\
ingest:
  alerts:
    object: alert
    each: .items[]
    mappings:
      - object: alert
        facts: { about: .service, values: { firing: .firing } }
";

#[tokio::test]
async fn what_tools_send_by_themselves_is_listed_and_its_mappings_are_tried() {
    for script in [true, false] {
        let visit = Visit::with(INGEST, script).await;
        visit.open("/sources").await;
        visit.shows("#ingest td", "POST /api/ingest/alerts").await;
        visit.browser.click("#ingest tbody a").await;
        visit.shows("main", "No objects since the portal started").await;
        let sent = serde_json::json!({ "items": [{ "service": "payments-api", "firing": 2 }] });
        assert_eq!(visit.portal.post("/api/ingest/alerts", &sent).status, 200);
        visit.open("/ingest/alerts").await;
        visit.shows(".halves .code", "service: payments-api").await;
        visit.shows(".halves > :nth-child(2)", "component:default/payments-api").await;
        if script {
            visit.open_alive("/ingest/alerts").await;
            visit
                .browser
                .write(
                    "textarea[name=mappings]",
                    &format!(
                        "{ALL}[{{ object: alert, facts: {{ about: .service, values: {{ loud: .firing > 1 }} }} }}]"
                    ),
                )
                .await;
            visit.shows(".halves > :nth-child(2) .code", "loud: true").await;
        }
        // Whatever says that it speaks leads to it.
        visit.open("/sources").await;
        visit.browser.follow("alerts").await;
        visit.shows("h1", "Mappings of alerts").await;
    }
}
