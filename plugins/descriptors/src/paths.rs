//! Paths inside a tree, with a slash between names.
//!
//! Rule: a path never leaves the tree; whatever is written, what comes out begins at its root. In a tree whose paths begin
//! with a slash, all do.

/// The folder that a file is in; empty for the root.
#[must_use]
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What `written` means in a file: relative to the file's folder, or, with a slash in front, to the root. None if it
/// would leave the tree. A folder has no slash at its end.
#[must_use]
pub fn resolve(file: &str, written: &str) -> Option<String> {
    let start = if written.starts_with('/') { "" } else { folder(file) };
    let mut names: Vec<&str> = start.split('/').filter(|name| !name.is_empty()).collect();
    for name in written.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop()?;
            }
            name => names.push(name),
        }
    }
    let root = if file.starts_with('/') { "/" } else { "" };
    Some(format!("{root}{}", names.join("/")))
}

/// Whether a path lies below a folder.
#[must_use]
pub fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether it is a pattern rather than a path. Brackets and braces stand in names of files, too.
#[must_use]
pub fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?'])
}

/// The pattern that matches this path and nothing else.
#[must_use]
pub fn escaped(path: &str) -> String {
    let mut pattern = String::with_capacity(path.len());
    for letter in path.chars() {
        if matches!(letter, '[' | ']' | '{' | '}' | '\\' | '*' | '?') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_found() {
        let cases = [
            ("catalog-info.yaml", "./a.yaml", Some("a.yaml")),
            ("catalog-info.yaml", "a/b.yaml", Some("a/b.yaml")),
            ("x/y/catalog-info.yaml", "../a.yaml", Some("x/a.yaml")),
            ("x/y/catalog-info.yaml", "../../a.yaml", Some("a.yaml")),
            ("x/y/catalog-info.yaml", "/a.yaml", Some("a.yaml")),
            ("x/catalog-info.yaml", "./a//b/./c.yaml", Some("x/a/b/c.yaml")),
            ("x/catalog-info.yaml", "./skeleton/", Some("x/skeleton")),
            ("x/catalog-info.yaml", ".", Some("x")),
            ("catalog-info.yaml", "../a.yaml", None),
            ("x/catalog-info.yaml", "/../a.yaml", None),
            ("x/catalog-info.yaml", "../../../etc/passwd", None),
            ("/srv/x/all.yaml", "./a.yaml", Some("/srv/x/a.yaml")),
            ("/srv/x/all.yaml", "../y/*.yaml", Some("/srv/y/*.yaml")),
            ("/srv/x/all.yaml", "/etc/a.yaml", Some("/etc/a.yaml")),
            ("/srv/x/all.yaml", "../../../a.yaml", None),
        ];
        for (file, written, expected) in cases {
            assert_eq!(resolve(file, written).as_deref(), expected, "{written} in {file}");
        }
    }

    #[test]
    fn below_means_with_a_slash_between() {
        assert!(is_below("a/b/c", "a/b") && !is_below("a/bc", "a/b") && !is_below("a/b", "a/b"));
    }
}
