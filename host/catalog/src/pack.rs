//! Documents and entities as they are stored: compressed, each by itself, against what descriptors have in common.
//!
//! Rule: a value that begins with a brace is JSON as it is; any other begins with the number of its form. A form never changes, since
//! files hold it: what compresses better is another form.

use lz4_flex::block::{compress_with_dict, decompress_with_dict};

use crate::StoreError;

/// The form that is written.
const FORM: u8 = 1;

/// What descriptors have in common: their keys, the names of relations and usual annotations. Most common comes last, where it costs
/// least to point at.
const COMMON: &[u8] = include_bytes!("pack/form-1.json");

/// Bytes before the compressed ones: the form, and the length of the JSON.
const HEAD: usize = 5;

/// Bytes that a value may have; the largest documents have a sixteenth. A damaged file could say anything.
const LARGEST: usize = 16 << 20;

/// A JSON object as it is stored.
pub(crate) fn pack(json: &[u8]) -> Vec<u8> {
    let Ok(length) = u32::try_from(json.len()) else { return json.to_vec() };
    let compressed = compress_with_dict(json, COMMON);
    if compressed.len() + HEAD >= json.len() || json.len() > LARGEST {
        return json.to_vec();
    }
    let mut packed = Vec::with_capacity(HEAD + compressed.len());
    packed.push(FORM);
    packed.extend_from_slice(&length.to_le_bytes());
    packed.extend_from_slice(&compressed);
    packed
}

/// The JSON object that is stored in a table.
pub(crate) fn unpack(table: &'static str, stored: &[u8]) -> Result<Vec<u8>, StoreError> {
    let damaged = |reason: String| StoreError::Damaged { table, reason };
    match stored {
        [b'{', ..] => Ok(stored.to_vec()),
        [FORM, a, b, c, d, compressed @ ..] => {
            let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
            if length > LARGEST {
                return Err(damaged(format!("a value of {length} bytes")));
            }
            let json = decompress_with_dict(compressed, length, COMMON).map_err(|error| damaged(error.to_string()))?;
            if json.len() == length { Ok(json) } else { Err(damaged(format!("{} of {length} bytes", json.len()))) }
        }
        [form, ..] => Err(damaged(format!("a value of the form {form}"))),
        [] => Err(damaged("an empty value".to_owned())),
    }
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

    #[test]
    fn a_damaged_value_is_an_error() {
        let packed = pack(ENTITY.as_bytes());
        for damaged in [&packed[..packed.len() - 3], &[FORM, 255, 255, 255, 255, 1], &[7, 1, 2], &[FORM, 1], &[]] {
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
        fn no_bytes_are_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = unpack("entities", &bytes);
            let mut framed = vec![FORM, 0, 16, 0, 0];
            framed.extend(bytes);
            let _ = unpack("entities", &framed);
        }
    }
}
