//! What a change of a kind does to what the catalog holds of it.

use std::collections::BTreeSet;

use portico_api_types::KindEffect;
use portico_kinds::Registry;
use redb::ReadableTable;

use super::{Touch, Work, relations_said};
use crate::record::{Claim, EntityRecord, decode, encode};
use crate::{StoreError, kinds};

impl Work<'_> {
    /// Derives the properties of a kind's entities again, its name in lower case.
    pub(crate) fn rederive(&mut self, name: &str) -> Result<(), StoreError> {
        for (reference, _) in kinds::entities_of(&self.records, name)? {
            self.touch(&reference, Touch::Derived);
        }
        Ok(())
    }

    /// Judges every document of a kind by the kinds of now. Entities come with a kind that comes, and go with one that goes.
    pub(crate) fn rejudge(&mut self, name: &str, before: &Registry, effect: &mut KindEffect) -> Result<(), StoreError> {
        let stays = self.registry.kinds().find(name).is_some();
        let mut references = BTreeSet::new();
        for (reference, source, document) in kinds::of_kind(&self.records, &self.entities, &self.documents, name)? {
            if stays {
                self.judge_claim(&reference, source, &document, effect)?;
            } else {
                effect.documents += 1;
            }
            references.insert(reference);
        }
        for reference in references {
            match (self.record(&reference)?, stays) {
                (Some(record), true) => self.relate_anew(&reference, &record, before)?,
                (Some(record), false) => {
                    self.unrelate(&reference, &record, before)?;
                    // What was said outlives the kind.
                    if let Some(document) = self.shown(&reference, &record)? {
                        self.set_aside(&reference, record.owner, &document)?;
                    }
                    self.vanish(&reference, &record)?;
                }
                (None, true) => self.appear(&reference)?,
                (None, false) => {}
            }
        }
        Ok(())
    }

    fn judge_claim(
        &mut self,
        reference: &str,
        source: u32,
        document: &[u8],
        effect: &mut KindEffect,
    ) -> Result<(), StoreError> {
        let key = (source, reference);
        let claim: Option<Claim> = self.claims.get(key)?.map(|claim| decode("claims", claim.value())).transpose()?;
        let messages = kinds::broken(document, self.registry.kinds())?;
        kinds::note(effect, reference, claim.as_ref(), &messages);
        // What is valid again is found so when its source is read, which is about to happen.
        if let Some(claim) = claim.filter(|_| !messages.is_empty()) {
            let claim = Claim { stale: Some(messages.join(" ")), ..claim };
            self.claims.insert(key, encode("claims", &claim)?.as_slice())?;
        }
        Ok(())
    }

    fn relate_anew(&mut self, reference: &str, record: &EntityRecord, before: &Registry) -> Result<(), StoreError> {
        let document = self.shown(reference, record)?;
        let old = relations_said(document.as_deref(), before.kinds())?;
        let new = relations_said(document.as_deref(), self.registry.kinds())?;
        self.relate_rows(reference, &old, &new)?;
        self.touch(reference, Touch::Said);
        Ok(())
    }

    fn unrelate(&mut self, reference: &str, record: &EntityRecord, before: &Registry) -> Result<(), StoreError> {
        let document = self.shown(reference, record)?;
        let old = relations_said(document.as_deref(), before.kinds())?;
        self.relate_rows(reference, &old, &[])
    }

    /// An entity of which documents were kept is there again.
    fn appear(&mut self, reference: &str) -> Result<(), StoreError> {
        let Some((owner, document)) = self.heir(reference)? else { return Ok(()) };
        self.create(reference, owner)?;
        self.relate(reference, None, Some(&document))?;
        self.show(reference, document);
        self.touch(reference, Touch::Said);
        self.done.summary.added += 1;
        Ok(())
    }
}
