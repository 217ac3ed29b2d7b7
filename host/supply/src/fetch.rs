//! From a reference to bytes that are what they should be.
//!
//! Rule: bytes leave this module with their digest compared to what was pinned, or with a reference that pins them. What is wrong with
//! what lies beside them is for judging to weigh.

use std::fmt;
use std::path::Path;

use http::{Method, StatusCode};
use tokio::io::AsyncReadExt;
use url::Url;

use crate::digest::Digest;
use crate::error::SupplyError;
use crate::exchange::{Ask, Client, plain};
use crate::oci;
use crate::options::Options;
use crate::reference::{FileReference, Reference, WebReference, place};
use crate::signature::{Attested, DetachedSignature};

/// What lies beside a package and signs it: a signature, which has some hundred bytes, or a bundle, which has some thousand.
const BESIDE: [(&str, Attested, u64); 2] =
    [(".sig", Attested::Blob, 16 << 10), (".sigstore.json", Attested::Bundle { manifest: None }, 256 << 10)];

/// A package as it was fetched.
#[derive(Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The package. Nothing is known of it but its digest: it may be no component at all.
    pub bytes: Vec<u8>,
    /// The digest of `bytes`.
    pub digest: Digest,
    /// The reference that was fetched, pinned by a digest: of the manifest if a registry holds it, else of `bytes`.
    pub pinned: Reference,
    /// What was found beside the package, not yet judged; see [`verify`](crate::verify).
    pub signatures: Vec<DetachedSignature>,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched")
            .field("bytes", &self.bytes.len())
            .field("digest", &self.digest)
            .field("pinned", &self.pinned)
            .field("signatures", &self.signatures)
            .finish()
    }
}

/// Fetches a package and what signs it.
pub async fn fetch(reference: &Reference, options: &Options) -> Result<Fetched, SupplyError> {
    match reference {
        Reference::File(file) => from_file(file, options).await,
        Reference::Web(web) => from_web(web, &Client::new(options)?).await,
        Reference::Oci(oci) => oci::pull(oci, &Client::new(options)?, options).await,
    }
}

/// Compares a digest with the one that was expected.
pub(crate) fn judge(what: &str, expected: Digest, found: Digest) -> Result<(), SupplyError> {
    if expected == found { Ok(()) } else { Err(SupplyError::WrongDigest { what: what.to_owned(), expected, found }) }
}

async fn from_file(file: &FileReference, options: &Options) -> Result<Fetched, SupplyError> {
    let path = file.path();
    let missing = || unreadable(path, "there is no such file");
    let bytes = read(path, options.limits.package).await?.ok_or_else(missing)?;
    let digest = Digest::of(&bytes);
    if let Some(expected) = file.digest() {
        judge(&path.display().to_string(), expected, digest)?;
    }
    let mut signatures = Vec::new();
    for (suffix, attested, longest) in BESIDE {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        let found_at = format!("{}{suffix}", path.display());
        match read(Path::new(&beside), longest).await {
            Ok(found) => signatures.extend(found.map(|bytes| detached(found_at, &bytes, attested))),
            Err(error) => signatures.push(DetachedSignature::unread(found_at, &error)),
        }
    }
    Ok(Fetched { bytes, digest, pinned: Reference::File(file.pinned(digest)), signatures })
}

/// A file's bytes; nothing, if there is no such file.
async fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, SupplyError> {
    let failed = |error: std::io::Error| unreadable(path, &plain(&error));
    // Opening a pipe waits for whoever writes to it, which may be nobody.
    match tokio::fs::metadata(path).await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
        Ok(metadata) if !metadata.is_file() => return Err(unreadable(path, "it is no regular file")),
        Ok(_) => {}
    }
    let file = tokio::fs::File::open(path).await.map_err(failed)?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too long from one that just fits.
    file.take(limit + 1).read_to_end(&mut bytes).await.map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(SupplyError::TooLarge { what: path.display().to_string(), limit });
    }
    Ok(Some(bytes))
}

fn unreadable(path: &Path, reason: &str) -> SupplyError {
    SupplyError::Unreadable { path: path.display().to_string(), reason: reason.to_owned() }
}

async fn from_web(web: &WebReference, client: &Client) -> Result<Fetched, SupplyError> {
    let what = place(web.url());
    let answer = client.follow(Ask::new(Method::GET, web.url().clone())).await?;
    if answer.status != StatusCode::OK {
        return Err(answer.refused().await);
    }
    let bytes = answer.body(&what, client.package_limit()).await?;
    let digest = Digest::of(&bytes);
    judge(&what, web.digest(), digest)?;
    let mut signatures = Vec::new();
    for (suffix, attested, longest) in BESIDE {
        let mut beside = web.url().clone();
        beside.set_path(&format!("{}{suffix}", beside.path()));
        let found_at = place(&beside);
        match beside_web(beside, &found_at, longest, client).await {
            Ok(bytes) => signatures.push(detached(found_at, &bytes, attested)),
            // A server that hides what is not there answers as if it were forbidden.
            Err(error) if error.is_nothing() => {}
            Err(error) => signatures.push(DetachedSignature::unread(found_at, &error)),
        }
    }
    Ok(Fetched { bytes, digest, pinned: Reference::Web(web.clone()), signatures })
}

async fn beside_web(url: Url, what: &str, longest: u64, client: &Client) -> Result<Vec<u8>, SupplyError> {
    let answer = client.follow(Ask::new(Method::GET, url)).await?;
    match answer.status {
        StatusCode::OK => answer.body(what, longest).await,
        _ => Err(answer.refused().await),
    }
}

/// What is no text is no signature, which is said when it is judged.
fn detached(found_at: String, bytes: &[u8], attested: Attested) -> DetachedSignature {
    let signature = String::from_utf8_lossy(bytes).trim().to_owned();
    DetachedSignature { found_at, signature, attested }
}
