//! Pieces of a text with their tags read, and what can be told of all of them before any is translated.

use std::collections::BTreeSet;

use crate::emit::Scope;
use crate::expression::{Argument, Expr};
use crate::statements::{Parameter, Statement};

/// A piece with its tags read.
pub(crate) enum Step<'a> {
    Text(&'a str),
    Value(Expr),
    Statement(Statement, usize),
}

/// The expressions of a step.
pub(crate) fn expressions<'a>(step: &'a Step<'_>) -> Vec<&'a Expr> {
    let of_arguments = |arguments: &'a [Argument]| arguments.iter().map(|argument| &argument.value).collect();
    let of_parameters = |parameters: &'a [Parameter]| parameters.iter().filter_map(|(_, default)| default.as_ref());
    match step {
        Step::Text(_) => vec![],
        Step::Value(expr) => vec![expr],
        Step::Statement(statement, _) => match statement {
            Statement::If(expr) | Statement::ElseIf(expr) | Statement::For(_, expr) => vec![expr],
            Statement::Switch(expr) | Statement::Case(expr) | Statement::Set(_, Some(expr)) => vec![expr],
            Statement::Macro(_, parameters) => of_parameters(parameters).collect(),
            Statement::Call(_, _, arguments) | Statement::Filter(_, arguments) => of_arguments(arguments),
            Statement::Set(_, None) | Statement::Else | Statement::Default | Statement::Block | Statement::End(_) => {
                vec![]
            }
        },
    }
}

/// What names mean anywhere in the template.
pub(crate) fn scope(steps: &[Step<'_>]) -> Scope {
    let mut scope = Scope::default();
    let mut open: Vec<usize> = vec![];
    for step in steps {
        match step {
            Step::Statement(Statement::For(..), _) => {
                open.push(scope.loops.len());
                scope.loops.push(BTreeSet::new());
            }
            Step::Statement(Statement::End("for"), _) => {
                open.pop();
            }
            Step::Statement(Statement::Set(names, _), _) => {
                if let Some(inner) = open.last() {
                    scope.loops[*inner].extend(names.iter().cloned());
                    scope.shared.extend(names.iter().cloned());
                }
            }
            Step::Statement(Statement::Macro(name, _), _) => {
                scope.macros.insert(name.clone());
            }
            _ => {}
        }
    }
    scope
}
