//! Origin: who says what about an entity, from which file, and since when.

use portico_api_types::{Attachment as AttachmentSummary, Claim as ClaimSummary, EntityOrigin};
use portico_model::EntityRef;

use crate::read::record_of;
use crate::record::{Attachment, Claim, decode};
use crate::source::{describe, load};
use crate::{Catalog, StoreError, tables, time};

impl Catalog {
    /// Every source that speaks for the entity; first the one that the catalog shows.
    pub fn origin(&self, reference: &EntityRef) -> Result<Option<EntityOrigin>, StoreError> {
        let transaction = self.read()?;
        let Some(record) = record_of(&transaction, reference.as_str())? else { return Ok(None) };
        let claims_table = transaction.open_table(tables::CLAIMS)?;
        let sources = transaction.open_table(tables::SOURCES)?;
        let mut claims = Vec::new();
        let name = reference.as_str();
        let mut speakers = vec![record.owner];
        for entry in transaction.open_table(tables::DOCUMENTS)?.range((name, 0)..=(name, u32::MAX))? {
            speakers.push(entry?.0.value().1);
        }
        for id in speakers {
            let Some(claim) = claims_table.get((id, name))? else { continue };
            let claim: Claim = decode("claims", claim.value())?;
            claims.push(ClaimSummary {
                source: describe(&transaction, id, load(&sources, id)?.unwrap_or_default())?,
                file: claim.file,
                line: claim.line,
                url: claim.url,
                owner: id == record.owner,
                changed_at: time::timestamp(claim.changed_at),
                stale: claim.stale,
            });
        }
        let attachments = transaction.open_table(tables::ATTACHMENTS)?;
        let mut facts = Vec::new();
        for entry in transaction.open_table(tables::FACTS)?.range((name, 0)..=(name, u32::MAX))? {
            let id = entry?.0.value().1;
            let Some(attachment) = attachments.get((id, name))? else { continue };
            let attachment: Attachment = decode("attachments", attachment.value())?;
            facts.push(AttachmentSummary {
                source: describe(&transaction, id, load(&sources, id)?.unwrap_or_default())?,
                changed_at: time::timestamp(attachment.changed_at),
            });
        }
        Ok(Some(EntityOrigin { claims, facts }))
    }
}
