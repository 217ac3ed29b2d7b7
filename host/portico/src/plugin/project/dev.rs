//! `portico plugin dev`: a project in a portal that runs, built anew and installed again after each change.
//!
//! Rule: what goes wrong is said, and the next change is waited for; a change that comes while something goes on takes its place.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::path::PathBuf;

use axum::http::Method;
use portico_api_types::{Ask, AskNeeds, Granting, Installed, Plugin, PluginChanges, RunStarted, Runs};
use portico_manifest::Extension;

use super::follow::{end, follow, line};
use super::watch::Watch;
use super::{Packed, Project};
use crate::output::{Unread, note, say};
use crate::plugin::portal::{At, JSON, WASM, unless_stopped};
use crate::plugin::remote::{asks, config, standing};

/// The file of a project with what the portal is told beside the plugin, where no other is named.
const CONFIG: &str = "dev.yaml";

#[derive(clap::Args)]
pub(crate) struct Dev {
    /// The project's folder.
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// A file with `grants`, `settings`, `every` and `mappings`, as under a plugin's name in portico.yaml; by default the project's
    /// dev.yaml, if there is one.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Grants everything that it asks for and that needs no more said to it.
    #[arg(long)]
    grant_all: bool,
    #[command(flatten)]
    at: At,
}

/// Builds a project into a portal, again after each change, until it is stopped.
pub(crate) async fn dev(arguments: &Dev) -> Result<String, Box<dyn Error>> {
    Project::open(&arguments.folder)?;
    let mut watch = Watch::of(&arguments.folder)?;
    let watching: Option<Infallible> = unless_stopped(async {
        loop {
            let changed = tokio::select! {
                never = turn(arguments) => match never? {},
                changed = watch.changed() => changed?,
            };
            let changed: Vec<String> = changed.iter().map(|path| path.display().to_string()).collect();
            say(format!("Changed: {}.", changed.join(", ")))?;
        }
    })
    .await?;
    match watching {
        None => Ok("Stopped. The plugin stays in the portal as it is.".to_owned()),
        Some(never) => match never {},
    }
}

/// What is done once, and then waiting, while somebody reads what is said.
async fn turn(arguments: &Dev) -> Result<Infallible, Box<dyn Error>> {
    match once(arguments).await {
        Err(error) if error.is::<Unread>() => return Err(error),
        Err(error) => note(format!("portico: {error}")),
        Ok(()) => {}
    }
    say("Waiting for changes.")?;
    std::future::pending().await
}

async fn once(arguments: &Dev) -> Result<(), Box<dyn Error>> {
    let project = Project::open(&arguments.folder)?;
    let built = project.build().await?;
    let name = project.manifest.name.as_str();
    let at = &arguments.at;
    let newest = runs(at, name, 0).await.ok().and_then(|runs| runs.last().copied()).unwrap_or(0);
    let plugin = install(arguments, &built).await?;
    let size = built.bytes.len().div_ceil(1000);
    say(format!("{name} {} is installed, {size} kB{}", plugin.version, standing(&plugin)))?;
    if !project.manifest.offers(Extension::Ingestion) {
        return Ok(());
    }
    // The portal has begun runs of this version by itself, or begins one now. One of before that goes on does so with the version of
    // before; there is none of this one until it has ended.
    let mut last = newest;
    loop {
        let mut new = runs(at, name, last).await?;
        if new.is_empty() {
            if last > newest {
                return Ok(());
            }
            let started: RunStarted = at.ask(Method::POST, &format!("/plugins/{name}/runs"), JSON, Vec::new()).await?;
            new.push(started.id);
        }
        for id in new {
            // Where nobody reads a line, nobody reads the end, which says so.
            let run = follow(at, id, |told| drop(say(line(told)))).await?;
            say(end(&run))?;
            last = id;
        }
    }
}

/// The runs of a plugin after one of them, in their order.
async fn runs(at: &At, name: &str, after: u64) -> Result<Vec<u64>, Box<dyn Error>> {
    let runs: Runs = at.ask(Method::GET, &format!("/runs?plugin={name}"), JSON, Vec::new()).await?;
    let mut new: Vec<u64> = runs.items.iter().map(|run| run.id).filter(|id| *id > after).collect();
    new.sort_unstable();
    Ok(new)
}

/// Installs a version, and lets it run with what it is granted; what it asks for is shown where nobody has looked at it yet.
async fn install(arguments: &Dev, built: &Packed) -> Result<Plugin, Box<dyn Error>> {
    let at = &arguments.at;
    let installed: Installed = at.ask(Method::POST, "/plugins", WASM, built.bytes.clone()).await?;
    let name = installed.name.as_str();
    if let Some(waited) = &installed.replaced {
        say(format!("{waited}, which waited, was replaced."))?;
    }
    let file = arguments.config.clone().or_else(|| Some(arguments.folder.join(CONFIG)).filter(|file| file.exists()));
    let config = file.as_deref().map(config).transpose()?.unwrap_or_default();
    let is_waiting = at.plugin(name).await?.waiting.is_some();
    if !config.is_empty() {
        // Before it may run, so that its first run has its settings.
        at.change(name, PluginChanges { from: None, config, approved: None }).await?;
    }
    if arguments.grant_all {
        let granting = all(asked(&at.plugin(name).await?), installed.digest.clone());
        at.send(Method::PUT, &format!("/plugins/{name}/grants"), JSON, serde_json::to_vec(&granting)?).await?;
    } else if is_waiting {
        at.change(name, PluginChanges { approved: Some(installed.digest.clone()), ..PluginChanges::default() }).await?;
    }
    let plugin = at.plugin(name).await?;
    if is_waiting && !plugin.asks.is_empty() {
        say(format!("{name} asks for:\n{}", asks(&plugin.asks)))?;
    }
    Ok(plugin)
}

/// What the version that waits asks for, or else the one that runs.
fn asked(plugin: &Plugin) -> &[Ask] {
    plugin.waiting.as_ref().map_or(&plugin.asks, |waiting| &waiting.asks)
}

/// Everything that can be granted without a word, to the version of a digest.
fn all(asks: &[Ask], digest: String) -> Granting {
    let plain = asks.iter().enumerate().filter(|(_, ask)| ask.needs == AskNeeds::Nothing);
    Granting { digest, granted: BTreeMap::from_iter(plain.map(|(place, _)| (place, String::new()))), settings: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_granted_that_needs_no_word() {
        let ask = |needs| Ask {
            capability: "http".into(),
            target: "x.test".into(),
            reason: "To read.".into(),
            granted: None,
            denied: 0,
            needs,
            more: false,
        };
        let asks = [ask(AskNeeds::Nothing), ask(AskNeeds::Secret), ask(AskNeeds::Names), ask(AskNeeds::Nothing)];
        let granting = all(&asks, "ab".to_owned());
        assert_eq!(granting.granted.into_keys().collect::<Vec<_>>(), [0, 3]);
        assert_eq!(granting.digest, "ab");
    }
}
