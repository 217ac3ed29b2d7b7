//! PagerDuty's lists, page by page.
//!
//! Rule: a list is whole when PagerDuty says that there is no more of it, and as many came as it counts; anything else is an error, so that
//! nobody takes half a list for all there is. A page may be short, and an item odd: neither ends a list.
//!
//! Not here: lists of more than [`MOST`] items, of which PagerDuty shows no more. Whoever may meet one asks for parts of it.

use std::collections::HashSet;

use portico_sdk::{Error, Result, run, warn};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Api;

/// Items of a page; more PagerDuty does not give.
const PAGE: usize = 100;

/// Items of a list behind which PagerDuty shows nothing.
pub(crate) const MOST: u64 = 10_000;

/// How often a list is begun anew that changed while it was read.
const TIMES: u32 = 3;

/// A list to be read.
#[derive(Clone, Debug)]
pub(crate) struct List<'a> {
    api: &'a Api,
    path: &'a str,
    /// Under which key the items stand.
    key: &'a str,
    query: Vec<(&'a str, &'a str)>,
}

/// What stands around the items.
#[derive(Deserialize)]
struct Page {
    /// Without it nobody knows whether the list is whole.
    more: bool,
    #[serde(default)]
    total: Option<u64>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl<'a> List<'a> {
    pub(crate) fn new(api: &'a Api, path: &'a str, key: &'a str) -> List<'a> {
        List { api, path, key, query: Vec::new() }
    }

    /// With a parameter; the same name may come several times.
    #[must_use]
    pub(crate) fn with(mut self, name: &'a str, value: &'a str) -> List<'a> {
        self.query.push((name, value));
        self
    }

    /// With a parameter for each of some values.
    #[must_use]
    pub(crate) fn with_each(mut self, name: &'a str, values: &'a [String]) -> List<'a> {
        self.query.extend(values.iter().map(|value| (name, value.as_str())));
        self
    }

    /// How many items there are.
    pub(crate) fn count(&self) -> Result<u64> {
        let page = self.page(0, 1, true)?;
        page.total.ok_or_else(|| self.wrong("holds no `total`"))
    }

    /// Hands over each item. Those that cannot be read are said, and cost no other.
    pub(crate) fn each<T: DeserializeOwned>(&self, mut take: impl FnMut(T)) -> Result<()> {
        let (mut offset, mut odd) = (0, 0);
        loop {
            let page = self.page(offset, PAGE, false)?;
            let (more, items) = (page.more, self.items(page)?);
            let count = items.len();
            for item in items {
                match serde_json::from_value(item) {
                    Ok(item) => take(item),
                    Err(_) => odd += 1,
                }
            }
            offset += count;
            if !more {
                if odd > 0 {
                    warn!(
                        "GET {}: {odd} of {offset} items are not as PagerDuty describes them, and are left out",
                        self.path
                    );
                }
                return Ok(());
            }
            self.goes_on(offset, count)?;
        }
    }

    /// All items by their ids, and how many could not be read, of a list that has to be whole: one that changed under the hand is read anew.
    pub(crate) fn whole<T: DeserializeOwned>(&self, id: impl Fn(&T) -> &str) -> Result<(Vec<T>, usize)> {
        for _ in 0..TIMES {
            if let Some(read) = self.once(&id)? {
                return Ok(read);
            }
        }
        Err(Error::Unavailable {
            reason: format!(
                "{} changed each time while it was read, so that something may be missing; the next run reads it again",
                self.path
            ),
            retry_after: Some(60),
        })
    }

    /// As [`List::whole`], once; none if other things came than PagerDuty counts.
    fn once<T: DeserializeOwned>(&self, id: &impl Fn(&T) -> &str) -> Result<Option<(Vec<T>, usize)>> {
        let (mut items, mut odd, mut seen) = (Vec::new(), 0, HashSet::new());
        let (mut offset, mut first_total) = (0, None);
        loop {
            let page = self.page(offset, PAGE, true)?;
            let (more, total) = (page.more, page.total);
            if total.is_some_and(|total| total > MOST) {
                return Err(self.too_many(total.unwrap_or(MOST)));
            }
            let first = *first_total.get_or_insert(total);
            let page = self.items(page)?;
            let count = page.len();
            for item in page {
                match serde_json::from_value::<T>(item) {
                    Ok(item) if seen.insert(id(&item).to_owned()) => items.push(item),
                    Ok(_) => {}
                    Err(_) => odd += 1,
                }
            }
            offset += count;
            run::progress(offset as u64, total, &format!("{} are read", self.key.replace('_', " ")));
            if !more {
                let came = (items.len() + odd) as u64;
                let is_whole = first == total && total.is_none_or(|total| total == came);
                return Ok(is_whole.then_some((items, odd)));
            }
            self.goes_on(offset, count)?;
        }
    }

    fn page(&self, offset: usize, limit: usize, count: bool) -> Result<Page> {
        if run::cancelled() {
            return Err(Error::Failed("the run was asked to stop".to_owned()));
        }
        let (limit, offset) = (limit.to_string(), offset.to_string());
        let mut query = self.query.clone();
        query.extend([("limit", limit.as_str()), ("offset", offset.as_str())]);
        if count {
            query.push(("total", "true"));
        }
        let response = self.api.get(self.path, &query)?;
        response.json().map_err(|error| self.wrong(&format!("cannot be read ({error})")))
    }

    fn items(&self, mut page: Page) -> Result<Vec<Value>> {
        match page.rest.remove(self.key) {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(self.wrong(&format!("holds no list `{}`", self.key))),
        }
    }

    /// Whether a list may go on behind a page.
    fn goes_on(&self, offset: usize, count: usize) -> Result<()> {
        if count == 0 {
            return Err(self.wrong("is empty, and says that there is more"));
        }
        if (offset + PAGE) as u64 > MOST {
            return Err(self.too_many(MOST));
        }
        Ok(())
    }

    fn too_many(&self, count: u64) -> Error {
        Error::Invalid(format!(
            "{} holds {count} or more, and PagerDuty shows no more than {MOST} of a list; name teams under `settings.teams`",
            self.path
        ))
    }

    fn wrong(&self, what: &str) -> Error {
        Error::Failed(format!(
            "GET {}: the answer {what}; check that `settings.api` is PagerDuty's own address, with nothing between that changes answers",
            self.path
        ))
    }
}
