//! `portico plugin`: what an author does with a plugin's file, and what an operator does with the plugins of a portal.
//!
//! Rule: a file that is packed or found in order here is one that a portal of this version loads, as the same checks decide; what is
//! wrong is said all at once.

mod faults;
mod folder;
pub(crate) mod portal;
mod project;
mod publish;
mod remote;
mod run;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use axum::http::Method;
use portico_api_types::LogLevel;
use portico_manifest::{Manifest, WASM, manifest_text, pack as put_in};

use portal::wait;

#[derive(clap::Subcommand)]
pub(crate) enum PluginCommand {
    /// Begins a plugin: a project that builds, in Rust, JavaScript or Python.
    New(project::New),
    /// Builds a project into the file that a portal loads.
    Build(project::Build),
    /// Runs a project's own tests.
    Test(project::Test),
    /// Builds a project into a portal that runs, again after each change, and shows the logs of its runs.
    Dev(project::Dev),
    /// Puts a manifest into a component, which makes the file that a portal loads.
    Pack(Pack),
    /// Says everything that is wrong with a plugin's file, or with a manifest.
    Validate {
        /// The plugin's file, or a manifest.
        file: PathBuf,
    },
    /// Runs a plugin's file once, without a portal, and shows what it would store.
    Run(run::Run),
    /// Makes a pair of keys to sign plugins with.
    Keygen(publish::Keygen),
    /// Signs a plugin's file.
    Sign(publish::Sign),
    /// Pushes a plugin's file to a registry.
    Push(publish::Push),
    /// Lists the plugins of a portal that runs.
    List(portal::At),
    /// Installs a plugin into a portal that runs, or another version of one.
    Install(remote::Install),
    /// Lets a version that waits run, with what it is granted.
    Approve(remote::Approve),
    /// Changes what a plugin is set to and granted, and says what that is now.
    Configure(remote::Configure),
    /// Has a plugin find out whether it can do its work as it is set and granted, and says what it found.
    Check(remote::Named),
    /// Turns away a version that waits.
    Decline(remote::Named),
    /// Goes back to the version that ran before.
    Rollback(remote::Named),
    /// Switches a plugin on.
    Enable(remote::Named),
    /// Switches a plugin off; what it brought stays, and is marked.
    Disable(remote::Named),
    /// Removes a plugin; what it brought goes to the bin.
    Remove(remote::Named),
    /// Brings a plugin that was removed back out of the bin, as it was.
    Restore(remote::Named),
}

#[derive(clap::Args)]
pub(crate) struct Pack {
    /// The component, as it came from the compiler.
    component: PathBuf,
    /// Its manifest.
    #[arg(long, value_name = "FILE", default_value = "manifest.yaml")]
    manifest: PathBuf,
    /// The file to make; by default the plugin's name with `.wasm`, in this folder.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Does what was asked; answers what came of it.
pub(crate) fn run(command: &PluginCommand) -> Result<String, Box<dyn Error>> {
    match command {
        PluginCommand::New(arguments) => project::new(arguments),
        PluginCommand::Build(arguments) => wait(project::build(arguments)),
        PluginCommand::Test(arguments) => wait(project::test(arguments)),
        PluginCommand::Dev(arguments) => wait(project::dev(arguments)),
        PluginCommand::Pack(arguments) => pack(arguments),
        PluginCommand::Validate { file } => validate(file),
        PluginCommand::Run(arguments) => run::run(arguments),
        PluginCommand::Keygen(arguments) => publish::keygen(arguments),
        PluginCommand::Sign(arguments) => publish::sign(arguments),
        PluginCommand::Push(arguments) => publish::push(arguments),
        PluginCommand::List(at) => wait(remote::list(at)),
        PluginCommand::Install(arguments) => wait(remote::install(arguments)),
        PluginCommand::Approve(arguments) => wait(remote::approve(arguments)),
        PluginCommand::Configure(arguments) => wait(remote::configure(arguments)),
        PluginCommand::Check(named) => wait(remote::check(named)),
        PluginCommand::Decline(named) => {
            wait(remote::act(named, Method::POST, "/decline", "has no version that waits any more"))
        }
        PluginCommand::Rollback(named) => {
            wait(remote::act(named, Method::POST, "/rollback", "runs the version before"))
        }
        PluginCommand::Enable(named) => wait(remote::act(named, Method::POST, "/enable", "is switched on")),
        PluginCommand::Disable(named) => wait(remote::act(named, Method::POST, "/disable", "is switched off")),
        PluginCommand::Remove(named) => wait(remote::act(named, Method::DELETE, "", "is removed")),
        PluginCommand::Restore(named) => wait(remote::restore(named)),
    }
}

fn pack(arguments: &Pack) -> Result<String, Box<dyn Error>> {
    let package = packed(&arguments.manifest, &read(&arguments.component)?, &arguments.component)?;
    package.fits(&arguments.component)?;
    let output = arguments.output.clone().unwrap_or_else(|| format!("{}.wasm", package.manifest.name).into());
    if fs::canonicalize(&output).ok() == fs::canonicalize(&arguments.component).ok() {
        return Err(format!("{} is the component itself; name another file with --output", output.display()).into());
    }
    package.write(&output)
}

/// A plugin's file with its manifest, with which nothing is wrong.
struct Packed {
    bytes: Vec<u8>,
    manifest: Manifest,
}

impl Packed {
    /// Says in what its code does not fit this version of a portal, or its manifest; `named` is what errors call it.
    fn fits(&self, named: &Path) -> Result<(), Box<dyn Error>> {
        Ok(in_order(named, portico_runtime::misfits(&self.bytes, &self.manifest)?)?)
    }

    /// Makes the file; says what it holds.
    fn write(&self, output: &Path) -> Result<String, Box<dyn Error>> {
        fs::write(output, &self.bytes).map_err(|error| format!("{} cannot be written: {error}", output.display()))?;
        Ok(format!(
            "{} holds {} {}, {} kB. Put it into the plugins folder of a portal.",
            output.display(),
            self.manifest.name,
            self.manifest.version,
            self.bytes.len().div_ceil(1000)
        ))
    }
}

/// Puts a manifest into a component; `named` is what errors call the component.
fn packed(manifest: &Path, component: &[u8], named: &Path) -> Result<Packed, Box<dyn Error>> {
    let (text, manifest) = usable(manifest)?;
    let bytes = put_in(component, &text).map_err(|error| format!("{}: {error}", named.display()))?;
    Ok(Packed { bytes, manifest })
}

/// A manifest with which nothing is wrong, and its text.
fn usable(file: &Path) -> Result<(String, Manifest), Box<dyn Error>> {
    let text = String::from_utf8(read(file)?)
        .map_err(|_| format!("{} is not UTF-8 text; save it as UTF-8", file.display()))?;
    in_order(file, faults::faults(&text, &name(file)))?;
    let manifest = Manifest::parse(&text, &name(file))?;
    Ok((text, manifest))
}

fn validate(file: &Path) -> Result<String, Box<dyn Error>> {
    let bytes = read(file)?;
    let is_text = !bytes.starts_with(WASM) && file.extension().is_some_and(|end| end == "yaml" || end == "yml");
    let text = match is_text {
        true => std::str::from_utf8(&bytes).map_err(|_| format!("{} is not UTF-8 text", file.display()))?,
        false => manifest_text(&bytes).map_err(|error| format!("{}: {error}", file.display()))?,
    };
    let named = if is_text { name(file) } else { "manifest.yaml".to_owned() };
    let mut found = faults::faults(text, &named);
    match faults::comparable(text) {
        Some(manifest) if !is_text => found.extend(portico_runtime::misfits(&bytes, &manifest)?),
        _ => found.extend(faults::contract(text, &named)),
    }
    in_order(file, found)?;
    let manifest = Manifest::parse(text, &named)?;
    Ok(format!(
        "Nothing is wrong with {}: {} {} by {}.",
        file.display(),
        manifest.name,
        manifest.version,
        manifest.publisher
    ))
}

/// An error that names everything that is wrong with a file.
fn in_order(file: &Path, found: Vec<String>) -> Result<(), String> {
    match found.as_slice() {
        [] => Ok(()),
        [one] => Err(format!("{}: {one}", file.display())),
        many => Err(format!("{} things are wrong with {}:\n{}", many.len(), file.display(), many.join("\n"))),
    }
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))
}

/// What errors call a file: its name without its folders.
fn name(file: &Path) -> String {
    file.file_name().map_or_else(|| file.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// The word for a level of a log.
fn level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Trace => "trace",
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warn => "warn",
        LogLevel::Error => "error",
    }
}
