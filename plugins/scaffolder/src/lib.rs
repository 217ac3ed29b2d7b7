//! The steps of templates that every portal has: what fetches files, renders skeletons, arranges what came of it, and registers it.
//!
//! Where an address of a template leads is `address`, whose files come in by `source`. `skeleton` renders them with
//! `portico_templates`, and `fetch` takes them as they are. `filesystem`, `utilities` and `structured` work on files of the workspace,
//! `catalog` and `web` on what is outside of it, `debug` is for authors of templates.
//!
//! Rule: inputs and outputs are as Backstage has them. A template is hostile, and so is what it fetches: paths stay in the workspace,
//! and texts are rendered within the bounds of `portico_templates`.

mod address;
mod catalog;
mod debug;
mod fetch;
mod filesystem;
mod patterns;
mod place;
mod rendering;
mod settings;
mod skeleton;
mod source;
mod structured;
#[cfg(test)]
mod tests;
mod utilities;
mod web;

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Error, Result};

portico_sdk::plugin! { actions: perform }

type Action = fn(&Invocation) -> Result<Output>;

/// What stands behind each action of the manifest.
const ACTIONS: [(&str, Action); 25] = [
    ("catalog:fetch", catalog::fetch),
    ("catalog:register", catalog::register),
    ("catalog:template:version", catalog::template_version),
    ("catalog:unregister", catalog::unregister),
    ("catalog:write", catalog::write),
    ("debug:log", debug::log),
    ("debug:wait", debug::wait),
    ("fetch:plain", fetch::plain),
    ("fetch:plain:file", fetch::plain_file),
    ("fetch:template", skeleton::folder),
    ("fetch:template:file", skeleton::file),
    ("fs:delete", filesystem::delete),
    ("fs:readdir", filesystem::readdir),
    ("fs:rename", filesystem::rename),
    ("http:backstage:request", web::request),
    ("http:request", web::request),
    ("roadiehq:utils:fs:append", utilities::append),
    ("roadiehq:utils:fs:parse", structured::parse),
    ("roadiehq:utils:fs:replace", utilities::replace),
    ("roadiehq:utils:fs:write", utilities::write),
    ("roadiehq:utils:json:merge", structured::merge_json),
    ("roadiehq:utils:merge", structured::merge),
    ("roadiehq:utils:serialize:json", structured::to_json),
    ("roadiehq:utils:serialize:yaml", structured::to_yaml),
    ("roadiehq:utils:sleep", debug::sleep),
];

fn perform(invocation: &Invocation) -> Result<Output> {
    let found = ACTIONS.iter().find(|(id, _)| *id == invocation.action);
    let (_, action) =
        found.ok_or_else(|| Error::Invalid(format!("there is no action `{}` here", invocation.action)))?;
    action(invocation)
}
