//! What a run would store beside what there was: entities, facts and problems of each scope, as YAML with a sign before each line.
//!
//! Rule: pure, and the same for the same input, so that two runs can be compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use portico_catalog::Statement;
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

/// Lines around what differs, as in other tools.
const AROUND: usize = 3;

/// What the sources of a plugin say at one time.
#[derive(Default)]
pub(crate) struct Said {
    scopes: BTreeMap<String, Scope>,
}

#[derive(Default)]
struct Scope {
    documents: BTreeMap<String, Value>,
    facts: BTreeMap<String, Value>,
    /// A sentence each.
    problems: Vec<String>,
}

impl Said {
    /// Of statements, each with its problems.
    pub(crate) fn new(statements: impl Iterator<Item = (Statement, Vec<String>)>) -> Said {
        let scope = |(statement, mut problems): (Statement, Vec<String>)| {
            if let Some(failure) = &statement.failure {
                problems.insert(0, format!("it could not be read: {failure}"));
            }
            let Statement { scope, documents, facts, .. } = statement;
            (scope, Scope { documents, facts, problems })
        };
        Said { scopes: statements.map(scope).collect() }
    }

    fn scope(&self, name: &str) -> &Scope {
        static NONE: Scope = Scope { documents: BTreeMap::new(), facts: BTreeMap::new(), problems: Vec::new() };
        self.scopes.get(name).unwrap_or(&NONE)
    }
}

/// How many things came, changed, went and stayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    added: usize,
    changed: usize,
    removed: usize,
    unchanged: usize,
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Counts { added, changed, removed, unchanged } = self;
        write!(f, "{added} added, {changed} changed, {removed} removed, {unchanged} unchanged")
    }
}

/// What differs.
#[derive(Default)]
pub(crate) struct Difference {
    /// With a sign before each line; empty where nothing differs.
    pub(crate) text: String,
    entities: Counts,
    facts: Counts,
    problems: usize,
}

impl Difference {
    /// The counts as a sentence.
    pub(crate) fn summary(&self) -> String {
        format!("Entities: {}. Facts: {}. Problems: {}.", self.entities, self.facts, self.problems)
    }
}

/// What is another after than before.
pub(crate) fn difference(before: &Said, after: &Said) -> Difference {
    let mut found = Difference::default();
    let names: BTreeSet<&String> = before.scopes.keys().chain(after.scopes.keys()).collect();
    for name in names {
        let (old, new) = (before.scope(name), after.scope(name));
        let mut text = String::new();
        each(&old.documents, &new.documents, "", &mut found.entities, &mut text);
        each(&old.facts, &new.facts, "facts about ", &mut found.facts, &mut text);
        found.problems += new.problems.len();
        let list = |problems: &[String]| (!problems.is_empty()).then(|| json!(problems));
        text.push_str(&block("problems", list(&old.problems).as_ref(), list(&new.problems).as_ref()));
        if !text.is_empty() {
            let _ = write!(found.text, "# scope {}\n{text}", name.escape_debug());
        }
    }
    found
}

fn each(
    old: &BTreeMap<String, Value>,
    new: &BTreeMap<String, Value>,
    about: &str,
    counts: &mut Counts,
    text: &mut String,
) {
    let references: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for reference in references {
        let (was, is) = (old.get(reference), new.get(reference));
        *match (was, is) {
            (None, _) => &mut counts.added,
            (_, None) => &mut counts.removed,
            (Some(was), Some(is)) if was == is => &mut counts.unchanged,
            _ => &mut counts.changed,
        } += 1;
        text.push_str(&block(&format!("{about}{reference}"), was, is));
    }
}

/// One thing: its name, and below it what of it differs; nothing where nothing does.
fn block(title: &str, old: Option<&Value>, new: Option<&Value>) -> String {
    let sign = match (old, new) {
        (None, None) => return String::new(),
        (Some(old), Some(new)) if old == new => return String::new(),
        (None, Some(_)) => '+',
        (Some(_), None) => '-',
        (Some(_), Some(_)) => ' ',
    };
    let (old, new) = (yaml(old), yaml(new));
    let mut text = format!("{sign} {title}:\n");
    let lines = TextDiff::from_lines(old.as_str(), new.as_str());
    for (place, group) in lines.grouped_ops(AROUND).iter().enumerate() {
        if place > 0 {
            text.push_str("    …\n");
        }
        for change in group.iter().flat_map(|part| lines.iter_changes(part)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            let _ = writeln!(text, "{sign}   {}", change.value().trim_end_matches('\n'));
        }
    }
    text
}

fn yaml(value: Option<&Value>) -> String {
    let Some(value) = value else { return String::new() };
    // JSON is YAML.
    portico_manifest::to_yaml(value).unwrap_or_else(|| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Things<'a> = &'a [(&'a str, Value)];

    fn said(scopes: &[(&str, Things<'_>, Things<'_>, &[&str])]) -> Said {
        let map = |things: Things<'_>| things.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Said::new(scopes.iter().map(|(scope, documents, facts, problems)| {
            let (documents, facts) = (map(documents), map(facts));
            let statement = Statement { scope: (*scope).to_owned(), documents, facts, ..Statement::default() };
            (statement, problems.iter().map(ToString::to_string).collect())
        }))
    }

    fn document(title: &str, more: usize) -> Value {
        let spec: Vec<usize> = (0..more).collect();
        json!({ "kind": "System", "metadata": { "name": "a", "title": title }, "spec": spec })
    }

    #[test]
    fn what_is_new_has_a_plus_before_each_line() {
        let after = said(&[(
            "rota",
            &[("system:default/a", document("A", 1))],
            &[("x", json!({ "person": "Ada" }))],
            &["it is odd"],
        )]);
        let found = difference(&Said::default(), &after);
        assert_eq!(
            found.text,
            "# scope rota
+ system:default/a:
+   kind: System
+   metadata:
+     name: a
+     title: A
+   spec:
+   - 0
+ facts about x:
+   person: Ada
+ problems:
+   - it is odd
"
        );
        assert_eq!(
            found.summary(),
            "Entities: 1 added, 0 changed, 0 removed, 0 unchanged. Facts: 1 added, 0 changed, 0 removed, 0 unchanged. Problems: 1."
        );
    }

    #[test]
    fn what_stays_is_counted_and_of_what_changes_only_that_is_shown() {
        let stays = ("system:default/stays", document("S", 0));
        let before = said(&[
            (
                "one",
                &[stays.clone(), ("system:default/a", document("A", 20)), ("system:default/b", document("B", 0))],
                &[],
                &[],
            ),
            ("two", &[], &[("x", json!({ "person": "Ada" }))], &["it is odd", "so is this"]),
        ]);
        let after = said(&[
            ("one", &[stays, ("system:default/a", document("Z", 21))], &[], &[]),
            ("two", &[], &[("x", json!({ "person": "Bob" }))], &["so is this"]),
        ]);
        let found = difference(&before, &after);
        assert_eq!(
            found.text,
            "# scope one
  system:default/a:
    kind: System
    metadata:
      name: a
-     title: A
+     title: Z
    spec:
    - 0
    - 1
    …
    - 17
    - 18
    - 19
+   - 20
- system:default/b:
-   kind: System
-   metadata:
-     name: a
-     title: B
-   spec: []
# scope two
  facts about x:
-   person: Ada
+   person: Bob
  problems:
-   - it is odd
    - so is this
"
        );
        assert_eq!(
            found.summary(),
            "Entities: 0 added, 1 changed, 1 removed, 1 unchanged. Facts: 0 added, 1 changed, 0 removed, 0 unchanged. Problems: 1."
        );
    }

    #[test]
    fn nothing_differs_from_itself() {
        let one = || said(&[("rota", &[("system:default/a", document("A", 1))], &[], &["it is odd"])]);
        let found = difference(&one(), &one());
        assert_eq!(found.text, "");
    }

    #[test]
    fn a_scope_that_could_not_be_read_says_why_and_no_text_leaves_its_line() {
        let statement = Statement {
            scope: "a\u{1b}\nb".to_owned(),
            failure: Some("it is down\u{1b}[2J".to_owned()),
            ..Statement::default()
        };
        let found = difference(&Said::default(), &Said::new([(statement, Vec::new())].into_iter()));
        assert_eq!(found.text, "# scope a\\u{1b}\\nb\n+ problems:\n+   - \"it could not be read: it is down\\e[2J\"\n");
    }
}
