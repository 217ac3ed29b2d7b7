//! The table of figures: Markdown as it grows, and JSON with the machine and the commit.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

/// The figures so far.
pub struct Table {
    subject: &'static str,
    figures: Vec<Value>,
}

impl Table {
    /// An empty table, whose head is printed; `subject` is what each figure is about.
    #[must_use]
    pub fn begin(subject: &'static str) -> Table {
        println!("| {subject} | figure | value | beside |\n|---|---|---|---|");
        Table { subject, figures: Vec::new() }
    }

    /// One more figure.
    pub fn row(&mut self, of: impl Into<Value>, figure: &str, value: f64, unit: &str, beside: &str) {
        let of = of.into();
        let digits = if value < 100.0 { 2 } else { 0 };
        println!(
            "| {} | {figure} | {value:.digits$} {unit} | {beside} |",
            of.as_str().map_or_else(|| of.to_string(), str::to_owned)
        );
        self.figures.push(json!({
            self.subject: of, "figure": figure, "value": value, "unit": unit, "beside": beside,
        }));
    }

    /// Writes the table down.
    ///
    /// # Panics
    ///
    /// If the file cannot be written.
    pub fn write(&self, file: &Path) {
        let document = json!({ "machine": machine(), "commit": commit(), "figures": self.figures });
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
