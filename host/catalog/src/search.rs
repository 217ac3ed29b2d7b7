//! Search from anywhere: every word must occur in an entity's name, title, tags, type or description; where it occurs
//! decides the order.

use memchr::memmem::Finder;
use portico_api_types::{Hit, SearchResults};
use serde_json::Value;
use std::collections::HashMap;

use crate::select::Reader;
use crate::{Catalog, StoreError, posting};

/// A field that is searched, and what a word found in it is worth: as the whole value, at its start, at a word's start,
/// anywhere. A name outweighs a title, since people look for what they type in a terminal.
const FIELDS: [(&str, [u32; 4]); 5] = [
    ("metadata.name", [100, 60, 40, 20]),
    ("metadata.title", [90, 55, 40, 20]),
    ("metadata.tags", [30, 15, 10, 5]),
    ("spec.type", [20, 10, 5, 0]),
    ("metadata.description", [12, 12, 10, 4]),
];

/// Words of a search that count; the rest of a long text adds nothing.
const WORDS: usize = 8;

/// Characters of a description that a result shows.
const DESCRIPTION: usize = 200;

impl Catalog {
    /// The entities that fit the words best, at most `limit`.
    pub fn search(&self, words: &str, limit: usize) -> Result<SearchResults, StoreError> {
        let transaction = self.read()?;
        let reader = Reader::open(&transaction)?;
        let mut scores: Option<HashMap<u32, u32>> = None;
        for word in words.split_whitespace().take(WORDS) {
            let found = reader.score(&word.to_lowercase())?;
            scores = Some(match scores {
                None => found,
                Some(before) => {
                    let both = before.into_iter().filter_map(|(id, score)| Some((id, score + found.get(&id)?)));
                    both.collect()
                }
            });
        }
        let mut ranked: Vec<(u32, u32)> = scores.unwrap_or_default().into_iter().collect();
        ranked.sort_unstable_by_key(|(id, score)| (std::cmp::Reverse(*score), *id));
        let mut items = Vec::new();
        for (id, _) in ranked.into_iter().take(limit) {
            if let Some(entity) = reader.entities.get(id)? {
                let entity: Value = serde_json::from_slice(entity.value())
                    .map_err(|error| StoreError::Damaged { table: "entities", reason: error.to_string() })?;
                items.push(describe(&entity));
            }
        }
        Ok(SearchResults { items })
    }
}

impl Reader {
    /// What one word is worth to each entity that has it: the best place counts.
    fn score(&self, word: &str) -> Result<HashMap<u32, u32>, StoreError> {
        let all = self.all()?;
        let finder = Finder::new(word);
        let mut scores = vec![0; all.max().map_or(0, |last| last as usize + 1)];
        for (field, weights) in FIELDS {
            let Some(key) = self.key(field)? else { continue };
            for entry in self.postings.range((key, "", "")..(key + 1, "", ""))? {
                let (row, set) = entry?;
                let Some(weight) = place(row.value().1, &finder).map(|place| weights[place]) else { continue };
                posting::each_in("postings", set.value(), &all, |id| {
                    let score: &mut u32 = &mut scores[id as usize];
                    *score = (*score).max(weight);
                })?;
            }
        }
        let found = scores.into_iter().enumerate().filter(|(_, score)| *score > 0);
        #[expect(clippy::cast_possible_truncation, reason = "the places are ids")]
        Ok(found.map(|(id, score)| (id as u32, score)).collect())
    }
}

/// Where a word stands in a value: 0 it is the value, 1 the value begins with it, 2 a word does, 3 it is inside.
fn place(value: &str, word: &Finder<'_>) -> Option<usize> {
    let at = word.find(value.as_bytes())?;
    if at == 0 {
        return Some(usize::from(value.len() != word.needle().len()));
    }
    let starts = word.find_iter(value.as_bytes()).any(|at| !value[..at].ends_with(char::is_alphanumeric));
    Some(if starts { 2 } else { 3 })
}

fn describe(entity: &Value) -> Hit {
    let text = |pointer| entity.pointer(pointer).and_then(Value::as_str);
    let name = text("/metadata/name").unwrap_or_default();
    let namespace = text("/metadata/namespace").unwrap_or("default");
    let kind = text("/kind").unwrap_or_default();
    Hit {
        entity_ref: format!("{kind}:{namespace}/{name}").to_lowercase(),
        kind: kind.to_owned(),
        title: text("/metadata/title").or_else(|| text("/spec/profile/displayName")).unwrap_or(name).to_owned(),
        description: text("/metadata/description").map(|text| text.chars().take(DESCRIPTION).collect()),
        entity_type: text("/spec/type").map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::{Finder, place};

    #[test]
    fn a_word_counts_more_the_nearer_it_stands_to_the_start() {
        for (value, word, expected) in [
            ("ledger", "ledger", Some(0)),
            ("ledger-core", "ledger", Some(1)),
            ("core-ledger", "ledger", Some(2)),
            ("coreledger", "ledger", Some(3)),
            ("coreledger ledger", "ledger", Some(2)),
            ("payments", "ledger", None),
        ] {
            assert_eq!(place(value, &Finder::new(word)), expected, "{word} in {value}");
        }
    }
}
