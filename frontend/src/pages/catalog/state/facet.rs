//! What narrows the list: properties that every list offers, and fields that somebody chose.

use std::sync::Arc;

use crate::text::field;

/// A property by which the list can be narrowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::pages::catalog) enum Facet {
    Lifecycle,
    Type,
    Owner,
    Tag,
    Namespace,
    /// Any field, by its path with dots.
    Field(Arc<str>),
}

impl Facet {
    /// In the order in which the page lists them.
    pub(in crate::pages::catalog) const USUAL: [Facet; 5] =
        [Facet::Lifecycle, Facet::Type, Facet::Owner, Facet::Tag, Facet::Namespace];

    /// The facet of a parameter or of a key of the API. A path has a dot in it, the names of the others have none.
    pub(super) fn of(name: &str) -> Option<Facet> {
        let usual = Facet::USUAL.into_iter().find(|facet| facet.parameter() == name || facet.key() == name);
        usual.or_else(|| super::field(name).map(Facet::Field))
    }

    /// Its parameter in the page's address.
    pub(in crate::pages::catalog) fn parameter(&self) -> &str {
        match self {
            Facet::Lifecycle => "lifecycle",
            Facet::Type => "type",
            Facet::Owner => "owner",
            Facet::Tag => "tag",
            Facet::Namespace => "namespace",
            Facet::Field(path) => path,
        }
    }

    /// Its heading.
    pub(in crate::pages::catalog) fn title(&self) -> String {
        let title = match self {
            Facet::Field(path) => return field::title(path),
            Facet::Lifecycle => "Lifecycle",
            Facet::Type => "Type",
            Facet::Owner => "Owner",
            Facet::Tag => "Tag",
            Facet::Namespace => "Namespace",
        };
        title.to_owned()
    }

    /// Its key in the API. Owners are asked for as relations, because documents spell the same owner in many ways.
    pub(in crate::pages::catalog) fn key(&self) -> &str {
        match self {
            Facet::Lifecycle => "spec.lifecycle",
            Facet::Type => "spec.type",
            Facet::Owner => "relations.ownedBy",
            Facet::Tag => "metadata.tags",
            Facet::Namespace => "metadata.namespace",
            Facet::Field(path) => path,
        }
    }
}
