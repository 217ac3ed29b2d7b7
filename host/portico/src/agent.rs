//! `portico agent`: runs plugins in a network that a portal does not reach, and brings what they read to it.
//!
//! Rule: it asks, and is never asked: nothing listens here. It keeps packages and compiled code, and nothing that a run has read. Whoever stops it
//! has the runs that go on given back, so that another takes them.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::http::Uri;
use portico_catalog::Catalog;
use portico_manifest::SecretSource;
use portico_runtime::{AgentPortal, PortalError, Runtime, RuntimeOptions};
use portico_supply::{Options, TrustPolicy};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tracing_subscriber::EnvFilter;

/// Runs that one agent works side by side.
const AT_ONCE: usize = 4;

/// The first wait after a portal was not there, and the longest.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// How long runs may take to end once the agent was told to stop: what a plugin has for that, and the word to the portal.
const LAST_RUNS: Duration = Duration::from_secs(9);

/// How long work on threads of its own may take to end after that.
const LAST_WORK: Duration = Duration::from_secs(2);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The portal's address, `https://…`; without encryption only one of this machine.
    #[arg(long, value_name = "URL")]
    portal: Uri,
    /// The agent's token, by which the portal knows it. What stands on a command line is seen by others of this machine: name a file, or set
    /// the variable.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "PORTICO_AGENT_TOKEN",
        hide_env_values = true,
        conflicts_with = "token_file"
    )]
    token: Option<String>,
    /// A file with the agent's token.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// A file with certificates of authorities, in PEM, that the portal's certificate may be signed by beside those of this machine.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The folder for packages and compiled code; made if there is none, and lost without harm.
    #[arg(long, value_name = "DIR", default_value = "agent")]
    cache: PathBuf,
    /// What tells it from others that share its token; the name of this machine, if absent.
    #[arg(long, value_name = "NAME")]
    instance: Option<String>,
    /// What to log, such as `info` or `portico_runtime=debug`.
    #[arg(long, value_name = "FILTER", env = "PORTICO_LOG", default_value = "info")]
    log: String,
}

impl Arguments {
    fn token(&self) -> Result<String, Box<dyn Error>> {
        match (&self.token, &self.token_file) {
            (Some(token), _) => Ok(token.trim().to_owned()),
            (None, Some(file)) => Ok(crate::secret::read(&SecretSource::File(file.clone()))?),
            (None, None) => {
                Err("the portal knows an agent by its token; name a file with --token-file, or set PORTICO_AGENT_TOKEN"
                    .into())
            }
        }
    }

    fn options(&self) -> Result<Options, Box<dyn Error>> {
        let options = Options::system();
        let Some(file) = &self.ca else { return Ok(options) };
        let text = fs::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
        Ok(options.trusting(&text).map_err(|error| format!("{}: {error}", file.display()))?)
    }

    fn instance(&self) -> String {
        let machine = || fs::read_to_string("/proc/sys/kernel/hostname").map(|name| name.trim().to_owned());
        self.instance.clone().or_else(|| machine().ok()).unwrap_or_else(|| "somewhere".to_owned())
    }
}

/// Works for a portal until it is told to stop.
pub(crate) fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_new(&arguments.log).map_err(|error| format!("--log {}: {error}", arguments.log))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).log_internal_errors(false).init();
    let portal = AgentPortal::new(arguments.portal.clone(), &arguments.token()?, arguments.options()?)?;
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let worked = threads.block_on(work(&arguments, Arc::new(portal)));
    threads.shutdown_timeout(LAST_WORK);
    worked
}

async fn work(arguments: &Arguments, portal: Arc<AgentPortal>) -> Result<(), Box<dyn Error>> {
    let runtime = runtime(&arguments.cache).await?;
    let (stop, instance) = (crate::serve::stopped()?, arguments.instance());
    // Whoever started it need not listen.
    let _ = writeln!(io::stdout(), "The agent {instance} works for {}", portal.address());
    let mut runs = JoinSet::new();
    let worked = claims(&portal, &runtime, &instance, stop, &mut runs).await;
    let all = async { while runs.join_next().await.is_some() {} };
    if tokio::time::timeout(LAST_RUNS, all).await.is_err() {
        tracing::warn!(
            "runs did not end within {LAST_RUNS:?} of being told to; the portal gives them to another agent soon"
        );
    }
    runtime.shutdown().await;
    worked
}

/// Takes runs for as long as nobody stops it.
async fn claims(
    portal: &Arc<AgentPortal>,
    runtime: &Runtime,
    instance: &str,
    stop: watch::Receiver<bool>,
    runs: &mut JoinSet<()>,
) -> Result<(), Box<dyn Error>> {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let (mut wait, mut stopped) = (FIRST, stop.clone());
    let mut was_known = false;
    loop {
        while runs.try_join_next().is_some() {}
        let claimed = async {
            let permit = room.clone().acquire_owned().await;
            (portal.claim(instance).await, permit)
        };
        let (claimed, permit) = tokio::select! {
            claimed = claimed => claimed,
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
        };
        match claimed {
            Ok(order) => {
                (was_known, wait) = (true, FIRST);
                let Some(order) = order else { continue };
                let (portal, runtime, stop) = (portal.clone(), runtime.clone(), stop.clone());
                runs.spawn(async move {
                    let _permit = permit;
                    let (run, plugin) = (order.run, order.plugin.clone());
                    tracing::info!(run, plugin, "a run begins");
                    let worked = runtime.work(portal, order, stop).await;
                    match worked.message.is_empty() {
                        true => tracing::info!(run, plugin, code = worked.code, "a run has ended"),
                        false => tracing::warn!(run, plugin, code = worked.code, "{}", worked.message),
                    }
                });
            }
            // Wrong from the beginning is wrong for ever; what was right once may be again.
            Err(error @ (PortalError::Unknown(_) | PortalError::Refused(_))) if !was_known => return Err(error.into()),
            Err(error) => {
                tracing::warn!("{error}; it is asked again in {} s", wait.as_secs());
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    _ = stopped.wait_for(|stop| *stop) => return Ok(()),
                }
                wait = (wait * 2).min(LONGEST);
            }
        }
    }
}

/// A runtime that begins nothing by itself.
async fn runtime(cache: &Path) -> Result<Runtime, Box<dyn Error>> {
    fs::create_dir_all(cache)
        .map_err(|error| format!("{} cannot be made: {error}; name another folder with --cache", cache.display()))?;
    let catalog = Catalog::in_memory_with(crate::keep::expressions(cache))?;
    let options = RuntimeOptions {
        data: cache.to_owned(),
        plugins_folder: cache.join("plugins"),
        built_in: Vec::new(),
        config: BTreeMap::new(),
        packages: BTreeMap::new(),
        ingest: BTreeMap::new(),
        // Who signed a package is judged by the portal, which names it by its digest.
        trust: TrustPolicy { keys: Vec::new(), allow_unsigned: true },
        supply: None,
        locations: Vec::new(),
        rules: None,
    };
    Ok(Runtime::start(catalog, options).await?)
}
