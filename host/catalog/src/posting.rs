//! A posting: the set of entities that share a search row, as bytes in a table.
//!
//! Most rows belong to one entity or to a few, so short sets are a plain list; long ones are a compressed bitmap.

use std::ops::Range;

use roaring::RoaringBitmap;

use crate::StoreError;

/// Up to this many ids stand as a list: four bytes each, where a bitmap's header alone takes sixteen.
const LIST: u64 = 6;

/// A row as an index key: key id, lower-case value, value as written if that differs.
pub(crate) type Key = (u32, &'static [u8], &'static [u8]);

/// The least of all texts.
pub(crate) const NOTHING: &[u8] = b"";

/// A place among the rows.
type Place<'a> = (u32, &'a [u8], &'a [u8]);

/// Every row of a key.
pub(crate) fn all_of(key: u32) -> Range<Place<'static>> {
    (key, NOTHING, NOTHING)..(key + 1, NOTHING, NOTHING)
}

/// A text of a row.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, StoreError> {
    std::str::from_utf8(bytes).map_err(|error| StoreError::Damaged { table: "postings", reason: error.to_string() })
}

/// Reads a set.
pub(crate) fn decode(table: &'static str, bytes: &[u8]) -> Result<RoaringBitmap, StoreError> {
    match bytes.split_first() {
        Some((0, list)) => {
            Ok(list.chunks_exact(4).map(|id| u32::from_le_bytes([id[0], id[1], id[2], id[3]])).collect())
        }
        Some((_, bitmap)) => RoaringBitmap::deserialize_from(bitmap)
            .map_err(|error| StoreError::Damaged { table, reason: error.to_string() }),
        None => Ok(RoaringBitmap::new()),
    }
}

/// Adds the ids of a stored set to a list.
pub(crate) fn append(table: &'static str, bytes: &[u8], ids: &mut Vec<u32>) -> Result<(), StoreError> {
    match bytes.split_first() {
        Some((0, list)) => ids.extend(list.chunks_exact(4).map(|id| u32::from_le_bytes([id[0], id[1], id[2], id[3]]))),
        _ => ids.extend(decode(table, bytes)?),
    }
    Ok(())
}

/// Calls `each` for every id of a stored set that is also in `other`. Short sets are never made into a bitmap.
pub(crate) fn each_in(
    table: &'static str,
    bytes: &[u8],
    other: &RoaringBitmap,
    mut each: impl FnMut(u32),
) -> Result<(), StoreError> {
    if let Some((0, list)) = bytes.split_first() {
        let ids = list.chunks_exact(4).map(|id| u32::from_le_bytes([id[0], id[1], id[2], id[3]]));
        ids.filter(|id| other.contains(*id)).for_each(each);
        return Ok(());
    }
    (decode(table, bytes)? & other).iter().for_each(&mut each);
    Ok(())
}

/// How many ids of a stored set are also in `other`.
pub(crate) fn count_in(table: &'static str, bytes: &[u8], other: &RoaringBitmap) -> Result<u64, StoreError> {
    if let Some((0, list)) = bytes.split_first() {
        let ids = list.chunks_exact(4).map(|id| u32::from_le_bytes([id[0], id[1], id[2], id[3]]));
        return Ok(ids.filter(|id| other.contains(*id)).count() as u64);
    }
    Ok(decode(table, bytes)?.intersection_len(other))
}

/// Writes the set of one id.
pub(crate) fn encode_one(id: u32) -> Vec<u8> {
    let [a, b, c, d] = id.to_le_bytes();
    vec![0, a, b, c, d]
}

/// Writes a set.
pub(crate) fn encode(set: &RoaringBitmap) -> Vec<u8> {
    if set.len() <= LIST {
        let mut bytes = vec![0];
        bytes.extend(set.iter().flat_map(u32::to_le_bytes));
        return bytes;
    }
    let mut bytes = Vec::with_capacity(1 + set.serialized_size());
    bytes.push(1);
    #[expect(clippy::expect_used, reason = "writing to a vector does not fail")]
    set.serialize_into(&mut bytes).expect("a vector takes any bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_any_size_come_back_as_they_were() {
        for size in [0, 1, 5, 6, 7, 100, 70_000] {
            let set: RoaringBitmap = (0..size).map(|n| n * 3).collect();
            assert_eq!(decode("postings", &encode(&set)).unwrap(), set, "{size} ids");
        }
        assert_eq!(encode_one(70_001), encode(&RoaringBitmap::from([70_001])));
    }
}
