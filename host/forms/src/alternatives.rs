//! Which of several alternatives is taken.
//!
//! Rule: what somebody chose, or else what the values fit: by the keys that tell alternatives apart, then wholly, then the first.

use portico_api_types::template_form::{CHOICE, FormAlternatives};
use serde_json::Value;

use crate::node::Alternatives;

impl Alternatives {
    /// Its name at a place.
    pub(crate) fn name(&self, pointer: &str) -> String {
        format!("{pointer}@{}", self.path)
    }

    /// The alternative that is taken; none if a key chooses and fits none.
    pub(crate) fn taken(&self, value: &Value, chosen: Option<usize>) -> Option<usize> {
        let marked = || {
            let fits = |branch: &crate::node::Branch| branch.mark.as_ref().is_some_and(|mark| mark.is_valid(value));
            self.branches.iter().position(fits)
        };
        if self.is_by_key {
            return marked();
        }
        let chosen = chosen.filter(|chosen| *chosen < self.branches.len());
        let wholly = || self.branches.iter().position(|branch| branch.test.is_valid(value));
        chosen.or_else(marked).or_else(wholly).or(Some(0))
    }

    /// As it is drawn.
    pub(crate) fn drawn(&self, pointer: &str, taken: usize) -> FormAlternatives {
        let titles = self.branches.iter().enumerate();
        let title =
            |(at, title): (usize, &Option<String>)| title.clone().unwrap_or_else(|| format!("Option {}", at + 1));
        FormAlternatives {
            name: format!("{CHOICE}{}", self.name(pointer)),
            titles: titles.map(|(at, branch)| title((at, &branch.title))).collect(),
            taken,
        }
    }
}
