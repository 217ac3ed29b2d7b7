//! What words ask of the index.
//!
//! Rule: every word has to be found. Where it is found decides what it is worth: as a word of the name before a word of the
//! title, a whole word before the beginning of one, and what was only nearly typed last.

use tantivy::query::{BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

use crate::SearchError;
use crate::beginning::beginning_with;
use crate::index::{Fields, analyzer};

/// Words that count; the rest of a long text adds nothing.
const MOST: usize = 8;

/// Letters of a word from which on one of them may be wrong, and two.
const ONE_SLIP: usize = 4;
const TWO_SLIPS: usize = 8;

/// What the whole text is worth where it is an entity's name, or the beginning of one.
const WHOLE_NAME: f32 = 20.0;
const BEGINS_NAME: f32 = 8.0;

/// What a text asks.
pub(crate) struct Question {
    tokens: Vec<String>,
    text: String,
    fields: Fields,
}

impl Question {
    /// The question of a text; none if there is no word in it.
    pub(crate) fn of(text: &str, fields: Fields) -> Option<Question> {
        let mut tokens = Vec::new();
        analyzer().token_stream(text).process(&mut |token| tokens.push(token.text.clone()));
        tokens.truncate(MOST);
        (!tokens.is_empty()).then(|| Question { tokens, text: text.trim().to_lowercase(), fields })
    }

    /// Every word as it was typed, whole or begun.
    pub(crate) fn as_typed(&self, searcher: &Searcher) -> Result<BooleanQuery, SearchError> {
        self.with(searcher, |token| typed(searcher, token, self.fields))
    }

    /// Every word as it was typed or nearly so. What only this finds is worth less than all that [`Question::as_typed`] finds.
    pub(crate) fn or_nearly(&self, searcher: &Searcher) -> Result<BooleanQuery, SearchError> {
        self.with(searcher, |token| {
            let mut ways = typed(searcher, token, self.fields)?;
            ways.extend(nearly(token, self.fields));
            Ok(ways)
        })
    }

    fn with(
        &self,
        searcher: &Searcher,
        ways: impl Fn(&str) -> Result<Ways, SearchError>,
    ) -> Result<BooleanQuery, SearchError> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for token in &self.tokens {
            // Of all ways in which a word is found the best counts.
            clauses.push((Occur::Must, Box::new(DisjunctionMaxQuery::new(ways(token)?))));
        }
        for way in alike(searcher, self.fields.whole_name, &self.text, WHOLE_NAME, BEGINS_NAME)? {
            clauses.push((Occur::Should, way));
        }
        Ok(BooleanQuery::new(clauses))
    }
}

/// The ways in which a word may be found.
type Ways = Vec<Box<dyn Query>>;

/// As a whole word, or as the beginning of one.
fn typed(searcher: &Searcher, token: &str, fields: Fields) -> Result<Ways, SearchError> {
    let places: [(Field, f32, f32); 5] = [
        (fields.name, 10.0, 6.0),
        (fields.title, 9.0, 5.5),
        (fields.tags, 4.0, 2.5),
        (fields.entity_type, 3.0, 1.5),
        (fields.text, 2.0, 1.0),
    ];
    let mut ways = Ways::new();
    for (field, whole, beginning) in places {
        ways.extend(alike(searcher, field, token, whole, beginning)?);
    }
    Ok(ways)
}

/// The ways in which a field has a word as it was typed, or as its beginning.
fn alike(searcher: &Searcher, field: Field, token: &str, whole: f32, beginning: f32) -> Result<Ways, SearchError> {
    let term = |word: &str| Term::from_field_text(field, word);
    Ok(match beginning_with(searcher, field, token)? {
        Some(words) => {
            words.iter().map(|word| worth(exactly(term(word)), if word == token { whole } else { beginning })).collect()
        }
        None => vec![
            worth(exactly(term(token)), whole),
            worth(Box::new(FuzzyTermQuery::new_prefix(term(token), 0, true)), beginning),
        ],
    })
}

/// With a slip or two, where the word is long enough for that.
fn nearly(token: &str, fields: Fields) -> Ways {
    let letters = token.chars().count();
    if letters < ONE_SLIP {
        return Vec::new();
    }
    let slips = if letters >= TWO_SLIPS { 2 } else { 1 };
    let places = [(fields.name, 0.5), (fields.title, 0.45), (fields.tags, 0.2)];
    let ways = places.into_iter().map(|(field, nearly)| {
        let term = Term::from_field_text(field, token);
        worth(Box::new(FuzzyTermQuery::new_prefix(term, slips, true)), nearly)
    });
    ways.collect()
}

fn exactly(term: Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn worth(query: Box<dyn Query>, score: f32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, score))
}
