//! The project's own commands: `cargo xtask help` lists them.
//!
//! Rule: a command sets up what it needs, says what it does, and fails with one sentence that says what to do. No logic of
//! the portal lives here.

mod bench;
mod browser;
mod build;
mod contract;
mod demo;
mod history;
mod lint;
mod node;
mod process;
mod python;
mod setup;
mod test;
mod tidy;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use workspace::Workspace;

const HELP: &str = "\
The project's own commands.

Usage: cargo xtask <COMMAND>

Commands:
  setup        Sets up what the others need: the WebAssembly target; for the tests a browser,
               Node with Backstage's client, and Python
  build        Builds the front end, the plugins, and the program: target/release/portico;
               with --tests the plugins that only tests use, too
  demo         Builds, then serves the demo company's portal at http://127.0.0.1:7007;
               --listen ADDRESS names another place
  test         Builds, then runs every test: unit, end to end, in a browser; --real DIR has those that
               can use the real counterparts that the folder starts
  conformance  Compares the model and the API with recorded cases: --data DIR
  bench        Measures the portal on generated catalogs, prints the figures, and keeps them as JSON;
               `bench catalog` takes 1,000, 10,000 and 100,000 entities, `bench COUNT` one size;
               `bench plugins` what plugins cost, `bench scaffolder` what running templates does
  pictures     Takes the pictures of docs/integrations anew
  contract     Makes docs/contract.md of wit/
  lint         Checks formatting, clippy for both targets, and tidy
  tidy         Checks what a compiler cannot: module docs, dependencies, licences, sizes
  help         Prints this";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let workspace = Workspace::find();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        ["setup"] => setup::target().and_then(|_| test::setup(&workspace)),
        ["build"] => build::all(&workspace),
        ["build", "--tests"] => test::prepare(&workspace),
        ["demo"] => demo::run(&workspace, demo::ADDRESS),
        ["demo", "--listen", address] => demo::run(&workspace, address),
        ["test", "--real", folder, ref rest @ ..] => test::run(&workspace, rest, Some(folder)),
        ["test", ref rest @ ..] => test::run(&workspace, rest, None),
        ["conformance", "--data", folder] => test::conformance(&workspace, folder),
        ["bench", ref rest @ ..] => bench::run(&workspace, rest),
        ["pictures"] => test::pictures(&workspace),
        ["contract"] => contract::write(&workspace),
        ["lint"] => lint::run(&workspace),
        ["tidy"] => tidy::run(&workspace),
        _ => Err(format!("`cargo xtask {}` is no command; `cargo xtask help` lists them", arguments.join(" "))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
