//! Translation: a text with tags becomes a program for the engine.
//!
//! Rule: every tag that opens is closed by its own, within the limits; what cannot be said to the engine is refused here, with its
//! place. White space is settled before, so that the engine takes none away.
//!
//! Names that a loop sets are shared with what stands around it, as nunjucks has it: they hold a box, which all of them see.

use std::collections::BTreeSet;

use crate::emit::{Code, Scope};
use crate::error::TemplateError;
use crate::expression::{Argument, Dialect, Expr, Node};
use crate::limits::{BLOCK_DEPTH, Limit, SOURCE_BYTES};
use crate::parser::Parser;
use crate::pieces::{self, Step};
use crate::secrets::{self, SecretRead};
use crate::source::{self, Piece, Whitespace};
use crate::statements::{self, Parameter, Statement};

/// What a text comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The value of its one expression, beside which nothing stands.
    Value,
    /// A text.
    Text,
}

/// A text that was translated.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) code: String,
    pub(crate) shape: Shape,
    pub(crate) secrets: BTreeSet<SecretRead>,
    /// It asks what became of the run so far: `always()`, `failure()`.
    pub(crate) asks_status: bool,
    source: String,
    marks: Vec<(usize, usize)>,
}

impl Program {
    /// An error at a byte of the code, as one at its place in the source.
    pub(crate) fn error(&self, code_at: usize, problem: String, limit: Option<Limit>) -> TemplateError {
        let behind = self.marks.partition_point(|(code, _)| *code <= code_at);
        let at = behind.checked_sub(1).map_or(0, |mark| self.marks[mark].1);
        TemplateError { limit, ..TemplateError::at(&self.source, at, problem) }
    }
}

/// Translates a text. If a value is wanted, a text that is one expression has its value.
pub(crate) fn translate(
    source: &str,
    dialect: Dialect,
    whitespace: Whitespace,
    wanted: Shape,
) -> Result<Program, TemplateError> {
    if source.len() > SOURCE_BYTES {
        return Err(Limit::Source.into());
    }
    let steps = read(source, dialect, whitespace)?;
    let mut secrets = BTreeSet::new();
    let mut asks_status = false;
    for expr in steps.iter().flat_map(pieces::expressions) {
        secrets::collect(expr, &mut secrets);
        expr.walk(&mut |part| {
            asks_status |= matches!(&part.node, Node::Call(name, _) if name == "always" || name == "failure");
        });
    }
    let code = Code { source, text: String::with_capacity(source.len() * 2), marks: vec![] };
    let mut translation = Translation { code, scope: pieces::scope(&steps), open: vec![], switches: 0, loops: 0 };
    let shape = match steps.as_slice() {
        [Step::Value(expr)] if wanted == Shape::Value => {
            translation.tag(|code, scope| {
                code.push("set __result = ");
                code.expr(expr, scope)
            })?;
            Shape::Value
        }
        steps => {
            translation.all(steps)?;
            Shape::Text
        }
    };
    let Code { text, marks, .. } = translation.code;
    Ok(Program { code: text, shape, secrets, asks_status, source: source.to_owned(), marks })
}

fn read(source: &str, dialect: Dialect, whitespace: Whitespace) -> Result<Vec<Step<'_>>, TemplateError> {
    let read = |piece| match piece {
        Piece::Text(text) => Ok(Step::Text(text)),
        Piece::Variable(tokens, end) => {
            let mut parser = Parser::new(source, dialect, &tokens, end);
            let expr = parser.expression()?;
            parser.finish()?;
            Ok(Step::Value(expr))
        }
        Piece::Block(tokens, at, end) => Ok(Step::Statement(statements::read(source, dialect, &tokens, at, end)?, at)),
    };
    source::cut(source, dialect, whitespace)?.into_iter().map(read).collect()
}

/// A tag that was opened.
struct Open {
    name: &'static str,
    at: usize,
    /// Names that `set` captures for, or that a loop sets.
    names: Vec<String>,
    /// `else` or `default` was there, or the cases have begun.
    seen: Seen,
    /// The number of a switch, and cases whose body is the next one's.
    switch: usize,
    waiting: Vec<Expr>,
    around: (bool, bool),
}

#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Nothing,
    Case,
    Else,
}

struct Translation<'a> {
    code: Code<'a>,
    scope: Scope,
    open: Vec<Open>,
    switches: usize,
    loops: usize,
}

type Done = Result<(), TemplateError>;

impl Translation<'_> {
    fn fail(&self, at: usize, problem: impl Into<String>) -> Done {
        Err(TemplateError::at(self.code.source, at, problem))
    }

    fn tag(&mut self, inside: impl FnOnce(&mut Code<'_>, &Scope) -> Done) -> Done {
        self.code.push("\u{2}% ");
        inside(&mut self.code, &self.scope)?;
        self.code.push(" %\u{2}");
        Ok(())
    }

    fn word(&mut self, word: &str) {
        self.code.push("\u{2}% ");
        self.code.push(word);
        self.code.push(" %\u{2}");
    }

    fn all(&mut self, steps: &[Step<'_>]) -> Done {
        for (number, step) in steps.iter().enumerate() {
            let before_cases = self.open.last().is_some_and(|open| open.name == "switch" && open.seen == Seen::Nothing);
            match step {
                Step::Text(text) if before_cases && text.trim().is_empty() => {}
                Step::Text(_) | Step::Value(_) if before_cases => {
                    let at = self.open.last().map_or(0, |open| open.at);
                    self.fail(
                        at,
                        "something stands between `switch` and its first `case`; put it before the `switch`",
                    )?;
                }
                Step::Text(text) => self.code.plain(text),
                Step::Value(expr) => {
                    self.code.push("\u{2}{ ");
                    self.code.expr(expr, &self.scope)?;
                    self.code.push(" }\u{2}");
                }
                Step::Statement(statement, at) => {
                    let next = steps.get(number + 1);
                    let falls = matches!(next, Some(Step::Statement(Statement::Case(_) | Statement::Default, _)));
                    self.statement(statement, *at, falls)?;
                }
            }
        }
        match self.open.last() {
            None => Ok(()),
            Some(open) => {
                let name = open.name;
                self.fail(
                    open.at,
                    format!("`{name}` is not closed; write `{{% end{name} %}}` behind what belongs to it"),
                )
            }
        }
    }

    fn open(&mut self, name: &'static str, at: usize) -> Result<&mut Open, TemplateError> {
        if self.open.len() == BLOCK_DEPTH {
            return Err(TemplateError::limit_at(self.code.source, at, Limit::Blocks));
        }
        let around = (self.scope.in_loop, self.scope.in_macro);
        self.open.push(Open { name, at, names: vec![], seen: Seen::Nothing, switch: 0, waiting: vec![], around });
        Ok(self.open.last_mut().expect("it was just pushed"))
    }

    /// The innermost open tag, which must be of a name and not past its `else`.
    fn inside(&mut self, word: &str, names: &[&str], at: usize) -> Result<&mut Open, TemplateError> {
        let source = self.code.source;
        match self.open.last_mut() {
            Some(open) if names.contains(&open.name) && open.seen != Seen::Else => Ok(open),
            _ => {
                let wanted = names.join("` or `");
                let problem = format!("`{word}` stands outside of `{wanted}`, or behind its last part; move it there");
                Err(TemplateError::at(source, at, problem))
            }
        }
    }

    fn statement(&mut self, statement: &Statement, at: usize, falls: bool) -> Done {
        self.code.mark(at);
        match statement {
            Statement::If(expr) => {
                self.open("if", at)?;
                self.tag(|code, scope| {
                    code.push("if ");
                    code.expr(expr, scope)
                })
            }
            Statement::ElseIf(expr) => {
                self.inside("elif", &["if"], at)?;
                self.tag(|code, scope| {
                    code.push("elif ");
                    code.expr(expr, scope)
                })
            }
            Statement::Else => {
                self.inside("else", &["if", "for"], at)?.seen = Seen::Else;
                self.word("else");
                Ok(())
            }
            Statement::For(names, expr) => self.begin_loop(names, expr, at),
            Statement::Set(names, Some(expr)) => self.set(names, expr),
            Statement::Set(names, None) => {
                self.open("set", at)?.names.clone_from(names);
                self.word("set __block");
                Ok(())
            }
            Statement::Macro(name, parameters) => self.begin_macro(name, parameters, at),
            Statement::Call(parameters, name, arguments) => self.begin_call(parameters, name, arguments, at),
            Statement::Filter(name, arguments) => {
                self.open("filter", at)?;
                self.tag(|code, scope| {
                    code.push(&format!("filter {name}("));
                    code.arguments(arguments, "", scope)?;
                    code.push(")");
                    Ok(())
                })
            }
            Statement::Switch(expr) => {
                let number = self.switches;
                self.switches += 1;
                self.open("switch", at)?.switch = number;
                self.tag(|code, scope| {
                    code.push(&format!("set __switch{number} = "));
                    code.expr(expr, scope)
                })
            }
            Statement::Case(expr) => self.case(expr, at, falls),
            Statement::Default => self.default(at),
            Statement::Block => self.open("block", at).map(|_| ()),
            Statement::End(name) => self.end(name, at),
        }
    }

    fn begin_loop(&mut self, names: &[String], expr: &Expr, at: usize) -> Done {
        let sets = std::mem::take(&mut self.scope.loops[self.loops]);
        self.loops += 1;
        self.open("for", at)?.names = sets.iter().cloned().collect();
        // A box of the loop's own, which lasts from turn to turn, for those that have none around it.
        if !sets.is_empty() {
            let boxes: Vec<String> = sets.iter().map(|name| format!("v_{name} = __box(v_{name})")).collect();
            self.word(&format!("with {}", boxes.join(", ")));
        }
        self.tag(|code, scope| {
            code.push("for ");
            for (number, name) in names.iter().enumerate() {
                code.push(if number > 0 { ", " } else { "" });
                code.name(name);
            }
            code.push(" in __each(");
            code.expr(expr, scope)?;
            code.push(&format!(", {})", names.len()));
            Ok(())
        })?;
        self.scope.in_loop = true;
        Ok(())
    }

    fn set(&mut self, names: &[String], expr: &Expr) -> Done {
        self.tag(|code, scope| {
            code.push("set __value = ");
            code.expr(expr, scope)
        })?;
        names.iter().for_each(|name| self.assign(name, "__value"));
        Ok(())
    }

    fn assign(&mut self, name: &str, value: &str) {
        if self.scope.shared.contains(name) {
            self.word(&format!("set v_{name} = __share(v_{name}, {value})"));
        } else {
            self.word(&format!("set v_{name} = {value}"));
        }
    }

    fn begin_macro(&mut self, name: &str, parameters: &[Parameter], at: usize) -> Done {
        self.open("macro", at)?;
        self.tag(|code, scope| {
            code.push(&format!("macro v_{name}("));
            let mut optional = false;
            for (number, (parameter, default)) in parameters.iter().enumerate() {
                code.push(if number > 0 { ", " } else { "" });
                code.name(parameter);
                optional |= default.is_some();
                if let Some(default) = default {
                    code.push("=");
                    code.expr(default, scope)?;
                } else if optional {
                    let problem = format!("`{parameter}` stands behind a parameter with a value; put it first");
                    return Err(TemplateError::at(code.source, at, problem));
                }
            }
            code.push(")");
            Ok(())
        })?;
        (self.scope.in_loop, self.scope.in_macro) = (false, true);
        Ok(())
    }

    fn begin_call(&mut self, parameters: &[Parameter], name: &str, arguments: &[Argument], at: usize) -> Done {
        if !self.scope.macros.contains(name) {
            return self.fail(at, format!("there is no macro `{name}` to call; write it above, with `{{% macro %}}`"));
        }
        self.open("call", at)?;
        self.tag(|code, scope| {
            let of_body: Vec<String> = parameters.iter().map(|(name, _)| format!("v_{name}")).collect();
            code.push(&format!("call({}) v_{name}(", of_body.join(", ")));
            code.arguments(arguments, "v_", scope)?;
            code.push(")");
            Ok(())
        })?;
        self.scope.in_loop = false;
        Ok(())
    }

    fn case(&mut self, expr: &Expr, at: usize, falls: bool) -> Done {
        let open = self.inside("case", &["switch"], at)?;
        open.waiting.push(expr.clone());
        let (first, number) = (open.seen == Seen::Nothing, open.switch);
        if falls {
            return Ok(());
        }
        open.seen = Seen::Case;
        let cases = std::mem::take(&mut open.waiting);
        self.tag(|code, scope| {
            code.push(if first { "if " } else { "elif " });
            for (place, case) in cases.iter().enumerate() {
                code.push(if place > 0 { " or " } else { "" });
                code.push(&format!("__op(\"===\", __switch{number}, "));
                code.expr(case, scope)?;
                code.push(")");
            }
            Ok(())
        })
    }

    fn default(&mut self, at: usize) -> Done {
        let open = self.inside("default", &["switch"], at)?;
        let first = open.seen == Seen::Nothing;
        open.seen = Seen::Else;
        // Cases that fall through to it are among what it is for anyway.
        open.waiting.clear();
        self.word(if first { "if true" } else { "else" });
        Ok(())
    }

    fn end(&mut self, name: &'static str, at: usize) -> Done {
        let Some(open) = self.open.pop_if(|open| open.name == name) else {
            let problem = match self.open.last() {
                Some(open) => format!("`end{name}` stands inside of `{0}`; close that first, with `end{0}`", open.name),
                None => format!("`end{name}` closes nothing; take it out, or write `{name}` before it"),
            };
            return self.fail(at, problem);
        };
        (self.scope.in_loop, self.scope.in_macro) = open.around;
        match name {
            "block" => {}
            "switch" if open.seen == Seen::Nothing => {}
            "switch" => self.word("endif"),
            "for" => {
                self.word("endfor");
                if !open.names.is_empty() {
                    self.word("endwith");
                }
            }
            "set" => {
                self.word("endset");
                open.names.iter().for_each(|name| self.assign(name, "__block"));
            }
            name => self.word(&format!("end{name}")),
        }
        Ok(())
    }
}
