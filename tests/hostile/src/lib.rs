//! A plugin that does, on demand, each thing that a plugin must not be able to do.
//!
//! Its settings name the attack: `{"attack": "spin"}`. It is built and packed like any other plugin, against the contract
//! alone, without the SDK, which would not let it do half of this. What the portal makes of each attack is in the tests
//! of `portico-runtime`.

mod actions;
mod attack;
mod cards;
mod catalog;
mod changes;
mod checks;
mod compute;
mod contract;
mod disk;
mod files;
mod follows;
mod hand_over;
mod ingest;
mod kinds;
mod links;
mod objects;
mod outside;
mod pushes;
mod raw;
mod relay;
mod requests;
mod wasi;

use attack::Attack;

use contract::exports::portico::plugin::ingestion::Guest;
use contract::portico::plugin::types::Error;
use contract::portico::plugin::{run, settings};

struct Hostile;

impl Guest for Hostile {
    fn sync() -> Result<(), Error> {
        perform(chosen("ingestion")?)
    }
}

/// Those that the portal calls by itself and again and again, so that they attack only where they are named.
const BY_THEMSELVES: [&str; 2] = ["checks", "watcher"];

/// What an extension point is to do, as the settings say: `attack`, and where others are to do nothing, `only` for the one that does it.
fn chosen(point: &str) -> Result<Attack, Error> {
    std::panic::set_hook(Box::new(|panic| run::log(run::Level::Error, &panic.to_string())));
    let settings: serde_json::Value =
        serde_json::from_str(&settings::get()).map_err(|error| Error::Invalid(error.to_string()))?;
    if settings["only"].as_str().map_or(BY_THEMSELVES.contains(&point), |only| only != point) {
        return Ok(Attack::Return);
    }
    let name = settings["attack"].as_str().unwrap_or_default();
    let found = Attack::ALL.iter().find(|attack| attack.name() == name);
    found.copied().ok_or_else(|| Error::Invalid(format!("`attack` names no attack: {name}")))
}

fn perform(attack: Attack) -> Result<(), Error> {
    match attack {
        Attack::Nothing => ingest::behave(),
        Attack::Return => Ok(()),
        Attack::Relay => relay::relay(),
        Attack::HandOverMany => ingest::hand_over_many(),
        Attack::Spin => compute::spin(),
        Attack::SpinInHostCalls => compute::spin_in_host_calls(),
        Attack::EndlessProgress => compute::endless_progress(),
        Attack::IgnoreCancel => compute::ignore_cancel(),
        Attack::HeedCancel => compute::heed_cancel(),
        Attack::WaitForEver => compute::wait_for_ever(),
        Attack::AllocateAtOnce => compute::allocate_at_once(),
        Attack::AllocateGradually => compute::allocate_gradually(),
        Attack::AllocateWithCare => compute::allocate_with_care(),
        Attack::GrowBeyondTheType => compute::grow_beyond_the_type(),
        Attack::Recurse => compute::recurse(),
        Attack::RecurseOnTheEnginesStack => compute::recurse_on_the_engines_stack(),
        Attack::Panic => panic!("the hostile plugin panics on purpose"),
        Attack::Unreachable => raw::unreachable(),
        Attack::HugeError => Err(Error::Failed("\u{1b}[2Jx".repeat(200_000))),
        Attack::TextOutsideOfMemory => hand_over::text_outside_of_memory(),
        Attack::HugeText => hand_over::huge_text(),
        Attack::TextThatIsNone => hand_over::text_that_is_none(),
        Attack::ListOutsideOfMemory => hand_over::list_outside_of_memory(),
        Attack::ForgedHandle => hand_over::forged_handle(),
        Attack::CommittedTwice => hand_over::committed_twice(),
        Attack::ManySessions => ingest::many_sessions(),
        Attack::SessionOfManyFiles => ingest::session_of_many_files(),
        Attack::SameScopeTwice => ingest::same_scope_twice(),
        Attack::SessionLeftOpen => ingest::session_left_open(),
        Attack::SessionDropped => ingest::session_dropped(),
        Attack::CrashBeforeCommit => ingest::crash_before_commit(),
        Attack::HugeScope => ingest::huge_scope(),
        Attack::HugeCursor => ingest::huge_cursor(),
        Attack::MalformedDocuments => ingest::malformed_documents(),
        Attack::HugeDocument => ingest::huge_document(),
        Attack::DeepDocument => ingest::deep_document(),
        Attack::ManyDocuments => ingest::many_documents(),
        Attack::DocumentsWithoutEnd => ingest::documents_without_end(),
        Attack::DuplicateNames => ingest::duplicate_names(),
        Attack::ProblemsWithoutEnd => ingest::problems_without_end(),
        Attack::RefusalsWithoutEnd => ingest::refusals_without_end(),
        Attack::ManyViolations => ingest::many_violations(),
        Attack::HostileFacts => ingest::hostile_facts(),
        Attack::FactsWithoutEnd => ingest::facts_without_end(),
        Attack::HostilePlaces => ingest::hostile_places(),
        Attack::CatalogNotGranted => catalog::not_granted(),
        Attack::CatalogWithoutEnd => catalog::without_end(),
        Attack::KindsNotGranted => catalog::kinds_not_granted(),
        Attack::MalformedObjects => objects::malformed(),
        Attack::ObjectsWithoutEnd => objects::without_end(),
        Attack::UnmappedObjects => objects::unmapped(),
        Attack::Feed => kinds::feed(),
        Attack::FeedWithoutEnd => kinds::feed_without_end(),
        // These happen elsewhere than in a run, see `cards`, `kinds`, `changes`, `requests`, `checks` and `follows`.
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
        | Attack::ProcessThatIngests
        | Attack::RefuseChanges
        | Attack::FeedOnChanges
        | Attack::GrowInProcess
        | Attack::BreakOffAtOne
        | Attack::HugeAnswer
        | Attack::ForbiddenAnswer
        | Attack::FindingsWithoutEnd
        | Attack::HugeFinding
        | Attack::CheckThatIngests
        | Attack::AnswersWithoutEnd => Ok(()),
        Attack::LogFlood => hand_over::log_flood(),
        Attack::HugeLogLine => hand_over::huge_log_line(),
        Attack::StateOverItsSize => hand_over::state_over_its_size(),
        Attack::HostileKeys => hand_over::hostile_keys(),
        Attack::HttpNotGranted => outside::http_not_granted(),
        Attack::HttpWithoutEnd => outside::http_without_end(),
        Attack::HttpPrivate => outside::http_private(),
        Attack::HttpHeaders => outside::http_headers(),
        Attack::RepositoryNotGranted => outside::repository_not_granted(),
        Attack::RepositoryTraversal => outside::repository_traversal(),
        Attack::FilesNotGranted => files::files_not_granted(),
        Attack::ManySnapshots => outside::many_snapshots(),
        Attack::ManyPatterns => outside::many_patterns(),
    }
}

/// An attack that came through: the test looks for this.
fn came_through(what: &str) -> Error {
    Error::Failed(format!("CAME THROUGH: {what}"))
}
