//! Statements: what a block tag says, `{% for name in list %}` and so on.
//!
//! Rule: a tag that is not in here is refused by its name, with what to write instead. Whether tags fit each other is the
//! translation's business.

use crate::error::TemplateError;
use crate::expression::{Argument, Dialect, Expr};
use crate::parser::Parser;
use crate::tokens::{Token, Word};

/// A parameter of a macro, with what it is if it is not given.
pub(crate) type Parameter = (String, Option<Expr>);

/// A block tag.
#[derive(Debug)]
pub(crate) enum Statement {
    If(Expr),
    ElseIf(Expr),
    Else,
    For(Vec<String>, Expr),
    /// Names and their value; without one, what follows up to `endset` is it.
    Set(Vec<String>, Option<Expr>),
    Macro(String, Vec<Parameter>),
    /// Parameters of the body, the macro, its arguments.
    Call(Vec<Parameter>, String, Vec<Argument>),
    Filter(String, Vec<Argument>),
    Switch(Expr),
    Case(Expr),
    Default,
    Block,
    /// The end of what is called so.
    End(&'static str),
}

/// Tags that are ended by their name behind `end`.
const ENDED: [&str; 8] = ["if", "for", "set", "macro", "call", "filter", "switch", "block"];

/// Reads the tokens of a block tag.
pub(crate) fn read(
    source: &str,
    dialect: Dialect,
    tokens: &[Token],
    at: usize,
    end: usize,
) -> Result<Statement, TemplateError> {
    let Some(Token { word: Word::Name(name), .. }) = tokens.first() else {
        return Err(TemplateError::at(source, at, "the tag says nothing; write what it does, such as `if`"));
    };
    let mut parser = Parser::new(source, dialect, &tokens[1..], end);
    let statement = match name.as_str() {
        "if" => Statement::If(parser.expression()?),
        "elif" | "elseif" => Statement::ElseIf(parser.expression()?),
        "else" => Statement::Else,
        "for" => loop_over(&mut parser)?,
        "set" => set(&mut parser)?,
        "macro" => {
            let name = parser.name("the name of the macro")?;
            Statement::Macro(name, parameters(&mut parser)?)
        }
        "call" => call(&mut parser)?,
        "filter" => {
            let (name, arguments) = parser.filter()?;
            Statement::Filter(name, arguments)
        }
        "switch" => Statement::Switch(parser.expression()?),
        "case" => Statement::Case(parser.expression()?),
        "default" => Statement::Default,
        "block" => {
            parser.name("the name of the block")?;
            Statement::Block
        }
        other => {
            let ended = other.strip_prefix("end").and_then(|name| ENDED.into_iter().find(|known| *known == name));
            let Some(ended) = ended else {
                return Err(TemplateError::at(source, at, refusal(other)));
            };
            // `{% endblock name %}` may repeat the name.
            if ended == "block" && !parser.is_done() {
                parser.name("the name of the block")?;
            }
            Statement::End(ended)
        }
    };
    parser.finish()?;
    Ok(statement)
}

fn refusal(name: &str) -> String {
    let why = match name {
        "include" | "import" | "from" | "extends" => "a template reads no other files; put the text in here",
        "autoescape" => "nothing is escaped by itself; use the filter `escape`",
        "asyncEach" | "asyncAll" => "write `{% for %}`",
        "break" | "continue" => "put an `{% if %}` around what is to be left out",
        "with" | "do" => "write `{% set %}`",
        _ => "take it out, or put it between `{% raw %}` and `{% endraw %}`",
    };
    format!("there is no tag `{name}`; {why}")
}

fn names(parser: &mut Parser<'_>) -> Result<Vec<String>, TemplateError> {
    let mut names = vec![parser.name("a name")?];
    while parser.take_sign(",") {
        names.push(parser.name("a name")?);
    }
    Ok(names)
}

fn loop_over(parser: &mut Parser<'_>) -> Result<Statement, TemplateError> {
    let names = names(parser)?;
    if !parser.take_word("in") {
        return parser.fail("`in` is missing; write `{% for name in list %}`");
    }
    Ok(Statement::For(names, parser.expression()?))
}

fn set(parser: &mut Parser<'_>) -> Result<Statement, TemplateError> {
    let names = names(parser)?;
    if parser.is_done() {
        return Ok(Statement::Set(names, None));
    }
    parser.sign("=")?;
    Ok(Statement::Set(names, Some(parser.expression()?)))
}

fn parameters(parser: &mut Parser<'_>) -> Result<Vec<Parameter>, TemplateError> {
    parser.sign("(")?;
    let mut parameters: Vec<Parameter> = vec![];
    while !parser.take_sign(")") {
        if !parameters.is_empty() {
            parser.sign(",")?;
        }
        let name = parser.name("the name of a parameter")?;
        if parameters.iter().any(|(other, _)| *other == name) {
            return parser.fail(format!("the parameter `{name}` is there twice; give one of them another name"));
        }
        let default = if parser.take_sign("=") { Some(parser.expression()?) } else { None };
        parameters.push((name, default));
    }
    Ok(parameters)
}

fn call(parser: &mut Parser<'_>) -> Result<Statement, TemplateError> {
    let of_body = if parser.take_sign("(") { parameters_behind(parser)? } else { vec![] };
    let name = parser.name("the name of a macro")?;
    parser.sign("(")?;
    let arguments = parser.arguments()?;
    Ok(Statement::Call(of_body, name, arguments))
}

/// Parameters whose `(` was taken.
fn parameters_behind(parser: &mut Parser<'_>) -> Result<Vec<Parameter>, TemplateError> {
    let mut parameters = vec![];
    while !parser.take_sign(")") {
        if !parameters.is_empty() {
            parser.sign(",")?;
        }
        parameters.push((parser.name("the name of a parameter")?, None));
    }
    Ok(parameters)
}
