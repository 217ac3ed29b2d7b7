//! The pages in a real browser: as readers find, filter, follow and start things.

mod catalog;
mod company;
mod create;
mod entity;
mod fill;
mod frame;
mod joined;
mod kinds;
mod life;
mod operate;
mod parts;
mod plain;
mod plugins;
