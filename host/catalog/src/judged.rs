//! What a session makes of one document: known already, good, or refused.
//!
//! Rule: judging changes nothing, so that the documents of a batch are judged side by side; what follows from a judgement is taken into
//! the session one after the other, in the order in which the documents were handed over.

use std::sync::Arc;

use portico_kinds::Registry;
use portico_model::{Entity, EntityRef, Relation, reference_in};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::record::{Claim, decode};
use crate::report::About;
use crate::session::{Before, Origin, Session};
use crate::stitch::json;
use crate::tables;

/// Violations of one document that are kept: who mends these sees the next, and a hostile document has a hundred thousand.
const VIOLATIONS: usize = 20;

/// What becomes of a document, when [`Session::take`] takes it.
pub enum Judged {
    /// The source said the same before, in the same words and at the same place.
    Known(EntityRef),
    /// It keeps the rules.
    Good {
        /// The entity.
        reference: EntityRef,
        /// The document as it is kept.
        json: Arc<[u8]>,
        /// Of the words that were handed over and their place.
        digest: [u8; 16],
        /// What it makes by the kinds that it was judged by.
        relations: Vec<Relation>,
    },
    /// It does not.
    Refused {
        /// Whom it concerns.
        about: About,
        /// Each with the place inside the document, as a JSON pointer.
        reasons: Vec<(String, String)>,
    },
}

impl Session {
    /// Judges a document, which [`Session::take`] takes. The same session has to take it.
    pub fn judge(&self, document: &str, origin: &Origin) -> Judged {
        let digest = digest(document, origin);
        match self.before.as_ref().and_then(|before| before.known(document, &digest)) {
            Some(reference) => Judged::Known(reference),
            None => judge(document, digest, &self.registry),
        }
    }
}

impl Before {
    /// The reference of a document that the source said before, in the same words and at the same place. A source that
    /// cannot be looked up counts as unknown: the commit meets the same fault and says it.
    fn known(&self, document: &str, digest: &[u8; 16]) -> Option<EntityRef> {
        let reference = reference_in(document)?;
        let claims = self.transaction.open_table(tables::CLAIMS).ok()?;
        let claim: Claim = decode("claims", claims.get((self.source, reference.as_str())).ok()??.value()).ok()?;
        (claim.digest == *digest && claim.stale.is_none()).then_some(reference)
    }
}

/// Holds a document against the rules.
pub(crate) fn judge(document: &str, digest: [u8; 16], registry: &Registry) -> Judged {
    let value: Value = match serde_json::from_str(document) {
        Ok(value) => value,
        Err(error) => {
            let reasons = vec![(String::new(), format!("this is not a JSON document: {error}"))];
            return Judged::Refused { about: About::default(), reasons };
        }
    };
    let violations = match Entity::judge(value, registry.kinds()) {
        Ok(entity) => {
            let (reference, relations) = (entity.reference().clone(), entity.relations());
            return Judged::Good { reference, json: json(&entity.into_value()).into(), digest, relations };
        }
        Err(violations) => violations,
    };
    // Read again, as judging has used it up; few documents are refused.
    let about = serde_json::from_str(document).ok().as_ref().map(About::document).unwrap_or_default();
    let surplus = violations.len().saturating_sub(VIOLATIONS);
    let mut reasons: Vec<(String, String)> =
        violations.into_iter().take(VIOLATIONS).map(|violation| (violation.path, violation.message)).collect();
    if surplus > 0 {
        let message = format!("the document breaks the rules in {surplus} more places; mend these first");
        reasons.push((String::new(), message));
    }
    Judged::Refused { about, reasons }
}

/// Names a document with its place, so that the same words at the same place need no second look.
fn digest(document: &str, origin: &Origin) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in [
        origin.file.as_str(),
        origin.url.as_deref().unwrap_or(""),
        origin.parent.as_ref().map_or("", EntityRef::as_str),
    ] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.update(origin.line.to_le_bytes());
    hash.update(document.as_bytes());
    let mut digest = [0; 16];
    digest.copy_from_slice(&hash.finalize()[..16]);
    digest
}
