//! Emission: an expression as the engine is given it.
//!
//! Rule: whatever means something else to the engine than to nunjucks, operators, members and methods, becomes a call of a function
//! of ours; names get a prefix, so that none of a template means something to the engine, or to us.

use std::collections::BTreeSet;

use crate::error::TemplateError;
use crate::expression::{Argument, Expr, Negated, Node};
use crate::names;

/// What begins and ends tags for the engine: a character that no text is handed on with.
pub(crate) const MARK: char = '\u{2}';

/// What the names in an expression may mean where it stands.
#[derive(Default)]
pub(crate) struct Scope {
    /// Macros of the template, wherever they are.
    pub(crate) macros: BTreeSet<String>,
    /// Names that a loop may change although they were set outside of it.
    pub(crate) shared: BTreeSet<String>,
    /// Names that each loop sets itself, in the order of the loops.
    pub(crate) loops: Vec<BTreeSet<String>>,
    pub(crate) in_loop: bool,
    pub(crate) in_macro: bool,
}

/// Writes code and notes which byte of it belongs to which byte of the source.
pub(crate) struct Code<'a> {
    pub(crate) source: &'a str,
    pub(crate) text: String,
    pub(crate) marks: Vec<(usize, usize)>,
}

type Done = Result<(), TemplateError>;

impl Code<'_> {
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// A text as it comes out.
    pub(crate) fn plain(&mut self, text: &str) {
        if text.contains(MARK) {
            self.push("\u{2}{ ");
            self.literal(text);
            self.push(" }\u{2}");
        } else {
            self.push(text);
        }
    }

    /// A text as a constant.
    pub(crate) fn literal(&mut self, text: &str) {
        self.text.push('"');
        for c in text.chars() {
            match c {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                MARK => self.text.push_str("\\u0002"),
                c => self.text.push(c),
            }
        }
        self.text.push('"');
    }

    /// A name of the template.
    pub(crate) fn name(&mut self, name: &str) {
        self.push("v_");
        self.push(name);
    }

    pub(crate) fn mark(&mut self, at: usize) {
        self.marks.push((self.text.len(), at));
    }

    /// A function of ours, with its arguments.
    fn call(&mut self, function: &str, parts: &[&Expr], scope: &Scope) -> Done {
        self.push(function);
        self.push("(");
        self.list(parts.iter().copied(), scope)?;
        self.push(")");
        Ok(())
    }

    fn list<'e>(&mut self, parts: impl Iterator<Item = &'e Expr>, scope: &Scope) -> Done {
        for (number, part) in parts.enumerate() {
            if number > 0 {
                self.push(", ");
            }
            self.expr(part, scope)?;
        }
        Ok(())
    }

    fn joined(&mut self, left: &Expr, word: &str, right: &Expr, scope: &Scope) -> Done {
        self.push("(");
        self.expr(left, scope)?;
        self.push(word);
        self.expr(right, scope)?;
        self.push(")");
        Ok(())
    }

    /// Arguments with their names, each behind a prefix.
    pub(crate) fn arguments(&mut self, arguments: &[Argument], prefix: &str, scope: &Scope) -> Done {
        for (number, argument) in arguments.iter().enumerate() {
            if number > 0 {
                self.push(", ");
            }
            if let Some(name) = &argument.name {
                self.push(prefix);
                self.push(name);
                self.push("=");
            }
            self.expr(&argument.value, scope)?;
        }
        Ok(())
    }

    /// Arguments of what takes none by name.
    fn positional(&mut self, what: &str, at: usize, arguments: &[Argument], scope: &Scope) -> Done {
        if arguments.iter().any(|argument| argument.name.is_some()) {
            let problem = format!("`{what}` takes no arguments by name; write their values alone, in order");
            return Err(TemplateError::at(self.source, at, problem));
        }
        self.arguments(arguments, "", scope)
    }

    pub(crate) fn expr(&mut self, expr: &Expr, scope: &Scope) -> Done {
        self.mark(expr.at);
        match &expr.node {
            Node::Null => self.push("none"),
            Node::Bool(true) => self.push("true"),
            Node::Bool(false) => self.push("false"),
            Node::Int(number) => self.push(&number.to_string()),
            Node::Float(number) => self.push(&format!("{number:?}")),
            Node::Text(text) => self.literal(text),
            Node::Regex(pattern, flags) => {
                self.push("__regex(");
                self.literal(pattern);
                self.push(", ");
                self.literal(flags);
                self.push(")");
            }
            Node::Name(name) => self.read(name, scope),
            Node::List(items) => self.call("__list", &items.iter().collect::<Vec<_>>(), scope)?,
            Node::Object(entries) => self.object(entries, scope)?,
            Node::Member(of, key) => self.member(of, key, scope)?,
            Node::Slice(of, from, to) => self.slice(of, [from, to], scope)?,
            Node::Call(name, arguments) => self.function(expr.at, name, arguments, scope)?,
            Node::Method(of, name, arguments) => {
                self.push("__call(");
                self.expr(of, scope)?;
                self.push(", ");
                self.literal(name);
                self.push(if arguments.is_empty() { "" } else { ", " });
                self.positional(name, expr.at, arguments, scope)?;
                self.push(")");
            }
            Node::Filter(of, name, arguments) => self.piped(of, "|", name, arguments, scope)?,
            Node::Test(of, name, arguments, negated) => {
                let word = if *negated == Negated::Yes { " is not " } else { " is " };
                let wanted = names::TESTS.iter().find(|(known, _)| known == name).map_or(0, |(_, wanted)| *wanted);
                if arguments.len() != wanted {
                    let problem = format!("the test `{name}` takes {wanted} arguments; write so many");
                    return Err(TemplateError::at(self.source, expr.at, problem));
                }
                self.piped(of, word, name, arguments, scope)?;
            }
            Node::Not(of) => {
                self.push("(not ");
                self.expr(of, scope)?;
                self.push(")");
            }
            Node::Negative(of) => self.call("__negative", &[of], scope)?,
            Node::Both(left, right) => self.joined(left, " and ", right, scope)?,
            Node::Either(left, right) => self.joined(left, " or ", right, scope)?,
            Node::Choice { test, then, otherwise } => self.choice(test, then, otherwise.as_deref(), scope)?,
            Node::Operation(sign, left, right) => {
                self.push("__op(");
                self.literal(sign);
                self.push(", ");
                self.list([&**left, &**right].into_iter(), scope)?;
                self.push(")");
            }
        }
        Ok(())
    }

    fn read(&mut self, name: &str, scope: &Scope) {
        match name {
            "loop" if scope.in_loop => self.push("loop"),
            _ if scope.shared.contains(name) => {
                self.push("__read(");
                self.name(name);
                self.push(")");
            }
            _ => self.name(name),
        }
    }

    fn object(&mut self, entries: &[(String, Expr)], scope: &Scope) -> Done {
        self.push("__object(");
        for (number, (key, value)) in entries.iter().enumerate() {
            self.push(if number > 0 { ", " } else { "" });
            self.literal(key);
            self.push(", ");
            self.expr(value, scope)?;
        }
        self.push(")");
        Ok(())
    }

    fn member(&mut self, of: &Expr, key: &Expr, scope: &Scope) -> Done {
        if let Node::Text(name) = &key.node
            && ["__proto__", "constructor", "prototype"].contains(&name.as_str())
        {
            let problem = format!("`{name}` is kept; take it out");
            return Err(TemplateError::at(self.source, key.at, problem));
        }
        self.call("__get", &[of, key], scope)
    }

    fn slice(&mut self, of: &Expr, bounds: [&Option<Box<Expr>>; 2], scope: &Scope) -> Done {
        self.push("__slice(");
        self.expr(of, scope)?;
        for bound in bounds {
            self.push(", ");
            match bound {
                Some(bound) => self.expr(bound, scope)?,
                None => self.push("none"),
            }
        }
        self.push(")");
        Ok(())
    }

    fn piped(&mut self, of: &Expr, sign: &str, name: &str, arguments: &[Argument], scope: &Scope) -> Done {
        self.push("(");
        self.expr(of, scope)?;
        self.push(sign);
        self.push(name);
        self.push("(");
        self.arguments(arguments, "", scope)?;
        self.push("))");
        Ok(())
    }

    fn choice(&mut self, test: &Expr, then: &Expr, otherwise: Option<&Expr>, scope: &Scope) -> Done {
        self.joined(then, " if ", test, scope)?;
        self.text.pop();
        self.push(" else ");
        match otherwise {
            Some(otherwise) => self.expr(otherwise, scope)?,
            None => self.literal(""),
        }
        self.push(")");
        Ok(())
    }

    fn function(&mut self, at: usize, name: &str, arguments: &[Argument], scope: &Scope) -> Done {
        if scope.macros.contains(name) || (name == "caller" && scope.in_macro) {
            self.push(if name == "caller" { "" } else { "v_" });
            self.push(name);
            self.push("(");
            self.arguments(arguments, "v_", scope)?;
        } else if names::FUNCTIONS.contains(&name) {
            self.push("__");
            self.push(name);
            self.push("(");
            self.positional(name, at, arguments, scope)?;
            // What became of the run so far stands in the context.
            self.push(if name == "failure" { "__failed" } else { "" });
        } else {
            let problem = names::no_function(name, scope.macros.iter().map(String::as_str));
            return Err(TemplateError::at(self.source, at, problem));
        }
        self.push(")");
        Ok(())
    }
}
