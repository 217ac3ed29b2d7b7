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

/// The templates of a file; none if it is no YAML, such as one that is a skeleton itself.
fn templates(path: &Path) -> Vec<Value> {
    let Ok(text) = fs::read_to_string(path) else { return Vec::new() };
    let documents = serde_yaml::Deserializer::from_str(&text).map_while(|document| Value::deserialize(document).ok());
    documents.filter(|document| document["kind"] == "Template" && document["spec"].is_object()).collect()
}

/// Microseconds that drawing takes, as quick as it was of some: others use the machine as well.
fn quickest(form: &Form) -> u128 {
    let once = |_| {
        let begun = Instant::now();
        form.state(&TemplateAnswers::default(), &Facts::default());
        begun.elapsed().as_micros()
    };
    (0..5).map(once).min().unwrap_or_default()
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
    let is_skeleton = |path: &&PathBuf| {
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().any(|line| line == "kind: Template") && templates(path).is_empty()
    };
    println!("{} files are no YAML and were passed over", found.iter().filter(is_skeleton).count());
    for path in &found {
        for template in templates(path) {
            tried += 1;
            let refused = REFUSED.iter().find(|(end, _)| path.ends_with(end));
            match (Form::parse(&template["spec"]["parameters"]), refused) {
                (Ok(form), None) => {
                    let drawn = form.state(&TemplateAnswers::default(), &Facts::default());
                    slowest = slowest.max(quickest(&form));
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

/// Recorded runs were of templates without their parameters, so that nobody judged their values; these do not keep the template's schema.
/// The ends of the paths of the templates, and what is wrong.
const VALUES_REFUSED: [(&str, &str); 2] = [
    ("aws-tf-ecs-environment-provider/template.yaml", "instance.awsAccountID Write at least 12 characters."),
    ("launch-ansible-job/template.yaml", "instance.extra_vars Write a text here."),
];

#[test]
fn values_that_templates_ran_with_elsewhere_are_taken() {
    let folders = (std::env::var_os("PORTICO_CORPUS"), std::env::var_os("PORTICO_CONFORMANCE"));
    let (Some(corpus), Some(conformance)) = folders else {
        println!("PORTICO_CORPUS and PORTICO_CONFORMANCE do not both name a folder; the other tests stand for them");
        return;
    };
    let mut cases = Vec::new();
    files(&PathBuf::from(conformance), &mut cases);
    let (mut tried, mut wrong) = (0, Vec::new());
    for case in cases.iter().filter(|path| path.ends_with("case.json")) {
        let case: Value = serde_json::from_str(&fs::read_to_string(case).expect("a case")).expect("JSON");
        let name = case["template"].as_str().expect("a path");
        let path = Path::new(&corpus).join(name.strip_prefix("templates/").unwrap_or(name));
        let Some(template) = templates(&path).into_iter().next().filter(|_| case["status"] == 200) else { continue };
        let form = Form::parse(&template["spec"]["parameters"]).expect("a form");
        let values = case["values"].as_object().expect("an object");
        tried += 1;
        let errors: Vec<String> = form.errors(values).into_iter().map(|error| error.stack).collect();
        let is_listed =
            |error: &String| VALUES_REFUSED.iter().any(|(end, why)| name.ends_with(end) && error.contains(why));
        if !errors.iter().all(is_listed) {
            wrong.push(format!("{name}: {}", errors.join("; ")));
        }
    }
    println!("{tried} recorded values were tried");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 0, "there are no recorded values");
}
