//! Reading YAML documents with errors that a person can act on.
//!
//! Rule: an error names the file, the line, the key, what was found and what was expected. The parser underneath says
//! all of this in its own terms; here it becomes a sentence.

use serde::de::DeserializeOwned;

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct DocumentError {
    /// The document's name as the reader knows it, such as `portico.yaml`.
    pub file: String,
    /// From 1; 0 where it is unknown.
    pub line: u32,
    /// From 1; 0 where it is unknown.
    pub column: u32,
    /// The place inside the document, such as `plugins.git.grants.http[0]`; empty for the whole document.
    pub path: String,
    /// What was found, what was expected.
    pub message: String,
}

impl std::fmt::Display for DocumentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ", line {}", self.line)?;
        }
        if !self.path.is_empty() {
            write!(f, ", `{}`", self.path)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Reads one document; `file` is the name that errors use.
pub fn parse<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, DocumentError> {
    serde_yaml::from_str(text).map_err(|error| explain(&error, file))
}

/// A value as one writes it in YAML; none for what YAML cannot say.
pub fn to_yaml<T: serde::Serialize + ?Sized>(value: &T) -> Option<String> {
    serde_yaml::to_string(value).ok()
}

/// Turns the parser's error into one that names the place and says what to do.
pub fn explain(error: &serde_yaml::Error, file: &str) -> DocumentError {
    let location = error.location();
    let (line, column) = location.map_or((0, 0), |at| (narrow(at.line()), narrow(at.column())));
    let text = error.to_string();
    let text = text.split_once(" at line ").map_or(text.as_str(), |(before, _)| before);
    let (path, message) = split_path(text);
    DocumentError { file: file.to_owned(), line, column, path: path.to_owned(), message: rephrase(message) }
}

/// An error at a place of a document, with keys and places in lists as `path` names them.
pub fn located(text: &str, file: &str, path: &[&str], message: String) -> DocumentError {
    let escaped: Vec<String> = path.iter().map(|step| step.replace('~', "~0").replace('/', "~1")).collect();
    let document = portico_model::parse_documents(text).into_iter().next().and_then(Result::ok);
    let position = document.map(|document| document.position(&format!("/{}", escaped.join("/"))));
    DocumentError {
        file: file.to_owned(),
        line: position.map_or(0, |position| position.line),
        column: position.map_or(0, |position| position.column),
        path: spelled(path),
        message,
    }
}

/// An error at a place that is spelled as errors spell it: `mappings[0].entity.labels["acme.com/tier"]`.
pub fn at_place(text: &str, file: &str, place: &str, message: &str) -> DocumentError {
    let steps = steps(place);
    let path: Vec<&str> = steps.iter().map(String::as_str).collect();
    DocumentError { path: place.to_owned(), ..located(text, file, &path, sentence(message)) }
}

/// The keys and places in lists of a place, as far as they can be told.
fn steps(place: &str) -> Vec<String> {
    let (mut steps, mut rest) = (Vec::new(), place);
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let mut quoted = serde_json::Deserializer::from_str(inner).into_iter::<serde_json::Value>();
            let step = match quoted.next() {
                Some(Ok(serde_json::Value::String(key))) => key,
                Some(Ok(index)) => index.to_string(),
                _ => break,
            };
            steps.push(step);
            let end = quoted.byte_offset();
            rest = inner.get(end + 1..).unwrap_or_default();
        } else {
            let key = rest.strip_prefix('.').unwrap_or(rest);
            let end = key.find(['.', '[']).unwrap_or(key.len());
            steps.push(key[..end].to_owned());
            rest = &key[end..];
        }
    }
    steps
}

/// `cards[1].title`.
fn spelled(path: &[&str]) -> String {
    let mut spelled = String::new();
    for step in path {
        match step.bytes().all(|byte| byte.is_ascii_digit()) {
            true => spelled.push_str(&format!("[{step}]")),
            false if spelled.is_empty() => spelled.push_str(step),
            false => spelled.push_str(&format!(".{step}")),
        }
    }
    spelled
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The parser writes `path: message`; a path holds no spaces.
fn split_path(text: &str) -> (&str, &str) {
    match text.split_once(": ") {
        Some((path, message)) if !path.contains(' ') && !path.is_empty() => (path, message),
        _ => ("", text),
    }
}

pub(crate) fn rephrase(message: &str) -> String {
    if let Some(rest) = message.strip_prefix("unknown field ") {
        return unknown_key(rest);
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        return unknown_value(rest);
    }
    if let Some(key) = message.strip_prefix("missing field ") {
        return format!("the key {key} is missing.");
    }
    if let Some(key) = message.strip_prefix("duplicate field ") {
        return format!("the key {key} is there twice; keep one.");
    }
    for prefix in ["invalid type: ", "invalid value: ", "invalid length "] {
        if let Some((found, expected)) = message.strip_prefix(prefix).and_then(|rest| rest.split_once(", expected ")) {
            return format!("found {}, expected {expected}.", with_article(found));
        }
    }
    sentence(message)
}

/// `integer `5`` reads better as `the integer `5``.
fn with_article(found: &str) -> String {
    match found {
        "unit value" => "nothing".to_owned(),
        "sequence" => "a list".to_owned(),
        "map" => "a mapping of keys to values".to_owned(),
        _ => format!("the {found}"),
    }
}

fn unknown_key(rest: &str) -> String {
    let (key, known) = rest.split_once(", ").unwrap_or((rest, ""));
    let known = quoted(known);
    if known.is_empty() {
        return format!("the key {key} is not known here; no keys are expected.");
    }
    format!("the key {key} is not known here. Known keys: {}.{}", list(&known), did_you_mean(key, &known))
}

fn unknown_value(rest: &str) -> String {
    let (value, known) = rest.split_once(", ").unwrap_or((rest, ""));
    let known = quoted(known);
    format!("{value} is not allowed here. Allowed: {}.{}", list(&known), did_you_mean(value, &known))
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A question, where one known name is close enough to be what was meant.
fn did_you_mean(written: &str, known: &[&str]) -> String {
    let written = written.trim_matches('`');
    let close = |name: &&&str| strsim::damerau_levenshtein(written, name) <= written.len().max(3) / 3;
    known
        .iter()
        .filter(close)
        .min_by_key(|name| strsim::damerau_levenshtein(written, name))
        .map(|name| format!(" Did you mean `{name}`?"))
        .unwrap_or_default()
}

fn sentence(message: &str) -> String {
    let ended = message.ends_with(['.', '?', ':']);
    if ended { message.to_owned() } else { format!("{message}.") }
}
