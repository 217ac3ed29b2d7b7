//! Formatting, clippy for the host and for WebAssembly, and tidy.

use crate::process::{self, cargo};
use crate::setup;
use crate::tidy;
use crate::toolchain::TARGET;
use crate::workspace::Workspace;

/// What is built for WebAssembly, with the features it has there.
const WASM: [&[&str]; 4] = [
    &["--package", "portico-frontend", "--no-default-features", "--features", "hydrate"],
    &["--package", "portico-sdk"],
    &["--package", "portico-plugin-git"],
    &["--package", "portico-plugin-hostile"],
];

pub(crate) fn run(workspace: &Workspace) -> Result<(), String> {
    process::run(cargo().args(["fmt", "--all", "--check"]))
        .map_err(|error| format!("{error}; `cargo fmt --all` mends it"))?;
    tidy::run(workspace)?;
    host()?;
    let compiler = setup::target()?;
    for arguments in WASM {
        let mut clippy = compiler
            .clippy()
            .ok_or("the clippy that belongs to Debian's compiler is missing; install it with `apt-get install rust-web-clippy`")?;
        // Cargo would not see that the lints are asked for harder than before.
        clippy.args(arguments).args(["--target", TARGET]).env("RUSTFLAGS", "-Dwarnings");
        process::run(&mut clippy)?;
    }
    Ok(())
}

fn host() -> Result<(), String> {
    process::run(cargo().args(["clippy", "--workspace", "--all-targets", "--exclude", "portico-frontend", "--", "-Dwarnings"]))?;
    process::run(cargo().args(["clippy", "--package", "portico-frontend", "--all-targets", "--features", "ssr", "--", "-Dwarnings"]))
}
