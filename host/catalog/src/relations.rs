//! The table of relations: which entity leads to which, by what, and which of the two says so.
//!
//! Rule: names are written short, because a relation stands here twice, once from each end, and most of it is the same few words: a
//! built-in kind and a usual relation are one letter, the namespace `default` is none. Letters are never given another meaning, since
//! files hold them.

use redb::{ReadableTable, Table};

use crate::StoreError;

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

/// Adds a relation; nothing happens if it is there.
pub(crate) fn insert(
    table: &mut Table<'_, Key, ()>,
    from: &str,
    name: &str,
    to: &str,
    said_by_target: bool,
) -> Result<(), StoreError> {
    table.insert((short(from).as_slice(), short_name(name).as_slice(), short(to).as_slice(), said_by_target), ())?;
    Ok(())
}

/// Takes a relation away; nothing happens if it is not there.
pub(crate) fn remove(
    table: &mut Table<'_, Key, ()>,
    from: &str,
    name: &str,
    to: &str,
    said_by_target: bool,
) -> Result<(), StoreError> {
    table.remove((short(from).as_slice(), short_name(name).as_slice(), short(to).as_slice(), said_by_target))?;
    Ok(())
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
    short
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
    match NAMES.iter().find(|(_, known)| *known == name) {
        Some((letter, _)) => vec![*letter],
        None => name.as_bytes().to_vec(),
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
