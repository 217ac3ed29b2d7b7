//! A portal's runtime over a catalog of its own, for one test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use portico_api_types::{LogLine, Run, RunEvent, RunState, Trigger};
use portico_catalog::Catalog;
use portico_kinds::Expressions;
use portico_manifest::{CatalogGrants, IngestSource, KindPattern, PluginConfig};
use portico_runtime::{BuiltIn, InstallRequest, PluginChange, Runtime, RuntimeOptions};
use portico_supply::{Digest, TrustPolicy};
use serde_json::Value;
use tempfile::TempDir;

use super::{Changes, hostile};
use crate::attack::Attack;

/// Longer than anything here takes on a busy machine; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Evaluates expressions without a sandbox.
struct Native;

impl Expressions for Native {
    fn check(&self, expression: &str) -> Result<(), String> {
        portico_expressions::check(expression)
    }

    fn evaluate(&self, expression: &str, input: &Value) -> Result<Value, String> {
        let value = portico_expressions::evaluate(expression, &input.to_string())?;
        serde_json::from_str(&value).map_err(|error| error.to_string())
    }
}

/// A catalog that evaluates expressions, in a folder.
pub(crate) fn catalog(folder: &Path) -> Catalog {
    Catalog::open(&folder.join("catalog.redb"), Arc::new(Native)).unwrap()
}

/// What a portal is made of.
#[derive(Default)]
pub(crate) struct Setup {
    /// The text under `plugins:` in `portico.yaml`.
    pub(crate) config: String,
    /// Files of the plugins folder.
    pub(crate) files: Vec<(&'static str, Vec<u8>)>,
    /// Plugins that came with the portal.
    pub(crate) built_in: Vec<(&'static str, Vec<u8>)>,
    /// A catalog that is there already.
    pub(crate) catalog: Option<Catalog>,
    /// A folder that another portal left.
    pub(crate) folder: Option<TempDir>,
    /// The entries under `ingest:` in `portico.yaml`.
    pub(crate) ingest: BTreeMap<String, IngestSource>,
    /// Whose packages are used; everybody's, if absent.
    pub(crate) trust: Option<TrustPolicy>,
}

/// A runtime with everything around it.
pub(crate) struct Portal {
    pub(crate) runtime: Runtime,
    pub(crate) catalog: Catalog,
    folder: TempDir,
}

impl Portal {
    pub(crate) async fn start(setup: Setup) -> Portal {
        let folder = setup.folder.unwrap_or_else(|| tempfile::tempdir().unwrap());
        let plugins = folder.path().join("plugins");
        std::fs::create_dir_all(&plugins).unwrap();
        for (name, bytes) in setup.files {
            std::fs::write(plugins.join(name), bytes).unwrap();
        }
        let mut config: BTreeMap<String, PluginConfig> =
            portico_manifest::parse(&setup.config, "portico.yaml").unwrap();
        // Most tests are about something else than the kinds that a plugin may bring in.
        for plugin in config.values_mut().filter(|plugin| plugin.grants.catalog == CatalogGrants::default()) {
            let all = vec![KindPattern::Any];
            plugin.grants.catalog = CatalogGrants { read: all.clone(), write: all.clone(), attach: all };
        }
        let catalog = setup.catalog.unwrap_or_else(|| catalog(folder.path()));
        let built_in = setup.built_in.into_iter();
        let options = RuntimeOptions {
            data: data(folder.path()),
            plugins_folder: plugins,
            built_in: built_in
                .map(|(name, bytes)| BuiltIn { file_name: name.to_owned(), bytes: bytes.leak() })
                .collect(),
            config,
            trust: setup.trust.unwrap_or(TrustPolicy { keys: Vec::new(), allow_unsigned: true }),
            supply: None,
            packages: BTreeMap::new(),
            ingest: setup.ingest,
            locations: Vec::new(),
            rules: None,
        };
        let runtime = Runtime::start(catalog.clone(), options).await.unwrap();
        Portal { runtime, catalog, folder }
    }

    /// A portal with a hostile plugin, one that puts documents for it, and a healthy one, which has run.
    pub(crate) async fn attacked(attack: Attack, grants: &str, feed: Attack) -> Portal {
        let config = format!(
            "hostile: {{ settings: {{ attack: \"{}\" }}, grants: {{ {grants} }} }}\nhealthy: {{ settings: {{ attack: nothing }} }}\nfeeder: {{ settings: {{ attack: \"{}\" }} }}\n",
            attack.name(),
            feed.name()
        );
        let packed = |name| hostile(Changes { name, ..Changes::default() });
        let files = vec![
            ("hostile.wasm", packed("hostile")),
            ("healthy.wasm", packed("healthy")),
            ("feeder.wasm", packed("feeder")),
        ];
        let portal = Portal::start(Setup { config, files, ..Setup::default() }).await;
        portal.run("healthy").await;
        portal
    }

    /// Stops it, and leaves its folder.
    pub(crate) async fn stop(self) -> TempDir {
        self.runtime.shutdown().await;
        self.folder
    }

    /// Installs a package with what is said of it, which was looked at.
    pub(crate) async fn install(&self, package: Vec<u8>, config: Value) {
        let approved = Some(Digest::of(&package).hex());
        let change = PluginChange { config: config.as_object().unwrap().clone(), approved };
        self.runtime.install(InstallRequest::Uploaded(package), change).await.unwrap();
    }

    /// Where the package with this digest is kept.
    pub(crate) fn package(&self, digest: &str) -> PathBuf {
        self.folder.path().join("data/packages").join(format!("{digest}.wasm"))
    }

    /// A file of the plugins folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("plugins").join(name)
    }

    /// Runs a plugin and waits for the end.
    pub(crate) async fn run(&self, plugin: &str) -> (Run, Vec<LogLine>) {
        let id = self.runtime.run(plugin, Trigger::Request).unwrap().id;
        self.ended(id).await
    }

    /// Waits for the end of a run.
    pub(crate) async fn ended(&self, id: u64) -> (Run, Vec<LogLine>) {
        tokio::time::timeout(PATIENCE, async {
            if let Some((run, _, mut events)) = self.runtime.live_run(id) {
                let mut state = run.state;
                while state == RunState::Running {
                    match events.recv().await {
                        Ok(RunEvent::Run(run)) => state = run.state,
                        Ok(RunEvent::Log(_)) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                        Err(tokio::sync::broadcast::error::RecvError::Closed) => break,
                    }
                }
            }
            eventually(|| self.runtime.live_run(id).is_none()).await;
        })
        .await
        .expect("the run did not end");
        (self.catalog.run(id).unwrap().unwrap(), self.catalog.run_log(id).unwrap().unwrap())
    }

    /// How often an extension point of a plugin was called.
    pub(crate) fn calls(&self, plugin: &str, point: &str) -> u64 {
        let points = self.runtime.plugin(plugin).unwrap().points;
        points.iter().find(|one| one.point == point).map_or(0, |one| one.calls)
    }

    /// Waits until a plugin is as a test wants it.
    pub(crate) async fn plugin(
        &self,
        name: &str,
        is: impl Fn(&portico_api_types::Plugin) -> bool,
    ) -> portico_api_types::Plugin {
        eventually(|| self.runtime.plugin(name).is_some_and(|plugin| is(&plugin))).await;
        self.runtime.plugin(name).unwrap()
    }
}

/// Waits until something is so, and looks again every few milliseconds.
pub(crate) async fn eventually(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    let mut look = tokio::time::interval(Duration::from_millis(5));
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "it never came to pass");
        look.tick().await;
    }
}

/// The data folder. Its cache is one for all tests, so that the guest is compiled once.
fn data(folder: &Path) -> PathBuf {
    static CACHE: OnceLock<TempDir> = OnceLock::new();
    let data = folder.join("data");
    if !data.exists() {
        std::fs::create_dir(&data).unwrap();
        let cache = CACHE.get_or_init(|| tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(cache.path(), data.join("cache")).unwrap();
    }
    data
}
