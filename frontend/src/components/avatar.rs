//! People are round, teams are square; the hue comes from the name, so that it stays.

use crate::markup::{El, span};

/// Initials on a ground of their own; square for a team.
pub(crate) fn avatar(name: &str, is_team: bool) -> El {
    span("avatar")
        .flag("data-team", is_team)
        .attr("style", format!("--hue:{}", hue(name)))
        .attr("aria-hidden", "true")
        .child(initials(name))
}

/// Two letters that stand for a name: of its first two words, or of its only one.
fn initials(name: &str) -> String {
    let mut words = name.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    let letters: Vec<char> = match words.next() {
        Some(second) => first.chars().take(1).chain(second.chars().take(1)).collect(),
        None => first.chars().take(2).collect(),
    };
    letters.into_iter().flat_map(char::to_uppercase).collect()
}

/// A hue in degrees, spread over the circle (FNV-1a; any even spread would do).
fn hue(name: &str) -> u32 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash % 360
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_letters_stand_for_a_name() {
        for (name, letters) in [
            ("Payments Core", "PC"),
            ("ana.kovač", "AK"),
            ("identity", "ID"),
            ("x", "X"),
            ("", ""),
            ("--", ""),
            ("ßa", "SSA"),
        ] {
            assert_eq!(initials(name), letters);
        }
    }

    #[test]
    fn a_name_keeps_its_hue() {
        assert_eq!(hue("Payments Core"), hue("Payments Core"));
        assert!(hue("Identity") < 360);
    }
}
