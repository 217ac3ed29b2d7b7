//! The client in parts: what every page needs, and pages that few readers open, which a browser fetches when one of them is.
//!
//! Rule: a part fits the very file that it was split from, down to addresses in memory, and a browser would not notice that it does not. So
//! the name of each holds a digest of all: a portal that has another client has none of that name, and a browser may keep what it has.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use walrus::ModuleConfig;
use wasm_split_cli_support::{Options, transform};

use crate::build::read;

/// What fetches parts. The client names it, and pages announce it, so that it is there as soon as the client is.
pub(super) const LOADER: &str = "portico_parts.js";

/// A client that was split.
pub(super) struct Split {
    /// What every page needs, yet to be bound to the browser.
    pub(super) main: PathBuf,
    /// The text of [`LOADER`].
    pub(super) loader: String,
    /// The parts: their names, and what they hold.
    pub(super) parts: Parts,
}

/// Names, and what has them.
type Parts = Vec<(String, Vec<u8>)>;

/// Splits what was compiled. `folder` is for files on the way, and emptied first.
pub(super) fn split(compiled: &[u8], folder: &Path) -> Result<Split, String> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| format!("{} could not be emptied: {error}", folder.display()))?;
    }
    let (main, link) = (folder.join("portico.wasm"), format!("./{LOADER}"));
    let mut options = Options::new(compiled);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.link_name = &link;
    options.main_module = "./portico.js";
    let split = transform(options).map_err(|error| format!("the client could not be split into parts: {error:#}"))?;
    let mut files = split.split_modules;
    files.sort();
    let parts = files.iter().map(|file| Ok((stem(file)?, lean(&read(file)?)?))).collect::<Result<Parts, String>>()?;
    let loader = String::from_utf8(read(&folder.join(LOADER))?).map_err(|error| format!("{LOADER} is no text: {error}"))?;
    let (loader, parts) = named(loader, parts, &read(&main)?)?;
    Ok(Split { main, loader, parts })
}

/// Takes out what a browser has no use for: names of functions, and the room that a linker keeps.
fn lean(part: &[u8]) -> Result<Vec<u8>, String> {
    let mut config = ModuleConfig::new();
    let module = config.generate_name_section(false).generate_producers_section(false).parse(part);
    let mut module = module.map_err(|error| format!("a part of the client could not be read: {error:#}"))?;
    walrus::passes::gc::run(&mut module);
    Ok(module.emit_wasm())
}

/// Gives the parts of `main` names of their own, in the loader as well.
fn named(mut loader: String, parts: Parts, main: &[u8]) -> Result<(String, Parts), String> {
    let mut digest = Sha256::new_with_prefix(main);
    parts.iter().for_each(|(_, code)| digest.update(code));
    let digest = hex::encode(&digest.finalize()[..8]);
    let mut named = Vec::new();
    for (stem, code) in parts {
        let name = stem.trim_start_matches("split_");
        let (old, new) = (format!("\"./{stem}.wasm\""), format!("portico_{name}.{digest}.wasm"));
        if loader.matches(&old).count() != 1 {
            return Err(format!("{LOADER} does not fetch {stem}.wasm where it is expected to; see how wasm_split_cli_support writes it now"));
        }
        loader = loader.replace(&old, &format!("\"./{new}\""));
        named.push((new, code));
    }
    Ok((loader, named))
}

fn stem(file: &Path) -> Result<String, String> {
    let stem = file.file_stem().and_then(|stem| stem.to_str());
    stem.map(str::to_owned).ok_or_else(|| format!("{} is no name of a part", file.display()))
}
