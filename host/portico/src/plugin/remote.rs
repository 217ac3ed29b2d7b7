//! `portico plugin install` and its siblings: plugins of a portal that runs, changed through its API.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fs, io};

use axum::http::Method;
use portico_api_types::{
    Ask, Finding, FindingOutcome, Installed, Plugin, PluginChanges, PluginCheck, PluginState, Plugins,
};
use portico_manifest::{Period, to_yaml};
use portico_supply::Reference;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::portal::{At, JSON, WASM};

/// A plugin of a portal.
#[derive(clap::Args)]
pub(crate) struct Named {
    /// The plugin's name.
    name: String,
    #[command(flatten)]
    at: At,
}

#[derive(clap::Args)]
pub(crate) struct Install {
    /// A plugin's file, the folder that it was built in, or where it lies: `https://host/x.wasm#sha256:…`,
    /// `oci://registry/repository:tag`, `built-in:NAME` for one that came with the portal.
    package: String,
    #[command(flatten)]
    said: Said,
    #[command(flatten)]
    at: At,
}

#[derive(clap::Args)]
pub(crate) struct Approve {
    /// The plugin's name.
    name: String,
    /// The SHA-256 of the version that was looked at; by default the one that waits now.
    #[arg(long, value_name = "SHA256")]
    digest: Option<String>,
    #[command(flatten)]
    said: Said,
    #[command(flatten)]
    at: At,
}

#[derive(clap::Args)]
pub(crate) struct Configure {
    /// The plugin's name.
    name: String,
    /// A file with `grants`, `settings`, `every` and `mappings`, as under a plugin's name in portico.yaml. What it does not name stays as
    /// it is, and `null` stands for the manifest's own word.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    #[command(flatten)]
    at: At,
}

/// What is said of a plugin beside its package.
#[derive(clap::Args)]
struct Said {
    /// A file with `grants`, `settings`, `every` and `mappings`, as under a plugin's name in portico.yaml.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Grants nothing beyond that, and lets it run.
    #[arg(long)]
    approve: bool,
}

impl Said {
    fn config(&self) -> Result<Map<String, Value>, Box<dyn Error>> {
        self.config.as_deref().map_or_else(|| Ok(Map::new()), config)
    }
}

/// A file with what is said of a plugin beside its package.
pub(super) fn config(file: &Path) -> Result<Map<String, Value>, Box<dyn Error>> {
    let text = fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    Ok(portico_manifest::parse(&text, &file.display().to_string())?)
}

/// Installs a package, and says what it asks for if it waits.
pub(crate) async fn install(arguments: &Install) -> Result<String, Box<dyn Error>> {
    let (at, config) = (&arguments.at, arguments.said.config()?);
    let file = Path::new(&arguments.package);
    let Installed { name, digest, replaced } = if is_here(&arguments.package)? {
        let bytes = if file.is_dir() { super::folder::package(file)? } else { super::read(file)? };
        at.ask(Method::POST, &format!("/plugins{}", beside(file)?), WASM, bytes).await?
    } else {
        let changes = PluginChanges { from: Some(arguments.package.clone()), config: config.clone(), approved: None };
        at.ask(Method::POST, "/plugins", JSON, serde_json::to_vec(&changes)?).await?
    };
    let is_waiting = at.plugin(&name).await?.waiting.is_some();
    let approved = (is_waiting && arguments.said.approve).then_some(digest);
    if approved.is_some() || (file.exists() && !config.is_empty()) {
        at.change(&name, PluginChanges { from: None, config, approved }).await?;
    }
    let plugin = at.plugin(&name).await?;
    let said = match plugin.waiting {
        Some(waiting) => format!(
            "{name} {} waits. {}It asks for:\n{}\nGrant it what it may have in a file and approve it: portico plugin approve {name} --config FILE",
            waiting.version.version,
            if waiting.reason.is_empty() { String::new() } else { format!("{}\n", waiting.reason) },
            asks(&waiting.asks)
        ),
        None => format!("{name} {} is installed{}", plugin.version, standing(&plugin)),
    };
    Ok(said + &replaced.map(|waited| format!("\n{waited}, which waited, was replaced.")).unwrap_or_default())
}

/// The signatures that lie beside a package, as they are sent along.
fn beside(file: &Path) -> Result<String, String> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, suffix) in [("signature", ".sig"), ("bundle", ".sigstore.json")] {
        let mut path = file.as_os_str().to_owned();
        path.push(suffix);
        let path = Path::new(&path);
        match fs::read_to_string(path) {
            Ok(text) => drop(query.append_pair(name, text.trim())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
        }
    }
    let query = query.finish();
    Ok(if query.is_empty() { query } else { format!("?{query}") })
}

/// Whether a package lies on this machine; if not, the portal fetches it. What is no address has to be here.
fn is_here(package: &str) -> Result<bool, String> {
    let is_there = Path::new(package).try_exists().map_err(|error| format!("{package} cannot be read: {error}"))?;
    match package.parse() {
        Ok(Reference::File(_)) if !is_there && !package.starts_with("built-in:") => Err(format!(
            "there is no file or folder {package}. Name a plugin's file, the folder that it was built in, or where it lies: \
             https://host/x.wasm#sha256:…, oci://registry/repository:tag, built-in:NAME"
        )),
        _ => Ok(is_there),
    }
}

/// Lets a version that waits run.
pub(crate) async fn approve(arguments: &Approve) -> Result<String, Box<dyn Error>> {
    let (at, config) = (&arguments.at, arguments.said.config()?);
    let name = &arguments.name;
    let none = || {
        format!(
            "no version of the plugin `{name}` waits. What the one that runs is set to and granted is changed by: \
             portico plugin configure {name} --config FILE"
        )
    };
    // One that is named may have been turned away, and is not shown as waiting then.
    let digest = match arguments.digest.clone() {
        Some(digest) => digest,
        None => at.plugin(name).await?.waiting.ok_or_else(none)?.version.digest,
    };
    at.change(name, PluginChanges { from: None, config, approved: Some(digest) }).await?;
    let plugin = at.plugin(name).await?;
    Ok(format!("{} {} is approved{}", plugin.name, plugin.version, standing(&plugin)))
}

/// Changes what the version that runs is set to and granted, and says what that is now.
pub(crate) async fn configure(arguments: &Configure) -> Result<String, Box<dyn Error>> {
    let (at, name) = (&arguments.at, &arguments.name);
    let changes = config(&arguments.config)?;
    at.change(name, PluginChanges { from: None, config: changes.clone(), approved: None }).await?;
    let plugin = at.plugin(name).await?;
    Ok(match &plugin.waiting {
        Some(waiting) if plugin.version.is_empty() => format!(
            "What was said of {name} is kept, and no version of it runs yet: {} waits. Let it run with that: portico plugin approve {name}",
            waiting.version.version
        ),
        _ => format!(
            "{name} {} is changed{}\nIt is set to:\n{}",
            plugin.version,
            standing(&plugin),
            set_to(&plugin, &changes).trim_end()
        ),
    })
}

/// What a plugin is set to, as under its name in portico.yaml; mappings where they were said just now, as a portal shows them elsewhere.
fn set_to(plugin: &Plugin, said: &Map<String, Value>) -> String {
    let mut set = json!({
        "every": plugin.every_seconds.map(|seconds| Period::seconds(seconds).to_string()),
        "settings": plugin.settings,
        "grants": plugin.grants,
        "mappings": said.get("mappings"),
    });
    set.as_object_mut().into_iter().for_each(|set| set.retain(|_, value| !value.is_null()));
    to_yaml(&set).unwrap_or_default()
}

/// What is done to a plugin by its name alone.
pub(crate) async fn act(named: &Named, method: Method, action: &str, done: &str) -> Result<String, Box<dyn Error>> {
    named.at.send(method, &format!("/plugins/{}{action}", named.name), JSON, Vec::new()).await?;
    Ok(format!("{} {done}.", named.name))
}

/// Brings a plugin back out of the bin, and says how it stands.
pub(crate) async fn restore(named: &Named) -> Result<String, Box<dyn Error>> {
    named.at.send(Method::POST, &format!("/bin/plugins/{}/restore", named.name), JSON, Vec::new()).await?;
    let plugin = named.at.plugin(&named.name).await?;
    Ok(format!("{} {} is back{}", plugin.name, plugin.version, standing(&plugin)))
}

/// Has a plugin find out how it stands, and says what it found: an error where it cannot do its work.
pub(crate) async fn check(named: &Named) -> Result<String, Box<dyn Error>> {
    let path = format!("/plugins/{}/check", named.name);
    let check: PluginCheck = named.at.ask(Method::POST, &path, JSON, Vec::new()).await?;
    let found = check.findings.iter().map(found).collect::<Vec<_>>().join("\n");
    match check.findings.iter().any(|finding| finding.outcome == FindingOutcome::Failed) {
        true => Err(format!("{} cannot do its work as it is:\n{found}", named.name).into()),
        false => Ok(found),
    }
}

fn found(finding: &Finding) -> String {
    let word = match finding.outcome {
        FindingOutcome::Passed => "passed",
        FindingOutcome::Warned => "warned",
        FindingOutcome::Failed => "failed",
    };
    format!("{word:<7} {}\n        {}", finding.subject, finding.message.replace('\n', "\n        "))
}

/// The plugins of a portal.
pub(crate) async fn list(at: &At) -> Result<String, Box<dyn Error>> {
    let plugins: Plugins = at.ask(Method::GET, "/plugins", JSON, Vec::new()).await?;
    Ok(plugins.items.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// A plugin in a list.
fn line(plugin: &Plugin) -> String {
    let waits =
        plugin.waiting.as_ref().map(|waiting| format!("waits: {}{}", waiting.version.version, more(&waiting.asks)));
    let rest = [plugin.origin.as_str(), waits.as_deref().unwrap_or_default()].join("  ");
    format!("{:<24} {:<12} {:<9} {}", plugin.name, plugin.version, word(plugin.state), rest.trim())
}

/// What a version that waits asks for beyond the one that runs, in short.
fn more(asks: &[Ask]) -> String {
    let more = asks.iter().filter(|ask| ask.more).map(|ask| format!("{} {}", ask.capability, ask.target));
    let more = more.collect::<Vec<_>>().join(", ");
    if more.is_empty() { more } else { format!(", asks for {more}") }
}

/// What a plugin asks for, a line and a reason each.
pub(super) fn asks(asks: &[Ask]) -> String {
    let line = |ask: &Ask| {
        let granted = ask.granted.as_deref().map_or("not granted".to_owned(), |granted| format!("granted: {granted}"));
        format!("  {} {} ({granted})\n    {}", ask.capability, ask.target, ask.reason)
    };
    asks.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// How a plugin stands, as the end of a sentence.
pub(super) fn standing(plugin: &Plugin) -> String {
    match plugin.message.as_str() {
        "" => format!(", {}.", word(plugin.state)),
        message => format!(", {}: {message}", word(plugin.state)),
    }
}

fn word(state: PluginState) -> &'static str {
    match state {
        PluginState::Running => "running",
        PluginState::Syncing => "syncing",
        PluginState::Failing => "failing",
        PluginState::Refused => "refused",
        PluginState::Off => "off",
    }
}
