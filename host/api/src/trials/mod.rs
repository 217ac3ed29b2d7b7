//! Templates that are being written, tried: the latest trials are kept in memory, so that a page can show one, and a later one can be compared
//! with it.
//!
//! Rule: what is wrong with what was written is an answer like others, since people who write make mistakes; only what is the portal's fault is
//! an error. Nothing of it is stored.

mod files;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portico_api_types::{DryRunFile, TemplateToTry, TemplateTrial};
use portico_scaffolder::{DryRunRequest, ScaffoldError, Template};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::asking::Asking;
use crate::error::ApiError;
use crate::portico::output_texts;
use crate::scaffolder::templates;
use crate::state::ApiState;

/// Trials that are kept.
const MOST: usize = 50;

/// Bytes of their files that are kept.
const LARGEST: usize = 64 << 20;

/// The files of a trial, each with whether it may be executed.
pub(crate) type Files = BTreeMap<String, (Vec<u8>, bool)>;

/// The latest trials.
#[derive(Default)]
pub(crate) struct Trials(Mutex<VecDeque<Kept>>);

#[derive(Clone)]
struct Kept {
    trial: Arc<TemplateTrial>,
    /// What a later one is compared with.
    files: Arc<Files>,
}

impl Kept {
    fn size(&self) -> usize {
        let files: usize = self.files.iter().map(|(path, (content, _))| path.len() + content.len()).sum();
        files + self.trial.template.len() + self.trial.values.len()
    }
}

impl Trials {
    /// One of them.
    pub(crate) fn get(&self, id: &str) -> Option<Arc<TemplateTrial>> {
        self.kept(id).map(|kept| kept.trial)
    }

    fn kept(&self, id: &str) -> Option<Kept> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|kept| kept.trial.id == id).cloned()
    }

    /// The oldest leave when there are too many, or too much in them; the latest stays in any case.
    fn keep(&self, kept: Kept) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_back(kept);
        let mut size: usize = all.iter().map(Kept::size).sum();
        while all.len() > MOST || (size > LARGEST && all.len() > 1) {
            size -= all.pop_front().map_or(0, |oldest| oldest.size());
        }
    }
}

/// Tries a template, and keeps what came of it.
pub(crate) async fn attempt(
    state: &ApiState,
    asking: &Asking,
    asked: TemplateToTry,
) -> Result<Arc<TemplateTrial>, ApiError> {
    let before = asked.before.as_deref().and_then(|id| state.trials.kept(id)).map(|kept| kept.files);
    let mut trial = begun(asked);
    let wanted = read(&trial).and_then(|(template, values)| match not_taken(&template, &values)? {
        wrong if wrong.is_empty() => Ok((template, values)),
        wrong => Err(format!("values.yaml: {}", wrong.join("; "))),
    });
    let files = match wanted {
        Ok((template, values)) => {
            let user = crate::scaffolder::user(state, asking)?;
            let request = DryRunRequest { template, values, secrets: Map::new(), files: None, user };
            match state.scaffolder.dry_run(request).await {
                Ok(run) => {
                    trial.texts = output_texts(&run.output);
                    trial.log = run.log.into_iter().map(|line| line.body).collect();
                    (trial.steps, trial.outcome) = (run.steps, run.outcome);
                    (trial.output, trial.error) = (run.output, run.error);
                    Some(contents(run.directory_contents))
                }
                Err(error @ (ScaffoldError::Store(_) | ScaffoldError::Files(_) | ScaffoldError::Portal(_))) => {
                    return Err(error.into());
                }
                Err(wrong) => refused(&mut trial, wrong.to_string()),
            }
        }
        Err(wrong) => refused(&mut trial, wrong),
    };
    let files = match files {
        Some(files) => {
            trial.compared = before.is_some();
            trial.files = files::compared(before.as_deref(), &files);
            Arc::new(files)
        }
        // What comes next is compared with what there was before the mistake.
        None => before.unwrap_or_default(),
    };
    let trial = Arc::new(trial);
    state.trials.keep(Kept { trial: trial.clone(), files });
    Ok(trial)
}

fn begun(asked: TemplateToTry) -> TemplateTrial {
    TemplateTrial {
        id: Uuid::new_v4().to_string(),
        template: asked.template,
        values: asked.values,
        refused: None,
        log: Vec::new(),
        steps: Vec::new(),
        outcome: Vec::new(),
        files: Vec::new(),
        compared: false,
        output: Value::Object(Map::new()),
        texts: Vec::new(),
        error: None,
    }
}

fn refused(trial: &mut TemplateTrial, why: String) -> Option<Files> {
    trial.refused = Some(why);
    None
}

/// The template and what is filled in, out of their texts.
fn read(trial: &TemplateTrial) -> Result<(Value, Map<String, Value>), String> {
    let parse = |text: &str, file| portico_manifest::parse::<Value>(text, file).map_err(|error| error.to_string());
    if trial.template.trim().is_empty() {
        return Err("There is no template yet: write one, or choose one of the catalog's.".to_owned());
    }
    let template = parse(&trial.template, "template.yaml")?;
    if !template.is_object() {
        return Err(
            "template.yaml: a template is a mapping with `apiVersion`, `kind`, `metadata` and `spec`".to_owned()
        );
    }
    let values = match trial.values.trim() {
        "" => Value::Null,
        text => parse(text, "values.yaml")?,
    };
    match values {
        Value::Null => Ok((template, Map::new())),
        Value::Object(values) => Ok((template, values)),
        _ => Err("values.yaml: the values are a mapping, from the names of the parameters".to_owned()),
    }
}

/// Why a run would not take the values, as it would say it.
fn not_taken(template: &Value, values: &Map<String, Value>) -> Result<Vec<String>, String> {
    let template = Template::read(template.clone()).map_err(|error| error.to_string())?;
    let faults = templates::faults(&template, values).map_err(|error| error.to_string())?;
    Ok(faults.into_iter().map(|fault| fault.stack).collect())
}

fn contents(files: Vec<DryRunFile>) -> Files {
    // What the scaffolder wrote itself can be read.
    let content = |file: &DryRunFile| STANDARD.decode(&file.base64_content).unwrap_or_default();
    files.into_iter().map(|file| (file.path.clone(), (content(&file), file.executable))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(template: &str, values: &str) -> TemplateTrial {
        begun(TemplateToTry { template: template.to_owned(), values: values.to_owned(), before: None })
    }

    #[test]
    fn mistakes_in_what_is_written_are_told_with_their_place() {
        for (template, values, expected) in [
            ("", "", "There is no template yet"),
            ("- a", "", "template.yaml: a template is a mapping"),
            ("a: [", "", "template.yaml, line 2: "),
            ("a: 1", "- b", "values.yaml: the values are a mapping"),
            ("a: 1", "b: '", "values.yaml, line 1: "),
        ] {
            let said = read(&trial(template, values)).err().unwrap_or_default();
            assert!(said.starts_with(expected), "{template}: {said}");
        }
        for values in ["", " \n", "{}", "null"] {
            assert_eq!(read(&trial("a: 1", values)).unwrap().1, Map::new(), "{values}");
        }
        assert_eq!(read(&trial("a: 1", r#"{"b": [1]}"#)).unwrap().1["b"][0], 1);
    }

    #[test]
    fn values_that_a_run_would_not_take_are_told() {
        let template = serde_json::json!({ "spec": { "steps": [], "parameters": {
            "required": ["name"], "properties": { "name": { "type": "string" }, "size": { "type": "integer", "maximum": 3 } },
        } } });
        let told = |values: Value| not_taken(&template, values.as_object().unwrap()).unwrap();
        assert_eq!(told(serde_json::json!({ "name": "a", "size": 3 })), Vec::<String>::new());
        let wrong = told(serde_json::json!({ "size": 4 }));
        assert!(wrong.iter().any(|said| said.contains("lacks the property \"name\"")), "{wrong:?}");
        assert!(wrong.iter().any(|said| said.starts_with("instance.size ")), "{wrong:?}");
        let form = serde_json::json!({ "spec": { "steps": [], "parameters": "none" } });
        assert!(not_taken(&form, &Map::new()).unwrap_err().contains("spec.parameters"));
    }

    #[test]
    fn the_oldest_trials_leave_when_there_are_many_or_they_are_large() {
        let keep = |trials: &Trials, size: usize| {
            let files = Files::from([("a".to_owned(), (vec![0; size], false))]);
            let trial = Arc::new(trial("", ""));
            trials.keep(Kept { trial: trial.clone(), files: Arc::new(files) });
            trial.id.clone()
        };
        let trials = Trials::default();
        let first = keep(&trials, 1);
        for _ in 1..MOST {
            keep(&trials, 1);
        }
        assert!(trials.get(&first).is_some());
        let last = keep(&trials, 1);
        assert!(trials.get(&first).is_none() && trials.get(&last).is_some());
        let large = keep(&trials, LARGEST + 1);
        assert!(trials.get(&last).is_none() && trials.get(&large).is_some(), "the latest is shown in any case");
    }
}
