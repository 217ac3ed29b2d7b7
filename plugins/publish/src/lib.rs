//! The steps of templates that reach outside: repositories that are made and pushed to, changes that are proposed, and what forges have
//! beside them.
//!
//! Which forge a step means, and where, is `host` and `target`; `step` puts both together with the step's own input. `api` speaks to forges, `push`
//! pushes with the portal's Git, and `memory` knows what a step that was broken off has done already. `github`, `gitlab` and `gitea` are one
//! forge each, `git` is any server. `lists` is what fields of forms offer.
//!
//! Rule: inputs and outputs are as Backstage has them. What is there already is never overwritten: a repository that holds something is an error that
//! says so. In a dry run everything is judged, and nothing is sent.

mod api;
mod git;
mod gitea;
mod github;
mod gitlab;
mod host;
mod lists;
mod memory;
mod push;
mod seal;
mod step;
mod target;
#[cfg(test)]
mod tests;

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Error, Result};

portico_sdk::plugin! { actions: perform }

type Action = fn(&Invocation) -> Result<Output>;

/// What stands behind each action of the manifest.
const ACTIONS: [(&str, Action); 24] = [
    ("forge:branches", lists::branches),
    ("forge:owners", lists::owners),
    ("forge:repositories", lists::repositories),
    ("github:actions:dispatch", github::workflows::dispatch),
    ("github:autolinks:create", github::repository_settings::autolink),
    ("github:branch-protection:create", github::protection::create),
    ("github:environment:create", github::environment::create),
    ("github:issues:create", github::issues::create),
    ("github:issues:label", github::issues::label),
    ("github:pages:enable", github::repository_settings::pages),
    ("github:repo:create", github::publish::create),
    ("github:repo:push", github::publish::push),
    ("github:webhook", github::repository_settings::webhook),
    ("gitlab:group:ensureExists", gitlab::groups::ensure),
    ("gitlab:issues:create", gitlab::issues::create),
    ("gitlab:pipeline:trigger", gitlab::pipelines::trigger),
    ("gitlab:projectVariable:create", gitlab::variables::create),
    ("gitlab:repo:push", gitlab::commits::push),
    ("publish:git", git::publish),
    ("publish:gitea", gitea::publish),
    ("publish:github", github::publish::publish),
    ("publish:github:pull-request", github::pull_request::open),
    ("publish:gitlab", gitlab::publish::publish),
    ("publish:gitlab:merge-request", gitlab::merge_request::open),
];

fn perform(invocation: &Invocation) -> Result<Output> {
    let found = ACTIONS.iter().find(|(id, _)| *id == invocation.action);
    let (_, action) =
        found.ok_or_else(|| Error::Invalid(format!("there is no action `{}` here", invocation.action)))?;
    action(invocation)
}
