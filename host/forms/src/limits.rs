//! What a form may cost.
//!
//! Rule: each bound has a name, a reason and a test at its edge. How large a page's schema may be is bounded with all other schemas, in
//! `portico_kinds`.

/// Pages of a form: more than anybody goes through.
pub const PAGES: usize = 50;

/// Values of all conditions of a page together. Conditions are compiled by themselves, and one within another twice.
pub const CONDITIONS: usize = 20_000;

/// Items of a list that have fields of their own; a longer list is written as JSON.
pub const ITEMS: usize = 200;

/// Rounds in which values bring conditions to hold that bring further values: more than a person could follow.
pub const ROUNDS: usize = 32;

/// Faults that are told of a page; who mends these sees the next.
pub const FAULTS: usize = 50;

/// Levels of objects and lists in each other.
pub const DEPTH: usize = 40;

/// Pairs that a form may send.
pub const PAIRS: usize = 10_000;

/// Fields of a page that are drawn; lists and objects beyond are written as JSON.
pub const FIELDS: usize = 5_000;

/// Bytes of defaults that are filled in, those of a list's items again for each.
pub const DEFAULTS: usize = 64 << 10;
