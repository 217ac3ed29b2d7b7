//! The store from outside: what sources say goes in, what the portal shows comes out, whatever happens in between.

mod aggregates;
mod backup;
mod crash;
mod deletion;
mod facts;
mod faults;
mod files;
mod formats;
mod guard;
mod kinds;
mod locations;
mod queries;
mod removed;
mod story;
mod support;
mod syncs;
mod values;
