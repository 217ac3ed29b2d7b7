//! Reading a scope again after its commit changed: only the files that differ.
//!
//! Rule: it comes to the same as reading the whole scope. So it is done only where each file stands for itself, before and after; what
//! is doubtful is read whole.

use portico_descriptors::{Collector, Done, DoneIn, Outline, Portal, Submission as _, read_files};
use portico_sdk::repositories::Change;
use portico_sdk::{Error, Result, debug};

use crate::cursor::{Apart, Cursor};
use crate::repositories::Version;
use crate::scope::Opened;

/// Files that differ; of more, reading all costs little else.
const MOST_FILES: usize = 1_000;

impl<T: Version> Opened<'_, T> {
    /// Reads what differs since `before`, whose settings are those of now; none if the whole scope has to be read.
    pub(crate) fn read_again<P: Portal>(&self, portal: &P, before: &Cursor) -> Result<Option<DoneIn<P>>> {
        let Some(apart) = before.apart.as_ref().filter(|apart| apart.reference == self.head.reference) else {
            return Ok(None);
        };
        // That a file is missing which somebody named is said of the whole scope.
        if self.names_files() {
            return Ok(None);
        }
        let Some(changes) = self.tree.changed_since(&before.commit)? else { return Ok(None) };
        if changes.iter().any(|change| apart.included.contains(&change.path)) {
            return Ok(None);
        }
        let is_named = self.descriptors.matcher();
        let changes: Vec<Change> = changes.into_iter().filter(|change| is_named(&change.path)).collect();
        if changes.len() > MOST_FILES {
            return Ok(None);
        }
        self.read_changes(portal, before, apart, &changes)
    }

    fn read_changes<P: Portal>(
        &self,
        portal: &P,
        before: &Cursor,
        apart: &Apart,
        changes: &[Change],
    ) -> Result<Option<DoneIn<P>>> {
        let all: Vec<String> = changes.iter().map(|change| change.path.clone()).collect();
        let there = changes.iter().filter(|change| change.is_there).map(|change| change.path.clone()).collect();
        let mut collector = Collector::begin_files(portal, self.name, &all)?;
        let outline = self.with(there, |reading| read_files(reading, &mut collector))?;
        let Some(apart) = apart.with(&outline) else { return Ok(None) };
        let cursor = Cursor { commit: self.head.commit.clone(), apart: Some(apart), ..before.clone() };
        match collector.submit(&cursor.text()).and_then(|submission| submission.wait()) {
            Ok(_) if changes.is_empty() => Ok(Some(Done::Unchanged)),
            Ok(summary) => Ok(Some(Done::Updated(Outline { hint: gone(changes.len()), ..outline }, summary))),
            Err(Error::Invalid(reason)) => {
                debug!("{}: {reason}", self.name);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// What is said where nothing was read of files that are gone.
fn gone(files: usize) -> String {
    match files {
        1 => "a file is gone".to_owned(),
        files => format!("{files} files are gone"),
    }
}

#[cfg(test)]
mod tests;
