//! `portico plugin install` and its siblings: plugins of a portal that runs, changed through its API.
//!
//! Rule: what is not encrypted stays on this machine, and whatever a portal does, a command ends.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderValue, Method, Request, Uri, header};
use portico_api_types::{Ask, Installed, Plugin, PluginChanges, PluginState, Plugins};
use portico_supply::{Options, SupplyError, exchange};
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
    let name = if file.exists() {
        let bytes = if file.is_dir() { super::folder::package(file)? } else { super::read(file)? };
        let installed: Installed = at.ask(Method::POST, "/plugins", "application/wasm", bytes)?;
        let is_waiting = at.plugin(&installed.name)?.waiting.is_some();
        if !config.is_empty() || (is_waiting && arguments.said.approve) {
            at.change(
                &installed.name,
                PluginChanges { from: None, config, approved: is_waiting && arguments.said.approve },
            )?;
        }
        installed.name
    } else {
        let changes = PluginChanges { from: Some(arguments.package.clone()), config, approved: arguments.said.approve };
        let installed: Installed = at.ask(Method::POST, "/plugins", JSON, serde_json::to_vec(&changes)?)?;
        installed.name
    };
    let plugin = at.plugin(&name)?;
    Ok(match plugin.waiting {
        Some(waiting) => format!(
            "{name} {} waits. It asks for:\n{}\nGrant it what it may have in a file and approve it: portico plugin approve {name} --config FILE",
            waiting.version.version,
            asks(&waiting.asks)
        ),
        None => format!("{name} {} is installed{}", plugin.version, standing(&plugin)),
    })
}

/// Lets a version that waits run.
pub(crate) fn approve(arguments: &Approve) -> Result<String, Box<dyn Error>> {
    let (at, config) = (&arguments.at, arguments.said.config()?);
    at.change(&arguments.name, PluginChanges { from: None, config, approved: true })?;
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

/// How long a portal may take: two minutes to fetch a package itself, and as long again to compile it or to be sent it.
const PATIENCE: Duration = Duration::from_secs(300);

/// The largest answer that is read: hundreds of plugins with all that they ask for.
const LARGEST: u64 = 16 << 20;

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
            let mut token = HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| "the token holds characters that no header can carry; check --token or PORTICO_TOKEN")?;
            token.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, token);
        }
        let mut options = Options::system();
        options.limits.whole = PATIENCE;
        let asked = exchange(request.body(body.into())?, LARGEST, &options);
        let answer = tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(asked);
        let (parts, bytes) = answer.map_err(|error| self.unanswered(&error))?.into_parts();
        if parts.status.is_success() {
            return Ok(bytes.into());
        }
        let said = serde_json::from_slice::<Value>(&bytes).ok();
        let said = said.as_ref().and_then(|body| body["error"]["message"].as_str());
        Err(said.map_or_else(|| format!("{address} answers {}; is it a portal?", parts.status), str::to_owned).into())
    }

    fn unanswered(&self, error: &SupplyError) -> String {
        match error {
            SupplyError::Unreachable { .. } | SupplyError::Unresolved { .. } => {
                format!("no portal answers at {}: {error}. Name another address with --at", self.at)
            }
            other => other.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portal_elsewhere_is_spoken_to_with_encryption_alone() {
        let at = At { at: Uri::from_static("http://192.0.2.1:7007"), token: Some("s3cret".to_owned()) };
        let error = list(&at).unwrap_err().to_string();
        assert_eq!(
            error,
            "192.0.2.1:7007 leads to 192.0.2.1, and only this machine is spoken to without encryption; use https"
        );
    }

    #[test]
    fn where_nobody_answers_another_address_can_be_named() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for scheme in ["http", "https"] {
            let at = At { at: format!("{scheme}://{taken}").parse().unwrap(), token: None };
            let error = list(&at).unwrap_err().to_string();
            assert!(error.starts_with(&format!("no portal answers at {scheme}://{taken}/: ")), "{error}");
            assert!(error.ends_with(". Name another address with --at"), "{error}");
        }
    }
}
