//! Plugins that are installed through the portal: a change is whole, is made of what was looked at, and says what is so.

use std::collections::BTreeMap;
use std::fs;
use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

use portico_api_types::{Granting, KindDeclaration, PluginState};
use portico_catalog::Restored;
use portico_model::EntityRef;
use portico_runtime::{Head, InstallRequest, LifeError, PluginChange};
use portico_supply::{Digest, PrivateKey, TrustPolicy, TrustedKey, generate_key, sign};
use serde_json::{Map, Value, json};

use crate::points::change;
use crate::support::{Changes, Portal, Setup, eventually, hostile};

/// Where the store keeps how far each subscriber has got.
const PLACES: &str = "portico/subscribers";

fn version(version: &str, more: &str) -> Vec<u8> {
    hostile(Changes { version, more, ..Changes::default() })
}

fn does(attack: &str) -> Value {
    let all = json!({ "read": ["*"], "write": ["*"], "attach": ["*"] });
    json!({ "settings": { "attack": attack }, "grants": { "catalog": all } })
}

fn digest(package: &[u8]) -> String {
    Digest::of(package).hex()
}

/// Installs a version of which nothing is said.
async fn upload(portal: &Portal, package: &[u8]) {
    portal.runtime.install(InstallRequest::Uploaded(package.to_vec()), PluginChange::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_made_to_its_end_though_nobody_waits_for_it() {
    let portal = Portal::start(Setup::default()).await;
    let package = version("1.0.0", "");
    let approved = Some(digest(&package));
    let request = InstallRequest::Uploaded(package);
    let mut install = Box::pin(portal.runtime.install(request, PluginChange { config: Map::new(), approved }));
    let is_begun = poll_fn(|context| Poll::Ready(install.as_mut().poll(context).is_pending())).await;
    assert!(is_begun);
    drop(install);
    portal.plugin("hostile", |plugin| plugin.version == "1.0.0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_waits_for_every_call_and_leaves_nothing() {
    let portal = Portal::start(Setup::default()).await;
    portal.install(version("1.0.0", ""), does("ignore cancel")).await;
    let place = || portal.catalog.state_get(PLACES, "hostile").unwrap();
    eventually(|| place().is_some()).await;
    let runtime = portal.runtime.clone();
    let call = tokio::spawn(async move {
        let (method, path) = ("POST".to_owned(), "/hook".to_owned());
        let head = Head { method, path, query: String::new(), headers: Vec::new() };
        let admitted = runtime.admit(runtime.route("hostile", "POST", "/hook").unwrap(), head, None).await.unwrap();
        runtime.handle(admitted, Vec::new()).await
    });
    eventually(|| portal.runtime.metrics().memory > 0).await;
    portal.runtime.remove_plugin("hostile").await.unwrap();
    assert_eq!(portal.runtime.metrics().memory, 0, "the call has ended");
    assert!(call.await.unwrap().is_err());
    assert_eq!(place(), None);
    let again = portal.runtime.remove_plugin("hostile").await.unwrap_err();
    assert!(matches!(again, LifeError::Unknown(_)), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn entities_of_a_removed_plugins_own_kind_wait_in_the_bin_for_the_kind() {
    let portal = Portal::start(Setup::default()).await;
    let entity = EntityRef::parse("hostile:default/fed").unwrap();
    let there = || portal.catalog.entity(&entity).unwrap().is_some();
    portal.install(version("1.0.0", ""), does("feed")).await;
    portal.run("hostile").await;
    assert!(there());
    portal.runtime.remove_plugin("hostile").await.unwrap();
    assert!(!there() && portal.catalog.registry().kinds().find("hostile").is_none());
    let bin = portal.catalog.bin(10).unwrap();
    assert_eq!(bin.items.iter().map(|one| one.entity_ref.as_str()).collect::<Vec<_>>(), ["hostile:default/fed"]);
    let refused = portal.catalog.restore_entity(&entity).unwrap();
    assert!(matches!(&refused, Restored::Refused(reason) if reason.contains("no kind of this portal")), "{refused:?}");
    portal.install(version("1.0.0", ""), does("return")).await;
    assert_eq!(portal.catalog.restore_entity(&entity).unwrap(), Restored::Done);
    assert!(there());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_granted_and_approved_is_the_version_that_was_looked_at() {
    let portal = Portal::start(Setup::default()).await;
    let first = version("1.0.0", "");
    portal.install(first.clone(), does("nothing")).await;
    let more = |size: &str| format!("  memory: {{ size: {size}, reason: To remember. }}\n");
    let (second, third) = (version("2.0.0", &more("256MiB")), version("3.0.0", &more("512MiB")));
    upload(&portal, &second).await;
    upload(&portal, &third).await;
    let granting =
        |package: &[u8]| Granting { digest: digest(package), granted: [(7, String::new())].into(), settings: None };
    let approving = |package: &[u8]| PluginChange { config: Map::new(), approved: Some(digest(package)) };

    let said = format!(
        "another version of the plugin `hostile` was looked at than stands here now: 1.0.0 with the SHA-256 {} runs, 3.0.0 with the \
         SHA-256 {} waits. Look at what it asks for now, and say it again",
        digest(&first),
        digest(&third)
    );
    let granted = portal.runtime.grant("hostile", granting(&second)).await.unwrap_err();
    let approved = portal.runtime.change_plugin("hostile", approving(&second)).await.unwrap_err();
    assert!(granted.is_conflict() && approved.is_conflict());
    assert_eq!((granted.to_string(), approved.to_string()), (said.clone(), said));
    let installed = portal.runtime.install(InstallRequest::Uploaded(third.clone()), approving(&second)).await;
    let installed = installed.unwrap_err();
    assert!(installed.is_conflict(), "{installed}");
    assert_eq!(
        installed.to_string(),
        format!("the package is not the one that was looked at: it has the SHA-256 {}", digest(&third))
    );
    assert_eq!(portal.runtime.plugin("hostile").unwrap().version, "1.0.0");

    portal.runtime.grant("hostile", granting(&third)).await.unwrap();
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert_eq!((plugin.version.as_str(), plugin.used.memory_limit), ("3.0.0", 512 << 20));
    let none = portal.runtime.change_plugin("hostile", approving(&third)).await.unwrap_err();
    assert_eq!(none.to_string(), "no version of the plugin `hostile` waits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_could_not_be_loaded_waits_with_the_reason() {
    let portal = Portal::start(Setup::default()).await;
    portal.install(version("1.0.0", ""), does("nothing")).await;
    let second = version("2.0.0", "settings: { type: object, required: [token] }\n");
    upload(&portal, &second).await;
    let reason = async || portal.runtime.waiting("hostile").await.unwrap().reason;
    let says = "Its settings are not as it needs them: ";
    assert!(reason().await.starts_with(says), "{}", reason().await);
    let approve = |config: Value| {
        let approved = Some(digest(&second));
        portal.runtime.change_plugin("hostile", PluginChange { config: config.as_object().unwrap().clone(), approved })
    };
    let refused = approve(json!({})).await.unwrap_err();
    assert!(refused.to_string().starts_with(says), "{refused}");
    assert_eq!(portal.runtime.plugin("hostile").unwrap().version, "1.0.0");
    approve(json!({ "settings": { "attack": "nothing", "token": "x" } })).await.unwrap();
    assert_eq!(portal.runtime.plugin("hostile").unwrap().version, "2.0.0");

    let region =
        KindDeclaration { name: "Region".into(), api_versions: vec!["x.test/v1".into()], ..Default::default() };
    portal.catalog.declare_kind(region).unwrap();
    let third = version("3.0.0", "kinds:\n  - { name: Region, apiVersions: [acme.example/v1] }\n");
    upload(&portal, &third).await;
    assert!(reason().await.starts_with("The kinds that its manifest declares cannot be used: "), "{}", reason().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_gone_back_to_is_set_to_what_it_takes() {
    let portal = Portal::start(Setup::default()).await;
    let strict = |more: &str| {
        format!(
            "settings:\n  type: object\n  additionalProperties: false\n  properties: {{ attack: {{ type: string }}{more} }}\n"
        )
    };
    let settings = || portal.runtime.plugin("hostile").unwrap().settings;
    portal.install(version("1.0.0", &strict("")), does("nothing")).await;
    let second = version("2.0.0", &format!("{}  required: [region]\n", strict(", region: { type: string }")));
    portal.install(second, json!({ "settings": { "attack": "return", "region": "eu" } })).await;
    portal.runtime.roll_back("hostile").await.unwrap();
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert_eq!((plugin.version.as_str(), plugin.state, plugin.message.as_str()), ("1.0.0", PluginState::Running, ""));
    assert_eq!(settings(), json!({ "attack": "nothing" }), "what is said of it now it would not take");

    // Where it takes what is said now, that holds.
    portal.install(version("3.0.0", &strict("")), json!({ "settings": { "attack": "return" } })).await;
    portal.runtime.roll_back("hostile").await.unwrap();
    assert_eq!(settings(), json!({ "attack": "return" }));

    // What it may do is said by the grants of now.
    portal.install(version("4.0.0", &strict(", other: {}")), json!({ "settings": { "other": 1 }, "grants": {} })).await;
    portal.runtime.roll_back("hostile").await.unwrap();
    assert_eq!(portal.runtime.plugin("hostile").unwrap().grants, Some(json!({})));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_with_a_version_that_waits_is_no_word_about_the_one_that_runs() {
    let portal = Portal::start(Setup::default()).await;
    let strict = "settings: { type: object, additionalProperties: false, properties: { attack: { type: string } } }\n";
    portal.install(version("1.0.0", strict), does("nothing")).await;
    let third = version("3.0.0", "  cpu: { time: 1m, reason: To compute. }\n");
    let said =
        json!({ "settings": { "attack": "return", "region": "eu" }, "grants": { "catalog": { "write": ["*"] } } });
    let change = PluginChange { config: said.as_object().unwrap().clone(), approved: None };
    portal.runtime.install(InstallRequest::Uploaded(third.clone()), change).await.unwrap();
    let waiting = portal.runtime.waiting("hostile").await.unwrap();
    assert_eq!((waiting.settings, waiting.grants), (said["settings"].clone(), Some(said["grants"].clone())));
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert_eq!((plugin.version.as_str(), plugin.state, plugin.message.as_str()), ("1.0.0", PluginState::Running, ""));
    assert_eq!(plugin.settings, json!({ "attack": "nothing" }));
    assert_eq!(plugin.grants.unwrap()["catalog"]["read"], json!(["*"]));

    let granting =
        Granting { digest: digest(&third), granted: BTreeMap::new(), settings: Some(json!({ "attack": "nothing" })) };
    portal.runtime.grant("hostile", granting).await.unwrap();
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert_eq!((plugin.version.as_str(), plugin.settings), ("3.0.0", json!({ "attack": "nothing" })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_that_is_gone_is_said_of_its_plugin_and_of_no_other() {
    let portal = Portal::start(Setup::default()).await;
    let other = hostile(Changes { name: "other", ..Changes::default() });
    portal.install(version("1.0.0", ""), does("nothing")).await;
    portal.install(other.clone(), does("nothing")).await;
    fs::remove_file(portal.package(&digest(&other))).unwrap();
    portal.runtime.switch("hostile", false).await.unwrap();
    portal.runtime.switch("hostile", true).await.unwrap();
    let gone = "upload cannot be loaded: the package of version 0.1.0 is missing or damaged; put `packages` of the data folder back from \
                a backup, or install it again";
    let of = |portal: &Portal| {
        let plugins = portal.runtime.plugins().into_iter();
        plugins.map(|plugin| (plugin.name, plugin.state, plugin.message)).collect::<Vec<_>>()
    };
    assert_eq!(
        of(&portal),
        [
            ("hostile".to_owned(), PluginState::Running, String::new()),
            ("other".to_owned(), PluginState::Running, format!("{gone} Version 0.1.0 (upload) goes on running.")),
        ]
    );

    let catalog = portal.catalog.clone();
    let kept = portal.package(&digest(&version("1.0.0", "")));
    let folder = portal.stop().await;
    fs::write(kept, b"half a package").unwrap();
    let portal = Portal::start(Setup { catalog: Some(catalog), folder: Some(folder), ..Setup::default() }).await;
    let refused = |name: &str, version: &str| (name.to_owned(), PluginState::Refused, gone.replace("0.1.0", version));
    assert_eq!(of(&portal), [refused("hostile", "1.0.0"), refused("other", "0.1.0")]);

    portal.install(version("1.0.0", ""), does("nothing")).await;
    let mended = portal.runtime.plugin("hostile").unwrap();
    assert_eq!((mended.state, mended.message.as_str(), mended.before), (PluginState::Running, "", Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_answers_changes_with_changes_is_told_at_a_pace_and_no_more_once_it_is_off() {
    let portal = Portal::start(Setup::default()).await;
    portal.install(version("1.0.0", ""), does("nothing")).await;
    portal.run("hostile").await;
    let listener = hostile(Changes { name: "listener", ..Changes::default() });
    portal.install(listener, does("return")).await;
    let settings = json!({ "settings": { "attack": "feed on changes" } });
    let feeds = PluginChange { config: settings.as_object().unwrap().clone(), approved: None };
    portal.runtime.change_plugin("hostile", feeds).await.unwrap();
    let place = |name: &str| {
        let place = portal.catalog.state_get(PLACES, name).unwrap();
        place.map_or(0, |place| u64::from_be_bytes(place.try_into().unwrap()))
    };
    eventually(|| place("hostile") > 0 && place("listener") > 0).await;
    change(&portal.catalog, 1);
    let calls = || portal.calls("hostile", "subscriber");
    let (before, begun) = (calls(), Instant::now());
    eventually(|| calls() >= before + 5).await;
    assert!(begun.elapsed() >= Duration::from_millis(1_400), "{:?}", begun.elapsed());

    portal.runtime.switch("hostile", false).await.unwrap();
    // What was begun before that may go on to its end.
    eventually(|| portal.runtime.metrics().memory == 0).await;
    let before = calls();
    for number in 2..4 {
        change(&portal.catalog, number);
        let last = portal.catalog.changed(u64::MAX, 0).unwrap().last;
        eventually(|| place("listener") >= last).await;
    }
    assert_eq!(calls(), before);
}

/// Whoever signs packages, and by what they are known.
fn signers() -> Vec<(PrivateKey, TrustedKey)> {
    let signer = |name| {
        let pair = generate_key().unwrap();
        (pair.private.parse().unwrap(), TrustedKey::new(name, &pair.public).unwrap())
    };
    ["Acme", "Bolt"].into_iter().map(signer).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_from_another_hand_waits_for_somebodys_word() {
    let signers = signers();
    let keys = signers.iter().map(|(_, key)| key.clone()).collect();
    let trust = Some(TrustPolicy { keys, allow_unsigned: true });
    let portal = Portal::start(Setup { trust, ..Setup::default() }).await;
    let signed = |text, by: usize| sign(&version(text, ""), &signers[by].0).unwrap();
    portal.install(signed("1.0.0", 0), does("nothing")).await;
    upload(&portal, &signed("1.1.0", 0)).await;
    assert_eq!(portal.runtime.plugin("hostile").unwrap().version, "1.1.0", "the same hand goes on");
    for (package, found) in
        [(signed("2.0.0", 1), "it is signed with the key `Bolt`"), (version("2.0.0", ""), "it is not signed")]
    {
        upload(&portal, &package).await;
        let waiting = portal.runtime.waiting("hostile").await.unwrap();
        let says =
            format!("It comes from another hand: {found}, and the version that runs is signed with the key `Acme`.");
        assert!(waiting.reason.starts_with(&says), "{}", waiting.reason);
        assert_eq!(portal.runtime.plugin("hostile").unwrap().version, "1.1.0");
    }
    let approved = Some(portal.runtime.waiting("hostile").await.unwrap().version.digest);
    portal.runtime.change_plugin("hostile", PluginChange { config: Map::new(), approved }).await.unwrap();
    assert_eq!(portal.runtime.plugin("hostile").unwrap().version, "2.0.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_does_not_take_the_name_of_a_source_that_sends_by_itself() {
    let source = portico_manifest::parse(
        "object: thing\nmappings: [{ object: thing, facts: { about: .a, values: { b: .b } } }]",
        "portico.yaml",
    )
    .unwrap();
    let ingest = BTreeMap::from([("hostile".to_owned(), source)]);
    let portal = Portal::start(Setup { ingest, ..Setup::default() }).await;
    let request = InstallRequest::Uploaded(version("1.0.0", ""));
    let refused = portal.runtime.install(request, PluginChange::default()).await.unwrap_err();
    assert!(refused.to_string().starts_with("portico.yaml has a source `hostile` under `ingest:`"), "{refused}");
    assert!(refused.is_conflict());
    assert!(portal.runtime.plugin("hostile").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_trusted_no_more_vouches_for_nothing() {
    let keys = signers();
    let trusting = |names: &[&str]| {
        let trusted = keys.iter().map(|(_, key)| key.clone()).filter(|key| names.contains(&key.name.as_str()));
        Some(TrustPolicy { keys: trusted.collect(), allow_unsigned: false })
    };
    let portal = Portal::start(Setup { trust: trusting(&["Acme", "Bolt"]), ..Setup::default() }).await;
    for (text, (key, _)) in ["1.0.0", "2.0.0"].into_iter().zip(&keys) {
        portal.install(sign(&version(text, ""), key).unwrap(), does("nothing")).await;
    }
    assert_eq!(portal.runtime.plugin("hostile").unwrap().signed_by.as_deref(), Some("Bolt"));

    let catalog = Some(portal.catalog.clone());
    let folder = Some(portal.stop().await);
    let portal = Portal::start(Setup { trust: trusting(&["Bolt"]), catalog, folder, ..Setup::default() }).await;
    let refused = portal.runtime.roll_back("hostile").await.unwrap_err();
    assert!(refused.to_string().contains("which is not among the trusted keys"), "{refused}");
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert_eq!((plugin.version.as_str(), plugin.state), ("2.0.0", PluginState::Running));

    let catalog = Some(portal.catalog.clone());
    let folder = Some(portal.stop().await);
    let portal = Portal::start(Setup { trust: trusting(&["Acme"]), catalog, folder, ..Setup::default() }).await;
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert_eq!(plugin.state, PluginState::Refused);
    assert!(plugin.message.contains("which is not among the trusted keys"), "{}", plugin.message);
}
