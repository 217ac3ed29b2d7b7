//! References: the one way to name an entity.
//!
//! Rule: a reference is compared without regard to case, so it is held in lower case, always with all three parts:
//! `kind:namespace/name`. Which characters a name may have is not asked here: a reference may point at what was never
//! taken in, and still has to be kept.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::text::{found, lower, shown};

/// The namespace of whatever does not name one.
pub const DEFAULT_NAMESPACE: &str = "default";

/// The name of an entity: kind, namespace and name, in lower case.
///
/// Cheap to clone. Ordered by its text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityRef(Arc<str>);

/// Why a text or value names no entity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefError {
    /// Nothing was given.
    #[error("the reference is empty; write it as `kind:namespace/name`, for example `component:default/payments-api`")]
    Empty,
    /// One of the parts that were begun has no characters.
    #[error(
        "{} is no entity reference: there is nothing before `:`, before `/` or at the end; \
         write it as `kind:namespace/name`, where kind and namespace may be left out together with their sign",
        shown(.0)
    )]
    MissingPart(String),
    /// No kind was given and the place implies none.
    #[error(
        "{} does not say of which kind the entity is; write the kind in front, for example {}",
        shown(.0),
        shown(&format!("component:{}", .0))
    )]
    MissingKind(String),
    /// A kind or namespace holds a sign that would move the border between the parts.
    #[error("{} cannot be the {} of a reference: it holds `{}`, which separates the parts; remove it", shown(.0), .1, .2)]
    Separator(String, &'static str, char),
    /// A mapping without one of the parts that it needs.
    #[error("{} has no {}; write a text such as `component:default/payments-api`", shown(.0), .1)]
    Incomplete(String, &'static str),
    /// Neither a text nor a mapping with the parts.
    #[error("{0} is no text; write one such as `component:default/payments-api`")]
    NotText(String),
}

impl EntityRef {
    /// Reads `kind:name` or `kind:namespace/name`.
    pub fn parse(text: &str) -> Result<EntityRef, RefError> {
        EntityRef::parse_with(text, None, DEFAULT_NAMESPACE)
    }

    /// Reads `[kind:][namespace/]name`, with defaults for what is left out.
    ///
    /// The first `:` ends the kind and the first `/` the namespace; a `:` after the first `/` belongs to the name, and
    /// so does every further sign.
    pub fn parse_with(text: &str, default_kind: Option<&str>, default_namespace: &str) -> Result<EntityRef, RefError> {
        if text.is_empty() {
            return Err(RefError::Empty);
        }
        let slash = text.find('/');
        let colon = text.find(':').filter(|colon| slash.is_none_or(|slash| *colon < slash));
        let kind = colon.map(|colon| &text[..colon]);
        let after_kind = colon.map_or(0, |colon| colon + 1);
        let namespace = slash.map(|slash| &text[after_kind..slash]);
        let name = &text[slash.map_or(after_kind, |slash| slash + 1)..];
        if kind == Some("") || namespace == Some("") || name.is_empty() {
            return Err(RefError::MissingPart(text.to_owned()));
        }
        let kind = kind.or(default_kind).filter(|kind| !kind.is_empty());
        let kind = kind.ok_or_else(|| RefError::MissingKind(text.to_owned()))?;
        EntityRef::new(kind, namespace.unwrap_or(default_namespace), name)
    }

    /// Reads a reference from a document: a text as in [`EntityRef::parse_with`], or a mapping with `kind`,
    /// `namespace` and `name`, of which the first two may be left out where there is a default.
    pub fn from_value<'a>(
        value: &'a Value,
        default_kind: Option<&'a str>,
        default_namespace: &'a str,
    ) -> Result<EntityRef, RefError> {
        match value {
            Value::String(text) => EntityRef::parse_with(text, default_kind, default_namespace),
            Value::Object(parts) => {
                let part = |key: &'static str, default: Option<&'a str>| match parts.get(key) {
                    None | Some(Value::Null) => default.ok_or_else(|| RefError::Incomplete(value.to_string(), key)),
                    Some(Value::String(text)) if !text.is_empty() => Ok(text.as_str()),
                    Some(_) => Err(RefError::Incomplete(value.to_string(), key)),
                };
                let namespace = part("namespace", Some(default_namespace))?;
                EntityRef::new(part("kind", default_kind)?, namespace, part("name", None)?)
            }
            Value::Null => Err(RefError::Empty),
            other => Err(RefError::NotText(found(other))),
        }
    }

    /// Puts the three parts together.
    pub fn new(kind: &str, namespace: &str, name: &str) -> Result<EntityRef, RefError> {
        if kind.is_empty() || namespace.is_empty() || name.is_empty() {
            return Err(RefError::MissingPart(format!("{kind}:{namespace}/{name}")));
        }
        if let Some(sign) = kind.chars().find(|sign| matches!(sign, ':' | '/')) {
            return Err(RefError::Separator(kind.to_owned(), "kind", sign));
        }
        if namespace.contains('/') {
            return Err(RefError::Separator(namespace.to_owned(), "namespace", '/'));
        }
        // Part by part: how a letter is lower-cased may depend on the letters beside it.
        let text = [&lower(kind), ":", &lower(namespace), "/", &lower(name)].concat();
        Ok(EntityRef(text.into()))
    }

    /// The whole reference, `kind:namespace/name`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The kind, in lower case.
    pub fn kind(&self) -> &str {
        self.parts().0
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        self.parts().1
    }

    /// The name, in lower case.
    pub fn name(&self) -> &str {
        self.parts().2
    }

    /// A kind holds neither sign and a namespace no `/`, so the first of each is the border.
    fn parts(&self) -> (&str, &str, &str) {
        let (kind, rest) = self.0.split_once(':').unwrap_or_default();
        let (namespace, name) = rest.split_once('/').unwrap_or_default();
        (kind, namespace, name)
    }
}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for EntityRef {
    type Err = RefError;

    fn from_str(text: &str) -> Result<EntityRef, RefError> {
        EntityRef::parse(text)
    }
}

impl Serialize for EntityRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EntityRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<EntityRef, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        EntityRef::parse(&text).map_err(de::Error::custom)
    }
}
