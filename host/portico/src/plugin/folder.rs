//! A plugin as it lies in its author's folder, taken for a portal.
//!
//! Rule: nothing is built, and nothing is guessed: one file of the folder is the plugin, or it is said what stands in the way.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use portico_manifest::manifest_text;

/// The manifest beside the code.
const MANIFEST: &str = "manifest.yaml";

/// The package that a folder holds: one that is packed already, or its component with the manifest beside it. It is in order.
pub(super) fn package(folder: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut files = wasm_files(folder)?;
    let here = folder.display();
    let (mut packed, mut components) = (Vec::new(), Vec::new());
    for file in files.drain(..) {
        let bytes = super::read(&file)?;
        match manifest_text(&bytes).map(str::to_owned) {
            Ok(manifest) => packed.push((file, bytes, manifest)),
            Err(_) => components.push(file),
        }
    }
    let manifest = folder.join(MANIFEST);
    match (packed.as_slice(), components.as_slice()) {
        ([(file, bytes, text)], _) => {
            let is_older = manifest.exists() && super::read(&manifest)? != text.as_bytes();
            if is_older {
                return Err(format!(
                    "{} carries another manifest than {}; pack it again with `portico plugin pack`",
                    file.display(),
                    manifest.display()
                )
                .into());
            }
            super::validate(file)?;
            Ok(bytes.clone())
        }
        ([], [component]) => {
            let package = super::packed(&manifest, &super::read(component)?, component)?;
            package.fits(component)?;
            Ok(package.bytes)
        }
        ([], []) => Err(format!("{here} holds no .wasm file; build the plugin first, or name its file").into()),
        ([], many) => Err(several(folder, many.iter())),
        (many, _) => Err(several(folder, many.iter().map(|(file, ..)| file))),
    }
}

fn several<'a>(folder: &Path, files: impl Iterator<Item = &'a PathBuf>) -> Box<dyn Error> {
    let names: Vec<String> = files.map(|file| super::name(file)).collect();
    format!("{} holds {}; name the one to install", folder.display(), names.join(" and ")).into()
}

/// The files of a folder that may be a plugin, in the order of their names.
fn wasm_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unreadable = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() && path.extension().is_some_and(|end| end == "wasm") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
