//! The program from outside: started, configured, fed from Git repositories, files and web servers, killed, and asked over HTTP.

mod access;
mod aggregates;
mod authors;
mod backup;
mod client;
mod contract;
mod crash;
mod described;
mod files;
mod forges;
mod installed;
mod intake;
mod kinds;
mod kubernetes;
mod locations;
mod pagerduty;
mod plugins;
mod program;
mod projects;
mod removed;
mod repositories;
mod rules;
mod trial_run;
mod upkeep;
mod view;
mod web;
