//! Where documents stand: the one that is shown stands with its entity, those of other sources in a table of their own.
//!
//! Rule: a document that is shown from now on is held here until its entity is stitched, which happens in the same transaction.

use std::sync::Arc;

use redb::ReadableTable;

use super::Work;
use crate::StoreError;
use crate::pack::{pack, unpack, unpack_document};
use crate::record::EntityRecord;

impl Work<'_> {
    /// The document that is shown for an entity.
    pub(super) fn shown(&self, reference: &str, record: &EntityRecord) -> Result<Option<Arc<[u8]>>, StoreError> {
        if let Some(document) = self.fresh.get(reference) {
            return Ok(Some(document.clone()));
        }
        let stored = self.entities.get(record.id)?;
        if let Some(document) = stored.map(|entity| unpack_document(entity.value())).transpose()?.flatten() {
            return Ok(Some(document.into()));
        }
        // Files of the first format have it among the others.
        Ok(self.aside(reference, record.owner)?.map(Arc::from))
    }

    /// A document that a source says and that is not shown.
    pub(super) fn aside(&self, reference: &str, source: u32) -> Result<Option<Vec<u8>>, StoreError> {
        let document = self.documents.get((reference, source))?;
        document.map(|document| unpack("documents", document.value())).transpose()
    }

    /// Shows another document for an entity, which is to be stitched.
    pub(super) fn show(&mut self, reference: &str, document: Arc<[u8]>) {
        self.fresh.insert(reference.to_owned(), document);
    }

    /// Keeps a document that is not shown. Answers what the source said before.
    pub(super) fn set_aside(
        &mut self,
        reference: &str,
        source: u32,
        document: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let before = self.documents.insert((reference, source), pack(document).as_slice())?;
        before.map(|document| unpack("documents", document.value())).transpose()
    }

    /// Lets go of a document that was not shown.
    pub(super) fn take_aside(&mut self, reference: &str, source: u32) -> Result<Option<Vec<u8>>, StoreError> {
        let before = self.documents.remove((reference, source))?;
        before.map(|document| unpack("documents", document.value())).transpose()
    }
}
