//! Evaluates the expressions of kinds and mappings, in a sandbox of their own: jq can loop for ever and grow without bound, so it
//! runs as a component that counts its steps and its memory.
//!
//! Rule: an expression costs a bounded number of steps, whatever it says. One that is stopped again and again is not tried any
//! more until it is declared anew.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use portico_kinds::Expressions;
use serde_json::Value;
use sha2::{Digest, Sha256};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store, StoreLimits, StoreLimitsBuilder, Trap};

use crate::cache::Cache;
use crate::compile;

mod bindings {
    wasmtime::component::bindgen!({ path: "../expressions/wit", world: "evaluator" });
}

/// Steps to compile an expression: the language's own library is read with it, which takes a tenth of this.
const TO_COMPILE: u64 = 1_000_000_000;

/// Steps to evaluate one: a hundred times what an expression over a large entity takes, and some tens of milliseconds.
const TO_EVALUATE: u64 = 100_000_000;

/// Bytes of memory, compiled expressions and values together.
const MEMORY: usize = 64 << 20;

/// Bytes of what an expression comes to: as many as documents are taken at once. Read, it takes ten times the memory.
const LARGEST: usize = 8 << 20;

/// Compiled expressions that the evaluator keeps, and bytes of their texts, as it says itself: beyond, it forgets all of them.
const KEPT: (usize, usize) = (400, 1 << 20);

/// Times that an expression is stopped before it is no longer tried.
const PATIENCE: u32 = 5;

/// Expressions that were stopped and are remembered as such; beyond, all of them are tried anew.
const REMEMBERED: usize = 1_000;

/// The evaluator, started when it is first needed.
pub struct SandboxedExpressions {
    /// The component; none in a build that carries none.
    component: Option<&'static [u8]>,
    /// Where compiled code is kept; none where it is not.
    data: Option<PathBuf>,
    code: OnceLock<Result<Code, String>>,
    instance: Mutex<Option<Instance>>,
    stopped: Mutex<Stopped>,
}

/// How often expressions were stopped, by the digests of their texts.
#[derive(Default)]
struct Stopped(HashMap<[u8; 32], u32>);

impl Stopped {
    fn is_given_up(&self, expression: &str) -> bool {
        // Most portals stop none, and then nothing is worked out.
        !self.0.is_empty() && self.0.get(&key(expression)).is_some_and(|times| *times >= PATIENCE)
    }

    fn count(&mut self, expression: &str) {
        let key = key(expression);
        if self.0.len() >= REMEMBERED && !self.0.contains_key(&key) {
            self.0.clear();
        }
        *self.0.entry(key).or_default() += 1;
    }

    fn forget(&mut self, expression: &str) {
        self.0.remove(&key(expression));
    }
}

fn key(expression: &str) -> [u8; 32] {
    Sha256::digest(expression).into()
}

struct Code {
    engine: Engine,
    component: Component,
}

struct Instance {
    store: Store<StoreLimits>,
    evaluator: bindings::Evaluator,
    /// Expressions that it has compiled, and keeps.
    compiled: HashSet<String>,
    /// Of their texts.
    bytes: usize,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SandboxedExpressions {
    /// An evaluator made of `component`, whose code is kept below the folder `data`, if there is one.
    pub fn new(component: Option<&'static [u8]>, data: Option<PathBuf>) -> SandboxedExpressions {
        SandboxedExpressions {
            component,
            data,
            code: OnceLock::new(),
            instance: Mutex::default(),
            stopped: Mutex::default(),
        }
    }

    fn code(&self) -> Result<&Code, String> {
        let code = self.code.get_or_init(|| {
            let bytes = self
                .component
                .ok_or("this build carries no evaluator of expressions; `cargo xtask build` makes one that does")?;
            let mut config = Config::new();
            config.consume_fuel(true).wasm_component_model(true);
            let engine =
                Engine::new(&config).map_err(|error| format!("the evaluator could not be started: {error}"))?;
            let component = match &self.data {
                Some(data) => {
                    let (folder, key) = (data.join("cache").join("code"), data.join("cache").join("code.key"));
                    let unusable = |error| format!("{} cannot be used: {error}", folder.display());
                    let cache = Cache::open(&folder, &key).map_err(unusable)?;
                    compile::compile(&engine, &cache, bytes, &compile::digest(bytes))?
                }
                None => Component::from_binary(&engine, bytes)
                    .map_err(|error| format!("the evaluator could not be compiled: {error}"))?,
            };
            Ok(Code { engine, component })
        });
        code.as_ref().map_err(Clone::clone)
    }

    fn start(&self) -> Result<Instance, String> {
        let code = self.code()?;
        let failed = |error: wasmtime::Error| format!("the evaluator could not be started: {error:#}");
        let limits = StoreLimitsBuilder::new().memory_size(MEMORY).instances(16).tables(16).memories(2).build();
        let mut store = Store::new(&code.engine, limits);
        store.limiter(|limits| limits);
        store.set_fuel(TO_COMPILE).map_err(failed)?;
        let evaluator = bindings::Evaluator::instantiate(&mut store, &code.component, &Linker::new(&code.engine));
        Ok(Instance { store, evaluator: evaluator.map_err(failed)?, compiled: HashSet::new(), bytes: 0 })
    }

    /// Does something with the evaluator; after a trap it is another one the next time.
    fn with<T>(&self, expression: &str, work: impl FnOnce(&mut Instance) -> wasmtime::Result<T>) -> Result<T, String> {
        if locked(&self.stopped).is_given_up(expression) {
            return Err(format!("was stopped {PATIENCE} times and is no longer tried; simplify its expression"));
        }
        let mut instance = locked(&self.instance);
        if instance.is_none() {
            *instance = Some(self.start()?);
        }
        let Some(running) = instance.as_mut() else { return Err("the evaluator is gone".to_owned()) };
        work(running).map_err(|error| {
            *instance = None;
            locked(&self.stopped).count(expression);
            match error.downcast_ref::<Trap>() {
                Some(Trap::OutOfFuel) => "takes too many steps; simplify its expression".to_owned(),
                _ => "takes too much memory, or nests too deep; simplify its expression".to_owned(),
            }
        })
    }
}

impl Instance {
    fn check(&mut self, expression: &str) -> wasmtime::Result<Option<String>> {
        self.store.set_fuel(TO_COMPILE)?;
        let wrong = self.evaluator.call_check(&mut self.store, expression)?;
        if wrong.is_none() {
            self.keep(expression);
        }
        Ok(wrong)
    }

    /// Does what the evaluator does with what it keeps: an expression that it has forgotten is not compiled at an entity's expense.
    fn keep(&mut self, expression: &str) {
        if self.compiled.contains(expression) {
            return;
        }
        if self.compiled.len() >= KEPT.0 || self.bytes + expression.len() > KEPT.1 {
            self.compiled.clear();
            self.bytes = 0;
        }
        self.bytes += expression.len();
        self.compiled.insert(expression.to_owned());
    }

    fn evaluate(&mut self, expression: &str, input: &str) -> wasmtime::Result<Result<String, String>> {
        // Compiling is not the entity's fault, so it has a budget of its own.
        if !self.compiled.contains(expression)
            && let Some(wrong) = self.check(expression)?
        {
            return Ok(Err(wrong));
        }
        self.store.set_fuel(TO_EVALUATE)?;
        self.evaluator.call_evaluate(&mut self.store, expression, input)
    }
}

impl Expressions for SandboxedExpressions {
    fn check(&self, expression: &str) -> Result<(), String> {
        locked(&self.stopped).forget(expression);
        match self.with(expression, |instance| instance.check(expression))? {
            Some(wrong) => Err(wrong),
            None => Ok(()),
        }
    }

    fn evaluate(&self, expression: &str, input: &Value) -> Result<Value, String> {
        let input = input.to_string();
        let evaluated = self.with(expression, |instance| instance.evaluate(expression, &input))?;
        let value = evaluated.map_err(|reason| format!("could not be evaluated: {reason}"))?;
        if value.len() > LARGEST {
            return Err("came to more than 8 MiB; simplify its expression".to_owned());
        }
        serde_json::from_str(&value).map_err(|_| "came to no JSON value, such as a number beyond all bounds".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_that_is_stopped_again_and_again_is_given_up_until_it_is_forgotten() {
        let mut stopped = Stopped::default();
        for times in 0..PATIENCE {
            assert!(!stopped.is_given_up(".a"), "{times}");
            stopped.count(".a");
        }
        assert!(stopped.is_given_up(".a") && !stopped.is_given_up(".b"));
        stopped.forget(".a");
        assert!(!stopped.is_given_up(".a"));
    }

    #[test]
    fn no_more_are_remembered_than_there_is_room_for() {
        let mut stopped = Stopped::default();
        for _ in 0..PATIENCE {
            stopped.count("first");
        }
        for number in 1..REMEMBERED {
            stopped.count(&format!("{number}"));
        }
        assert_eq!((stopped.0.len(), stopped.is_given_up("first")), (REMEMBERED, true));
        stopped.count("first");
        assert_eq!(stopped.0.len(), REMEMBERED, "one that is known needs no more room");
        stopped.count("one more");
        assert_eq!((stopped.0.len(), stopped.is_given_up("first")), (1, false));
    }
}
