//! Expressions: the tree that tokens make.
//!
//! Rule: what is in the tree can be translated; names of filters and tests in it exist.

/// An expression and the byte that it begins at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expr {
    pub(crate) node: Node,
    pub(crate) at: usize,
    /// Levels of it, itself included.
    depth: usize,
}

/// An argument, with its name if it was given by name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Argument {
    pub(crate) name: Option<String>,
    pub(crate) value: Expr,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Regex(String, String),
    Name(String),
    List(Vec<Expr>),
    Object(Vec<(String, Expr)>),
    Member(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    Call(String, Vec<Argument>),
    Method(Box<Expr>, String, Vec<Argument>),
    Filter(Box<Expr>, String, Vec<Argument>),
    Test(Box<Expr>, String, Vec<Argument>, Negated),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Both(Box<Expr>, Box<Expr>),
    Either(Box<Expr>, Box<Expr>),
    Choice { test: Box<Expr>, then: Box<Expr>, otherwise: Option<Box<Expr>> },
    Operation(&'static str, Box<Expr>, Box<Expr>),
}

/// Whether a test is asked the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Negated {
    No,
    Yes,
}

impl Expr {
    pub(crate) fn new(node: Node, at: usize) -> Expr {
        let mut made = Expr { node, at, depth: 1 };
        made.depth += made.parts().iter().map(|part| part.depth).max().unwrap_or(0);
        made
    }

    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// Itself and all expressions inside of it.
    pub(crate) fn walk<'a>(&'a self, see: &mut impl FnMut(&'a Expr)) {
        see(self);
        for part in self.parts() {
            part.walk(see);
        }
    }

    /// The expressions right inside of it.
    pub(crate) fn parts(&self) -> Vec<&Expr> {
        match &self.node {
            Node::Null | Node::Bool(_) | Node::Int(_) | Node::Float(_) => vec![],
            Node::Text(_) | Node::Regex(..) | Node::Name(_) => vec![],
            Node::List(items) => items.iter().collect(),
            Node::Object(entries) => entries.iter().map(|(_, value)| value).collect(),
            Node::Call(_, given) => given.iter().map(|argument| &argument.value).collect(),
            Node::Method(of, _, given) | Node::Filter(of, _, given) | Node::Test(of, _, given, _) => {
                std::iter::once(&**of).chain(given.iter().map(|argument| &argument.value)).collect()
            }
            Node::Not(of) | Node::Negative(of) => vec![of],
            Node::Member(a, b) | Node::Both(a, b) | Node::Either(a, b) | Node::Operation(_, a, b) => vec![a, b],
            Node::Slice(of, from, to) => {
                std::iter::once(of).chain(from.iter()).chain(to.iter()).map(|part| &**part).collect()
            }
            Node::Choice { test, then, otherwise } => {
                [test, then].into_iter().chain(otherwise.iter()).map(|part| &**part).collect()
            }
        }
    }
}

/// Which words are constants and which delimiters there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `${{ expression }}`.
    Backstage,
    /// `{{ expression }}`, with `True`, `False` and `None`, for `cookiecutterCompat`.
    Cookiecutter,
}
