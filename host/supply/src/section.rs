//! The sections of a component, at its top level: what is nested belongs to somebody else.
//!
//! Rule: what one reader takes for the signature every reader takes for it. The parser is the engine's own, and signatures
//! stand at the very end, so that there is nothing beside the signed bytes and the signatures.

use portico_manifest::{PackageError, WASM};
use wasmparser::{Chunk, Encoding, Parser, Payload};

/// The custom section that holds a signature.
pub const SIGNATURE_SECTION: &str = "portico:signature";

/// A package, cut where it was signed.
pub(crate) struct Cut<'a> {
    /// Everything before the first signature.
    pub(crate) signed: &'a [u8],
    /// What the signature sections hold.
    pub(crate) signatures: Vec<&'a [u8]>,
    /// Whether something that is no signature follows the first.
    pub(crate) followed: bool,
}

/// Cuts a package where its signatures begin.
pub(crate) fn cut(package: &[u8]) -> Result<Cut<'_>, PackageError> {
    let mut cut = Cut { signed: package, signatures: Vec::new(), followed: false };
    walk(package, |start, payload| {
        match payload {
            Payload::CustomSection(section) if section.name() == SIGNATURE_SECTION => {
                if cut.signatures.is_empty() {
                    cut.signed = &package[..start];
                }
                cut.signatures.push(section.data());
            }
            Payload::End(_) => {}
            _ => cut.followed |= !cut.signatures.is_empty(),
        }
        Ok(())
    })?;
    Ok(cut)
}

/// What a component needs and what it offers.
pub(crate) struct Names<'a> {
    pub(crate) imports: Vec<&'a str>,
    pub(crate) exports: Vec<&'a str>,
}

/// The names of a component's imports and exports.
pub(crate) fn names(component: &[u8]) -> Result<Names<'_>, PackageError> {
    let mut names = Names { imports: Vec::new(), exports: Vec::new() };
    walk(component, |_, payload| {
        match payload {
            Payload::ComponentImportSection(section) => {
                for import in section {
                    names.imports.push(import.map_err(|error| broken(&error))?.name.name);
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    names.exports.push(export.map_err(|error| broken(&error))?.name.name);
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(names)
}

/// Calls `visit` with each payload of the top level and where its section begins.
fn walk<'a>(
    bytes: &'a [u8],
    mut visit: impl FnMut(usize, Payload<'a>) -> Result<(), PackageError>,
) -> Result<(), PackageError> {
    if !bytes.starts_with(WASM) {
        return Err(PackageError::NotWasm);
    }
    let cut_off = || PackageError::Broken("it ends in the middle of a section".to_owned());
    let mut parser = Parser::new(0);
    let mut start = 0;
    loop {
        let rest = bytes.get(start..).ok_or_else(cut_off)?;
        let Chunk::Parsed { consumed, payload } = parser.parse(rest, true).map_err(|error| broken(&error))? else {
            return Err(cut_off());
        };
        let next = match &payload {
            Payload::Version { encoding: Encoding::Module, .. } => return Err(PackageError::CoreModule),
            // The parser leaves it to its user whether to look inside.
            Payload::ModuleSection { unchecked_range, .. } | Payload::ComponentSection { unchecked_range, .. } => {
                unchecked_range.end
            }
            _ => start + consumed,
        };
        let ended = matches!(payload, Payload::End(_));
        visit(start, payload)?;
        if ended {
            return Ok(());
        }
        start = next;
    }
}

fn broken(error: &wasmparser::BinaryReaderError) -> PackageError {
    PackageError::Broken(error.message().to_owned())
}
