//! What a plugin committed.

use portico_model::EntityRef;
use serde_json::Value;

use crate::ingest::{Mode, Origin};

/// A session that was committed, in the order in which it was said.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    /// Its scope.
    pub scope: String,
    /// What it says about what it does not name; none if it was about some files.
    pub mode: Option<Mode>,
    /// Whether it named what changes in the place of a full one that the call had open beside it.
    pub in_place_of_full: bool,
    /// The files that it was about.
    pub files: Vec<String>,
    /// Entities that exist, and where they were written down.
    pub entities: Vec<(Value, Origin)>,
    /// Facts, and whom they are about.
    pub facts: Vec<(EntityRef, Value)>,
    /// Objects by their kinds.
    pub objects: Vec<(String, Value)>,
    /// Objects that are gone, by their kinds.
    pub withdrawn: Vec<(String, Value)>,
    /// Entities that are gone.
    pub removed: Vec<EntityRef>,
    /// Entities whose facts were taken back.
    pub detached: Vec<EntityRef>,
    /// What could not be read: the file, and why.
    pub problems: Vec<(String, String)>,
    /// What was refused.
    pub refused: Vec<String>,
    /// Where the reading stands.
    pub cursor: Option<String>,
}

impl Committed {
    pub(super) fn new(scope: &str, mode: Option<Mode>, files: &[String]) -> Committed {
        Committed {
            scope: scope.to_owned(),
            mode,
            in_place_of_full: false,
            files: files.to_vec(),
            entities: Vec::new(),
            facts: Vec::new(),
            objects: Vec::new(),
            withdrawn: Vec::new(),
            removed: Vec::new(),
            detached: Vec::new(),
            problems: Vec::new(),
            refused: Vec::new(),
            cursor: None,
        }
    }

    /// What it is one of at most.
    pub(super) fn place(&self) -> (String, bool) {
        (self.scope.clone(), self.mode == Some(Mode::Delta))
    }

    /// The document of an entity, by its reference.
    pub fn entity(&self, reference: &str) -> Option<&Value> {
        let reference = EntityRef::parse(reference).ok()?;
        let mut documents = self.entities.iter().map(|(document, _)| document);
        documents.rfind(|document| portico_model::reference_of(document).as_ref() == Some(&reference))
    }
}
