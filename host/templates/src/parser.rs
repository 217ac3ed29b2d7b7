//! Parsing: the tree of an expression, by the grammar of nunjucks.
//!
//! Rule: names of filters and tests are looked up here, so that a slip is told before anything runs. `+`, `-` and `~` bind alike, as do `*`, `/`, `//` and `%`, and all of them, `**` included, from the left; a
//! filter belongs to what stands right before it, its sign included.

use crate::error::TemplateError;
use crate::expression::{Argument, Dialect, Expr, Negated, Node};
use crate::limits::{EXPRESSION_DEPTH, LITERAL_ITEMS, Limit};
use crate::names;
use crate::tokens::{Token, Word};

/// Reads expressions and the words around them from the tokens of one tag.
pub(crate) struct Parser<'a> {
    source: &'a str,
    dialect: Dialect,
    tokens: &'a [Token],
    next: usize,
    /// Where a sentence points if nothing is left.
    end: usize,
    depth: usize,
}

type Parsed<T> = Result<T, TemplateError>;

impl<'a> Parser<'a> {
    pub(crate) fn new(source: &'a str, dialect: Dialect, tokens: &'a [Token], end: usize) -> Parser<'a> {
        Parser { source, dialect, tokens, next: 0, end, depth: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |token| token.at)
    }

    pub(crate) fn fail<T>(&self, problem: impl Into<String>) -> Parsed<T> {
        Err(TemplateError::at(self.source, self.at(), problem))
    }

    fn unexpected<T>(&self, wanted: &str) -> Parsed<T> {
        match self.tokens.get(self.next).map(|token| &token.word) {
            None => self.fail(format!("the tag ends where {wanted} is missing; write it there")),
            Some(Word::Name(name)) => self.fail(format!("`{name}` stands where {wanted} should; write it so")),
            Some(Word::Sign(sign)) => self.fail(format!("`{sign}` stands where {wanted} should; write it so")),
            Some(_) => self.fail(format!("a text or a number stands where {wanted} should; write it so")),
        }
    }

    fn limit<T>(&self, limit: Limit) -> Parsed<T> {
        Err(TemplateError::limit_at(self.source, self.at(), limit))
    }

    pub(crate) fn finish(&self) -> Parsed<()> {
        if self.next == self.tokens.len() { Ok(()) } else { self.unexpected("the end of the tag") }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.next == self.tokens.len()
    }

    pub(crate) fn take_sign(&mut self, sign: &str) -> bool {
        let there = matches!(self.tokens.get(self.next), Some(Token { word: Word::Sign(s), .. }) if *s == sign);
        self.next += usize::from(there);
        there
    }

    pub(crate) fn take_word(&mut self, name: &str) -> bool {
        let there = matches!(self.tokens.get(self.next), Some(Token { word: Word::Name(n), .. }) if n == name);
        self.next += usize::from(there);
        there
    }

    pub(crate) fn sign(&mut self, sign: &str) -> Parsed<()> {
        if self.take_sign(sign) { Ok(()) } else { self.unexpected(&format!("`{sign}`")) }
    }

    /// A name that something is called by.
    pub(crate) fn name(&mut self, wanted: &str) -> Parsed<String> {
        let Some(Token { word: Word::Name(name), .. }) = self.tokens.get(self.next) else {
            return self.unexpected(wanted);
        };
        if name.starts_with("__") {
            return self.fail(format!("the name `{name}` is kept; take one that does not begin with `__`"));
        }
        self.next += 1;
        Ok(name.clone())
    }

    fn make(&self, at: usize, node: Node) -> Parsed<Expr> {
        let made = Expr::new(node, at);
        if made.depth() > EXPRESSION_DEPTH {
            return Err(TemplateError::limit_at(self.source, at, Limit::Expression));
        }
        Ok(made)
    }

    pub(crate) fn expression(&mut self) -> Parsed<Expr> {
        self.depth += 1;
        if self.depth > EXPRESSION_DEPTH {
            return self.limit(Limit::Expression);
        }
        let at = self.at();
        let mut expr = self.either()?;
        if self.take_word("if") {
            let test = Box::new(self.either()?);
            let otherwise = if self.take_word("else") { Some(Box::new(self.either()?)) } else { None };
            expr = self.make(at, Node::Choice { test, then: Box::new(expr), otherwise })?;
        }
        self.depth -= 1;
        Ok(expr)
    }

    fn either(&mut self) -> Parsed<Expr> {
        let at = self.at();
        let mut left = self.both()?;
        while self.take_word("or") {
            let right = self.both()?;
            left = self.make(at, Node::Either(Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn both(&mut self) -> Parsed<Expr> {
        let at = self.at();
        let mut left = self.not()?;
        while self.take_word("and") {
            let right = self.not()?;
            left = self.make(at, Node::Both(Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn not(&mut self) -> Parsed<Expr> {
        let at = self.at();
        if !self.take_word("not") {
            return self.within();
        }
        self.depth += 1;
        if self.depth > EXPRESSION_DEPTH {
            return self.limit(Limit::Expression);
        }
        let begin = self.at();
        let of = self.not()?;
        self.depth -= 1;
        // Backstage negates the left side alone. What stands in brackets begins behind them.
        if matches!(of.node, Node::Operation(sign, ..) if sign != "in") && of.at == begin {
            let problem = "it is unclear what `not` belongs to; write `not (A == B)`, or `A != B`";
            return Err(TemplateError::at(self.source, at, problem));
        }
        self.make(at, Node::Not(Box::new(of)))
    }

    fn within(&mut self) -> Parsed<Expr> {
        let at = self.at();
        let mut left = self.test()?;
        loop {
            let not = self.take_word("not");
            if !self.take_word("in") {
                return if not { self.unexpected("`in`") } else { Ok(left) };
            }
            let right = self.test()?;
            left = self.make(at, Node::Operation("in", Box::new(left), Box::new(right)))?;
            if not {
                left = self.make(at, Node::Not(Box::new(left)))?;
            }
        }
    }

    fn test(&mut self) -> Parsed<Expr> {
        let at = self.at();
        let mut left = self.operation(0)?;
        while self.take_word("is") {
            let negated = if self.take_word("not") { Negated::Yes } else { Negated::No };
            let place = self.at();
            let name = self.name("the name of a test")?;
            let name = names::test(&name).map_err(|problem| TemplateError::at(self.source, place, problem))?;
            let arguments = if self.take_sign("(") { self.arguments()? } else { vec![] };
            left = self.make(at, Node::Test(Box::new(left), name.to_owned(), arguments, negated))?;
        }
        Ok(left)
    }

    /// Operators of one level and all that bind more tightly.
    fn operation(&mut self, level: usize) -> Parsed<Expr> {
        const LEVELS: [&[&str]; 4] =
            [&["===", "!==", "==", "!=", "<=", ">=", "<", ">"], &["+", "-", "~"], &["*", "//", "/", "%"], &["**"]];
        let Some(signs) = LEVELS.get(level) else {
            return self.filtered();
        };
        let at = self.at();
        let mut left = self.operation(level + 1)?;
        while let Some(sign) = signs.iter().find(|sign| self.take_sign(sign)) {
            if level == 0
                && left.at == at
                && matches!(left.node, Node::Operation(before, ..) if LEVELS[0].contains(&before))
            {
                return self.fail("two comparisons stand in a row; write `A < B and B < C`, or put one into brackets");
            }
            let right = self.operation(level + 1)?;
            left = self.make(at, Node::Operation(sign, Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn filtered(&mut self) -> Parsed<Expr> {
        let at = self.at();
        let mut of = self.signed()?;
        while self.take_sign("|") {
            let (name, arguments) = self.filter()?;
            of = self.make(at, Node::Filter(Box::new(of), name, arguments))?;
        }
        Ok(of)
    }

    /// A filter and its arguments.
    pub(crate) fn filter(&mut self) -> Parsed<(String, Vec<Argument>)> {
        let place = self.at();
        let name = self.name("the name of a filter")?;
        let name = names::filter(&name).map_err(|problem| TemplateError::at(self.source, place, problem))?;
        let arguments = if self.take_sign("(") { self.arguments()? } else { vec![] };
        Ok((name.to_owned(), arguments))
    }

    fn signed(&mut self) -> Parsed<Expr> {
        let at = self.at();
        let negative = self.take_sign("-");
        if !negative && !self.take_sign("+") {
            return self.chain();
        }
        self.depth += 1;
        if self.depth > EXPRESSION_DEPTH {
            return self.limit(Limit::Expression);
        }
        let of = Box::new(self.signed()?);
        self.depth -= 1;
        let of = self.make(at, Node::Negative(of))?;
        if negative { Ok(of) } else { self.make(at, Node::Negative(Box::new(of))) }
    }

    /// Something with members, places and calls behind it.
    fn chain(&mut self) -> Parsed<Expr> {
        let at = self.at();
        let mut of = self.primary()?;
        loop {
            if self.take_sign(".") {
                let name = self.name("a name")?;
                of = if self.take_sign("(") {
                    let arguments = self.arguments()?;
                    self.make(at, Node::Method(Box::new(of), name, arguments))?
                } else {
                    let key = self.make(at, Node::Text(name))?;
                    self.make(at, Node::Member(Box::new(of), Box::new(key)))?
                };
            } else if self.take_sign("[") {
                of = self.place(at, of)?;
            } else if self.take_sign("(") {
                let Node::Name(name) = of.node else {
                    return self.fail("only functions, macros and methods are called; take the `(` out");
                };
                let arguments = self.arguments()?;
                of = self.make(at, Node::Call(name, arguments))?;
            } else {
                return Ok(of);
            }
        }
    }

    fn place(&mut self, at: usize, of: Expr) -> Parsed<Expr> {
        let from = if self.take_sign(":") {
            None
        } else {
            let key = self.expression()?;
            if self.take_sign("]") {
                return self.make(at, Node::Member(Box::new(of), Box::new(key)));
            }
            self.sign(":")?;
            Some(Box::new(key))
        };
        let to = if self.take_sign("]") {
            None
        } else {
            let to = self.expression()?;
            self.sign("]")?;
            Some(Box::new(to))
        };
        self.make(at, Node::Slice(Box::new(of), from, to))
    }

    /// Arguments up to the `)`.
    pub(crate) fn arguments(&mut self) -> Parsed<Vec<Argument>> {
        let mut arguments: Vec<Argument> = vec![];
        while !self.take_sign(")") {
            if !arguments.is_empty() {
                self.sign(",")?;
            }
            let named = matches!(self.tokens.get(self.next + 1), Some(Token { word: Word::Sign("="), .. }));
            let name = if named { Some(self.name("a name")?) } else { None };
            if named {
                self.sign("=")?;
            } else if arguments.last().is_some_and(|last| last.name.is_some()) {
                return self.fail("an argument without a name stands behind one with a name; put it first");
            }
            let value = self.expression()?;
            arguments.push(Argument { name, value });
            if arguments.len() > LITERAL_ITEMS {
                return self.limit(Limit::Literal);
            }
        }
        Ok(arguments)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let at = self.at();
        let Some(token) = self.tokens.get(self.next) else {
            return self.unexpected("an expression");
        };
        let node = match &token.word {
            Word::Sign("(") => {
                self.next += 1;
                let inside = self.expression()?;
                self.sign(")")?;
                return Ok(inside);
            }
            Word::Sign("[") => return self.list(at),
            Word::Sign("{") => return self.object(at),
            Word::Sign(_) => return self.unexpected("an expression"),
            Word::Int(number) => Node::Int(*number),
            Word::Float(number) => Node::Float(*number),
            Word::Text(text) => Node::Text(text.clone()),
            Word::Regex(pattern, flags) => Node::Regex(pattern.clone(), flags.clone()),
            Word::Name(name) => match (name.as_str(), self.dialect) {
                ("true", _) | ("True", Dialect::Cookiecutter) => Node::Bool(true),
                ("false", _) | ("False", Dialect::Cookiecutter) => Node::Bool(false),
                ("none" | "null", _) | ("None", Dialect::Cookiecutter) => Node::Null,
                ("if" | "else" | "and" | "or" | "in" | "is", _) => return self.unexpected("an expression"),
                _ => {
                    let name = self.name("a name")?;
                    return self.make(at, Node::Name(name));
                }
            },
        };
        self.next += 1;
        self.make(at, node)
    }

    fn list(&mut self, at: usize) -> Parsed<Expr> {
        self.next += 1;
        let mut items = vec![];
        while !self.take_sign("]") {
            if !items.is_empty() {
                self.sign(",")?;
                if self.take_sign("]") {
                    break;
                }
            }
            items.push(self.expression()?);
            if items.len() > LITERAL_ITEMS {
                return self.limit(Limit::Literal);
            }
        }
        self.make(at, Node::List(items))
    }

    fn object(&mut self, at: usize) -> Parsed<Expr> {
        self.next += 1;
        let mut entries = vec![];
        while !self.take_sign("}") {
            if !entries.is_empty() {
                self.sign(",")?;
                if self.take_sign("}") {
                    break;
                }
            }
            let key = match self.tokens.get(self.next).map(|token| &token.word) {
                Some(Word::Name(key) | Word::Text(key)) => key.clone(),
                _ => return self.unexpected("a key, as a name or a text,"),
            };
            self.next += 1;
            self.sign(":")?;
            entries.push((key, self.expression()?));
            if entries.len() > LITERAL_ITEMS {
                return self.limit(Limit::Literal);
            }
        }
        self.make(at, Node::Object(entries))
    }
}
