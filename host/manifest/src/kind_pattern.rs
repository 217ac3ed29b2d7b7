//! Which kinds of entity a rule covers.
//!
//! Rule: kinds are compared without regard to case, as references are; only `*` stands for more than one.

use std::fmt;
use std::str::FromStr;

use crate::written::written_as_text;

/// One kind, or every kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KindPattern {
    /// `*`.
    Any,
    /// This kind; kept as it was written.
    Named(String),
}

impl KindPattern {
    /// Whether the rule covers a kind, in any case.
    pub fn covers(&self, kind: &str) -> bool {
        match self {
            KindPattern::Any => true,
            KindPattern::Named(name) => name.eq_ignore_ascii_case(kind),
        }
    }

    /// What both cover.
    pub(crate) fn meet(&self, other: &KindPattern) -> Option<KindPattern> {
        match (self, other) {
            (KindPattern::Any, pattern) | (pattern, KindPattern::Any) => Some(pattern.clone()),
            (KindPattern::Named(mine), theirs) => theirs.covers(mine).then(|| self.clone()),
        }
    }
}

/// Longer names are no kind's.
const LONGEST: usize = 63;

impl FromStr for KindPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<KindPattern, String> {
        let named = text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && text.len() <= LONGEST;
        match text {
            "*" => Ok(KindPattern::Any),
            _ if named => Ok(KindPattern::Named(text.to_owned())),
            _ => Err(format!("`{text}` is no kind; write one such as `Component`, or `*` for every kind")),
        }
    }
}

impl fmt::Display for KindPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KindPattern::Any => "*",
            KindPattern::Named(name) => name,
        })
    }
}

written_as_text!(KindPattern, "a kind such as `Component`, or `*`");

/// Whether one of some rules covers a kind.
pub fn covered(patterns: &[KindPattern], kind: &str) -> bool {
    patterns.iter().any(|pattern| pattern.covers(kind))
}

/// What two lists of rules both cover.
pub(crate) fn meet(asked: &[KindPattern], granted: &[KindPattern]) -> Vec<KindPattern> {
    let mut met: Vec<KindPattern> =
        asked.iter().flat_map(|ask| granted.iter().filter_map(move |grant| ask.meet(grant))).collect();
    met.sort();
    met.dedup();
    met
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(text: &str) -> Vec<KindPattern> {
        text.split_whitespace().map(|word| word.parse().unwrap()).collect()
    }

    #[test]
    fn what_is_asked_for_and_granted_is_what_both_name() {
        for (asked, granted, met) in [
            ("Component API", "component", "Component"),
            ("*", "Component System", "Component System"),
            ("Component System", "*", "Component System"),
            ("*", "*", "*"),
            ("Component", "System", ""),
            ("", "*", ""),
        ] {
            assert_eq!(meet(&patterns(asked), &patterns(granted)), patterns(met), "{asked} and {granted}");
        }
        assert!(covered(&patterns("component"), "Component") && !covered(&patterns("Component"), "Components"));
    }

    #[test]
    fn what_is_no_kind_is_said() {
        for text in ["", "Comp onent", "comp*", "9lives", "a/b"] {
            assert!(text.parse::<KindPattern>().unwrap_err().starts_with(&format!("`{text}` is no kind")), "{text}");
        }
    }
}
