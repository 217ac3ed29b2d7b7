//! Lists that plugins know and fields of forms offer, such as the branches of a repository: what the action answers that is for such a list.
//!
//! Rule: it is asked as in a dry run, so that nothing happens outside, and for a moment only, since somebody waits for the form. What was answered
//! holds for a while, so that whoever goes back and forth in a form asks once.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use portico_api_types::AutocompleteOption;
use portico_runtime::{ActionCall, ActionError, Workspace};
use serde_json::{Map, Value};

use crate::error::ScaffoldError;
use crate::folder::{Passing, private};
use crate::scaffolder::Scaffolder;

/// How long a form waits for a list.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long a list holds.
const FRESH: Duration = Duration::from_secs(60);

/// Lists that are remembered, and what each offers at most: whoever has more types on.
const REMEMBERED: usize = 200;
const OFFERED: usize = 1_000;

/// Lists that were answered, by what was asked.
#[derive(Default)]
pub(crate) struct Answered(Mutex<HashMap<String, (Instant, Vec<AutocompleteOption>)>>);

impl Answered {
    fn get(&self, asked: &str) -> Option<Vec<AutocompleteOption>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(asked).filter(|(since, _)| since.elapsed() < FRESH).map(|(_, options)| options.clone())
    }

    fn keep(&self, asked: String, options: Vec<AutocompleteOption>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (since, _)| since.elapsed() < FRESH);
        if all.len() < REMEMBERED {
            all.insert(asked, (Instant::now(), options));
        }
    }
}

impl Scaffolder {
    /// What a list offers in a context, such as the owner whose repositories are meant; none if no plugin knows the list.
    pub async fn autocomplete(
        &self,
        list: &str,
        context: Map<String, Value>,
        user: Option<String>,
    ) -> Option<Result<Vec<AutocompleteOption>, ScaffoldError>> {
        let action = self.inner.actions.autocompleter(list)?;
        let asked = format!("{list} {} {}", user.as_deref().unwrap_or_default(), Value::Object(context.clone()));
        if let Some(options) = self.inner.answered.get(&asked) {
            return Some(Ok(options));
        }
        let options = self.ask(action, list, context, user).await;
        if let Ok(options) = &options {
            self.inner.answered.keep(asked, options.clone());
        }
        Some(options)
    }

    async fn ask(
        &self,
        action: String,
        list: &str,
        context: Map<String, Value>,
        user: Option<String>,
    ) -> Result<Vec<AutocompleteOption>, ScaffoldError> {
        let folder = Passing::below(&self.inner.folder, "autocomplete-")?;
        private(&folder.path().join("workspace"))?;
        let call = ActionCall {
            action,
            input: Value::Object(context),
            task: "autocomplete".to_owned(),
            step: list.to_owned(),
            attempt: 0,
            user,
            template: None,
            base: None,
            dry_run: true,
            workspace: Workspace::new(folder.path().join("workspace"), None),
            timeout: Some(PATIENCE),
        };
        let stop = Box::pin(tokio::time::sleep(PATIENCE));
        let answered = self.inner.actions.perform(call, Box::new(|_| {}), stop).await;
        let output = answered.map_err(|ActionError { message, .. }| {
            ScaffoldError::Input(format!("`{list}` could not be asked for: {message}"))
        })?;
        options(list, &output)
    }
}

fn options(list: &str, output: &Value) -> Result<Vec<AutocompleteOption>, ScaffoldError> {
    let results = output["results"].as_array().ok_or_else(|| {
        ScaffoldError::Input(format!(
            "`{list}` was answered without `results`; the plugin's publisher has to mend that"
        ))
    })?;
    let option = |result: &Value| serde_json::from_value(result.clone()).ok();
    Ok(results.iter().filter_map(option).take(OFFERED).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_option_is_left_out_and_what_is_no_list_is_said() {
        let read =
            options("a/b", &json!({ "results": [{ "id": "main" }, { "title": "x" }, { "id": "1", "title": "One" }] }));
        let read: Vec<(String, Option<String>)> = read.unwrap().into_iter().map(|one| (one.id, one.title)).collect();
        assert_eq!(read, [("main".to_owned(), None), ("1".to_owned(), Some("One".to_owned()))]);
        let error = options("a/b", &json!({})).unwrap_err().to_string();
        assert!(error.contains("`a/b` was answered without `results`"), "{error}");
        let many: Vec<Value> = (0..OFFERED + 1).map(|number| json!({ "id": number.to_string() })).collect();
        assert_eq!(options("a/b", &json!({ "results": many })).unwrap().len(), OFFERED);
    }

    #[test]
    fn so_many_lists_are_remembered_and_no_more() {
        let answered = Answered::default();
        (0..=REMEMBERED).for_each(|number| answered.keep(number.to_string(), Vec::new()));
        assert!(answered.get("0").is_some() && answered.get(&REMEMBERED.to_string()).is_none());
    }
}
