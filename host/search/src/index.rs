//! The index: a document for each entity, found by its words.

use std::path::Path;

use tantivy::collector::TopDocs;
use tantivy::directory::MmapDirectory;
use tantivy::indexer::LogMergePolicy;
use tantivy::schema::{Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value as _};
use tantivy::tokenizer::{AsciiFoldingFilter, LowerCaser, RemoveLongFilter, SimpleTokenizer, TextAnalyzer};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term};

use crate::question::Question;
use crate::said::Said;

/// Bytes that the writer gathers before it writes a segment: the least that it takes for one thread, and more than a batch of entities
/// needs.
const BUFFER: usize = 15_000_000;

/// Segments of about one size that are merged into one: each is searched by itself, so few are quick, and merging fewer at a time is
/// more work in all.
const SEGMENTS: usize = 4;

/// Entities of a segment up to which it counts as small, whatever its size: what single changes make is merged with its like.
const SMALL: u32 = 500;

/// The share of a segment that may be out of date before it is written anew.
const GONE: f32 = 0.3;

/// Letters of a word that is looked for; longer ones are hashes, not words.
const LONGEST_WORD: usize = 60;

/// Letters of one text that are read; what comes later, as in a large API's definition, is rarely what somebody remembers.
const TEXT: usize = 20_000;

/// The name of the tokenizer.
const WORDS: &str = "words";

/// Why the index cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the search index cannot be used: {0}")]
pub struct SearchError(#[from] tantivy::TantivyError);

impl SearchError {
    /// Whether somebody else is writing to the index.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self.0, tantivy::TantivyError::LockFailure(..))
    }
}

/// The fields of a document.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    /// `kind:namespace/name`, which is returned.
    pub(crate) reference: Field,
    /// The name as one word, in lower case.
    pub(crate) whole_name: Field,
    pub(crate) name: Field,
    pub(crate) title: Field,
    pub(crate) tags: Field,
    pub(crate) entity_type: Field,
    pub(crate) text: Field,
}

/// An open index.
pub(crate) struct Words {
    index: Index,
    reader: IndexReader,
    fields: Fields,
}

fn schema() -> (Schema, Fields) {
    let indexing = TextFieldIndexing::default().set_tokenizer(WORDS).set_index_option(IndexRecordOption::Basic);
    let words = TextOptions::default().set_indexing_options(indexing.set_fieldnorms(false));
    let mut schema = Schema::builder();
    let fields = Fields {
        reference: schema.add_text_field("reference", STRING | STORED),
        whole_name: schema.add_text_field("whole-name", STRING),
        name: schema.add_text_field("name", words.clone()),
        title: schema.add_text_field("title", words.clone()),
        tags: schema.add_text_field("tags", words.clone()),
        entity_type: schema.add_text_field("type", words.clone()),
        text: schema.add_text_field("text", words),
    };
    (schema.build(), fields)
}

/// Splits at whatever is no letter and no digit, and forgets case and accents.
pub(crate) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(LONGEST_WORD))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build()
}

impl Words {
    /// Opens the index in a folder, making it if there is none.
    pub(crate) fn open(folder: &Path) -> Result<Words, SearchError> {
        let (schema, fields) = schema();
        let directory = MmapDirectory::open(folder).map_err(tantivy::TantivyError::from)?;
        Words::with(Index::open_or_create(directory, schema)?, fields)
    }

    /// An index that lives as long as its handle.
    pub(crate) fn in_memory() -> Result<Words, SearchError> {
        let (schema, fields) = schema();
        Words::with(Index::create_in_ram(schema), fields)
    }

    fn with(index: Index, fields: Fields) -> Result<Words, SearchError> {
        index.tokenizers().register(WORDS, analyzer());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Words { index, reader, fields })
    }

    /// Where the index stands, as the last commit said.
    pub(crate) fn stand(&self) -> Result<Option<String>, SearchError> {
        Ok(self.index.load_metas()?.payload)
    }

    /// The one writer.
    pub(crate) fn writer(&self) -> Result<IndexWriter, SearchError> {
        let writer = self.index.writer_with_num_threads(1, BUFFER)?;
        let mut merging = LogMergePolicy::default();
        merging.set_min_num_segments(SEGMENTS);
        merging.set_min_layer_size(SMALL);
        merging.set_del_docs_ratio_before_merge(GONE);
        writer.set_merge_policy(Box::new(merging));
        Ok(writer)
    }

    /// Lets go of the writer when the segments that it merges are merged: dropped, it would give them up, and there would be one more
    /// for each change.
    pub(crate) fn finish(&self, writer: IndexWriter) -> Result<(), SearchError> {
        writer.wait_merging_threads()?;
        Ok(self.reader.reload()?)
    }

    /// Makes visible what was written, and notes where the index stands.
    pub(crate) fn commit(&self, writer: &mut IndexWriter, stand: &str) -> Result<(), SearchError> {
        let mut prepared = writer.prepare_commit()?;
        prepared.set_payload(stand);
        prepared.commit()?;
        Ok(self.reader.reload()?)
    }

    /// Takes an entity out.
    pub(crate) fn remove(&self, writer: &IndexWriter, reference: &str) {
        writer.delete_term(Term::from_field_text(self.fields.reference, reference));
    }

    /// Puts an entity in.
    pub(crate) fn add(&self, writer: &IndexWriter, reference: &str, said: &Said) -> Result<(), SearchError> {
        let mut document = TantivyDocument::default();
        document.add_text(self.fields.reference, reference);
        document.add_text(self.fields.whole_name, said.name().to_lowercase());
        document.add_text(self.fields.name, said.name());
        for title in said.titles() {
            document.add_text(self.fields.title, title);
        }
        for tag in said.tags() {
            document.add_text(self.fields.tags, tag);
        }
        document.add_text(self.fields.entity_type, said.entity_type());
        document.add_text(self.fields.entity_type, said.kind());
        for text in said.texts() {
            // Nothing is longer in letters than in bytes, so few are counted.
            let end = if text.len() > TEXT {
                text.char_indices().nth(TEXT).map_or(text.len(), |(end, _)| end)
            } else {
                text.len()
            };
            document.add_text(self.fields.text, &text[..end]);
        }
        writer.add_document(document)?;
        Ok(())
    }

    /// The references of the entities that fit the words best, at most `limit`, best first.
    pub(crate) fn find(&self, words: &str, limit: usize) -> Result<Vec<String>, SearchError> {
        let Some(question) = Question::of(words, self.fields) else { return Ok(Vec::new()) };
        let searcher = self.reader.searcher();
        // Equals are put in order by their names below, so as many again as are wanted are looked at.
        let most = limit.max(1) * 2;
        let mut found = searcher.search(&question.as_typed(&searcher)?, &TopDocs::with_limit(most).order_by_score())?;
        // Slips are worth least and cost most, so they are forgiven only where there is room for what that finds.
        if found.len() < most {
            found = searcher.search(&question.or_nearly(&searcher)?, &TopDocs::with_limit(most).order_by_score())?;
        }
        let mut hits = Vec::with_capacity(found.len());
        for (score, address) in found {
            let document: TantivyDocument = searcher.doc(address)?;
            let reference = document.get_first(self.fields.reference).and_then(|value| value.as_str());
            if let Some(reference) = reference {
                hits.push((score, reference.to_owned()));
            }
        }
        hits.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| (one.len(), one).cmp(&(other.len(), other))));
        Ok(hits.into_iter().take(limit).map(|(_, reference)| reference).collect())
    }
}
