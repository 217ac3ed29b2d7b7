//! The scaffolder's figures, each beside a bound in the same run: `cargo xtask bench scaffolder`.
//!
//! The portal is the real program with the real plugin. What a task took is what its journal says, to the millisecond; the bounds are what this
//! machine takes to write the same files, and to have one line on its disk. Machines are noisy: who reads judges.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portico_tests::{Portal, PortalBuilder, Table, until};
use serde_json::{Value, json};

/// Files of the skeleton.
const FILES: usize = 200;

/// Tasks at once.
const AT_ONCE: usize = 50;

/// Turns of a step that does next to nothing.
const TURNS: usize = 200;

/// How often each figure is taken; the median counts.
const ROUNDS: usize = 9;

const CONFIG: &str = "\
locations: [{ type: file, target: '{folder}/templates/*.yaml' }]
plugins:
  locations:
    grants: { files: ['{folder}'], catalog: { write: ['*'] } }
  scaffolder:
    grants: { files: ['{folder}'], limits: { cpu: 60s, log: 50000 } }
";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| arguments.iter().skip_while(|argument| *argument != name).nth(1);
    let portal = portal();
    let mut table = Table::begin("template");
    begin(&portal, &mut table);
    skeleton(&portal, &mut table);
    calls(&portal, &mut table);
    at_once(&portal, &mut table);
    if let Some(file) = after("--json") {
        table.write(Path::new(file));
    }
}

fn portal() -> Portal {
    let each = json!((0..TURNS).collect::<Vec<_>>());
    let says = "    - { id: say, action: 'debug:log', input: { message: hello } }\n";
    let turns = format!(
        "    - {{ id: say, each: {each}, action: 'debug:log', input: {{ message: '${{{{ each.value }}}}' }} }}\n"
    );
    let render = "    - { id: fetch, action: 'fetch:template', input: { url: ./skeleton, values: { name: '${{ parameters.name }}' } } }\n";
    let mut builder = PortalBuilder::new(CONFIG);
    let templates = [("says", says.to_owned()), ("turns", turns), ("renders", render.to_owned())];
    for (name, steps) in &templates {
        let text = format!(
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{ name: {name} }}\nspec:\n  type: service\n  steps:\n{steps}"
        );
        builder = builder.file(&format!("templates/{name}.yaml"), &text);
    }
    for number in 0..FILES {
        builder =
            builder.file(&format!("templates/skeleton/src/part_{number}/${{{{ values.name }}}}.rs"), &file(number));
    }
    let portal = builder.start();
    for (name, _) in &templates {
        let path = format!("/api/catalog/entities/by-name/template/default/{name}");
        until("the template is there", || (portal.get(&path).status == 200).then_some(()));
    }
    portal
}

/// A file as skeletons have them: a page of code with some expressions in it.
fn file(number: usize) -> String {
    let lines = (0..40).map(|line| format!("    // line {line} of part {number}\n    let value_{line} = {line};\n"));
    let lines: String = lines.collect();
    format!(
        "//! Part {number} of ${{{{ values.name }}}}.\n\npub fn ${{{{ values.name | lower }}}}_{number}() {{\n{lines}{{% if values.name %}}    // named\n{{% endif %}}}}\n"
    )
}

fn start(portal: &Portal, template: &str) -> String {
    let input = json!({ "templateRef": template, "values": { "name": "orders" } });
    let answer = portal.post("/api/scaffolder/v2/tasks", &input);
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["id"].as_str().expect("an id").to_owned()
}

fn ended(portal: &Portal, id: &str) -> Value {
    until("the task ends", || {
        let task = portal.json(&format!("/api/scaffolder/v2/tasks/{id}"));
        matches!(task["status"].as_str(), Some("completed" | "failed" | "cancelled")).then_some(task)
    })
}

fn run(portal: &Portal, template: &str) -> Value {
    let task = ended(portal, &start(portal, template));
    assert_eq!(task["status"], json!("completed"), "{task:#}");
    task
}

/// Milliseconds between two times that a task says.
fn between(from: &Value, to: &Value) -> f64 {
    let at = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok()).expect("a time");
    (at(to).as_millisecond() - at(from).as_millisecond()) as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What one line on this disk takes, in milliseconds.
fn one_write(portal: &Portal) -> f64 {
    let path = portal.folder().join("bound");
    let mut file = File::create(&path).expect("a file");
    median(
        (0..ROUNDS)
            .map(|_| timed(|| file.write_all(b"one line\n").and_then(|()| file.sync_data()).expect("written")))
            .collect(),
    )
}

fn timed(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64() * 1e3
}

fn begin(portal: &Portal, table: &mut Table) {
    let waits = (0..ROUNDS).map(|_| {
        let task = run(portal, "says");
        between(&task["createdAt"], &task["steps"][0]["startedAt"])
    });
    let beside = format!("at most 50 ms; one line on the disk {:.1} ms", one_write(portal));
    table.row("one that says hello", "from the wish to the first step", median(waits.collect()), "ms", &beside);
}

fn skeleton(portal: &Portal, table: &mut Table) {
    let took = (0..ROUNDS).map(|_| {
        let task = run(portal, "renders");
        between(&task["steps"][0]["startedAt"], &task["steps"][0]["endedAt"])
    });
    let took = median(took.collect());
    let folder = portal.folder().join("bound-files");
    let bound = (0..ROUNDS).map(|round| {
        timed(|| {
            for number in 0..FILES {
                let folder = folder.join(format!("{round}/src/part_{number}"));
                fs::create_dir_all(&folder)
                    .and_then(|()| fs::write(folder.join("orders.rs"), file(number)))
                    .expect("written");
            }
        })
    });
    let beside = format!("at most 150 ms; writing the same files alone {:.1} ms", median(bound.collect()));
    table.row(format!("a skeleton of {FILES} files"), "rendered, written, and kept", took, "ms", &beside);
}

fn calls(portal: &Portal, table: &mut Table) {
    let took = (0..ROUNDS).map(|_| {
        let task = run(portal, "turns");
        between(&task["steps"][0]["startedAt"], &task["steps"][0]["endedAt"]) / TURNS as f64
    });
    table.row(
        format!("one step of {TURNS} turns"),
        "a call of `debug:log`",
        median(took.collect()),
        "ms",
        "at most 1 ms over the work that it does",
    );
}

fn at_once(portal: &Portal, table: &mut Table) {
    let begun = Instant::now();
    let ids: Vec<String> = (0..AT_ONCE).map(|_| start(portal, "renders")).collect();
    let failed = ids.iter().filter(|id| ended(portal, id)["status"] != "completed").count();
    let took: Duration = begun.elapsed();
    table.row(format!("{AT_ONCE} of a skeleton of {FILES} files at once"), "failed", failed as f64, "tasks", "none");
    table.row(format!("{AT_ONCE} of a skeleton of {FILES} files at once"), "all done", took.as_secs_f64(), "s", "");
}
