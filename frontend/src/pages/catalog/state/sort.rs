//! The order of the list.

use std::sync::Arc;

/// An order of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pages::catalog) struct Sort {
    /// By what.
    pub(in crate::pages::catalog) by: SortBy,
    /// Whether from the end.
    pub(in crate::pages::catalog) descending: bool,
}

/// What the list can be ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pages::catalog) enum SortBy {
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
    pub(in crate::pages::catalog) fn is_total(&self) -> bool {
        matches!(self, SortBy::Name | SortBy::Kind)
    }
}

impl Sort {
    pub(super) fn parse(text: &str) -> Option<Sort> {
        let name = text.strip_prefix('-').unwrap_or(text);
        let known = SortBy::ALL.into_iter().find(|by| by.parameter() == name || by.field() == name);
        let by = known.or_else(|| super::field(name).map(SortBy::Path))?;
        Some(Sort { by, descending: text.starts_with('-') })
    }

    /// The value of the page's parameter.
    pub(in crate::pages::catalog) fn parameter(&self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.by.parameter())
    }

    pub(super) fn field(&self) -> String {
        format!("{},{}", self.by.field(), if self.descending { "desc" } else { "asc" })
    }

    /// As a saved query says it: by the path of the field.
    #[cfg(feature = "ssr")]
    pub(in crate::pages::catalog) fn said(&self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.by.field())
    }

    /// Whether it is the order in which the page begins.
    pub(in crate::pages::catalog) fn is_usual(&self) -> bool {
        self.by == SortBy::Name && !self.descending
    }
}
