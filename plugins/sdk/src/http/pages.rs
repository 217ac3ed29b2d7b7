//! What a server hands out page by page.
//!
//! Rule: a server that asks for a pause gets it. A patient request ([`Request::patient`]) waits; any other ends the reading with
//! [`Error::Unavailable`], which a plugin passes on, so that the portal begins the next run when the server wants to be asked again.
//! What was read until then can be kept: a session that names what changes is committed with [`Pages::place`] as its cursor, and the
//! next run goes on from there.

use std::cell::Cell;
use std::collections::VecDeque;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::address::{join, origin, with_parameter};
use super::{Request, Response};
use crate::error::{Error, Result};
use crate::run;

/// Pages after which a server is taken for one that never ends, where no budget says otherwise.
const MOST: u32 = 10_000;

/// How a server says where the next page is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging(Way);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    Links,
    Cursor { at: String, parameter: String },
    Counted { parameter: String, first: u64, step: u64, size: u64, items: String },
}

impl Paging {
    /// The header `Link` names it, as `rel="next"`.
    pub fn links() -> Paging {
        Paging(Way::Links)
    }

    /// The answer holds it, at a JSON pointer such as `/meta/next`: an address, or a value for this parameter of the query.
    pub fn cursor(at: impl Into<String>, parameter: impl Into<String>) -> Paging {
        Paging(Way::Cursor { at: at.into(), parameter: parameter.into() })
    }

    /// The query says how many items to leave out, such as `offset=200`. A page with less than `size` items, at a JSON pointer, is the last:
    /// where a server says how many there are, compare before a session that is to name everything is committed.
    pub fn offset(parameter: impl Into<String>, size: u64, items: impl Into<String>) -> Paging {
        Paging(Way::Counted { parameter: parameter.into(), first: 0, step: size, size, items: items.into() })
    }

    /// The query says which page, from 1, such as `page=2`. A page with less than `size` items, at a JSON pointer, is the last.
    pub fn numbered(parameter: impl Into<String>, size: u64, items: impl Into<String>) -> Paging {
        Paging(Way::Counted { parameter: parameter.into(), first: 1, step: 1, size, items: items.into() })
    }

    /// The address after one that was answered; none if that was the last.
    fn next(&self, address: &str, response: &Response) -> Result<Option<String>> {
        match &self.0 {
            Way::Links => Ok(response.link("next").map(|link| join(address, link))),
            Way::Cursor { at, parameter } => {
                let body: Value = response.json()?;
                Ok(match body.pointer(at) {
                    Some(Value::String(next)) if next.is_empty() => None,
                    Some(Value::String(next)) if next.contains("://") => Some(next.clone()),
                    Some(Value::String(next)) => Some(with_parameter(address, parameter, next)),
                    Some(Value::Number(next)) => Some(with_parameter(address, parameter, &next.to_string())),
                    _ => None,
                })
            }
            Way::Counted { parameter, first, step, size, items } => {
                let body: Value = response.json()?;
                let found = body.pointer(items).and_then(Value::as_array).map_or(0, Vec::len) as u64;
                if found < *size || found == 0 {
                    return Ok(None);
                }
                let query = address.split_once('?').map_or("", |(_, query)| query);
                let at = super::address::parameters(query).find(|(name, _)| name == parameter);
                let at = at.and_then(|(_, value)| value.parse().ok()).unwrap_or(*first);
                Ok(Some(with_parameter(address, parameter, &(at + step).to_string())))
            }
        }
    }
}

/// How many pages may be asked for, in one reading or in several together.
#[derive(Debug)]
pub struct Budget(Cell<u32>);

impl Budget {
    /// So many pages.
    pub fn pages(pages: u32) -> Budget {
        Budget(Cell::new(pages))
    }

    /// Whether all of it is used up.
    pub fn is_spent(&self) -> bool {
        self.0.get() == 0
    }

    fn take(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }
}

/// The pages of an answer, asked for one by one. After an error there is nothing more.
#[derive(Debug)]
pub struct Pages<'a> {
    request: Request,
    paging: Paging,
    /// The address of the next page; none behind the last.
    next: Option<String>,
    budget: Option<&'a Budget>,
    asked: u32,
    is_over: bool,
}

impl Request {
    /// Sends it, and goes on to the pages after. What is no success is an error, see [`Response::ok`].
    pub fn pages(self, paging: Paging) -> Pages<'static> {
        let next = Some(self.url.clone());
        Pages { request: self, paging, next, budget: None, asked: 0, is_over: false }
    }
}

impl<'a> Pages<'a> {
    /// Ends early when a budget is spent. [`Pages::place`] then says where to go on; a session that is to name everything must not be
    /// committed.
    #[must_use]
    pub fn within(self, budget: &Budget) -> Pages<'_> {
        Pages { budget: Some(budget), ..self.unbound() }
    }

    /// Goes on from a [`Pages::place`] of an earlier run, if there is one.
    #[must_use]
    pub fn from(mut self, place: Option<&str>) -> Pages<'a> {
        if let Some(place) = place {
            self.next = Some(place.to_owned());
        }
        self
    }

    /// The address of the first page that was not read; none when all were.
    pub fn place(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// The items of all pages, which stand in a list at a JSON pointer; an empty one for a page that is a list.
    pub fn items<T: DeserializeOwned>(&mut self, at: impl Into<String>) -> Items<'_, 'a, T> {
        Items { pages: self, at: at.into(), page: VecDeque::new(), kind: PhantomData }
    }

    fn unbound(self) -> Pages<'static> {
        let Pages { request, paging, next, asked, is_over, .. } = self;
        Pages { request, paging, next, budget: None, asked, is_over }
    }

    fn ask(&mut self, address: &str) -> Result<Response> {
        if run::cancelled() {
            return Err(Error::Failed("the run was asked to stop".to_owned()));
        }
        if self.budget.is_none() && self.asked == MOST {
            return Err(Error::Failed(format!(
                "{address} would be page {} of what does not end; read it with a budget, or ask for less",
                MOST + 1
            )));
        }
        self.asked += 1;
        let request = Request { url: address.to_owned(), ..self.request.clone() };
        let response = request.send().and_then(Response::ok).map_err(|error| error.context(address))?;
        let next = self.paging.next(address, &response)?;
        if let Some(next) = &next {
            // A server may lead to itself alone: what the plugin sends with each request is meant for it.
            if next == address || origin(next) != origin(address) {
                return Err(Error::Failed(format!("{address} names {next} as the page after it, which cannot be")));
            }
        }
        self.next = next;
        Ok(response)
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Response>;

    fn next(&mut self) -> Option<Result<Response>> {
        if self.is_over {
            return None;
        }
        let Some(address) = self.next.clone().filter(|_| self.budget.is_none_or(Budget::take)) else {
            self.is_over = true;
            return None;
        };
        let page = self.ask(&address);
        self.is_over = page.is_err();
        Some(page)
    }
}

/// The items of all pages.
#[derive(Debug)]
pub struct Items<'p, 'a, T> {
    pages: &'p mut Pages<'a>,
    at: String,
    page: VecDeque<Value>,
    kind: PhantomData<T>,
}

impl<T: DeserializeOwned> Iterator for Items<'_, '_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        loop {
            if let Some(item) = self.page.pop_front() {
                return Some(serde_json::from_value(item).map_err(Error::from));
            }
            let read = self.pages.next()?.and_then(|page| page.json::<Value>());
            match read.map(|mut page| page.pointer_mut(&self.at).map(Value::take)) {
                Ok(Some(Value::Array(items))) => self.page = items.into(),
                Ok(_) => {
                    self.pages.is_over = true;
                    return Some(Err(Error::Failed(format!("the page has no list at `{}`", self.at))));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
