//! One run: the list of each owner, then what has changed of it; or some repositories that were asked for.
//!
//! Rule: all lists come before anything is removed, and one that fails removes nothing. Where the portal does not remove so much until a
//! person confirms it, everything is read all the same. A forge that wants to be left alone is: what is new is brought in with what Git
//! says, everything else stays as it was, and the next run goes on from there.

use std::collections::{BTreeMap, BTreeSet};

use portico_sdk::{Error, Result, debug, error, info, retain, run as sdk_run, unreadable, warn};

use crate::annotated::Annotated;
use crate::asked;
use crate::listing::{Listing, list};
use crate::people;
use crate::reading::{Done, Reader};
use crate::repository::Repository;
use crate::settings::{Forge, Settings};
use crate::tree::Clones;

/// Failures in a row after which a forge is taken for one that does not answer.
const IN_A_ROW: usize = 3;

/// An owner whose list is known.
struct Owner<'a> {
    reader: Reader<'a>,
    listing: Listing,
}

/// Reads what the run is about.
pub(crate) fn run(clones: &dyn Clones, settings: &Settings) -> Result<()> {
    if let Some(asked) = sdk_run::scopes() {
        let mut failures = asked::read(clones, settings, &asked)?;
        failures.extend(people(settings, Some(&asked))?.into_values());
        return verdict(failures);
    }
    let (mut owners, mut failures) = (Vec::new(), Vec::new());
    for forge in &settings.forges {
        match begin(clones, forge) {
            Ok(owner) => owners.push(owner),
            Err(error) => {
                error!("{error}");
                failures.push(error);
            }
        }
    }
    let unsure = owners.iter().find(|owner| owner.listing.is_unsure);
    match (failures.is_empty(), unsure) {
        (false, _) => warn!("nothing is removed, since not every list could be read"),
        (true, Some(owner)) => warn!(
            "nothing is removed in this run, since what is kept of the repositories of {} cannot be read, so that none that its list leaves out \
             could be asked for",
            owner.reader.forge.key()
        ),
        (true, None) => failures.extend(remove(settings, &owners).inspect_err(|error| error!("{error}")).err()),
    }
    let refused = people(settings, None)?;
    for owner in &mut owners {
        // A right that is missing for people is missing for nothing else, and a token that nobody knows is found out by any question.
        let is_away = |error: &&Error| matches!(error, Error::Unavailable { .. });
        let refused = refused.get(&owner.reader.forge.host()).filter(is_away);
        failures.extend(owner.read(refused)?);
    }
    failures.extend(refused.into_values());
    sdk_run::progress(1, Some(1), "done");
    verdict(failures)
}

/// Removes what is gone.
fn remove(settings: &Settings, owners: &[Owner<'_>]) -> Result<()> {
    let people = people::hosts(settings).into_iter().map(|host| host.scope());
    retain(&owners.iter().flat_map(Owner::scopes).chain(people).collect::<Vec<_>>())
}

/// Lists the repositories of an owner.
fn begin<'a>(clones: &'a dyn Clones, forge: &'a Forge) -> Result<Owner<'a>> {
    let reader = Reader {
        clones,
        forge,
        api: forge.dialect().api(forge),
        annotated: Annotated::of(forge)?,
        unseen: BTreeSet::new(),
    };
    let listing = list(forge, &reader.api, &|id, row| reader.stands(id, row))?;
    Ok(Owner { reader, listing })
}

/// Reads users and teams; answers of which hosts that could not be, and why.
fn people(settings: &Settings, asked: Option<&[String]>) -> Result<BTreeMap<String, Error>> {
    let mut refused = BTreeMap::new();
    for host in people::hosts(settings) {
        let (name, scope) = (host.name(), host.scope());
        let is_asked = asked.is_some_and(|asked| asked.contains(&scope));
        if asked.is_some() && !is_asked {
            continue;
        }
        match host.read(is_asked, |forge| forge.dialect().api(forge)) {
            Ok(Some(summary)) => {
                info!("{name}: {} users and teams are new, {} gone", summary.added, summary.removed)
            }
            Ok(None) => debug!("{name}: users and teams were read a short while ago"),
            Err(error) => {
                let error = error.context("users and teams");
                unreadable(&scope, &error.to_string())?;
                error!("{error}");
                refused.insert(name, error);
            }
        }
    }
    Ok(refused)
}

/// How the reading of an owner goes.
#[derive(Default)]
struct Tally {
    read: usize,
    left: usize,
    failed: usize,
    in_a_row: usize,
    /// Why nothing more is asked of the forge.
    spent: Option<Error>,
    first: Option<Error>,
}

impl Owner<'_> {
    fn scopes(&self) -> Vec<String> {
        self.listing.ids.iter().map(|id| self.reader.forge.scope(id)).collect()
    }

    /// Reads what has changed; answers why something could not be. The forge may have refused something already.
    fn read(&mut self, refused: Option<&Error>) -> Result<Option<Error>> {
        let forge = self.reader.forge;
        let mut tally = Tally::default();
        if let Some(error) = refused {
            tally.refused(&forge.key(), error);
        }
        for (id, why) in &self.listing.odd {
            unreadable(&forge.scope(id), why)?;
            tally.failed += 1;
        }
        let changed = std::mem::take(&mut self.listing.changed);
        let total = changed.len();
        self.say_current(&changed)?;
        for (done, repository) in changed.into_iter().enumerate() {
            if sdk_run::cancelled() {
                return Err(Error::Failed(format!("the run was stopped after {done} of {total} repositories")));
            }
            sdk_run::progress(done as u64, Some(total as u64), &format!("reading {}", repository.project));
            self.one(&repository, &mut tally)?;
        }
        self.reader.warn_of_unseen();
        let doubt = self.listing.doubt.take().inspect(|doubt| error!("{doubt}"));
        Ok(tally.verdict(forge, self.listing.ids.len()).or(doubt))
    }

    /// What was not read because it stands is as fresh as now.
    fn say_current(&self, changed: &[Repository]) -> Result<()> {
        let odd = self.listing.odd.iter().map(|(id, _)| id);
        let not: BTreeSet<&String> = changed.iter().map(|repository| &repository.id).chain(odd).collect();
        let stand = self.listing.ids.iter().filter(|id| !not.contains(id));
        stand.map(|id| self.reader.forge.scope(id)).try_for_each(|scope| portico_sdk::current(&scope))
    }

    fn one(&mut self, repository: &Repository, tally: &mut Tally) -> Result<()> {
        let details = match tally.spent {
            Some(_) => None,
            None => match self.reader.details(repository) {
                Ok(details) => Some(details),
                Err(error) if sdk_run::cancelled() => return Err(error),
                Err(error) => {
                    tally.refused(&repository.project, &error);
                    if tally.spent.is_none() {
                        return self.failed(repository, tally, error);
                    }
                    None
                }
            },
        };
        // One that is new does not wait for the forge.
        if details.is_none() && !self.reader.is_new(repository)? {
            tally.left += 1;
            return Ok(());
        }
        match self.reader.read(repository, details) {
            Ok(done) => {
                say(&repository.project, &done);
                tally.read += 1;
                tally.in_a_row = 0;
                Ok(())
            }
            Err(error) if sdk_run::cancelled() => Err(error),
            Err(error) => self.failed(repository, tally, error),
        }
    }

    fn failed(&self, repository: &Repository, tally: &mut Tally, error: Error) -> Result<()> {
        unreadable(&self.reader.forge.scope(&repository.id), &error.to_string())?;
        error!("{}: {error}", repository.project);
        tally.failed += 1;
        tally.first.get_or_insert_with(|| error.context(&repository.project));
        Ok(())
    }
}

impl Tally {
    /// The forge did not answer what it was asked. Where it wants to be left alone, does not know the token, or is away, it is asked no more.
    fn refused(&mut self, what: &str, error: &Error) {
        self.in_a_row += 1;
        let wants_peace = matches!(error, Error::Unavailable { retry_after: Some(_), .. } | Error::Denied(_));
        let is_away = matches!(error, Error::Unavailable { .. }) && self.in_a_row >= IN_A_ROW;
        if self.spent.is_none() && (wants_peace || is_away) {
            error!("{what}: {error}");
            self.spent = Some(error.clone());
        }
    }

    fn verdict(self, forge: &Forge, all: usize) -> Option<Error> {
        let Tally { read, left, failed, .. } = self;
        let unchanged = all.saturating_sub(read + left + failed);
        info!(
            "{}: {all} repositories, {read} read, {unchanged} unchanged, {failed} could not be read, {left} left for later",
            forge.key()
        );
        match self.spent {
            Some(spent) => {
                Some(spent.context(format_args!("{}, {left} repositories left for the next run", forge.key())))
            }
            None if failed > 0 && failed >= all => self.first,
            None => None,
        }
    }
}

/// Says what was read.
pub(crate) fn say(project: &str, done: &Done) {
    let Done { outline, summary } = done;
    let found = match outline.files {
        0 => "no descriptor".to_owned(),
        files => format!("{} entities in {files} files", outline.entities),
    };
    let line =
        format!("{project}: {found}; {} new, {} changed, {} gone", summary.added, summary.updated, summary.removed);
    match outline.problems {
        0 => info!("{line}"),
        problems => warn!("{line}; {problems} problems"),
    }
}

/// The run fails where an owner could not be listed, or a forge does not go on; and in the terms of the one that says when to come again.
fn verdict(failures: Vec<Error>) -> Result<()> {
    let says_when = |error: &&Error| matches!(error, Error::Unavailable { retry_after: Some(_), .. });
    match failures.iter().find(says_when).or(failures.first()) {
        Some(error) => Err(error.clone()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
