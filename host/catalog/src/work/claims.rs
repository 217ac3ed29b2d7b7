//! Claims: who speaks for an entity, and what follows when that changes.
//!
//! Rule: the first source to claim a reference owns it; with the last claim the entity goes, into the bin.

use std::collections::HashSet;
use std::sync::Arc;

use foldhash::fast::RandomState;
use portico_model::{EntityRef, owner_of, rows};
use redb::ReadableTable;

use super::{StaleClaim, Touch, Work, parse, relations_said};
use crate::bin::RESTORED;
use crate::pack::unpack;
use crate::record::{Cause, Claim, EntityRecord, ORPHANED, ProblemRecord, SourceRecord, decode, encode};
use crate::session::{Document, Mode, Staged};
use crate::{ChangeKind, OrphanStrategy, StoreError, source};

/// A source that takes over, and its document.
type Heir = (u32, Arc<[u8]>);

impl Work<'_> {
    /// Removes what the source held and did not say again, except what came from files that could not be read.
    pub(super) fn release_unsaid(&mut self, gone: &[String], stale: Vec<StaleClaim>) -> Result<(), StoreError> {
        for reference in gone {
            self.release(reference)?;
        }
        for (reference, claim, reason) in stale {
            self.done.summary.unchanged += 1;
            self.mark_stale(&reference, claim, reason)?;
        }
        Ok(())
    }

    /// Of the source's claims those that a session does not say again: what goes, and what came from files that could not be read. And
    /// how many claims there are in all.
    pub(super) fn claims_unsaid(
        &self,
        staged: &Staged,
        orphans: OrphanStrategy,
    ) -> Result<(Vec<String>, Vec<StaleClaim>, u64), StoreError> {
        let said = staged.documents.keys().chain(&staged.unchanged).map(EntityRef::as_str);
        let said: HashSet<&str, RandomState> = said.collect();
        let (mut gone, mut stale, mut holds) = (Vec::new(), Vec::new(), 0);
        for entry in self.claims.range((self.source, "")..(self.source + 1, ""))? {
            let (key, claim) = entry?;
            holds += 1;
            let reference = key.value().1;
            if said.contains(reference) {
                continue;
            }
            let claim: Claim = decode("claims", claim.value())?;
            if !staged.mode.speaks_of(&claim.file) {
                continue;
            }
            match staged.broken.get(&claim.file) {
                Some(reason) => stale.push((reference.to_owned(), claim, reason.clone())),
                None if orphans == OrphanStrategy::Keep => {
                    stale.push((reference.to_owned(), claim, ORPHANED.to_owned()))
                }
                None => gone.push(reference.to_owned()),
            }
        }
        Ok((gone, stale, holds))
    }

    /// An entity that the session says and that another file said before, of which the session does not speak; with that file.
    pub(crate) fn strays(&self, staged: &Staged) -> Result<Option<(String, String)>, StoreError> {
        let Mode::Files(files) = &staged.mode else { return Ok(None) };
        for reference in staged.documents.keys() {
            let Some(claim) = self.claims.get((self.source, reference.as_str()))? else { continue };
            let claim: Claim = decode("claims", claim.value())?;
            // A file that said it and says it no more has no word in this.
            if !files.contains(&claim.file) && claim.stale.as_deref() != Some(ORPHANED) {
                return Ok(Some((reference.to_string(), claim.file)));
            }
        }
        Ok(None)
    }

    /// The source's word for an entity is new or different.
    pub(super) fn claim(&mut self, reference: &EntityRef, document: &Document) -> Result<(), StoreError> {
        let name = reference.as_str();
        let before: Option<Claim> =
            self.claims.get((self.source, name))?.map(|claim| decode("claims", claim.value())).transpose()?;
        if before.is_none() {
            self.done.claims += 1;
        }
        match self.record(name)? {
            Some(record) if record.owner == self.source => {
                let old = self.shown(name, &record)?;
                let same = old.as_deref() == Some(&*document.json);
                self.keep_claim(name, before.as_ref(), document, same)?;
                if same && before.is_some_and(|claim| claim.stale.is_none()) {
                    self.done.summary.unchanged += 1;
                    return Ok(());
                }
                self.done.summary.updated += 1;
                self.say(name, old.as_deref(), document)
            }
            Some(record) if self.is_restored(record.owner)? => {
                self.keep_claim(name, before.as_ref(), document, false)?;
                self.take_over(name, &record, document)
            }
            Some(_) => {
                let old = self.set_aside(name, self.source, &document.json)?;
                self.keep_claim(name, before.as_ref(), document, old.as_deref() == Some(&*document.json))?;
                self.note_conflict(name)
            }
            None => {
                self.keep_claim(name, before.as_ref(), document, false)?;
                self.create(name, self.source)?;
                self.done.summary.added += 1;
                self.say(name, None, document)
            }
        }
    }

    /// An entity is said otherwise than it was.
    fn say(&mut self, reference: &str, old: Option<&[u8]>, document: &Document) -> Result<(), StoreError> {
        self.show(reference, document.json.clone());
        let before = relations_said(old, self.registry.kinds())?;
        self.relate_rows(reference, &before, &document.relations)?;
        self.touch(reference, Touch::Said);
        Ok(())
    }

    /// Notes who speaks for an entity, and where; `same` says whether in the same words as before.
    fn keep_claim(
        &mut self,
        reference: &str,
        before: Option<&Claim>,
        document: &Document,
        same: bool,
    ) -> Result<(), StoreError> {
        let claim = Claim {
            digest: document.digest,
            file: document.origin.file.clone(),
            line: document.origin.line,
            url: document.origin.url.clone(),
            parent: document.origin.parent.as_ref().map(ToString::to_string),
            claimed_at: before.map_or(self.now, |claim| claim.claimed_at),
            changed_at: before.filter(|_| same).map_or(self.now, |claim| claim.changed_at),
            stale: None,
        };
        self.claims.insert((self.source, reference), encode("claims", &claim)?.as_slice())?;
        Ok(())
    }

    /// Whether a source is the portal itself, which says what came back out of the bin.
    fn is_restored(&self, source: u32) -> Result<bool, StoreError> {
        let record: SourceRecord = source::load(&self.sources, source)?.unwrap_or_default();
        Ok((record.plugin.as_str(), record.scope.as_str()) == RESTORED)
    }

    /// A source says again what the portal itself said in the meantime.
    fn take_over(&mut self, name: &str, record: &EntityRecord, document: &Document) -> Result<(), StoreError> {
        self.claims.remove((record.owner, name))?;
        let old = self.shown(name, record)?;
        if let Some(mut restored) = source::load(&self.sources, record.owner)? {
            restored.entities = restored.entities.saturating_sub(1);
            source::save(&mut self.sources, record.owner, &restored)?;
        }
        let record = EntityRecord { owner: self.source, ..*record };
        self.records.insert(name, encode("records", &record)?.as_slice())?;
        self.take_aside(name, self.source)?;
        self.done.summary.updated += 1;
        self.say(name, old.as_deref(), document)
    }

    pub(super) fn create(&mut self, reference: &str, owner: u32) -> Result<(), StoreError> {
        #[expect(clippy::cast_possible_truncation, reason = "four billion entities would not fit the file")]
        let id = self.ids.next() as u32;
        // It begins with the time, so that what new entities write by it stands side by side.
        let uid = uuid::Uuid::now_v7().as_u128();
        let record = EntityRecord { id, uid, owner };
        self.records.insert(reference, encode("records", &record)?.as_slice())?;
        self.uids.insert(uid, id)?;
        self.dangling.doubt(reference);
        self.bin.take(reference)
    }

    /// Another source speaks for the entity already: the claim is kept, and the conflict is shown.
    pub(super) fn note_conflict(&mut self, reference: &str) -> Result<(), StoreError> {
        let Some(record) = self.record(reference)?.filter(|record| record.owner != self.source) else { return Ok(()) };
        let other: SourceRecord = source::load(&self.sources, record.owner)?.unwrap_or_default();
        let theirs: Option<Claim> =
            self.claims.get((record.owner, reference))?.map(|claim| decode("claims", claim.value())).transpose()?;
        let theirs = theirs.map_or_else(String::new, |claim| format!("{}:{} in ", claim.file, claim.line));
        let ours: Option<Claim> =
            self.claims.get((self.source, reference))?.map(|claim| decode("claims", claim.value())).transpose()?;
        let Some(ours) = ours else { return Ok(()) };
        let document = self.aside(reference, self.source)?.map(|document| parse(&document)).transpose()?;
        self.done.conflicts.push(ProblemRecord {
            cause: Cause::Conflict,
            file: ours.file,
            line: ours.line,
            column: 0,
            path: String::new(),
            entity: Some(reference.to_owned()),
            url: ours.url,
            message: format!(
                "`{reference}` is already described by {theirs}{} ({}), which came first and is what the catalog shows; \
                 rename one of the two, or remove one",
                other.scope, other.plugin
            ),
            first_seen: self.now,
            last_seen: self.now,
            owner: document.as_ref().and_then(owner_of).map(|owner| owner.to_string()),
        });
        Ok(())
    }

    fn mark_stale(&mut self, reference: &str, claim: Claim, reason: String) -> Result<(), StoreError> {
        if claim.stale.as_ref() == Some(&reason) {
            return Ok(());
        }
        let claim = Claim { stale: Some(reason), ..claim };
        self.claims.insert((self.source, reference), encode("claims", &claim)?.as_slice())?;
        self.touch(reference, Touch::Said);
        Ok(())
    }

    /// Removes everything that the source holds.
    pub(crate) fn release_all(&mut self) -> Result<(), StoreError> {
        let mut held = Vec::new();
        for entry in self.claims.range((self.source, "")..(self.source + 1, ""))? {
            held.push(entry?.0.value().1.to_owned());
        }
        held.iter().try_for_each(|reference| self.release(reference))?;
        for reference in self.facts.release_all(self.source)? {
            self.touch(&reference, Touch::Facts);
        }
        Ok(())
    }

    /// The source no longer speaks for an entity. The next that does takes over; with none, the entity goes.
    pub(crate) fn release(&mut self, reference: &str) -> Result<(), StoreError> {
        let claim = self.claims.remove((self.source, reference))?.map(|claim| decode::<Claim>("claims", claim.value()));
        let Some(claim) = claim.transpose()? else { return Ok(()) };
        self.done.claims -= 1;
        let Some(record) = self.record(reference)?.filter(|record| record.owner == self.source) else {
            self.take_aside(reference, self.source)?;
            return Ok(());
        };
        let old = self.shown(reference, &record)?;
        if let Some((heir, document)) = self.heir(reference)? {
            let record = EntityRecord { owner: heir, ..record };
            self.records.insert(reference, encode("records", &record)?.as_slice())?;
            self.relate(reference, old.as_deref(), Some(&document))?;
            self.show(reference, document);
            self.touch(reference, Touch::Said);
            self.done.inherited.push((heir, reference.to_owned()));
            self.done.summary.updated += 1;
            return Ok(());
        }
        self.relate(reference, old.as_deref(), None)?;
        if let Some(document) = old {
            let said_by = source::load(&self.sources, self.source)?.unwrap_or_default();
            self.bin.put(reference, &document, claim, said_by, self.now)?;
        }
        self.vanish(reference, &record)
    }

    /// The entity is no longer there.
    pub(super) fn vanish(&mut self, reference: &str, record: &EntityRecord) -> Result<(), StoreError> {
        self.records.remove(reference)?;
        self.fresh.remove(reference);
        self.dangling.doubt(reference);
        self.uids.remove(record.uid)?;
        let entity = self.entities.remove(record.id)?.map(|json| unpack("entities", json.value())).transpose()?;
        let entity = entity.map(|json| parse(&json)).transpose()?;
        if let Some(entity) = entity {
            self.index.replace(record.id, Some(&rows(&entity)), None)?;
            self.log.write(reference, ChangeKind::Removed, self.source, Some(&entity))?;
        }
        // Nothing is stitched for it, but what looks at it has to hear.
        self.touch(reference, Touch::Derived);
        self.done.summary.removed += 1;
        Ok(())
    }

    /// Of the other sources that claim an entity, the one that did so first, with its document, which is to be shown.
    pub(super) fn heir(&mut self, reference: &str) -> Result<Option<Heir>, StoreError> {
        let mut first: Option<(i64, u32)> = None;
        for entry in self.documents.range((reference, 0)..=(reference, u32::MAX))? {
            let source = entry?.0.value().1;
            let Some(claim) = self.claims.get((source, reference))? else { continue };
            let claim: Claim = decode("claims", claim.value())?;
            if first.is_none_or(|(at, _)| claim.claimed_at < at) {
                first = Some((claim.claimed_at, source));
            }
        }
        let Some((_, source)) = first else { return Ok(None) };
        Ok(self.take_aside(reference, source)?.map(|document| (source, document.into())))
    }
}
