//! What a call of a plugin costs: a fresh sandbox, an export that returns at once, and the end of the sandbox.
//!
//! `cargo run --release --package portico-runtime --example call_cost`

use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};

use portico_catalog::Catalog;
use portico_runtime::{BuiltIn, Runtime, RuntimeOptions};

#[path = "../tests/plugins/support/package.rs"]
mod package;

const CALLS: usize = 5_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let config = portico_manifest::parse("hostile: { settings: { attack: return } }", "the example")?;
    let built_in = vec![BuiltIn {
        file_name: "hostile.wasm".to_owned(),
        bytes: package::hostile(package::Changes::default()).leak(),
    }];
    let options = RuntimeOptions {
        data: folder.path().to_owned(),
        plugins_folder: folder.path().join("plugins"),
        built_in,
        config: BTreeMap::clone(&config),
        trust: portico_supply::TrustPolicy::default(),
        supply: None,
        ingest: BTreeMap::new(),
        locations: Vec::new(),
        rules: None,
    };
    let runtime = Runtime::start(Catalog::in_memory()?, options).await?;
    let mut times = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let begun = Instant::now();
        let result = runtime.try_once("hostile").await?;
        times.push(begun.elapsed());
        if result.code != "ok" {
            return Err(result.message.into());
        }
    }
    times.sort_unstable();
    let at = |share: usize| micros(times[CALLS * share / 100]);
    println!("a call with a fresh sandbox: median {} µs, 90 % {} µs, 99 % {} µs", at(50), at(90), at(99));
    runtime.shutdown().await;
    Ok(())
}

fn micros(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e6)
}
