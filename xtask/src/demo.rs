//! The demo: the program as it is shipped, on a company that is made up.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::workspace::Workspace;
use crate::{build, history};

/// Where the demo stands unless another address is asked for.
pub(crate) const ADDRESS: &str = "127.0.0.1:7007";

/// The folder that the example configuration names; the demo's repositories stand elsewhere.
const WRITTEN_FOLDER: &str = "/srv/git/acme";

pub(crate) fn run(workspace: &Workspace, address: &str) -> Result<(), String> {
    // Asked before the build, which is long, and let go at once.
    TcpListener::bind(address).map_err(|error| {
        format!(
            "{address} cannot be listened at ({error}); stop what does, perhaps another demo, or choose another address: \
             `cargo xtask demo --listen 127.0.0.1:7008`"
        )
    })?;
    build::all(workspace)?;
    let folder = workspace.target.join("demo");
    let config = prepare(&workspace.root.join("examples/demo"), &folder)?;
    let mut program = Command::new(workspace.program());
    program.args(["serve", "--listen", address, "--config"]).arg(config).arg("--data").arg(folder.join("data"));
    // It takes this process over: Ctrl-C then reaches the program, and how it ends is how the demo ends.
    Err(format!("{} could not be started: {}", workspace.program().display(), program.exec()))
}

/// Makes the company's repositories, unless they are there as they should be, and the configuration that names them.
pub(crate) fn prepare(company: &Path, folder: &Path) -> Result<std::path::PathBuf, String> {
    let repositories = folder.join("repositories");
    let stamp = folder.join("repositories.stamp");
    let mut hasher = DefaultHasher::new();
    digest(company, &mut hasher)?;
    let wanted = format!("{:016x}", hasher.finish());
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&wanted) {
        if repositories.exists() {
            fs::remove_dir_all(&repositories).map_err(|error| format!("{}: {error}", repositories.display()))?;
        }
        let count = history::make(&company.join("repositories"), &company.join("history.yaml"), &repositories)?;
        eprintln!("xtask: {count} repositories of the demo company are made");
        fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    }
    let example = company.join("portico.yaml");
    let text =
        fs::read_to_string(&example).map_err(|error| format!("{} could not be read: {error}", example.display()))?;
    let config = folder.join("portico.yaml");
    let text = text.replace(WRITTEN_FOLDER, &repositories.display().to_string());
    fs::write(&config, text).map_err(|error| format!("{} could not be written: {error}", config.display()))?;
    copy_kinds(&company.join("kinds"), &folder.join("kinds"))?;
    Ok(config)
}

/// Puts the company's kinds beside the configuration.
fn copy_kinds(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{} could not be made: {error}", to.display());
    if to.exists() {
        fs::remove_dir_all(to).map_err(failed)?;
    }
    fs::create_dir_all(to).map_err(failed)?;
    for entry in fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))?.flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).map_err(failed)?;
    }
    Ok(())
}

fn digest(folder: &Path, hasher: &mut DefaultHasher) -> Result<(), String> {
    let mut entries: Vec<_> =
        fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        entry.file_name().hash(hasher);
        if entry.path().is_dir() {
            digest(&entry.path(), hasher)?;
        } else {
            fs::read(entry.path()).map_err(|error| format!("{}: {error}", entry.path().display()))?.hash(hasher);
        }
    }
    Ok(())
}
