//! Whether a plugin fits this portal, in words.
//!
//! The linker would say no as well, in the words of types; what goes wrong in practice is told here: another contract's
//! version, an interface that no portal has, a manifest that says other than the code.
//!
//! Rule: a plugin that passes can be called; one that does not is told what to do about it.

use std::collections::BTreeSet;

use portico_manifest::{Extension, Manifest};
use semver::Version;
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};

use crate::capabilities;
use crate::compile;
use crate::engine::config;
use crate::guest::Guest;
use crate::points::Points;
use crate::start::StartError;

/// The contract's package.
pub(crate) const PACKAGE: &str = "portico:plugin/";

/// The version of the contract that this portal offers: the package's own in `wit/`.
pub(crate) const CONTRACT: Version = Version::new(0, 1, 0);

/// The interfaces that this portal offers to plugins.
const OFFERED: &[&str] = &[
    "types",
    "run",
    "settings",
    "state",
    "clock",
    "http",
    "streams",
    "catalog",
    "ingest",
    "repositories",
    "files",
    "locations",
    "workspace",
];

/// Says in what a package's code does not fit this portal or its own manifest; nothing if it does. It is compiled for that, and not
/// run.
pub fn misfits(package: &[u8], manifest: &Manifest) -> Result<Vec<String>, StartError> {
    let start = |error: wasmtime::Error| StartError::Engine(format!("{error:#}"));
    let engine = Engine::new(&config()).map_err(start)?;
    let component = match compile::fresh(&engine, package) {
        Ok(component) => component,
        Err(reason) => return Ok(vec![reason]),
    };
    let found = check(&engine, &component, manifest);
    if !found.is_empty() {
        return Ok(found);
    }
    Ok(link(&capabilities::linker(&engine).map_err(start)?, &component, manifest).err().into_iter().collect())
}

/// Gives a component what it imports.
pub(crate) fn link(linker: &Linker<Guest>, component: &Component, manifest: &Manifest) -> Result<Points, String> {
    let unfit = |error: wasmtime::Error| {
        format!(
            "It needs something that this portal does not offer: {}. Use a newer portal, or an older version of the plugin.",
            error.root_cause()
        )
    };
    let pre: InstancePre<Guest> = linker.instantiate_pre(component).map_err(unfit)?;
    Points::new(&pre, manifest).map_err(|error| {
        format!(
            "What its code offers has other types than the contract's: {}. Its publisher has to build it against {PACKAGE_NAME} {CONTRACT}.",
            error.root_cause()
        )
    })
}

/// Says in what a component does not fit; nothing if it does.
pub(crate) fn check(engine: &Engine, component: &Component, manifest: &Manifest) -> Vec<String> {
    let kind = component.component_type();
    let imports: Vec<String> = kind.imports(engine).map(|(name, _)| name.to_string()).collect();
    let exports: Vec<String> = kind.exports(engine).map(|(name, _)| name.to_string()).collect();
    names(&imports, &exports, manifest)
}

fn names(imports: &[String], exports: &[String], manifest: &Manifest) -> Vec<String> {
    // What was made for another contract has other names; saying so of each would say one thing many times.
    match versions(imports.iter().chain(exports), manifest) {
        Err(reason) => vec![reason],
        Ok(()) => [offered(imports), locations(imports, manifest)]
            .into_iter()
            .chain(extensions(exports, manifest))
            .filter_map(Result::err)
            .collect(),
    }
}

/// Whether code and manifest were made for the contract that this portal offers.
fn versions<'a>(names: impl Iterator<Item = &'a String>, manifest: &Manifest) -> Result<(), String> {
    contract(&manifest.contract)?;
    for name in names.filter(|name| name.starts_with(PACKAGE)) {
        let (_, version) = split(name)?;
        contract(&version)?;
        if !same_track(&version, &manifest.contract) {
            return Err(format!(
                "Its manifest says that it was made for {PACKAGE_NAME} {}, its code was made for {version}. Its publisher has \
                 to pack it again.",
                manifest.contract
            ));
        }
    }
    Ok(())
}

/// Whether this portal offers every interface of the contract that the code uses.
fn offered(imports: &[String]) -> Result<(), String> {
    let mut missing = BTreeSet::new();
    for name in imports.iter().filter(|name| name.starts_with(PACKAGE)) {
        let (interface, _) = split(name)?;
        if !OFFERED.contains(&interface) {
            missing.insert(interface);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let missing: Vec<String> = missing.into_iter().map(|name| format!("`{name}`")).collect();
    Err(format!(
        "It needs {}, which this portal does not offer. Use a newer portal, or an older version of the plugin.",
        missing.join(", ")
    ))
}

const PACKAGE_NAME: &str = "portico:plugin";

/// Whether a version of the contract is one that this portal offers; an error says what to do.
pub fn contract(version: &Version) -> Result<(), String> {
    if !version.pre.is_empty() {
        return Err(format!(
            "It was made for {PACKAGE_NAME} {version}, and pre-releases of the contract are not taken; this portal offers {CONTRACT}. \
             Its publisher has to build it against {PACKAGE_NAME} {CONTRACT} and say so under `contract`."
        ));
    }
    if same_track(version, &CONTRACT) {
        return Ok(());
    }
    Err(format!(
        "It was made for {PACKAGE_NAME} {}.{}, this portal offers {}.{}. Use a version of the plugin that was made for {}.{}, \
         or a portal that offers {}.{}.",
        version.major,
        version.minor,
        CONTRACT.major,
        CONTRACT.minor,
        CONTRACT.major,
        CONTRACT.minor,
        version.major,
        version.minor
    ))
}

/// Within a track functions are only added: 0.1.x, later 1.x.
fn same_track(a: &Version, b: &Version) -> bool {
    a.pre.is_empty() && b.pre.is_empty() && a.major == b.major && (a.major > 0 || a.minor == b.minor)
}

/// `portico:plugin/run@0.1.0` into interface and version.
fn split(name: &str) -> Result<(&str, Version), String> {
    let rest = name.strip_prefix(PACKAGE).unwrap_or(name);
    let (interface, version) = rest.split_once('@').unwrap_or((rest, ""));
    let version = version.parse().map_err(|_| format!("It uses `{name}`, which carries no version of the contract. Its publisher has to build it against {PACKAGE_NAME} {CONTRACT}."))?;
    Ok((interface, version))
}

/// A plugin that reads locations says which, and one that says so reads them.
fn locations(imports: &[String], manifest: &Manifest) -> Result<(), String> {
    let uses = imports
        .iter()
        .any(|name| name.starts_with(PACKAGE) && split(name).is_ok_and(|(interface, _)| interface == "locations"));
    // An action may only register locations, which takes no reading of them.
    let may_only_register = manifest.offers(Extension::Actions);
    match (uses, manifest.locations.is_empty()) {
        (true, true) if !may_only_register => {
            Err("Its code reads locations, its manifest does not say which. Its publisher has to add the types to \
                             `locations`, such as `locations: [url]`."
                .to_owned())
        }
        (false, false) => {
            Err("Its manifest says under `locations` that it reads locations, its code does not. Its publisher has \
                               to build or pack it again."
                .to_owned())
        }
        _ => Ok(()),
    }
}

/// What the manifest offers and what the code exports have to be the same.
fn extensions(exports: &[String], manifest: &Manifest) -> Vec<Result<(), String>> {
    let exported: BTreeSet<&str> = exports
        .iter()
        .filter_map(|name| name.strip_prefix(PACKAGE))
        .map(|rest| rest.split_once('@').map_or(rest, |(interface, _)| interface))
        .collect();
    let agrees = |extension: Extension| {
        let name = extension.as_str();
        match (manifest.extensions.contains(&extension), exported.contains(name)) {
            (true, false) => Err(format!(
                "Its manifest offers `{name}`, its code does not. Its publisher has to build or pack it again."
            )),
            (false, true) => Err(format!(
                "Its code offers `{name}`, its manifest does not. Its publisher has to add it to `extensions`."
            )),
            _ => Ok(()),
        }
    };
    Extension::ALL.map(agrees).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(imports: &[&str], exports: &[&str], contract: &str) -> String {
        verdict_on(imports, exports, contract, "[]")
    }

    fn verdict_on(imports: &[&str], exports: &[&str], contract: &str, locations: &str) -> String {
        let text = format!(
            "name: demo\nversion: 1.0.0\npublisher: Acme\ntitle: Demo\ndescription: Shows.\ncontract: {contract}\nextensions: [ingestion]\nevery: 5m\nlocations: {locations}\n"
        );
        let manifest = Manifest::parse(&text, "manifest.yaml").unwrap();
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        names(&owned(imports), &owned(exports), &manifest).join("\n")
    }

    #[test]
    fn what_does_not_fit_is_told_in_words() {
        let good = "portico:plugin/ingestion@0.1.0";
        let cases: [(&[&str], &[&str], &str, &str); 10] = [
            (&["portico:plugin/run@0.1.0", "wasi:cli/environment@0.2.6"], &[good], "0.1.0", ""),
            (&["portico:plugin/run@0.1.7"], &["portico:plugin/ingestion@0.1.7"], "0.1.7", ""),
            (
                &["portico:plugin/run@0.2.0"],
                &["portico:plugin/ingestion@0.2.0"],
                "0.2.0",
                "It was made for portico:plugin 0.2, this portal offers 0.1. Use a version of the plugin that was made for 0.1, \
                 or a portal that offers 0.2.",
            ),
            (
                &["portico:plugin/run@0.3.0"],
                &[good],
                "0.1.0",
                "It was made for portico:plugin 0.3, this portal offers 0.1.",
            ),
            (
                &["portico:plugin/run@0.1.0-rc.1"],
                &[good],
                "0.1.0",
                "It was made for portico:plugin 0.1.0-rc.1, and pre-releases of the contract are not taken; this portal offers 0.1.0.",
            ),
            (
                &["portico:plugin/run@0.1.0"],
                &[good],
                "0.1.0-rc.1",
                "It was made for portico:plugin 0.1.0-rc.1, and pre-releases of the contract are not taken; this portal offers 0.1.0.",
            ),
            (
                &["portico:plugin/run"],
                &[good],
                "0.1.0",
                "It uses `portico:plugin/run`, which carries no version of the contract.",
            ),
            (
                &["portico:plugin/scaffold@0.1.0", "portico:plugin/radio@0.1.0"],
                &[good],
                "0.1.0",
                "It needs `radio`, `scaffold`, which this portal does not offer. Use a newer portal, or an older version of the plugin.",
            ),
            (&[], &[], "0.1.0", "Its manifest offers `ingestion`, its code does not."),
            (&[], &["portico:plugin/ingestion@0.1.0"], "0.2.0", "It was made for portico:plugin 0.2"),
        ];
        for (imports, exports, contract, expected) in cases {
            let found = verdict(imports, exports, contract);
            assert!(
                if expected.is_empty() { found.is_empty() } else { found.starts_with(expected) },
                "{found}\n{expected}"
            );
        }
    }

    #[test]
    fn a_plugin_that_reads_locations_says_which() {
        let exports = ["portico:plugin/ingestion@0.1.0"];
        let reads = ["portico:plugin/locations@0.1.0"];
        for (imports, said, expected) in [
            (&reads[..], "[url, file]", ""),
            (&[], "[]", ""),
            (&reads, "[]", "Its code reads locations, its manifest does not say which."),
            (&[], "[url]", "Its manifest says under `locations` that it reads locations, its code does not."),
        ] {
            let found = verdict_on(imports, &exports, "0.1.0", said);
            assert!(
                if expected.is_empty() { found.is_empty() } else { found.starts_with(expected) },
                "{said}: {found}"
            );
        }
    }

    #[test]
    fn all_that_does_not_fit_is_told_at_once() {
        let found = verdict_on(&["portico:plugin/radio@0.1.0"], &[], "0.1.0", "[url]");
        let told: Vec<&str> = found.lines().map(|line| line.split(',').next().unwrap_or_default()).collect();
        assert_eq!(
            told,
            [
                "It needs `radio`",
                "Its manifest says under `locations` that it reads locations",
                "Its manifest offers `ingestion`"
            ]
        );
    }

    #[test]
    fn the_offered_version_is_the_packages_own() {
        let wit = include_str!("../../../wit/types.wit");
        assert!(wit.contains(&format!("package {PACKAGE_NAME}@{CONTRACT};")));
    }
}
