//! Sessions: one source's word about one scope, collected until it is committed.
//!
//! Rule: everything that can be refused is refused here, outside any transaction; a commit only stores. What a session
//! holds is private to it, and dropping it leaves no trace.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use portico_api_types::Summary;
use portico_kinds::Registry;
use portico_model::{EntityRef, Relation};
use redb::ReadTransaction;

use crate::judged::{self, Judged};
use crate::lease::Lease;
use crate::record::{Attachment, Cause, ProblemRecord, decode};
use crate::report::{About, Report};
use crate::{Catalog, CommitError, SessionError, tables, time};

/// The longest name of a scope, in bytes: it is a key in the store and a line on a page.
const SCOPE_LIMIT: usize = 512;

/// What a session says about what it does not name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What the scope held before and is not put again is removed at commit.
    Full,
    /// As full, of what came from these files, named as in [`Origin::file`]. What came from others stays, and so do facts.
    Files(HashSet<String>),
    /// Only what is named changes.
    Delta,
}

impl Mode {
    /// Whether a session says all that there is to say of a file, so that what it does not say is gone. Of a session that names what
    /// changes, nobody asks.
    pub(crate) fn speaks_of(&self, file: &str) -> bool {
        match self {
            Mode::Full | Mode::Delta => true,
            Mode::Files(files) => files.contains(file),
        }
    }
}

/// What becomes of an entity that its source says no more, while the source itself is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrphanStrategy {
    /// It goes, into the bin.
    #[default]
    Delete,
    /// It stays, with the annotation `backstage.io/orphan`, until somebody deletes it.
    Keep,
}

/// Where an entity was written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The file inside the scope, or any other stable name of the place.
    pub file: String,
    /// The line at which the document begins, from 1.
    pub line: u32,
    /// A page on which a person can read it.
    pub url: Option<String>,
    /// The entity that led here, such as a Location.
    pub parent: Option<EntityRef>,
}

/// One sync of one scope.
pub struct Session {
    catalog: Catalog,
    pub(crate) before: Option<Before>,
    /// As they were when the session began; what is committed under others is judged by those again.
    pub(crate) registry: Arc<Registry>,
    pub(crate) staged: Staged,
    /// Held while no other session like it may be open for the scope.
    _lease: Option<Lease>,
}

/// What the source said when the session began, if it had said anything. It is let go of before the session is stored, as a state that
/// is held keeps its pages in the file.
pub(crate) struct Before {
    pub(crate) source: u32,
    pub(crate) transaction: ReadTransaction,
}

/// What a session has collected, for a look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// The documents that were found good, as JSON, by reference.
    pub documents: Vec<Vec<u8>>,
    /// What was refused or could not be read, a sentence each with its place.
    pub problems: Vec<String>,
}

/// All that a session says, for who has it stored elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What it speaks of.
    pub scope: String,
    /// What it says about what it does not name.
    pub mode: Mode,
    /// The documents that were found good, as JSON, by reference.
    pub documents: Vec<(Arc<[u8]>, Origin)>,
    /// What is gone.
    pub removed: Vec<EntityRef>,
    /// Facts, a JSON object each.
    pub facts: Vec<(EntityRef, Vec<u8>)>,
    /// Of what facts are taken back.
    pub detached: Vec<EntityRef>,
    /// What was refused or could not be read.
    pub reports: Vec<Report>,
    /// What there is to say of what was taken.
    pub warnings: Vec<Report>,
}

/// What a session has collected.
pub(crate) struct Staged {
    pub(crate) plugin: String,
    pub(crate) scope: String,
    pub(crate) mode: Mode,
    /// Whether it names what changes by what one has read that spoke of all.
    pub(crate) in_place_of_whole: bool,
    /// New or changed documents, by reference.
    pub(crate) documents: BTreeMap<EntityRef, Document>,
    /// References that were said again as they were.
    pub(crate) unchanged: BTreeSet<EntityRef>,
    /// References that are gone.
    pub(crate) removed: BTreeSet<EntityRef>,
    /// New or changed facts, by reference.
    pub(crate) facts: BTreeMap<EntityRef, Facts>,
    /// References whose facts were said again as they were.
    pub(crate) facts_unchanged: BTreeSet<EntityRef>,
    /// References whose facts are taken back.
    pub(crate) detached: BTreeSet<EntityRef>,
    pub(crate) problems: Vec<ProblemRecord>,
    /// Files with a problem, and the first one's sentence: what they brought before stays.
    pub(crate) broken: HashMap<String, String>,
}

/// A document that was found good.
pub(crate) struct Document {
    pub(crate) json: Arc<[u8]>,
    pub(crate) digest: [u8; 16],
    pub(crate) origin: Origin,
    /// What it makes by the kinds that it was judged by.
    pub(crate) relations: Vec<Relation>,
}

/// Facts that were found good.
pub(crate) struct Facts {
    pub(crate) json: Vec<u8>,
    pub(crate) digest: [u8; 16],
}

impl Catalog {
    /// Opens a session for `scope` of `plugin`.
    pub fn session(&self, plugin: &str, scope: &str, mode: Mode) -> Result<Session, SessionError> {
        check(scope)?;
        // What a delta commits from here on is left as it is, so that it does not matter that the state below has it not.
        let lease = Lease::take(self, (plugin.to_owned(), scope.to_owned()), &mode)
            .ok_or_else(|| SessionError::AlreadyOpen { scope: scope.to_owned() })?;
        let transaction = self.read()?;
        let source = crate::source::find(&transaction, plugin, scope)?;
        let staged = Staged::new(plugin, scope, mode);
        let registry = self.registry();
        let before = source.map(|source| Before { source, transaction });
        Ok(Session { catalog: self.clone(), before, registry, staged, _lease: Some(lease) })
    }

    /// Opens a session of which nothing will be kept: it ends with [`Session::collected`]. What the scope holds is not looked at.
    pub fn trial(&self, plugin: &str, scope: &str) -> Result<Session, SessionError> {
        check(scope)?;
        let (registry, staged) = (self.registry(), Staged::new(plugin, scope, Mode::Full));
        Ok(Session { catalog: self.clone(), before: None, registry, staged, _lease: None })
    }
}

/// Whether a scope's name is usable.
fn check(scope: &str) -> Result<(), SessionError> {
    if scope.is_empty() || scope.len() > SCOPE_LIMIT || scope.chars().any(char::is_control) {
        let found = match scope.len() {
            0 => "none".to_owned(),
            length if length > SCOPE_LIMIT => format!("{length} bytes"),
            _ => format!("{scope:?}"),
        };
        return Err(SessionError::BadScope { limit: SCOPE_LIMIT, found });
    }
    Ok(())
}

impl Staged {
    /// Nothing yet.
    pub(crate) fn new(plugin: &str, scope: &str, mode: Mode) -> Staged {
        Staged {
            plugin: plugin.to_owned(),
            scope: scope.to_owned(),
            mode,
            in_place_of_whole: false,
            documents: BTreeMap::new(),
            unchanged: BTreeSet::new(),
            removed: BTreeSet::new(),
            facts: BTreeMap::new(),
            facts_unchanged: BTreeSet::new(),
            detached: BTreeSet::new(),
            problems: Vec::new(),
            broken: HashMap::new(),
        }
    }
}

impl Session {
    /// Says that an entity exists, as a whole JSON document. A refused document is kept as a problem, and the reason is
    /// returned; the others stand. The same reference twice: the later document stands.
    pub fn put(&mut self, document: &str, origin: Origin) -> Result<(), String> {
        let judged = self.judge(document, &origin);
        self.take(judged, origin)
    }

    /// Takes a document that this session has judged, as [`Session::put`] does.
    pub fn take(&mut self, judged: Judged, origin: Origin) -> Result<(), String> {
        match judged {
            Judged::Known(reference) => {
                self.staged.documents.remove(&reference);
                self.staged.removed.remove(&reference);
                self.staged.unchanged.insert(reference);
                Ok(())
            }
            Judged::Good { reference, json, digest, relations } => {
                self.staged.unchanged.remove(&reference);
                self.staged.removed.remove(&reference);
                self.staged.documents.insert(reference, Document { json, digest, origin, relations });
                Ok(())
            }
            Judged::Refused { about, reasons } => {
                let refuse = |(path, message): (String, String)| self.refuse(&origin, about.clone(), &path, message);
                Err(reasons.into_iter().map(refuse).collect::<Vec<String>>().join("; "))
            }
        }
    }

    /// Keeps why a document, or a place in it, is not taken. Answers the reason.
    pub fn refuse(&mut self, origin: &Origin, about: About, path: &str, message: String) -> String {
        self.report(Report {
            refused: true,
            file: origin.file.clone(),
            line: origin.line,
            column: 0,
            path: path.to_owned(),
            about,
            url: origin.url.clone(),
            message: message.clone(),
        });
        message
    }

    /// Keeps what could not be taken over. What the same file brought before stays in the catalog.
    pub fn report(&mut self, report: Report) {
        self.staged.broken.entry(report.file.clone()).or_insert_with(|| report.message.clone());
        let cause = if report.refused { Cause::Refused } else { Cause::Unreadable };
        self.note(cause, report);
    }

    /// Keeps what there is to say of something that was taken.
    pub fn warn(&mut self, report: Report) {
        self.note(Cause::Warned, report);
    }

    fn note(&mut self, cause: Cause, report: Report) {
        let now = time::now();
        self.staged.problems.push(ProblemRecord {
            cause,
            file: report.file,
            line: report.line,
            column: report.column,
            path: report.path,
            entity: report.about.entity.map(|entity| entity.to_string()),
            url: report.url,
            message: report.message,
            first_seen: now,
            last_seen: now,
            owner: report.about.owner.map(|owner| owner.to_string()),
        });
    }

    /// Attaches facts, a JSON object, to an entity that need not be there. The same reference twice: the later facts stand.
    pub fn attach(&mut self, entity: EntityRef, facts: &str) -> Result<(), String> {
        let digest = crate::facts::digest(facts);
        self.staged.detached.remove(&entity);
        if self.attached(&entity).is_some_and(|known| known == digest) {
            self.staged.facts.remove(&entity);
            self.staged.facts_unchanged.insert(entity);
            return Ok(());
        }
        let json = crate::facts::check(facts).map_err(|reason| format!("the facts of `{entity}` {reason}"))?;
        self.staged.facts_unchanged.remove(&entity);
        self.staged.facts.insert(entity, Facts { json, digest });
        Ok(())
    }

    /// The digest of what the source attached before. A source that cannot be looked up counts as unknown: the commit meets the same
    /// fault and says it.
    fn attached(&self, entity: &EntityRef) -> Option<[u8; 16]> {
        let Before { source, transaction } = self.before.as_ref()?;
        let attachments = transaction.open_table(tables::ATTACHMENTS).ok()?;
        let known = attachments.get((*source, entity.as_str())).ok()??;
        decode::<Attachment>("attachments", known.value()).ok().map(|known| known.digest)
    }

    /// Takes back what the source attached to an entity.
    pub fn detach(&mut self, entity: EntityRef) {
        self.staged.facts.remove(&entity);
        self.staged.facts_unchanged.remove(&entity);
        self.staged.detached.insert(entity);
    }

    /// Says that an entity is gone.
    pub fn remove(&mut self, entity: EntityRef) {
        self.staged.documents.remove(&entity);
        self.staged.unchanged.remove(&entity);
        self.staged.removed.insert(entity);
    }

    /// Has a session that names what changes say what one has read that speaks of all, and is open for the scope: what another said since that
    /// one was opened stands.
    pub fn in_place_of_whole(&mut self) {
        self.staged.in_place_of_whole = true;
    }

    /// All that it says, and nothing of it kept here. Only what the catalog does not hold already is among it.
    pub fn words(self) -> Words {
        let Staged { scope, mode, documents, removed, facts, detached, problems, .. } = self.staged;
        let (warnings, reports) =
            problems.into_iter().partition::<Vec<_>, _>(|problem| matches!(problem.cause, Cause::Warned));
        let reports_of = |problems: Vec<ProblemRecord>| problems.into_iter().map(Report::from).collect();
        Words {
            scope,
            mode,
            documents: documents.into_values().map(|document| (document.json, document.origin)).collect(),
            removed: removed.into_iter().collect(),
            facts: facts.into_iter().map(|(entity, facts)| (entity, facts.json)).collect(),
            detached: detached.into_iter().collect(),
            reports: reports_of(reports),
            warnings: reports_of(warnings),
        }
    }

    /// Makes all of it visible, in one transaction that is on the disk when this returns. `cursor` says where the
    /// source's reading stands. A full sync that would remove too much is not taken; see [`crate::RemovalGuard`].
    pub fn commit(mut self, cursor: Option<String>) -> Result<Summary, CommitError> {
        self.before = None;
        let catalog = self.catalog.clone();
        crate::commit::commit(&catalog, self, cursor)
    }

    /// Holds what was collected against the kinds of now, if they are others than when the session began.
    pub(crate) fn judge_by(&mut self, registry: &Arc<Registry>) {
        if Arc::ptr_eq(&self.registry, registry) {
            return;
        }
        self.registry = registry.clone();
        for (_, document) in std::mem::take(&mut self.staged.documents) {
            let json = String::from_utf8_lossy(&document.json).into_owned();
            let judged = judged::judge(&json, document.digest, &self.registry);
            // What is refused is kept as a problem.
            let _ = self.take(judged, document.origin);
        }
    }

    /// What was collected, and nothing of it kept.
    pub fn collected(self) -> Collected {
        let sentence = |problem: ProblemRecord| match problem.line {
            0 => format!("{}: {}", problem.file, problem.message),
            line => format!("{}, line {line}: {}", problem.file, problem.message),
        };
        Collected {
            documents: self.staged.documents.into_values().map(|document| document.json.to_vec()).collect(),
            problems: self.staged.problems.into_iter().map(sentence).collect(),
        }
    }
}
