//! The program: command line, configuration, and how the parts are put together.
//!
//! Rule: no logic of the portal lives here. An error that ends the program is one sentence on the standard error.

mod config;
mod embedded;
mod secret;
mod serve;

use std::path::PathBuf;
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
    /// Checks a configuration file and says what is wrong with it.
    Check {
        /// The file to check.
        #[arg(long, default_value = config::FILE, value_name = "FILE")]
        config: PathBuf,
    },
    /// Prints the description of the REST API as an OpenAPI document.
    Openapi,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(arguments) => serve::serve(arguments),
        Command::Check { config } => config::Config::load(&config)
            .map(|config| println!("Nothing is wrong; {} plugins are configured.", config.plugins.len()))
            .map_err(Into::into),
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
