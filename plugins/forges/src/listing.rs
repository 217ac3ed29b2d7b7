//! Which repositories an owner has, and which of them are to be read.
//!
//! Rule: a page that has not changed is not read, unless something of it is to be read again anyway. A list that is not whole is none. What
//! it names no more is not taken for gone by that alone; that is `gone`.

use std::collections::BTreeSet;

use portico_sdk::{Error, Result, run};
use serde_json::Value;

use crate::api::{Api, Fault, Page};
use crate::gone;
use crate::memory::{Memory, Noted};
use crate::repository::Repository;
use crate::settings::Forge;

/// Pages of one list: a million repositories.
const MOST_PAGES: usize = 10_000;

/// What a listing came to.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The repositories that are read, by their numbers.
    pub(crate) ids: BTreeSet<String>,
    /// Those that do not stand as they were read.
    pub(crate) changed: Vec<Repository>,
    /// Those that cannot be read, since their row makes no sense or they are not found, and why.
    pub(crate) odd: Vec<(String, String)>,
    /// Why it is not believed that so many are gone.
    pub(crate) doubt: Option<Error>,
    /// Every repository that the list names.
    pub(crate) named: BTreeSet<String>,
    /// Owner and name, in lower case, of those whose row was read.
    pub(crate) projects: BTreeSet<String>,
    /// Whether nobody remembers what there was, so that nothing of what the list leaves out could be looked for.
    pub(crate) is_unsure: bool,
    pages: Vec<Noted>,
}

/// Whether a repository stands as it was read, by its number and the digest of its row.
pub(crate) type Stands<'a> = &'a dyn Fn(&str, &str) -> bool;

/// Lists the repositories of an owner, and keeps what the next listing needs to know.
pub(crate) fn list(forge: &Forge, api: &Api, stands: Stands<'_>) -> Result<Listing> {
    let mut memory = Memory::of(forge)?;
    let mut listing = read(forge, api, &memory, stands).map_err(|fault| Error::from(fault).context(forge.key()))?;
    listing.is_unsure = memory.is_lost;
    let looked = gone::look(forge, api, &mut memory, &mut listing, stands);
    memory.pages = std::mem::take(&mut listing.pages);
    if looked.is_ok() {
        memory.ids = listing.ids.clone();
    }
    memory.keep(forge)?;
    looked.map(|()| listing)
}

/// Reads the list, of whichever kind the owner is.
fn read(forge: &Forge, api: &Api, memory: &Memory, stands: Stands<'_>) -> std::result::Result<Listing, Fault> {
    let mut lists = forge.dialect().lists(forge);
    // Which kind the owner is was found out before; the list of oneself is one of a user.
    if let Some(known) = memory.pages.first() {
        lists.sort_by_key(|list| {
            !(*list == known.path || known.path.starts_with("/user/") && list.starts_with("/users/"))
        });
    }
    let mut missing = None;
    for first in lists {
        let first = forge.dialect().better(api, forge, first)?;
        match read_from(forge, api, memory, stands, first) {
            Err(Fault::Missing(text)) => missing = missing.or(Some(text)),
            other => return other,
        }
    }
    Err(Fault::Missing(format!(
        "there is no organisation, user or group `{}`: {}; correct `owner` in the settings",
        forge.owner.as_str(),
        missing.unwrap_or_default()
    )))
}

fn read_from(
    forge: &Forge,
    api: &Api,
    memory: &Memory,
    stands: Stands<'_>,
    first: String,
) -> std::result::Result<Listing, Fault> {
    let (mut listing, mut next, mut total) = (Listing::default(), Some(first), None);
    while let Some(path) = next.take() {
        if listing.pages.len() == MOST_PAGES || run::cancelled() {
            return Err(Fault::Odd("the list does not end".to_owned()));
        }
        run::progress(listing.named.len() as u64, None, &format!("listing {}", forge.key()));
        let known = memory.pages.iter().find(|noted| noted.path == path).filter(|noted| noted.stand(stands));
        let page = match known.and_then(|noted| noted.etag.as_deref()) {
            Some(etag) => api.page(&path, Some(etag))?,
            None => Some(api.page(&path, None)?.unwrap_or_default()),
        };
        match (page, known) {
            (None, Some(noted)) => listing.take_noted(noted),
            (page, _) => {
                let page = page.unwrap_or_default();
                total = total.or(page.total);
                listing.take(forge, path, page, stands)?;
            }
        }
        next = listing.pages.last().and_then(|page| page.next.clone());
    }
    match total {
        Some(total) if (listing.named.len() as u64) < total => Err(Fault::Odd(format!(
            "{} says that there are {total} repositories, and lists {}: half a list is none, and everything stays as it is",
            api.host(),
            listing.named.len()
        ))),
        _ => Ok(listing),
    }
}

impl Noted {
    /// Whether nothing of it has to be read again. A page that was the last, and is full, may have got another behind it, which its tag does
    /// not tell; pages of all forges are full with tens.
    fn stand(&self, stands: Stands<'_>) -> bool {
        let may_go_on = self.next.is_none() && self.rows.len().is_multiple_of(10);
        !may_go_on && self.rows.iter().all(|(id, digest)| digest.as_ref().is_none_or(|digest| stands(id, digest)))
    }
}

impl Listing {
    fn take_noted(&mut self, noted: &Noted) {
        for (id, digest) in &noted.rows {
            self.named.insert(id.clone());
            if digest.is_some() {
                self.ids.insert(id.clone());
            }
        }
        self.pages.push(noted.clone());
    }

    fn take(&mut self, forge: &Forge, path: String, page: Page, stands: Stands<'_>) -> std::result::Result<(), Fault> {
        let mut noted = Noted { path, etag: page.etag, rows: Vec::new(), next: page.next };
        for row in page.items {
            let id = number(&row);
            match forge.dialect().repository(row) {
                Ok(repository) => noted.rows.push(self.take_one(forge, repository, stands)),
                Err(error) => {
                    let Some(id) = id else {
                        return Err(Fault::Odd(format!("a repository in the list has no number: {error}")));
                    };
                    self.named.insert(id.clone());
                    self.ids.insert(id.clone());
                    self.odd.push((id, format!("what the forge says of it cannot be read: {error}")));
                    // It is to be looked at again.
                    noted.etag = None;
                }
            }
        }
        self.pages.push(noted);
        Ok(())
    }

    /// Takes a repository; answers its number, and the digest of its row where it is one that is read.
    pub(crate) fn take_one(
        &mut self,
        forge: &Forge,
        repository: Repository,
        stands: Stands<'_>,
    ) -> (String, Option<String>) {
        let id = repository.id.clone();
        self.named.insert(id.clone());
        self.projects.insert(repository.project.to_lowercase());
        if !forge.selects(&repository) {
            return (id, None);
        }
        let digest = repository.digest();
        if self.ids.insert(id.clone()) && !stands(&id, &digest) {
            self.changed.push(repository);
        }
        (id, Some(digest))
    }
}

/// A row's number, whatever else is wrong with it.
fn number(row: &Value) -> Option<String> {
    row["id"].as_u64().map(|id| id.to_string())
}

#[cfg(test)]
mod tests;
