//! Names out of whatever tools call their things.
//!
//! Rule: the same text always makes the same name, in whatever case it is written, and a name that is valid stays as it is. Two
//! texts that differ only in characters that a name may not have become the same name; two that only differ far behind do not.

use portico_model::{format, lower};
use sha2::{Digest, Sha256};

/// The longest name, namespace and tag.
const LONGEST: usize = 63;

/// Hexadecimal digits of the hash that ends a name which was cut: of a million names that begin alike, two are the same in one
/// portal of five hundred.
const HASH: usize = 12;

/// A valid name; none if the text has no letter and no digit that a name may have.
pub(crate) fn name(text: &str) -> Option<String> {
    if format::is_name(text) {
        return Some(text.to_owned());
    }
    mended(text, text, |sign| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '.'))
}

/// A valid namespace.
pub(crate) fn namespace(text: &str) -> Option<String> {
    if format::is_dns_label(text) {
        return Some(text.to_owned());
    }
    mended(&lower(text), text, |sign| sign.is_ascii_alphanumeric())
}

/// A valid tag.
pub(crate) fn tag(text: &str) -> Option<String> {
    if format::is_tag(text) {
        return Some(text.to_owned());
    }
    mended(&lower(text), text, |sign| sign.is_ascii_alphanumeric() || matches!(sign, ':' | '+' | '#'))
        .filter(|tag| format::is_tag(tag))
}

fn mended(text: &str, whole: &str, is_allowed: fn(char) -> bool) -> Option<String> {
    let words: Vec<&str> = text.split(|sign| !is_allowed(sign)).filter(|word| !word.is_empty()).collect();
    let mended = words.join("-");
    let mended = trimmed(&mended);
    if mended.is_empty() {
        return None;
    }
    if mended.len() <= LONGEST {
        return Some(mended.to_owned());
    }
    // Names are compared without regard to case, and so are the texts that they are made of.
    let hash = hex::encode(Sha256::digest(lower(whole).as_bytes()));
    // What is left are ASCII characters, so a byte is one.
    Some(format!("{}-{}", trimmed(&mended[..LONGEST - HASH - 1]), &hash[..HASH]))
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|sign: char| !sign.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_becomes_one() {
        for (text, expected) in [
            ("P123", Some("P123")),
            ("a--b", Some("a--b")),
            ("Checkout & Pay", Some("Checkout-Pay")),
            ("  .api/v1_ ", Some("api-v1")),
            ("größe", Some("gr-e")),
            ("a.b_c", Some("a.b_c")),
            ("日本", None),
            ("", None),
            ("-._", None),
        ] {
            assert_eq!(name(text).as_deref(), expected, "{text}");
            assert!(name(text).is_none_or(|name| format::is_name(&name)));
        }
        assert_eq!(namespace("Team A_b").as_deref(), Some("team-a-b"));
        assert_eq!(tag("Tier: 1 (Gold)").as_deref(), Some("tier:-1-gold"));
    }

    #[test]
    fn long_names_that_differ_stay_different_in_any_case() {
        let long = "checkout-".repeat(20);
        let (one, other) = (name(&format!("{long}one")).unwrap(), name(&format!("{long}other")).unwrap());
        assert_ne!(one, other);
        assert!(format::is_name(&one) && one.starts_with("checkout-checkout-"));
        assert_eq!(name(&format!("{long}ONE")).unwrap(), one);
        assert!(format::is_dns_label(&namespace(&long).unwrap()));
    }
}
