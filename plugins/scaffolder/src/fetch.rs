//! `fetch:plain` and `fetch:plain:file`: files as they are.

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Result, info, warn, workspace};
use serde::Deserialize;

use crate::address;
use crate::place::{file, place};
use crate::settings::Settings;
use crate::source::{ALONE, Source};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Plain {
    url: String,
    #[serde(default)]
    target_path: String,
    #[serde(default)]
    token: Option<String>,
}

/// Says what becomes of a token that a template hands on.
pub(crate) fn about_token(token: Option<&str>) {
    if token.is_some() {
        warn!("`token` is not used: what is fetched is fetched with the credentials that the operator granted");
    }
}

/// Files that are there already are replaced.
pub(crate) fn plain(invocation: &Invocation) -> Result<Output> {
    let input: Plain = invocation.input()?;
    about_token(input.token.as_deref());
    let target = place("targetPath", &input.target_path)?;
    let from = address::place(&input.url, invocation.base.as_deref(), &Settings::read()?)?;
    let source = Source::folder(&from)?;
    let files = source.list()?;
    for (path, _) in &files {
        source.put(path, &workspace::child(&target, path)?)?;
    }
    info!("{} files came from {}", files.len(), input.url);
    Ok(Output::none())
}

pub(crate) fn plain_file(invocation: &Invocation) -> Result<Output> {
    let input: Plain = invocation.input()?;
    about_token(input.token.as_deref());
    let target = file("targetPath", &input.target_path)?;
    let from = address::place(&input.url, invocation.base.as_deref(), &Settings::read()?)?;
    Source::file(&from)?.put(ALONE, &target)?;
    info!("{target} came from {}", input.url);
    Ok(Output::none())
}
