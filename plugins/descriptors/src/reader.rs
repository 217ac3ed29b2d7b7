//! Reads the descriptors of one scope.
//!
//! First come the files that it begins with, those near the root before those below. What a Location names is
//! read right after the file that names it, so that it counts as found by the Location. A file is read once, however many
//! ways lead to it; that is also what ends a circle of Locations.
//!
//! Rules: a broken file costs that file, a broken document that document; whatever is not taken is said, with its place;
//! and a scope that is too much is not read by half, since what is missing from a whole reading is removed.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use portico_sdk::Violation;
use portico_sdk::descriptor::{Judged, Place, documents, judge};
use portico_sdk::model::{Document, EntityRef, Position};
use portico_sdk::{Cause, Error, Problem, Put, Result, debug, info};
use serde_json::Value;

use crate::annotate::annotate;
use crate::location::{self, Outcome};
use crate::placeholder;
use crate::root::Root;
use crate::site::{Links, Site};
use crate::skeleton::{self, Skeletons};
use crate::tree::{Noted, Tree};

/// More descriptor files than the largest repositories have.
const MOST_FILES: usize = 10_000;

/// A chain of Locations that each lead to the next; real ones have three.
const DEEPEST_CHAIN: usize = 32;

/// A descriptor file of this size holds ten thousand entities; what a sandbox can hold of it in parts is more than ten times as much.
const LARGEST_FILE: usize = 4 * 1024 * 1024;

/// Bytes of one document that a portal takes.
const LARGEST_DOCUMENT: usize = 1024 * 1024;

/// Takes what was read.
pub trait Sink {
    /// What is wrong with a document by the portal's kinds.
    fn check(&mut self, document: &str) -> Result<Vec<Violation>>;

    /// An entity.
    fn put(&mut self, put: Put) -> Result<()>;

    /// What could not be read.
    fn report(&mut self, problem: Problem) -> Result<()>;

    /// Whether to stop; asked between files.
    fn stops(&self) -> bool;
}

/// What is read, and how.
pub struct Reading<'a> {
    /// The files.
    pub tree: &'a dyn Tree,
    /// How they are addressed.
    pub site: &'a dyn Site,
    /// Those to begin with.
    pub files: Vec<String>,
    /// What led here from outside, if anything did.
    pub root: Option<&'a Root>,
}

/// What a reading came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// Descriptor files that were read.
    pub files: usize,
    /// Entities that were found good.
    pub entities: usize,
    /// Problems that were reported.
    pub problems: usize,
    /// Files that templates make descriptors of, and that are none yet.
    pub skeletons: Vec<String>,
    /// Whether the result depends on what else is read.
    pub has_neighbours: bool,
    /// Whether files lead to others, describe what others do, or take others out, so that one cannot be read without them.
    pub is_entangled: bool,
    /// Files that were put into descriptors, and those that were to be and are not there.
    pub included: BTreeSet<String>,
    /// Where no file was found: what may be the reason.
    pub hint: String,
}

/// Reads everything: what led here, the files to begin with, and all that they lead to.
pub fn read(reading: &Reading<'_>, sink: &mut dyn Sink) -> Result<Outline> {
    let Some(root) = reading.root else { return read_files(reading, sink) };
    sink.put(root.put.clone())?;
    let outline = read_files(reading, sink)?;
    Ok(Outline { entities: outline.entities + 1, ..outline })
}

/// Reads the files to begin with, and all that they lead to.
pub fn read_files(reading: &Reading<'_>, sink: &mut dyn Sink) -> Result<Outline> {
    let mut reader = Reader {
        reading,
        sink,
        seen: HashSet::new(),
        defined: HashMap::new(),
        skeletons: Skeletons::default(),
        outline: Outline::default(),
    };
    let mut files: Vec<&String> = reading.files.iter().collect();
    // A stable sort: the order of paths stays among files of one depth.
    files.sort_by_key(|path| path.matches('/').count());
    for path in files {
        reader.discovered(path)?;
    }
    reader.outline.is_entangled |= !reader.skeletons.is_empty();
    if !reader.outline.skeletons.is_empty() {
        info!("left out as parts of templates: {}", some_of(&reader.outline.skeletons));
    }
    Ok(reader.outline)
}

/// The first few of a list, and how many there are.
fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 5;
    match names.len() {
        ..=SHOWN => names.join(", "),
        all => format!("{}, … ({all} in all)", names[..SHOWN].join(", ")),
    }
}

struct Reader<'a> {
    reading: &'a Reading<'a>,
    sink: &'a mut dyn Sink,
    /// Files that were read, or that are waiting to be.
    seen: HashSet<String>,
    /// Where each entity was described.
    defined: HashMap<EntityRef, (String, u32)>,
    skeletons: Skeletons,
    outline: Outline,
}

/// A file that is to be read.
struct Step {
    path: String,
    /// The Location that led here.
    parent: Option<EntityRef>,
    /// The location that the chain began with.
    origin: String,
    /// Whether a person named it, or a Location does, rather than a pattern.
    named: bool,
    depth: usize,
}

impl Reader<'_> {
    /// Reads a file to begin with, and everything that it leads to.
    fn discovered(&mut self, path: &str) -> Result<()> {
        if self.seen.contains(path) {
            return Ok(());
        }
        let root = self.reading.root;
        let named = root.is_some_and(|root| root.names_files);
        if !named && self.skeletons.hold(path) {
            self.outline.skeletons.push(path.to_owned());
            return Ok(());
        }
        let step = Step {
            path: path.to_owned(),
            parent: root.map(|root| root.entity.clone()),
            origin: root.map_or_else(|| self.reading.site.links(path).location, |root| root.origin.clone()),
            named,
            depth: 0,
        };
        let mut steps = VecDeque::from([step]);
        self.seen.insert(path.to_owned());
        while let Some(step) = steps.pop_front() {
            if self.sink.stops() {
                return Err(Error::Failed("the run was stopped".to_owned()));
            }
            if self.outline.files == MOST_FILES {
                return Err(Error::Invalid(format!(
                    "it has more than {MOST_FILES} descriptor files; {}",
                    self.reading.site.fewer()
                )));
            }
            self.outline.files += 1;
            self.file(&step, &mut steps)?;
        }
        Ok(())
    }

    fn file(&mut self, step: &Step, steps: &mut VecDeque<Step>) -> Result<()> {
        let links = self.reading.site.links(&step.path);
        let place = Place { file: step.path.clone(), url: links.view.clone(), parent: step.parent.clone() };
        let bytes = match self.reading.tree.read(&step.path) {
            Ok(bytes) if bytes.len() > LARGEST_FILE => {
                let message = format!(
                    "the file has {} bytes; descriptors of at most {} MiB are read: split it into several files",
                    bytes.len(),
                    LARGEST_FILE / 1024 / 1024
                );
                return self.report(place.problem(message));
            }
            Ok(bytes) => bytes,
            Err(error) => return self.report(place.problem(error.to_string())),
        };
        if !step.named && skeleton::is_called_one(&step.path, &bytes) {
            // It is a descriptor in name only.
            self.outline.files -= 1;
            self.outline.skeletons.push(step.path.clone());
            return Ok(());
        }
        let (documents, problems) = documents(&bytes, &place);
        for problem in problems {
            self.report(problem)?;
        }
        for document in &documents {
            if !step.named && skeleton::is_unrendered(&document.value) {
                self.outline.skeletons.push(format!("{} (line {})", step.path, document.line()));
                continue;
            }
            self.document(document, step, &links, &place, steps)?;
        }
        Ok(())
    }

    fn document(
        &mut self,
        document: &Document,
        step: &Step,
        links: &Links,
        place: &Place,
        steps: &mut VecDeque<Step>,
    ) -> Result<()> {
        let mut value = document.value.clone();
        let noted = Noted::new(self.reading.tree);
        let failures = placeholder::resolve(&mut value, &step.path, &noted, self.reading.site);
        self.outline.included.extend(noted.paths());
        if !failures.is_empty() {
            for failure in failures {
                self.report(place.problem_at(document, &failure.path, failure.message))?;
            }
            return Ok(());
        }
        annotate(&mut value, links, &step.origin);
        match judge(document, value, place, &mut |document| checked(self.sink, document))? {
            Err(problems) => problems.into_iter().try_for_each(|problem| self.report(problem)),
            Ok(Judged { reference, value, put }) => {
                self.note_duplicate(&reference, &put)?;
                self.skeletons.learn(&value, &step.path);
                self.sink.put(put)?;
                self.outline.entities += 1;
                self.follow(document, &reference, &value, step, place, steps)
            }
        }
    }

    /// The later of two documents stands, and the author of the earlier hears of it.
    fn note_duplicate(&mut self, entity: &EntityRef, put: &Put) -> Result<()> {
        let here = (put.origin.file.clone(), put.origin.line);
        let Some((file, line)) = self.defined.insert(entity.clone(), here) else { return Ok(()) };
        self.outline.is_entangled = true;
        let message = format!(
            "{} is described again in {}, line {}, and what stands there counts; remove one of the two",
            entity, put.origin.file, put.origin.line
        );
        self.report(Problem {
            cause: Cause::Refused,
            position: Some(Position { line, column: 1 }),
            entity: Some(entity.clone()),
            url: self.reading.site.links(&file).view,
            ..Problem::new(file, message)
        })
    }

    fn follow(
        &mut self,
        document: &Document,
        reference: &EntityRef,
        entity: &Value,
        step: &Step,
        place: &Place,
        steps: &mut VecDeque<Step>,
    ) -> Result<()> {
        let targets = location::targets(entity);
        self.outline.is_entangled |= !targets.is_empty();
        if let Some(kind) = location::foreign_type(entity).filter(|_| !targets.is_empty()) {
            let message = format!("a Location of the type `{kind}` is not followed; use `url` or `file`, or remove it");
            return self.report(place.problem_at(document, "/spec/type", message));
        }
        let Reading { tree, site, .. } = *self.reading;
        for target in targets {
            self.outline.has_neighbours |= target.written.contains("://");
            match location::follow(entity, &target.written, &step.path, tree, site) {
                Outcome::Nothing => debug!("{}: {} is left to others, or optional", step.path, target.written),
                Outcome::Problem(message) => self.report(place.problem_at(document, &target.path, message))?,
                Outcome::Files(files) => {
                    for path in files {
                        self.enqueue(path, reference, step, steps)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn enqueue(&mut self, path: String, parent: &EntityRef, step: &Step, steps: &mut VecDeque<Step>) -> Result<()> {
        if !self.seen.insert(path.clone()) {
            return Ok(());
        }
        if step.depth == DEEPEST_CHAIN {
            let message = format!(
                "more than {DEEPEST_CHAIN} Locations lead here one after the other; name the file nearer to the root"
            );
            return self.report(Problem { url: self.reading.site.links(&path).view, ..Problem::new(path, message) });
        }
        steps.push_back(Step {
            path,
            parent: Some(parent.clone()),
            origin: step.origin.clone(),
            named: true,
            depth: step.depth + 1,
        });
        Ok(())
    }

    fn report(&mut self, problem: Problem) -> Result<()> {
        self.outline.problems += 1;
        self.sink.report(problem)
    }
}

/// What is wrong with a document. One that is too large is so itself: to ask the portal would end the whole reading.
fn checked(sink: &mut dyn Sink, document: &str) -> Result<Vec<Violation>> {
    if document.len() <= LARGEST_DOCUMENT {
        return sink.check(document);
    }
    let message = format!(
        "the document has {} bytes, with what it includes; at most {} MiB are taken: move what is large into a file and refer to it",
        document.len(),
        LARGEST_DOCUMENT / 1024 / 1024
    );
    Ok(vec![Violation { path: String::new(), message }])
}

#[cfg(test)]
mod tests;
