//! Entities as pages read them.
//!
//! Rule: pages show whatever the catalog holds, so every accessor bears a missing or odd value. Whether a document is
//! right was judged when it was taken in.

use portico_model::{DEFAULT_NAMESPACE, EntityRef};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An entity, whole or with the fields that were asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Entity(pub(crate) Value);

impl Entity {
    /// As the document spells it.
    pub(crate) fn kind(&self) -> &str {
        self.text("/kind").unwrap_or_default()
    }

    /// The namespace.
    pub(crate) fn namespace(&self) -> &str {
        self.text("/metadata/namespace").unwrap_or(DEFAULT_NAMESPACE)
    }

    /// The name.
    pub(crate) fn name(&self) -> &str {
        self.text("/metadata/name").unwrap_or_default()
    }

    /// What people call it: its title, the name in its profile, or its name.
    pub(crate) fn title(&self) -> &str {
        self.text("/metadata/title").or_else(|| self.text("/spec/profile/displayName")).unwrap_or_else(|| self.name())
    }

    /// What it is, in the words of its owner.
    pub(crate) fn description(&self) -> Option<&str> {
        self.text("/metadata/description")
    }

    /// `spec.type`.
    pub(crate) fn entity_type(&self) -> Option<&str> {
        self.text("/spec/type")
    }

    /// `spec.lifecycle`.
    pub(crate) fn lifecycle(&self) -> Option<&str> {
        self.text("/spec/lifecycle")
    }

    /// Its tags.
    pub(crate) fn tags(&self) -> Vec<&str> {
        self.texts("/metadata/tags")
    }

    /// The value of an annotation.
    pub(crate) fn annotation(&self, name: &str) -> Option<&str> {
        self.0.pointer("/metadata/annotations")?.get(name)?.as_str()
    }

    /// Its own reference.
    pub(crate) fn reference(&self) -> Option<EntityRef> {
        EntityRef::new(self.kind(), self.namespace(), self.name()).ok()
    }

    /// The entity that a field of `spec` points at.
    pub(crate) fn points_at(&self, field: &str, default_kind: &str) -> Option<EntityRef> {
        let text = self.0.get("spec")?.get(field)?.as_str()?;
        EntityRef::parse_with(text, Some(default_kind), self.namespace()).ok()
    }

    /// The entities that a list in `spec` points at.
    pub(crate) fn points_at_all(&self, field: &str, default_kind: &str) -> Vec<EntityRef> {
        self.texts(&format!("/spec/{field}"))
            .into_iter()
            .filter_map(|text| EntityRef::parse_with(text, Some(default_kind), self.namespace()).ok())
            .collect()
    }

    /// The entities that a relation leads to.
    pub(crate) fn related(&self, relation: &str) -> Vec<EntityRef> {
        let all = self.0.get("relations").and_then(Value::as_array).into_iter().flatten();
        let of_type = all.filter(|one| one["type"] == relation);
        of_type.filter_map(|one| EntityRef::parse(one["targetRef"].as_str()?).ok()).collect()
    }

    /// The value at a path with dots, in words; none where there is none, or a mapping.
    pub(crate) fn shown_at(&self, path: &str) -> Option<String> {
        in_words(self.at(path)?)
    }

    /// The value at a path with dots. Keys may hold dots themselves.
    pub(crate) fn at(&self, path: &str) -> Option<&Value> {
        fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
            let fields = value.as_object()?;
            let deeper = path.match_indices('.').find_map(|(end, _)| at(fields.get(&path[..end])?, &path[end + 1..]));
            deeper.or_else(|| fields.get(path))
        }
        at(&self.0, path)
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
    }

    /// The texts of a list.
    pub(crate) fn texts(&self, pointer: &str) -> Vec<&str> {
        let items = self.0.pointer(pointer).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

/// The page of an entity.
pub(crate) fn href(reference: &EntityRef) -> String {
    use crate::api::encode;
    format!("/catalog/{}/{}/{}", encode(reference.namespace()), encode(reference.kind()), encode(reference.name()))
}

/// An address that may stand behind a link: one that opens a page or a message, not one that runs a script.
pub(crate) fn safe_url(url: &str) -> Option<&str> {
    const SCHEMES: [&str; 4] = ["https:", "http:", "mailto:", "slack:"];
    let trimmed = url.trim();
    let scheme = trimmed.find(':').map(|end| trimmed[..=end].to_ascii_lowercase())?;
    SCHEMES.contains(&scheme.as_str()).then_some(trimmed)
}

/// A value as people read it; none for nothing and for mappings.
pub(crate) fn in_words(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::Bool(flag) => Some(if *flag { "yes" } else { "no" }.to_owned()),
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(items) => Some(items.iter().filter_map(in_words).collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_title_falls_back_to_the_profile_and_then_to_the_name() {
        for (entity, title) in [
            (json!({"metadata": {"name": "a", "title": "A"}}), "A"),
            (json!({"metadata": {"name": "a"}, "spec": {"profile": {"displayName": "Ana"}}}), "Ana"),
            (json!({"metadata": {"name": "a", "title": ""}}), "a"),
            (json!({}), ""),
        ] {
            assert_eq!(Entity(entity).title(), title);
        }
    }

    #[test]
    fn pointers_take_the_kind_and_namespace_of_their_place() {
        let entity = Entity(
            json!({"metadata": {"namespace": "eu"}, "spec": {"owner": "core", "memberOf": ["a", "user:b/c", 3]}}),
        );
        assert_eq!(entity.points_at("owner", "group").unwrap().as_str(), "group:eu/core");
        let members = entity.points_at_all("memberOf", "group");
        assert_eq!(members.iter().map(EntityRef::as_str).collect::<Vec<_>>(), ["group:eu/a", "user:b/c"]);
    }

    #[test]
    fn only_addresses_that_open_something_become_links() {
        for (url, safe) in [
            ("https://acme.example/x", true),
            (" HTTP://acme.example", true),
            ("mailto:core@acme.example", true),
            ("javascript:alert(1)", false),
            ("java\nscript:alert(1)", false),
            ("data:text/html,x", false),
            ("/relative", false),
        ] {
            assert_eq!(safe_url(url).is_some(), safe, "{url}");
        }
    }

    #[test]
    fn the_page_of_an_entity_has_its_three_parts() {
        let reference = EntityRef::parse("component:eu/pay ments").unwrap();
        assert_eq!(href(&reference), "/catalog/eu/component/pay%20ments");
    }
}
