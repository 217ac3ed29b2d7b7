//! What templates come to, what is said of those that are wrong, and where their limits are.

mod language;
mod limits;
mod sentences;
mod support;
mod values;
