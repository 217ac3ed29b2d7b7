//! The engine: minijinja, with our functions for what nunjucks has otherwise, run within a budget.
//!
//! Rule: nothing of the engine's own is there but its blocks and macros: no filters, no loader, no includes. Whatever runs, runs on fuel;
//! what is over is over for good.

use std::error::Error as _;
use std::io;
use std::sync::{LazyLock, Mutex};

use indexmap::IndexMap;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Rest, ValueOrKwargs};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, Value};
use serde_json::Value as Json;

use crate::context::{Context, OBJECTS};
use crate::error::TemplateError;
use crate::limits::{FUEL, Limit, MACRO_DEPTH, OUTPUT_BYTES, RANGE_ITEMS};
use crate::translate::{Program, Shape};
use crate::value::{Refusal, Shared, View, kind, limit, list, map, pay, refuse, to_json, view};
use crate::{filters, methods, names, operators, predicates, text};

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(build);

/// What an evaluation may still cost.
pub(crate) struct Budget {
    fuel: u64,
    bytes: usize,
}

impl Budget {
    pub(crate) fn full() -> Budget {
        Budget { fuel: FUEL, bytes: OUTPUT_BYTES }
    }

    fn take(&mut self, bytes: usize) -> Result<(), Limit> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Limit::Output)?;
        Ok(())
    }
}

fn build() -> Environment<'static> {
    let mut env = Environment::empty();
    let syntax = SyntaxConfig::builder()
        .block_delimiters("\u{2}%", "%\u{2}")
        .variable_delimiters("\u{2}{", "}\u{2}")
        .comment_delimiters("\u{2}#", "#\u{2}")
        .keep_trailing_newline(true)
        .build()
        .expect("the delimiters differ");
    env.set_syntax(syntax);
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env.set_recursion_limit(MACRO_DEPTH);
    env.set_formatter(|out, state, value| {
        if matches!(view(value), View::Map(_)) && state.lookup(OBJECTS).is_some() {
            pay(state, 1, text::OBJECT.len())?;
            return out.write_str(text::OBJECT).map_err(Error::from);
        }
        let text = text::text(state, value)?;
        out.write_str(&text).map_err(Error::from)
    });
    for &(name, _) in names::FILTERS {
        env.add_filter(name, move |state: &State, of: Value, given: Rest<ValueOrKwargs>| {
            let given: Vec<Value> = given.0.into_iter().map(Value::from).collect();
            filters::apply(name, state, &of, &given)
        });
    }
    for &(name, _) in names::TESTS {
        env.add_test(name, move |state: &State, of: Value, given: Rest<Value>| {
            pay(state, 1, of.as_str().map_or(0, str::len))?;
            predicates::holds(name, state, &of, given.first().unwrap_or(&Value::UNDEFINED))
        });
    }
    operations(&mut env);
    env.add_function("__always", || true);
    env.add_function("__failure", |failed: Value| failed.is_true());
    env.add_function("__range", range);
    env.add_function("__each", each);
    env.add_function("__share", |old: Value, new: Value| match old.downcast_object_ref::<Shared>() {
        Some(shared) => {
            shared.put(new);
            old.clone()
        }
        None => Value::from_object(Shared(Mutex::new(new))),
    });
    env.add_function("__box", |old: Value| {
        if old.downcast_object_ref::<Shared>().is_some() { old } else { Value::from_object(Shared(Mutex::new(old))) }
    });
    env.add_function("__read", |value: Value| value.downcast_object_ref::<Shared>().map_or(value.clone(), Shared::get));
    env
}

/// What stands for operators, members, literals and methods.
fn operations(env: &mut Environment<'static>) {
    env.add_function("__op", |state: &State, sign: &str, left: Value, right: Value| {
        operators::operate(state, sign, &left, &right)
    });
    env.add_function("__negative", |of: Value| operators::negative(&of));
    env.add_function("__get", |state: &State, of: Value, key: Value| operators::get(state, &of, &key));
    env.add_function("__slice", |state: &State, of: Value, from: Value, to: Value| {
        operators::slice(state, &of, &from, &to)
    });
    env.add_function("__call", |state: &State, of: Value, name: &str, given: Rest<Value>| {
        methods::call(state, &of, name, &given)
    });
    env.add_function("__regex", |state: &State, source: &str, flags: &str| methods::pattern(state, source, flags));
    env.add_function("__list", |state: &State, items: Rest<Value>| list(state, items.to_vec()));
    env.add_function("__object", |state: &State, parts: Rest<Value>| {
        let entries = parts.chunks_exact(2).map(|pair| (pair[0].as_str().unwrap_or_default().into(), pair[1].clone()));
        map(state, entries.collect::<IndexMap<_, _>>())
    });
}

fn range(state: &State<'_, '_>, given: Rest<Value>) -> Result<Value, Error> {
    let whole = |value: &Value| i64::try_from(value.clone()).ok().filter(|number| number.abs() < i64::from(i32::MAX));
    let given: Option<Vec<i64>> = given.iter().map(whole).collect();
    let (from, to, step) = match given.as_deref() {
        Some([to]) => (0, *to, 1),
        Some([from, to]) => (*from, *to, 1),
        Some([from, to, step]) if *step != 0 => (*from, *to, *step),
        _ => {
            return refuse(
                "`range` takes one to three whole numbers, a step other than 0; write it as `range(from, to)`",
            );
        }
    };
    let (span, step_size) = if step > 0 { (to - from, step) } else { (from - to, -step) };
    let count = usize::try_from((span.max(0) + step_size - 1) / step_size).unwrap_or(usize::MAX);
    if count > RANGE_ITEMS {
        return Err(limit(Limit::Range));
    }
    pay(state, count, 0)?;
    list(state, (0..count as i64).map(|number| Value::from(from + number * step)).collect())
}

/// What a `for` with so many names goes over: what has no items has none.
fn each(state: &State<'_, '_>, of: Value, names: usize) -> Result<Value, Error> {
    let fit = |value: &Value| {
        let mut items = if let View::List(items) = view(value) { items.items.clone() } else { vec![] };
        items.resize(names, Value::UNDEFINED);
        list(state, items)
    };
    match view(&of) {
        View::List(_) if names == 1 => Ok(of),
        View::List(of) => {
            pay(state, of.items.len(), 0)?;
            list(state, of.items.iter().map(fit).collect::<Result<_, _>>()?)
        }
        View::Map(of) if names == 2 => {
            pay(state, of.entries.len(), 0)?;
            let pairs =
                of.entries.iter().map(|(key, value)| list(state, vec![Value::from(key.as_ref()), value.clone()]));
            list(state, pairs.collect::<Result<_, _>>()?)
        }
        View::Map(_) => refuse("`for` with one name goes over an object; write `{% for key, value in … %}`"),
        View::Text(text) if names == 1 => {
            pay(state, text.len(), 0)?;
            list(state, text.chars().map(|c| Value::from(c.to_string())).collect())
        }
        View::Foreign | View::Pattern(_) => {
            refuse(format!("`for` goes over {}; it takes a list or an object", kind(&of)))
        }
        _ => list(state, vec![]),
    }
}

/// What a program came to.
pub(crate) enum Outcome {
    Value(Option<Json>),
    Text(String),
}

/// Looks whether the engine takes a program, so that nothing is found out late.
pub(crate) fn check(program: &Program) -> Result<(), TemplateError> {
    ENGINE.template_from_str(&program.code).map(|_| ()).map_err(|error| explain(program, &error))
}

/// Runs a program.
pub(crate) fn run(program: &Program, context: &Context, budget: &mut Budget) -> Result<Outcome, TemplateError> {
    let mut env = ENGINE.clone();
    env.set_fuel(Some(budget.fuel));
    let template = env.template_from_str(&program.code).map_err(|error| explain(program, &error))?;
    let mut out = Bounded { out: vec![], left: budget.bytes, is_full: false };
    let rendered = template.render_captured_to(context.root(), &mut out);
    let captured = match rendered {
        Ok(captured) => captured,
        Err(_) if out.is_full => return Err(program.error(0, Limit::Output.to_string(), Some(Limit::Output))),
        Err(error) => return Err(explain(program, &error)),
    };
    let state = captured.state();
    let outcome = match program.shape {
        Shape::Text => Outcome::Text(String::from_utf8(out.out).unwrap_or_default()),
        Shape::Value => {
            let value = state.lookup("__result").unwrap_or_default();
            Outcome::Value(to_json(state, &value).map_err(|error| explain(program, &error))?)
        }
    };
    budget.fuel = state.fuel_levels().map_or(0, |(_, remaining)| remaining);
    let weight = match &outcome {
        Outcome::Text(text) => text.len(),
        Outcome::Value(value) => value.as_ref().map_or(0, weight),
    };
    budget.take(weight).map_err(|limit| program.error(0, limit.to_string(), Some(limit)))?;
    Ok(outcome)
}

/// Bytes of a value, about as many as its text has.
fn weight(value: &Json) -> usize {
    match value {
        Json::String(text) => text.len() + 2,
        Json::Array(items) => items.iter().map(|item| weight(item) + 1).sum::<usize>() + 2,
        Json::Object(entries) => entries.iter().map(|(key, value)| key.len() + weight(value) + 4).sum::<usize>() + 2,
        Json::Null | Json::Bool(_) | Json::Number(_) => 8,
    }
}

/// Takes bytes up to a bound.
struct Bounded {
    out: Vec<u8>,
    left: usize,
    is_full: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.left.checked_sub(bytes.len()) {
            Some(left) => self.left = left,
            None => {
                self.is_full = true;
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
        }
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The engine's error as ours. What the engine says itself is not handed on: it may hold values.
fn explain(program: &Program, error: &Error) -> TemplateError {
    let at = error.range().map_or(0, |range| range.start);
    let mut limit = (error.kind() == ErrorKind::OutOfFuel).then_some(Limit::Work);
    let mut ours = false;
    let mut cause = error.source();
    while let Some(source) = cause {
        limit = limit.or_else(|| source.downcast_ref::<Limit>().copied());
        ours |= source.is::<Refusal>();
        if let Some(inner) = source.downcast_ref::<Error>() {
            return explain(program, inner);
        }
        cause = source.source();
    }
    let detail = error.detail().unwrap_or_default();
    if limit.is_none() && !ours && detail.contains("recursion") {
        limit = Some(if error.kind() == ErrorKind::SyntaxError { Limit::Expression } else { Limit::Macros });
    }
    let problem = match (limit, error.kind()) {
        (Some(limit), _) => limit.to_string(),
        (None, _) if ours => detail.to_owned(),
        (None, ErrorKind::UnknownFunction) => "a macro is called before it is there; put it above".to_owned(),
        (None, ErrorKind::TooManyArguments) => {
            "a macro or function is given more arguments, or others, than it takes; leave them out".to_owned()
        }
        (None, ErrorKind::MissingArgument) => "a function is given too few arguments; add what is missing".to_owned(),
        (None, kind) => format!("the template cannot be evaluated here ({kind}); write it in another way"),
    };
    program.error(at, problem, limit)
}
