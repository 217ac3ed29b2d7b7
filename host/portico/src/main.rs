//! The program: command line, configuration, and how the parts are put together.
//!
//! Rule: no logic of the portal lives here. An error that ends the program is one sentence on the standard error.

mod config;
mod embedded;
mod keep;
mod kinds;
mod memory;
mod plugin;
mod secret;
mod serve;
mod upkeep;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    /// Copies the store into a file, also while a portal has it open.
    Backup(keep::Backup),
    /// Puts a backup into a data folder that holds no store.
    Restore(keep::Restore),
    /// Packs, validates, signs and publishes plugins, and manages those of a portal.
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    /// Prints the description of the REST API as an OpenAPI document.
    Openapi,
}

fn check(config: &Path, data: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let file = config;
    let config = config::Config::load(file)?;
    let kinds =
        kinds::KindFiles::new(Some(file), &config.kinds).check().map_err(|error| -> Box<dyn Error> { error })?;
    println!(
        "Nothing is wrong with the configuration; {} plugins are configured, and {kinds} kinds declared.",
        config.plugins.len()
    );
    if let Some(data) = data {
        println!("{}", keep::check(data)?);
    }
    Ok(())
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(arguments) => serve::serve(arguments),
        Command::Check { config, data } => check(&config, data.as_deref()),
        Command::Backup(arguments) => keep::backup(&arguments).map(|said| println!("{said}")),
        Command::Restore(arguments) => keep::restore(&arguments).map(|said| println!("{said}")),
        Command::Plugin(command) => plugin::run(&command).map(|said| println!("{said}")),
        Command::Openapi => portico_api::openapi().to_pretty_json().map_err(Into::into).map(|json| println!("{json}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portico: {error}");
            ExitCode::FAILURE
        }
    }
}
