//! `fetch:template` and `fetch:template:file`: the files of a skeleton, rendered.
//!
//! Rule: a name is rendered as a text is. One that comes to nothing, or in which a folder does, leaves its file out; one that leads out of the
//! step's folder is refused.

use std::collections::BTreeSet;

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::workspace::{self, Kind};
use portico_sdk::{Error, Result, debug, info};
use portico_templates::Whitespace;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::address;
use crate::fetch::about_token;
use crate::patterns::Patterns;
use crate::place::{file as file_place, place};
use crate::rendering::{self, Rendering};
use crate::settings::Settings;
use crate::source::{ALONE, Source};

/// The input of both; what is of folders alone is empty for a file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Skeleton {
    url: String,
    #[serde(default)]
    target_path: String,
    #[serde(default)]
    values: Map<String, Value>,
    copy_without_render: Option<Vec<String>>,
    copy_without_templating: Option<Vec<String>>,
    #[serde(default)]
    cookiecutter_compat: bool,
    template_file_extension: Option<Extension>,
    #[serde(default)]
    replace: bool,
    #[serde(default)]
    trim_blocks: bool,
    #[serde(default)]
    lstrip_blocks: bool,
    token: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Extension {
    Usual(bool),
    Named(String),
}

impl Skeleton {
    fn rendering(&self, settings: &Settings) -> Result<Rendering> {
        let whitespace = Whitespace { trim_blocks: self.trim_blocks, lstrip_blocks: self.lstrip_blocks };
        Rendering::new(&self.values, self.cookiecutter_compat, whitespace, settings)
    }

    fn choice(&self) -> Result<Choice> {
        let extension = match &self.template_file_extension {
            None | Some(Extension::Usual(false)) => None,
            Some(Extension::Usual(true)) => Some(".njk".to_owned()),
            Some(Extension::Named(name)) if name.is_empty() => None,
            Some(Extension::Named(name)) if name.starts_with('.') => Some(name.clone()),
            Some(Extension::Named(name)) => Some(format!(".{name}")),
        };
        match (extension, &self.copy_without_render, &self.copy_without_templating) {
            (Some(extension), None, None) => Ok(Choice::WithExtension(extension)),
            (None, None, None) => Ok(Choice::All),
            (None, Some(patterns), None) => Patterns::new("copyWithoutRender", patterns).map(Choice::ButNames),
            (None, None, Some(patterns)) => Patterns::new("copyWithoutTemplating", patterns).map(Choice::ButTexts),
            _ => Err(Error::Invalid(
                "input: `copyWithoutTemplating`, `copyWithoutRender` and `templateFileExtension` each say which files are templates; keep one of them"
                    .to_owned(),
            )),
        }
    }
}

/// Which files are templates.
enum Choice {
    All,
    /// Those with this extension, which goes.
    WithExtension(String),
    /// Those that are not named here; the names of these are left as they are as well.
    ButNames(Patterns),
    /// Those that are not named here; the names of all are.
    ButTexts(Patterns),
}

impl Choice {
    /// Whether the text of a file is rendered, and what its name is rendered from, if it is.
    fn of<'p>(&self, path: &'p str) -> (bool, &'p str, bool) {
        match self {
            Choice::All => (true, path, true),
            Choice::WithExtension(extension) => match path.strip_suffix(extension.as_str()) {
                Some(name) if !name.is_empty() && !name.ends_with('/') => (true, name, true),
                _ => (false, path, true),
            },
            Choice::ButNames(patterns) => {
                let renders = !patterns.matches(path);
                (renders, path, renders)
            }
            Choice::ButTexts(patterns) => (!patterns.matches(path), path, true),
        }
    }
}

pub(crate) fn folder(invocation: &Invocation) -> Result<Output> {
    let input: Skeleton = invocation.input()?;
    about_token(input.token.as_deref());
    let settings = Settings::read()?;
    let (choice, rendering) = (input.choice()?, input.rendering(&settings)?);
    let target = place("targetPath", &input.target_path)?;
    let from = address::place(&input.url, invocation.base.as_deref(), &settings)?;
    let mut there = if input.replace { BTreeSet::new() } else { names(&target)? };
    let source = Source::folder(&from)?;
    let (mut written, mut kept) = (0, 0);
    for (path, kind) in source.list()? {
        let (renders, name, renders_name) = choice.of(&path);
        let name = if renders_name { rendering.text(&path, name)? } else { name.to_owned() };
        if is_left_out(&name) {
            debug!("{path} is left out: its name comes to nothing");
            continue;
        }
        let to = workspace::child(&target, &name)
            .map_err(|error| error.context(format!("the name that {path} comes to")))?;
        if !input.replace && !there.insert(to.clone()) {
            debug!("{to} is there already, and is kept");
            kept += 1;
            continue;
        }
        match renders && kind == Kind::File {
            true => rendered(&source, &path, &to, &rendering)?,
            false => source.put(&path, &to)?,
        }
        written += 1;
    }
    info!("{written} files came from {}, {kept} were there already", input.url);
    Ok(Output::none())
}

pub(crate) fn file(invocation: &Invocation) -> Result<Output> {
    let input: Skeleton = invocation.input()?;
    about_token(input.token.as_deref());
    let settings = Settings::read()?;
    let rendering = input.rendering(&settings)?;
    let target = file_place("targetPath", &input.target_path)?;
    if !input.replace && workspace::stat(&target)?.is_some() {
        info!("{target} is there already, and is kept");
        return Ok(Output::none());
    }
    let from = address::place(&input.url, invocation.base.as_deref(), &settings)?;
    let source = Source::file(&from)?;
    rendered(&source, ALONE, &target, &rendering).map_err(|error| error.context(&input.url))?;
    info!("{target} came from {}", input.url);
    Ok(Output::none())
}

/// Everything that stands below a folder, and the folders that it lies in.
fn names(folder: &str) -> Result<BTreeSet<String>> {
    match workspace::stat(folder)? {
        Some(stat) if stat.kind == Kind::Folder => {}
        _ => return Ok(BTreeSet::new()),
    }
    workspace::walk(folder)?.iter().map(|entry| workspace::child(folder, &entry.path)).collect()
}

fn rendered(source: &Source, path: &str, to: &str, rendering: &Rendering) -> Result<()> {
    let bytes = source.read(path)?;
    let Some(text) = rendering::text(&bytes) else { return source.put(path, to) };
    let rendered = rendering.file(path, text)?;
    match rendered == text {
        true => source.put(path, to),
        false => source.put_with(path, to, rendered.as_bytes()),
    }
}

/// Whether a part of a name came to nothing.
fn is_left_out(name: &str) -> bool {
    name.split('/').any(str::is_empty)
}
