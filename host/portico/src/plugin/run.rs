//! `portico plugin run`: a plugin's file, run once in the sandbox of a portal over a store of its own, and what it would store.
//!
//! Rule: the runtime is the one that portals have, with its sandbox, limits, rights and sentences; nothing outlives the command but the
//! recording that was asked for.

mod base;
mod difference;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use axum::http::Uri;
use portico_api_types::{LogLine, ProblemCause, Run as Ran, RunEvent, RunState, Trigger};
use portico_catalog::{Catalog, StoreError};
use portico_manifest::{
    Denial, Every, Extension, Grants, Manifest, Piece, PluginConfig, Rights, grants_of, manifest_text, parse,
};
use portico_runtime::{Runtime, RuntimeOptions, Tape};
use portico_supply::TrustPolicy;
use serde_json::{Map, Value};
use tokio::sync::broadcast::error::RecvError;

use self::difference::{Difference, Said, difference};
use super::level;
use crate::output::note;

#[derive(clap::Args)]
pub(crate) struct Run {
    /// The plugin's file.
    file: PathBuf,
    /// Its settings: a file of YAML, or JSON such as `{"url": "https://…"}`.
    #[arg(long, value_name = "FILE|JSON")]
    settings: Option<String>,
    /// A file with what it may do, as under a plugin's `grants` in portico.yaml. Without one it may do what its manifest asks for,
    /// as far as that says everything.
    #[arg(long, value_name = "FILE")]
    grants: Option<PathBuf>,
    /// Writes its HTTP exchanges into this file, without credentials.
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    record: Option<PathBuf>,
    /// Answers its HTTP requests from a recording; nobody is reached.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Compares with what this portal's catalog holds, in a copy of it; with an empty one otherwise.
    #[arg(long, value_name = "URL")]
    portal: Option<Uri>,
    /// The portal's token, if it wants one.
    #[arg(long, env = "PORTICO_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

/// A plugin in a runtime of its own.
struct Trial {
    plugin: String,
    version: String,
    catalog: Catalog,
    runtime: Runtime,
    tape: Option<Tape>,
    /// Goes last, with everything that is in it.
    _folder: tempfile::TempDir,
}

/// Runs a plugin, shows its log on the standard error and what it would store on the standard output.
pub(crate) fn run(arguments: &Run) -> Result<String, Box<dyn Error>> {
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    threads.block_on(async {
        let trial = Trial::begin(arguments).await?;
        let outcome = trial.perform().await;
        trial.runtime.shutdown().await;
        let (ran, found) = outcome?;
        let advice = trial.advice(&ran, arguments.grants.as_deref())?;
        if !advice.is_empty() && ran.state == RunState::Succeeded {
            note(&advice);
        }
        // Whoever reads it may stop to.
        let _ = io::stdout().write_all(found.text.as_bytes());
        trial
            .judge(&ran, &found)
            .map_err(|error| if advice.is_empty() { error } else { format!("{error}\n{advice}").into() })
    })
}

impl Trial {
    async fn begin(arguments: &Run) -> Result<Trial, Box<dyn Error>> {
        let file = &arguments.file;
        let bytes = super::read(file)?;
        let text = manifest_text(&bytes).map_err(|error| format!("{}: {error}", file.display()))?;
        let manifest = Manifest::parse(text, "manifest.yaml")?;
        if !manifest.extensions.contains(&Extension::Ingestion) {
            return Err(format!("{} brings nothing in: its manifest does not offer `ingestion`", file.display()).into());
        }
        let config = config(arguments, &manifest)?;
        for sentence in missing(&manifest, &config.grants) {
            note(sentence);
        }
        let tape = match (&arguments.record, &arguments.replay) {
            (Some(file), _) => Some(Tape::record(file)?),
            (None, Some(file)) => Some(Tape::replay(file)?),
            (None, None) => None,
        };
        let folder = tempfile::tempdir()?;
        let plugins = folder.path().join("plugins");
        fs::create_dir(&plugins)?;
        fs::write(plugins.join(format!("{}.wasm", manifest.name)), &bytes)?;
        let portal = arguments.portal.as_ref().map(|portal| (portal, arguments.token.as_deref()));
        let catalog = base::open(folder.path(), portal, &manifest.name).await?;
        let options = RuntimeOptions {
            data: folder.path().to_owned(),
            plugins_folder: plugins,
            built_in: Vec::new(),
            config: BTreeMap::from([(manifest.name.clone(), config)]),
            packages: BTreeMap::new(),
            ingest: BTreeMap::new(),
            trust: TrustPolicy { keys: Vec::new(), allow_unsigned: true },
            supply: None,
            locations: Vec::new(),
            rules: None,
        };
        let runtime = match &tape {
            Some(tape) => Runtime::start_taped(catalog.clone(), options, tape.clone()).await?,
            None => Runtime::start(catalog.clone(), options).await?,
        };
        let version = manifest.version.to_string();
        Ok(Trial { plugin: manifest.name, version, catalog, runtime, tape, _folder: folder })
    }

    /// Runs the plugin. Answers how that ended, and what its sources say otherwise than before.
    async fn perform(&self) -> Result<(Ran, Difference), Box<dyn Error>> {
        let before = self.said()?;
        let begun = self.runtime.run(&self.plugin, Trigger::Request)?;
        // Such as grants that do nothing.
        if let Some(known) = self.runtime.plugin(&self.plugin).filter(|known| !known.message.is_empty()) {
            note(known.message);
        }
        let ran = self.follow(begun.id).await?;
        Ok((ran, difference(&before, &self.said()?)))
    }

    /// Shows the log of a run as it is written, and answers the run once it has ended.
    async fn follow(&self, id: u64) -> Result<Ran, Box<dyn Error>> {
        let mut shown = 0;
        if let Some((mut run, log, mut events)) = self.runtime.live_run(id) {
            log.iter().for_each(|line| show(line, &mut shown));
            while run.state == RunState::Running {
                tokio::select! {
                    event = events.recv() => match event {
                        Ok(RunEvent::Log(line)) => show(&line, &mut shown),
                        Ok(RunEvent::Run(now)) => run = *now,
                        // What was missed stands in the journal.
                        Err(RecvError::Lagged(_)) => {}
                        Err(RecvError::Closed) => break,
                    },
                    interrupted = tokio::signal::ctrl_c() => {
                        interrupted?;
                        self.runtime.cancel(id);
                    }
                }
            }
        }
        self.catalog.run_log(id)?.unwrap_or_default().iter().for_each(|line| show(line, &mut shown));
        self.catalog.run(id)?.ok_or_else(|| "the run is not in the journal".into())
    }

    fn said(&self) -> Result<Said, StoreError> {
        let mut all = Vec::new();
        for statement in self.catalog.statements(&self.plugin)? {
            let problems = self.catalog.problems(Some(statement.source), None)?.into_iter();
            // What others say is no business of a plugin that is tried alone.
            let own = problems.filter(|problem| problem.cause != ProblemCause::Dangling);
            let sentences = own.map(|problem| match problem.line {
                0 => format!("{}: {}", problem.file, problem.message),
                line => format!("{}, line {line}: {}", problem.file, problem.message),
            });
            all.push((statement, sentences.collect()));
        }
        Ok(Said::new(all.into_iter()))
    }

    /// Where the lines belong that denials name, since no `portico.yaml` is read here; nothing if there were none.
    fn advice(&self, ran: &Ran, grants: Option<&Path>) -> Result<String, StoreError> {
        let log = self.catalog.run_log(ran.id)?.unwrap_or_default();
        let said = log.iter().map(|line| &line.message).chain(ran.result.iter().map(|result| &result.message));
        if !said.into_iter().any(|said| Denial::is_in(said)) {
            return Ok(String::new());
        }
        let belongs = "No portico.yaml is read here: what stands below `grants:` in those lines belongs, without its indentation, into";
        Ok(match grants {
            Some(file) => format!("{belongs} {}.", file.display()),
            None => format!(
                "{belongs} a file that `--grants FILE` names, which then says everything that the plugin may do."
            ),
        })
    }

    /// What is said in the end: an error if the run failed, or asked for what was not recorded.
    fn judge(&self, ran: &Ran, found: &Difference) -> Result<String, Box<dyn Error>> {
        let unanswered = self.tape.as_ref().map(Tape::unanswered).unwrap_or_default();
        if !unanswered.is_empty() {
            return Err(unanswered.join("\n").into());
        }
        let whose = format!("{} {}", self.plugin, self.version);
        match (&ran.state, &ran.result) {
            (RunState::Succeeded, _) => Ok(format!("# {whose}. {}", found.summary())),
            (_, Some(result)) => Err(format!("the run of {whose} failed ({}): {}", result.code, result.message).into()),
            (_, None) => Err(format!("the run of {whose} did not end").into()),
        }
    }
}

/// Shows a line of a log, unless it or one after it was shown.
fn show(line: &LogLine, shown: &mut u32) {
    if line.number < *shown {
        return;
    }
    *shown = line.number + 1;
    let level = level(line.level);
    // Lines to add to a file are copied from here, so that nothing stands before them.
    note(format!("{level:<5} {}", line.message));
}

/// What an operator would have written into `portico.yaml`.
fn config(arguments: &Run, manifest: &Manifest) -> Result<PluginConfig, Box<dyn Error>> {
    let settings: Map<String, Value> = match arguments.settings.as_deref() {
        None => Map::new(),
        Some(json) if json.trim_start().starts_with('{') => parse(json, "--settings")?,
        Some(file) => parse(&text(Path::new(file))?, file)?,
    };
    let grants = match &arguments.grants {
        Some(file) => granted(file)?,
        None => asked(manifest)?,
    };
    Ok(PluginConfig { every: Some(Every::Never), settings: Value::Object(settings), grants, ..PluginConfig::default() })
}

fn text(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))
}

fn granted(file: &Path) -> Result<Grants, Box<dyn Error>> {
    // A file of comments alone grants nothing.
    let grants: Option<Grants> = parse(&text(file)?, &file.display().to_string())?;
    let mut grants = grants.unwrap_or_default();
    let folder = std::path::absolute(file)?.parent().map_or_else(|| PathBuf::from("/"), Path::to_owned);
    grants.files.iter_mut().for_each(|granted| *granted = granted.from_folder(&folder));
    Ok(grants)
}

/// Everything that a manifest asks for and says all of.
fn asked(manifest: &Manifest) -> Result<Grants, Box<dyn Error>> {
    let lines = Rights::new(manifest, &Grants::default()).lines();
    let whole = lines.iter().filter(|line| matches!(line.piece, Piece::Asked(..)));
    let grants = grants_of(whole.map(|line| (line, "")))?;
    Ok(parse(&grants.to_string(), "manifest.yaml")?)
}

/// What was asked for and not granted, a sentence each.
fn missing(manifest: &Manifest, grants: &Grants) -> Vec<String> {
    let lines = Rights::new(manifest, grants).lines().into_iter();
    let missing = lines.filter(|line| line.granted.is_none());
    missing
        .map(|line| format!("Not granted: {} ({}). {}", line.capability.as_str(), line.target, line.reason))
        .collect()
}
