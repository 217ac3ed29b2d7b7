//! What the catalog page shows, as its address says it.
//!
//! Rule: the address is the whole state. Whatever a control does is a new address made from the old one, so that every
//! view can be shared, and the page works as a plain form.

use std::sync::Arc;

use leptos_router::params::ParamsMap;

use crate::api::Path;

/// Rows of a page: two screens, so that one look and one scroll read it.
pub(super) const PAGE: u64 = 50;

/// The kind that means all kinds.
pub(super) const EVERY_KIND: &str = "all";

/// A property by which the list can be narrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Facet {
    Lifecycle,
    Type,
    Owner,
    Tag,
    Namespace,
}

impl Facet {
    /// In the order in which the page lists them.
    pub(super) const ALL: [Facet; 5] = [Facet::Lifecycle, Facet::Type, Facet::Owner, Facet::Tag, Facet::Namespace];

    /// Its parameter in the page's address.
    pub(super) fn parameter(self) -> &'static str {
        match self {
            Facet::Lifecycle => "lifecycle",
            Facet::Type => "type",
            Facet::Owner => "owner",
            Facet::Tag => "tag",
            Facet::Namespace => "namespace",
        }
    }

    /// Its heading.
    pub(super) fn title(self) -> &'static str {
        match self {
            Facet::Lifecycle => "Lifecycle",
            Facet::Type => "Type",
            Facet::Owner => "Owner",
            Facet::Tag => "Tag",
            Facet::Namespace => "Namespace",
        }
    }

    /// Its key in the API. Owners are asked for as relations, because documents spell the same owner in many ways.
    pub(super) fn key(self) -> &'static str {
        match self {
            Facet::Lifecycle => "spec.lifecycle",
            Facet::Type => "spec.type",
            Facet::Owner => "relations.ownedBy",
            Facet::Tag => "metadata.tags",
            Facet::Namespace => "metadata.namespace",
        }
    }
}

/// An order of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sort {
    /// By what.
    pub(super) by: SortBy,
    /// Whether from the end.
    pub(super) descending: bool,
}

/// What the list can be ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SortBy {
    Name,
    Kind,
    Type,
    Owner,
    Lifecycle,
    System,
    /// What a column of the kind's own shows: its path in the entity.
    Path(Arc<str>),
}

impl SortBy {
    const ALL: [SortBy; 6] =
        [SortBy::Name, SortBy::Kind, SortBy::Type, SortBy::Owner, SortBy::Lifecycle, SortBy::System];

    fn parameter(&self) -> &str {
        match self {
            SortBy::Path(path) => path,
            SortBy::Name => "name",
            SortBy::Kind => "kind",
            SortBy::Type => "type",
            SortBy::Owner => "owner",
            SortBy::Lifecycle => "lifecycle",
            SortBy::System => "system",
        }
    }

    fn field(&self) -> &str {
        match self {
            SortBy::Path(path) => path,
            SortBy::Name => "metadata.name",
            SortBy::Kind => "kind",
            SortBy::Type => "spec.type",
            SortBy::Owner => "spec.owner",
            SortBy::Lifecycle => "spec.lifecycle",
            SortBy::System => "spec.system",
        }
    }

    /// Whether every entity has it. The API leaves out what lacks the field by which it orders.
    pub(super) fn is_total(&self) -> bool {
        matches!(self, SortBy::Name | SortBy::Kind)
    }
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
                "cursor" => state.cursor = Some(value.to_owned()),
                "from" => state.offset = value.parse().unwrap_or(0),
                _ => {
                    let facet = Facet::ALL.into_iter().find(|facet| facet.parameter() == name);
                    if let Some(facet) = facet.filter(|facet| !state.has(*facet, value)) {
                        state.chosen.push((facet, value.to_owned()));
                    }
                }
            }
        }
        state.chosen.sort_by_key(|(facet, _)| *facet);
        state
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
    pub(super) fn toggled(&self, facet: Facet, value: &str) -> State {
        let mut state = self.first_page();
        if self.has(facet, value) {
            state.chosen.retain(|(other, chosen)| *other != facet || !chosen.eq_ignore_ascii_case(value));
        } else {
            state.chosen.push((facet, value.to_owned()));
            state.chosen.sort_by_key(|(facet, _)| *facet);
        }
        state
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
    pub(super) fn has(&self, facet: Facet, value: &str) -> bool {
        self.chosen.iter().any(|(other, chosen)| *other == facet && chosen.eq_ignore_ascii_case(value))
    }

    /// Whether any value of a facet is chosen.
    pub(super) fn narrows(&self, facet: Facet) -> bool {
        self.chosen.iter().any(|(other, _)| *other == facet)
    }

    /// Whether anything narrows the list beyond its kind.
    pub(super) fn is_narrowed(&self) -> bool {
        !self.text.is_empty() || !self.chosen.is_empty()
    }

    /// The state as far as facets depend on it: order and page change nothing about them.
    pub(super) fn for_facets(&self) -> State {
        State { sort: Sort { by: SortBy::Name, descending: false }, ..self.first_page() }
    }

    /// The same as if nothing had been typed.
    pub(super) fn without_text(&self) -> State {
        State { text: String::new(), ..self.clone() }
    }

    /// The values of a facet that are chosen.
    pub(super) fn chosen_of(&self, facet: Facet) -> impl Iterator<Item = &str> {
        self.chosen.iter().filter(move |(other, _)| *other == facet).map(|(_, value)| value.as_str())
    }

    /// The `filter` of the API; none if everything passes.
    pub(super) fn filter(&self, leaving_out: Option<Facet>) -> Option<String> {
        let kind = (self.kind != EVERY_KIND).then(|| format!("kind={}", self.kind));
        let chosen = self.chosen.iter().filter(|(facet, _)| Some(*facet) != leaving_out);
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

    /// Where the API counts the values of facets; each facet is counted as if nothing of it were chosen, so that its
    /// other values can still be added. Facets with the same filter share a request.
    pub(super) fn facet_paths(&self) -> Vec<String> {
        let counted = |facets: &[Facet], filter: Option<String>| {
            let path = self.worded(Path::new("/api/catalog/entity-facets").with_some("filter", filter.as_deref()));
            facets.iter().fold(path, |path, facet| path.with("facet", facet.key())).to_string()
        };
        let (own, shared): (Vec<Facet>, Vec<Facet>) = Facet::ALL.into_iter().partition(|facet| self.narrows(*facet));
        let mut paths = Vec::new();
        if !shared.is_empty() {
            paths.push(counted(&shared, self.filter(None)));
        }
        paths.extend(own.into_iter().map(|facet| counted(&[facet], self.filter(Some(facet)))));
        paths
    }
}

impl Sort {
    fn parse(text: &str) -> Option<Sort> {
        let name = text.strip_prefix('-').unwrap_or(text);
        // A path has a dot in it, the names of orders have none.
        let known = SortBy::ALL.into_iter().find(|by| by.parameter() == name);
        let by = known.or_else(|| name.contains('.').then(|| SortBy::Path(name.into())))?;
        Some(Sort { by, descending: text.starts_with('-') })
    }

    /// The value of the page's parameter.
    pub(super) fn parameter(&self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.by.parameter())
    }

    fn field(&self) -> String {
        format!("{},{}", self.by.field(), if self.descending { "desc" } else { "asc" })
    }

    /// Whether it is the order in which the page begins.
    pub(super) fn is_usual(&self) -> bool {
        self.by == SortBy::Name && !self.descending
    }
}

#[cfg(test)]
mod tests;
