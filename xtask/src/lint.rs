//! Formatting, tidy, clippy for the host and for WebAssembly.
//!
//! Rule: checked in the profiles and groups that are built anyway, so that what runs at build time is compiled once.

use crate::process::{self, cargo};
use crate::setup;
use crate::test::{ASIDE, COMMANDS, OUTSIDE, WORLD};
use crate::tidy;
use crate::toolchain::TARGET;
use crate::workspace::Workspace;

/// What is built for WebAssembly, with the features it has there.
const WASM: &[&[&str]] = &[
    &["--package", "portico-frontend", "--no-default-features", "--features", "hydrate"],
    &[
        "--package=portico-expressions",
        "--package=portico-sdk",
        "--package=portico-plugin-backstage",
        "--package=portico-plugin-forges",
        "--package=portico-plugin-git",
        "--package=portico-plugin-kubernetes",
        "--package=portico-plugin-locations",
        "--package=portico-plugin-pagerduty",
        "--package=portico-plugin-publish",
        "--package=portico-plugin-scaffolder",
        "--package=portico-plugin-hostile",
        "--package=portico-plugin-follower",
        "--package=portico-plugin-outsider",
    ],
];

pub(crate) fn run(workspace: &Workspace) -> Result<(), String> {
    process::run(cargo().args(["fmt", "--all", "--check"]))
        .map_err(|error| format!("{error}; `cargo fmt --all` mends it"))?;
    tidy::run(workspace)?;
    for (group, profile) in
        [(&COMMANDS[..], "dev"), (&WORLD[..], "release"), (&ASIDE[..], "release"), (&OUTSIDE[..], "release")]
    {
        let mut clippy = cargo();
        clippy.arg("clippy").args(group).args([
            "--all-targets",
            "--keep-going",
            "--profile",
            profile,
            "--",
            "-Dwarnings",
        ]);
        // As in the build, if there was one, so that the program's crate is not checked as another.
        if workspace.assets().exists() {
            clippy.env("PORTICO_ASSETS", workspace.assets());
        }
        process::run(&mut clippy)?;
    }
    let compiler = setup::target()?;
    for group in WASM {
        let mut clippy = compiler.clippy()?;
        clippy.args(*group).args(["--lib", "--profile", "wasm-release", "--target", TARGET, "--", "-Dwarnings"]);
        process::run(&mut clippy)?;
    }
    Ok(())
}
