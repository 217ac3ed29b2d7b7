//! The program from outside: started, configured, fed from Git repositories, killed, and asked over HTTP.

mod access;
mod aggregates;
mod backup;
mod client;
mod crash;
mod kinds;
mod locations;
mod plugins;
mod program;
mod removed;
mod repositories;
mod upkeep;
