//! The files of a trial, as a page shows them beside those of the trial before.
//!
//! Rule: bounded whatever a template makes. What is too long to be read by anybody is named, and not shown.

use std::collections::BTreeSet;

use portico_api_types::{DiffLine, FileChange, LineChange, TriedFile};
use similar::{ChangeTag, TextDiff};

use super::Files;

/// Bytes of a file that is shown.
const SHOWN: usize = 64 << 10;

/// Bytes of all files that are shown together.
const SHOWN_TOGETHER: usize = 1 << 20;

/// Lines around those that differ.
const AROUND: usize = 3;

/// Lines of a difference.
const LINES: usize = 2_000;

type File = (Vec<u8>, bool);

/// The files by their paths, those that are gone among them.
pub(super) fn compared(before: Option<&Files>, now: &Files) -> Vec<TriedFile> {
    let mut room = SHOWN_TOGETHER;
    let paths: BTreeSet<&String> = now.keys().chain(before.into_iter().flat_map(Files::keys)).collect();
    let file = |path: &String| {
        let (is_compared, old) = (before.is_some(), before.and_then(|before| before.get(path)));
        let new = now.get(path);
        let change = match (old, new) {
            (None, Some(_)) if is_compared => FileChange::New,
            (Some(_), None) => FileChange::Gone,
            (Some(old), Some(new)) if old != new => FileChange::Changed,
            _ => FileChange::Same,
        };
        let lines = if change == FileChange::Changed { lines(old, new, &mut room) } else { Vec::new() };
        let text = new.and_then(|new| shown(new, &mut room)).map(str::to_owned);
        TriedFile {
            path: path.clone(),
            executable: new.or(old).is_some_and(|(_, executable)| *executable),
            size: new.or(old).map_or(0, |(content, _)| content.len() as u64),
            text,
            change,
            lines,
        }
    };
    paths.into_iter().map(file).collect()
}

/// A file as a text, if it is one, and there is room for it.
fn shown<'f>((content, _): &'f File, room: &mut usize) -> Option<&'f str> {
    let text = std::str::from_utf8(content).ok().filter(|text| text.len() <= SHOWN && !text.contains('\0'))?;
    *room = room.checked_sub(text.len())?;
    Some(text)
}

fn text((content, _): &File) -> Option<&str> {
    std::str::from_utf8(content).ok()
}

/// The lines that differ between two texts.
fn lines(old: Option<&File>, new: Option<&File>, room: &mut usize) -> Vec<DiffLine> {
    let (Some(old), Some(new)) = (old.and_then(text), new.and_then(text)) else { return Vec::new() };
    if old.len().max(new.len()) > SHOWN || old == new {
        return Vec::new();
    }
    let diff = TextDiff::from_lines(old, new);
    let mut lines = Vec::new();
    for (index, group) in diff.grouped_ops(AROUND).iter().enumerate() {
        if index > 0 {
            lines.push(DiffLine { change: LineChange::Skipped, old: None, new: None, text: String::new() });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = change.value().trim_end_matches(['\r', '\n']);
            match room.checked_sub(text.len()) {
                Some(rest) if lines.len() < LINES => *room = rest,
                _ => return lines,
            }
            let number = |index: Option<usize>| index.and_then(|index| u32::try_from(index + 1).ok());
            lines.push(DiffLine {
                change: match change.tag() {
                    ChangeTag::Equal => LineChange::Same,
                    ChangeTag::Insert => LineChange::Added,
                    ChangeTag::Delete => LineChange::Removed,
                },
                old: number(change.old_index()),
                new: number(change.new_index()),
                text: text.to_owned(),
            });
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(all: &[(&str, &[u8])]) -> Files {
        all.iter().map(|(path, content)| ((*path).to_owned(), (content.to_vec(), false))).collect()
    }

    #[test]
    fn each_file_says_how_it_differs() {
        let before = files(&[("a", b"1\n"), ("b", b"1\n2\n"), ("c", b"x")]);
        let now = files(&[("a", b"1\n"), ("b", b"1\n3\n"), ("d", b"\xff")]);
        let compared = compared(Some(&before), &now);
        let said: Vec<_> =
            compared.iter().map(|file| (file.path.as_str(), file.change, file.text.as_deref())).collect();
        assert_eq!(
            said,
            [
                ("a", FileChange::Same, Some("1\n")),
                ("b", FileChange::Changed, Some("1\n3\n")),
                ("c", FileChange::Gone, None),
                ("d", FileChange::New, None),
            ]
        );
        let lines: Vec<_> =
            compared[1].lines.iter().map(|line| (line.change, line.old, line.new, &*line.text)).collect();
        assert_eq!(
            lines,
            [
                (LineChange::Same, Some(1), Some(1), "1"),
                (LineChange::Removed, Some(2), None, "2"),
                (LineChange::Added, None, Some(2), "3"),
            ]
        );
    }

    #[test]
    fn without_a_trial_before_nothing_is_new() {
        let compared = compared(None, &files(&[("a", b"1\n")]));
        assert_eq!(compared[0].change, FileChange::Same);
    }

    #[test]
    fn what_is_too_long_is_named_and_not_shown() {
        let long = vec![b'x'; SHOWN];
        let longer = vec![b'x'; SHOWN + 1];
        let compared = compared(None, &files(&[("a", &long), ("b", &longer)]));
        assert_eq!(compared.iter().map(|file| file.text.is_some()).collect::<Vec<_>>(), [true, false]);
        let many: Vec<(String, Vec<u8>)> = (0..20).map(|n| (format!("{n:02}"), long.clone())).collect();
        let many: Files = many.into_iter().map(|(path, content)| (path, (content, false))).collect();
        let compared = super::compared(None, &many);
        assert_eq!(compared.iter().filter(|file| file.text.is_some()).count(), SHOWN_TOGETHER / SHOWN);
    }

    #[test]
    fn lines_that_stayed_are_left_out_between_those_that_differ() {
        let text = |last: &str| -> Vec<u8> {
            let lines: Vec<String> = (0..40).map(|n| n.to_string()).collect();
            format!("{last}\n{}\n{last}\n", lines.join("\n")).into_bytes()
        };
        let (old, new) = ((text("a"), false), (text("b"), false));
        let lines = lines(Some(&old), Some(&new), &mut 1_000_000);
        assert_eq!(lines.iter().filter(|line| line.change == LineChange::Skipped).count(), 1);
        assert_eq!(lines.len(), 2 * (2 + AROUND) + 1);
    }
}
