//! Embeds the front end's client and the first-party plugins, which `cargo xtask build` makes first and names in
//! `PORTICO_ASSETS`: `site/` holds files for browsers, with `.br` forms beside them, `plugins/` holds plugins, `expressions/` the evaluator of expressions.
//! A file for browsers whose name has a digest in the middle (`name.digest.wasm`) is named by what it holds.
//!
//! Without the variable nothing is embedded; the program says so when it serves.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-env-changed=PORTICO_ASSETS");
    // What projects of plugins are made of is embedded where it is used; here it is said that files may come and go.
    for folder in ["templates", "../model/src", "../../plugins/sdk/src", "../../wit"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    let folder = env::var_os("PORTICO_ASSETS").map(PathBuf::from);
    let mut code = String::new();
    list(&mut code, "ASSETS", "Asset", folder.as_deref().map(|folder| folder.join("site")), asset);
    list(&mut code, "PLUGINS", "(&str, &[u8])", folder.as_deref().map(|folder| folder.join("plugins")), plugin);
    list(&mut code, "EXPRESSIONS", "(&str, &[u8])", folder.as_deref().map(|folder| folder.join("expressions")), plugin);
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("embedded.rs"), code).expect("the build folder can be written");
}

fn list(code: &mut String, name: &str, kind: &str, folder: Option<PathBuf>, entry: fn(&Path) -> Option<String>) {
    let mut files: Vec<PathBuf> = Vec::new();
    if let Some(folder) = folder {
        println!("cargo::rerun-if-changed={}", folder.display());
        let entries =
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
        files = entries.filter_map(|entry| entry.ok()?.path().canonicalize().ok()).collect();
        files.sort();
    }
    let _ = writeln!(code, "pub(crate) static {name}: &[{kind}] = &[");
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        if let Some(entry) = entry(file) {
            let _ = writeln!(code, "    {entry},");
        }
    }
    code.push_str("];\n");
}

fn asset(file: &Path) -> Option<String> {
    let media_type = match file.extension()?.to_str()? {
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => return None,
    };
    let brotli = format!("{}.br", file.display());
    let brotli = if Path::new(&brotli).exists() { format!("include_bytes!({brotli:?})") } else { "&[]".to_owned() };
    let name = file.file_name()?.to_str()?;
    let named_by_content = name.split('.').count() == 3;
    Some(format!(
        "Asset {{ path: {:?}, media_type: {media_type:?}, plain: include_bytes!({:?}), brotli: {brotli}, \
         named_by_content: {named_by_content} }}",
        format!("/pkg/{name}"),
        file.display().to_string(),
    ))
}

fn plugin(file: &Path) -> Option<String> {
    if file.extension()? != "wasm" {
        return None;
    }
    let name = file.file_name()?.to_str()?;
    Some(format!("({name:?}, include_bytes!({:?}))", file.display().to_string()))
}
