//! Kinds as words and glyphs.
//!
//! Rule: a kind that the catalog holds but the vocabulary does not describe (a plugin may bring any) is shown like the
//! others, named as its documents spell it.

/// One of a kind, to people: `Component`.
pub(crate) fn one(kind: &str) -> String {
    known(kind).map_or(kind, |kind| kind.title).to_owned()
}

/// Several of a kind, to people: `Components`.
pub(crate) fn many(kind: &str) -> String {
    known(kind).map_or(kind, |kind| kind.title_plural).to_owned()
}

/// What a kind stands for; empty where nobody said.
pub(crate) fn description(kind: &str) -> &'static str {
    known(kind).map_or("", |kind| kind.description)
}

/// One of a kind inside a sentence: `component`, but `API`.
pub(crate) fn one_inside(kind: &str) -> String {
    inside(one(kind))
}

/// Several of a kind inside a sentence: `components`, but `APIs`.
pub(crate) fn many_inside(kind: &str) -> String {
    inside(many(kind))
}

fn inside(words: String) -> String {
    if words.chars().nth(1).is_some_and(char::is_lowercase) { words.to_lowercase() } else { words }
}

/// Where a kind stands in lists: those of the vocabulary in its order, others after them.
pub(crate) fn rank(kind: &str) -> usize {
    let kinds = portico_model::kinds();
    kinds.iter().position(|known| known.name.eq_ignore_ascii_case(kind)).unwrap_or(kinds.len())
}

/// The name of a kind's glyph in the sprite.
pub(crate) fn glyph(kind: &str) -> &'static str {
    const GLYPHS: [(&str, &str); 9] = [
        ("component", "k-component"),
        ("api", "k-api"),
        ("resource", "k-resource"),
        ("system", "k-system"),
        ("domain", "k-domain"),
        ("group", "k-group"),
        ("user", "k-user"),
        ("template", "k-template"),
        ("location", "k-location"),
    ];
    GLYPHS.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind)).map_or("k-other", |(_, glyph)| glyph)
}

fn known(kind: &str) -> Option<&'static portico_model::Kind> {
    portico_model::kinds().iter().find(|known| known.name.eq_ignore_ascii_case(kind))
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
        assert_eq!(many_inside("component"), "components");
        assert_eq!(many_inside("api"), "APIs");
    }
}
