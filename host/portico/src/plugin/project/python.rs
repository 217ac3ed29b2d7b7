//! Projects in Python: an environment of their own with componentize-py, which makes the component of the module `app`.
//!
//! Python knows no file that says how a project is built, so the commands stand here.

use std::error::Error;
use std::path::{Path, PathBuf};

use super::Project;
use super::stamp::{Stamp, files_below};
use super::tool::Tool;

const REMEDY: &str = "Install Python 3.10 or later with its module venv, from https://python.org; on Debian, `apt-get install python3-venv`";

/// Where the environment is.
const ENVIRONMENT: &str = ".venv";

/// Where the contract's types are written for tests and editors.
const BINDINGS: &str = "bindings";

/// Builds a project into a component.
pub(super) async fn component(project: &Project) -> Result<Vec<u8>, Box<dyn Error>> {
    install(&project.folder).await?;
    project.clear()?;
    let componentize = installed(&project.folder, "componentize-py").args(["-d", "wit", "componentize", "--stub-wasi"]);
    componentize.args(["app", "-o", &format!("{}.component.wasm", project.manifest.name)]).run().await?;
    project.written("componentize-py")
}

/// What runs a project's tests.
pub(super) async fn tests(folder: &Path) -> Result<Tool, Box<dyn Error>> {
    install(folder).await?;
    bindings(folder).await?;
    Ok(installed(folder, "python").env("PYTHONPATH", BINDINGS).args(["-m", "unittest"]))
}

/// Installs what the project names, unless it is there.
async fn install(folder: &Path) -> Result<(), Box<dyn Error>> {
    let stamp = Stamp::of(folder.join(ENVIRONMENT).join("portico"), &[folder.join("requirements.txt")])?;
    if stamp.is_fresh() {
        return Ok(());
    }
    let made = Tool::new("python3", folder, REMEDY).args(["-m", "venv", ENVIRONMENT]).run().await;
    made.map_err(|error| format!("{error}. {REMEDY}"))?;
    let pip = installed(folder, "python").args(["-m", "pip", "--disable-pip-version-check", "install", "--quiet"]);
    pip.args(["--requirement", "requirements.txt"]).run().await?;
    Ok(stamp.renew()?)
}

/// Writes the contract's types, unless they are there.
async fn bindings(folder: &Path) -> Result<(), Box<dyn Error>> {
    let written = folder.join(BINDINGS);
    let mut made_of: Vec<PathBuf> = files_below(&folder.join("wit"))?;
    made_of.push(folder.join("requirements.txt"));
    let stamp = Stamp::of(written.join(".portico"), &made_of)?;
    if stamp.is_fresh() {
        return Ok(());
    }
    if written.exists() {
        std::fs::remove_dir_all(&written)?;
    }
    installed(folder, "componentize-py").args(["-d", "wit", "bindings", BINDINGS]).run().await?;
    Ok(stamp.renew()?)
}

/// A program of the environment; by its whole path, since what is run in a folder is looked for from here.
fn installed(folder: &Path, program: &str) -> Tool {
    let path = folder.join(ENVIRONMENT).join("bin").join(program);
    Tool::new(std::path::absolute(&path).unwrap_or(path), folder, "Name `componentize-py` in requirements.txt.")
}
