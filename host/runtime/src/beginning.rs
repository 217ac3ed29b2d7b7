//! Whether a component begins at all: it is made an instance once, and asked for nothing.
//!
//! What a component does before it is called is its own business, and whoever crashes there crashes in each call. So that is found out before
//! a version takes the place of another.
//!
//! Rule: nothing that it does here has any effect: WASI is there with nothing behind it, as in calls, and the portal's own interfaces end the
//! trial, which then says nothing against the component. Nor does what is for want of room: it is said when the component is called.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use portico_manifest::{Limits, Period};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, ResourceTable, ResourceType};
use wasmtime::{Engine, Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::classify::{self, Evidence};
use crate::fault::{Bound, Fault};
use crate::memory::{Memory, OWN, Pool};
use crate::meter::Meter;
use crate::stderr::Tail;

/// Computing time until it has begun; guests that bring an interpreter have its state in their memory already.
const CPU: Period = Period::seconds(5);

/// The same on the clock, on a machine that does much else.
const WALL: Duration = Duration::from_secs(60);

/// What a trial holds.
struct Trial {
    wasi: WasiCtx,
    table: ResourceTable,
    memory: Memory,
}

impl WasiView for Trial {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// It asked the portal for something.
#[derive(Debug, thiserror::Error)]
#[error("a component that is only tried asked the portal for something")]
struct Asked;

/// Says why a component cannot be called; nothing where it begins, or where that cannot be known here.
pub(crate) async fn begins(engine: &Engine, pool: &Pool, component: &Component) -> Result<(), String> {
    let stderr = Tail::default();
    let trial = Trial {
        wasi: WasiCtxBuilder::new().stderr(stderr.clone()).build(),
        table: ResourceTable::new(),
        memory: Memory::new(&Pool::new(OWN), pool, Limits::MOST.memory.as_bytes()),
    };
    let (meter, out_of_cpu) = (Meter::default(), Arc::<AtomicBool>::default());
    let mut store = Store::new(engine, trial);
    store.limiter(|trial| &mut trial.memory);
    store.set_epoch_deadline(1);
    let (clock, is_out) = (meter.clone(), out_of_cpu.clone());
    store.epoch_deadline_callback(move |_| {
        if clock.used_in_poll() > CPU.as_duration() {
            is_out.store(true, Ordering::Relaxed);
            return Ok(UpdateDeadline::Interrupt);
        }
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    let linker = linker(engine, component).map_err(|error| format!("It cannot be tried: {}.", error.root_cause()))?;
    let begun = tokio::time::timeout(WALL, meter.measure(linker.instantiate_async(&mut store, component))).await;
    let error = match begun {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(error)) if error.is::<Asked>() => return Ok(()),
        Ok(Err(error)) => error,
        Err(_) => return Err(said(&format!("has not begun after {} s", WALL.as_secs()), "")),
    };
    let out_of_cpu = out_of_cpu.load(Ordering::Relaxed).then(|| Bound::of(CPU, CPU));
    let words = classify::clean(stderr.text().trim());
    match classify::fault(&error, Evidence { out_of_cpu, refused: store.data().memory.refused(), words }) {
        Fault::Panicked { trap, words } => Err(said(&format!("crashes ({trap})"), &words)),
        Fault::CpuLimit(Bound { limit, .. }) => Err(said(&format!("computes for more than {limit}"), "")),
        Fault::BadOutput(what) => Err(said(&format!("hands over {what}"), "")),
        _ => Ok(()),
    }
}

fn said(what: &str, words: &str) -> String {
    let words = if words.is_empty() { String::new() } else { format!(" Its last words: {words}") };
    format!("Its code {what} before anything is asked of it. Its publisher has to mend it.{words}")
}

/// What a component imports: WASI, and the portal's interfaces, each function of which ends the trial.
fn linker(engine: &Engine, component: &Component) -> wasmtime::Result<Linker<Trial>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    for (name, item) in component.component_type().imports(engine) {
        let ComponentItem::ComponentInstance(instance) = item.ty else { continue };
        if !name.starts_with(crate::check::PACKAGE) {
            continue;
        }
        let mut interface = linker.instance(name)?;
        for (export, item) in instance.exports(engine) {
            match item.ty {
                ComponentItem::ComponentFunc(_) => interface.func_new(export, |_, _, _, _| Err(Asked.into()))?,
                ComponentItem::Resource(_) => {
                    interface.resource(export, ResourceType::host::<Trial>(), |_, _| Ok(()))?;
                }
                _ => {}
            }
        }
    }
    Ok(linker)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Sandbox;

    /// What becomes of a component whose module has this text.
    async fn tried(module: &str) -> Result<(), String> {
        let sandbox = Sandbox::start().unwrap();
        let text = format!(
            r#"(component
                (import "portico:plugin/run@0.1.0" (instance $run (export "cancelled" (func (result bool)))))
                (core func $cancelled (canon lower (func $run "cancelled")))
                (core instance $host (export "cancelled" (func $cancelled)))
                (core module $module (import "host" "cancelled" (func $cancelled (result i32))) {module})
                (core instance (instantiate $module (with "host" (instance $host))))
            )"#
        );
        let component = Component::from_binary(&sandbox.engine, &wat::parse_str(text).unwrap()).unwrap();
        let pool = Pool::new(1 << 30);
        let outcome = begins(&sandbox.engine, &pool, &component).await;
        assert_eq!(pool.held(), 0, "what it held is given back");
        outcome
    }

    #[tokio::test]
    async fn a_component_that_cannot_begin_is_told_so() {
        let cases = [
            ("", ""),
            ("(func $start) (start $start)", ""),
            // Whether it would go on with an answer cannot be known.
            ("(func $start call $cancelled drop unreachable) (start $start)", ""),
            // That it wants more memory than anybody may have is said with the lines that would grant less or more, when it is called.
            ("(memory 1) (func $start (drop (memory.grow (i32.const 65535)))) (start $start)", ""),
            (
                "(func $start unreachable) (start $start)",
                "Its code crashes (wasm trap: wasm `unreachable` instruction executed) before anything is asked of it. Its publisher has to mend it.",
            ),
            (
                "(func $start (loop br 0)) (start $start)",
                "Its code computes for more than 5s before anything is asked of it. Its publisher has to mend it.",
            ),
        ];
        for (module, expected) in cases {
            assert_eq!(tried(module).await.err().unwrap_or_default(), expected, "{module}");
        }
    }
}
