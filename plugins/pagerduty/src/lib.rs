//! PagerDuty in the portal: who is on call for what, and what is on fire.
//!
//! A run (`sync`) reads the account and hands over an object for each service, policy and schedule (`service`), of which mappings make
//! entities and facts; `links` says which entities of the catalog a service is about. A webhook (`webhook`), a change in the catalog
//! (`subscriber`) or a button has one service read anew (`refresh`), at once or by a run as `turns` says; `lease` keeps the later reading.
//! `reading` asks PagerDuty by way of `api`, and
//! `incidents`, `acknowledged` and `rota` make figures of what it answers. `parts` says what becomes of a part that is
//! missing, and `portico_sdk::doubt` what of one that is empty all at once. `cards` shows what the facts say, and `check` finds out whether all of this can
//! work.

mod acknowledged;
mod api;
#[cfg(test)]
mod asked;
mod cards;
mod check;
mod incidents;
mod lease;
mod links;
mod parts;
mod reading;
mod refresh;
mod rota;
mod service;
mod settings;
mod subscriber;
mod sync;
#[cfg(test)]
mod testing;
mod time;
mod turns;
mod webhook;

portico_sdk::plugin! {
    ingestion: sync::sync,
    cards: cards::PagerDuty,
    routes: webhook::handle,
    subscriber: subscriber::handle,
    checks: check::check,
}
