//! `roadiehq:utils:fs:write`, `append` and `replace`: texts of files.

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Error, Result, info, workspace};
use regex::Regex;
use serde::Deserialize;

use crate::filesystem::files;
use crate::place::file;
use crate::rendering;

#[derive(Deserialize)]
struct Written {
    path: String,
    content: String,
}

pub(crate) fn write(invocation: &Invocation) -> Result<Output> {
    let input: Written = invocation.input()?;
    let path = file("path", &input.path)?;
    workspace::write(&path, input.content.as_bytes())?;
    info!("{path} is written");
    Ok(Output::none().with("path", path))
}

pub(crate) fn append(invocation: &Invocation) -> Result<Output> {
    let input: Written = invocation.input()?;
    let path = file("path", &input.path)?;
    let mut bytes = match workspace::stat(&path)? {
        Some(_) => workspace::read(&path)?,
        None => Vec::new(),
    };
    bytes.extend_from_slice(input.content.as_bytes());
    workspace::write(&path, &bytes)?;
    Ok(Output::none().with("path", path))
}

#[derive(Deserialize)]
struct Replace {
    files: Vec<Replacement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    file: String,
    find: String,
    replace_with: String,
    #[serde(default)]
    match_regex: bool,
}

pub(crate) fn replace(invocation: &Invocation) -> Result<Output> {
    let input: Replace = invocation.input()?;
    for (number, replacement) in input.files.iter().enumerate() {
        let key = format!("files[{number}]");
        let change = change(&key, replacement)?;
        let found = files(&format!("{key}.file"), &replacement.file)?;
        for path in &found {
            let bytes = workspace::read(path)?;
            let Some(text) = rendering::text(&bytes) else { continue };
            let changed = change(text);
            if changed != text {
                workspace::write(path, changed.as_bytes())?;
            }
        }
        info!("{} is looked for in {} files", replacement.find, found.len());
    }
    Ok(Output::none())
}

/// What becomes of a text.
type Change = Box<dyn Fn(&str) -> String>;

/// What a replacement means.
fn change(key: &str, replacement: &Replacement) -> Result<Change> {
    let Replacement { find, replace_with, match_regex, .. } = replacement;
    if find.is_empty() {
        return Err(Error::Invalid(format!(
            "input.{key}.find: it is empty, and is everywhere; write what is to be replaced"
        )));
    }
    if !match_regex {
        let (find, with) = (find.clone(), replace_with.clone());
        return Ok(Box::new(move |text| text.replace(&find, &with)));
    }
    let pattern = Regex::new(find).map_err(|error| {
        Error::Invalid(format!("input.{key}.find: it is no regular expression that is linear in the text: {error}"))
    })?;
    let with = groups(replace_with);
    Ok(Box::new(move |text| pattern.replace_all(text, with.as_str()).into_owned()))
}

/// What is put in place of a match, with groups as JavaScript names them, as the library names them.
fn groups(written: &str) -> String {
    let mut with = String::with_capacity(written.len());
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('$') {
        with.push_str(before);
        let digits = after.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let named = after.strip_prefix('<').and_then(|after| after.split_once('>'));
        rest = match after.chars().next() {
            Some('&') => {
                with.push_str("${0}");
                &after[1..]
            }
            Some('$') => {
                with.push_str("$$");
                &after[1..]
            }
            _ if digits > 0 => {
                with.push_str(&format!("${{{}}}", &after[..digits]));
                &after[digits..]
            }
            _ => match named {
                Some((name, after)) => {
                    with.push_str(&format!("${{{name}}}"));
                    after
                }
                None => {
                    with.push_str("$$");
                    after
                }
            },
        };
    }
    with.push_str(rest);
    with
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_named_as_in_javascript() {
        for (written, expected) in [
            ("a", "a"),
            ("$1b", "${1}b"),
            ("[$&]", "[${0}]"),
            ("$$1", "$$1"),
            ("${x}", "$${x}"),
            ("$<name>!", "${name}!"),
            ("5 $", "5 $$"),
        ] {
            assert_eq!(groups(written), expected, "{written}");
        }
    }
}
