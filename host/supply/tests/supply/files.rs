//! Files: read, pinned, bounded, with the signature beside them.

use std::path::Path;

use portico_supply::{Attested, Digest, Reference, SupplyError, fetch, verify};

use super::support::{COMPONENT, fixture, options, reference};
use super::vouching::{distrusted, policy};

fn at(path: &Path, pin: &str) -> Reference {
    reference(format!("file:{}{pin}", path.display()))
}

#[tokio::test]
async fn a_file_is_read_and_pinned() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wasm");
    std::fs::write(&path, COMPONENT).unwrap();
    let fetched = fetch(&at(&path, ""), &options()).await.unwrap();
    assert_eq!(fetched.bytes, COMPONENT);
    assert_eq!(fetched.digest, Digest::of(COMPONENT));
    assert_eq!(fetched.pinned, at(&path, &format!("#{}", Digest::of(COMPONENT))));
    assert_eq!(fetched.signatures, []);
    assert_eq!(fetch(&fetched.pinned, &options()).await.unwrap(), fetched);
    assert!(format!("{fetched:?}").starts_with("Fetched { bytes: 8, digest: sha256:"), "{fetched:?}");
}

#[tokio::test]
async fn a_signature_beside_a_file_comes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wasm");
    std::fs::write(&path, COMPONENT).unwrap();
    std::fs::write(folder.path().join("x.wasm.sig"), format!("{}\n", fixture!("component.p256.sig"))).unwrap();
    let [signature] = fetch(&at(&path, ""), &options()).await.unwrap().signatures.try_into().unwrap();
    assert_eq!(signature.signature, fixture!("component.p256.sig"));
    assert_eq!(signature.attested, Attested::Blob);
    assert_eq!(signature.found_at, format!("{}.sig", path.display()));
}

#[tokio::test]
async fn a_file_that_was_replaced_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wasm");
    std::fs::write(&path, b"other").unwrap();
    let error = fetch(&at(&path, &format!("#{}", Digest::of(COMPONENT))), &options()).await.unwrap_err();
    assert_eq!(
        error,
        SupplyError::WrongDigest {
            what: path.display().to_string(),
            expected: Digest::of(COMPONENT),
            found: Digest::of(b"other"),
        }
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("long.wasm"), vec![0; 4097]).unwrap();
    std::fs::write(path("fits.wasm"), vec![0; 4096]).unwrap();
    let cases = [
        ("none.wasm", "none.wasm cannot be read: there is no such file; check the path"),
        ("", "cannot be read: it is no regular file"),
        ("fits.wasm/x", "cannot be read: Not a directory"),
        ("long.wasm", "long.wasm is larger than 4 KiB, the most that is read of it"),
    ];
    for (name, expected) in cases {
        let error = fetch(&at(&path(name), ""), &options()).await.expect_err(name).to_string();
        assert!(error.contains(expected), "{error} should say {expected}");
    }
    assert_eq!(fetch(&at(&path("fits.wasm"), ""), &options()).await.unwrap().bytes.len(), 4096);
}

#[tokio::test]
async fn a_signature_that_is_too_long_is_a_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wasm");
    std::fs::write(&path, COMPONENT).unwrap();
    for (length, expected) in [(16 << 10, "it is no base64"), ((16 << 10) + 1, "x.wasm.sig is larger than 16 KiB")] {
        std::fs::write(folder.path().join("x.wasm.sig"), vec![b'*'; length]).unwrap();
        let fetched = fetch(&at(&path, ""), &options()).await.unwrap();
        distrusted(&verify(&fetched.bytes, &fetched.signatures, &policy()), expected);
    }
}
