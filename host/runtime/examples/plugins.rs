//! What plugins cost: `cargo xtask bench plugins`.
//!
//! Each figure stands beside what is wanted of it. The table is printed as Markdown; the file that `--json` names gets it as well. With
//! `--plugin LANGUAGE=FILE` a packed plugin of some language is measured, too. `--only calls`, `cards`, `boundary`, `beside`, `many` or
//! `languages` takes one alone, for a profiler.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use portico_catalog::{Catalog, Mode, Origin};
use portico_manifest::parse;
use portico_model::EntityRef;
use portico_runtime::{BuiltIn, Runtime, RuntimeOptions};
use serde_json::{Value, json};

#[path = "../tests/plugins/support/package.rs"]
mod package;

/// As in the program: what the C library's takes is another figure.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Calls that are timed one after the other.
const CALLS: usize = 3_000;

/// Cards that are timed, each of an entity of its own, so that none is kept.
const CARDS: usize = 1_000;

/// Attacks that go for what all share: processor time, memory, the store, the log.
const TAKES_MUCH: [&str; 9] = [
    "spin in host calls",
    "endless progress",
    "allocate gradually",
    "recurse",
    "huge text",
    "documents without end",
    "facts without end",
    "log flood",
    "catalog without end",
];

/// The same of a plugin of another language, which takes longer.
const CARDS_OF_A_LANGUAGE: usize = 100;

/// Plugins of a large portal.
const PLUGINS: usize = 200;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |name: &str| arguments.iter().skip_while(|argument| *argument != name).nth(1).map(PathBuf::from);
    let mut table = Table::default();
    println!("| figure | value | wanted |\n|---|---|---|");
    let only = after("--only");
    let wanted = |part: &str| only.as_ref().is_none_or(|only| only.as_os_str() == part);
    if wanted("calls") {
        calls(&mut table).await?;
    }
    if wanted("cards") {
        cards(&mut table).await?;
    }
    if wanted("boundary") {
        boundary(&mut table).await?;
    }
    if wanted("beside") {
        beside(&mut table).await?;
    }
    if wanted("many") {
        many(&mut table).await?;
    }
    for named in arguments.windows(2).filter(|pair| pair[0] == "--plugin").map(|pair| &pair[1]) {
        language(&mut table, named).await?;
    }
    if let Some(file) = after("--json") {
        table.write(&file)?;
    }
    Ok(())
}

#[derive(Default)]
struct Table(Vec<Value>);

impl Table {
    fn row(&mut self, figure: &str, value: f64, unit: &str, wanted: &str) {
        let digits = if value < 100.0 { 1 } else { 0 };
        println!("| {figure} | {value:.digits$} {unit} | {wanted} |");
        self.0.push(json!({ "figure": figure, "value": value, "unit": unit, "wanted": wanted }));
    }

    fn write(&self, file: &Path) -> Result<()> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(file, format!("{:#}\n", json!({ "figures": self.0 })))?)
    }
}

/// A runtime with plugins of the hostile guest, each doing what its settings say.
async fn runtime(catalog: Catalog, data: &Path, plugins: &[(&str, &str)]) -> Result<Runtime> {
    let entry = |(name, attack): &(&str, &str)| {
        format!(
            "{name}: {{ settings: {{ attack: {attack} }}, grants: {{ catalog: {{ read: ['*'], write: ['*'], attach: ['*'] }} }} }}\n"
        )
    };
    let config: String = plugins.iter().map(entry).collect();
    let packed = |(name, _): &(&str, &str)| BuiltIn {
        file_name: format!("{name}.wasm"),
        bytes: package::hostile(package::Changes { name, ..package::Changes::default() }).leak(),
    };
    start(catalog, data, plugins.iter().map(packed).collect(), &config).await
}

async fn start(catalog: Catalog, data: &Path, built_in: Vec<BuiltIn>, config: &str) -> Result<Runtime> {
    let options = RuntimeOptions {
        data: data.to_owned(),
        plugins_folder: data.join("plugins"),
        built_in,
        config: parse(config, "the figures")?,
        trust: portico_supply::TrustPolicy::default(),
        supply: None,
        packages: std::collections::BTreeMap::new(),
        ingest: std::collections::BTreeMap::new(),
        locations: Vec::new(),
        rules: None,
    };
    Ok(Runtime::start(catalog, options).await?)
}

/// Evaluates the mapping of the guest without a sandbox.
struct Native;

impl portico_kinds::Expressions for Native {
    fn check(&self, expression: &str) -> std::result::Result<(), String> {
        portico_expressions::check(expression)
    }

    fn evaluate(&self, expression: &str, input: &Value) -> std::result::Result<Value, String> {
        let value = portico_expressions::evaluate(expression, &input.to_string())?;
        serde_json::from_str(&value).map_err(|error| error.to_string())
    }
}

fn catalog(folder: &Path) -> Result<Catalog> {
    catalog_at(&folder.join("catalog.redb"))
}

fn catalog_at(file: &Path) -> Result<Catalog> {
    Ok(Catalog::open(file, Arc::new(Native))?)
}

fn at(times: &mut [Duration], share: usize) -> f64 {
    times.sort_unstable();
    times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1e6
}

async fn timed(runtime: &Runtime, plugin: &str, calls: usize) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(calls);
    for _ in 0..calls {
        let begun = Instant::now();
        let result = runtime.try_once(plugin).await?;
        times.push(begun.elapsed());
        if result.code != "ok" {
            return Err(result.message.into());
        }
    }
    Ok(times)
}

async fn calls(table: &mut Table) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let runtime = runtime(catalog(folder.path())?, folder.path(), &[("hostile", "return")]).await?;
    timed(&runtime, "hostile", 200).await?;
    let mut times = timed(&runtime, "hostile", CALLS).await?;
    table.row("an empty call, fresh store, median", at(&mut times, 50), "µs", "at most 45 µs");
    table.row("the same, 99 %", at(&mut times, 99), "µs", "");
    runtime.shutdown().await;
    Ok(())
}

/// Says that so many components exist.
fn fill(catalog: &Catalog, count: usize) -> Result<()> {
    let mut session = catalog.session("figures", "all", Mode::Full)?;
    for number in 0..count {
        let document = json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": { "name": format!("c{number}") },
            "spec": { "type": "service", "lifecycle": "production", "owner": "group:default/none" },
        });
        session.put(&document.to_string(), Origin { file: "a".into(), line: 1, url: None, parent: None })?;
    }
    session.commit(None)?;
    Ok(())
}

async fn cards(table: &mut Table) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let catalog = catalog(folder.path())?;
    fill(&catalog, CARDS + 100)?;
    let runtime = runtime(catalog, folder.path(), &[("hostile", "nothing")]).await?;
    let mut times = Vec::with_capacity(CARDS);
    for number in 0..CARDS + 100 {
        let entity = EntityRef::parse(&format!("component:default/c{number}"))?;
        let begun = Instant::now();
        let card = runtime.card("hostile", "card", Some(&entity), None).await?;
        if number >= 100 {
            times.push(begun.elapsed());
        }
        assert_eq!(card.blocks.len(), 10, "a card of ten blocks");
    }
    table.row("a card of ten blocks, drawn and checked, median", at(&mut times, 50), "µs", "at most 300 µs");
    let entity = EntityRef::parse("component:default/c0")?;
    let mut kept = Vec::with_capacity(CARDS);
    for _ in 0..CARDS {
        let begun = Instant::now();
        runtime.card("hostile", "card", Some(&entity), None).await?;
        kept.push(begun.elapsed());
    }
    table.row("the same, kept from before", at(&mut kept, 50), "µs", "");
    runtime.shutdown().await;
    Ok(())
}

async fn boundary(table: &mut Table) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let runtime = runtime(catalog(folder.path())?, folder.path(), &[("hostile", "'hand over many'")]).await?;
    let mut best = f64::MAX;
    for _ in 0..5 {
        let times = timed(&runtime, "hostile", 1).await?;
        best = best.min(times[0].as_secs_f64());
    }
    table.row(
        "entities put in batches through the boundary, not stored",
        100_000.0 / best,
        "a second",
        "at least 300,000",
    );
    runtime.shutdown().await;
    Ok(())
}

/// What others wait for while a plugin spins for ever, or takes of other things what it can.
async fn beside(table: &mut Table) -> Result<()> {
    let (alone, spinning) = beside_one("spin").await?;
    table.row(
        "an empty call beside one that spins for ever, median",
        spinning,
        "µs",
        &format!("at most twice {alone:.1} µs"),
    );
    let mut worst = ("", 0.0, 0.0);
    for attack in TAKES_MUCH {
        let (alone, beside) = beside_one(attack).await?;
        if beside / alone > worst.2 {
            worst = (attack, beside, beside / alone);
        }
    }
    let (attack, median, ratio) = worst;
    let figure = format!("the same beside each of {} other attacks; the worst is `{attack}`", TAKES_MUCH.len());
    table.row(&figure, median, "µs", &format!("at most twice as alone; it is {ratio:.1} times"));
    Ok(())
}

/// The medians of a healthy plugin's calls, alone and beside an attack that is made again and again.
async fn beside_one(attack: &str) -> Result<(f64, f64)> {
    let folder = tempfile::tempdir()?;
    let attack = format!("'{attack}'");
    let plugins = [("hostile", "return"), ("attacker", attack.as_str())];
    let runtime = runtime(catalog(folder.path())?, folder.path(), &plugins).await?;
    timed(&runtime, "hostile", 200).await?;
    let mut alone = timed(&runtime, "hostile", CALLS).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let attacks = tokio::spawn({
        let (runtime, stop) = (runtime.clone(), stop.clone());
        async move {
            while !stop.load(Ordering::Relaxed) {
                // It is ended within its limits, and begins again.
                let _ = runtime.try_once("attacker").await;
            }
        }
    });
    tokio::task::yield_now().await;
    let mut beside = timed(&runtime, "hostile", CALLS).await?;
    stop.store(true, Ordering::Relaxed);
    attacks.abort();
    runtime.shutdown().await;
    Ok((at(&mut alone, 50), at(&mut beside, 50)))
}

fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

/// Two hundred plugins, started from the cache of compiled code.
async fn many(table: &mut Table) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let files = folder.path().join("plugins");
    std::fs::create_dir(&files)?;
    let mut config = String::new();
    for number in 0..PLUGINS {
        let name = format!("p{number}");
        // In files, as nobody keeps the bytes of those.
        let packed = package::hostile(package::Changes { name: &name, ..package::Changes::default() });
        std::fs::write(files.join(format!("{name}.wasm")), packed)?;
        config.push_str(&format!("{name}: {{ settings: {{ attack: return }} }}\n"));
    }
    let store = |name: &str| catalog_at(&folder.path().join(name));
    let compiled = start(store("a.redb")?, folder.path(), Vec::new(), &config).await?;
    compiled.shutdown().await;
    drop(compiled);
    let one = start(store("b.redb")?, folder.path(), Vec::new(), config.lines().next().unwrap_or_default()).await?;
    let with_one = resident();
    one.shutdown().await;
    drop(one);
    // As after a restart: what the plugins declare is in the store already.
    let again = store("a.redb")?;
    let begun = Instant::now();
    let all = start(again, folder.path(), Vec::new(), &config).await?;
    let took = begun.elapsed().as_secs_f64();
    table.row("200 plugins, start from the code cache", took, "s", "at most 2 s");
    let each = (resident() - with_one).max(0.0) / (PLUGINS as f64 - 1.0);
    table.row("idle memory of each beyond the first", each, "MiB", "at most 2 MiB");
    all.shutdown().await;
    Ok(())
}

/// How long a plugin of some language takes to be there: compiled, loaded from the cache of compiled code, and asked for a card.
async fn language(table: &mut Table, named: &str) -> Result<()> {
    let (language, file) = named.split_once('=').ok_or("--plugin takes LANGUAGE=FILE")?;
    let folder = tempfile::tempdir()?;
    let files = folder.path().join("plugins");
    std::fs::create_dir(&files)?;
    let bytes = std::fs::read(file)?;
    std::fs::write(files.join("radar.wasm"), &bytes)?;
    let name = portico_manifest::unpack(&bytes)?.manifest.name;
    let config = format!(
        "{name}: {{ settings: {{ url: 'https://example.com/' }}, grants: {{ catalog: {{ read: ['*'] }} }}, every: never }}\n"
    );
    let store = |name: &str| catalog_at(&folder.path().join(name));
    let begun = Instant::now();
    let compiled = start(store("a.redb")?, folder.path(), Vec::new(), &config).await?;
    let took = begun.elapsed().as_secs_f64();
    let megabytes = bytes.len() as f64 / 1e6;
    table.row(&format!("{language}, {megabytes:.1} MB: compiled, the first time"), took, "s", "");
    compiled.shutdown().await;
    drop(compiled);
    let catalog = store("b.redb")?;
    fill(&catalog, CARDS_OF_A_LANGUAGE)?;
    let begun = Instant::now();
    let loaded = start(catalog, folder.path(), Vec::new(), &config).await?;
    let took = begun.elapsed().as_secs_f64() * 1e3;
    table.row(&format!("{language}: loaded from the cache"), took, "ms", "at most 300 ms");
    let mut times = Vec::with_capacity(CARDS_OF_A_LANGUAGE);
    for number in 0..CARDS_OF_A_LANGUAGE {
        let entity = EntityRef::parse(&format!("component:default/c{number}"))?;
        let begun = Instant::now();
        loaded.card(&name, "technologies", Some(&entity), None).await?;
        times.push(begun.elapsed());
    }
    table.row(&format!("{language}: a card, from a fresh sandbox, median"), at(&mut times, 50) / 1e3, "ms", "");
    loaded.shutdown().await;
    Ok(())
}
