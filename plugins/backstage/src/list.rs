//! A list of another portal's entities, page by page.
//!
//! Rule: a page is looked at as it came and then let go, so that memory holds one, whatever the size of a catalog. How many there are in
//! all is said with each page; whether so many came is for who reads them to compare. A page that is too large is asked for in halves.

use portico_sdk::{Error, Result, run};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api::{Api, BY_QUERY, is_too_large};

/// Entities of a page.
pub(crate) const PAGE: u64 = 500;

/// How far more may come than there are, while others are added: then a list goes in circles.
const MORE: u64 = 10_000;

/// A list that is being read.
pub(crate) struct List<'a> {
    api: Api<'a>,
    filters: Vec<String>,
    fields: &'static str,
    limit: u64,
    /// Where the next page begins; none at the beginning.
    place: Option<String>,
    read: u64,
    total: u64,
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
    #[serde(rename = "totalItems")]
    total: u64,
    #[serde(rename = "pageInfo", default)]
    info: Info,
}

#[derive(Default, Deserialize)]
struct Info {
    #[serde(rename = "nextCursor", default)]
    next: Option<String>,
}

impl<'a> List<'a> {
    /// Of what passes the filters.
    pub(crate) fn new(api: Api<'a>, filters: &[String]) -> List<'a> {
        List { api, filters: filters.to_vec(), fields: "", limit: PAGE, place: None, read: 0, total: 0 }
    }

    /// With these fields of each alone, of which more fit on a page.
    pub(crate) fn fields(self, fields: &'static str) -> List<'a> {
        List { fields, limit: PAGE * 4, ..self }
    }

    /// From a place on, behind so many.
    pub(crate) fn from(self, place: &str, read: u64) -> List<'a> {
        List { place: Some(place.to_owned()), read, ..self }
    }

    /// Where the next page begins.
    pub(crate) fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// How many were read.
    pub(crate) fn read(&self) -> u64 {
        self.read
    }

    /// How many there are, as was said last.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Reads the next page, and says whether there is one after it.
    pub(crate) fn next(&mut self, mut take: impl FnMut(&RawValue) -> Result<()>) -> Result<bool> {
        if run::cancelled() {
            return Err(Error::Failed("the run was asked to stop; what was committed until then stands".into()));
        }
        let answer = loop {
            match self.ask() {
                Err(error) if is_too_large(&error) && self.limit > 1 => self.limit /= 2,
                other => break other?,
            }
        };
        let odd = |_| self.api.odd("no page of a list");
        let Page { items, total, info } = serde_json::from_slice(&answer).map_err(odd)?;
        for item in &items {
            take(item)?;
        }
        (self.read, self.total) = (self.read + items.len() as u64, total);
        let next = info.next.filter(|next| !next.is_empty());
        if next.is_some() && (items.is_empty() || next == self.place || self.read > total.saturating_add(MORE)) {
            return Err(self.api.odd("a list that has no end"));
        }
        self.place = next;
        run::progress(
            self.read,
            Some(self.total.max(self.read)),
            &format!("entities of {} are read", self.api.portal.name),
        );
        Ok(self.place.is_some())
    }

    fn ask(&self) -> Result<Vec<u8>> {
        let limit = self.limit.to_string();
        let mut query = vec![("limit", limit.as_str())];
        if !self.fields.is_empty() {
            query.push(("fields", self.fields));
        }
        // A cursor brings its filters with it.
        match &self.place {
            Some(place) => query.push(("cursor", place)),
            None => query.extend(self.filters.iter().map(|filter| ("filter", filter.as_str()))),
        }
        self.api.get(BY_QUERY, &query).map(|answer| answer.body)
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::{Answer, Portal as Memory};
    use serde_json::json;

    use super::*;
    use crate::testing::{self, page};

    fn read(memory: &Memory) -> Result<Vec<String>> {
        let old = testing::portal(json!({}));
        memory.run(|| {
            let mut list = List::new(Api::waited(&old), &["kind=api".to_owned()]);
            let mut items = Vec::new();
            let mut more = true;
            while more {
                more = list.next(|item| {
                    items.push(item.get().to_owned());
                    Ok(())
                })?;
            }
            assert_eq!(list.read(), items.len() as u64);
            Ok(items)
        })
    }

    fn memory(pages: &[(&str, Answer)]) -> Memory {
        let url = |query: &str| format!("https://old.test{BY_QUERY}?{query}");
        pages.iter().fold(Memory::new(), |memory, (query, answer)| memory.answer("GET", &url(query), answer.clone()))
    }

    #[test]
    fn pages_follow_each_other_by_their_cursors() {
        let memory = memory(&[
            ("limit=500&filter=kind%3Dapi", page(&[json!(1), json!(2)], 3, "a=")),
            ("limit=500&cursor=a%3D", page(&[json!(3)], 3, "")),
        ]);
        assert_eq!(read(&memory), Ok(["1", "2", "3"].map(str::to_owned).to_vec()));
    }

    #[test]
    fn a_page_that_is_too_large_is_asked_for_in_halves() {
        let large =
            Answer::error(Error::Failed("the answer of old.test is larger than 32 MiB; ask for less at a time".into()));
        let memory = memory(&[
            ("limit=500&filter=kind%3Dapi", large.clone()),
            ("limit=250&filter=kind%3Dapi", large),
            ("limit=125&filter=kind%3Dapi", page(&[json!(1)], 2, "a")),
            ("limit=125&cursor=a", page(&[json!(2)], 2, "")),
        ]);
        assert_eq!(read(&memory).map(|items| items.len()), Ok(2));
    }

    #[test]
    fn a_list_without_an_end_is_none() {
        for (pages, said) in [
            (vec![("limit=500&filter=kind%3Dapi", page(&[], 3, "a"))], "a list that has no end"),
            (
                vec![
                    ("limit=500&filter=kind%3Dapi", page(&[json!(1)], 3, "a")),
                    ("limit=500&cursor=a", page(&[json!(1)], 3, "a")),
                ],
                "a list that has no end",
            ),
            (vec![("limit=500&filter=kind%3Dapi", Answer::body("{\"items\":"))], "no page of a list"),
            (vec![("limit=500&filter=kind%3Dapi", Answer::json(&json!([])))], "no page of a list"),
        ] {
            let error = read(&memory(&pages)).expect_err(said).to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
