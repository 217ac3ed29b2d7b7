//! The table of relations: which entity leads to which, by what, and which of the two says so.
//!
//! Rule: names are written short, because a relation stands here twice, once from each end, and most of it is the same few words: a
//! built-in kind and a usual relation are one letter, the namespace `default` is none. Letters are never given another meaning, since
//! files hold them.

use redb::{ReadableTable, Table, WriteTransaction};

use crate::batch::{self, Row};
use crate::{StoreError, tables};

/// Pending changes after which they are written, which bounds the memory of a large commit (about 100 bytes a change).
const FLUSH: usize = 100_000;

/// A relation as it is stored: from, relation, to, and whether the entity that it leads to says so.
pub(crate) type Key = (&'static [u8], &'static [u8], &'static [u8], bool);

/// Kinds that are one letter. No kind begins with a capital where it is part of a reference.
const KINDS: [(u8, &str); 10] = [
    (b'A', "api"),
    (b'C', "component"),
    (b'D', "domain"),
    (b'G', "group"),
    (b'L', "location"),
    (b'R', "resource"),
    (b'S', "system"),
    (b'T', "template"),
    (b'U', "user"),
    (b'I', "airesource"),
];

/// Relations that are one letter. No relation begins with a capital.
const NAMES: [(u8, &str); 14] = [
    (b'A', "apiConsumedBy"),
    (b'B', "apiProvidedBy"),
    (b'C', "childOf"),
    (b'D', "consumesApi"),
    (b'E', "dependencyOf"),
    (b'F', "dependsOn"),
    (b'G', "hasMember"),
    (b'H', "hasPart"),
    (b'I', "memberOf"),
    (b'J', "ownedBy"),
    (b'K', "ownerOf"),
    (b'L', "parentOf"),
    (b'M', "partOf"),
    (b'N', "providesApi"),
];

/// The namespace that is not written.
const USUAL: &str = "default";

/// One relation of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    /// Such as `ownedBy`.
    pub(crate) name: String,
    /// The entity that it leads to.
    pub(crate) to: String,
    /// Whether that entity says so, rather than the one that it leads from.
    pub(crate) said_by_target: bool,
}

/// The relations of an entity, by their names; one that both ends say stands twice.
pub(crate) fn of(table: &impl ReadableTable<Key, ()>, from: &str) -> Result<Vec<Relation>, StoreError> {
    below(table, from, None)
}

/// What an entity leads to by a relation; each once.
pub(crate) fn targets(table: &impl ReadableTable<Key, ()>, from: &str, name: &str) -> Result<Vec<String>, StoreError> {
    let mut targets: Vec<String> = below(table, from, Some(name))?.into_iter().map(|relation| relation.to).collect();
    targets.dedup();
    Ok(targets)
}

/// Whether an entity leads to another by a relation.
pub(crate) fn leads(table: &impl ReadableTable<Key, ()>, from: &str, name: &str, to: &str) -> Result<bool, StoreError> {
    let (from, name, to) = (short(from), short_name(name), short(to));
    let (from, name, to) = (from.as_slice(), name.as_slice(), to.as_slice());
    Ok(table.range((from, name, to, false)..=(from, name, to, true))?.next().transpose()?.is_some())
}

/// The relations of a transaction. What changes is kept until there is much of it, so that it is written in order.
pub(crate) struct Relations<'t> {
    table: Table<'t, Key, ()>,
    pending: Vec<Pending>,
}

/// A relation that comes or goes, its names short.
struct Pending {
    /// From, relation and to, one behind the other.
    names: Vec<u8>,
    /// Where the relation begins, and where `to` does.
    begins: (usize, usize),
    said_by_target: bool,
    comes: bool,
}

impl Row for Pending {
    type Key = Key;
    type Value = ();

    fn key(&self) -> (&[u8], &[u8], &[u8], bool) {
        let (name, to) = self.begins;
        (&self.names[..name], &self.names[name..to], &self.names[to..], self.said_by_target)
    }

    fn value(&self, _: Option<&[u8]>) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.comes.then(Vec::new))
    }
}

impl<'t> Relations<'t> {
    pub(crate) fn open(transaction: &'t WriteTransaction) -> Result<Relations<'t>, StoreError> {
        Ok(Relations { table: transaction.open_table(tables::RELATIONS)?, pending: Vec::new() })
    }

    /// A relation is there from now on.
    pub(crate) fn insert(
        &mut self,
        relation: &portico_model::Relation,
        said_by_target: bool,
    ) -> Result<(), StoreError> {
        self.change(relation, said_by_target, true)
    }

    /// A relation is there no longer.
    pub(crate) fn remove(
        &mut self,
        relation: &portico_model::Relation,
        said_by_target: bool,
    ) -> Result<(), StoreError> {
        self.change(relation, said_by_target, false)
    }

    fn change(
        &mut self,
        portico_model::Relation { from, relation, to }: &portico_model::Relation,
        said_by_target: bool,
        comes: bool,
    ) -> Result<(), StoreError> {
        let mut names = Vec::with_capacity(from.as_str().len() + relation.len() + to.as_str().len());
        push_short(&mut names, from.as_str());
        let name = names.len();
        push_short_name(&mut names, relation);
        let begins = (name, names.len());
        push_short(&mut names, to.as_str());
        self.pending.push(Pending { names, begins, said_by_target, comes });
        if self.pending.len() >= FLUSH { self.flush() } else { Ok(()) }
    }

    /// Writes what is pending, which has to happen before anything is read.
    pub(crate) fn flush(&mut self) -> Result<(), StoreError> {
        let mut pending = std::mem::take(&mut self.pending);
        // Of several changes of one relation the last counts, which is the first behind this.
        pending.reverse();
        pending.sort_by(|a, b| a.key().cmp(&b.key()));
        pending.dedup_by(|later, first| later.key() == first.key());
        batch::write(&mut self.table, &pending)
    }

    /// The table, with everything in it.
    pub(crate) fn table(&self) -> &Table<'t, Key, ()> {
        debug_assert!(self.pending.is_empty(), "relations are read before they are written");
        &self.table
    }
}

fn below(table: &impl ReadableTable<Key, ()>, from: &str, only: Option<&str>) -> Result<Vec<Relation>, StoreError> {
    let (from, only) = (short(from), only.map(short_name));
    let first = only.as_deref().unwrap_or_default();
    let mut found = Vec::new();
    for entry in table.range((from.as_slice(), first, &b""[..], false)..)? {
        let key = entry?.0;
        let (of, name, to, said_by_target) = key.value();
        if of != from || only.as_deref().is_some_and(|only| only != name) {
            break;
        }
        found.push(Relation { name: long_name(name)?, to: long(to)?, said_by_target });
    }
    Ok(found)
}

/// A reference, short.
fn short(reference: &str) -> Vec<u8> {
    let mut short = Vec::with_capacity(reference.len());
    push_short(&mut short, reference);
    short
}

fn push_short(short: &mut Vec<u8>, reference: &str) {
    let (kind, rest) = reference.split_once(':').unwrap_or(("", reference));
    let (namespace, name) = rest.split_once('/').unwrap_or(("", rest));
    match KINDS.iter().find(|(_, known)| *known == kind) {
        Some((letter, _)) => short.push(*letter),
        None => {
            short.extend_from_slice(kind.as_bytes());
            short.push(b':');
        }
    }
    if namespace != USUAL {
        short.extend_from_slice(namespace.as_bytes());
    }
    short.push(b'/');
    short.extend_from_slice(name.as_bytes());
}

/// The reference that is meant.
fn long(short: &[u8]) -> Result<String, StoreError> {
    let text = text(short)?;
    let (kind, rest) = match KINDS.iter().find(|(letter, _)| text.as_bytes().first() == Some(letter)) {
        Some((_, kind)) => (*kind, &text[1..]),
        None => text.split_once(':').ok_or_else(|| damaged("a reference without a kind"))?,
    };
    let (namespace, name) = rest.split_once('/').ok_or_else(|| damaged("a reference without a namespace"))?;
    Ok(format!("{kind}:{}/{name}", if namespace.is_empty() { USUAL } else { namespace }))
}

fn short_name(name: &str) -> Vec<u8> {
    let mut short = Vec::new();
    push_short_name(&mut short, name);
    short
}

fn push_short_name(short: &mut Vec<u8>, name: &str) {
    match NAMES.iter().find(|(_, known)| *known == name) {
        Some((letter, _)) => short.push(*letter),
        None => short.extend_from_slice(name.as_bytes()),
    }
}

fn long_name(short: &[u8]) -> Result<String, StoreError> {
    let known = NAMES.iter().find(|(letter, _)| short == [*letter]);
    known.map_or_else(|| text(short).map(str::to_owned), |(_, name)| Ok((*name).to_owned()))
}

fn text(bytes: &[u8]) -> Result<&str, StoreError> {
    std::str::from_utf8(bytes).map_err(|error| damaged(&error.to_string()))
}

fn damaged(reason: &str) -> StoreError {
    StoreError::Damaged { table: "relations", reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use portico_model::EntityRef;

    use super::*;

    #[test]
    fn names_are_short_and_come_back() {
        for (reference, written) in [
            ("component:default/shop", "C/shop"),
            ("api:payments/ledger", "Apayments/ledger"),
            ("airesource:default/x", "I/x"),
            ("cluster:default/eu", "cluster:/eu"),
            ("cluster:default-2/eu", "cluster:default-2/eu"),
        ] {
            assert_eq!(short(reference), written.as_bytes());
            assert_eq!(long(written.as_bytes()).unwrap(), reference);
        }
        for (name, written) in [("ownedBy", "J"), ("dependsOn", "F"), ("runsIn", "runsIn"), ("j", "j")] {
            assert_eq!(short_name(name), written.as_bytes());
            assert_eq!(long_name(written.as_bytes()).unwrap(), name);
        }
    }

    #[test]
    fn of_several_changes_of_a_relation_the_last_counts() {
        let backend = redb::backends::InMemoryBackend::new();
        let database = redb::Database::builder().create_with_backend(backend).unwrap();
        let transaction = database.begin_write().unwrap();
        let mut relations = Relations::open(&transaction).unwrap();
        let to = |name: &str| portico_model::Relation {
            from: EntityRef::parse("component:shop").unwrap(),
            relation: "dependsOn".into(),
            to: EntityRef::parse(&format!("component:{name}")).unwrap(),
        };
        for (name, events) in [("stays", &[true, false, true][..]), ("goes", &[false, true, false])] {
            for comes in events {
                relations.change(&to(name), false, *comes).unwrap();
            }
        }
        relations.flush().unwrap();
        let there = |relations: &Relations| -> Vec<String> {
            of(relations.table(), "component:default/shop").unwrap().into_iter().map(|relation| relation.to).collect()
        };
        assert_eq!(there(&relations), ["component:default/stays"]);
        relations.remove(&to("stays"), false).unwrap();
        relations.remove(&to("never"), false).unwrap();
        relations.flush().unwrap();
        assert!(there(&relations).is_empty());
    }

    #[test]
    fn letters_stand_for_one_thing_each() {
        let all = |table: &[(u8, &str)]| {
            let letters: std::collections::BTreeSet<u8> = table.iter().map(|(letter, _)| *letter).collect();
            letters.len() == table.len() && letters.iter().all(u8::is_ascii_uppercase)
        };
        assert!(all(&KINDS) && all(&NAMES));
    }

    #[test]
    fn what_is_no_reference_is_an_error() {
        for damaged in [&b"x"[..], b"C", b"cluster:eu", &[b'C', b'/', 0xff]] {
            assert!(long(damaged).unwrap_err().to_string().contains("relations"));
        }
    }
}
