//! Forms of templates, from outside: parameters and answers in, what is drawn, read, checked and reviewed out.

mod check;
mod conditions;
mod corpus;
mod fields;
mod limits;
mod lists;
mod pickers;
mod properties;
mod read;
mod review;
mod secrets;

use portico_api_types::template_form::{FormControl, FormField, TemplateAnswers, TemplateForm};
use portico_forms::{Facts, Form};
use serde_json::Value;

/// A form of one page that is written as YAML.
fn page(yaml: &str) -> Form {
    form(&serde_yaml::from_str(yaml).expect("YAML"))
}

fn form(parameters: &Value) -> Form {
    Form::parse(parameters).unwrap_or_else(|error| panic!("{error}"))
}

fn answers(values: Value) -> TemplateAnswers {
    TemplateAnswers::from(values.as_object().expect("an object").clone())
}

fn state(form: &Form, values: Value) -> TemplateForm {
    form.state(&answers(values), &Facts::default())
}

/// All fields with what is in them.
fn all(fields: &[FormField]) -> Vec<&FormField> {
    let mut found = Vec::new();
    for field in fields {
        found.push(field);
        match &field.control {
            FormControl::Group { fields } => found.extend(all(fields)),
            FormControl::List { items, .. } => {
                items.iter().for_each(|item| found.extend(all(std::slice::from_ref(&item.field))))
            }
            _ => {}
        }
    }
    found
}

/// The places of all fields.
fn places(form: &TemplateForm) -> Vec<String> {
    form.pages.iter().flat_map(|page| all(&page.fields)).map(|field| field.pointer.clone()).collect()
}

fn field(form: &TemplateForm, pointer: &str) -> FormField {
    let found = form.pages.iter().flat_map(|page| all(&page.fields)).find(|field| field.pointer == pointer);
    found.unwrap_or_else(|| panic!("there is no {pointer}, but {:?}", places(form))).clone()
}

/// What a browser sends of a form as it is drawn.
fn sent(form: &TemplateForm) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for page in &form.pages {
        let alternatives = |all: &[portico_api_types::template_form::FormAlternatives]| -> Vec<(String, String)> {
            all.iter().map(|one| (one.name.clone(), one.taken.to_string())).collect()
        };
        pairs.extend(alternatives(&page.alternatives));
        for field in all(&page.fields) {
            // What stands on two pages is sent once.
            if pairs.contains(&("field".to_owned(), field.pointer.clone())) {
                continue;
            }
            pairs.extend(alternatives(&field.alternatives));
            match &field.control {
                FormControl::Group { .. } | FormControl::List { .. } | FormControl::Hidden => continue,
                FormControl::Repository(repository) => {
                    pairs.extend(repository.parts.iter().map(|part| (part.name.clone(), part.text.clone())));
                }
                _ => pairs.extend(field.texts.iter().map(|text| (field.name.clone(), text.clone()))),
            }
            pairs.push(("field".to_owned(), field.pointer.clone()));
        }
    }
    pairs
}

/// Pairs of names and texts.
fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}
