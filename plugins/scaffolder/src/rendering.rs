//! The texts of skeletons, and the names of their files.
//!
//! Rule: what is no text is left as it is; text is what its bytes say, whatever the name.

use portico_sdk::{Error, Result, warn};
use portico_templates::{Context, Dialect, TextTemplate, Whitespace};
use serde_json::{Map, Value};

use crate::settings::Settings;

/// How a step has its files rendered.
pub(crate) struct Rendering {
    context: Context,
    dialect: Dialect,
    whitespace: Whitespace,
}

impl Rendering {
    pub(crate) fn new(
        values: &Map<String, Value>,
        cookiecutter: bool,
        whitespace: Whitespace,
        settings: &Settings,
    ) -> Result<Rendering> {
        let (name, dialect) = match cookiecutter {
            true => ("cookiecutter", Dialect::Cookiecutter),
            false => ("values", Dialect::Backstage),
        };
        let context = Context::new().with_hosts(settings.hosts()).with(name, &Value::Object(values.clone()));
        let context = context.map_err(|error| Error::Invalid(format!("input.values: {error}")))?;
        Ok(Rendering { context, dialect, whitespace })
    }

    /// What a text comes to; `name` is whose it is.
    pub(crate) fn text(&self, name: &str, text: &str) -> Result<String> {
        if !has_tags(text) {
            return Ok(text.to_owned());
        }
        TextTemplate::parse(text, self.dialect, self.whitespace)
            .and_then(|template| template.render(&self.context))
            .map_err(|error| Error::Invalid(format!("{name}: {error}")))
    }
}

/// How objects in the texts of skeletons are dealt with, which their authors may not even know of.
impl Rendering {
    /// What a file comes to. An object in it is written as Backstage writes it, and said in the log.
    pub(crate) fn file(&self, path: &str, text: &str) -> Result<String> {
        if !has_tags(text) {
            return Ok(text.to_owned());
        }
        let wrong = |error| Error::Invalid(format!("{path}: {error}"));
        let template = TextTemplate::parse(text, self.dialect, self.whitespace).map_err(wrong)?;
        match template.render(&self.context) {
            Err(error) if error.is_of_object() => {
                warn!("{path}: {error}. `[object Object]` is written there, as Backstage does");
                template.render(&self.context.taking_objects()).map_err(wrong)
            }
            rendered => rendered.map_err(wrong),
        }
    }
}

/// Most files have none, and come out as they are.
fn has_tags(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| pair[0] == b'{' && matches!(pair[1], b'{' | b'%' | b'#'))
}

/// The text of a file; none of what is none, such as a picture.
pub(crate) fn text(bytes: &[u8]) -> Option<&str> {
    // Documents that begin as text, and are none.
    if bytes.starts_with(b"%PDF-") || bytes.contains(&0) {
        return None;
    }
    std::str::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_its_bytes_say() {
        for (bytes, expected) in [
            (&b"name: x\n"[..], true),
            ("Größe ✓".as_bytes(), true),
            (b"", true),
            (b"\x89PNG\r\n\x1a\n\0", false),
            (b"a\0b", false),
            (b"%PDF-1.7", false),
            (&[0xff, 0xfe, b'a'], false),
            ("caf\u{e9}".as_bytes(), true),
            (&[b'c', b'a', b'f', 0xe9], false),
        ] {
            assert_eq!(text(bytes).is_some(), expected, "{bytes:?}");
        }
    }
}
