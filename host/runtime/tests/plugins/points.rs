//! Attacks in the extension points other than `ingestion`: what the operator reads, that the catalog is as it was, and that a healthy
//! plugin beside them does its work.

use hmac::{Hmac, Mac as _};
use portico_api_types::{Block, PluginCard};
use portico_catalog::{Catalog, Mode, Origin};
use portico_model::EntityRef;
use portico_runtime::{Address, Admitted, CardError, Head, IntakeError, RouteAnswer, RouteGate};
use sha2::Sha256;

use crate::attack::Attack;
use crate::support::{Changes, Portal, Setup, hostile};

/// What is the same wherever it happens: the code, and what the sentence holds.
pub(crate) const ANYWHERE: [(Attack, &str, &str); 13] = [
    (Attack::Spin, "cpuLimit", "was ended after 500ms of computing"),
    (Attack::SpinInHostCalls, "cpuLimit", "was ended after 500ms of computing"),
    (Attack::AllocateAtOnce, "memoryLimit", "of memory and may have 64 MiB"),
    (Attack::AllocateGradually, "memoryLimit", "of memory and may have 64 MiB"),
    (Attack::Recurse, "panicked", "crashed (wasm trap: out of bounds memory access)"),
    (Attack::RecurseOnTheEnginesStack, "panicked", "crashed (wasm trap: call stack exhausted)"),
    (Attack::Panic, "panicked", "the hostile plugin panics on purpose"),
    (Attack::Unreachable, "panicked", "`unreachable` instruction executed"),
    (Attack::HugeError, "failed", "[2Jx[2Jx"),
    (Attack::HugeText, "badOutput", "more data in one call than the portal takes at once (12 MiB)"),
    (Attack::TextThatIsNone, "badOutput", "a text that is not UTF-8"),
    (Attack::ListOutsideOfMemory, "badOutput", "a value outside of its memory"),
    (Attack::ForgedHandle, "badOutput", "a handle that it does not have"),
];

async fn portal(attack: Attack) -> Portal {
    portal_fed(attack, Attack::Feed).await
}

/// The same, with another way of putting documents that pass the hostile plugin.
async fn portal_fed(attack: Attack, feed: Attack) -> Portal {
    Portal::attacked(attack, "limits: { memory: 64MiB, cpu: 500ms }", feed).await
}

fn healthy() -> EntityRef {
    EntityRef::parse("component:default/healthy").unwrap()
}

/// Draws the hostile card with the healthy one beside it, which has to be there.
async fn card(portal: &Portal) -> Result<PluginCard, (String, String)> {
    let entity = healthy();
    let (attacked, beside) = tokio::join!(
        portal.runtime.card("hostile", "card", Some(&entity), None),
        portal.runtime.card("healthy", "card", Some(&entity), None)
    );
    assert_eq!(beside.unwrap().blocks.len(), 10, "the healthy card is whole");
    match attacked {
        Ok(card) => Ok(card.as_ref().clone()),
        Err(CardError::Failed { code, message }) => Err((code, message)),
        Err(other) => panic!("{other}"),
    }
}

async fn is_whole(portal: &Portal, entities: u64) {
    assert_eq!(portal.catalog.count().unwrap(), entities, "the catalog is as it was");
    // What is refused to it as a subscriber, it tries again; between two attempts nothing is held.
    crate::support::eventually(|| portal.runtime.metrics().memory == 0).await;
    for plugin in portal.runtime.plugins() {
        assert!(plugin.used.peak_memory <= 64 << 20, "{}: {:?}", plugin.name, plugin.used);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_attacks_says_why_it_is_not_drawn() {
    let own = [
        (Attack::ManyBlocks, "badOutput", "the card has 1000 blocks; at most 50 are drawn"),
        (Attack::HugeCard, "badOutput", "KiB; at most 256 KiB are drawn"),
        (Attack::NumbersThatAreNone, "badOutput", "in block 0 of the card, a trend is NaN, which cannot be drawn"),
        (Attack::CrookedTable, "badOutput", "a row has 1 cells where there are 3 columns"),
        (Attack::ManyPoints, "badOutput", "the series `many` has 100000 points; at most 1000 are drawn"),
        (Attack::FormThatIsNone, "badOutput", "the form of `b` is no JSON Schema"),
        (Attack::TimeThatIsNone, "badOutput", "is no time that a calendar has"),
        (Attack::EntityThatIsNone, "badOutput", "in block 0 of the card"),
        (Attack::CardThatIngests, "denied", "drawing a card, processing documents and checking change nothing"),
    ];
    // It needs a session, which nobody has here.
    let anywhere = ANYWHERE.into_iter().filter(|(attack, ..)| *attack != Attack::ListOutsideOfMemory);
    for (attack, code, says) in anywhere.chain(own) {
        let portal = portal(attack).await;
        let (found, message) = card(&portal).await.unwrap_err();
        assert_eq!(found, code, "{attack:?}: {message}");
        assert!(message.contains(says) && message.len() <= 8 << 10, "{attack:?}: {message}");
        let plugin = portal.runtime.plugin("hostile").unwrap();
        assert!(plugin.message.contains(says), "{attack:?}: the plugin's page says it as well: {}", plugin.message);
        is_whole(&portal, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_of_script_is_drawn_without_it() {
    let portal = portal(Attack::CardOfScript).await;
    let card = card(&portal).await.unwrap();
    let Block::Links { items } = &card.blocks[1] else { panic!("{card:?}") };
    let urls: Vec<&str> = items.iter().map(|link| link.url.as_str()).collect();
    assert_eq!(urls, ["/catalog"]);
    assert_eq!(items[0].title, "abc");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_does_what_it_says_once_its_form_is_filled_in() {
    let portal = portal(Attack::Nothing).await;
    let press = async |action: &str, input: serde_json::Value| {
        let invocation = portico_api_types::Invocation { action: action.to_owned(), entity: None, input };
        portal.runtime.invoke("hostile", "card", Some(&healthy()), None, invocation).await
    };
    let done = press("do", serde_json::json!({ "reason": "late" })).await.unwrap();
    assert_eq!(done.blocks, [Block::Heading { text: r#"do {"reason":"late"}"#.to_owned() }]);
    // What it answered is what the next reader sees, and has no such button any more.
    assert_eq!(portal.runtime.card("hostile", "card", Some(&healthy()), None).await.unwrap().blocks, done.blocks);
    let gone = press("do", serde_json::json!({ "reason": "late" })).await.unwrap_err();
    assert_eq!(gone.to_string(), "the card has no button for `do`; look at the card again, it may have changed");
    let unknown = portal.runtime.card("hostile", "nothing", Some(&healthy()), None).await.unwrap_err();
    assert_eq!(unknown.to_string(), "there is no card `nothing` of a plugin `hostile` here");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_filled_in_is_held_against_the_form() {
    let portal = portal(Attack::Nothing).await;
    for (input, expected) in [
        (serde_json::json!({}), "`input.reason` is missing, and the form needs it."),
        (serde_json::json!({ "reason": 7 }), "`input.reason` is 7, where a text is expected."),
        (serde_json::json!("late"), "`input` is \"late\", where a mapping is expected."),
    ] {
        let invocation = portico_api_types::Invocation { action: "do".to_owned(), entity: None, input };
        let refused = portal.runtime.invoke("hostile", "card", Some(&healthy()), None, invocation).await.unwrap_err();
        assert!(refused.to_string().starts_with(expected), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_of_a_kind_whose_plugin_attacks_are_refused_with_the_reason() {
    let own = [
        (
            Attack::AnotherEntity,
            "",
            "the plugin `hostile` made `hostile:default/another` of it, which is another entity",
        ),
        (Attack::NoEntity, "", "the plugin `hostile` made no document of it"),
        (Attack::FewAnswers, "", "0 answers to 1 documents"),
        (Attack::ForeignKinds, "", "has a document of the kind `component` follow from it, which is none of its own"),
        (Attack::ManyEmitted, "", "has 10000 documents follow from it; at most 100 are taken"),
        (Attack::ProcessThatIngests, "", "drawing a card, processing documents and checking change nothing"),
    ];
    // It needs a session, which nobody has here.
    let anywhere = ANYWHERE.into_iter().filter(|(attack, ..)| *attack != Attack::ListOutsideOfMemory);
    for (attack, _, says) in anywhere.chain(own) {
        let portal = portal(attack).await;
        let (_, log) = portal.run("feeder").await;
        let said =
            log.iter().find(|line| line.message.starts_with("1 refused, 0 added")).map(|line| line.message.as_str());
        assert!(said.is_some_and(|said| said.contains(says)), "{attack:?}: {log:?}");
        is_whole(&portal, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_document_that_a_plugin_breaks_off_at_costs_no_other() {
    let portal = portal_fed(Attack::BreakOffAtOne, Attack::FeedWithoutEnd).await;
    let (_, log) = portal.run("feeder").await;
    let said = log.iter().find(|line| line.message.starts_with("1 refused, 99 added")).map(|line| &line.message);
    assert!(said.is_some_and(|said| said.contains("the hostile plugin panics on purpose")), "{log:?}");
    is_whole(&portal, 100).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_documents_become_counts_and_not_what_they_were() {
    let portal = portal_fed(Attack::GrowInProcess, Attack::FeedWithoutEnd).await;
    let (run, _) = portal.run("feeder").await;
    let said = run.result.map(|result| result.message).unwrap_or_default();
    assert!(said.contains("the open sessions hold more than 256 MiB"), "{said}");
    is_whole(&portal, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_passes_the_plugin_of_its_kind_once() {
    let portal = portal(Attack::Return).await;
    let calls = || portal.calls("hostile", "kinds");
    let before = calls();
    let (_, log) = portal.run("feeder").await;
    assert!(log.iter().any(|line| line.message.starts_with("0 refused, 1 added")), "{log:?}");
    assert_eq!(calls(), before + 1);
    portal.run("feeder").await;
    assert_eq!(calls(), before + 1, "what was processed before is not processed again");
    is_whole(&portal, 2).await;
}

/// Says that one more entity exists.
pub(crate) fn change(catalog: &Catalog, number: usize) {
    let document = format!(
        r#"{{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{{"name":"n{number}"}},"spec":{{"type":"service","lifecycle":"production","owner":"group:default/none"}}}}"#
    );
    let mut session = catalog.session("test", "changes", Mode::Delta).unwrap();
    session.put(&document, Origin { file: "a".into(), line: 1, url: None, parent: None }).unwrap();
    session.commit(None).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_that_attacks_is_shown_failing_and_hears_of_the_change_again() {
    let own = [(Attack::RefuseChanges, "failed", "it wants to hear of no change")];
    for (attack, _, says) in ANYWHERE.into_iter().chain(own) {
        let portal = portal(attack).await;
        let mut number = 0;
        let mut look = tokio::time::interval(std::time::Duration::from_millis(50));
        // A plugin that is new hears of what comes, so something has to come.
        while !portal.runtime.plugin("hostile").unwrap().message.contains(says) {
            look.tick().await;
            number += 1;
            assert!(number < 1_000, "{attack:?}: {}", portal.runtime.plugin("hostile").unwrap().message);
            change(&portal.catalog, number);
        }
        let failed = || portal.runtime.plugin("hostile").unwrap().used.failures;
        let before = failed();
        crate::support::eventually(|| failed() > before).await;
        assert_eq!(portal.runtime.plugin("healthy").unwrap().used.failures, 0, "beside {attack:?}");
    }
}

fn head(headers: &[(&str, &str)]) -> Head {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Head { method: "POST".into(), path: "/hook".into(), query: String::new(), headers: headers.collect() }
}

async fn request(portal: &Portal, body: Vec<u8>) -> Result<RouteAnswer, IntakeError> {
    let head = head(&[("content-type", "application/json"), ("authorization", "Bearer s3cret"), ("cookie", "a=b")]);
    let route = portal.runtime.route("hostile", "POST", "/hook")?;
    assert_eq!((route.gate().size(), route.gate().is_signed()), (64 << 10, false));
    let admitted = portal.runtime.admit(route, head, None).await?;
    portal.runtime.handle(admitted, body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_to_a_plugin_that_attacks_is_answered_by_the_portal() {
    for (attack, _, says) in ANYWHERE.into_iter().filter(|(attack, ..)| *attack != Attack::HugeError) {
        let portal = portal(attack).await;
        let refused = request(&portal, b"{}".to_vec()).await.unwrap_err();
        assert_eq!(refused.to_string(), "The plugin `hostile` failed; its page in the portal says why.", "{attack:?}");
        let plugin = portal.runtime.plugin("hostile").unwrap();
        assert!(plugin.message.contains(says), "{attack:?}: {}", plugin.message);
        is_whole(&portal, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_plugin_answers_is_no_page_of_the_portal() {
    let portal = portal(Attack::ForbiddenAnswer).await;
    let answer = request(&portal, Vec::new()).await.unwrap();
    let names: Vec<&str> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((answer.status, names), (502, vec!["content-type", "x-seen"]));
    let portal = self::portal(Attack::HugeAnswer).await;
    assert_eq!(request(&portal, Vec::new()).await.unwrap().body.len(), 1 << 20);
    let portal = self::portal(Attack::Return).await;
    let answer = request(&portal, Vec::new()).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.body), "content-type", "neither token nor cookie reaches a plugin");
    for (method, path) in [("GET", "/hook"), ("POST", "/hook/below"), ("POST", "/"), ("POST", "/x/../hook")] {
        assert_eq!(portal.runtime.route("hostile", method, path).err(), Some(IntakeError::Nowhere), "{method} {path}");
    }
    assert_eq!(portal.runtime.route("nobody", "POST", "/hook").err(), Some(IntakeError::Nowhere));
}

const SIGNED: &str = "  credentials: [{ name: hook, reason: To know who sends. }]
routes:
  - path: /hook
    methods: [POST]
    intake:
      signature: { algorithm: hmac-sha256, header: x-signature, credential: hook }
      replay: { id: x-delivery }
";

/// A portal whose plugin takes signed deliveries, each once; with the file of the secret.
async fn with_deliveries(attack: Attack) -> (Portal, tempfile::NamedTempFile) {
    with_routes(attack, SIGNED).await
}

async fn with_routes(attack: Attack, more: &str) -> (Portal, tempfile::NamedTempFile) {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "s3cret").unwrap();
    let config = format!(
        "hostile: {{ settings: {{ attack: \"{}\" }}, grants: {{ credentials: {{ hook: {{ secret: {{ file: {} }} }} }} }} }}",
        attack.name(),
        secret.path().display()
    );
    let files = vec![("hostile.wasm", hostile(Changes { more, ..Changes::default() }))];
    (Portal::start(Setup { config, files, ..Setup::default() }).await, secret)
}

/// What every delivery says.
const BODY: &[u8] = b"{}";

async fn admitted(portal: &Portal, id: &str, secret: &str) -> Result<Admitted<RouteGate>, IntakeError> {
    let signature = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(BODY);
    let signature = hex::encode(signature.finalize().into_bytes());
    let route = portal.runtime.route("hostile", "POST", "/hook")?;
    portal.runtime.admit(route, head(&[("x-signature", &signature), ("x-delivery", id)]), None).await
}

/// How long a plugin that crashed is still left alone is another time each time.
fn resting() -> IntakeError {
    IntakeError::Resting(std::time::Duration::ZERO)
}

async fn deliver(portal: &Portal, id: &str, secret: &str) -> Result<u16, IntakeError> {
    let admitted = admitted(portal, id, secret).await;
    let admitted =
        admitted.map_err(|error| if matches!(error, IntakeError::Resting(_)) { resting() } else { error })?;
    portal.runtime.handle(admitted, BODY.to_vec()).await.map(|answer| answer.status)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_counts_once_if_its_plugin_took_it_and_may_come_again_if_not() {
    let failed = || Err(IntakeError::Failed("The plugin `hostile` failed; its page in the portal says why.".into()));
    for (attack, first, then, another) in [
        (Attack::Return, Ok(200), Err(IntakeError::Again), Ok(200)),
        (Attack::HugeError, Ok(500), Ok(500), Ok(500)),
        (Attack::Panic, failed(), Err(resting()), Err(resting())),
    ] {
        let (portal, _secret) = with_deliveries(attack).await;
        assert_eq!(deliver(&portal, "1", "another").await, Err(IntakeError::Forged), "{attack:?}");
        assert_eq!(deliver(&portal, "1", "s3cret").await, first, "{attack:?}");
        assert_eq!(deliver(&portal, "1", "s3cret").await, then, "{attack:?}");
        assert_eq!(deliver(&portal, "2", "s3cret").await, another, "{attack:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_turned_away_are_counted_by_their_reason() {
    let (portal, secret) = with_routes(Attack::Return, &SIGNED.replace("intake:", "intake:\n      rate: 2/h")).await;
    let counted = || {
        let counted = portal.runtime.plugin("hostile").unwrap().turned_away;
        counted.iter().map(|one| format!("{} {}", one.count, one.reason)).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(deliver(&portal, "1", "s3cret").await, Ok(200));
    assert_eq!(counted(), "", "what is taken is not turned away");
    assert_eq!(deliver(&portal, "2", "another").await, Err(IntakeError::Forged));
    let route = || portal.runtime.route("hostile", "POST", "/hook");
    let unsigned = portal.runtime.admit(route().unwrap(), head(&[]), None).await.err();
    assert_eq!(unsigned, Some(IntakeError::Unsigned("x-signature".to_owned())));
    assert_eq!(deliver(&portal, "1", "s3cret").await, Err(IntakeError::Again));
    let large = portal.runtime.admit(route().unwrap(), head(&[]), Some(1 << 40)).await.err();
    assert!(matches!(large, Some(IntakeError::TooLarge(_))), "{large:?}");
    assert_eq!(deliver(&portal, "2", "s3cret").await, Ok(200));
    assert!(matches!(deliver(&portal, "3", "s3cret").await, Err(IntakeError::TooOften(_))));
    secret.close().unwrap();
    assert!(matches!(deliver(&portal, "4", "s3cret").await, Err(IntakeError::Unable(_))));
    assert_eq!(portal.runtime.route("hostile", "POST", "/nothing").err(), Some(IntakeError::Nowhere));
    assert_eq!(counted(), "1 size, 1 rate, 2 signature, 1 replay, 1 unchecked");
    assert_eq!(portal.calls("hostile", "routes"), 2, "it was asked for the others alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_is_read_to_its_end_when_its_sender_hangs_up() {
    let (portal, _secret) = with_deliveries(Attack::Nothing).await;
    let admitted = admitted(&portal, "1", "s3cret").await.unwrap();
    let hung_up = tokio::time::timeout(std::time::Duration::ZERO, portal.runtime.handle(admitted, BODY.to_vec())).await;
    assert!(hung_up.is_err(), "it was begun, and not waited for");
    crate::support::eventually(|| portal.catalog.count().unwrap() == 1).await;
    let mut look = tokio::time::interval(std::time::Duration::from_millis(5));
    while deliver(&portal, "1", "s3cret").await == Err(IntakeError::Underway) {
        look.tick().await;
    }
    assert_eq!(deliver(&portal, "1", "s3cret").await, Err(IntakeError::Again));
    assert_eq!(portal.calls("hostile", "routes"), 1);
}
