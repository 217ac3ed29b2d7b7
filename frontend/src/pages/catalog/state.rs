//! What the catalog page shows, as its address says it.
//!
//! Rule: the address is the whole state. Whatever a control does is a new address made from the old one, so that every
//! view can be shared, and the page works as a plain form.

mod facet;
mod sort;

use std::sync::Arc;

pub(super) use facet::Facet;
use leptos_router::params::ParamsMap;

use crate::api::Path;
pub(super) use sort::{Sort, SortBy};

/// Rows of a page: two screens, so that one look and one scroll read it.
pub(super) const PAGE: u64 = 50;

/// The kind that means all kinds.
pub(super) const EVERY_KIND: &str = "all";

/// Columns and facets that may be added: more fit on no screen.
const ADDED: usize = 24;

/// The longest path of a field that an address may name.
const LONGEST: usize = 200;

/// A path with dots, as it may stand in an address and in the API's lists, which have no way to write a comma or an equals sign.
fn field(text: &str) -> Option<Arc<str>> {
    let good = text.contains('.') && text.len() <= LONGEST && !text.contains([',', '=']);
    good.then(|| text.into())
}

/// The state of the catalog page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// In lower case; [`EVERY_KIND`] for all.
    pub(super) kind: String,
    /// What was typed: words to look for, and conditions.
    pub(super) text: String,
    /// What was chosen, in the order of the facets and then of choosing.
    pub(super) chosen: Vec<(Facet, String)>,
    /// Fields that are columns beside those of the kind.
    pub(super) columns: Vec<Arc<str>>,
    /// Fields whose values are offered, beside the usual facets.
    pub(super) offered: Vec<Arc<str>>,
    /// The saved query that it began as.
    pub(super) query: Option<String>,
    /// The order.
    pub(super) sort: Sort,
    /// Where the page begins, as the API named it.
    pub(super) cursor: Option<String>,
    /// The number of the page's first row, from 0.
    pub(super) offset: u64,
}

impl State {
    /// Everything of one kind.
    pub(super) fn of_kind(kind: &str) -> State {
        State {
            kind: kind.to_lowercase(),
            text: String::new(),
            chosen: Vec::new(),
            columns: Vec::new(),
            offered: Vec::new(),
            query: None,
            sort: Sort { by: SortBy::Name, descending: false },
            cursor: None,
            offset: 0,
        }
    }

    /// Reads the address of the page.
    pub(super) fn of_parameters(parameters: &ParamsMap) -> State {
        State::parse(parameters.into_iter().map(|(name, value)| (name.as_ref(), value)))
    }

    /// Reads the parameters of an address. What is unknown is left out; the page then shows more, not an error.
    pub(super) fn parse<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> State {
        let mut state = State::of_kind("component");
        for (name, value) in parameters.filter(|(_, value)| !value.is_empty()) {
            match name {
                "kind" => state.kind = value.to_lowercase(),
                "q" => state.text = value.to_owned(),
                "sort" => state.sort = Sort::parse(value).unwrap_or(state.sort),
                "column" => added(&mut state.columns, value),
                "facet" => added(&mut state.offered, value),
                "query" => state.query = Some(value.to_owned()),
                "cursor" => state.cursor = Some(value.to_owned()),
                "from" => state.offset = value.parse().unwrap_or(0),
                _ => {
                    if let Some(facet) = Facet::of(name).filter(|facet| !state.has(facet, value)) {
                        state.choose(facet, value);
                    }
                }
            }
        }
        state
    }

    /// Adds a value behind those of its facet.
    fn choose(&mut self, facet: Facet, value: &str) {
        let place = self.chosen.iter().position(|(other, _)| *other > facet).unwrap_or(self.chosen.len());
        self.chosen.insert(place, (facet, value.to_owned()));
    }

    /// The address of this state.
    pub(super) fn href(&self) -> String {
        let mut path = Path::new("/catalog").with("kind", &self.kind);
        if !self.text.is_empty() {
            path = path.with("q", &self.text);
        }
        for (facet, value) in &self.chosen {
            path = path.with(facet.parameter(), value);
        }
        for column in &self.columns {
            path = path.with("column", column);
        }
        for facet in &self.offered {
            path = path.with("facet", facet);
        }
        path = path.with_some("query", self.query.as_deref());
        if !self.sort.is_usual() {
            path = path.with("sort", &self.sort.parameter());
        }
        if let Some(cursor) = &self.cursor {
            path = path.with("from", &self.offset.to_string()).with("cursor", cursor);
        }
        path.to_string()
    }

    /// The same question about another kind. Facets are of a kind, so they go.
    pub(super) fn with_kind(&self, kind: &str) -> State {
        State { text: self.text.clone(), ..State::of_kind(kind) }
    }

    /// The same with other words.
    pub(super) fn with_text(&self, text: &str) -> State {
        State { text: text.trim().to_owned(), ..self.first_page() }
    }

    /// The same with one value of a facet chosen, or no longer.
    pub(super) fn toggled(&self, facet: &Facet, value: &str) -> State {
        let mut state = self.first_page();
        if self.has(facet, value) {
            state.chosen.retain(|(other, chosen)| other != facet || !chosen.eq_ignore_ascii_case(value));
        } else {
            state.choose(facet.clone(), value);
        }
        state
    }

    /// The same with a field as a column, or no longer.
    pub(super) fn with_column_toggled(&self, path: &str) -> State {
        let mut state = self.clone();
        toggle(&mut state.columns, path);
        state
    }

    /// The same with the values of a field offered, or no longer; then none of them is chosen.
    pub(super) fn with_offer_toggled(&self, path: &str) -> State {
        let mut state = self.first_page();
        if state.offers(path) {
            state.offered.retain(|offered| &**offered != path);
            state.chosen.retain(|(facet, _)| facet.key() != path);
        } else {
            added(&mut state.offered, path);
        }
        state
    }

    /// Whether a field is a column.
    pub(super) fn shows(&self, path: &str) -> bool {
        self.columns.iter().any(|column| &**column == path)
    }

    /// Whether the values of a field are offered, because somebody asked for them or chose one.
    pub(super) fn offers(&self, path: &str) -> bool {
        self.facets().iter().any(|facet| facet.key() == path)
    }

    /// What the page offers to narrow the list by: what was asked for first, since somebody did.
    pub(super) fn facets(&self) -> Vec<Facet> {
        let mut own: Vec<Facet> = self.offered.iter().cloned().map(Facet::Field).collect();
        for (facet, _) in &self.chosen {
            if matches!(facet, Facet::Field(_)) && !own.contains(facet) {
                own.push(facet.clone());
            }
        }
        own.extend(Facet::USUAL);
        own
    }

    /// The same without anything that narrows it.
    pub(super) fn cleared(&self) -> State {
        State { text: String::new(), chosen: Vec::new(), ..self.first_page() }
    }

    /// The same ordered by something, or the other way round if it is already.
    pub(super) fn sorted(&self, by: SortBy) -> State {
        let descending = self.sort.by == by && !self.sort.descending;
        State { sort: Sort { by, descending }, ..self.first_page() }
    }

    /// The page that a cursor leads to.
    pub(super) fn at(&self, cursor: &str, offset: u64) -> State {
        State { cursor: Some(cursor.to_owned()), offset, ..self.clone() }
    }

    /// The first page.
    pub(super) fn first_page(&self) -> State {
        State { cursor: None, offset: 0, ..self.clone() }
    }

    /// Whether a value of a facet is chosen.
    pub(super) fn has(&self, facet: &Facet, value: &str) -> bool {
        self.chosen.iter().any(|(other, chosen)| other == facet && chosen.eq_ignore_ascii_case(value))
    }

    /// Whether any value of a facet is chosen.
    pub(super) fn narrows(&self, facet: &Facet) -> bool {
        self.chosen.iter().any(|(other, _)| other == facet)
    }

    /// Whether anything narrows the list beyond its kind.
    pub(super) fn is_narrowed(&self) -> bool {
        !self.text.is_empty() || !self.chosen.is_empty()
    }

    /// The state as far as facets depend on it: order and page change nothing about them.
    pub(super) fn for_facets(&self) -> State {
        let usual = State::of_kind(&self.kind);
        State { sort: usual.sort, columns: usual.columns, query: None, ..self.first_page() }
    }

    /// The same as if nothing had been typed.
    pub(super) fn without_text(&self) -> State {
        State { text: String::new(), ..self.clone() }
    }

    /// The values of a facet that are chosen.
    pub(super) fn chosen_of<'s>(&'s self, facet: &'s Facet) -> impl Iterator<Item = &'s str> {
        self.chosen.iter().filter(move |(other, _)| other == facet).map(|(_, value)| value.as_str())
    }

    /// The `filter` of the API; none if everything passes.
    pub(super) fn filter(&self, leaving_out: Option<&Facet>) -> Option<String> {
        let kind = (self.kind != EVERY_KIND).then(|| format!("kind={}", self.kind));
        let chosen = self.chosen.iter().filter(|(facet, _)| Some(facet) != leaving_out);
        let terms: Vec<String> =
            kind.into_iter().chain(chosen.map(|(facet, value)| format!("{}={value}", facet.key()))).collect();
        (!terms.is_empty()).then(|| terms.join(","))
    }

    /// Where the API lists the rows of this page.
    pub(super) fn entities_path(&self, fields: &str) -> String {
        let path = Path::new("/api/catalog/entities/by-query").with("limit", &PAGE.to_string()).with("fields", fields);
        match &self.cursor {
            // A cursor holds filter, order and words already.
            Some(cursor) => path.with("cursor", cursor).to_string(),
            None => self.asked(path.with("orderField", &self.sort.field())).to_string(),
        }
    }

    /// Where the API says how many there are, whatever the order leaves out.
    pub(super) fn count_path(&self) -> String {
        self.asked(Path::new("/api/catalog/entities/by-query").with("limit", "0")).to_string()
    }

    fn asked(&self, path: Path) -> Path {
        self.worded(path.with_some("filter", self.filter(None).as_deref()))
    }

    fn worded(&self, path: Path) -> Path {
        path.with_some("q", Some(self.text.as_str()).filter(|text| !text.is_empty()))
    }

    /// Where the API counts the kinds among which the page lets one choose: each as if it were the page's.
    pub(super) fn kinds_path(&self) -> String {
        self.worded(Path::new("/api/catalog/entity-facets")).with("facet", "kind").to_string()
    }

    /// Where the API lists the fields that the entities of the page's kind have.
    pub(super) fn fields_path(&self) -> String {
        let kind = (self.kind != EVERY_KIND).then(|| format!("kind={}", self.kind));
        Path::new("/api/portico/fields").with_some("filter", kind.as_deref()).to_string()
    }

    /// Where the API counts the values of facets; each facet is counted as if nothing of it were chosen, so that its
    /// other values can still be added. Facets with the same filter share a request.
    pub(super) fn facet_paths(&self) -> Vec<String> {
        let counted = |facets: &[Facet], filter: Option<String>| {
            let path = self.worded(Path::new("/api/catalog/entity-facets").with_some("filter", filter.as_deref()));
            facets.iter().fold(path, |path, facet| path.with("facet", facet.key())).to_string()
        };
        let (own, shared): (Vec<Facet>, Vec<Facet>) = self.facets().into_iter().partition(|facet| self.narrows(facet));
        let mut paths = Vec::new();
        if !shared.is_empty() {
            paths.push(counted(&shared, self.filter(None)));
        }
        paths.extend(own.iter().map(|facet| counted(std::slice::from_ref(facet), self.filter(Some(facet)))));
        paths
    }
}

fn added(fields: &mut Vec<Arc<str>>, path: &str) {
    if let Some(path) = field(path).filter(|path| fields.len() < ADDED && !fields.contains(path)) {
        fields.push(path);
    }
}

fn toggle(fields: &mut Vec<Arc<str>>, path: &str) {
    let before = fields.len();
    fields.retain(|field| &**field != path);
    if fields.len() == before {
        added(fields, path);
    }
}

#[cfg(test)]
mod tests;
