//! A plugin as its author has it: a folder with a manifest and with code, in one of three languages.
//!
//! Rule: a project is built and tested by its language's usual tools, called as its author would call them; nothing of it needs this
//! program but the packing. What the file at the end must be is decided by the same checks that decide when a portal loads it.

mod dev;
mod follow;
mod javascript;
mod new;
mod python;
mod rust;
mod stamp;
mod tool;
mod watch;

use std::error::Error;
use std::path::{Path, PathBuf};

use portico_manifest::Manifest;

use super::portal::unless_stopped;
use super::{Packed, packed, usable};

pub(crate) use dev::{Dev, dev};
pub(crate) use new::{New, new};

/// What a project's manifest is called.
const MANIFEST: &str = "manifest.yaml";

#[derive(clap::Args)]
pub(crate) struct Build {
    /// The project's folder.
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// The file to make; by default the plugin's name with `.wasm`, in the project's folder.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct Test {
    /// The project's folder.
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

/// The languages that projects are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    /// With Portico's SDK.
    Rust,
    /// With componentize-qjs.
    #[value(name = "js", alias = "javascript")]
    JavaScript,
    /// With componentize-py.
    Python,
}

impl Language {
    const ALL: [Language; 3] = [Language::Rust, Language::JavaScript, Language::Python];

    /// The file that a project in this language has.
    const fn sign(self) -> &'static str {
        match self {
            Language::Rust => "Cargo.toml",
            Language::JavaScript => "package.json",
            Language::Python => "app.py",
        }
    }
}

/// A project.
struct Project {
    folder: PathBuf,
    manifest: Manifest,
    language: Language,
}

impl Project {
    /// The project in a folder.
    fn open(folder: &Path) -> Result<Project, Box<dyn Error>> {
        let language = Language::ALL.into_iter().find(|language| folder.join(language.sign()).exists());
        let Some(language) = language.filter(|_| folder.join(MANIFEST).exists()) else {
            let signs = Language::ALL.map(Language::sign).join(", ");
            let folder = folder.display();
            return Err(format!(
                "{folder} is no project of a plugin: there is no {MANIFEST} in it, or none of {signs}; \
                 `portico plugin new NAME --lang rust` begins one"
            )
            .into());
        };
        let (_, manifest) = usable(&folder.join(MANIFEST))?;
        Ok(Project { folder: folder.to_owned(), manifest, language })
    }

    /// Builds it into the file that a portal loads. Whether the code fits is for the portal to say, or for who makes a file of it.
    async fn build(&self) -> Result<Packed, Box<dyn Error>> {
        let component = match self.language {
            Language::Rust => rust::component(&self.folder).await?,
            Language::JavaScript => javascript::component(self).await?,
            Language::Python => python::component(self).await?,
        };
        packed(&self.folder.join(MANIFEST), &component, &self.component())
    }

    /// The component, where a tool writes a file.
    fn component(&self) -> PathBuf {
        self.folder.join(format!("{}.component.wasm", self.manifest.name))
    }

    /// The component that a tool has just written; what was there before is no such.
    fn written(&self, by: &str) -> Result<Vec<u8>, Box<dyn Error>> {
        let file = self.component();
        std::fs::read(&file).map_err(|error| {
            format!(
                "`{by}` succeeded and left no component that can be read ({}: {error}); have it write one there",
                file.display()
            )
            .into()
        })
    }

    /// Removes the component of before.
    fn clear(&self) -> Result<(), Box<dyn Error>> {
        let file = self.component();
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(format!("{} cannot be removed: {error}", file.display()).into())
            }
            _ => Ok(()),
        }
    }
}

/// Builds a project into the file that a portal loads.
pub(crate) async fn build(arguments: &Build) -> Result<String, Box<dyn Error>> {
    let project = Project::open(&arguments.folder)?;
    let built = unless_stopped(project.build()).await?.ok_or("the build was stopped")?;
    let output = arguments.output.clone();
    let output = output.unwrap_or_else(|| project.folder.join(format!("{}.wasm", project.manifest.name)));
    built.fits(&output)?;
    built.write(&output)
}

/// Runs a project's own tests, in the place of this program.
pub(crate) async fn test(arguments: &Test) -> Result<String, Box<dyn Error>> {
    let project = Project::open(&arguments.folder)?;
    let prepared = async {
        match project.language {
            Language::Rust => Ok(rust::tests(&project.folder)),
            Language::JavaScript => javascript::tests(&project.folder).await,
            Language::Python => python::tests(&project.folder).await,
        }
    };
    let tests = unless_stopped(prepared).await?.ok_or("the tests were stopped before they began")?;
    Err(tests.replace())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_project_is_known_by_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |expected: &str| {
            let error = Project::open(folder.path()).err().expect("it is no project").to_string();
            assert!(error.contains(expected), "{error}");
        };
        refused(
            "is no project of a plugin: there is no manifest.yaml in it, or none of Cargo.toml, package.json, app.py;",
        );
        fs::write(folder.path().join("app.py"), "").unwrap();
        refused("is no project of a plugin");
        fs::write(folder.path().join(MANIFEST), "name: Radar!\n").unwrap();
        refused("`Radar!` is no plugin's name");
    }
}
