//! Holds expressions against what Backstage's engine came to.
//!
//! With `PORTICO_CONFORMANCE` naming a folder that holds `conformance/template-cases.json`, every recorded case runs. Those in which we
//! mean to differ stand here, each with what we say instead.

use std::fs;
use std::path::{Path, PathBuf};

use portico_templates::{Condition, Context, Dialect, Template, TextTemplate, Whitespace};
use serde_json::{Value, json};

/// Recorded as errors, and fine here: `replaceAll` is a method of ours, since templates of the field call it.
const OURS_IS_MORE: [&str; 1] = ["s.replaceAll("];

#[test]
fn every_recorded_case_has_its_outcome() {
    let Some(folder) = std::env::var_os("PORTICO_CONFORMANCE").map(PathBuf::from) else {
        println!("PORTICO_CONFORMANCE names no folder; the cases of `language` stand for them");
        return;
    };
    let text = fs::read_to_string(folder.join("conformance/template-cases.json")).expect("the recorded cases");
    let recorded: Value = serde_json::from_str(&text).expect("JSON");
    let names = recorded["context"].as_object().expect("an object");
    let context =
        names.iter().try_fold(Context::new(), |context, (name, value)| context.with(name, value)).expect("flat");
    let (mut ran, mut disagreed) = (0, vec![]);
    for case in recorded["cases"].as_array().expect("a list") {
        ran += 1;
        if let Err(why) = agree(case, &context) {
            disagreed.push(format!("{} with {}: {why}", case["source"], case["options"]));
        }
    }
    println!("{ran} recorded cases ran, {} disagreed", disagreed.len());
    assert!(ran >= 110, "only {ran} cases ran");
    assert!(disagreed.is_empty(), "{}", disagreed.join("\n"));
}

fn agree(case: &Value, context: &Context) -> Result<(), String> {
    let source = case["source"].as_str().expect("a text");
    let is = |option: &str| case["options"][option] == json!(true);
    let dialect = if is("cookiecutterCompat") { Dialect::Cookiecutter } else { Dialect::Backstage };
    let whitespace = Whitespace { trim_blocks: is("trimBlocks"), lstrip_blocks: is("lstripBlocks") };
    let rendered = TextTemplate::parse(source, dialect, whitespace).and_then(|template| template.render(context));
    match (&rendered, case.get("rendered")) {
        (Err(_), None) => {}
        (Ok(_), None) if OURS_IS_MORE.iter().any(|more| source.contains(more)) => {}
        (Ok(text), Some(wanted)) if wanted == text => {}
        other => return Err(format!("rendered {other:?}")),
    }
    let Some(wanted) = case.get("value") else { return Ok(()) };
    let value = Template::parse(&json!(source)).and_then(|template| template.evaluate(context));
    match (&value, wanted.get("value")) {
        (Ok(Some(value)), Some(wanted)) if value == wanted => Ok(()),
        (Ok(None), None) => Ok(()),
        other => Err(format!("value {other:?}")),
    }
}

#[test]
fn recorded_skeletons_come_out_byte_for_byte() {
    let Some(folder) = std::env::var_os("PORTICO_CONFORMANCE").map(PathBuf::from) else {
        println!("PORTICO_CONFORMANCE names no folder; the cases of `language` stand for them");
        return;
    };
    let folder = folder.join("conformance/dry-run");
    let index = fs::read_to_string(folder.join("index.json")).expect("the index");
    let index: Value = serde_json::from_str(&index).expect("JSON");
    let mut tally = Skeletons::default();
    for run in index.as_array().expect("a list") {
        tally.run(&folder.join(run["id"].as_str().expect("a text")));
    }
    println!("{} files came out the same, {} were copied, {} refused", tally.same, tally.copied, tally.refused.len());
    assert!(tally.other.is_empty(), "{}", tally.other.join("\n"));
    assert!(tally.same > 200 && tally.copied < 5, "only {} files, and {} copied", tally.same, tally.copied);
    // Four addresses that are none, `undefined/undefined`, and `[object Object]` twice.
    assert_eq!(tally.refused.len(), 7, "{}", tally.refused.join("\n"));
}

/// What became of the files of recorded runs.
#[derive(Default)]
struct Skeletons {
    same: usize,
    copied: usize,
    refused: Vec<String>,
    other: Vec<String>,
}

impl Skeletons {
    fn run(&mut self, folder: &Path) {
        let case = fs::read_to_string(folder.join("case.json")).expect("the case");
        let case: Value = serde_json::from_str(&case).expect("JSON");
        let context = Context::new().with("parameters", &case["values"]).expect("flat");
        for step in case["reducedTemplate"]["spec"]["steps"].as_array().expect("steps") {
            if step["action"] != "fetch:template" {
                continue;
            }
            let runs = Condition::parse(&step["if"]).and_then(|condition| condition.holds(&context));
            if !runs.expect("a condition of the field") {
                continue;
            }
            let input = Template::parse(&step["input"]).and_then(|input| input.evaluate(&context));
            match input {
                Ok(input) => self.step(folder, &input.unwrap_or_default()),
                Err(error) => self.refused.push(format!("{}: {error}", folder.display())),
            }
        }
    }

    fn step(&mut self, folder: &Path, input: &Value) {
        let values = input.get("values").cloned().unwrap_or_else(|| json!({}));
        let context = Context::new().with("values", &values).expect("flat");
        let source = folder.join("input").join(input["url"].as_str().expect("a place").trim_start_matches("./"));
        let target = folder.join("expected").join(input["targetPath"].as_str().unwrap_or("."));
        let mut folders = vec![source.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let Ok(text) = fs::read_to_string(&path) else { continue };
                let name = path.strip_prefix(&source).expect("below it").to_string_lossy().into_owned();
                let render =
                    |text: &str| TextTemplate::parse(text, Dialect::Backstage, Whitespace::default())?.render(&context);
                let (Ok(name), rendered) = (render(&name), render(&text)) else { panic!("{name} is no name") };
                // Later steps may have moved or removed it.
                let Ok(wanted) = fs::read_to_string(target.join(name)) else { continue };
                match rendered {
                    Ok(rendered) if rendered == wanted => self.same += 1,
                    // What the step copies without templating.
                    Ok(_) if text == wanted => self.copied += 1,
                    Ok(_) => self.other.push(path.display().to_string()),
                    Err(error) => self.refused.push(format!("{}: {error}", path.display())),
                }
            }
        }
    }
}
