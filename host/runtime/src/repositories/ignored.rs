//! What files named `.gitignore` have left out of a commit.
//!
//! Rule: as Git has it. The file in the deepest folder has the last word, its last pattern first; nothing below a folder that is left out comes back;
//! and what is in the repository already stays in it, whatever the patterns say, which is for the caller to see.

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The name of such files.
pub(super) const NAME: &str = ".gitignore";

/// The patterns of a tree, the deepest folders first.
#[derive(Default)]
pub(super) struct Ignored(Vec<(String, Gitignore)>);

impl Ignored {
    /// Patterns by the folders that they stand in; an empty one is the root. What is no pattern says nothing, as with Git.
    pub(super) fn of(texts: impl IntoIterator<Item = (String, String)>) -> Result<Ignored, String> {
        let mut all = Vec::new();
        for (folder, text) in texts {
            let mut builder = GitignoreBuilder::new("");
            for line in text.lines() {
                // Git says nothing of a line that is no pattern.
                let _ = builder.add_line(None, line);
            }
            let patterns = builder
                .build()
                .map_err(|error| format!("the patterns of {} cannot be used: {error}", named(&folder)))?;
            all.push((folder, patterns));
        }
        all.sort_by_key(|(folder, _)| std::cmp::Reverse(folder.len()));
        Ok(Ignored(all))
    }

    /// Whether a file is left out.
    pub(super) fn holds(&self, file: &str) -> bool {
        let ends = file.match_indices('/').map(|(end, _)| (end, true)).chain([(file.len(), false)]);
        ends.into_iter().any(|(end, is_folder)| self.names(&file[..end], is_folder))
    }

    fn names(&self, path: &str, is_folder: bool) -> bool {
        let said = self.0.iter().find_map(|(folder, patterns)| {
            let below = if folder.is_empty() { path } else { path.strip_prefix(folder)?.strip_prefix('/')? };
            match patterns.matched(below, is_folder) {
                Match::None => None,
                Match::Ignore(_) => Some(true),
                Match::Whitelist(_) => Some(false),
            }
        });
        said.unwrap_or(false)
    }
}

fn named(folder: &str) -> String {
    if folder.is_empty() { NAME.to_owned() } else { format!("{folder}/{NAME}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_left_out_as_git_has_it() {
        let texts = [
            ("", "# what is built\n/target\n*.log\n!kept.log\nnode_modules/\n\\#odd\n[\n"),
            ("docs", "!build.log\ndraft*\n"),
            ("docs/deep", "draft-1\n!draft-2\n"),
        ];
        let ignored = Ignored::of(texts.map(|(folder, text)| (folder.to_owned(), text.to_owned()))).unwrap();
        for (file, expected) in [
            ("src/main.rs", false),
            (".gitignore", false),
            ("target/debug/a", true),
            ("sub/target", false),
            ("a.log", true),
            ("sub/a.log", true),
            ("kept.log", false),
            ("node_modules/a/b.js", true),
            ("sub/node_modules/a.js", true),
            ("node_modules", false),
            ("#odd", true),
            ("docs/build.log", false),
            ("docs/deep/build.log", false),
            ("build.log", true),
            ("docs/draft-1", true),
            ("docs/deep/draft-2", false),
            ("docs/deep/draft-1", true),
            ("docsdraft", false),
            // Nothing below a folder that is left out comes back.
            ("target/kept.log", true),
        ] {
            assert_eq!(ignored.holds(file), expected, "{file}");
        }
    }
}
