//! Projects in JavaScript: npm has the packages, and knows by `package.json` how the component is made.

use std::error::Error;
use std::path::Path;

use super::Project;
use super::stamp::Stamp;
use super::tool::Tool;

const REMEDY: &str = "Install Node 18 or later, which brings npm, from https://nodejs.org";

/// Builds a project into a component.
pub(super) async fn component(project: &Project) -> Result<Vec<u8>, Box<dyn Error>> {
    install(&project.folder).await?;
    project.clear()?;
    npm(&project.folder).args(["run", "--silent", "build"]).run().await?;
    project.written("npm run build")
}

/// What runs a project's tests.
pub(super) async fn tests(folder: &Path) -> Result<Tool, Box<dyn Error>> {
    install(folder).await?;
    Ok(npm(folder).args(["test"]))
}

/// Installs the packages, unless they are those that the project names.
async fn install(folder: &Path) -> Result<(), Box<dyn Error>> {
    let stamp = || {
        let named = ["package.json", "package-lock.json"].map(|name| folder.join(name));
        Stamp::of(folder.join("node_modules/.portico"), &named)
    };
    if stamp()?.is_fresh() {
        return Ok(());
    }
    npm(folder).args(["install", "--no-audit", "--no-fund"]).run().await?;
    // npm may have written the lock file.
    let stamp = stamp()?;
    std::fs::create_dir_all(folder.join("node_modules"))?;
    Ok(stamp.renew()?)
}

fn npm(folder: &Path) -> Tool {
    Tool::new("npm", folder, REMEDY)
}
