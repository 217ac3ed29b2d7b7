//! Holds the files that steps make against what Backstage made of the same templates.
//!
//! With `PORTICO_CONFORMANCE` naming a folder that holds `conformance/dry-run`, every recorded dry run is done again. What came to files there
//! comes to the same files, or is refused for what `portico_templates` refuses; what failed there fails.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use portico_sdk::actions::Invocation;
use portico_sdk::testing::Portal;
use portico_templates::{Condition, Context, Template};
use serde_json::{Value, json};

use super::output;
use crate::{ACTIONS, perform};

/// What a folder holds: the bytes of files, and whether they may be executed.
type Files = BTreeMap<String, (Vec<u8>, bool)>;

#[test]
fn recorded_dry_runs_make_the_same_files() {
    let Some(folder) = std::env::var_os("PORTICO_CONFORMANCE").map(PathBuf::from) else {
        println!("PORTICO_CONFORMANCE names no folder; the tables of each action stand for it");
        return;
    };
    let folder = folder.join("conformance/dry-run");
    let index = fs::read_to_string(folder.join("index.json")).expect("the index");
    let index: Value = serde_json::from_str(&index).expect("JSON");
    let mut tally = Tally::default();
    for run in index.as_array().expect("a list") {
        let id = run["id"].as_str().expect("a text");
        let made = again(&folder.join(id));
        tally.count(id, run["status"] == 200, made);
    }
    println!("{} dry runs came out the same, {} failed as they did", tally.same, tally.failed);
    assert!(tally.other.is_empty(), "{}", tally.other.join("\n"));
    assert!(tally.same >= 30 && tally.failed == 3, "only {} came out the same, {} failed", tally.same, tally.failed);
    // Four addresses that are none, and a sum with nothing.
    assert_eq!(tally.refused.len(), 5, "{}", tally.refused.join("\n"));
    // `replaceAll` is a method here, and there it is none.
    assert_eq!(tally.more.len(), 1, "{}", tally.more.join("\n"));
}

/// What became of recorded runs.
#[derive(Default)]
struct Tally {
    same: usize,
    failed: usize,
    refused: Vec<String>,
    more: Vec<String>,
    other: Vec<String>,
}

impl Tally {
    fn count(&mut self, id: &str, succeeded: bool, made: Result<Option<String>, String>) {
        match (succeeded, made) {
            (true, Ok(None)) => self.same += 1,
            (true, Ok(Some(difference))) => self.other.push(format!("{id}: {difference}")),
            (true, Err(why)) => self.refused.push(format!("{id}: {why}")),
            (false, Ok(_)) => self.more.push(id.to_owned()),
            (false, Err(_)) => self.failed += 1,
        }
    }
}

/// What differs, if anything does; an error where a step is refused.
fn again(folder: &Path) -> Result<Option<String>, String> {
    let case = fs::read_to_string(folder.join("case.json")).expect("the case");
    let case: Value = serde_json::from_str(&case).expect("JSON");
    let portal = Portal::new();
    for (path, (bytes, _)) in files(&folder.join("input")) {
        let path = portal.template().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, bytes).expect("a file");
    }
    let mut context = Context::new().with("parameters", &case["values"]).expect("flat");
    for step in case["reducedTemplate"]["spec"]["steps"].as_array().expect("steps") {
        let action = step["action"].as_str().expect("a text");
        assert!(ACTIONS.iter().any(|(id, _)| *id == action), "{action}");
        let holds = Condition::parse(&step["if"]).and_then(|condition| condition.holds(&context));
        if !holds.map_err(|error| error.to_string())? {
            continue;
        }
        let input = Template::parse(&step["input"]).and_then(|input| input.evaluate(&context));
        let input = input.map_err(|error| error.to_string())?.unwrap_or_else(|| json!({}));
        let invocation = Invocation::new(action, input).based("file:/template/template.yaml").dry();
        let output = output(portal.run(|| perform(&invocation))).map_err(|error| error.to_string())?;
        context = context.with_step(step["id"].as_str().unwrap_or_default(), &output).expect("flat");
    }
    Ok(difference(&files(&folder.join("expected")), &files(&portal.workspace())))
}

fn difference(wanted: &Files, made: &Files) -> Option<String> {
    let bytes = |files: &Files, path: &String| files.get(path).map(|(bytes, _)| bytes.clone());
    let mut paths = wanted.keys().chain(made.keys());
    let path = paths.find(|path| bytes(wanted, path) != bytes(made, path))?;
    let shown = |files| bytes(files, path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Some(format!("{path} should be {:?} and is {:?}", shown(wanted), shown(made)))
}

fn files(folder: &Path) -> Files {
    let (mut all, mut folders) = (Files::new(), vec![folder.to_owned()]);
    while let Some(place) = folders.pop() {
        let Ok(entries) = fs::read_dir(place) else { continue };
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).expect("below it").to_string_lossy().into_owned();
            let runs = fs::metadata(&path).expect("a file").permissions().mode() & 0o111 != 0;
            all.insert(name, (fs::read(&path).expect("a file"), runs));
        }
    }
    all
}
