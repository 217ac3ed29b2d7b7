//! The portals that an entity has passed on its way, the first one first: how loops are found.
//!
//! Rule: each portal that takes an entity over writes itself at the end, and none takes over what names it already: then what it would
//! take is its own, come back. An entity that has passed more portals than anybody joins is taken for one that goes in circles, since a
//! portal on its way may have lost the list.

/// The annotation that holds the list, with spaces between.
pub(crate) const THROUGH: &str = "portico.dev/federated-through";

/// Portals that an entity may have passed.
const MOST: usize = 8;

/// The characters of a portal's name among portals.
const LONGEST: usize = 64;

/// The way of an entity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chain(Vec<String>);

/// Why an entity is not taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loop {
    /// It has been here.
    Own,
    /// It has been in more portals than there may be on a way.
    Long,
}

impl Chain {
    /// As the annotation has it.
    pub(crate) fn parse(text: &str) -> Chain {
        Chain(text.split_whitespace().map(str::to_owned).collect())
    }

    /// The way of an entity that comes from `other`, which may not say what it is called, to `own`.
    pub(crate) fn on(mut self, other: Option<&str>, own: &str) -> Result<Chain, Loop> {
        let last = self.0.last().map(String::as_str);
        if let Some(other) = other.filter(|other| last != Some(*other)) {
            self.0.push(other.to_owned());
        }
        if self.0.iter().any(|one| one == own) {
            return Err(Loop::Own);
        }
        if self.0.len() >= MOST {
            return Err(Loop::Long);
        }
        self.0.push(own.to_owned());
        Ok(self)
    }

    /// As the annotation has it.
    pub(crate) fn written(&self) -> String {
        self.0.join(" ")
    }
}

/// Whether a portal can be called so among portals.
pub(crate) fn is_name(text: &str) -> bool {
    let is_good = |sign: u8| sign.is_ascii_alphanumeric() || matches!(sign, b'.' | b'-' | b'_');
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_portal_writes_itself_at_the_end_once() {
        for (before, other, expected) in [
            ("", None, Ok("me")),
            ("", Some("acme"), Ok("acme me")),
            ("first acme", Some("acme"), Ok("first acme me")),
            ("first", Some("acme"), Ok("first acme me")),
            ("me acme", Some("acme"), Err(Loop::Own)),
            ("", Some("me"), Err(Loop::Own)),
            ("a b c d e f g", Some("h"), Err(Loop::Long)),
            ("a b c d e f", Some("g"), Ok("a b c d e f g me")),
        ] {
            let chain = Chain::parse(before).on(other, "me").map(|chain| chain.written());
            assert_eq!(chain, expected.map(str::to_owned), "{before} {other:?}");
        }
    }

    #[test]
    fn a_name_is_one_word() {
        assert!(is_name("acme-berlin.1_x") && is_name("p19"));
        for wrong in ["", "a b", "a/b", &"x".repeat(65)] {
            assert!(!is_name(wrong), "{wrong}");
        }
    }
}
