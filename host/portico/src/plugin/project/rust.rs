//! Projects in Rust: cargo makes a module, which is made a component here.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wit_component::ComponentEncoder;

use super::tool::Tool;

/// What plugins are built for.
const TARGET: &str = "wasm32-unknown-unknown";

const REMEDY: &str = "Install Rust from https://rustup.rs";

/// Builds a project into a component.
pub(super) async fn component(folder: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    is_there(folder).await?;
    let arguments = ["build", "--release", "--lib", "--target", TARGET, "--message-format", "json-render-diagnostics"];
    let said = Tool::new("cargo", folder, REMEDY).args(arguments).output().await?;
    let module = module(&String::from_utf8(said)?).ok_or_else(|| {
        let file = folder.join("Cargo.toml");
        format!(
            "cargo has built no WebAssembly module; write `crate-type = [\"cdylib\", \"rlib\"]` under `[lib]` in {}",
            file.display()
        )
    })?;
    let failed = |error: &dyn std::fmt::Display| format!("{} cannot be made a component: {error}", module.display());
    let bytes = fs::read(&module).map_err(|error| failed(&error))?;
    let encoded = tokio::task::spawn_blocking(move || {
        let encoder = ComponentEncoder::default().validate(true).module(&bytes);
        encoder.and_then(|mut encoder| encoder.encode()).map_err(|error| format!("{error:#}"))
    });
    Ok(encoded.await?.map_err(|error| failed(&error))?)
}

/// What runs a project's tests.
pub(super) fn tests(folder: &Path) -> Tool {
    Tool::new("cargo", folder, REMEDY).args(["test"])
}

/// Whether the compiler that cargo takes has the target's library.
async fn is_there(folder: &Path) -> Result<(), Box<dyn Error>> {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let library = Tool::new(compiler, folder, REMEDY).args(["--print", "target-libdir", "--target", TARGET]);
    let library = String::from_utf8(library.output().await?)?;
    match Path::new(library.trim()).is_dir() {
        true => Ok(()),
        false => Err(format!("Rust cannot build for {TARGET} yet; run `rustup target add {TARGET}`").into()),
    }
}

/// A message of cargo, of which only that something was made matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// The module that cargo says it has made: the last, since the project comes after what it rests on.
fn module(messages: &str) -> Option<PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok());
    let mut made =
        messages.filter(|message| message.reason == "compiler-artifact").flat_map(|message| message.filenames);
    made.rfind(|file| file.extension().is_some_and(|end| end == "wasm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_the_last_that_cargo_has_made() {
        let other = r#"{"reason":"compiler-artifact","filenames":["/t/libserde.rlib"]}"#;
        let own = r#"{"reason":"compiler-artifact","filenames":["/t/plugin.wasm","/t/libplugin.rlib"]}"#;
        let end = r#"{"reason":"build-finished","success":true}"#;
        for (messages, expected) in [
            (vec![other, own, end], Some("/t/plugin.wasm")),
            (vec![other, "a line of a build script", end], None),
            (vec![], None),
        ] {
            assert_eq!(module(&messages.join("\n")), expected.map(PathBuf::from), "{messages:?}");
        }
    }
}
