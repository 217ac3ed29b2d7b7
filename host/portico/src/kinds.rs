//! Kinds in files: the folders under `kinds` in `portico.yaml`, one declaration to a file, looked at now and then.
//!
//! Rule: the portal does not start with a declaration that cannot be used; one that is spoilt later is said, and the kinds stay
//! as they were.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use portico_api_types::{KindDeclaration, KindOrigin};
use portico_catalog::{Catalog, KindsChanged};
use portico_kinds::{Declared, Registry};
use portico_runtime::Runtime;

/// Between two looks at the folders: soon enough for who has just saved a file.
const PAUSE: Duration = Duration::from_secs(1);

/// Bytes of one declaration: a schema of the largest size that is taken, and as much again.
const LARGEST: u64 = 128 << 10;

/// What tells one state of a file from another without reading it.
type Stamp = (Option<SystemTime>, u64);

/// The declarations in files.
pub(crate) struct KindFiles {
    folders: Vec<PathBuf>,
    seen: BTreeMap<PathBuf, Stamp>,
}

impl KindFiles {
    /// The declarations in these folders, named from the folder of the configuration.
    pub(crate) fn new(config: Option<&Path>, folders: &[PathBuf]) -> KindFiles {
        let beside = config.and_then(Path::parent).unwrap_or_else(|| "".as_ref());
        KindFiles { folders: folders.iter().map(|folder| beside.join(folder)).collect(), seen: BTreeMap::new() }
    }

    /// Says whether what is there can be used, and how many declarations there are.
    pub(crate) fn check(&self) -> Result<usize, Box<dyn Error + Send + Sync>> {
        let declarations = self.list()?.keys().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
        let count = declarations.len();
        let declared =
            declarations.into_iter().map(|declaration| Declared { declaration, origin: KindOrigin::File }).collect();
        Registry::new(declared, crate::keep::evaluator(None))?;
        Ok(count)
    }

    /// Takes over what is there.
    pub(crate) fn load(&mut self, catalog: &Catalog) -> Result<KindsChanged, Box<dyn Error + Send + Sync>> {
        let files = self.list()?;
        let declarations = files.keys().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
        self.seen = files;
        Ok(catalog.replace_kinds(&KindOrigin::File, declarations)?)
    }

    /// Looks at the folders as long as the portal runs, and takes over what has changed.
    pub(crate) async fn follow(mut self, catalog: Catalog, runtime: Runtime) {
        if self.folders.is_empty() {
            return;
        }
        let mut failed: Option<BTreeMap<PathBuf, Stamp>> = None;
        loop {
            tokio::time::sleep(PAUSE).await;
            let files = match self.list() {
                Ok(files) if files == self.seen || Some(&files) == failed.as_ref() => continue,
                Ok(files) => files,
                Err(error) => {
                    tracing::warn!("kinds stay as they are: {error}");
                    continue;
                }
            };
            let catalog = catalog.clone();
            let loaded = tokio::task::spawn_blocking(move || {
                let result = self.load(&catalog);
                (self, result)
            });
            let result = match loaded.await {
                Ok((again, result)) => {
                    self = again;
                    result
                }
                Err(error) => {
                    tracing::error!("kinds are no longer followed: {error}");
                    return;
                }
            };
            match result {
                Ok(changed) => {
                    failed = None;
                    for (plugin, scope) in &changed.read {
                        runtime.read_scope(plugin, scope);
                    }
                }
                Err(error) => {
                    tracing::warn!("kinds stay as they are: {error}");
                    failed = Some(files);
                }
            }
        }
    }

    fn list(&self) -> Result<BTreeMap<PathBuf, Stamp>, Box<dyn Error + Send + Sync>> {
        let mut files = BTreeMap::new();
        for folder in &self.folders {
            let unreadable = |error| {
                format!("the folder {} under `kinds` in portico.yaml cannot be read: {error}", folder.display())
            };
            for entry in fs::read_dir(folder).map_err(unreadable)? {
                let path = entry.map_err(unreadable)?.path();
                let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
                // A file may be gone by now.
                if let Some(about) = fs::metadata(&path).ok().filter(|about| is_yaml && about.is_file()) {
                    files.insert(path, (about.modified().ok(), about.len()));
                }
            }
        }
        Ok(files)
    }
}

fn read(file: &Path) -> Result<KindDeclaration, Box<dyn Error + Send + Sync>> {
    let name = file.display();
    let unreadable = |error| format!("{name} cannot be read: {error}");
    let size = fs::metadata(file).map_err(unreadable)?.len();
    if size > LARGEST {
        return Err(format!("{name} has {size} bytes; declarations of at most {LARGEST} are read").into());
    }
    let text = fs::read_to_string(file).map_err(unreadable)?;
    Ok(portico_manifest::parse(&text, &name.to_string())?)
}
