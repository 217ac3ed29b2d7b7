//! What the list of an owner names no more, and whether it is gone.
//!
//! Rule: a forge says the same (404) of what was deleted and of what a token has lost sight of. So what the list leaves out is asked for by
//! its number, and where that is not found it goes only after it was missing for an hour; after a day where half of all or more are. At once
//! goes what the forge itself says to be elsewhere, what another repository has the name of by now, and what a webhook called deleted.

use std::collections::BTreeSet;

use portico_sdk::{Error, Result, clock, warn};
use serde_json::Value;

use crate::api::{Api, Fault};
use crate::asked::Deleted;
use crate::cursor::Cursor;
use crate::listing::{Listing, Stands};
use crate::memory::Memory;
use crate::repository::Repository;
use crate::settings::Forge;

/// As long as little that is missing may be what is not seen for now, in milliseconds.
pub(crate) const DOUBT: u64 = 60 * 60 * 1000;

/// The same where half of all or more is missing.
pub(crate) const DISBELIEF: u64 = 24 * DOUBT;

/// So many that are missing are asked for, before it counts for all of them that one is there.
pub(crate) const SAMPLE: usize = 20;

/// Whether so many are too many to go together.
pub(crate) fn is_most(missing: usize, known: usize) -> bool {
    missing > 0 && missing * 2 >= known
}

/// Since when something is missing, as far as that can be: a clock that was put back does not count.
pub(crate) fn since(noted: Option<u64>) -> u64 {
    noted.map_or_else(clock::now, |noted| noted.min(clock::now()))
}

/// What became of a repository that the list does not name.
pub(crate) enum Found {
    /// It is there, and one that is read.
    There(Box<Repository>),
    /// The forge knows it, and it is none of those that are read.
    Elsewhere,
    /// The forge knows no such thing, or does not tell the token of it.
    Nowhere,
}

/// Looks into what the list does not name any more. Nothing is to be removed where this fails.
pub(crate) fn look(
    forge: &Forge,
    api: &Api,
    memory: &mut Memory,
    listing: &mut Listing,
    stands: Stands<'_>,
) -> Result<()> {
    let missing: Vec<String> = memory.ids.difference(&listing.named).cloned().collect();
    let (mut nowhere, mut there) = (BTreeSet::new(), 0_usize);
    for (index, id) in missing.iter().enumerate() {
        if there > 0 && index >= SAMPLE {
            // The list is not whole. What else it leaves out stays.
            listing.ids.extend(missing[index..].iter().cloned());
            there += missing.len() - index;
            break;
        }
        match find(forge, api, id).map_err(|error| error.context(forge.key()))? {
            Found::There(repository) => {
                there += 1;
                listing.take_one(forge, *repository, stands);
            }
            Found::Nowhere if !has_successor(forge, id, listing)? && !is_called_deleted(forge, id)? => {
                nowhere.insert(id.clone());
            }
            Found::Elsewhere | Found::Nowhere => {}
        }
    }
    if there > 0 {
        warn!("{}: the list leaves out {there} repositories that can be asked for; they are kept", forge.key());
    }
    doubt(forge, memory, listing, &nowhere);
    Ok(())
}

/// What the forge says of a repository, by its number.
pub(crate) fn find(forge: &Forge, api: &Api, id: &str) -> Result<Found> {
    match api.get::<Value>(&forge.dialect().by_number(id)) {
        Ok(row) => {
            let repository = forge.dialect().repository(row)?;
            let is_read = repository.id == id && forge.selects(&repository);
            Ok(if is_read { Found::There(Box::new(repository)) } else { Found::Elsewhere })
        }
        Err(Fault::Missing(_)) => Ok(Found::Nowhere),
        Err(fault) => Err(fault.into()),
    }
}

/// Whether another repository is called by now as this one was: it was made anew.
fn has_successor(forge: &Forge, id: &str, listing: &Listing) -> Result<bool> {
    let cursor = portico_sdk::cursor(&forge.scope(id))?;
    let cursor = cursor.as_deref().and_then(Cursor::parse);
    Ok(cursor.is_some_and(|cursor| listing.projects.contains(&cursor.project.to_lowercase())))
}

/// Whether a webhook has called this repository deleted, and not one of another forge with the same number.
fn is_called_deleted(forge: &Forge, id: &str) -> Result<bool> {
    let Some(project) = Deleted::of(forge, id).project()? else { return Ok(false) };
    let cursor = portico_sdk::cursor(&forge.scope(id))?;
    let cursor = cursor.as_deref().and_then(Cursor::parse);
    Ok(cursor.is_some_and(|cursor| cursor.project.eq_ignore_ascii_case(&project)))
}

/// Keeps what was not missing for long enough, and says so of each, and of all where it is many.
fn doubt(forge: &Forge, memory: &mut Memory, listing: &mut Listing, nowhere: &BTreeSet<String>) {
    let is_most = is_most(nowhere.len(), memory.ids.len());
    let (wait, how_long) = if is_most { (DISBELIEF, "a day") } else { (DOUBT, "an hour") };
    memory.missing.retain(|id, _| nowhere.contains(id));
    let mut kept = 0_usize;
    for id in nowhere {
        let since = since(memory.missing.get(id).copied());
        if clock::now() - since >= wait {
            memory.missing.remove(id);
            continue;
        }
        kept += 1;
        memory.missing.insert(id.clone(), since);
        listing.ids.insert(id.clone());
        let why = format!(
            "{} lists it no more and does not find it by its number: it was deleted, or the token has lost sight of it. What it brought in \
             goes when that has been so for {how_long}; if it is there, let the token see it",
            forge.host()
        );
        listing.odd.push((id.clone(), why));
    }
    match (kept, is_most) {
        (0, _) => {}
        (_, false) => {
            warn!(
                "{}: {kept} repositories are not found any more; what they brought in goes when that has been so for {how_long}",
                forge.key()
            );
        }
        (_, true) => {
            listing.doubt = Some(Error::Failed(format!(
                "{}: {kept} of {} repositories are not there any more, or the token has lost sight of them. Nothing of them is removed until it \
                 has been so for {how_long}: check the token. If they are gone indeed, there is nothing to do",
                forge.key(),
                memory.ids.len()
            )));
        }
    }
}

#[cfg(test)]
mod tests;
