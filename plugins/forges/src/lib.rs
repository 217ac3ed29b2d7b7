//! Finds the repositories of an organisation on GitHub, GitLab or Gitea, brings in what their descriptors describe, and says how each
//! repository stands.
//!
//! What the operator wrote is `settings`, what all forges have in common is `repository`, and what each answers in its own way is a
//! `Dialect` (`github`, `gitlab`, `gitea`), spoken over an `api` that reads lists in `pages`. A run is `sync`: the `listing` says which
//! repositories there are, `gone` which are no more, `memory` what was known of them before, and `reading` reads one, in `parts` with a
//! right each. Who names it by an annotation is `annotated`, and what it and all others are called as entities is `names`. `people` brings
//! in users and teams. A `webhook` has a run read one repository, which is `asked`, `cards` show what a forge says now, and `checks` find
//! out in words what is wrong.
//!
//! Rule: nothing is removed that a forge has not said to be gone. A listing that fails, or that leaves out what can still be asked for, removes
//! nothing.

mod annotated;
mod api;
mod asked;
mod cards;
mod checks;
mod cursor;
mod dialect;
mod gitea;
mod github;
mod gitlab;
mod gone;
mod listing;
mod memory;
mod names;
mod pages;
mod parts;
mod people;
mod reading;
mod repository;
#[cfg(test)]
mod requests;
mod settings;
mod site;
mod sync;
#[cfg(test)]
mod testing;
mod tree;
mod webhook;

use portico_sdk::checks::Findings;
use portico_sdk::routes::{Request, Response};
use portico_sdk::{Result, settings as sdk_settings};

use crate::settings::Settings;
use crate::tree::Host;

portico_sdk::plugin! { ingestion: sync_all, cards: cards::Shown, routes: handle, checks: check }

fn sync_all() -> Result<()> {
    sync::run(&Host, &read_settings()?)
}

fn handle(request: &Request) -> Result<Response> {
    webhook::handle(&read_settings()?, request)
}

fn check(findings: &mut Findings) {
    match read_settings() {
        Ok(settings) => checks::check(&Host, &settings, findings),
        Err(error) => findings.failed("Settings", error.to_string()),
    }
}

fn read_settings() -> Result<Settings> {
    sdk_settings::read::<Settings>()?.check()
}
