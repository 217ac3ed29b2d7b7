//! What was filled in, and what went into each step and came out of it; secrets masked, as they come.

use leptos::prelude::*;
use portico_api_types::{StepSpec, TaskStep};
use serde_json::Value;

use super::task::Shown;
use crate::components::{Card, Facts, code};
use crate::entity::in_words;
use crate::markup::{El, el, nothing, span};
use crate::yaml;

/// What was filled in.
pub(super) fn card(shown: &Shown) -> AnyView {
    let parameters = &shown.task().spec.parameters;
    let card = Card::titled("Inputs");
    if parameters.is_empty() && shown.task().secrets.is_empty() {
        return card.saying("Nothing was filled in.");
    }
    let facts = parameters.iter().fold(Facts::new(), |facts, (name, value)| facts.with(name.as_str(), said(value)));
    let secrets = &shown.task().secrets;
    let facts = secrets
        .iter()
        .fold(facts, |facts, name| facts.with(name.as_str(), span("tag").child("a secret, kept nowhere")));
    card.holding(facts.body())
}

/// A value in words, or as YAML where words would not do.
pub(super) fn said(value: &Value) -> El {
    let is_nested = |value: &Value| matches!(value, Value::Array(_) | Value::Object(_));
    match value {
        Value::Array(items) if items.iter().any(is_nested) => code(yaml::lines(value)),
        Value::Object(_) => code(yaml::lines(value)),
        value => match in_words(value).filter(|words| !words.is_empty()) {
            Some(words) => span("pre").child(words),
            None => span("subtle").child("nothing"),
        },
    }
}

/// What went into each step and came out of it.
pub(super) fn steps_card(shown: &Shown) -> AnyView {
    let task = shown.task();
    let begun = |written: &StepSpec| {
        let step = task.steps.iter().find(|step| step.id == written.id)?;
        (step.input.is_some() || step.output.is_some()).then(|| step_details(written, step))
    };
    let steps: Vec<El> = task.spec.steps.iter().filter_map(begun).collect();
    if steps.is_empty() {
        return nothing();
    }
    Card::titled("What went in and came out").holding(steps)
}

/// One step, folded; the timeline leads here.
pub(super) fn step_details(written: &StepSpec, step: &TaskStep) -> El {
    let part = |title: &str, value: Option<&Value>| {
        let value = value.filter(|value| !value.is_null())?;
        Some(vec![el("h3").class("part-title").child(title), code(yaml::lines(value))])
    };
    let action = span("subtle").child(" ").child(el("code").child(written.action.as_str()));
    el("details")
        .class("card-more")
        .attr("id", format!("step-{}", written.id))
        .child(el("summary").child(el("span").child(written.name.as_str()).child(action)))
        .child(part("Input", step.input.as_ref()))
        .child(part("Output", step.output.as_ref()))
}
