//! Limits: how much a template may cost, by name.
//!
//! Rule: whoever wrote a template is a stranger. Each limit has a number, a reason and a test at its edge; what is over one ends with
//! a sentence, never with half a result. Not here: what a whole run may cost; a run evaluates templates one at a time.

/// Bytes of one text that is parsed: an expression with its surroundings, or a file of a skeleton. Larger files are no templates.
pub const SOURCE_BYTES: usize = 1024 * 1024;

/// Levels of one expression; parsing takes stack for each.
pub const EXPRESSION_DEPTH: usize = 40;

/// Blocks inside of blocks; evaluating takes stack for each.
pub const BLOCK_DEPTH: usize = 20;

/// Items of one list or object that stands in an expression; the engine counts the arguments of a call in a small number.
pub const LITERAL_ITEMS: usize = 500;

/// Levels of lists and objects inside of each other, in a context and in a result; taking a value apart takes stack for each.
pub const VALUE_DEPTH: usize = 64;

/// Work of one evaluation, of a whole [`Template`](crate::Template) or of one text: one for each step of the engine, and one for each
/// 64 bytes that are made or looked at. So it bounds memory as well, to some 32 MB.
pub const FUEL: u64 = 500_000;

/// Bytes of what an evaluation comes to.
pub const OUTPUT_BYTES: usize = 4 * 1024 * 1024;

/// Numbers that `range` gives.
pub const RANGE_ITEMS: usize = 10_000;

/// Times that a step with `each` runs: every one is a call of an action.
pub const EACH_ITEMS: usize = 1_000;

/// Calls of macros inside of each other, as the engine weighs them; each takes stack.
pub const MACRO_DEPTH: usize = 150;

/// Bytes that a regular expression may take once compiled.
pub const REGEX_BYTES: usize = 256 * 1024;

/// A limit that was met, as an error carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// [`SOURCE_BYTES`]
    #[error("the text has more than {SOURCE_BYTES} bytes; copy it without templating, or split it")]
    Source,
    /// [`EXPRESSION_DEPTH`]
    #[error(
        "the expression is nested more than {EXPRESSION_DEPTH} levels deep; put parts of it into steps or `{{% set %}}`"
    )]
    Expression,
    /// [`BLOCK_DEPTH`]
    #[error("blocks stand inside of each other more than {BLOCK_DEPTH} levels deep; take some of them apart")]
    Blocks,
    /// [`LITERAL_ITEMS`]
    #[error("a list or object in an expression has more than {LITERAL_ITEMS} items; give them as a parameter")]
    Literal,
    /// [`VALUE_DEPTH`]
    #[error("lists and objects are inside of each other more than {VALUE_DEPTH} levels deep; make the value flatter")]
    Depth,
    /// [`FUEL`]
    #[error("the evaluation takes more than {FUEL} units of work; loop over fewer items, or make smaller values")]
    Work,
    /// [`OUTPUT_BYTES`]
    #[error("the result has more than {OUTPUT_BYTES} bytes; make a smaller one")]
    Output,
    /// [`RANGE_ITEMS`]
    #[error("`range` gives at most {RANGE_ITEMS} numbers; ask for fewer")]
    Range,
    /// [`EACH_ITEMS`]
    #[error("`each` has more than {EACH_ITEMS} items; split the step")]
    Each,
    /// [`MACRO_DEPTH`]
    #[error("macros call each other without an end, or too deep; let them call each other less")]
    Macros,
    /// [`REGEX_BYTES`]
    #[error("the regular expression takes more than {REGEX_BYTES} bytes once compiled; make it shorter")]
    Regex,
}
