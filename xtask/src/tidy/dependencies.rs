//! Dependencies: which crate may use which, under which licences, and nothing heavy twice.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use super::licence;
use crate::process::{cargo, output};
use crate::workspace::Workspace;

/// Which crates of ours a crate of ours may use: dependencies point one way.
const ALLOWED: &[(&str, &[&str])] = &[
    ("portico-model", &[]),
    ("portico-api-types", &["portico-model"]),
    ("portico-manifest", &["portico-model", "portico-api-types"]),
    ("portico-supply", &["portico-manifest"]),
    ("portico-expressions", &[]),
    ("portico-kinds", &["portico-model", "portico-api-types"]),
    // Its tests evaluate real expressions.
    ("portico-mappings", &["portico-model", "portico-api-types", "portico-kinds", "portico-expressions"]),
    ("portico-templates", &[]),
    ("portico-forms", &["portico-model", "portico-api-types", "portico-kinds", "portico-templates"]),
    ("portico-catalog", &["portico-model", "portico-api-types", "portico-kinds"]),
    ("portico-search", &["portico-model", "portico-api-types", "portico-catalog"]),
    (
        "portico-runtime",
        &[
            "portico-model",
            "portico-api-types",
            "portico-kinds",
            "portico-expressions",
            "portico-manifest",
            "portico-mappings",
            "portico-supply",
            "portico-catalog",
        ],
    ),
    (
        "portico-scaffolder",
        &[
            "portico-model",
            "portico-api-types",
            "portico-manifest",
            "portico-templates",
            "portico-catalog",
            "portico-runtime",
        ],
    ),
    ("portico-frontend", &["portico-model", "portico-api-types"]),
    (
        "portico-api",
        &[
            "portico-model",
            "portico-api-types",
            "portico-kinds",
            "portico-manifest",
            "portico-catalog",
            "portico-search",
            "portico-runtime",
            "portico-forms",
            "portico-scaffolder",
            "portico-supply",
            "portico-frontend",
        ],
    ),
    (
        "portico",
        &[
            "portico-model",
            "portico-api-types",
            "portico-kinds",
            "portico-manifest",
            "portico-mappings",
            "portico-catalog",
            "portico-search",
            "portico-runtime",
            "portico-scaffolder",
            "portico-templates",
            "portico-supply",
            "portico-api",
        ],
    ),
    ("portico-sdk", &["portico-model"]),
    ("portico-descriptors", &["portico-model", "portico-sdk"]),
    ("portico-sites", &["portico-sdk", "portico-descriptors"]),
    ("portico-plugin-backstage", &["portico-sdk"]),
    ("portico-plugin-forges", &["portico-sdk", "portico-descriptors", "portico-sites"]),
    ("portico-plugin-git", &["portico-model", "portico-sdk", "portico-descriptors", "portico-sites"]),
    ("portico-plugin-kubernetes", &["portico-sdk"]),
    ("portico-plugin-locations", &["portico-model", "portico-sdk", "portico-descriptors"]),
    ("portico-plugin-pagerduty", &["portico-sdk"]),
    ("portico-plugin-publish", &["portico-sdk", "portico-sites"]),
    (
        "portico-plugin-scaffolder",
        &["portico-model", "portico-sdk", "portico-descriptors", "portico-sites", "portico-templates"],
    ),
    ("portico-plugin-hostile", &["portico-sdk"]),
    ("portico-plugin-follower", &["portico-sdk", "portico-model"]),
    ("portico-plugin-outsider", &["portico-sdk"]),
    (
        "portico-tests",
        &["portico-model", "portico-api-types", "portico-catalog", "portico-manifest", "portico-runtime"],
    ),
    ("xtask", &["portico-manifest"]),
];

/// Crates that cost a build so much, or hold so much state, that there must be one of each.
const ONCE: [&str; 12] = [
    "wasmtime",
    "cranelift-codegen",
    "tokio",
    "hyper",
    "rustls",
    "ring",
    "axum",
    "leptos",
    "redb",
    "git2",
    "serde_json",
    "regex",
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    dependencies: Vec<Dependency>,
    manifest_path: String,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    path: Option<String>,
}

pub(super) fn check(workspace: &Workspace) -> Result<Vec<String>, String> {
    let json = output(cargo().args(["metadata", "--format-version", "1", "--locked"]).current_dir(&workspace.root))?;
    let metadata: Metadata =
        serde_json::from_str(&json).map_err(|error| format!("cargo's metadata could not be read: {error}"))?;
    let (ours, theirs): (Vec<&Package>, Vec<&Package>) =
        metadata.packages.iter().partition(|package| metadata.workspace_members.contains(&package.id));
    let mut failures = Vec::new();
    for package in ours {
        direction(package, &mut failures);
    }
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in theirs {
        licence(package, &mut failures);
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    for name in ONCE {
        if let Some(several) = versions.get(name).filter(|versions| versions.len() > 1) {
            let several = several.iter().copied().collect::<Vec<_>>().join(" and ");
            failures.push(format!(
                "{name} is there as {several}; bring its users to one version (`cargo tree --invert {name}`)"
            ));
        }
    }
    Ok(failures)
}

fn direction(package: &Package, failures: &mut Vec<String>) {
    let folder =
        Path::new(&package.manifest_path).parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == package.name) else {
        failures.push(format!(
            "{folder}: the crate {} has no line in xtask's table of who may use whom; add one",
            package.name
        ));
        return;
    };
    for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
        if !allowed.contains(&dependency.name.as_str()) {
            failures.push(format!(
                "{} uses {}, against the direction of dependencies; move what it needs",
                package.name, dependency.name
            ));
        }
    }
}

fn licence(package: &Package, failures: &mut Vec<String>) {
    let (name, version) = (&package.name, &package.version);
    match package.license.as_deref() {
        None => failures.push(format!("{name} {version} names no licence; do without it")),
        Some(expression) if !licence::met(expression) => failures.push(format!(
            "{name} {version} is under `{expression}`, which is not on the list of xtask; do without it, or, if its terms \
             allow an Apache-2.0 program to carry it, add it"
        )),
        Some(_) => {}
    }
}
