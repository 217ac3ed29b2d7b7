//! Patterns for absolute paths: where they begin, and what is left of them below a granted folder.

use super::FilesError;

/// What means something in a pattern.
const SPECIAL: [char; 5] = ['*', '?', '[', '{', '\\'];

/// Refuses what is no absolute path in its one spelling.
pub(super) fn check(path: &str) -> Result<(), FilesError> {
    let plain = path
        .strip_prefix('/')
        .is_some_and(|rest| rest.split('/').all(|name| !matches!(name, "" | "." | "..")) && !rest.contains('\0'));
    if plain {
        return Ok(());
    }
    Err(FilesError::Invalid(format!(
        "{path:?} is no path of a file: it has to be absolute, without `.`, `..` and empty names, such as /srv/catalog/all.yaml"
    )))
}

/// The folder that everything a pattern matches lies in, as far as the pattern says it.
pub(super) fn beginning(pattern: &str) -> Result<String, FilesError> {
    check(pattern)?;
    let (folders, _) = pattern.rsplit_once('/').unwrap_or_default();
    let names = folders.split('/').skip(1).map_while(literal);
    let mut beginning = String::new();
    for name in names {
        beginning.push('/');
        beginning.push_str(&name);
    }
    Ok(if beginning.is_empty() { "/".to_owned() } else { beginning })
}

/// What is left of a pattern without its first names.
pub(super) fn without(pattern: &str, names: usize) -> &str {
    pattern.splitn(names + 2, '/').last().unwrap_or_default()
}

/// The name that a part of a pattern stands for; none if it stands for several.
fn literal(part: &str) -> Option<String> {
    let mut name = String::with_capacity(part.len());
    let mut letters = part.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => name.push(letters.next()?),
            letter if SPECIAL.contains(&letter) => return None,
            letter => name.push(letter),
        }
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_says_where_it_begins() {
        for (pattern, expected) in [
            ("/srv/catalog/all.yaml", Some("/srv/catalog")),
            ("/srv/catalog/*.yaml", Some("/srv/catalog")),
            ("/srv/*/all.yaml", Some("/srv")),
            ("/srv/{a,b}/all.yaml", Some("/srv")),
            ("/srv/\\[draft\\]/all.yaml", Some("/srv/[draft]")),
            ("/**", Some("/")),
            ("/all.yaml", Some("/")),
            ("srv/all.yaml", None),
            ("/srv/../etc/passwd", None),
            ("/srv//x", None),
            ("/srv/catalog/", None),
            ("", None),
        ] {
            assert_eq!(beginning(pattern).ok().as_deref(), expected, "{pattern}");
        }
    }

    #[test]
    fn what_is_left_begins_below_the_folder() {
        for (pattern, names, expected) in [
            ("/srv/catalog/a/*.yaml", 2, "a/*.yaml"),
            ("/srv/catalog/all.yaml", 0, "srv/catalog/all.yaml"),
            ("/**", 0, "**"),
        ] {
            assert_eq!(without(pattern, names), expected, "{pattern}");
        }
    }
}
