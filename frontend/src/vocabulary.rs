//! What the portal's own kinds and relations are called, and how they are listed.
//!
//! The server asks the API for it before it renders a page and writes it into the page, so that words are at hand wherever they
//! are needed, and the same on both sides.
//!
//! Rule: only what differs from every portal's is in it; the rest is in `portico_model` and in the pages' own words.

use std::sync::Arc;

use leptos::prelude::*;
use portico_api_types::{KindDetail, KindList, KindOrigin};

/// The element of the page that holds it.
pub(crate) const ELEMENT: &str = "vocabulary";

/// The kinds that were declared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vocabulary(Arc<Vec<KindDetail>>);

impl Vocabulary {
    /// Reads an answer of `/api/portico/kinds`; what cannot be read is a portal without kinds of its own.
    pub(crate) fn read(answer: &str) -> Vocabulary {
        let answer = serde_json::from_str(answer).unwrap_or_default();
        let list = portico_api_types::read(&answer).unwrap_or(KindList { items: Vec::new() });
        let is_own = |kind: &KindDetail| {
            kind.origin != KindOrigin::BuiltIn
                || !kind.columns.is_empty()
                || !kind.properties.is_empty()
                || kind.icon.is_some()
        };
        Vocabulary(Arc::new(list.items.into_iter().filter(is_own).collect()))
    }

    /// As it is written into a page.
    #[cfg(feature = "ssr")]
    pub(crate) fn written(&self) -> String {
        let list = KindList { items: self.0.to_vec() };
        // Nothing in a page's script may look like its end.
        serde_json::to_string(&list).unwrap_or_default().replace('<', "\\u003c")
    }

    /// Puts what is known into the context.
    pub(crate) fn provide() {
        #[cfg(feature = "ssr")]
        let known = use_context::<http::request::Parts>()
            .and_then(|parts| parts.extensions.get::<crate::KindsAnswer>().map(|answer| Vocabulary::read(&answer.0)));
        #[cfg(not(feature = "ssr"))]
        let known = document()
            .get_element_by_id(ELEMENT)
            .and_then(|element| element.text_content())
            .map(|answer| Vocabulary::read(&answer));
        provide_context(known.unwrap_or_default());
    }

    /// What is known, wherever a page is being made.
    pub(crate) fn get() -> Vocabulary {
        use_context().unwrap_or_default()
    }

    /// The kinds, in the order in which people list them.
    pub(crate) fn kinds(&self) -> &[KindDetail] {
        &self.0
    }

    /// A kind by its name, in any case.
    pub(crate) fn kind(&self, name: &str) -> Option<&KindDetail> {
        self.0.iter().find(|kind| kind.name.eq_ignore_ascii_case(name))
    }

    /// The title of a relation, where a kind gives it one.
    pub(crate) fn relation(&self, relation: &str) -> Option<&str> {
        let titles = self.0.iter().flat_map(|kind| &kind.relations);
        titles.into_iter().find(|known| known.relation == relation).map(|known| known.title.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_from_every_portal_is_kept() {
        let answer = r#"{"items": [
            {"name": "System", "plural": "systems", "title": "System", "titlePlural": "Systems", "description": "", "icon": null,
             "origin": {"type": "builtIn"}, "columns": [], "properties": [], "relations": []},
            {"name": "Cluster", "plural": "clusters", "title": "Cluster", "titlePlural": "Clusters", "description": "</script>",
             "icon": "cpu", "origin": {"type": "api"}, "columns": [], "properties": [],
             "relations": [{"relation": "runsIn", "title": "Runs in"}]}
        ]}"#;
        let known = Vocabulary::read(answer);
        assert_eq!(known.kinds().len(), 1);
        assert_eq!(known.kind("cluster").map(|kind| kind.title_plural.as_str()), Some("Clusters"));
        assert_eq!(known.relation("runsIn"), Some("Runs in"));
        assert!(Vocabulary::read("no answer").kinds().is_empty());
    }
}
