//! `portico serve`: the store, the plugins and the pages behind one address.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use portico_catalog::Catalog;
use portico_runtime::{BuiltIn, Runtime, RuntimeOptions};
use portico_scaffolder::Scaffolder;
use portico_search::Search;
use portico_supply::Reach;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use crate::config::{Config, FILE};
use crate::embedded::{ASSETS, PLUGINS};
use crate::kinds::KindFiles;

/// How long requests may take to end once the portal was told to stop. Live event streams never end by themselves.
const GRACE: Duration = Duration::from_secs(3);

/// How long calls of plugins may take to end after that. They are ended by force at once; what can take longer is a fetch that
/// does not notice, which may be left: it has written nothing.
const LAST_CALLS: Duration = Duration::from_secs(10);

/// How long steps of tasks may take to end before that. One that does not is gone on with, or given up, when the portal is back.
const LAST_STEPS: Duration = Duration::from_secs(5);

/// How long work on threads of its own may take to end after that. What the store has not committed by then it never will.
const LAST_WORK: Duration = Duration::from_secs(5);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The configuration; `portico.yaml` in this folder, if there is one.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder that holds the catalog, caches, and the plugins folder; made if there is none.
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// The address to answer at. Beyond this machine (127.0.0.1, ::1) only with `server.token` configured.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7007")]
    listen: SocketAddr,
    /// What to log, such as `info` or `portico_runtime=debug`.
    #[arg(long, value_name = "FILTER", env = "PORTICO_LOG", default_value = "info")]
    log: String,
}

pub(crate) fn serve(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_new(&arguments.log).map_err(|error| format!("--log {}: {error}", arguments.log))?;
    // A line that cannot be written is dropped. Telling of it, as the library would, panics where standard error has no reader.
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).log_internal_errors(false).init();
    let config = match &arguments.config {
        Some(file) => Config::load(file)?,
        None if PathBuf::from(FILE).exists() => Config::load(&PathBuf::from(FILE))?,
        None => Config::default(),
    };
    let token = config.server.token.as_ref().map(crate::secret::read).transpose()?;
    let agents = config.agents.tokens(token.as_deref())?;
    if !arguments.listen.ip().is_loopback() && token.is_none() {
        return Err(format!(
            "{} can be reached from other machines, and nothing would ask who is there; configure `server.token: {{ env: NAME }}` \
             in {FILE}, or listen on 127.0.0.1",
            arguments.listen
        )
        .into());
    }
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = threads.block_on(run(arguments, config, Tokens { portal: token, agents }));
    threads.shutdown_timeout(LAST_WORK);
    served
}

/// Who may ask.
struct Tokens {
    portal: Option<String>,
    agents: BTreeMap<String, String>,
}

async fn run(arguments: Arguments, config: Config, tokens: Tokens) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(arguments.listen).await.map_err(|error| {
        format!(
            "{} cannot be listened at: {error}; stop what does, or choose another address with --listen",
            arguments.listen
        )
    })?;
    if ASSETS.is_empty() {
        tracing::warn!(
            "this build carries no client for browsers and no plugins; `cargo xtask build` makes one that does"
        );
    }
    let catalog = Catalog::open(&arguments.data.join(crate::keep::STORE), crate::keep::expressions(&arguments.data))?;
    catalog.set_removal_guard(config.catalog.removals.guard());
    catalog.set_orphan_strategy(config.catalog.orphan_strategy());
    let keeping = config.catalog.keeping();
    // They are taken over before any plugin runs, so that nothing is judged by the kinds of yesterday.
    let mut kinds = KindFiles::new(arguments.config.as_deref(), &config.kinds);
    kinds.load(&catalog).map_err(|error| -> Box<dyn Error> { error })?;
    let mut supply = config.registries.options()?;
    supply.reach = Reach::Public(config.install.private_addresses);
    let options = RuntimeOptions {
        data: arguments.data.clone(),
        plugins_folder: arguments.data.join("plugins"),
        built_in: PLUGINS.iter().map(|(name, bytes)| BuiltIn { file_name: (*name).to_owned(), bytes }).collect(),
        trust: config.trust.policy(),
        supply: Some(supply),
        packages: config.packages,
        ingest: config.ingest,
        config: config.plugins,
        locations: config.catalogued.locations,
        rules: config.catalogued.rules,
    };
    let runtime = Runtime::start(catalog.clone(), options).await?;
    tokio::spawn(kinds.follow(catalog.clone(), runtime.clone()));
    tokio::spawn(crate::upkeep::follow(catalog.clone(), runtime.clone(), keeping));
    let options = portico_scaffolder::Options {
        folder: arguments.data.join("tasks"),
        at_once: config.scaffolder.at_once,
        forges: config.scaffolder.forges.into_iter().map(|(host, forge)| (host, forge.into())).collect(),
    };
    let scaffolder = Scaffolder::start(catalog.clone(), runtime.clone(), options).await?;
    let search = Search::open(catalog.clone(), &arguments.data)?;
    let router = portico_api::router(portico_api::Options {
        search,
        catalog,
        runtime: runtime.clone(),
        scaffolder: scaffolder.clone(),
        title: config.title.unwrap_or_else(|| "Portico".to_owned()),
        token: tokens.portal,
        user_header: config.server.user.map(|user| user.header),
        agents: tokens.agents,
        assets: ASSETS,
    });
    // Whoever started it need not listen.
    let _ = writeln!(io::stdout(), "Portico is at http://{}", listener.local_addr()?);
    let stop = stopped()?;
    let mut told = stop.clone();
    let served = axum::serve(listener, router).with_graceful_shutdown(async move {
        let _ = told.wait_for(|stop| *stop).await;
    });
    let mut waited = stop;
    let patience = async {
        let _ = waited.wait_for(|stop| *stop).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = served => served?,
        () = patience => {}
    }
    scaffolder.shutdown(LAST_STEPS).await;
    if tokio::time::timeout(LAST_CALLS, runtime.shutdown()).await.is_err() {
        tracing::warn!("calls of plugins did not end within {LAST_CALLS:?} of being told to; they are given up");
    }
    Ok(())
}

/// Turns true once somebody asks the process to stop.
pub(crate) fn stopped() -> io::Result<watch::Receiver<bool>> {
    let (sender, receiver) = watch::channel(false);
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
        let _ = sender.send(true);
    });
    Ok(receiver)
}
