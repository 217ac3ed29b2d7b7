//! Templates.

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
pub use hosts::Forge;
pub use limits::Limit;
pub use secrets::SecretRead;
pub use source::Whitespace;
pub use step::{Condition, Each, Item, is_true};
pub use template::{Template, TextTemplate};
