//! Holds expressions against what Backstage's engine came to.
//!
//! With `PORTICO_CONFORMANCE` naming a folder that holds `conformance/template-cases.json`, every recorded case runs. Those in which we
//! mean to differ stand here, each with what we say instead.

use std::fs;
use std::path::PathBuf;

use portico_templates::{Context, Dialect, Template, TextTemplate, Whitespace};
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
    let context = names.iter().try_fold(Context::new(), |context, (name, value)| context.with(name, value)).expect("flat");
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
