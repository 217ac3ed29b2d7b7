//! The package: a component with its manifest in a custom section.
//!
//! Rule: one file is the whole plugin. What is no component, or carries no manifest or two, is refused in words that
//! say what the file is.

use wasmparser::{Encoding, Parser, Payload};

use crate::manifest::Manifest;
use crate::yaml::DocumentError;

/// The custom section's name.
pub const MANIFEST_SECTION: &str = "portico:manifest";

/// A manifest of more is no manifest; the number only keeps a hostile file from costing time.
const LONGEST_MANIFEST: usize = 256 << 10;

/// What every WebAssembly file begins with.
pub const WASM: &[u8] = b"\0asm";

/// What a package holds besides its code.
#[derive(Clone, Debug)]
pub struct Package {
    /// The manifest.
    pub manifest: Manifest,
    /// The manifest as its author wrote it.
    pub text: String,
}

/// Why a file is no package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// Not WebAssembly at all.
    #[error(
        "the file is no WebAssembly file. A plugin is a WebAssembly component that carries its manifest; name such a file."
    )]
    NotWasm,
    /// It begins as WebAssembly and cannot be read.
    #[error(
        "the file is no WebAssembly that can be read: {0}. A plugin is a WebAssembly component; build it again, and check that the copy is complete."
    )]
    Broken(String),
    /// WebAssembly, but not a component.
    #[error(
        "the file is a core module, not a component. Make a component of it with `wasm-tools component new`, then pack it with its manifest."
    )]
    CoreModule,
    /// A component without a manifest.
    #[error("the component carries no manifest. Pack it with its `manifest.yaml`.")]
    NoManifest,
    /// A manifest is there already.
    #[error("the component carries a manifest already. Pack the component as it came from the compiler.")]
    Packed,
    /// More than one manifest.
    #[error("the component carries {0} manifests, and nobody can tell which one holds. Build and pack it again.")]
    ManyManifests(usize),
    /// The manifest is too long.
    #[error("the manifest has {0} bytes; at most {LONGEST_MANIFEST} are read. Shorten it.")]
    LongManifest(usize),
    /// The manifest is not text.
    #[error("the manifest is not UTF-8 text. Save it as UTF-8 and pack it again.")]
    NotText,
    /// The manifest is wrong.
    #[error("the manifest is wrong: {0}")]
    Manifest(#[from] DocumentError),
}

/// Puts a manifest into a component as it came from the compiler.
pub fn pack(component: &[u8], manifest: &str) -> Result<Vec<u8>, PackageError> {
    if manifest.len() > LONGEST_MANIFEST {
        return Err(PackageError::LongManifest(manifest.len()));
    }
    Manifest::parse(manifest, "manifest.yaml")?;
    if !sections(component)?.is_empty() {
        return Err(PackageError::Packed);
    }
    let mut packed = Vec::with_capacity(component.len() + manifest.len() + 64);
    packed.extend_from_slice(component);
    append_section(&mut packed, MANIFEST_SECTION, manifest.as_bytes());
    Ok(packed)
}

/// Reads the manifest of a package.
pub fn unpack(package: &[u8]) -> Result<Package, PackageError> {
    let text = manifest_text(package)?;
    let manifest = Manifest::parse(text, "manifest.yaml")?;
    Ok(Package { manifest, text: text.to_owned() })
}

/// The manifest of a package as it is written, whether it can be used or not.
pub fn manifest_text(package: &[u8]) -> Result<&str, PackageError> {
    let found = sections(package)?;
    let section = match found.as_slice() {
        [] => return Err(PackageError::NoManifest),
        [one] => *one,
        many => return Err(PackageError::ManyManifests(many.len())),
    };
    if section.len() > LONGEST_MANIFEST {
        return Err(PackageError::LongManifest(section.len()));
    }
    std::str::from_utf8(section).map_err(|_| PackageError::NotText)
}

/// The manifest sections of a component, at its top level: what is nested belongs to somebody else.
fn sections(bytes: &[u8]) -> Result<Vec<&[u8]>, PackageError> {
    if !bytes.starts_with(WASM) {
        return Err(PackageError::NotWasm);
    }
    let mut found = Vec::new();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|error| PackageError::Broken(error.message().to_owned()))? {
            Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => return Err(PackageError::CoreModule),
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 0 && section.name() == MANIFEST_SECTION => {
                found.push(section.data());
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Appends a custom section to a component or module: its id, its length, its name with its length, its data.
pub fn append_section(bytes: &mut Vec<u8>, name: &str, data: &[u8]) {
    let mut body = Vec::with_capacity(name.len() + data.len() + 4);
    append_length(&mut body, name.len());
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(data);
    bytes.push(0);
    append_length(bytes, body.len());
    bytes.extend_from_slice(&body);
}

/// A length as WebAssembly writes it: seven bits a byte, the lowest first.
fn append_length(bytes: &mut Vec<u8>, mut length: usize) {
    loop {
        let low = (length & 0x7f) as u8;
        length >>= 7;
        if length == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}
