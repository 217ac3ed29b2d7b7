//! Values as words: numbers, times, kinds, relations.
//!
//! Rule: pure functions of their arguments, the same on the server and in the browser. No views here.

pub(crate) mod field;
pub(crate) mod kind;
pub(crate) mod number;
pub(crate) mod relation;
pub(crate) mod source;
pub(crate) mod task;
pub(crate) mod time;
