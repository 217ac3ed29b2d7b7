//! Real templates: with `PORTICO_CORPUS` naming a folder that holds some, each of them is a form, or is refused for what stands here.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use portico_api_types::template_form::TemplateAnswers;
use portico_forms::{Facts, Form};
use serde::Deserialize;
use serde_json::Value;

/// Templates that are refused: the end of their path, and why.
const REFUSED: [(&str, &str); 0] = [];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => files(&path, found),
            false if path.extension().is_some_and(|kind| kind == "yaml" || kind == "yml" || kind == "json") => {
                found.push(path)
            }
            false => {}
        }
    }
}

/// The templates of a file; none if it is no YAML.
fn templates(path: &Path) -> Vec<Value> {
    let Ok(text) = fs::read_to_string(path) else { return Vec::new() };
    let documents = serde_yaml::Deserializer::from_str(&text).map_while(|document| Value::deserialize(document).ok());
    documents.filter(|document| document["kind"] == "Template" && document["spec"].is_object()).collect()
}

#[test]
fn real_templates_are_forms_or_are_refused_for_a_reason() {
    let folders: Vec<PathBuf> =
        ["PORTICO_CORPUS", "PORTICO_CONFORMANCE"].into_iter().filter_map(std::env::var_os).map(PathBuf::from).collect();
    if folders.is_empty() {
        println!("PORTICO_CORPUS and PORTICO_CONFORMANCE name no folder; the other tests stand for them");
        return;
    }
    let mut found = Vec::new();
    folders.iter().for_each(|folder| files(folder, &mut found));
    let (mut tried, mut fields, mut wrong, mut slowest) = (0, 0, Vec::new(), 0);
    for path in &found {
        for template in templates(path) {
            tried += 1;
            let refused = REFUSED.iter().find(|(end, _)| path.ends_with(end));
            match (Form::parse(&template["spec"]["parameters"]), refused) {
                (Ok(form), None) => {
                    let begun = Instant::now();
                    let drawn = form.state(&TemplateAnswers::default(), &Facts::default());
                    slowest = slowest.max(begun.elapsed().as_micros());
                    fields += crate::places(&drawn).len();
                    let posted = crate::sent(&drawn);
                    form.read(&TemplateAnswers::default(), &posted, &Facts::default());
                }
                (Err(error), Some((_, why))) if error.to_string().contains(why) => {}
                (Ok(_), Some(_)) => wrong.push(format!("{}: is a form", path.display())),
                (Err(error), _) => wrong.push(format!("{}: {error}", path.display())),
            }
        }
    }
    println!("{tried} templates with {fields} fields; the slowest was drawn in {slowest} µs");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 0, "there are no templates");
}
