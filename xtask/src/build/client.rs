//! The front end's client: compiled, bound to the browser, compressed, and refused where it has grown too large.

use std::fs;
use std::io::Write as _;

use wasm_bindgen_cli_support::Bindgen;

use super::{read, write};
use crate::process::run;
use crate::toolchain::{TARGET, WasmCompiler};
use crate::workspace::Workspace;

/// What a reader waits for before pages answer: both files, compressed.
const MOST: usize = 455_000;

pub(crate) fn build(workspace: &Workspace, compiler: &WasmCompiler) -> Result<(), String> {
    run(compiler
        .cargo()
        .args(["build", "--lib", "--package", "portico-frontend", "--no-default-features", "--features", "hydrate"])
        .args(["--profile", "wasm-release", "--target", TARGET]))?;
    let compiled = workspace.target.join(TARGET).join("wasm-release/portico_frontend.wasm");
    let site = workspace.assets().join("site");
    // The compiled file beside the bound one says what the bound one was made of; it is written last, when all of that is there.
    let (compiled_from, code) = (workspace.assets().join("client.wasm"), read(&compiled)?);
    if fs::read(&compiled_from).is_ok_and(|before| before == code) && site.join("portico_bg.wasm.br").exists() {
        return Ok(());
    }
    Bindgen::new()
        .input_path(&compiled)
        .out_name("portico")
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .web(true)
        .and_then(|bindgen| bindgen.generate(&site))
        .map_err(|error| format!("the client could not be bound to the browser: {error:#}"))?;
    let mut files = Vec::new();
    for name in ["portico.js", "portico_bg.wasm"] {
        let compressed = brotli(&read(&site.join(name))?)?;
        eprintln!("xtask: {name} is {} kB with brotli", compressed.len() / 1000);
        files.push((name, compressed));
    }
    within(files.iter().map(|(_, compressed)| compressed.len()).sum(), MOST)?;
    for (name, compressed) in files {
        write(&site.join(format!("{name}.br")), &compressed)?;
    }
    write(&compiled_from, &code).map(drop)
}

/// Refuses a client that is larger than readers should wait for.
fn within(size: usize, most: usize) -> Result<(), String> {
    if size <= most {
        return Ok(());
    }
    Err(format!(
        "the client has {size} bytes with brotli, and at most {most} are sent to a browser; look for views and closures whose types \
         differ for no reason (frontend/src/markup.rs says how), and for types that are read in the browser and need not be"
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
    fn a_client_is_refused_from_the_first_byte_that_is_too_many() {
        assert_eq!(within(MOST, MOST), Ok(()));
        let refusal = within(MOST + 1, MOST).unwrap_err();
        assert!(refusal.starts_with("the client has 450001 bytes with brotli, and at most 450000"), "{refusal}");
    }
}
