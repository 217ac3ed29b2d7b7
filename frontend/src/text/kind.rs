//! Kinds as words and glyphs.
//!
//! Rule: a kind that the catalog holds but nothing describes is shown like the others, named as its documents spell it.

use portico_model::Kinds;

use crate::vocabulary::Vocabulary;

/// Glyphs by the names that declarations use for them, beside those of the built-in kinds.
const ICONS: [(&str, &str); 25] = [
    ("component", "k-component"),
    ("api", "k-api"),
    ("resource", "k-resource"),
    ("system", "k-system"),
    ("domain", "k-domain"),
    ("group", "k-group"),
    ("user", "k-user"),
    ("template", "k-template"),
    ("location", "k-location"),
    ("globe", "globe"),
    ("key", "key"),
    ("lock", "lock"),
    ("branch", "branch"),
    ("cpu", "cpu"),
    ("box", "box"),
    ("tag", "tag"),
    ("folder", "folder"),
    ("terminal", "terminal"),
    ("clock", "clock"),
    ("bell", "bell"),
    ("file", "file"),
    ("link", "link"),
    ("info", "info"),
    ("plug", "plug"),
    ("source", "source"),
];

/// One of a kind, to people: `Component`.
pub(crate) fn one(kind: &str) -> String {
    match (Vocabulary::get().kind(kind), Kinds::built_in().find(kind)) {
        (Some(own), _) => own.title.clone(),
        (None, Some(known)) => known.title.clone(),
        (None, None) => kind.to_owned(),
    }
}

/// Several of a kind, to people: `Components`.
pub(crate) fn many(kind: &str) -> String {
    match (Vocabulary::get().kind(kind), Kinds::built_in().find(kind)) {
        (Some(own), _) => own.title_plural.clone(),
        (None, Some(known)) => known.title_plural.clone(),
        (None, None) => kind.to_owned(),
    }
}

/// What a kind stands for; empty where nobody said.
pub(crate) fn description(kind: &str) -> String {
    match (Vocabulary::get().kind(kind), Kinds::built_in().find(kind)) {
        (Some(own), _) => own.description.clone(),
        (None, Some(known)) => known.description.clone(),
        (None, None) => String::new(),
    }
}

/// One of a kind inside a sentence: `component`, but `API`.
pub(crate) fn one_inside(kind: &str) -> String {
    inside(kind, one(kind))
}

/// Several of a kind inside a sentence: `components`, but `APIs`.
pub(crate) fn many_inside(kind: &str) -> String {
    inside(kind, many(kind))
}

/// The portal's own kinds stay as they are written: their titles may hold names.
fn inside(kind: &str, words: String) -> String {
    let is_own = Kinds::built_in().find(kind).is_none();
    let is_usual = !is_own && words.chars().nth(1).is_some_and(char::is_lowercase);
    if is_usual { words.to_lowercase() } else { words }
}

/// Where a kind stands in lists: those of every portal in their order, then the portal's own, then others.
pub(crate) fn rank(kind: &str) -> usize {
    let (built_in, own) = (Kinds::built_in(), Vocabulary::get());
    let of_all = built_in.iter().position(|known| known.name.eq_ignore_ascii_case(kind));
    let of_own = || own.kinds().iter().position(|known| known.name.eq_ignore_ascii_case(kind));
    of_all.unwrap_or_else(|| of_own().map_or(usize::MAX, |place| built_in.iter().count() + place))
}

/// The name of a kind's glyph in the sprite.
pub(crate) fn glyph(kind: &str) -> &'static str {
    let own = Vocabulary::get();
    icon(own.kind(kind).and_then(|own| own.icon.as_deref()).unwrap_or(kind))
}

/// The name in the sprite of a glyph that a declaration or a plugin names.
pub(crate) fn icon(name: &str) -> &'static str {
    ICONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("k-other", |(_, glyph)| glyph)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_known_however_it_is_spelled() {
        assert_eq!(many("api"), "APIs");
        assert_eq!(glyph("API"), "k-api");
        assert!(rank("component") < rank("Location"));
    }

    #[test]
    fn an_unknown_kind_keeps_its_name() {
        assert_eq!(many("Cluster"), "Cluster");
        assert_eq!(glyph("Cluster"), "k-other");
        assert!(rank("Cluster") > rank("Location"));
    }

    #[test]
    fn inside_a_sentence_only_words_are_lower_case() {
        assert_eq!(many_inside("Kubernetes cluster"), "Kubernetes cluster", "a kind of the portal's own may be a name");
        assert_eq!(many_inside("component"), "components");
        assert_eq!(many_inside("api"), "APIs");
    }
}
