//! The program: command line, configuration, and how the parts are put together.
//!
//! Rule: no logic of the portal lives here. An error that ends the program is one sentence on the standard error.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod agent;
mod config;
mod embedded;
mod keep;
mod kinds;
mod memory;
mod output;
mod plugin;
mod scaffold;
mod secret;
mod serve;
mod upkeep;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::{Unread, note, say};

/// An internal developer portal in one binary.
///
/// It keeps one catalog of everything a company builds and runs, fills it through sandboxed plugins, and serves it as
/// pages and as a REST API that Backstage's clients understand.
#[derive(Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the portal until it is told to stop (Ctrl-C or SIGTERM).
    Serve(serve::Arguments),
    /// Checks a configuration file and says what is wrong with it; with --data, looks through a store as well.
    Check {
        /// The file to check.
        #[arg(long, default_value = config::FILE, value_name = "FILE")]
        config: PathBuf,
        /// A data folder that no portal has open: its store is looked through, and all indexes are made again.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Runs plugins where a portal does not reach, and brings what they read to it.
    Agent(agent::Arguments),
    /// Copies the store into a file, also while a portal has it open.
    Backup(keep::Backup),
    /// Puts a backup into a data folder that holds no store.
    Restore(keep::Restore),
    /// Packs, validates, signs and publishes plugins, and manages those of a portal.
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    /// Runs the templates of a portal.
    #[command(subcommand)]
    Scaffold(scaffold::ScaffoldCommand),
    /// Prints the description of the REST API as an OpenAPI document.
    Openapi,
}

fn check(config: &Path, data: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let file = config;
    let config = config::Config::load(file)?;
    let kinds =
        kinds::KindFiles::new(Some(file), &config.kinds).check().map_err(|error| -> Box<dyn Error> { error })?;
    say(format!(
        "Nothing is wrong with the configuration; {} plugins are configured, and {kinds} kinds declared.",
        config.plugins.len()
    ))?;
    data.map_or(Ok(()), |data| say(keep::check(data)?))
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(arguments) => serve::serve(arguments),
        Command::Agent(arguments) => agent::run(arguments),
        Command::Check { config, data } => check(&config, data.as_deref()),
        Command::Backup(arguments) => keep::backup(&arguments).and_then(say),
        Command::Restore(arguments) => keep::restore(&arguments).and_then(say),
        Command::Plugin(command) => plugin::run(&command).and_then(say),
        Command::Scaffold(command) => scaffold::run(&command),
        Command::Openapi => portico_api::openapi().to_pretty_json().map_err(Into::into).and_then(say),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // What was asked for is done; whoever stopped reading knows.
        Err(error) if error.is::<Unread>() => ExitCode::SUCCESS,
        Err(error) => {
            note(format!("portico: {error}"));
            ExitCode::FAILURE
        }
    }
}
