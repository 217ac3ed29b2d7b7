//! The first commit of a repository, with files of the workspace.
//!
//! Rule: a branch that holds something is never overwritten, which the portal's Git sees to. What this step has pushed already it does not push again.

use portico_sdk::actions::Invocation;
use portico_sdk::workspace::{self, Commit, Kind};
use portico_sdk::{Error, Result, info, warn};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::Value;

use crate::host::Settings;
use crate::memory;

/// Who commits are by, where nobody says.
const NAME: &str = "Scaffolder";
const EMAIL: &str = "scaffolder@portico.invalid";

/// A commit of a dry run.
pub(crate) const NONE: &str = "0000000000000000000000000000000000000000";

/// Who a commit is by, as far as it is said.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Author {
    name: Option<String>,
    email: Option<String>,
}

/// What of the workspace is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Folder(String),
    Nothing,
}

impl Default for Source {
    fn default() -> Source {
        Source::Folder(String::new())
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Source, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Bool(false) => Ok(Source::Nothing),
            Value::Bool(true) | Value::Null => Ok(Source::default()),
            Value::String(path) => Ok(Source::Folder(path)),
            other => Err(D::Error::custom(format!("{other} is no folder; write a path of the workspace"))),
        }
    }
}

impl Source {
    /// The folder, which is there.
    pub(crate) fn folder(&self) -> Result<Option<String>> {
        let Source::Folder(written) = self else { return Ok(None) };
        let wrong = |error: Error| Error::Invalid(format!("input.sourcePath: {error}"));
        let folder = workspace::plain(written.strip_prefix('/').unwrap_or(written)).map_err(wrong)?;
        if folder.is_empty() {
            return Ok(Some(folder));
        }
        match workspace::stat(&folder)? {
            Some(stat) if stat.kind == Kind::Folder => Ok(Some(folder)),
            _ => Err(Error::Invalid(format!(
                "input.sourcePath: there is no folder `{folder}` in the workspace; name one that a step before has filled, or leave `sourcePath` out"
            ))),
        }
    }
}

/// What steps that push say of the commit.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Written {
    pub(crate) default_branch: Option<String>,
    git_commit_message: Option<String>,
    git_author_name: Option<String>,
    git_author_email: Option<String>,
    pub(crate) source_path: Source,
    sign_commit: Option<bool>,
}

impl Written {
    pub(crate) fn branch(&self, usual: &str) -> String {
        self.default_branch.clone().filter(|branch| !branch.is_empty()).unwrap_or_else(|| usual.to_owned())
    }

    pub(crate) fn message(&self) -> String {
        self.git_commit_message.clone().filter(|text| !text.is_empty()).unwrap_or_else(|| "initial commit".to_owned())
    }

    pub(crate) fn author(&self, usual: &Author) -> workspace::Author {
        let said = |own: &Option<String>, usual: &Option<String>, last: &str| {
            let filled = |text: &&String| !text.trim().is_empty();
            own.as_ref().filter(filled).or(usual.as_ref().filter(filled)).cloned().unwrap_or_else(|| last.to_owned())
        };
        workspace::Author {
            name: said(&self.git_author_name, &usual.name, NAME),
            email: said(&self.git_author_email, &usual.email, EMAIL),
        }
    }

    /// Pushes the workspace as a branch's first commit, or on top of what the branch holds where `onto` says so. Answers the commit.
    pub(crate) fn push(
        &self,
        invocation: &Invocation,
        settings: &Settings,
        remote: &str,
        branch: &str,
        is_onto: bool,
    ) -> Result<Option<String>> {
        if self.sign_commit == Some(true) {
            warn!("`signCommit` is not used: the portal signs no commits");
        }
        let Some(folder) = self.source_path.folder()? else { return Ok(None) };
        if invocation.dry_run {
            info!("in a dry run nothing is pushed to {remote}");
            return Ok(Some(NONE.to_owned()));
        }
        if let Some(commit) = memory::noted(invocation, remote)?.filter(|commit| !commit.is_empty()) {
            info!("{commit} was pushed before by this step");
            return Ok(Some(commit));
        }
        let author = self.author(&settings.author);
        let mut commit = Commit::first(remote, branch, self.message(), author);
        commit.folder = folder;
        commit.onto = is_onto.then(|| branch.to_owned());
        let pushed = workspace::push(&commit)?;
        memory::note(invocation, remote, &pushed.id)?;
        info!("{} is pushed to the branch {branch} of {remote}", pushed.id);
        Ok(Some(pushed.id))
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::Portal;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_pushed_is_a_folder_of_the_workspace() {
        let portal = Portal::new();
        std::fs::create_dir(portal.workspace().join("out")).expect("a folder");
        std::fs::write(portal.workspace().join("file"), "").expect("a file");
        let folder = |value: Value| -> Result<Option<String>> {
            serde_json::from_value::<Source>(value).expect("a source").folder()
        };
        portal.run(|| {
            for (written, expected) in [
                (json!("./out/"), Some("out")),
                (json!("/out"), Some("out")),
                (json!("."), Some("")),
                (json!(null), Some("")),
                (json!(true), Some("")),
                (json!(false), None),
            ] {
                assert_eq!(folder(written.clone()), Ok(expected.map(str::to_owned)), "{written}");
            }
            for (written, expected) in
                [("../x", "leads out"), ("none", "no folder `none`"), ("file", "no folder `file`")]
            {
                let error = folder(json!(written)).expect_err(written).to_string();
                assert!(error.starts_with("input.sourcePath: ") && error.contains(expected), "{error}");
            }
        });
        assert!(serde_json::from_value::<Source>(json!(1)).is_err());
    }

    #[test]
    fn a_commit_is_by_whom_the_step_says_or_the_operator() {
        let usual = Author { name: Some("Robot".into()), email: None };
        let by = |written: Value| {
            let author = serde_json::from_value::<Written>(written).expect("input").author(&usual);
            format!("{} <{}>", author.name, author.email)
        };
        assert_eq!(by(json!({})), "Robot <scaffolder@portico.invalid>");
        assert_eq!(by(json!({ "gitAuthorName": "Ada", "gitAuthorEmail": "ada@acme.test" })), "Ada <ada@acme.test>");
        assert_eq!(by(json!({ "gitAuthorName": "" })), "Robot <scaffolder@portico.invalid>");
    }
}
