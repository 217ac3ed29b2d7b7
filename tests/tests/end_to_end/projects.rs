//! Plugins as their authors make them: begun, tested, built by their languages' own tools, and developed in a portal that runs.
//!
//! Rule: what tools bring in (packages, environments, what cargo has compiled) lies below the build folder from one run of the tests to the
//! next, since it takes minutes to come by; the projects themselves are made anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use portico_tests::{Background, Portal, PortalBuilder, Web, program, until};

use crate::contract::radar_works;

/// What tools fill, and the tests leave.
const FILLED: [&str; 4] = [".venv", "node_modules", "bindings", "target"];

/// The document that a new project reads.
const DOCUMENT: &str = include_str!("../../../host/portico/templates/common/example.json");

/// What `portico plugin dev` says once it has done what there is to do.
const WAITING: &str = "Waiting for changes.";

/// Where a project lies.
fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("projects").join(name)
}

/// `portico plugin`, where cargo finds what it compiled before, and the compiler that has the target.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.arg("plugin").args(arguments).env("CARGO_TARGET_DIR", place("target"));
    if let Some(compiler) = std::env::var_os("PORTICO_RUSTC") {
        command.env("RUSTC", compiler);
    }
    command
}

fn output(arguments: &[&str]) -> (Output, String) {
    let output = command(arguments).output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output, said)
}

fn says(arguments: &[&str]) -> String {
    let (output, said) = output(arguments);
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// The files of a folder without what tools fill, by their paths from it.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            let is_filled = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| FILLED.contains(&name));
            match path.is_dir() {
                true if is_filled => {}
                true => folders.push(path),
                false => drop(found.insert(path.strip_prefix(folder).expect("below it").to_owned())),
            }
        }
    }
    found
}

/// Makes a place hold what a folder holds; files that are the same are left, which tools go by.
fn settle(from: &Path, name: &str) -> PathBuf {
    let place = place(name);
    fs::create_dir_all(&place).expect("a folder");
    let wanted = files(from);
    for file in files(&place).difference(&wanted) {
        fs::remove_file(place.join(file)).expect("removed");
    }
    for file in &wanted {
        let (bytes, to) = (fs::read(from.join(file)).expect("a file"), place.join(file));
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::write(to, bytes).expect("a file");
    }
    place
}

/// Begins the plugin `on-call` in a language.
fn begin(language: &str) -> PathBuf {
    let fresh = tempfile::tempdir().expect("a folder");
    let folder = fresh.path().join("on-call");
    let said = says(&["new", "on-call", "--lang", language, "--path", text(&folder)]);
    assert!(said.contains("holds the plugin on-call."), "{said}");
    settle(&folder, language)
}

/// A portal for plugins that are made, and a server with the document; the project's `dev.yaml` names it.
fn surroundings(project: &Path) -> (Portal, Web) {
    let web = Web::with(&[("/example.json", DOCUMENT)]);
    // Its own kind needs no grant.
    let grants = web.grants().replacen("catalog: { write: ['*'] }, ", "", 1);
    let config = format!("settings: {{ url: \"{}\" }}\ngrants: {grants}\n", web.url("/example.json"));
    fs::write(project.join("dev.yaml"), config).expect("a file");
    (PortalBuilder::new("trust: { unsigned: true }\n").start(), web)
}

/// What a new project brings in and shows.
fn is_shown(portal: &Portal, title: &str) {
    let item = portal.json("/api/catalog/entities/by-name/oncallitem/default/second");
    assert_eq!((&item["metadata"]["title"], &item["spec"]["state"]), (&title.into(), &"bad".into()), "{item}");
    let card = portal.json("/api/portico/cards/on-call/state?entity=oncallitem:default/second");
    assert!(card["status"]["label"] == "Bad" && card.to_string().contains("Mend it"), "{card}");
}

/// A project without more than its language's tools: begun, tested, built, installed.
fn works(language: &str, tested: &str) {
    let project = begin(language);
    let said = says(&["test", text(&project)]);
    assert!(said.contains(tested), "{said}");
    let said = says(&["build", text(&project)]);
    assert!(said.contains("on-call.wasm holds on-call 0.1.0, "), "{said}");
    let (portal, _web) = surroundings(&project);
    let (package, config) = (project.join("on-call.wasm"), project.join("dev.yaml"));
    let arguments = ["install", text(&package), "--config", text(&config), "--approve", "--at", portal.address()];
    says(&arguments);
    assert_eq!(portal.run("on-call")["state"], "succeeded");
    is_shown(&portal, "The second one");
}

#[test]
fn a_project_in_javascript_is_begun_tested_built_and_runs() {
    works("js", "# pass 6");

    let project = place("js");
    let (portal, web) = surroundings(&project);
    let mut dev = Background::start(&mut command(&["dev", text(&project), "--grant-all", "--at", portal.address()]));
    // A grant that is narrower than what is asked for stays so.
    let granted = format!("(granted: GET {}*)", web.url("/"));
    dev.until_said(&["on-call asks for:\n  http ", &granted, "info  2 items are new, 0 changed", WAITING], 0);
    is_shown(&portal, "The second one");
    assert!(dev.interrupt());

    radar_works(&example("radar-javascript"));
}

#[test]
fn a_project_in_python_is_begun_tested_built_and_runs() {
    works("python", "Ran 6 tests");
    radar_works(&example("radar-python"));
}

/// An example, built; its folder holds links, which lie beside it only in the repository.
fn example(name: &str) -> PathBuf {
    let project = settle(&examples().join(name), name);
    says(&["build", text(&project)]);
    project.join("radar.wasm")
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/plugins")
}

#[test]
fn a_project_in_rust_is_begun_tested_and_built_into_a_portal_again_after_each_change() {
    let project = begin("rust");
    let said = says(&["test", text(&project)]);
    assert!(said.contains("5 passed; 0 failed"), "{said}");
    // The first time takes longer than anybody waits for a condition.
    says(&["build", text(&project)]);
    let (portal, _web) = surroundings(&project);
    let mut dev = Background::start(&mut command(&["dev", text(&project), "--at", portal.address()]));

    let parts = [
        WAITING,
        "on-call asks for:\n  http ",
        "It reads the document from the address in its settings.",
        "on-call 0.1.0 is installed, ",
        "info  2 items are new, 0 changed, 0 are gone",
        "succeeded: 2 entities are new, 0 changed, 0 are gone; facts of 0 changed; 0 documents were refused.",
    ];
    let said = dev.until_said(&parts, 0);
    is_shown(&portal, "The second one");

    // The same version with other code takes its place.
    let file = project.join("src/items.rs");
    let source = fs::read_to_string(&file).expect("a source");
    let changed = source.replace(".title(self.title)", ".title(self.title.to_uppercase())");
    assert_ne!(changed, source);
    fs::write(&file, &changed).expect("a file");
    let said =
        dev.until_said(&["Changed: src/items.rs.", "succeeded: 0 entities are new, 2 changed", WAITING], said.len());
    is_shown(&portal, "THE SECOND ONE");

    // What cannot be built leaves what runs, and is said; so it is by the tests, with cargo's own exit status.
    fs::write(&file, format!("{changed}\nfn broken() -> u8 {{ \"x\" }}\n")).expect("a file");
    let said = dev.until_said(&["mismatched types", "` failed (exit status: 101)", WAITING], said.len());
    assert_eq!(portal.run("on-call")["state"], "succeeded");
    let (tested, _) = output(&["test", text(&project)]);
    assert_eq!(tested.status.code(), Some(101));
    fs::write(&file, &source).expect("a file");
    let said = dev.until_said(&[WAITING], said.len());
    is_shown(&portal, "The second one");

    // A change while something goes on takes its place, and an end ends all of it.
    fs::write(&file, &changed).expect("a file");
    dev.until_said(&["Changed: src/items.rs."], said.len());
    assert!(dev.interrupt());
    until("the end is said", || dev.said().contains("Stopped. The plugin stays in the portal as it is.").then_some(()));
    assert_eq!(portal.json("/api/portico/plugins/on-call")["state"], "running");

    // Where it lies, since it finds the SDK from there; and here, since cargo lets one build at a time into one folder.
    let package = place("radar-rust.wasm");
    says(&["build", text(&examples().join("radar-rust")), "--output", text(&package)]);
    radar_works(&package);
}

#[test]
fn what_is_no_project_is_told_what_would_be_one() {
    let folder = tempfile::tempdir().expect("a folder");
    for command in ["build", "test", "dev"] {
        let (output, said) = output(&[command, text(folder.path())]);
        assert!(!output.status.success() && said.contains("is no project of a plugin"), "{command}: {said}");
        assert!(said.contains("`portico plugin new NAME --lang rust` begins one"), "{command}: {said}");
    }
    let taken = folder.path().join("taken");
    fs::create_dir(&taken).expect("a folder");
    fs::write(taken.join("mine"), "").expect("a file");
    let (output, said) = output(&["new", "radar", "--lang", "js", "--path", text(&taken)]);
    assert!(!output.status.success() && said.contains("is not empty; name another folder with --path"), "{said}");
}
