//! Every attack: what the operator reads, how long it takes, that the catalog is as it was, and that a healthy plugin
//! beside it does its work all the while.

use std::path::Path;
use std::time::{Duration, Instant};

use portico_api_types::{LogLine, Run, RunState};
use portico_model::EntityRef;

use crate::attack::Attack;
use crate::support::{Changes, Portal, Setup, attacks, eventually, hostile};

/// What must come of an attack.
pub(crate) struct Expected {
    /// The run's code.
    code: &'static str,
    /// What its sentence holds.
    says: &'static str,
    /// What its log holds.
    logs: &'static str,
    /// Entities that it may leave in the catalog.
    leaves: u64,
    /// What was refused, by capability.
    pub(crate) denied: &'static str,
}

const fn ends(code: &'static str, says: &'static str) -> Expected {
    Expected { code, says, logs: "", leaves: 0, denied: "" }
}

/// How the log begins to say where a call was; functions of Rust's own panic are not among these.
const PLACE: &str = "It happened here, each function called by the next:\n  portico_plugin_hostile::";

const fn logs(text: &'static str) -> Expected {
    Expected { code: "ok", says: "", logs: text, leaves: 0, denied: "" }
}

impl Expected {
    const fn leaves(self, entities: u64) -> Expected {
        Expected { leaves: entities, ..self }
    }

    const fn logs(self, text: &'static str) -> Expected {
        Expected { logs: text, ..self }
    }

    const fn denied(self, capability: &'static str) -> Expected {
        Expected { denied: capability, ..self }
    }
}

/// The portal's answer to each attack.
pub(crate) const fn expected(attack: Attack) -> Expected {
    match attack {
        // It says what the healthy one says as well, so that there is one entity.
        Attack::Nothing | Attack::Return | Attack::Relay | Attack::HandOverMany => ends("ok", ""),
        Attack::Spin => {
            ends("cpuLimit", "was ended after 500ms of computing, as much as it may.").logs(PLACE).denied("cpu")
        }
        Attack::SpinInHostCalls => ends("cpuLimit", "If it needs that much, allow it in portico.yaml:").denied("cpu"),
        Attack::EndlessProgress => {
            ends("timeLimit", "was ended after 500ms, the time that it may take.").denied("wall")
        }
        Attack::WaitForEver => ends("timeLimit", "was ended after 500ms, the time that it may take.").denied("wall"),
        Attack::IgnoreCancel => ends("cancelled", "did not end by itself and was ended by force"),
        Attack::HeedCancel => ends("cancelled", "The run was stopped on request."),
        Attack::AllocateAtOnce | Attack::AllocateGradually => {
            ends("memoryLimit", "of memory and may have 64 MiB.").denied("memory")
        }
        Attack::AllocateWithCare => ends("failed", "MiB and no more"),
        Attack::GrowBeyondTheType => ends("failed", "MiB and no more"),
        Attack::Recurse => ends("panicked", "crashed (wasm trap: out of bounds memory access)").logs("\n  and others"),
        Attack::RecurseOnTheEnginesStack => {
            ends("panicked", "crashed (wasm trap: call stack exhausted)").logs("\n  and others")
        }
        Attack::Panic => ends("panicked", "the hostile plugin panics on purpose").logs(PLACE),
        Attack::Unreachable => ends("panicked", "crashed (wasm trap: wasm `unreachable` instruction executed)"),
        Attack::HugeError => ends("failed", "[2Jx[2Jx"),
        Attack::TextOutsideOfMemory => ends("badOutput", "a value outside of its memory"),
        Attack::HugeText => ends("badOutput", "more data in one call than the portal takes at once (12 MiB)"),
        Attack::TextThatIsNone => ends("badOutput", "a text that is not UTF-8"),
        Attack::ListOutsideOfMemory => ends("badOutput", "a value outside of its memory"),
        Attack::ForgedHandle | Attack::CommittedTwice => {
            ends("badOutput", "a handle that it does not have, or has given away")
        }
        Attack::ManySessions => ends("refused", "64 open: 64 sessions are open, the most at once"),
        Attack::SessionOfManyFiles => {
            ends("refused", "10001 files; a session speaks of at most 10000, read the scope whole")
        }
        Attack::SameScopeTwice => ends("refused", "the scope `one` already has an open session"),
        Attack::SessionLeftOpen => logs("The session for `left` was left open; nothing of it was kept."),
        Attack::SessionDropped => ends("ok", ""),
        Attack::CrashBeforeCommit => ends("panicked", "before the commit"),
        Attack::HugeScope => ends("ok", ""),
        Attack::HugeCursor => ends("refused", "the cursor has 1048576 bytes; at most 65536 are kept"),
        Attack::MalformedDocuments => logs("11 of 11 refused, 0 added"),
        Attack::HugeDocument => logs("1 refused, 1 added: the document has").leaves(1),
        Attack::DeepDocument => logs("1 refused, 1 added").leaves(1),
        Attack::ManyDocuments => ends("refused", "10001 in one call; hand over at most 10000 at once"),
        Attack::DocumentsWithoutEnd => ends("refused", "the open sessions hold more than 256 MiB"),
        Attack::DuplicateNames => logs("1 added").leaves(1),
        Attack::ProblemsWithoutEnd => ends("refused", "more than 10000 problems and refused documents"),
        Attack::RefusalsWithoutEnd => ends("refused", "more than 10000 problems and refused documents"),
        Attack::ManyViolations => logs("1 refused, 0 added"),
        Attack::HostilePlaces => logs("1 refused, 1 added, true").leaves(1),
        Attack::HostileFacts => logs("6 refused, 1 attached"),
        Attack::FactsWithoutEnd => ends("refused", "the open sessions hold more than 256 MiB"),
        Attack::LogFlood => logs("A run keeps 2000 lines of its log."),
        Attack::HugeLogLine => logs("[31mred[31mred"),
        Attack::CatalogNotGranted => ends("ok", "").denied("read"),
        Attack::CatalogWithoutEnd => logs("6 of 6 questions refused"),
        Attack::KindsNotGranted => {
            logs("1 and 1 refused, 0 added: The plugin `hostile` may not bring in entities of the kind `Component`.")
                .denied("write")
        }
        Attack::MalformedObjects => logs("9 of 10 refused, 1 added").leaves(1),
        Attack::ObjectsWithoutEnd => ends("refused", "the open sessions hold more than 256 MiB"),
        Attack::UnmappedObjects => logs("Objects of the kind `kind0` have no mapping; nothing is kept of them."),
        Attack::Feed => logs("0 refused, 1 added").leaves(1),
        Attack::FeedWithoutEnd => logs("0 refused, 6000 added").leaves(6_000),
        // These happen elsewhere than in a run.
        Attack::ManyBlocks
        | Attack::HugeCard
        | Attack::NumbersThatAreNone
        | Attack::CrookedTable
        | Attack::ManyPoints
        | Attack::CardOfScript
        | Attack::FormThatIsNone
        | Attack::TimeThatIsNone
        | Attack::EntityThatIsNone
        | Attack::CardThatIngests
        | Attack::AnotherEntity
        | Attack::NoEntity
        | Attack::FewAnswers
        | Attack::ForeignKinds
        | Attack::ManyEmitted
        | Attack::GrowInProcess
        | Attack::BreakOffAtOne
        | Attack::ProcessThatIngests
        | Attack::RefuseChanges
        | Attack::FeedOnChanges
        | Attack::HugeAnswer
        | Attack::ForbiddenAnswer
        | Attack::FindingsWithoutEnd
        | Attack::HugeFinding
        | Attack::CheckThatIngests
        | Attack::AnswersWithoutEnd => ends("ok", ""),
        Attack::StateOverItsSize => ends("denied", "KEPT: Some([49]) true").denied("state"),
        Attack::HostileKeys => ends("ok", ""),
        Attack::HttpNotGranted | Attack::HttpPrivate => ends("ok", "").denied("http"),
        Attack::HttpWithoutEnd => {
            ends("failed", "the call has sent 10000 requests, as many as one may").denied("requests")
        }
        Attack::HttpHeaders => ends("ok", ""),
        Attack::RepositoryNotGranted => ends("ok", "").denied("repositories"),
        Attack::RepositoryTraversal => logs("a.yaml folder/b.yaml"),
        Attack::FilesNotGranted => logs("/a.yaml /etc /link.yaml").denied("files"),
        Attack::ManySnapshots => ends("refused", "64 open: 64 trees are open, the most at once"),
        Attack::ManyPatterns => ends("refused", "10000 patterns of"),
    }
}

/// What the operator grants to an attacker: little, so that the end comes soon.
pub(crate) fn grants(attack: Attack, repository: &Path) -> String {
    let repositories = format!("repositories: [\"{}\"]", repository.display());
    let files = format!("files: [\"{}\"]", repository.with_file_name("shelf").display());
    let http = match attack {
        Attack::HttpPrivate => "http: [{ host: '*' }]",
        _ => "http: [{ host: api.example.com }, { host: '*.wild.example.com' }]",
    };
    let credentials =
        "credentials: { api: { hosts: [api.example.com], secret: { env: PORTICO_TEST_NO_SUCH_SECRET } } }";
    let limits = match attack {
        Attack::Spin | Attack::SpinInHostCalls => "cpu: 500ms",
        // Less than any call may compute, so that it is always the clock that ends it.
        Attack::EndlessProgress | Attack::WaitForEver => "cpu: 30s, wall: 500ms",
        // The guest makes a quarter of a gigabyte of documents, which takes it a while.
        _ => "cpu: 60s",
    };
    let catalog = match attack {
        Attack::CatalogNotGranted | Attack::KindsNotGranted => "catalog: { read: [System], write: [System] }",
        _ => "catalog: { read: ['*'], write: ['*'], attach: ['*'] }",
    };
    format!("{{ {repositories}, {files}, {http}, {credentials}, {catalog}, limits: {{ memory: 64MiB, {limits} }} }}")
}

/// More than any of these attacks may take, on a machine that does much else.
const BOUND: Duration = Duration::from_secs(60);

/// What may pass until the card of a healthy plugin is there while another one attacks, on such a machine.
pub(crate) const CARD: Duration = Duration::from_secs(20);

/// Has a healthy plugin draw a card beside an attack, and holds it against its time.
pub(crate) async fn card_in_time(portal: &Portal, attack: impl std::fmt::Debug) {
    let healthy = EntityRef::parse("component:default/healthy").unwrap();
    let card = tokio::time::timeout(CARD, portal.runtime.card("healthy", "card", Some(&healthy), None)).await;
    let card = card.unwrap_or_else(|_| panic!("a card takes longer than {CARD:?} beside {attack:?}"));
    assert_eq!(card.unwrap().blocks.len(), 10, "beside {attack:?}");
}

async fn portal(attack: Attack, repository: &Path) -> Portal {
    let config = format!(
        "hostile: {{ settings: {{ attack: \"{}\", only: ingestion, repository: \"{}\" }}, grants: {} }}\nhealthy: {{ settings: {{ attack: nothing }} }}\n",
        attack.name(),
        repository.display(),
        grants(attack, repository),
    );
    let healthy = hostile(Changes { name: "healthy", ..Changes::default() });
    let files = vec![("hostile.wasm", hostile(Changes::default())), ("healthy.wasm", healthy)];
    Portal::start(Setup { config, files, ..Setup::default() }).await
}

/// Lets the attack happen, with a healthy plugin at work beside it.
async fn attacked(portal: &Portal, attack: Attack) -> (Run, Vec<LogLine>) {
    let id = portal.runtime.run("hostile", portico_api_types::Trigger::Request).unwrap().id;
    if matches!(attack, Attack::IgnoreCancel | Attack::HeedCancel) {
        let begun =
            || portal.runtime.live_run(id).is_some_and(|(_, log, _)| log.iter().any(|line| line.message == "begun"));
        eventually(begun).await;
        assert!(portal.runtime.cancel(id));
    }
    let (healthy, _) = portal.run("healthy").await;
    assert_eq!(healthy.state, RunState::Succeeded, "{:?} beside {attack:?}", healthy.result);
    card_in_time(portal, attack).await;
    portal.ended(id).await
}

fn check(attack: Attack, portal: &Portal, run: &Run, log: &[LogLine]) {
    let Expected { code, says, logs, leaves, denied } = expected(attack);
    let result = run.result.as_ref().unwrap();
    assert!(!result.message.contains("CAME THROUGH"), "{attack:?}: {}", result.message);
    assert_eq!(result.code, code, "{attack:?}: {}", result.message);
    assert!(result.message.contains(says), "{attack:?}: {}", result.message);
    assert!(log.iter().any(|line| line.message.contains(logs)) || logs.is_empty(), "{attack:?}: {log:?}");
    assert!(result.message.len() <= 8 << 10, "{attack:?}: a sentence of {} bytes", result.message.len());
    for line in log {
        assert!(line.message.len() <= 4 << 10, "{attack:?}: a line of {} bytes", line.message.len());
        assert!(!line.message.contains('\u{1b}'), "{attack:?}: control characters");
    }
    for plugin in portal.runtime.plugins() {
        let is_expected = plugin.name == "hostile" && !denied.is_empty();
        let is_counted = plugin.denials.iter().any(|one| one.capability == denied);
        assert!(if is_expected { is_counted } else { plugin.denials.is_empty() }, "{attack:?}: {:?}", plugin.denials);
        let held = plugin.used.peak_memory;
        assert!(held <= 64 << 20, "{attack:?}: {} held {held} bytes", plugin.name);
    }
    let problems = portal.catalog.problems(None, None).unwrap();
    assert!(problems.len() <= 100, "{attack:?}: {} problems", problems.len());
    // The healthy plugin's entity is there, and what the attack may leave, and nothing else.
    assert_eq!(portal.catalog.count().unwrap(), 1 + leaves, "{attack:?}");
    let sources = portal.catalog.sources().unwrap();
    assert!(sources.iter().any(|source| source.plugin == "healthy" && source.entities == 1), "{attack:?}: {sources:?}");
}

/// A bare repository with two files, a folder and a link that leads out, another one beside it, and a folder of files with links
/// that lead out.
pub(crate) fn repositories(folder: &Path) -> std::path::PathBuf {
    for name in ["shelf", "shelfish"] {
        std::fs::create_dir(folder.join(name)).unwrap();
        std::fs::write(folder.join(name).join("a.yaml"), "kind: Component").unwrap();
    }
    std::os::unix::fs::symlink("/etc/passwd", folder.join("shelf/link.yaml")).unwrap();
    std::os::unix::fs::symlink("/etc", folder.join("shelf/etc")).unwrap();
    for name in ["granted.git", "other.git"] {
        let repository = git2::Repository::init_bare(folder.join(name)).unwrap();
        let file = repository.blob(b"kind: Component").unwrap();
        let link = repository.blob(b"/etc").unwrap();
        let mut inner = repository.treebuilder(None).unwrap();
        inner.insert("b.yaml", file, 0o100_644).unwrap();
        let inner = inner.write().unwrap();
        let mut root = repository.treebuilder(None).unwrap();
        root.insert("a.yaml", file, 0o100_644).unwrap();
        root.insert("folder", inner, 0o040_000).unwrap();
        root.insert("link", link, 0o120_000).unwrap();
        let tree = repository.find_tree(root.write().unwrap()).unwrap();
        let author = git2::Signature::now("Test", "test@example.com").unwrap();
        repository.commit(Some("HEAD"), &author, &author, "first", &tree, &[]).unwrap();
    }
    folder.join("granted.git")
}

async fn withstand(attack: Attack) {
    let folder = tempfile::tempdir().unwrap();
    let repository = repositories(folder.path());
    let portal = portal(attack, &repository).await;
    let begun = Instant::now();
    let (run, log) = attacked(&portal, attack).await;
    // What is refused to it as a subscriber, it tries again; between two attempts nothing is held.
    eventually(|| portal.runtime.metrics().memory == 0).await;
    assert!(begun.elapsed() < BOUND, "{attack:?} took {:?}", begun.elapsed());
    check(attack, &portal, &run, &log);
    // And whoever was attacked goes on: the next call is as good as the first.
    let (healthy, _) = portal.run("healthy").await;
    assert_eq!(healthy.state, RunState::Succeeded, "after {attack:?}");
}

attacks! {
    Attack, every_attack_is_tried_and_in_the_documentation;
    a_plugin_that_does_nothing_wrong_is_left_alone: [Attack::Nothing, Attack::Return, Attack::Relay, Attack::HandOverMany],
    computing_without_end_is_ended: [
        Attack::Spin, Attack::SpinInHostCalls, Attack::EndlessProgress, Attack::WaitForEver,
    ],
    a_request_to_stop_is_enforced: [Attack::IgnoreCancel, Attack::HeedCancel],
    memory_is_bounded: [Attack::AllocateAtOnce, Attack::AllocateGradually, Attack::AllocateWithCare, Attack::GrowBeyondTheType],
    a_crash_is_told_with_its_last_words: [Attack::Recurse, Attack::RecurseOnTheEnginesStack, Attack::Panic, Attack::Unreachable, Attack::HugeError],
    what_crosses_the_border_is_checked: [
        Attack::TextOutsideOfMemory, Attack::HugeText, Attack::TextThatIsNone, Attack::ListOutsideOfMemory, Attack::ForgedHandle,
        Attack::CommittedTwice,
    ],
    sessions_are_bounded_and_leave_nothing_behind: [
        Attack::ManySessions, Attack::SessionOfManyFiles, Attack::SameScopeTwice, Attack::SessionLeftOpen, Attack::SessionDropped, Attack::CrashBeforeCommit,
        Attack::HugeScope, Attack::HugeCursor,
    ],
    documents_are_hostile_until_they_are_checked: [
        Attack::MalformedDocuments, Attack::HugeDocument, Attack::DeepDocument, Attack::ManyDocuments, Attack::DuplicateNames,
        Attack::ProblemsWithoutEnd, Attack::RefusalsWithoutEnd, Attack::ManyViolations, Attack::HostilePlaces,
    ],
    facts_are_hostile_until_they_are_checked: [Attack::HostileFacts],
    what_a_session_holds_is_bounded: [Attack::DocumentsWithoutEnd, Attack::FactsWithoutEnd],
    logs_and_state_are_bounded: [Attack::LogFlood, Attack::HugeLogLine, Attack::StateOverItsSize, Attack::HostileKeys],
    hosts_that_were_not_granted_are_not_reached: [Attack::HttpNotGranted, Attack::HttpWithoutEnd, Attack::HttpPrivate, Attack::HttpHeaders],
    kinds_that_were_not_granted_are_neither_read_nor_brought_in: [Attack::CatalogNotGranted, Attack::CatalogWithoutEnd, Attack::KindsNotGranted],
    objects_are_hostile_until_they_are_mapped: [Attack::MalformedObjects, Attack::ObjectsWithoutEnd, Attack::UnmappedObjects, Attack::Feed, Attack::FeedWithoutEnd],
    attacks_in_other_extension_points_do_nothing_in_a_run: [
        Attack::ManyBlocks, Attack::HugeCard, Attack::NumbersThatAreNone, Attack::CrookedTable, Attack::ManyPoints, Attack::CardOfScript,
        Attack::FormThatIsNone, Attack::TimeThatIsNone, Attack::EntityThatIsNone, Attack::CardThatIngests, Attack::AnotherEntity,
        Attack::NoEntity, Attack::FewAnswers, Attack::ForeignKinds, Attack::ManyEmitted, Attack::GrowInProcess, Attack::BreakOffAtOne, Attack::ProcessThatIngests,
        Attack::RefuseChanges, Attack::FeedOnChanges, Attack::HugeAnswer, Attack::ForbiddenAnswer, Attack::FindingsWithoutEnd,
        Attack::HugeFinding, Attack::CheckThatIngests, Attack::AnswersWithoutEnd,
    ],
    files_that_were_not_granted_are_not_read: [Attack::FilesNotGranted],
    repositories_that_were_not_granted_are_not_read: [
        Attack::RepositoryNotGranted, Attack::RepositoryTraversal, Attack::ManySnapshots, Attack::ManyPatterns,
    ],
}
