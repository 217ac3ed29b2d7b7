//! Figures: what the catalog and the plugins cost.
//!
//! Rule: what is measured is what ships, built as it is built for users; plugins in other languages are built by those languages' tools. Nothing
//! here fails because a figure is poor: these machines are noisy, and whoever reads judges.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build::FIRST;
use crate::test::{OUTSIDE, WORLD, in_release, prepare};
use crate::workspace::Workspace;
use crate::{process, python};

/// What the module `ballast` of a large plugin holds: 22 MiB that do not compress, beside the 18.6 MB of Python itself. In pieces, as what makes one
/// of that size leaves its own traces in the memory that is built in.
const BALLAST: &str =
    "import random\n\nchance = random.Random(1)\nHELD = [chance.randbytes(1 << 16) for _ in range(352)]\n";

/// The portal's figures: on generated catalogs, of a plugin's call, of what a browser loads.
pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<(), String> {
    prepare(workspace)?;
    match arguments {
        ["plugins"] => plugins(workspace),
        ["scaffolder"] => scaffolder(workspace),
        _ => catalog(workspace, arguments),
    }
}

fn catalog(workspace: &Workspace, arguments: &[&str]) -> Result<(), String> {
    let json = workspace.target.join("bench/catalog.json");
    let mut figures = in_release(workspace, "run");
    process::run(figures.args(OUTSIDE).args(["--bin", "figures", "--"]).args(arguments).arg("--json").arg(&json))?;
    let sizes = FIRST.map(|name| {
        let file = workspace.assets().join("site").join(format!("{name}.br"));
        fs::metadata(file).map_or(0, |metadata| metadata.len())
    });
    println!("The client's first load is {} kB with brotli.", sizes.iter().sum::<u64>() / 1000);
    println!("The table is in {} as well, with the machine and the commit.", json.display());
    Ok(())
}

/// What running templates costs.
fn scaffolder(workspace: &Workspace) -> Result<(), String> {
    let json = workspace.target.join("bench/scaffolder.json");
    process::run(in_release(workspace, "run").args(OUTSIDE).args(["--bin", "scaffolding", "--", "--json"]).arg(&json))?;
    println!("The table is in {} as well.", json.display());
    Ok(())
}

/// What plugins cost, in each language.
fn plugins(workspace: &Workspace) -> Result<(), String> {
    python::setup()?;
    let json = workspace.target.join("bench/plugins.json");
    process::run(in_release(workspace, "build").args(WORLD).args(["--example", "plugins"]))?;
    let mut figures = Command::new(workspace.target.join("release/examples/plugins"));
    let fixture = |file: &str| workspace.root.join("tests/fixtures/contract-0.1").join(file);
    for (language, file) in [
        ("Rust", fixture("radar-rust.wasm")),
        ("JavaScript", fixture("radar-javascript.wasm")),
        ("Python", in_python(workspace, "python", None)?),
        ("Python with 22 MiB of its own", in_python(workspace, "python-large", Some(BALLAST))?),
    ] {
        figures.arg("--plugin").arg(format!("{language}={}", file.display()));
    }
    process::run(figures.env("PORTICO_TEST_PLUGINS", workspace.test_plugins()).arg("--json").arg(&json))?;
    println!("The table is in {} as well.", json.display());
    Ok(())
}

/// The example in Python, built in a folder of this name: what it makes is too large to be kept among the fixtures. With `ballast`, it has that
/// module as well.
fn in_python(workspace: &Workspace, name: &str, ballast: Option<&str>) -> Result<PathBuf, String> {
    let project = workspace.target.join("bench").join(name);
    copy(&workspace.root.join("examples/plugins/radar-python"), &project)
        .and_then(|()| {
            let Some(ballast) = ballast else { return Ok(()) };
            fs::write(project.join("ballast.py"), ballast)?;
            let app = project.join("app.py");
            let code = fs::read_to_string(&app)?;
            fs::write(app, format!("{code}\nimport ballast  # noqa: E402, F401\n"))
        })
        .map_err(|error| format!("{} cannot be made: {error}", project.display()))?;
    process::run(Command::new(workspace.program()).args(["plugin", "build"]).arg(&project))?;
    Ok(project.join("radar.wasm"))
}

/// Copies a folder; what a link leads to is copied, as it does not lie beside the copy.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        match fs::metadata(&path)?.is_dir() {
            true => copy(&path, &to)?,
            false => drop(fs::copy(&path, &to)?),
        }
    }
    Ok(())
}
