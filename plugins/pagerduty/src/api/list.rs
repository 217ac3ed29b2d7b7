//! PagerDuty's lists, page by page.
//!
//! Rule: a list is whole when PagerDuty says that there is no more of it, as many different items came as it counts, and it counted no fewer
//! of them on the way; anything else is read anew, and an error at last, so that nobody takes half a list for all there is. What was
//! taken of half a list is let go of. A page may be short, and one that is too large is asked for in halves.
//!
//! Not here: lists of more than [`MOST`] items, of which PagerDuty shows no more. Whoever may meet one asks for parts of it.

use std::collections::HashSet;

use portico_sdk::{Error, Result, run};
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
        self.counted(self.page(0, &mut 1)?.total)
    }

    /// Takes each item into `into`, which stays as it was unless the list is whole and every item of it can be read: whoever counts would
    /// else count too few.
    pub(crate) fn each<T: DeserializeOwned, S: Clone>(&self, into: &mut S, take: impl FnMut(&mut S, T)) -> Result<()> {
        let (taken, odd) = self.read(|| into.clone(), take)?;
        if odd > 0 {
            return Err(Error::Failed(format!(
                "GET {}: {odd} items are not as PagerDuty describes them, so that it is not known what they say",
                self.path
            )));
        }
        *into = taken;
        Ok(())
    }

    /// All items, and how many more there are that cannot be read.
    pub(crate) fn whole<T: DeserializeOwned>(&self) -> Result<(Vec<T>, usize)> {
        self.read(Vec::new, |items, item| items.push(item))
    }

    /// Reads the list until it is whole, each time from the beginning.
    fn read<T: DeserializeOwned, S>(
        &self,
        begin: impl Fn() -> S,
        mut take: impl FnMut(&mut S, T),
    ) -> Result<(S, usize)> {
        for _ in 0..TIMES {
            let mut state = begin();
            if let Some(odd) = self.once(&mut |item| take(&mut state, item))? {
                return Ok((state, odd));
            }
        }
        Err(Error::Unavailable {
            reason: format!(
                "{} changed each time while it was read, or less of it came than PagerDuty counts, so that something may be missing; the \
                 next run reads it again",
                self.path
            ),
            retry_after: Some(60),
        })
    }

    /// Reads the list once, and says how many items are odd; none if it was not whole.
    fn once<T: DeserializeOwned>(&self, take: &mut dyn FnMut(T)) -> Result<Option<usize>> {
        let (mut known, mut nameless, mut odd) = (HashSet::new(), 0, 0);
        let (mut offset, mut limit, mut least) = (0, PAGE, 0);
        loop {
            let page = self.page(offset, &mut limit)?;
            let (more, total) = (page.more, page.total);
            let items = self.items(page)?;
            let total = self.counted(total)?;
            if total > MOST {
                return Err(self.too_many(total));
            }
            if total < least {
                // What moved up to the pages before was not seen.
                return Ok(None);
            }
            least = total;
            let count = items.len();
            for item in items {
                match item["id"].as_str() {
                    Some(id) if !known.insert(id.to_owned()) => continue,
                    Some(_) => {}
                    None => nameless += 1,
                }
                match serde_json::from_value(item) {
                    Ok(item) => take(item),
                    Err(_) => odd += 1,
                }
            }
            offset += count;
            run::progress(offset as u64, Some(total), &format!("{} are read", self.key.replace('_', " ")));
            if !more {
                let came = (known.len() + nameless) as u64;
                return Ok((came == total).then_some(odd));
            }
            self.goes_on(offset, count, limit)?;
        }
    }

    /// The page behind so many items, with fewer than `limit` from then on if so many are too large.
    fn page(&self, offset: usize, limit: &mut usize) -> Result<Page> {
        loop {
            match self.ask(offset, *limit) {
                Err(error) if is_too_large(&error) && *limit > 1 => *limit /= 2,
                answer => return answer,
            }
        }
    }

    fn ask(&self, offset: usize, limit: usize) -> Result<Page> {
        if run::cancelled() {
            return Err(Error::Failed("the run was asked to stop".to_owned()));
        }
        let (limit, offset) = (limit.to_string(), offset.to_string());
        let mut query = self.query.clone();
        query.extend([("limit", limit.as_str()), ("offset", offset.as_str()), ("total", "true")]);
        let response = self.api.get(self.path, &query)?;
        response.json().map_err(|error| self.wrong(&format!("cannot be read ({error})")))
    }

    /// How many items there are, without which nobody knows whether all came.
    fn counted(&self, total: Option<u64>) -> Result<u64> {
        total.ok_or_else(|| self.wrong("holds no `total`"))
    }

    fn items(&self, mut page: Page) -> Result<Vec<Value>> {
        match page.rest.remove(self.key) {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(self.wrong(&format!("holds no list `{}`", self.key))),
        }
    }

    /// Whether a list may go on behind a page.
    fn goes_on(&self, offset: usize, count: usize, limit: usize) -> Result<()> {
        if count == 0 {
            return Err(self.wrong("is empty, and says that there is more"));
        }
        if (offset + limit) as u64 > MOST {
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

/// Whether an answer was larger than the portal takes at once.
fn is_too_large(error: &Error) -> bool {
    matches!(error, Error::Failed(said) if said.contains("is larger than"))
}
