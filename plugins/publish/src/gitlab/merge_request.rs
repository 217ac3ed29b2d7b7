//! `publish:gitlab:merge-request`: the workspace as a change of a project, on a branch of its own.

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Error, Result, info, warn};
use serde::Deserialize;
use serde_json::{Value, json};

use super::actions::Manner;
use super::commits::{Commit, newest, target};
use super::{Known, begin, known, user, written};
use crate::api::{part, said_only};
use crate::memory;
use crate::push::Source;
use crate::step::Step;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    title: String,
    description: Option<String>,
    branch_name: String,
    target_branch_name: Option<String>,
    source_path: Option<Source>,
    target_path: Option<String>,
    commit_action: Option<Manner>,
    projectid: Option<Value>,
    remove_source_branch: Option<bool>,
    assignee: Option<String>,
    #[serde(default)]
    reviewers: Vec<String>,
    #[serde(default)]
    assign_reviewers_from_approval_rules: bool,
    labels: Option<Value>,
    #[serde(default)]
    auto_merge: bool,
}

pub(crate) fn open(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let input: Input = step.input()?;
    let path = target(input.target_path.as_deref())?;
    let folder = input.folder(&path)?;
    let id = written(input.projectid.as_ref());
    if step.is_dry("open a merge request") {
        let slug = id.map_or_else(|| step.target.slug(), Ok)?;
        let known = Known { path_with_namespace: slug.clone(), ..Known::default() };
        let url = format!("https://{}/{slug}/-/merge_requests/0", step.target.host.name);
        return Ok(output(&known, input.target_branch_name.as_deref().unwrap_or("main"), &url));
    }
    let known = known(&step, id.as_deref())?;
    let default = known.default_branch.clone().unwrap_or_else(|| "main".to_owned());
    let onto = input.target_branch_name.clone().filter(|name| !name.is_empty()).unwrap_or(default);
    let manner = input.commit_action.unwrap_or(Manner::Auto);
    if let (Some(folder), true) = (folder, manner != Manner::Skip) {
        input.commit(&step, &known, &folder, &path, &onto, manner)?;
    }
    let request = input.request(&step, &known, &onto)?;
    input.finish(&step, &known, &request)?;
    Ok(output(&known, &onto, request["web_url"].as_str().unwrap_or_default()))
}

fn output(known: &Known, target: &str, url: &str) -> Output {
    Output::none()
        .with("targetBranchName", target)
        .with("projectid", known.id.to_string())
        .with("projectPath", known.path_with_namespace.as_str())
        .with("mergeRequestUrl", url)
}

impl Input {
    /// What is committed. As in Backstage, a folder of the workspace that is called as the target is what is meant where nothing is said.
    fn folder(&self, target: &str) -> Result<Option<String>> {
        match &self.source_path {
            Some(source) => source.folder(),
            None => Ok(Source::Folder(target.to_owned()).folder().unwrap_or_else(|_| Some(String::new()))),
        }
    }

    /// Commits to the branch, which is made for it. One that is there already is used as it is, if it holds the files.
    fn commit(
        &self,
        step: &Step<'_>,
        known: &Known,
        folder: &str,
        path: &str,
        onto: &str,
        manner: Manner,
    ) -> Result<()> {
        let place = format!("{}#{}", known.http_url_to_repo, self.branch_name);
        if memory::noted(step.invocation, &place)?.is_some() {
            info!("the branch {} was committed to before by this step", self.branch_name);
            return Ok(());
        }
        let there = newest(step, known.id, &self.branch_name)?;
        let commit = Commit {
            project: known.id,
            branch: &self.branch_name,
            start: Some(onto).filter(|_| there.is_none()),
            message: &self.title,
            author: None,
            folder,
            target: path,
            manner,
            is_first: false,
            allow_empty: false,
        };
        if there.is_some() {
            return match commit.actions(step)?.is_empty() {
                true => Ok(()),
                false => Err(Error::Invalid(format!(
                    "input.branchName: the branch {} is there already, and does not hold these files; choose another name, or add to it with \
                     `gitlab:repo:push` and say `commitAction: skip` here",
                    self.branch_name
                ))),
            };
        }
        match commit.make(step)? {
            Some(id) => memory::note(step.invocation, &place, &id),
            None => Err(Error::Failed(format!(
                "nothing of the workspace differs from the branch {onto}, so that there is nothing to merge; correct `sourcePath` or `targetPath`"
            ))),
        }
    }

    /// The merge request, which may be open already.
    fn request(&self, step: &Step<'_>, known: &Known, onto: &str) -> Result<Value> {
        let (path, api) = (format!("/projects/{}/merge_requests", known.id), &step.api);
        let labels = match &self.labels {
            Some(Value::Array(all)) => {
                let all: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
                Some(all.join(","))
            }
            labels => labels.as_ref().and_then(Value::as_str).map(str::to_owned),
        };
        let assignee = self.assignee.as_deref().filter(|name| !name.is_empty());
        let assignee = assignee.map(|name| seen(step, name)).transpose()?.flatten();
        let reviewers = self.reviewers.iter().map(|name| seen(step, name)).collect::<Result<Vec<Option<u64>>>>()?;
        let reviewers: Vec<u64> = reviewers.into_iter().flatten().collect();
        let body = said_only(json!({
            "source_branch": self.branch_name,
            "target_branch": onto,
            "title": self.title,
            "description": self.description,
            "remove_source_branch": self.remove_source_branch,
            "assignee_id": assignee,
            "reviewer_ids": Some(reviewers).filter(|all| !all.is_empty()),
            "labels": labels.filter(|labels| !labels.is_empty()),
        }));
        match api.post(&path, &body) {
            Err(fault) if fault.is(&[409]) => {
                info!("a merge request of the branch {} is open already", self.branch_name);
                let (source, target) = (part(&self.branch_name), part(onto));
                let open = format!("{path}?state=opened&source_branch={source}&target_branch={target}");
                let open: Vec<Value> = api.get(&open).map_err(api.to("find the merge request"))?;
                open.into_iter().next().ok_or_else(|| api.refused("open a merge request", fault))
            }
            made => made.map_err(api.to("open a merge request")),
        }
    }

    /// What is asked of a merge request once it is open.
    fn finish(&self, step: &Step<'_>, known: &Known, request: &Value) -> Result<()> {
        let (path, api) = (format!("/projects/{}/merge_requests/{}", known.id, request["iid"]), &step.api);
        if self.assign_reviewers_from_approval_rules {
            let rules: Vec<Value> =
                api.get(&format!("{path}/approval_rules")).map_err(api.to("read who has to approve"))?;
            let approvers = rules.iter().filter_map(|rule| rule["eligible_approvers"].as_array()).flatten();
            let ids: Vec<&Value> = approvers.map(|user| &user["id"]).collect();
            if !ids.is_empty() {
                api.put(&path, &json!({ "reviewer_ids": ids }))
                    .map_err(api.to("ask for reviews of the merge request"))?;
            }
        }
        if self.auto_merge {
            // The first is how servers before 17.11 call it.
            let body = json!({ "merge_when_pipeline_succeeds": true, "auto_merge": true });
            api.put(&format!("{path}/merge"), &body).map_err(api.to("have the merge request merged when it may be"))?;
        }
        Ok(())
    }
}

/// The number of a user; none of one whom GitLab does not know, which is told: the merge request is opened all the same.
fn seen(step: &Step<'_>, name: &str) -> Result<Option<u64>> {
    match user(step, name) {
        Err(Error::NotFound(said)) => {
            warn!("{said}");
            Ok(None)
        }
        found => found.map(Some),
    }
}
