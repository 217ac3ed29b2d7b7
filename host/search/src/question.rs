//! What words ask of the index.
//!
//! Rule: every word has to be found. Where it is found decides what it is worth: as a word of the name before a word of the
//! title, a whole word before the beginning of one, and what was only nearly typed last.

use tantivy::Term;
use tantivy::query::{BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};

use crate::index::{Fields, analyzer};

/// Words that count; the rest of a long text adds nothing.
const MOST: usize = 8;

/// Letters of a word from which on one of them may be wrong, and two.
const ONE_SLIP: usize = 4;
const TWO_SLIPS: usize = 8;

/// What the whole text is worth where it is an entity's name, or the beginning of one.
const WHOLE_NAME: f32 = 20.0;
const BEGINS_NAME: f32 = 8.0;

/// The question of a text; none if there is no word in it.
pub(crate) fn question(text: &str, fields: Fields) -> Option<BooleanQuery> {
    let mut tokens = Vec::new();
    analyzer().token_stream(text).process(&mut |token| tokens.push(token.text.clone()));
    if tokens.is_empty() {
        return None;
    }
    let mut clauses: Vec<(Occur, Box<dyn Query>)> =
        tokens.iter().take(MOST).map(|token| (Occur::Must, word(token, fields))).collect();
    let whole = Term::from_field_text(fields.whole_name, &text.trim().to_lowercase());
    let begins = FuzzyTermQuery::new_prefix(whole.clone(), 0, true);
    clauses.push((Occur::Should, worth(exactly(whole), WHOLE_NAME)));
    clauses.push((Occur::Should, worth(Box::new(begins), BEGINS_NAME)));
    Some(BooleanQuery::new(clauses))
}

/// One word: the best place counts.
fn word(token: &str, fields: Fields) -> Box<dyn Query> {
    let places: [(Field, f32, f32); 5] = [
        (fields.name, 10.0, 6.0),
        (fields.title, 9.0, 5.5),
        (fields.tags, 4.0, 2.5),
        (fields.entity_type, 3.0, 1.5),
        (fields.description, 2.0, 1.0),
    ];
    let mut best: Vec<Box<dyn Query>> = Vec::new();
    for (field, whole, beginning) in places {
        let term = Term::from_field_text(field, token);
        best.push(worth(exactly(term.clone()), whole));
        best.push(worth(Box::new(FuzzyTermQuery::new_prefix(term, 0, true)), beginning));
    }
    let letters = token.chars().count();
    if letters >= ONE_SLIP {
        let slips = if letters >= TWO_SLIPS { 2 } else { 1 };
        for (field, nearly) in [(fields.name, 0.5), (fields.title, 0.45), (fields.tags, 0.2)] {
            let term = Term::from_field_text(field, token);
            best.push(worth(Box::new(FuzzyTermQuery::new_prefix(term, slips, true)), nearly));
        }
    }
    Box::new(DisjunctionMaxQuery::new(best))
}

fn exactly(term: Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn worth(query: Box<dyn Query>, score: f32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, score))
}
