//! The front end's client: compiled, split into parts, bound to the browser, compressed, and refused where it has grown too large.

mod parts;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use wasm_bindgen_cli_support::Bindgen;

use super::{read, write};
use crate::process::run;
use crate::toolchain::{TARGET, WasmCompiler};
use crate::workspace::Workspace;

/// What every page fetches first.
pub(crate) const FIRST: [&str; 3] = ["portico.js", "portico_bg.wasm", parts::LOADER];

/// What a reader waits for before pages answer: all of these, compressed.
const MOST: usize = 405_000;

/// What a reader waits for when a page of a part is opened: the part, and what it shares with others, compressed.
const MOST_OF_PART: usize = 112_000;

pub(crate) fn build(workspace: &Workspace, compiler: &WasmCompiler) -> Result<(), String> {
    // Splitting goes by what the linker knows about places, which it leaves out unless asked.
    run(compiler
        .cargo()
        .args(["rustc", "--lib", "--package", "portico-frontend", "--no-default-features", "--features", "hydrate"])
        .args(["--profile", "wasm-release", "--target", TARGET, "--", "-Clink-arg=--emit-relocs"]))?;
    let compiled = workspace.target.join(TARGET).join("wasm-release/portico_frontend.wasm");
    let site = workspace.assets().join("site");
    // The compiled file beside the bound one says what the bound one was made of; it is written last, when all of that is there.
    let (compiled_from, code) = (workspace.assets().join("client.wasm"), read(&compiled)?);
    if fs::read(&compiled_from).is_ok_and(|before| before == code) && site.join("portico_bg.wasm.br").exists() {
        return Ok(());
    }
    let split = parts::split(&code, &workspace.target.join("client"))?;
    // Parts of the client before have names of their own, and would be carried on.
    if site.exists() {
        fs::remove_dir_all(&site).map_err(|error| format!("{} could not be emptied: {error}", site.display()))?;
    }
    bind(&split.main, &site)?;
    write(&site.join(parts::LOADER), split.loader.as_bytes())?;
    let mut first = 0;
    for name in FIRST {
        first += compress(&site, name)?;
    }
    let mut sizes = BTreeMap::new();
    for (name, code) in &split.files {
        write(&site.join(name), code)?;
        sizes.insert(name.as_str(), compress(&site, name)?);
    }
    let parts = split.parts.iter().map(|(part, files)| {
        let size = files.iter().filter_map(|file| sizes.get(file.as_str())).sum();
        (format!("the part {part} of the client"), size, MOST_OF_PART)
    });
    for (what, size, most) in std::iter::once(("the client's first load".to_owned(), first, MOST)).chain(parts) {
        eprintln!("xtask: {what} is {} kB with brotli, of {} at most", size / 1000, most / 1000);
        within(&what, size, most)?;
    }
    write(&compiled_from, &code).map(drop)
}

fn bind(main: &Path, site: &Path) -> Result<(), String> {
    Bindgen::new()
        .input_path(main)
        .out_name("portico")
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        // What parts ask of the first file are exports, and none of the browser's business.
        .keep_lld_exports(true)
        .web(true)
        .and_then(|bindgen| bindgen.generate(site))
        .map_err(|error| format!("the client could not be bound to the browser: {error:#}"))
}

/// Puts the compressed form of a file beside it, and answers how large that is.
fn compress(site: &Path, name: &str) -> Result<usize, String> {
    let compressed = brotli(&read(&site.join(name))?)?;
    write(&site.join(format!("{name}.br")), &compressed)?;
    Ok(compressed.len())
}

/// Refuses what is larger than readers should wait for.
fn within(what: &str, size: usize, most: usize) -> Result<(), String> {
    if size <= most {
        return Ok(());
    }
    Err(format!(
        "{what} has {size} bytes with brotli, and at most {most} are sent to a browser; look for views and closures whose types differ for no \
         reason (frontend/src/markup.rs says how), for types that are read in the browser and need not be, and for pages that could be in a \
         part, or in another (frontend/src/parts.rs)"
    ))
}

/// Compresses as well as brotli can: it is done once, and sent to every reader.
fn brotli(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 1 << 16, 11, 24);
    writer.write_all(bytes).map_err(|error| format!("the client could not be compressed: {error}"))?;
    Ok(writer.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_wait_for_is_refused_from_the_first_byte_that_is_too_many() {
        for (what, most) in [("the client's first load", MOST), ("the part operate of the client", MOST_OF_PART)] {
            assert_eq!(within(what, most, most), Ok(()));
            let refusal = within(what, most + 1, most).unwrap_err();
            let says = format!("{what} has {} bytes with brotli, and at most {most} are sent", most + 1);
            assert!(refusal.starts_with(&says), "{refusal}");
        }
    }
}
