//! Kinds that need code: each document of theirs passes the plugin that brought the kind, whoever brings the document.
//!
//! Rule: a document comes out as the same entity, or not at all. What a plugin made of it is kept as long as neither of both has
//! changed, so that a sync without change calls nobody. Where the plugin does not run, documents of its kinds are refused, and what is
//! in the catalog stays.

use std::collections::BTreeMap;
use std::sync::Arc;

use portico_api_types::KindOrigin;
use portico_kinds::Declared;
use portico_manifest::{Extension, Limits, Period};
use portico_model::{EntityRef, Kinds, reference_in};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};
use wasmtime::Store;

use crate::ask::Failed;
use crate::bindings::kinds::exports::portico::plugin::kinds as guest;
use crate::bindings::portico::plugin::ingest::Put;
use crate::bindings::portico::plugin::types::Error as GuestError;
use crate::call::{Answered, Share, Work};
use crate::classify::clean;
use crate::fault::Fault;
use crate::guest::Guest;
use crate::host::Host;
use crate::plugin::{Loaded, Plugin};
use crate::points::{Points, offered};

/// Documents of one call, and their bytes: what a call may hand over at once, with room for what comes back.
const AT_ONCE: usize = 200;
const BYTES_AT_ONCE: usize = 2 << 20;

/// Calls for the documents of one batch: enough to find three among them that the plugin breaks off at.
const CALLS: usize = 48;

/// Documents that may follow from one, and warnings of one, as the contract says.
const EMITTED: usize = 100;
const WARNINGS: usize = 20;

/// Computing time and time on the clock of one call, both for some hundred documents.
const CPU: Period = Period::seconds(5);
const WALL: Period = Period::seconds(30);

/// What is kept of earlier answers: some ten thousand documents.
const KEPT: u64 = 32 << 20;

/// What became of a document.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) put: Put,
    /// Documents that follow from it.
    pub(crate) emitted: Vec<String>,
    /// What there is to say of it.
    pub(crate) warnings: Vec<String>,
    /// Why it is not taken, if it is not.
    pub(crate) refused: Option<Unprocessed>,
}

/// Why a document is not taken.
#[derive(Clone, Debug)]
pub(crate) struct Unprocessed {
    pub(crate) why: String,
    /// Whether its plugin failed, and said nothing of the document: the next time may be another.
    pub(crate) may_pass: bool,
}

impl Taken {
    /// How many documents it is, and their bytes.
    pub(crate) fn size(&self) -> (usize, u64) {
        let bytes = self.put.document.len() + self.emitted.iter().map(String::len).sum::<usize>();
        (1 + self.emitted.len(), bytes as u64)
    }

    /// Whether its plugin failed, so that it has to be handed over again.
    pub(crate) fn is_unprocessed(&self) -> bool {
        self.refused.as_ref().is_some_and(|refused| refused.may_pass)
    }

    fn as_it_is(put: Put) -> Taken {
        Taken { put, emitted: Vec::new(), warnings: Vec::new(), refused: None }
    }
}

/// A plugin's answer for one document.
type Answer = Result<Arc<Processed>, Unprocessed>;

#[derive(Debug)]
struct Processed {
    document: String,
    emitted: Vec<String>,
    warnings: Vec<String>,
}

/// Earlier answers, by the plugin's version with its settings, and the digest of the document.
pub(crate) struct KeptDocuments(Cache<[u8; 32], Arc<Processed>, Weight>);

#[derive(Clone)]
struct Weight;

impl Weighter<[u8; 32], Arc<Processed>> for Weight {
    fn weight(&self, _: &[u8; 32], kept: &Arc<Processed>) -> u64 {
        let texts = kept.emitted.iter().chain(&kept.warnings);
        128 + (kept.document.len() + texts.map(String::len).sum::<usize>()) as u64
    }
}

impl Default for KeptDocuments {
    fn default() -> KeptDocuments {
        KeptDocuments(Cache::with_weighter(10_000, KEPT, Weight))
    }
}

struct Process(Vec<String>);

impl Work for Process {
    type Answer = Vec<Result<guest::Processed, GuestError>>;

    fn limits(&self, granted: Limits) -> Limits {
        Limits { cpu: granted.cpu.min(CPU), wall: granted.wall.min(WALL), ..granted }
    }

    fn share(&self) -> Share {
        Share::Inner
    }

    // What a document says must not change what it is judged by, nor process itself without end.
    fn may_ingest(&self) -> bool {
        false
    }

    async fn enter(self, points: Points, store: &mut Store<Guest>) -> Answered<Self::Answer> {
        let plugin = offered(points.kinds.as_ref(), Extension::Kinds)?.instantiate_async(&mut *store).await?;
        plugin.portico_plugin_kinds().call_process(store, &self.0).await.map(Ok)
    }
}

/// A document with the plugin that processes its kind.
struct Due {
    place: usize,
    entity: EntityRef,
    document: String,
}

impl Host {
    /// The plugins that process documents, whether they run or not, by the kinds that they bring, in lower case. A kind counts by who has
    /// declared it: what a plugin's file says that was not taken makes nobody pass it.
    fn processors(&self) -> BTreeMap<String, Arc<Plugin>> {
        let (plugins, registry) = (self.plugins.load(), self.catalog.registry());
        let processor = |(kind, declared): (&String, &Declared)| {
            let KindOrigin::Plugin { plugin } = &declared.origin else { return None };
            let plugin = plugins.get(plugin).filter(|plugin| plugin.offers(Extension::Kinds))?;
            Kinds::built_in().find(kind).is_none().then(|| (kind.clone(), plugin.clone()))
        };
        registry.declared().iter().filter_map(processor).collect()
    }

    /// Stands for the code that documents pass: under other code, every scope has to be read afresh.
    pub(crate) fn processors_digest(&self) -> String {
        let mut digest = Sha256::new();
        let mut any = false;
        for plugin in self.processors().into_values() {
            if let Some(loaded) = plugin.loaded() {
                for part in [&loaded.digest, &loaded.settings, &format!("{:?}", loaded.rights.read)] {
                    digest.update(part);
                    digest.update([0]);
                }
                any = true;
            }
        }
        if any { hex::encode(&digest.finalize()[..4]) } else { String::new() }
    }

    /// What becomes of documents on their way into the catalog, in their order.
    pub(crate) async fn taken(self: &Arc<Self>, puts: Vec<Put>) -> Vec<Taken> {
        let mut taken: Vec<Taken> = puts.into_iter().map(Taken::as_it_is).collect();
        let processors = self.processors();
        if processors.is_empty() {
            return taken;
        }
        let mut due: BTreeMap<String, Vec<Due>> = BTreeMap::new();
        for (place, one) in taken.iter().enumerate() {
            let Some(entity) = reference_in(&one.put.document) else { continue };
            if let Some(plugin) = processors.get(entity.kind()) {
                let document = one.put.document.clone();
                due.entry(plugin.name.clone()).or_default().push(Due { place, entity, document });
            }
        }
        for (name, due) in due {
            let Some(plugin) = processors.values().find(|plugin| plugin.name == name) else { continue };
            for (place, answer) in self.answers(plugin, due).await {
                apply(&mut taken[place], answer);
            }
        }
        taken
    }

    /// A plugin's answers to documents of its kinds.
    async fn answers(self: &Arc<Self>, plugin: &Arc<Plugin>, due: Vec<Due>) -> Vec<(usize, Answer)> {
        let Some(loaded) = plugin.loaded() else {
            let why = format!(
                "the plugin `{}`, which processes documents of this kind, does not run: {}",
                plugin.name,
                plugin.reason()
            );
            let unprocessed = Unprocessed { why, may_pass: true };
            return due.into_iter().map(|due| (due.place, Err(unprocessed.clone()))).collect();
        };
        let (mut answers, mut asked, mut bytes) = (Vec::with_capacity(due.len()), Vec::new(), 0);
        for one in due {
            if let Some(kept) = self.kept_documents.0.get(&key(&loaded, &one.document)) {
                answers.push((one.place, Ok(kept)));
                continue;
            }
            if asked.len() == AT_ONCE || bytes + one.document.len() > BYTES_AT_ONCE {
                answers.extend(self.process(plugin, &loaded, std::mem::take(&mut asked)).await);
                bytes = 0;
            }
            bytes += one.document.len();
            asked.push(one);
        }
        if !asked.is_empty() {
            answers.extend(self.process(plugin, &loaded, asked).await);
        }
        answers
    }

    /// Calls a plugin with some documents, and keeps what it answers. Where a call breaks off, its halves are tried, so that one document
    /// costs no other.
    async fn process(
        self: &Arc<Self>,
        plugin: &Arc<Plugin>,
        loaded: &Arc<Loaded>,
        due: Vec<Due>,
    ) -> Vec<(usize, Answer)> {
        let mut answers = Vec::with_capacity(due.len());
        let (mut left, mut first) = (vec![due], true);
        for _ in 0..CALLS {
            let Some(mut due) = left.pop() else { return answers };
            let outcome = self.call_with(plugin, loaded, &due, first).await;
            first = false;
            match outcome {
                Ok(results) => {
                    answers.extend(due.iter().zip(results).map(|(due, result)| self.answered(loaded, due, result)))
                }
                Err(failed) if due.len() > 1 && is_of_the_document(&failed.fault) => {
                    let half = due.split_off(due.len() / 2);
                    left.extend([half, due]);
                }
                Err(failed) => {
                    let unprocessed = Unprocessed { why: failed.result.message, may_pass: true };
                    answers.extend(due.iter().map(|due| (due.place, Err(unprocessed.clone()))));
                }
            }
        }
        let why = format!("the plugin `{}` breaks off at many documents; its publisher has to mend it", plugin.name);
        let unprocessed = Unprocessed { why, may_pass: true };
        answers.extend(left.iter().flatten().map(|due| (due.place, Err(unprocessed.clone()))));
        answers
    }

    /// One call. Of the calls of one batch only the first heeds that the plugin is to be left alone for a while.
    async fn call_with(
        self: &Arc<Self>,
        plugin: &Arc<Plugin>,
        loaded: &Arc<Loaded>,
        due: &[Due],
        first: bool,
    ) -> Result<Vec<Result<guest::Processed, GuestError>>, Failed> {
        let work = Process(due.iter().map(|due| due.document.clone()).collect());
        let count = due.len();
        let check = move |results: Vec<_>| match results.len() {
            found if found == count => Ok(results),
            found => Err(Fault::BadOutput(format!("{found} answers to {count} documents"))),
        };
        let (host, plugin, loaded) = (self.clone(), plugin.clone(), loaded.clone());
        // In a task of its own: what it computes is not the computing time of who hands the documents over.
        let asked = tokio::spawn(async move {
            match first {
                true => host.ask(&plugin, &loaded, Extension::Kinds, work, check).await,
                false => host.ask_now(&plugin, &loaded, Extension::Kinds, work, check).await,
            }
        });
        asked.await.unwrap_or_else(|error| Err(Failed::host(format!("processing documents ended early: {error}"))))
    }

    fn answered(&self, loaded: &Loaded, due: &Due, result: Result<guest::Processed, GuestError>) -> (usize, Answer) {
        let answer = checked(&due.entity, result, &loaded.manifest).map(Arc::new);
        if let Ok(kept) = &answer {
            self.kept_documents.0.insert(key(loaded, &due.document), kept.clone());
        }
        (due.place, answer.map_err(|why| Unprocessed { why, may_pass: false }))
    }
}

/// Whether a call that ended so would end so again with the same document.
fn is_of_the_document(fault: &Fault) -> bool {
    matches!(fault, Fault::Panicked { .. } | Fault::CpuLimit(_) | Fault::MemoryLimit { .. } | Fault::BadOutput(_))
}

/// Under which a plugin's answer is kept.
fn key(loaded: &Loaded, document: &str) -> [u8; 32] {
    Sha256::new().chain_update(loaded.number.to_le_bytes()).chain_update(document).finalize().into()
}

fn apply(taken: &mut Taken, answer: Answer) {
    match answer {
        Ok(processed) => {
            taken.put.document.clone_from(&processed.document);
            taken.emitted.clone_from(&processed.emitted);
            taken.warnings.clone_from(&processed.warnings);
        }
        Err(unprocessed) => taken.refused = Some(unprocessed),
    }
}

/// A plugin's answer for one document, held against what it may be.
fn checked(
    entity: &EntityRef,
    result: Result<guest::Processed, GuestError>,
    manifest: &portico_manifest::Manifest,
) -> Result<Processed, String> {
    let plugin = &manifest.name;
    let processed = result.map_err(|error| {
        let words = match error {
            GuestError::Invalid(words)
            | GuestError::Denied(words)
            | GuestError::NotFound(words)
            | GuestError::Failed(words) => words,
            GuestError::Unavailable(unavailable) => unavailable.reason,
        };
        clean(&words)
    })?;
    match reference_in(&processed.entity) {
        Some(after) if after == *entity => {}
        Some(after) => {
            return Err(format!(
                "the plugin `{plugin}` made `{after}` of it, which is another entity; its publisher has to mend it"
            ));
        }
        None => return Err(format!("the plugin `{plugin}` made no document of it; its publisher has to mend it")),
    }
    if processed.emitted.len() > EMITTED {
        return Err(format!(
            "the plugin `{plugin}` has {} documents follow from it; at most {EMITTED} are taken",
            processed.emitted.len()
        ));
    }
    for emitted in &processed.emitted {
        let kind = reference_in(emitted).map(|entity| entity.kind().to_owned());
        if !kind.as_ref().is_some_and(|kind| manifest.declares(kind)) {
            let kind = kind.unwrap_or_else(|| "none".to_owned());
            return Err(format!(
                "the plugin `{plugin}` has a document of the kind `{kind}` follow from it, which is none of its own; its publisher has \
                 to mend it"
            ));
        }
    }
    let warnings = processed.warnings.iter().take(WARNINGS).map(|warning| clean(warning)).collect();
    Ok(Processed { document: processed.entity, emitted: processed.emitted, warnings })
}

#[cfg(test)]
mod tests {
    use portico_manifest::Manifest;

    use super::*;

    #[test]
    fn a_document_comes_out_as_the_same_entity_or_not_at_all() {
        let text = "name: demo\nversion: 1.0.0\npublisher: Acme\ntitle: Demo\ndescription: Shows.\ncontract: 0.1.0\nextensions: [kinds]\nkinds: [{ name: Cluster }, { name: Node }]\n";
        let manifest = Manifest::parse(text, "manifest.yaml").unwrap();
        let document = |kind: &str, name: &str| format!(r#"{{"kind":"{kind}","metadata":{{"name":"{name}"}}}}"#);
        let entity = reference_in(&document("Cluster", "a")).unwrap();
        let answer = |entity: String, emitted: Vec<String>| {
            Ok(guest::Processed { entity, emitted, warnings: vec!["w\u{7}".into(); 30] })
        };
        let cases = [
            (answer(document("cluster", "A"), vec![document("Node", "n")]), ""),
            (answer(document("Cluster", "b"), vec![]), "the plugin `demo` made `cluster:default/b` of it"),
            (answer("nonsense".into(), vec![]), "the plugin `demo` made no document of it"),
            (
                answer(document("Cluster", "a"), vec![document("Component", "n")]),
                "the plugin `demo` has a document of the kind `component`",
            ),
            (
                answer(document("Cluster", "a"), vec!["{}".into()]),
                "the plugin `demo` has a document of the kind `none`",
            ),
            (
                answer(document("Cluster", "a"), vec![document("Node", "n"); EMITTED + 1]),
                "the plugin `demo` has 101 documents follow",
            ),
            (Err(GuestError::Invalid("two\u{7} nodes".into())), "two nodes"),
        ];
        for (result, expected) in cases {
            match checked(&entity, result, &manifest) {
                Ok(processed) => assert_eq!(
                    (processed.warnings.len(), processed.warnings[0].as_str(), expected),
                    (WARNINGS, "w", "")
                ),
                Err(why) => assert!(!expected.is_empty() && why.starts_with(expected), "{why}"),
            }
        }
    }
}
