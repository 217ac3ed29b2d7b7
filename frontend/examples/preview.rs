//! Serves the pages over canned answers.
fn main() {}
