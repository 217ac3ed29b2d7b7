//! The protection of branches of GitHub.

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Result, info, warn};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{begin, known};
use crate::api::{Fault, part};
use crate::step::Step;

/// What a protected branch takes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Protection {
    #[serde(alias = "protectEnforceAdmins")]
    enforce_admins: Option<bool>,
    required_approving_review_count: Option<u32>,
    require_code_owner_reviews: Option<bool>,
    dismiss_stale_reviews: Option<bool>,
    bypass_pull_request_allowances: Option<Value>,
    restrictions: Option<Restrictions>,
    required_status_check_contexts: Vec<String>,
    require_branches_to_be_up_to_date: Option<bool>,
    required_conversation_resolution: Option<bool>,
    require_last_push_approval: Option<bool>,
    required_commit_signing: Option<bool>,
    required_linear_history: Option<bool>,
    block_creations: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Restrictions {
    users: Vec<String>,
    teams: Vec<String>,
    apps: Vec<String>,
}

impl Protection {
    /// Protects a branch; where GitHub offers none for the price, that is said and no more.
    pub(super) fn set(&self, step: &Step<'_>, branch: &str) -> Result<()> {
        let path = format!("{}/branches/{}/protection", step.target.path()?, part(branch));
        match self.ask(step, &path) {
            Ok(()) => {
                info!("the branch {branch} is protected");
                Ok(())
            }
            Err(fault) if fault.is(&[403]) && fault.says("upgrade to") => {
                warn!(
                    "the branch {branch} is not protected: GitHub protects no branches of private repositories of this account"
                );
                Ok(())
            }
            Err(fault) => Err(step.api.refused(&format!("protect the branch {branch}"), fault)),
        }
    }

    fn ask(&self, step: &Step<'_>, path: &str) -> std::result::Result<(), Fault> {
        step.api.put(path, &self.body())?;
        if self.required_commit_signing == Some(true) {
            step.api.post(&format!("{path}/required_signatures"), &json!({}))?;
        }
        Ok(())
    }

    fn body(&self) -> Value {
        let mut reviews = json!({
            "required_approving_review_count": self.required_approving_review_count.unwrap_or(1),
            "require_code_owner_reviews": self.require_code_owner_reviews.unwrap_or(false),
            "dismiss_stale_reviews": self.dismiss_stale_reviews.unwrap_or(false),
            "require_last_push_approval": self.require_last_push_approval.unwrap_or(false),
        });
        if let Some(allowances) = &self.bypass_pull_request_allowances {
            reviews["bypass_pull_request_allowances"] = allowances.clone();
        }
        json!({
            "required_status_checks": {
                "strict": self.require_branches_to_be_up_to_date.unwrap_or(true),
                "contexts": self.required_status_check_contexts,
            },
            "restrictions": self.restrictions.as_ref().map(|who| json!({ "users": who.users, "teams": who.teams, "apps": who.apps })),
            "enforce_admins": self.enforce_admins.unwrap_or(true),
            "required_pull_request_reviews": reviews,
            "required_conversation_resolution": self.required_conversation_resolution.unwrap_or(false),
            "required_linear_history": self.required_linear_history.unwrap_or(false),
            "block_creations": self.block_creations.unwrap_or(false),
        })
    }
}

#[derive(Deserialize)]
struct Input {
    branch: Option<String>,
    #[serde(flatten)]
    protection: Protection,
}

/// `github:branch-protection:create`.
pub(crate) fn create(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let Input { branch, protection } = step.input()?;
    let slug = step.target.slug()?;
    if step.is_dry(&format!("protect a branch of {slug}")) {
        return Ok(Output::none());
    }
    let branch = match branch.filter(|branch| !branch.is_empty()) {
        Some(branch) => branch,
        None => known(&step)?.default_branch,
    };
    protection.set(&step, &branch)?;
    Ok(Output::none())
}
