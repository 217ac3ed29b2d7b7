//! What a server says it has: the first answer of Git's smart HTTP, protocol version 0 or 1.
//!
//! A list of lines, each with its length in four hexadecimal digits in front: an object's id, a space, a reference's name,
//! and, behind a zero byte in the first line, what the server can do. A tag's line is followed by one with `^{}` at its
//! end, which says what the tag points at.
//!
//! Rule: names that are no UTF-8 are passed over, for nobody can ask for them; everything else that is not as described
//! is an error.

use git2::Oid;

use super::error::RepositoryError;
use super::reference::{Wanted, short};
use super::snapshot::Head;

/// The references of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Advertisement {
    references: Vec<(String, Oid)>,
    /// Where `HEAD` leads, if the server says so.
    default: Option<String>,
}

/// A commit that was chosen, and how a server is asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) head: Head,
    pub(super) commit: Oid,
    /// A reference's name, or the commit's id where the server names it nowhere.
    pub(super) ask_for: String,
}

/// A line, or one of the marks between them.
enum Line<'a> {
    Text(&'a [u8]),
    Mark,
}

impl Advertisement {
    pub(super) fn parse(bytes: &[u8], place: &str) -> Result<Advertisement, RepositoryError> {
        let broken = |why: &str| {
            RepositoryError::Failed(format!("{place} answers, but its list of references is broken: {why}"))
        };
        let mut found = Advertisement::default();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (line, after) = split(rest).ok_or_else(|| broken("a line is cut off"))?;
            rest = after;
            let Line::Text(text) = line else { continue };
            if let Some(message) = text.strip_prefix(b"ERR ") {
                let message = String::from_utf8_lossy(message);
                return Err(RepositoryError::NotFound(format!("{place} says: {}", message.trim())));
            }
            let ignored = [b"# service=".as_slice(), b"version ", b"shallow "];
            if !ignored.iter().any(|start| text.starts_with(start)) {
                found.add(text).map_err(|why| broken(&why))?;
            }
        }
        Ok(found)
    }

    fn add(&mut self, text: &[u8]) -> Result<(), String> {
        let mut parts = text.splitn(2, |byte| *byte == 0);
        let reference = parts.next().unwrap_or_default();
        if let Some(abilities) = parts.next() {
            self.read_abilities(&String::from_utf8_lossy(abilities))?;
        }
        let space = reference.iter().position(|byte| *byte == b' ').ok_or("a line has no name")?;
        let (id, name) = (&reference[..space], &reference[space + 1..]);
        let id = std::str::from_utf8(id).ok().filter(|id| id.len() == 40).and_then(|id| Oid::from_str(id).ok());
        let id = id.ok_or("an id does not have 40 digits")?;
        let Ok(name) = std::str::from_utf8(name) else { return Ok(()) };
        // The stand-in for a reference in a repository that has none.
        if name != "capabilities^{}" {
            self.references.push((name.to_owned(), id));
        }
        Ok(())
    }

    fn read_abilities(&mut self, abilities: &str) -> Result<(), String> {
        for ability in abilities.split_whitespace() {
            match ability.split_once('=') {
                Some(("symref", link)) => {
                    self.default = link.strip_prefix("HEAD:").map(str::to_owned).or(self.default.take())
                }
                Some(("object-format", format)) if format != "sha1" => {
                    return Err(format!("its objects are named by {format}, and only sha1 is supported"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn id(&self, name: &str) -> Option<Oid> {
        self.references.iter().find(|(known, _)| known == name).map(|(_, id)| *id)
    }

    /// What a name points at, looking through a tag.
    fn commit(&self, name: &str) -> Option<Oid> {
        self.id(&format!("{name}^{{}}")).or_else(|| self.id(name))
    }

    /// The commit that is wanted.
    pub(super) fn choose(&self, wanted: &Wanted, place: &str) -> Result<Chosen, RepositoryError> {
        let named = |name: &str| {
            let commit = self.commit(name)?;
            Some(Chosen { head: Head::new(name, commit), commit, ask_for: name.to_owned() })
        };
        let chosen = match wanted {
            Wanted::Default => self.default_branch().and_then(|name| named(&name)),
            Wanted::Named(names) => names.iter().find_map(|name| named(name)),
            Wanted::Commit(id) => {
                let holder = self.references.iter().find(|(name, known)| known == id && !name.ends_with("^{}"));
                let ask_for = holder.map_or_else(|| id.to_string(), |(name, _)| name.clone());
                Some(Chosen { head: Head::new(&id.to_string(), *id), commit: *id, ask_for })
            }
        };
        chosen.ok_or_else(|| wanted.missing(place, &self.branches()))
    }

    /// Where `HEAD` leads. Servers of old do not say; then it is the branch at the same commit, `main` before others.
    fn default_branch(&self) -> Option<String> {
        if let Some(name) = self.default.clone().filter(|name| self.id(name).is_some()) {
            return Some(name);
        }
        let head = self.id("HEAD")?;
        let mut same = self.references.iter().filter(|(name, id)| *id == head && name.starts_with("refs/heads/"));
        let preferred = |name: &&(String, Oid)| matches!(short(&name.0), "main" | "master");
        let branch = same.clone().find(preferred).or_else(|| same.next());
        Some(branch.map_or_else(|| "HEAD".to_owned(), |(name, _)| name.clone()))
    }

    fn branches(&self) -> Vec<&str> {
        self.references.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("refs/heads/")).collect()
    }
}

/// The first line and what follows it.
fn split(bytes: &[u8]) -> Option<(Line<'_>, &[u8])> {
    let digits = std::str::from_utf8(bytes.get(..4)?).ok()?;
    let length = usize::from_str_radix(digits, 16).ok()?;
    if length < 4 {
        return Some((Line::Mark, &bytes[4..]));
    }
    let text = bytes.get(4..length)?;
    Some((Line::Text(text.strip_suffix(b"\n").unwrap_or(text)), &bytes[length..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const C: &str = "cccccccccccccccccccccccccccccccccccccccc";

    fn lines(lines: &[&str]) -> Vec<u8> {
        let body: String = lines
            .iter()
            .map(|line| if line.is_empty() { "0000".to_owned() } else { format!("{:04x}{line}\n", line.len() + 5) })
            .collect();
        body.into_bytes()
    }

    fn advertised(references: &[&str]) -> Advertisement {
        let mut all = vec!["# service=git-upload-pack", ""];
        all.extend(references);
        all.push("");
        Advertisement::parse(&lines(&all), "the server").expect("well formed")
    }

    fn usual() -> Advertisement {
        advertised(&[
            &format!("{A} HEAD\0multi_ack shallow symref=HEAD:refs/heads/main agent=git/2"),
            &format!("{B} refs/heads/feature/x"),
            &format!("{A} refs/heads/main"),
            &format!("{C} refs/tags/v1"),
            &format!("{B} refs/tags/v1^{{}}"),
            &format!("{B} refs/tags/light"),
        ])
    }

    #[test]
    fn a_name_leads_to_a_commit() {
        let cases = [
            (None, "refs/heads/main", A, "refs/heads/main"),
            (Some("main"), "refs/heads/main", A, "refs/heads/main"),
            (Some("feature/x"), "refs/heads/feature/x", B, "refs/heads/feature/x"),
            (Some("v1"), "refs/tags/v1", B, "refs/tags/v1"),
            (Some("light"), "refs/tags/light", B, "refs/tags/light"),
            (Some("refs/tags/v1"), "refs/tags/v1", B, "refs/tags/v1"),
            (Some(A), A, A, "HEAD"),
            (
                Some("1234567890123456789012345678901234567890"),
                "1234567890123456789012345678901234567890",
                "1234567890123456789012345678901234567890",
                "1234567890123456789012345678901234567890",
            ),
        ];
        for (wanted, reference, commit, ask_for) in cases {
            let chosen = usual().choose(&Wanted::parse(wanted).expect("valid"), "the server").expect("there");
            assert_eq!(chosen.head, Head { reference: reference.into(), commit: commit.into() }, "{wanted:?}");
            assert_eq!(chosen.ask_for, ask_for, "{wanted:?}");
        }
    }

    #[test]
    fn servers_that_do_not_say_where_head_leads_are_understood() {
        let main = advertised(&[
            &format!("{A} HEAD\0multi_ack"),
            &format!("{A} refs/heads/a"),
            &format!("{A} refs/heads/main"),
        ]);
        assert_eq!(main.default_branch().as_deref(), Some("refs/heads/main"));
        let other = advertised(&[
            &format!("{A} HEAD\0multi_ack"),
            &format!("{A} refs/heads/trunk"),
            &format!("{B} refs/heads/main"),
        ]);
        assert_eq!(other.default_branch().as_deref(), Some("refs/heads/trunk"));
        let detached = advertised(&[&format!("{C} HEAD\0multi_ack"), &format!("{B} refs/heads/main")]);
        assert_eq!(detached.choose(&Wanted::Default, "x").expect("there").head.commit, C);
    }

    #[test]
    fn an_empty_repository_is_said_to_be_empty() {
        let zero = "0".repeat(40);
        for empty in [advertised(&[]), advertised(&[&format!("{zero} capabilities^{{}}\0multi_ack")])] {
            let error = empty.choose(&Wanted::Default, "https://git.example/x").expect_err("empty");
            assert_eq!(
                error.to_string(),
                "https://git.example/x has no commit on its default branch; push one, or name a branch that has one"
            );
        }
    }

    #[test]
    fn names_that_are_no_text_are_passed_over() {
        let mut bytes = lines(&[&format!("{A} HEAD\0symref=HEAD:refs/heads/main"), &format!("{A} refs/heads/main")]);
        bytes.extend_from_slice(format!("{:04x}{B} refs/heads/", 4 + 41 + 11 + 3).as_bytes());
        bytes.extend_from_slice(b"h\xe9\n0000");
        let found = Advertisement::parse(&bytes, "x").expect("well formed");
        assert_eq!(found.branches(), ["refs/heads/main"]);
    }

    #[test]
    fn what_is_no_list_is_an_error() {
        let sha256 = format!("{} HEAD\0object-format=sha256", "a".repeat(64));
        let cases: &[(Vec<u8>, &str)] = &[
            (b"<!doctype html>".to_vec(), "a line is cut off"),
            (b"00".to_vec(), "a line is cut off"),
            (b"00ff short".to_vec(), "a line is cut off"),
            (lines(&["nonsense"]), "a line has no name"),
            (lines(&["abc refs/heads/main"]), "an id does not have 40 digits"),
            (lines(&[&sha256]), "only sha1 is supported"),
            (lines(&["ERR access denied"]), "says: access denied"),
        ];
        for (bytes, why) in cases {
            let error = Advertisement::parse(bytes, "https://git.example/x").expect_err(why);
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_of_a_server_makes_it_panic(bytes: Vec<u8>) {
            let _ = Advertisement::parse(&bytes, "x");
        }

        #[test]
        fn no_list_makes_it_panic(texts: Vec<String>) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).filter(|text| text.len() < 60_000).collect();
            let _ = Advertisement::parse(&lines(&texts), "x");
        }
    }
}
