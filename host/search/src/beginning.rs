//! Words of the index that begin like one that was typed.
//!
//! Rule: a question must not cost more than its rarest word. A query by pattern reads every entity of every word that fits before any
//! other condition is looked at, and an alternative that nothing fits still makes the search walk all of the others. So where few words
//! fit, those and no others are asked for, each by itself.

use std::collections::BTreeSet;

use tantivy::Searcher;
use tantivy::schema::Field;

use crate::SearchError;

/// Words that are asked for one by one. Where more fit, each of them is rare.
const FEW: usize = 32;

/// The words of a field that begin like `token`, which may be among them; none if they are many.
pub(crate) fn beginning_with(
    searcher: &Searcher,
    field: Field,
    token: &str,
) -> Result<Option<BTreeSet<String>>, SearchError> {
    let mut words = BTreeSet::new();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(field)?;
        let stream = index.terms().range().ge(token).into_stream();
        let mut stream = stream.map_err(tantivy::TantivyError::from)?;
        while stream.advance() && stream.key().starts_with(token.as_bytes()) {
            words.insert(String::from_utf8_lossy(stream.key()).into_owned());
            if words.len() > FEW {
                return Ok(None);
            }
        }
    }
    Ok(Some(words))
}
