//! Words that begin like one that was typed.
//!
//! Rule: what is found must not cost more than it is rare. A query by pattern reads every entity of every word that fits before it
//! looks at any other condition; so where few words fit, each of them is asked for by itself, which lets a rarer word of the same
//! question go first.

use std::collections::BTreeSet;

use tantivy::query::{FuzzyTermQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

use crate::SearchError;

/// Words that are asked for one by one; of more, each is rare.
const FEW: usize = 32;

/// The queries that find the words of a field that begin like `token`, of which any will do.
pub(crate) fn begins(searcher: &Searcher, field: Field, token: &str) -> Result<Vec<Box<dyn Query>>, SearchError> {
    let term = |word: &str| Term::from_field_text(field, word);
    Ok(match few(searcher, field, token)? {
        Some(words) => words
            .iter()
            .map(|word| Box::new(TermQuery::new(term(word), IndexRecordOption::Basic)) as Box<dyn Query>)
            .collect(),
        None => vec![Box::new(FuzzyTermQuery::new_prefix(term(token), 0, true))],
    })
}

/// The words of a field that begin like `token`, if they are few.
fn few(searcher: &Searcher, field: Field, token: &str) -> Result<Option<BTreeSet<String>>, SearchError> {
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
