//! From a plugin's file to code that can be called.
//!
//! Rule: compiling happens off the threads that serve, within a limit of size, and only of WebAssembly: a file that holds
//! native code already is refused, whatever it claims.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use wasmparser::{Parser, Payload};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::cache::Cache;

/// The largest file that is compiled: a plugin in a language that brings its interpreter has 20 MB.
pub(crate) const LARGEST: u64 = 64 << 20;

/// Functions of one component, all its modules together: twenty times what a plugin has that brings an interpreter. Each is compiled by
/// itself, and a file of few megabytes can hold millions.
const FUNCTIONS: u64 = 300_000;

/// Bytes of one function: five times the largest that interpreters have. What compiling takes grows faster than they do.
const FUNCTION: u64 = 512 << 10;

/// Components compiled at once: each uses all processors for a while.
const AT_ONCE: usize = 1;

/// Compiles plugins and remembers them.
pub(crate) struct Compiler {
    engine: Engine,
    cache: Arc<Cache>,
    turn: Semaphore,
}

/// Names a file by its content.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

impl Compiler {
    pub(crate) fn new(engine: &Engine, cache: Cache) -> Compiler {
        Compiler { engine: engine.clone(), cache: Arc::new(cache), turn: Semaphore::new(AT_ONCE) }
    }

    /// Code for a component; `digest` is the bytes' own. The error is a sentence for an operator.
    pub(crate) async fn compile(&self, bytes: Bytes, digest: String) -> Result<Component, String> {
        if Engine::detect_precompiled(&bytes).is_some() {
            return Err("The file holds native code, which is never run. Install the plugin's WebAssembly component."
                .to_owned());
        }
        let _turn = self.turn.acquire().await.map_err(|_| "The portal stops.".to_owned())?;
        let (engine, cache) = (self.engine.clone(), self.cache.clone());
        let compiled = tokio::task::spawn_blocking(move || compile(&engine, &cache, &bytes, &digest)).await;
        compiled
            .map_err(|error| format!("The compiler failed on it: {error}. Report this to the plugin's publisher."))?
    }
}

/// Code for a component.
pub(crate) fn fresh(engine: &Engine, bytes: &[u8]) -> Result<Component, String> {
    let (functions, largest) = functions(bytes);
    if functions > FUNCTIONS {
        return Err(format!(
            "It has {functions} functions; plugins of up to {FUNCTIONS} are compiled. Leave out of it what it does not use."
        ));
    }
    if largest > FUNCTION {
        return Err(format!(
            "It has a function of {largest} bytes; functions of up to {FUNCTION} bytes are compiled. Split it, or build with less inlining."
        ));
    }
    Component::from_binary(engine, bytes).map_err(|error| {
        format!("It cannot be compiled: {}. Build it again, and check that the copy is complete.", error.root_cause())
    })
}

/// How many functions a file says it has, and the bytes of the largest, as far as it can be read; what cannot be read is not compiled either.
fn functions(bytes: &[u8]) -> (u64, u64) {
    let sections = Parser::new(0).parse_all(bytes).map_while(Result::ok);
    sections.fold((0, 0), |(count, largest), section| match section {
        Payload::FunctionSection(functions) => (count + u64::from(functions.count()), largest),
        Payload::CodeSectionEntry(body) => (count, largest.max(body.range().len() as u64)),
        _ => (count, largest),
    })
}

/// Code for a component, out of the cache if it is there.
pub(crate) fn compile(engine: &Engine, cache: &Cache, bytes: &[u8], digest: &str) -> Result<Component, String> {
    let name = format!("{digest}-{:016x}", compatibility(engine));
    if let Some(component) = cache.get(&name).and_then(|code| load(engine, &code)) {
        return Ok(component);
    }
    let begun = Instant::now();
    let component = fresh(engine, bytes)?;
    tracing::info!(digest, bytes = bytes.len(), milliseconds = begun.elapsed().as_millis(), "code was compiled");
    match component.serialize() {
        Ok(code) => cache.put(&name, &code),
        Err(error) => tracing::warn!(%error, "compiled code could not be written down; the next start compiles again"),
    }
    Ok(component)
}

/// Everything of the engine that compiled code depends on: its version, its settings, the processor.
fn compatibility(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

#[expect(unsafe_code, reason = "the one place where compiled code is read back; see the comment inside")]
fn load(engine: &Engine, code: &[u8]) -> Option<Component> {
    // SAFETY: the bytes are what `Component::serialize` wrote in this installation: the cache has just verified their seal,
    // made with a key that only this user can read, over these very bytes, which are not read from the disk again.
    match unsafe { Component::deserialize(engine, code) } {
        Ok(component) => Some(component),
        Err(error) => {
            tracing::info!(%error, "cached code does not fit this engine; the plugin is compiled again");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The smallest component there is.
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

    fn number(mut number: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        while number >= 0x80 {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    }

    fn section(id: u8, body: &[u8]) -> Vec<u8> {
        [vec![id], number(body.len() as u32), body.to_vec()].concat()
    }

    /// A module with so many functions, which have no code.
    fn module(functions: u32) -> Vec<u8> {
        let body = [number(functions), vec![0; functions as usize]].concat();
        [b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0".to_vec(), section(3, &body)].concat()
    }

    /// A module with one function of so many bytes, which does nothing.
    fn function(bytes: u32) -> Vec<u8> {
        const NOP: u8 = 1;
        let code = [vec![0], vec![NOP; bytes as usize - 2], vec![0x0b]].concat();
        let bodies = [vec![1], number(bytes), code].concat();
        [module(1), section(10, &bodies)].concat()
    }

    #[test]
    fn what_has_too_many_functions_is_not_compiled() {
        let refused = |functions: u64| fresh(&Engine::default(), &module(functions as u32)).err().unwrap();
        assert!(refused(FUNCTIONS + 1).starts_with("It has 300001 functions; plugins of up to 300000 are compiled."));
        // A module is no plugin, which is found out when it is compiled.
        assert!(refused(FUNCTIONS).starts_with("It cannot be compiled"), "{}", refused(FUNCTIONS));
    }

    #[test]
    fn a_function_that_is_too_large_is_not_compiled() {
        let refused = |bytes: u64| fresh(&Engine::default(), &function(bytes as u32)).err().unwrap();
        assert!(
            refused(FUNCTION + 1).starts_with("It has a function of 524289 bytes; functions of up to 524288 bytes")
        );
        assert!(refused(FUNCTION).starts_with("It cannot be compiled"), "{}", refused(FUNCTION));
    }

    fn compiler(folder: &Path) -> Compiler {
        Compiler::new(&Engine::default(), Cache::open(&folder.join("code"), &folder.join("key")).unwrap())
    }

    async fn compiled(compiler: &Compiler, bytes: &'static [u8]) -> Result<Component, String> {
        compiler.compile(Bytes::from_static(bytes), digest(bytes)).await
    }

    #[tokio::test]
    async fn compiled_code_is_kept_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        compiled(&compiler(folder.path()), COMPONENT).await.unwrap();
        let file = fs::read_dir(folder.path().join("code")).unwrap().next().unwrap().unwrap().path();
        let before = fs::metadata(&file).unwrap().len();
        compiled(&compiler(folder.path()), COMPONENT).await.unwrap();
        assert_eq!(fs::metadata(&file).unwrap().len(), before);
    }

    #[tokio::test]
    async fn sealed_code_that_does_not_fit_is_compiled_again() {
        let folder = tempfile::tempdir().unwrap();
        let compiler = compiler(folder.path());
        let name = format!("{}-{:016x}", digest(COMPONENT), compatibility(&compiler.engine));
        compiler.cache.put(&name, b"of another engine");
        compiled(&compiler, COMPONENT).await.unwrap();
        assert!(compiler.cache.get(&name).unwrap().len() > 100);
    }

    #[tokio::test]
    async fn native_code_and_damaged_files_are_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let compiler = compiler(folder.path());
        let native = Component::from_binary(&compiler.engine, COMPONENT).unwrap().serialize().unwrap();
        let refused = compiled(&compiler, native.leak()).await.err().unwrap();
        assert_eq!(
            refused,
            "The file holds native code, which is never run. Install the plugin's WebAssembly component."
        );
        let refused = compiled(&compiler, b"\0asm\x0d\0\x01\0\x01").await.err().unwrap();
        assert!(refused.starts_with("It cannot be compiled: "), "{refused}");
    }
}
