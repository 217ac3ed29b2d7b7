//! `portico plugin new`: a plugin to begin with, that builds, has tests, and brings something in.
//!
//! The beginnings are projects themselves, below `templates/`, of a plugin called `my-plugin`; what they rest on comes out of this
//! program as well, so that a project needs no checkout: the contract, and for Rust the SDK with its sources.
//!
//! Rule: nothing that is there is written over.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use portico_manifest::Manifest;

use super::{Language, MANIFEST};

static COMMON: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/common");
static RUST: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/rust");
static JAVASCRIPT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/javascript");
static PYTHON: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/python");
static CONTRACT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../wit");
static SDK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../plugins/sdk/src");
static MODEL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../model/src");

/// The workspace of the SDK that lies in a project.
const SDK_WORKSPACE: &str = include_str!("../../../templates/sdk/Cargo.toml");

/// Where a project in Rust finds the SDK, as its template says it.
const SDK_PATH: &str = "\"sdk/plugins/sdk\"";

#[derive(clap::Args)]
pub(crate) struct New {
    /// The plugin's name.
    name: String,
    /// The language that it is written in.
    #[arg(long, value_name = "LANGUAGE")]
    lang: Language,
    /// The project's folder; by default one with the plugin's name, in this folder.
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// For Rust, a checkout of Portico whose SDK is used, in the place of a copy in the project.
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
}

/// Begins a plugin.
pub(crate) fn new(arguments: &New) -> Result<String, Box<dyn Error>> {
    let words = Words::of(&arguments.name);
    let sdk = arguments.sdk.as_deref().map(|checkout| sdk_of(checkout, arguments.lang)).transpose()?;
    let files = files(arguments.lang, &words, sdk.as_deref());
    // The name is judged where it stands, by the rule of manifests.
    for (_, text) in files.iter().filter(|(path, _)| path == Path::new(MANIFEST)) {
        Manifest::parse(text, MANIFEST)?;
    }
    let folder = arguments.path.clone().unwrap_or_else(|| PathBuf::from(&arguments.name));
    is_free(&folder)?;
    for (path, text) in &files {
        write(&folder.join(path), text)?;
    }
    let shown = folder.display();
    Ok(format!(
        "{shown} holds the plugin {}. Its tests run with `portico plugin test {shown}`, and `portico plugin dev {shown}` brings it into a \
         portal; its README.md says more.",
        arguments.name
    ))
}

/// What stands in the place of the words of a template.
struct Words {
    name: String,
    title: String,
    kind: String,
}

impl Words {
    fn of(name: &str) -> Words {
        let parts: Vec<&str> = name.split('-').filter(|part| !part.is_empty()).collect();
        let mut kind: String = parts.iter().map(|part| capitalised(part)).collect();
        // With what templates add, the name of a kind is at most as long as that of a plugin.
        kind.truncate(LONGEST_KIND);
        Words { name: name.to_owned(), title: capitalised(&parts.join(" ")), kind }
    }

    fn put_into(&self, text: &str, language: Language) -> String {
        text.replace("my-plugin", &self.name)
            .replace("My plugin", &self.title)
            .replace("MyPlugin", &self.kind)
            .replace("myplugin", &self.kind.to_lowercase())
            .replace("MY_CODE", code(language))
    }
}

/// The longest beginning of a kind's name.
const LONGEST_KIND: usize = 63 - "Item".len();

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// Where a project's code begins.
const fn code(language: Language) -> &'static str {
    match language {
        Language::Rust => "src/lib.rs",
        Language::JavaScript => "src/plugin.js",
        Language::Python => "app.py",
    }
}

/// The files of a project, with the SDK of a checkout if there is one.
fn files(language: Language, words: &Words, checkout: Option<&str>) -> Vec<(PathBuf, String)> {
    let mut own = below("", &COMMON);
    let mut rests_on = Vec::new();
    let file = |path: &str, text: &str| (PathBuf::from(path), text.to_owned());
    match language {
        Language::Rust => {
            own.extend(below("", &RUST));
            // Cargo keeps of it what the project needs: the versions that the SDK was tested with.
            rests_on.push(file("Cargo.lock", include_str!("../../../../../Cargo.lock")));
            if checkout.is_none() {
                rests_on.extend(sdk());
            }
        }
        Language::JavaScript => {
            own.extend(below("", &JAVASCRIPT));
            let example = |path, text| file(path, text);
            own.push(example(
                "src/portal.js",
                include_str!("../../../../../examples/plugins/radar-javascript/src/portal.js"),
            ));
            own.push(example(
                "src/text.js",
                include_str!("../../../../../examples/plugins/radar-javascript/src/text.js"),
            ));
        }
        Language::Python => {
            own.extend(below("", &PYTHON));
            own.push(file("portal.py", include_str!("../../../../../examples/plugins/radar-python/portal.py")));
            own.push(file(
                "requirements.txt",
                include_str!("../../../../../examples/plugins/radar-python/requirements.txt"),
            ));
        }
    }
    if language != Language::Rust {
        own.push(file("wit/world.wit", include_str!("../../../templates/wit/world.wit")));
        rests_on.extend(below("wit/deps/portico-plugin", &CONTRACT));
    }
    let own = own.into_iter().map(|(path, text)| {
        let text = words.put_into(&text, language);
        (path, checkout.map_or_else(|| text.clone(), |sdk| text.replace(SDK_PATH, sdk)))
    });
    own.chain(rests_on).collect()
}

/// The SDK as it lies in the repository, as far as a plugin needs it.
fn sdk() -> Vec<(PathBuf, String)> {
    let file = |path: &str, text: &str| (PathBuf::from(path), text.to_owned());
    let mut files = vec![
        file("sdk/Cargo.toml", SDK_WORKSPACE),
        file("sdk/LICENSE", include_str!("../../../../../LICENSE")),
        file("sdk/plugins/sdk/Cargo.toml", include_str!("../../../../../plugins/sdk/Cargo.toml")),
        file("sdk/host/model/Cargo.toml", include_str!("../../../../model/Cargo.toml")),
    ];
    files.extend(below("sdk/plugins/sdk/src", &SDK));
    files.extend(below("sdk/host/model/src", &MODEL));
    files.extend(below("sdk/wit", &CONTRACT));
    files
}

/// All texts of a folder of this program, below another path.
fn below(path: &str, folder: &Dir<'_>) -> Vec<(PathBuf, String)> {
    let own = folder.files().filter_map(|file| {
        let text = file.contents_utf8()?;
        Some((Path::new(path).join(file.path()), text.to_owned()))
    });
    own.chain(folder.dirs().flat_map(|inner| below(path, inner))).collect()
}

/// The SDK of a checkout, as `Cargo.toml` writes a path.
fn sdk_of(checkout: &Path, language: Language) -> Result<String, Box<dyn Error>> {
    if language != Language::Rust {
        return Err("--sdk is for Rust alone; the other languages use the contract itself".into());
    }
    let folder = checkout.join("plugins/sdk");
    let found = folder.join("Cargo.toml").is_file().then(|| fs::canonicalize(&folder)).transpose()?;
    let found = found.ok_or_else(|| {
        format!("{} is no checkout of Portico: there is no plugins/sdk/Cargo.toml in it", checkout.display())
    })?;
    let found = found.to_str().ok_or("the path of --sdk is no UTF-8 text; use another")?;
    Ok(serde_json::to_string(found)?)
}

/// Whether a folder is not there yet, or is empty.
fn is_free(folder: &Path) -> Result<(), Box<dyn Error>> {
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(format!("{} is not empty; name another folder with --path", folder.display()).into()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("{} cannot be used: {error}", folder.display()).into()),
    }
}

fn write(file: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    let failed = |error: std::io::Error| format!("{} cannot be written: {error}", file.display());
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut written = fs::OpenOptions::new().write(true).create_new(true).open(file).map_err(failed)?;
    Ok(std::io::Write::write_all(&mut written, text.as_bytes()).map_err(failed)?)
}

#[cfg(test)]
mod tests {
    use portico_manifest::PluginConfig;

    use super::*;

    #[test]
    fn what_the_sdk_rests_on_is_what_the_repository_says() {
        let repository = include_str!("../../../../../Cargo.toml");
        let own = SDK_WORKSPACE.lines().filter(|line| !line.starts_with('#') && !line.starts_with("members"));
        let other: Vec<&str> = own.filter(|line| !repository.lines().any(|there| there == *line)).collect();
        assert_eq!(other, Vec::<&str>::new());
    }

    #[test]
    fn the_packages_of_a_project_are_those_of_the_example() {
        let own = include_str!("../../../templates/javascript/package-lock.json");
        let packages = |text: &str| text.split_once("\"node_modules/").map(|(_, packages)| packages.to_owned());
        let example = packages(include_str!("../../../../../examples/plugins/radar-javascript/package-lock.json"));
        assert_eq!(packages(own), example);
        assert!(example.is_some());
    }

    #[test]
    fn every_project_has_a_manifest_and_kinds_that_can_be_used_whatever_it_is_called() {
        let longest = "x".repeat(63);
        for name in ["on-call", "a", "a-1", "a--b9", "git", &longest] {
            for language in Language::ALL {
                let files = files(language, &Words::of(name), None);
                let (_, manifest) = files.iter().find(|(path, _)| path == Path::new(MANIFEST)).expect("a manifest");
                assert_eq!(crate::plugin::faults::faults(manifest, MANIFEST), Vec::<String>::new(), "{name}");
                let (_, dev) = files.iter().find(|(path, _)| path == Path::new("dev.yaml")).expect("what is granted");
                assert!(portico_manifest::parse::<PluginConfig>(dev, "dev.yaml").is_ok(), "{dev}");
                let left = files.iter().find(|(_, text)| text.contains("my-plugin") || text.contains("MY_CODE"));
                assert_eq!(left.map(|(path, _)| path), None, "{name}");
            }
        }
    }

    #[test]
    fn words_come_from_the_name() {
        for (name, title, kind) in [("on-call", "On call", "OnCall"), ("a-1", "A 1", "A1"), ("a--b", "A b", "AB")] {
            let words = Words::of(name);
            assert_eq!((words.title.as_str(), words.kind.as_str()), (title, kind), "{name}");
        }
    }

    #[test]
    fn the_sdk_of_a_checkout_is_used_where_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let begin = |lang| {
            let path = Some(folder.path().join("radar"));
            new(&New { name: "radar".to_owned(), lang, path, sdk: Some(checkout.clone()) })
        };
        let refused = begin(Language::Python).unwrap_err().to_string();
        assert!(refused.starts_with("--sdk is for Rust alone"), "{refused}");
        begin(Language::Rust).unwrap();
        let cargo = fs::read_to_string(folder.path().join("radar/Cargo.toml")).unwrap();
        let sdk = fs::canonicalize(checkout.join("plugins/sdk")).unwrap();
        assert!(cargo.contains(&format!("portico-sdk = {{ path = \"{}\" }}", sdk.display())), "{cargo}");
        assert!(!folder.path().join("radar/sdk").exists());
    }

    #[test]
    fn what_is_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let begin = |name: &str, path: &str, sdk: Option<&str>| {
            let (path, sdk) = (Some(folder.path().join(path)), sdk.map(|sdk| folder.path().join(sdk)));
            new(&New { name: name.to_owned(), lang: Language::Rust, path, sdk }).map_err(|error| error.to_string())
        };
        fs::write(folder.path().join("mine"), "x").unwrap();
        let refusals = [
            (begin("radar", ".", None), "is not empty; name another folder with --path"),
            (begin("radar", "mine", None), "mine cannot be used: "),
            (begin("Radar", "new", None), "`Radar` is no plugin's name; use lower-case letters"),
            (begin("radar", "new", Some("mine")), "mine is no checkout of Portico: there is no plugins/sdk/Cargo.toml"),
        ];
        for (refused, expected) in refusals {
            let error = refused.expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was made");
        let said = begin("radar", "new", None).expect("a project");
        assert!(said.contains("holds the plugin radar."), "{said}");
        assert!(folder.path().join("new/sdk/plugins/sdk/src/lib.rs").exists());
    }
}
