//! The table of figures: Markdown as it grows, and JSON with the machine and the commit.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

/// The figures so far.
pub(crate) struct Table(Vec<Value>);

impl Table {
    /// An empty table, whose head is printed.
    pub(crate) fn begin() -> Table {
        println!("| entities | figure | value | beside |\n|---|---|---|---|");
        Table(Vec::new())
    }

    /// One more figure.
    pub(crate) fn row(&mut self, entities: usize, figure: &str, value: f64, unit: &str, beside: &str) {
        let digits = if value < 100.0 { 2 } else { 0 };
        println!("| {entities} | {figure} | {value:.digits$} {unit} | {beside} |");
        self.0.push(json!({
            "entities": entities, "figure": figure, "value": value, "unit": unit, "beside": beside,
        }));
    }

    /// Writes the table down.
    ///
    /// # Panics
    ///
    /// If the file cannot be written.
    pub(crate) fn write(&self, file: &Path) {
        let document = json!({ "machine": machine(), "commit": commit(), "figures": self.0 });
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).expect("a folder for the figures");
        }
        fs::write(file, format!("{document:#}\n")).expect("a file for the figures");
    }
}

/// The processor, how many of it there are, and the memory.
fn machine() -> Value {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let value = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    json!({
        "processor": value(&read("/proc/cpuinfo"), "model name"),
        "processors": std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        "memory": value(&read("/proc/meminfo"), "MemTotal"),
    })
}

fn commit() -> Option<String> {
    let output = Command::new("git").args(["rev-parse", "HEAD"]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
