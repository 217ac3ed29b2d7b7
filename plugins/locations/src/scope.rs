//! Reading one location.
//!
//! Rule: a location whose files are all as they were is not read again, and nothing of it is parsed.

use std::collections::BTreeSet;

use portico_descriptors::{Collector, Done, DoneIn, Outline, Portal, Reading, Root, Site, Tree, paths, read};
use portico_sdk::locations::Location;
use portico_sdk::{Error, Result};

use crate::disk::{Disk, Folder, Paths};
use crate::memory::{Memory, Seen, digest};
use crate::web::{Addresses, Pages, Web};

/// What all locations of a run have in common.
pub(crate) struct Run<'a, P> {
    pub(crate) portal: &'a P,
    pub(crate) disk: &'a dyn Disk,
    pub(crate) web: &'a dyn Web,
    /// The locations that the plugin reads.
    pub(crate) own: &'a [Location],
    /// The scopes of those that others read.
    pub(crate) others: &'a [String],
}

impl<P: Portal> Run<'_, P> {
    /// Reads a location.
    pub(crate) fn location(&self, location: &Location) -> Result<DoneIn<P>> {
        match location.kind.as_str() {
            "file" => self.files(location),
            "url" => self.pages(location),
            kind => Err(Error::Invalid(format!("a location of the type `{kind}` is not read; use `url` or `file`"))),
        }
    }

    fn files(&self, location: &Location) -> Result<DoneIn<P>> {
        let known = self.known(location);
        let before = self.before(location, &known)?;
        if let Some(Seen::Disk(seen)) = &before
            && seen.stands(self.disk)
        {
            return self.unchanged(location);
        }
        let (folder, paths) = (Folder::new(self.disk), Paths::new(&known));
        let target = &location.target;
        let pattern = if paths::is_pattern(target) { target.clone() } else { paths::escaped(target) };
        let files = folder.find(&[pattern])?;
        if files.is_empty() {
            let what = if paths::is_pattern(target) { "no file matches" } else { "there is no file" };
            return Err(Error::NotFound(format!("{what} {target}; correct the path, or remove the location")));
        }
        let (outline, collector) = self.collect(location, &folder, &paths, files)?;
        let asked = paths.asked();
        self.submit(location, outline, collector, asked.then_some(&known), Some(Seen::Disk(folder.seen())))
    }

    fn pages(&self, location: &Location) -> Result<DoneIn<P>> {
        let known = self.known(location);
        let (pages, addresses) = (Pages::new(self.web), Addresses::new(&known));
        if let Some(Seen::Web(seen)) = self.before(location, &known)?
            && seen.stands(&pages)
        {
            return self.unchanged(location);
        }
        if paths::is_pattern(location.target.split('?').next().unwrap_or_default()) {
            return Err(Error::Invalid(format!(
                "{} holds `*`, and a web server does not say which files it has; register each file",
                location.target
            )));
        }
        pages.begin(&location.target)?;
        let (outline, collector) = self.collect(location, &pages, &addresses, vec![location.target.clone()])?;
        let asked = addresses.asked();
        self.submit(location, outline, collector, asked.then_some(&known), pages.seen().map(Seen::Web))
    }

    fn collect(
        &self,
        location: &Location,
        tree: &dyn Tree,
        site: &dyn Site,
        files: Vec<String>,
    ) -> Result<(Outline, Collector<'_, P>)> {
        let root = Root::of(location, true);
        let mut collector = Collector::begin(self.portal, &location.scope)?;
        let outline = read(&Reading { tree, site, files, root: Some(&root) }, &mut collector)?;
        Ok((outline, collector))
    }

    fn submit(
        &self,
        location: &Location,
        outline: Outline,
        collector: Collector<'_, P>,
        known: Option<&BTreeSet<String>>,
        seen: Option<Seen>,
    ) -> Result<DoneIn<P>> {
        let memory = Memory { by: by(location), known: known.map(digest), seen };
        let submission = collector.submit(&memory.write()?)?;
        Ok(Done::Read(outline, submission))
    }

    /// What was read before, if nothing but the files can have changed since.
    fn before(&self, location: &Location, known: &BTreeSet<String>) -> Result<Option<Seen>> {
        let memory = self.portal.cursor(&location.scope)?.and_then(|cursor| Memory::parse(&cursor));
        let memory = memory.filter(|memory| memory.by == by(location));
        let memory = memory.filter(|memory| memory.known.as_ref().is_none_or(|before| *before == digest(known)));
        Ok(memory.and_then(|memory| memory.seen))
    }

    fn unchanged(&self, location: &Location) -> Result<DoneIn<P>> {
        self.portal.current(&location.scope)?;
        Ok(Done::Unchanged)
    }

    /// The scopes of all locations but this one.
    fn known(&self, location: &Location) -> BTreeSet<String> {
        let own = self.own.iter().map(|own| &own.scope).filter(|scope| **scope != location.scope);
        own.chain(self.others).cloned().collect()
    }
}

/// What decides what files become, beside the files.
fn by(location: &Location) -> String {
    digest([env!("CARGO_PKG_VERSION"), location.entity.as_str()])
}
