//! `portico plugin install` and its siblings: plugins of a portal that runs, changed through its API.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode, Uri, header};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use portico_api_types::{Ask, Installed, Plugin, PluginChanges, PluginState, Plugins};
use serde_json::{Map, Value};

/// Which portal.
#[derive(clap::Args)]
pub(crate) struct At {
    /// The portal's address.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7007")]
    at: Uri,
    /// The portal's token, if it wants one.
    #[arg(long, env = "PORTICO_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

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
    /// `oci://registry/repository:tag`.
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
        let Some(file) = &self.config else { return Ok(Map::new()) };
        let text = fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
        Ok(portico_manifest::parse(&text, &file.display().to_string())?)
    }
}

/// Installs a package, and says what it asks for if it waits.
pub(crate) fn install(arguments: &Install) -> Result<String, Box<dyn Error>> {
    let (at, config) = (&arguments.at, arguments.said.config()?);
    let file = Path::new(&arguments.package);
    let Installed { name, digest } = if file.exists() {
        let bytes = if file.is_dir() { super::folder::package(file)? } else { super::read(file)? };
        at.ask(Method::POST, "/plugins", "application/wasm", bytes)?
    } else {
        let changes = PluginChanges { from: Some(arguments.package.clone()), config: config.clone(), approved: None };
        at.ask(Method::POST, "/plugins", JSON, serde_json::to_vec(&changes)?)?
    };
    let is_waiting = at.plugin(&name)?.waiting.is_some();
    let approved = (is_waiting && arguments.said.approve).then_some(digest);
    if approved.is_some() || (file.exists() && !config.is_empty()) {
        at.change(&name, PluginChanges { from: None, config, approved })?;
    }
    let plugin = at.plugin(&name)?;
    Ok(match plugin.waiting {
        Some(waiting) => format!(
            "{name} {} waits. {}It asks for:\n{}\nGrant it what it may have in a file and approve it: portico plugin approve {name} --config FILE",
            waiting.version.version,
            if waiting.reason.is_empty() { String::new() } else { format!("{}\n", waiting.reason) },
            asks(&waiting.asks)
        ),
        None => format!("{name} {} is installed{}", plugin.version, standing(&plugin)),
    })
}

/// Lets a version that waits run.
pub(crate) fn approve(arguments: &Approve) -> Result<String, Box<dyn Error>> {
    let (at, config) = (&arguments.at, arguments.said.config()?);
    let none = || format!("no version of the plugin `{}` waits", arguments.name);
    let digest = match &arguments.digest {
        Some(digest) => digest.clone(),
        None => at.plugin(&arguments.name)?.waiting.ok_or_else(none)?.version.digest,
    };
    at.change(&arguments.name, PluginChanges { from: None, config, approved: Some(digest) })?;
    let plugin = at.plugin(&arguments.name)?;
    Ok(format!("{} {} is approved{}", plugin.name, plugin.version, standing(&plugin)))
}

/// What is done to a plugin by its name alone.
pub(crate) fn act(named: &Named, method: Method, action: &str, done: &str) -> Result<String, Box<dyn Error>> {
    named.at.send(method, &format!("/plugins/{}{action}", named.name), JSON, Vec::new())?;
    Ok(format!("{} {done}.", named.name))
}

/// The plugins of a portal.
pub(crate) fn list(at: &At) -> Result<String, Box<dyn Error>> {
    let plugins: Plugins = at.ask(Method::GET, "/plugins", JSON, Vec::new())?;
    let line = |plugin: &Plugin| {
        format!("{:<24} {:<12} {:<9} {}", plugin.name, plugin.version, word(plugin.state), plugin.origin)
    };
    Ok(plugins.items.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn asks(asks: &[Ask]) -> String {
    let line = |ask: &Ask| {
        let granted = ask.granted.as_deref().map_or("not granted".to_owned(), |granted| format!("granted: {granted}"));
        format!("  {} {} ({granted})\n    {}", ask.capability, ask.target, ask.reason)
    };
    asks.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn standing(plugin: &Plugin) -> String {
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

const JSON: &str = "application/json";

impl At {
    fn plugin(&self, name: &str) -> Result<Plugin, Box<dyn Error>> {
        self.ask(Method::GET, &format!("/plugins/{name}"), JSON, Vec::new())
    }

    fn change(&self, name: &str, changes: PluginChanges) -> Result<(), Box<dyn Error>> {
        self.send(Method::PATCH, &format!("/plugins/{name}"), JSON, serde_json::to_vec(&changes)?).map(drop)
    }

    fn ask<T: serde::de::DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> Result<T, Box<dyn Error>> {
        Ok(serde_json::from_slice(&self.send(method, path, kind, body)?)?)
    }

    /// Asks the portal something; an error is the portal's own sentence.
    fn send(&self, method: Method, path: &str, kind: &str, body: Vec<u8>) -> Result<Bytes, Box<dyn Error>> {
        let address = format!("{}/api/portico{path}", self.at.to_string().trim_end_matches('/'));
        let mut request = Request::builder().method(method).uri(&address).header(header::CONTENT_TYPE, kind);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Body::from(body))?;
        let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
        let asked = async {
            let response = client.request(request).await.map_err(|error| {
                format!("no portal answers at {} ({error}); start it, or name its address with --at", self.at)
            })?;
            let status = response.status();
            let bytes = response
                .into_body()
                .collect()
                .await
                .map_err(|error| format!("the portal's answer broke off: {error}"))?;
            Ok::<(StatusCode, Bytes), String>((status, bytes.to_bytes()))
        };
        let (status, bytes) = tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(asked)?;
        if status.is_success() {
            return Ok(bytes);
        }
        let said = serde_json::from_slice::<Value>(&bytes).ok();
        let said = said.as_ref().and_then(|body| body["error"]["message"].as_str());
        Err(said.map_or_else(|| format!("the portal answers {status}"), str::to_owned).into())
    }
}
