//! What the names in a query mean: short ones for what people ask most, paths for everything else, and relations, which
//! lead on to other entities.

use crate::kind::Kinds;
use crate::text::{closest, either, lower, shown};

/// Short names of paths.
const ROWS: [(&str, &str); 9] = [
    ("kind", "kind"),
    ("type", "spec.type"),
    ("lifecycle", "spec.lifecycle"),
    ("name", "metadata.name"),
    ("namespace", "metadata.namespace"),
    ("title", "metadata.title"),
    ("description", "metadata.description"),
    ("tag", "metadata.tags"),
    ("tags", "metadata.tags"),
];

/// Short names of what paths begin with.
const BEGINNINGS: [(&str, &str); 4] = [
    ("label", "metadata.labels"),
    ("labels", "metadata.labels"),
    ("annotation", "metadata.annotations"),
    ("annotations", "metadata.annotations"),
];

/// What paths begin with.
const ROOTS: [&str; 6] = ["metadata", "spec", "facts", "properties", "relations", "status"];

/// Short names of relations, and the kind that a bare name is of.
const RELATIONS: [(&str, &str, &str); 3] =
    [("owner", "ownedby", "group"), ("system", "partof", "system"), ("domain", "partof", "domain")];

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A search row.
    Row(String),
    /// The entities that a relation leads to.
    Relation {
        /// In lower case.
        relation: String,
        /// Of a reference that names no kind.
        default_kind: Option<String>,
    },
    /// Something of the entities that a relation leads to.
    Along(String, Box<Meaning>),
}

impl Meaning {
    /// What a name means; otherwise a sentence that says what is known.
    pub(super) fn of(name: &str, kinds: &Kinds) -> Result<Meaning, String> {
        let lowered = lower(name);
        if let Some((_, path)) = ROWS.iter().find(|(short, _)| *short == lowered) {
            return Ok(Meaning::Row((*path).to_owned()));
        }
        if let Some((relation, default_kind)) = relation(&lowered, kinds) {
            return Ok(Meaning::Relation { relation, default_kind });
        }
        let Some((head, rest)) = lowered.split_once('.').filter(|(_, rest)| !rest.is_empty()) else {
            return Err(unknown(name, kinds));
        };
        if ROOTS.contains(&head) || head == "apiversion" {
            return Ok(Meaning::Row(lowered.into_owned()));
        }
        if let Some((_, path)) = BEGINNINGS.iter().find(|(short, _)| *short == head) {
            return Ok(Meaning::Row(format!("{path}.{rest}")));
        }
        match relation(head, kinds) {
            Some((relation, _)) => Ok(Meaning::Along(relation, Box::new(Meaning::of(rest, kinds)?))),
            None => Err(unknown(name, kinds)),
        }
    }
}

/// The relation of a name in lower case, and the kind of a reference that names none.
fn relation(name: &str, kinds: &Kinds) -> Option<(String, Option<String>)> {
    if let Some((_, relation, kind)) = RELATIONS.iter().find(|(short, ..)| *short == name) {
        return Some(((*relation).to_owned(), Some((*kind).to_owned())));
    }
    for field in kinds.iter().flat_map(|kind| kind.all_relations()) {
        if lower(&field.relation) == name {
            return Some((name.to_owned(), field.default_kind.clone()));
        }
        if lower(&field.inverse) == name {
            return Some((name.to_owned(), None));
        }
    }
    None
}

fn unknown(name: &str, kinds: &Kinds) -> String {
    let short = ROWS.iter().map(|(short, _)| *short).chain(RELATIONS.iter().map(|(short, ..)| *short));
    let head = name.split('.').next().unwrap_or(name);
    let known: Vec<&str> =
        short.chain(kinds.relations()).chain(BEGINNINGS.iter().map(|(short, _)| *short)).chain(ROOTS).collect();
    match closest(head, known.iter().copied()) {
        Some(meant) => format!("{} is not known here; did you mean `{meant}`?", shown(name)),
        None => {
            let roots: Vec<String> = ROOTS[..3].iter().map(|root| format!("`{root}.`")).collect();
            format!(
                "{} is not known here; write a short name such as `owner` or `tag`, a relation such as `dependsOn`, or a path \
                 that begins with {}. A word with a colon in it is looked for when it stands in quotation marks",
                shown(name),
                either(&roots)
            )
        }
    }
}
