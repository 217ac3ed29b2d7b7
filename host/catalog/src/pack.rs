//! Documents and entities as they are stored: compressed, each by itself, against what descriptors have in common. An entity is stored as
//! its document and what stitching puts into it, so that neither is there twice.
//!
//! Rule: a value that begins with a brace is JSON as it is; any other begins with the number of its form. A form never changes, since
//! files hold it: what compresses better is another form.

use lz4_flex::block::{compress_with_dict, decompress_with_dict};

use crate::StoreError;

/// One JSON object: the form, the length of the JSON, and the JSON compressed.
const ONE: u8 = 1;

/// A document and what is put into it: the form, four lengths (of everything, of the document, of the document up to the first insertion, of the
/// first insertion), and everything compressed. The second insertion stands before the document's last brace.
const STITCHED: u8 = 2;

/// A document and its entity side by side, where the one is not the other with insertions: the form, the lengths of everything and of the
/// document, and everything compressed.
const BOTH: u8 = 3;

/// What descriptors have in common: their keys, the names of relations and usual annotations. Most common comes last, where it costs
/// least to point at.
const COMMON: &[u8] = include_bytes!("pack/form-1.json");

/// How much longer compressed bytes become at most, by their format. A damaged file could say anything.
const LONGER: usize = 256;

/// A JSON object as it is stored.
pub(crate) fn pack(json: &[u8]) -> Vec<u8> {
    let packed = framed(ONE, &[json.len()], json);
    if packed.len() < json.len() { packed } else { json.to_vec() }
}

/// An entity as it is stored, with the document that it is made of.
pub(crate) fn pack_entity(document: &[u8], entity: &[u8]) -> Vec<u8> {
    match insertions(document, entity) {
        Some((place, first, second)) => {
            let all = [document, first, second].concat();
            framed(STITCHED, &[all.len(), document.len(), place, first.len()], &all)
        }
        None => {
            let all = [document, entity].concat();
            framed(BOTH, &[all.len(), document.len()], &all)
        }
    }
}

/// The JSON object that is stored in a table.
pub(crate) fn unpack(table: &'static str, stored: &[u8]) -> Result<Vec<u8>, StoreError> {
    let damaged = || damaged(table, stored);
    match stored.first() {
        Some(b'{') => Ok(stored.to_vec()),
        Some(&ONE) => Ok(unframed::<1>(table, stored)?.1),
        Some(&STITCHED) => {
            let ([_, document, place, first], all) = unframed::<4>(table, stored)?;
            let end = document.checked_sub(1).ok_or_else(damaged)?;
            let part = |from: usize, to: usize| all.get(from..to).ok_or_else(damaged);
            let (before, between) = (part(0, place)?, part(place, end)?);
            let (first, second) = (part(document, document + first)?, part(document + first, all.len())?);
            Ok([before, first, between, second, b"}"].concat())
        }
        Some(&BOTH) => {
            let ([_, document], mut all) = unframed::<2>(table, stored)?;
            all.drain(..document.min(all.len()));
            Ok(all)
        }
        _ => Err(damaged()),
    }
}

/// The document that an entity was stored with; none if it was stored without.
pub(crate) fn unpack_document(stored: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    let (document, mut all) = match stored.first() {
        Some(&STITCHED) => {
            let ([_, document, ..], all) = unframed::<4>("entities", stored)?;
            (document, all)
        }
        Some(&BOTH) => {
            let ([_, document], all) = unframed::<2>("entities", stored)?;
            (document, all)
        }
        _ => return Ok(None),
    };
    all.truncate(document);
    Ok(Some(all))
}

/// An entity as its document with two insertions: the place of the first, and both. None if it is nothing of the kind.
fn insertions<'e>(document: &[u8], entity: &'e [u8]) -> Option<(usize, &'e [u8], &'e [u8])> {
    let end = document.len().checked_sub(1)?;
    let place = document.iter().zip(entity).take_while(|(a, b)| a == b).count().min(end);
    let (between, rest) = (&document[place..end], &entity[place..]);
    let at = memchr::memmem::find(rest, between)?;
    let second = rest[at + between.len()..].strip_suffix(b"}")?;
    Some((place, &rest[..at], second))
}

fn framed(form: u8, lengths: &[usize], all: &[u8]) -> Vec<u8> {
    let compressed = compress_with_dict(all, COMMON);
    let mut packed = Vec::with_capacity(1 + 4 * lengths.len() + compressed.len());
    packed.push(form);
    for length in lengths {
        // Documents are bounded far below this where they come in.
        packed.extend_from_slice(&u32::try_from(*length).unwrap_or(u32::MAX).to_le_bytes());
    }
    packed.extend_from_slice(&compressed);
    packed
}

/// The lengths of a value, and everything that it holds.
fn unframed<const N: usize>(table: &'static str, stored: &[u8]) -> Result<([usize; N], Vec<u8>), StoreError> {
    let (head, compressed) = stored.split_at_checked(1 + 4 * N).ok_or_else(|| damaged(table, stored))?;
    let mut lengths = [0; N];
    for (length, bytes) in lengths.iter_mut().zip(head[1..].as_chunks::<4>().0) {
        *length = u32::from_le_bytes(*bytes) as usize;
    }
    if lengths[0] > (compressed.len() + 1).saturating_mul(LONGER) {
        return Err(damaged(table, stored));
    }
    let all = decompress_with_dict(compressed, lengths[0], COMMON).ok();
    let all = all.filter(|all| all.len() == lengths[0]).ok_or_else(|| damaged(table, stored))?;
    Ok((lengths, all))
}

fn damaged(table: &'static str, stored: &[u8]) -> StoreError {
    let form = stored.first().map_or_else(|| "no form".to_owned(), |form| format!("the form {form}"));
    StoreError::Damaged { table, reason: format!("a value of {} bytes in {form} cannot be unpacked", stored.len()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ENTITY: &str = r#"{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"shop","namespace":"default",
        "annotations":{"backstage.io/managed-by-location":"url:https://github.com/acme/shop/blob/main/catalog-info.yaml"}},
        "spec":{"type":"service","lifecycle":"production","owner":"payments"}}"#;

    #[test]
    fn what_is_stored_comes_back_and_takes_little_room() {
        let packed = pack(ENTITY.as_bytes());
        assert!(packed.len() * 2 < ENTITY.len(), "{} of {}", packed.len(), ENTITY.len());
        assert_eq!(unpack("entities", &packed).unwrap(), ENTITY.as_bytes());
    }

    #[test]
    fn what_would_not_become_smaller_is_stored_as_it_is() {
        assert_eq!(pack(b"{}"), b"{}");
        assert_eq!(unpack("entities", b"{}").unwrap(), b"{}");
    }

    #[test]
    fn what_files_are_compressed_against_stays_as_it_is() {
        use sha2::{Digest as _, Sha256};
        assert_eq!(
            hex::encode(Sha256::digest(COMMON)),
            "69458e915e49944e6d333ee072bea4f74feb795479a83fabb76936b575d82f7d",
            "files hold values of this form; leave form-1.json as it is, and add another form"
        );
    }

    /// The document, and the entity that it becomes.
    fn stitched(relations: &str) -> (String, String) {
        let document = ENTITY.replace("\n        ", "");
        let named = document.replace("}},\"spec\"", "},\"uid\":\"u\",\"etag\":\"e\"},\"spec\"");
        let entity = format!("{},\"relations\":{relations}}}", named.strip_suffix('}').unwrap());
        (document, entity)
    }

    #[test]
    fn an_entity_comes_back_and_so_does_its_document() {
        let (document, entity) = stitched(r#"[{"type":"ownedBy","targetRef":"group:default/payments"}]"#);
        assert!(insertions(document.as_bytes(), entity.as_bytes()).is_some());
        let other = r#"{"kind":"Component","relations":[]}"#;
        for entity in [entity.as_str(), document.as_str(), other, "{}"] {
            let packed = pack_entity(document.as_bytes(), entity.as_bytes());
            assert_eq!(unpack("entities", &packed).unwrap(), entity.as_bytes());
            assert_eq!(unpack_document(&packed).unwrap().as_deref(), Some(document.as_bytes()));
        }
        assert_eq!(unpack_document(&pack(entity.as_bytes())).unwrap(), None, "it was stored without");
    }

    #[test]
    fn a_team_of_half_a_million_comes_back() {
        let member = r#"{"type":"hasMember","targetRef":"user:default/somebody-or-other"},"#;
        let (document, entity) = stitched(&format!("[{}{{}}]", member.repeat(500_000)));
        let packed = pack_entity(document.as_bytes(), entity.as_bytes());
        assert!(unpack("entities", &packed).unwrap() == entity.as_bytes());
        assert!(unpack_document(&packed).unwrap().unwrap() == document.as_bytes());
    }

    #[test]
    fn an_entity_takes_little_more_room_than_its_document() {
        let (document, entity) = stitched(r#"[{"type":"ownedBy","targetRef":"group:default/payments"}]"#);
        let (both, one) = (pack_entity(document.as_bytes(), entity.as_bytes()), pack(document.as_bytes()));
        assert!(both.len() < one.len() + 70, "{} and {}", both.len(), one.len());
    }

    #[test]
    fn a_damaged_value_is_an_error() {
        let packed = pack(ENTITY.as_bytes());
        let stitched = pack_entity(b"{}", b"{\"a\":1}");
        for damaged in
            [&packed[..packed.len() - 3], &stitched[..9], &[ONE, 255, 255, 255, 255, 1], &[7, 1, 2], &[ONE, 1], &[]]
        {
            let error = unpack("entities", damaged).unwrap_err().to_string();
            assert!(error.contains("entities"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_object_comes_back(text in ".{0,2000}", count in 1_usize..20) {
            let json = format!("{{\"metadata\":{}}}", serde_json::Value::from(text.repeat(count)));
            prop_assert_eq!(unpack("entities", &pack(json.as_bytes())).unwrap(), json.as_bytes());
        }

        #[test]
        fn any_entity_comes_back(document in "\\{[ab]{0,20}\\}", entity in "\\{[ab]{0,30}\\}") {
            let packed = pack_entity(document.as_bytes(), entity.as_bytes());
            prop_assert_eq!(unpack("entities", &packed).unwrap(), entity.as_bytes());
            prop_assert_eq!(unpack_document(&packed).unwrap().unwrap(), document.as_bytes());
        }

        #[test]
        fn no_bytes_are_too_much(form in 0_u8..5, lengths in proptest::collection::vec(0_u32..300, 4), bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = unpack("entities", &bytes);
            let mut framed = vec![form];
            lengths.iter().for_each(|length| framed.extend(length.to_le_bytes()));
            framed.extend(compress_with_dict(&bytes, COMMON));
            let _ = unpack("entities", &framed);
            let _ = unpack_document(&framed);
        }
    }
}
