//! Plugins that fail in a row: they are left alone for a while, whoever asks hears so at once, and they are asked again.

use std::fs;
use std::time::Duration;

use portico_api_types::PluginState;
use portico_model::EntityRef;
use portico_runtime::{CardError, Head, IntakeError, RouteAnswer};

use crate::attack::Attack;
use crate::points::change;
use crate::support::{Changes, Portal, eventually, hostile};

async fn portal(attack: Attack) -> Portal {
    let grants = "catalog: { read: ['*'], write: ['*'], attach: ['*'] }, limits: { cpu: 500ms }";
    Portal::attacked(attack, grants, Attack::Feed).await
}

/// Draws the card on a page; an error is its code and its sentence.
async fn card(portal: &Portal, entity: Option<&str>) -> Result<(), (String, String)> {
    let entity = entity.map(|entity| EntityRef::parse(entity).unwrap());
    let id = if entity.is_some() { "card" } else { "home" };
    match portal.runtime.card("hostile", id, entity.as_ref(), None).await {
        Ok(_) => Ok(()),
        Err(CardError::Failed { code, message }) => Err((code, message)),
        Err(other) => panic!("{other}"),
    }
}

async fn request(portal: &Portal) -> Result<RouteAnswer, IntakeError> {
    let (method, path) = ("POST".to_owned(), "/hook".to_owned());
    let head = Head { method, path, query: String::new(), headers: Vec::new() };
    let admitted = portal.runtime.admit(portal.runtime.route("hostile", "POST", "/hook")?, head, None).await?;
    portal.runtime.handle(admitted, b"{}".to_vec()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cards_of_a_plugin_that_crashed_say_so_without_calling_it() {
    let portal = portal(Attack::Panic).await;
    let (code, _) = card(&portal, Some("component:default/healthy")).await.unwrap_err();
    assert_eq!(code, "panicked");
    let (code, message) = card(&portal, None).await.unwrap_err();
    assert_eq!(code, "panicked", "what fails for one entity says nothing of another card: {message}");
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert_eq!(plugin.state, PluginState::Failing);
    let of_entity = "`cards`, for the card `card` of component:default/healthy, failed once; it is asked again at 2";
    assert!(plugin.message.contains(of_entity), "{}", plugin.message);
    // Once its time is over it is called again, and what it says then counts as a second failure.
    let message = || portal.runtime.plugin("hostile").unwrap().message;
    while !message().contains("`cards`, for the card `home`, failed 2 times in a row; it is asked again at 2") {
        assert_eq!(card(&portal, None).await.unwrap_err().0, "panicked");
        tokio::task::yield_now().await;
    }
    assert!(message().contains("panics on purpose"), "{}", message());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_version_is_asked_at_once() {
    let portal = portal(Attack::Panic).await;
    card(&portal, None).await.unwrap_err();
    assert!(portal.runtime.plugin("hostile").unwrap().message.contains("it is asked again at 2"));
    fs::write(portal.file("hostile.wasm"), hostile(Changes { version: "2.0.0", ..Changes::default() })).unwrap();
    portal.plugin("hostile", |plugin| plugin.version == "2.0.0").await;
    let (code, message) = card(&portal, None).await.unwrap_err();
    assert_eq!(code, "panicked", "{message}");
    assert!(message.contains("`hostile` 2.0.0 crashed"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_plugin_says_of_one_entity_keeps_no_other_waiting() {
    let portal = portal(Attack::HugeError).await;
    for entity in [Some("component:default/healthy"), None] {
        assert_eq!(card(&portal, entity).await.unwrap_err().0, "failed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_to_a_plugin_that_crashed_are_told_when_to_come_again() {
    let portal = portal(Attack::Spin).await;
    assert!(matches!(request(&portal).await, Err(IntakeError::Failed(_))));
    let Err(IntakeError::Resting(wait)) = request(&portal).await else { panic!("it was called") };
    assert!(wait.as_secs() <= 1, "{wait:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_that_could_not_be_processed_are_read_again() {
    let failing = portal(Attack::Panic).await;
    let said = |log: &[portico_api_types::LogLine], what: &str| log.iter().any(|line| line.message.contains(what));
    let (_, log) = failing.run("feeder").await;
    assert!(said(&log, "1 refused, 0 added: The plugin `hostile` 0.1.0 crashed"), "{log:?}");
    let (_, log) = failing.run("feeder").await;
    assert!(said(&log, "1 refused, 0 added: The plugin `hostile` 0.1.0 is left alone for a while."), "{log:?}");
    assert!(said(&log, "no cursor"), "a cursor would pass over what was refused: {log:?}");

    let working = portal(Attack::Return).await;
    working.run("feeder").await;
    let (_, log) = working.run("feeder").await;
    assert!(said(&log, "the cursor fed"), "{log:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_that_fails_keeps_nobody_from_the_next_version() {
    let portal = portal(Attack::RefuseChanges).await;
    let failed = |portal: &Portal| portal.runtime.plugin("hostile").unwrap().message.contains("`subscriber` failed");
    // What is new hears of what comes.
    let (mut number, mut look) = (0, tokio::time::interval(Duration::from_millis(50)));
    while !failed(&portal) {
        look.tick().await;
        number += 1;
        assert!(number < 1_000, "{}", portal.runtime.plugin("hostile").unwrap().message);
        change(&portal.catalog, number);
    }
    eventually(|| portal.runtime.plugin("hostile").unwrap().message.contains("`subscriber` failed 2 times in a row"))
        .await;
    fs::write(portal.file("hostile.wasm"), hostile(Changes { version: "2.0.0", ..Changes::default() })).unwrap();
    portal.plugin("hostile", |plugin| plugin.version == "2.0.0").await;
    eventually(|| portal.runtime.plugin("hostile").unwrap().message.contains("`subscriber` failed once")).await;
}
