//! Plugins in a running portal: attacks, and the life of a plugin from its file to its runs.

mod actions;
mod begins;
mod beside;
mod binned;
mod by_themselves;
mod described;
mod everywhere;
mod follows;
mod hostile;
mod installed;
mod kinds;
mod life;
mod outside;
mod own;
mod points;
mod resting;
mod shares;
mod support;
mod trespass;

#[path = "../../../../tests/hostile/src/attack.rs"]
mod attack;
