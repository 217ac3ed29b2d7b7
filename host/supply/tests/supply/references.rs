//! References: what is one, what it is written as, and what is said of everything else.

use portico_supply::{Digest, Reference};
use proptest::prelude::*;

use super::support::reference;

const D: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn each_form_is_read_and_written_in_one_way() {
    let cases = [
        ("/opt/x.wasm", "file:/opt/x.wasm", false),
        ("./x", "file:./x", false),
        ("../x", "file:../x", false),
        ("plugins/x.wasm", "file:plugins/x.wasm", false),
        ("  /opt/x.wasm\n", "file:/opt/x.wasm", false),
        ("file:/opt/x.wasm", "file:/opt/x.wasm", false),
        ("file:///opt/x.wasm", "file:/opt/x.wasm", false),
        ("//opt/x.wasm", "file:/opt/x.wasm", false),
        ("/opt/a b#c.wasm", "file:/opt/a b#c.wasm", false),
        ("/opt/a#shaft", "file:/opt/a#shaft", false),
        ("/opt/x.wasm#D", "file:/opt/x.wasm#D", true),
        ("file:x.wasm#D", "file:x.wasm#D", true),
        ("x.wasm#D", "file:x.wasm#D", true),
        ("https://a.test/x.wasm#D", "https://a.test/x.wasm#D", true),
        ("https://A.test:443/x.wasm?t=1#D", "https://a.test/x.wasm?t=1#D", true),
        ("http://127.0.0.1:81/x#D", "http://127.0.0.1:81/x#D", true),
        ("http://[::1]/x#D", "http://[::1]/x#D", true),
        ("http://localhost/x#D", "http://localhost/x#D", true),
        ("oci://ghcr.io/acme/x:1.0", "oci://ghcr.io/acme/x:1.0", false),
        ("oci://ghcr.io/acme/x@D", "oci://ghcr.io/acme/x@D", true),
        ("oci://ghcr.io/acme/x:1.0@D", "oci://ghcr.io/acme/x:1.0@D", true),
        ("oci://localhost:5000/x:_1-2.A", "oci://localhost:5000/x:_1-2.A", false),
        ("oci://[::1]:5000/a/b/c:1", "oci://[::1]:5000/a/b/c:1", false),
        ("oci://a.test:443/a.b/c_d/e__f/g---h:1", "oci://a.test:443/a.b/c_d/e__f/g---h:1", false),
    ];
    for (text, written, pinned) in cases {
        let (text, written) = (text.replace('D', D), written.replace('D', D));
        let read = reference(&text);
        assert_eq!(read.to_string(), written, "{text}");
        assert_eq!(read.is_pinned(), pinned, "{text}");
        assert_eq!(reference(&written), read, "{text}");
        assert_eq!(serde_json::from_str::<Reference>(&serde_json::to_string(&read).unwrap()).unwrap(), read);
    }
}

#[test]
fn what_is_shown_holds_no_query() {
    let cases = [
        ("https://a.test:81/x.wasm?X-Signature=s3cret#D", "https://a.test:81/x.wasm#D"),
        ("https://a.test/x.wasm#D", "https://a.test/x.wasm#D"),
        ("oci://ghcr.io/acme/x:1.0@D", "oci://ghcr.io/acme/x:1.0@D"),
        ("file:/opt/x.wasm?#D", "file:/opt/x.wasm?#D"),
    ];
    for (text, shown) in cases {
        let read = reference(text.replace('D', D));
        assert_eq!(read.shown(), shown.replace('D', D));
        assert!(!format!("{read:?}").contains("s3cret"), "{read:?}");
    }
}

#[test]
fn a_text_that_is_no_reference_is_told_what_to_write() {
    let cases = [
        (" ", "the reference is empty; write a file (file:/path/x.wasm), an address"),
        ("ftp://a.test/x", "`ftp://a.test/x` begins with a scheme that is not supported; use file:, https://"),
        ("oci:ghcr.io/a:1", "`oci:ghcr.io/a:1` begins with a scheme that is not supported"),
        ("docker://a/b:1", "begins with a scheme that is not supported"),
        (
            "ghcr.io/acme/x:1.0",
            "write ./ghcr.io/acme/x:1.0 if it is a file, oci://ghcr.io/acme/x:1.0 if a registry holds it",
        ),
        ("file:", "the reference names no file; write file:/path/x.wasm"),
        ("file://", "the reference names no file"),
        ("file:#D", "the reference names no file"),
        ("file://host/x.wasm", "`file://host/x.wasm` names a host; only files of this machine are read"),
        ("/x.wasm#sha512:00", "`sha512:00` is no digest: write sha256: and 64 hexadecimal digits in lower case"),
        ("/x.wasm#sha256:00", "`sha256:00` is no digest"),
        ("https://", "the address cannot be read: empty host; write one such as https://host/path/x.wasm#sha256:…"),
        ("https://a.test:x/#D", "the address cannot be read: invalid port number"),
        (
            "https://a.test/x.wasm",
            "`https://a.test/x.wasm` names no digest, and what lies at an address may change; append #",
        ),
        ("https://a.test/x.wasm@D", "names no digest, and what lies at an address may change; append #"),
        ("https://a.test/x.wasm?token=t0p", "`https://a.test/x.wasm` names no digest"),
        ("https://a.test/x.wasm#E", "is no digest"),
        ("https://a.test/x.wasm#", "`` is no digest"),
        ("http://a.test/x.wasm#D", "`http://a.test/x.wasm` is not encrypted, which only addresses of this machine"),
        ("http://10.0.0.1/x.wasm#D", "is not encrypted"),
        ("http://localhost.test/x.wasm#D", "is not encrypted"),
        ("http://127.0.0.1.test/x.wasm#D", "is not encrypted"),
        ("https://me:t0p@a.test/x#D", "the address on a.test holds a user name or a password"),
        ("oci://me:t0p@a.test/x:1", "the address on a.test holds a user name or a password"),
        ("oci://", "`` is no registry; write a host in lower case"),
        ("oci:///x:1", "`` is no registry"),
        ("oci://Ghcr.io/x:1", "`Ghcr.io` is no registry"),
        ("oci://a.test:99999/x:1", "`a.test:99999` is no registry"),
        ("oci://a b/x:1", "`a b` is no registry"),
        ("oci://a.test?x/x:1", "`a.test?x` is no registry"),
        ("oci://127.1/x:1", "`127.1` is no registry"),
        ("oci://a.test", "`` is no repository; write lower-case letters and digits"),
        ("oci://a.test/Acme/x:1", "`Acme/x` is no repository"),
        ("oci://a.test/../x:1", "`../x` is no repository"),
        ("oci://a.test/a//b:1", "`a//b` is no repository"),
        ("oci://a.test/a._b:1", "`a._b` is no repository"),
        ("oci://a.test/-a:1", "`-a` is no repository"),
        ("oci://a.test/a?b:1", "`a?b` is no repository"),
        ("oci://a.test/x", "`oci://a.test/x` names neither a tag nor a digest, and there is no default"),
        ("oci://a.test/x:", "`` is no tag; at most 128 letters"),
        ("oci://a.test/x:-1", "`-1` is no tag"),
        ("oci://a.test/x:1:2", "`1:2` is no tag"),
        ("oci://a.test/x:a/b", "`a/b` is no tag"),
        ("oci://a.test/x:1@sha256:zz", "`sha256:zz` is no digest"),
        ("oci://a.test/x:1#D", "is no tag"),
    ];
    for (text, expected) in cases {
        let text = text.replace('D', D).replace('E', &D.to_uppercase().replace("SHA", "sha"));
        let error = text.parse::<Reference>().expect_err(&text).to_string();
        assert!(error.contains(expected), "{text}: {error} should say {expected}");
        assert!(!error.contains("t0p"), "{error} shows a secret");
    }
}

#[test]
fn what_is_too_long_is_refused_in_a_short_sentence() {
    let long = "a".repeat(300);
    for text in [format!("oci://a.test/{long}:1"), format!("oci://a.test/x:{long}"), long.clone()] {
        let error = text.parse::<Reference>().expect_err(&text).to_string();
        assert!(error.contains("aaa…`") || error.contains("aaa… "), "{error}");
    }
}

#[test]
fn a_digest_has_one_spelling() {
    assert_eq!(Digest::of(b"").to_string(), D);
    assert_eq!(D.parse::<Digest>().unwrap(), Digest::of(b""));
    for wrong in [&D[7..], &D.to_uppercase(), &D.replace('e', "E"), &format!("{D}0"), &D[..70], &format!(" {D}")] {
        assert!(wrong.parse::<Digest>().is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn whatever_is_read_is_written_so_that_it_is_read_again(text in "(file:|oci://|https://|http://|)[a-z0-9:/@#.?_-]{0,40}(#sha256:[0-9a-f]{64}|)") {
        if let Ok(read) = text.parse::<Reference>() {
            prop_assert_eq!(read.to_string().parse::<Reference>().unwrap(), read);
        }
    }

    #[test]
    fn no_text_breaks_it(text in "\\PC{0,200}") {
        let _read_or_refused = text.parse::<Reference>();
    }
}
