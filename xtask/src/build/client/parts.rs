//! The client in parts: what every page needs, and pages that few readers open, which a browser fetches when one of them is.
//!
//! Rule: a part fits the very file that it was split from, down to addresses in memory, and a browser would not notice that it does not. So
//! the name of each file holds a digest of all: a portal that has another client has none of that name, and a browser may keep what it has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use walrus::{ModuleConfig, passes};
use wasm_split_cli_support::{Options, transform};

use crate::build::read;

/// What fetches parts. The client imports it by this name, and pages announce it (`frontend/src/shell.rs`).
pub(super) const LOADER: &str = "portico_parts.js";

/// A client that was split.
pub(super) struct Split {
    /// What every page needs, yet to be bound to the browser.
    pub(super) main: PathBuf,
    /// The text of [`LOADER`].
    pub(super) loader: String,
    /// What it fetches, by name.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// Which of them a part is made of: its own, and what it shares with other parts.
    pub(super) parts: BTreeMap<String, Vec<String>>,
}

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
    let mut files = BTreeMap::new();
    for file in &split.split_modules {
        let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        files.insert(stem.to_owned(), lean(&read(file)?)?);
    }
    let loader =
        fs::read_to_string(folder.join(LOADER)).map_err(|error| format!("{LOADER} could not be read: {error}"))?;
    let digest = digest(&read(&main)?, &files);
    let loader = named(&loader, files.keys(), &digest)?;
    let files = files.into_iter().map(|(stem, code)| (name(&stem, &digest), code)).collect();
    let of_part = |stems: Vec<String>| stems.iter().map(|stem| name(stem, &digest)).collect();
    let parts = split.prefetch_map.into_iter().map(|(part, stems)| (part, of_part(stems))).collect();
    Ok(Split { main, loader, files, parts })
}

/// Takes out what a browser has no use for: names of functions, and the room that a linker leaves for numbers.
fn lean(part: &[u8]) -> Result<Vec<u8>, String> {
    let mut config = ModuleConfig::new();
    let module = config.generate_name_section(false).generate_producers_section(false).parse(part);
    let mut module = module.map_err(|error| format!("a part of the client could not be read: {error:#}"))?;
    passes::gc::run(&mut module);
    Ok(module.emit_wasm())
}

/// What tells this client from all others.
fn digest(main: &[u8], files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut digest = Sha256::new_with_prefix(main);
    files.values().for_each(|code| digest.update(code));
    hex::encode(&digest.finalize()[..8])
}

/// The name under which a file is served. That there are three words in it says that the name changes with what it holds
/// (`host/portico/build.rs`).
fn name(stem: &str, digest: &str) -> String {
    format!("portico_{}.{digest}.wasm", stem.trim_start_matches("split_"))
}

/// The loader, fetching files by the names under which they are served.
fn named<'s>(loader: &str, stems: impl Iterator<Item = &'s String>, digest: &str) -> Result<String, String> {
    let mut loader = loader.to_owned();
    for stem in stems {
        let address = format!("\"./{stem}.wasm\"");
        if loader.matches(&address).count() != 1 {
            return Err(format!(
                "{LOADER} does not fetch {address} once; see what this version of wasm_split_cli_support writes, and mend {}",
                file!()
            ));
        }
        loader = loader.replace(&address, &format!("\"./{}\"", name(stem, digest)));
    }
    Ok(loader)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOADED: &str =
        r#"fetch(new URL("./split_operate.wasm", import.meta.url)); fetch(new URL("./chunk_2.wasm", import.meta.url))"#;

    #[test]
    fn files_are_fetched_by_names_that_no_other_client_has() {
        let files = |code: &[u8]| {
            BTreeMap::from([("chunk_2".to_owned(), code.to_vec()), ("split_operate".to_owned(), Vec::new())])
        };
        let first = digest(b"main", &files(b"part"));
        for other in [digest(b"another", &files(b"part")), digest(b"main", &files(b"another"))] {
            assert_ne!(first, other);
        }
        assert_eq!(first, digest(b"main", &files(b"part")));

        let loader = named(LOADED, files(b"").keys(), "0123").unwrap();
        assert_eq!(
            loader,
            r#"fetch(new URL("./portico_operate.0123.wasm", import.meta.url)); fetch(new URL("./portico_chunk_2.0123.wasm", import.meta.url))"#
        );
    }

    #[test]
    fn a_loader_that_is_written_otherwise_is_refused() {
        for stem in ["split_plugins", "split_oper"] {
            let refusal = named(LOADED, [&stem.to_owned()].into_iter(), "0123").unwrap_err();
            assert!(
                refusal.starts_with(&format!("portico_parts.js does not fetch \"./{stem}.wasm\" once")),
                "{refusal}"
            );
        }
    }

    #[test]
    fn what_is_no_code_is_not_made_lean() {
        let refusal = lean(b"no code").unwrap_err();
        assert!(refusal.starts_with("a part of the client could not be read: "), "{refusal}");
    }
}
