//! Templates: what stands between `${{` and `}}` in software templates and in the files of skeletons, as Backstage's scaffolder has it.
//!
//! Rule: pure, and bounded by [`limits`]. Nothing reads a file, an address or a clock; the same template and context come to the same.
//! A template is hostile, and so is what a context holds: sentences name places and kinds of values, never values.
//!
//! Not here: what actions do, which files of a skeleton are templates (`copyWithoutTemplating`), whether a path that a name comes to
//! stays in its workspace, what is done with secrets. Whoever runs a template asks [`Template::secrets`] and masks.
//!
//! The way of a text: it is cut into tags (`source`, `tokens`), each of which is parsed by nunjucks' grammar (`parser`, `statements`),
//! and translated (`translate`, `emit`) into a program for minijinja, which has the blocks, macros, scopes and the fuel (`engine`).
//! Operators, members, methods, filters and tests are ours, since Python's and JavaScript's differ in each of them.
//!
//! [`Template`] is a value with texts in it: a text that is one expression has its value, and what comes to nothing is left out.
//! [`TextTemplate`] is a file or its name. [`Condition`] and [`Each`] are a step's `if` and `each`. All are parsed once, and evaluated
//! against a [`Context`].
//!
//! ```
//! use portico_templates::{Context, Template};
//! use serde_json::json;
//!
//! let input = Template::parse(&json!({"repo": "${{ parameters.name | lower }}", "tags": "${{ parameters.tags }}"}))?;
//! let context = Context::new().with("parameters", &json!({"name": "Billing", "tags": ["a"]}))?;
//! assert_eq!(input.evaluate(&context)?, Some(json!({"repo": "billing", "tags": ["a"]})));
//! # Ok::<(), portico_templates::TemplateError>(())
//! ```
//!
//! # What Backstage takes and we refuse
//!
//! Each has a sentence that says what to write.
//!
//! | what | what Backstage makes of it | why not |
//! |---|---|---|
//! | an expression that fails in an input | its own source text | the mistake goes on into a repository |
//! | an object in a text | `[object Object]` | nobody means it; files of skeletons may have it written ([`Context::taking_objects`]) |
//! | `+` and `~` with nothing or null | `aundefined`, `anull` | nobody means it |
//! | arithmetic that comes to no number, `my-name` | `NaN`, null | a name with `-` is meant |
//! | `not A == B` | `(not A) == B` | reads as the opposite |
//! | `A < B < C` | `(A < B) < C` | reads as something else |
//! | comparing lists or objects with each other | whether they are the same one | always false for what looks alike |
//! | `if` without an expression, other than `"true"` and `""` | true | the expression was forgotten |
//! | `for x in object` | nothing | `for key, value in object` is meant |
//! | a text with `[from:to]` | a list of characters | `slice` is meant |
//! | filters on kinds of values that they are not for, such as `5 \| urlencode`, or `undefined \| round` | nothing, `NaN` | nobody means it |
//! | `selectattr` and `rejectattr` with a test | the test is ignored | selects the wrong ones |
//! | `sum` of what is no number | a text, `NaN` | nobody means it |
//! | more arguments than a macro has | the rest is ignored | a mistake |
//! | `replace(old)` | `undefined` | a mistake |
//! | `push`, `append`, `pop` on lists | the list changes | values do not change; `concat` makes another |
//! | `random`, `urlize`, `cycler`, `joiner` | works | a run must come to the same again; markup is none of ours; rare |
//! | `(1, 2)` | the last one | nobody means it |
//! | look-around and back references in regular expressions | works, for ever if it likes | not linear in the text |
//!
//! # What differs
//!
//! | what | Backstage | here |
//! |---|---|---|
//! | `reverse()` and `sort()` of a list | change the list as well | make another one |
//! | lengths and places in texts | count UTF-16 units | count characters |
//! | whole numbers beyond 2^53 | lose digits | keep them |
//! | `always()` behind an `or` that is settled already | as if it were not there | asks all the same |
//!
//! More than there: `replaceAll`, `repeat`, `padStart`, `padEnd` of texts; `keys`, `values`, `items`, `get` of objects without
//! `cookiecutterCompat`; objects in objects; a comma behind the last item; white space before the first `case`.

mod context;
mod emit;
mod engine;
mod error;
mod expression;
mod filters;
mod hosts;
pub mod limits;
mod methods;
mod names;
mod operators;
mod parser;
mod pieces;
mod predicates;
mod secrets;
mod source;
mod statements;
mod step;
mod template;
mod text;
mod tokens;
mod translate;
mod value;

pub use context::Context;
pub use error::{Position, TemplateError};
pub use expression::Dialect;
pub use hosts::{Forge, KNOWN};
pub use limits::Limit;
pub use secrets::SecretRead;
pub use source::Whitespace;
pub use step::{Condition, Each, Item, is_true};
pub use template::{Template, TextTemplate};
