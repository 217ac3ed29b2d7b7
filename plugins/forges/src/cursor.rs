//! Where the reading of a repository stands, as the portal keeps it between runs.
//!
//! Rule: one that cannot be read, such as an older version's, counts as none, and the repository is read anew.

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use crate::parts::Seen;

/// What a repository was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cursor {
    /// The commit; empty while nothing was pushed.
    #[serde(skip)]
    pub(crate) commit: String,
    /// What the forge's row was; empty if not everything could be asked.
    pub(crate) row: String,
    /// What else decides what it comes to: the settings, and who is annotated with it.
    pub(crate) rest: String,
    /// Owner and name.
    pub(crate) project: String,
    /// When it was read, in milliseconds since 1970.
    pub(crate) at: u64,
    /// Whether continuous integration went on then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) pending: bool,
    /// Until when something may have happened that the row does not show.
    #[serde(default)]
    pub(crate) unsure_until: u64,
    /// What was seen then; none if not everything could be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seen: Option<Seen>,
}

/// What no row shows is asked for after half of this and before all of it, in milliseconds: a release that was made of an old tag, a request
/// for changes that replaced another. Webhooks say it at once.
const STALE: u64 = 24 * 60 * 60 * 1000;

/// Bytes of a text with what was seen, of which a forge may say as much as it likes; the portal keeps 64 KiB.
const LONGEST: usize = 32 * 1024;

/// How long a repository stands at most. Of each it is another time and always the same, so that those that were read in one run are not all
/// asked for in one run again.
fn lasts(scope: &str) -> u64 {
    let share = Sha1::digest(scope)[..4].iter().fold(0_u64, |share, byte| share << 8 | u64::from(*byte));
    STALE / 2 + ((share * (STALE / 2)) >> 32)
}

impl Cursor {
    /// What the portal has kept.
    pub(crate) fn parse(text: &str) -> Option<Cursor> {
        let (commit, rest) = text.split_once(' ')?;
        Some(Cursor { commit: commit.to_owned(), ..serde_json::from_str(rest).ok()? })
    }

    /// As the portal keeps it. It begins with the commit, which is what people are shown of it.
    pub(crate) fn text(&self) -> String {
        let commit = if self.commit.is_empty() { "-" } else { &self.commit };
        let text = format!("{commit} {}", serde_json::to_string(self).unwrap_or_default());
        match self.seen.is_some() && text.len() > LONGEST {
            true => Cursor { seen: None, ..self.clone() }.text(),
            false => text,
        }
    }

    /// Whether a repository stands as it was read, as far as its row tells. One that was read in the future was so by a clock that was wrong.
    pub(crate) fn stands(&self, scope: &str, row: &str, rest: &str, now: u64) -> bool {
        let is_sure = self.unsure_until == 0 || self.at > self.unsure_until;
        let is_fresh = now.checked_sub(self.at).is_some_and(|age| age < lasts(scope));
        self.row == row && self.rest == rest && !self.pending && is_sure && is_fresh
    }
}

/// A short digest of texts.
pub(crate) fn digest<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Sha1::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor() -> Cursor {
        Cursor {
            commit: "c".into(),
            row: "r".into(),
            rest: "s".into(),
            project: "acme/ledger".into(),
            at: 1_000,
            pending: false,
            unsure_until: 0,
            seen: Some(Seen::default()),
        }
    }

    const SCOPE: &str = "github.com/acme#7";

    #[test]
    fn a_repository_stands_until_its_row_says_otherwise_or_cannot_say_it() {
        let stands = |cursor: Cursor, row: &str, rest: &str, now: u64| cursor.stands(SCOPE, row, rest, now);
        assert!(stands(cursor(), "r", "s", 2_000));
        assert!(!stands(cursor(), "x", "s", 2_000) && !stands(cursor(), "r", "x", 2_000));
        assert!(stands(cursor(), "r", "s", 999 + STALE / 2));
        assert!(!stands(cursor(), "r", "s", 1_000 + STALE), "after a day it is asked for in any case");
        assert!(!stands(cursor(), "r", "s", 999), "a clock that was wrong is not relied on");
        assert!(!stands(Cursor { pending: true, ..cursor() }, "r", "s", 2_000));
        assert!(!stands(Cursor { unsure_until: 1_500, ..cursor() }, "r", "s", 2_000));
        assert!(stands(Cursor { unsure_until: 900, ..cursor() }, "r", "s", 2_000));
    }

    #[test]
    fn of_a_thousand_that_were_read_at_once_no_run_asks_for_more_than_a_small_share() {
        let quarter = 15 * 60 * 1000;
        let mut runs = vec![0_u32; usize::try_from(STALE / quarter).expect("96")];
        for number in 0..1_000 {
            runs[usize::try_from(lasts(&format!("github.com/acme#{number}")) / quarter).expect("one of 96")] += 1;
        }
        assert!(runs[..48].iter().all(|asked| *asked == 0) && runs.iter().all(|asked| *asked <= 40), "{runs:?}");
    }

    #[test]
    fn a_cursor_is_kept_as_it_is_and_anything_else_is_none() {
        let cursor = Cursor { pending: true, unsure_until: 7, ..cursor() };
        assert_eq!(Cursor::parse(&cursor.text()).as_ref(), Some(&cursor));
        for odd in ["", "c", "c {}", r#"c {"row":"r"}"#] {
            assert_eq!(Cursor::parse(odd), None, "{odd:?}");
        }
        let mut large = cursor;
        large.seen.get_or_insert_default().details.language = Some("x".repeat(LONGEST));
        assert_eq!(Cursor::parse(&large.text()), Some(Cursor { seen: None, ..large }), "what is too large is not kept");
    }
}
