//! The sentences that no other test reads: what happened, where, and what to do next.

use std::time::Duration;

use portico_supply::{Digest, Distrust, KeyError, SignError, SupplyError};

#[test]
fn each_sentence_says_what_to_do() {
    let host = || "a.test:443".to_owned();
    let cases: [(String, &str); 9] = [
        (
            SupplyError::WrongDigest { what: "x".into(), expected: Digest::of(b"1"), found: Digest::of(b"2") }
                .to_string(),
            "x has the digest sha256:d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35, but \
             sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b was expected: it was replaced or \
             damaged, and is not used. If you know of the change and want it, pin the digest that was found",
        ),
        (
            SupplyError::TooLarge { what: "x".into(), limit: 64 << 20 }.to_string(),
            "x is larger than 64 MiB, the most that is read of it; check that it is what you meant",
        ),
        (
            SupplyError::TooSlow { host: host(), phase: "the connection", limit: Duration::from_secs(5) }.to_string(),
            "a.test:443 was too slow: the connection was not there after 5 s; try again later",
        ),
        (
            SupplyError::NotLoopback { host: host(), address: [192, 0, 2, 1].into() }.to_string(),
            "a.test:443 leads to 192.0.2.1, and only this machine is spoken to without encryption; use https",
        ),
        (
            SupplyError::BeyondReach {
                host: host(),
                address: [10, 0, 0, 1].into(),
                reserved: "a private address (10.0.0.0/8)".into(),
            }
            .to_string(),
            "a.test:443 leads to 10.0.0.1, a private address (10.0.0.0/8), and packages are installed from public addresses \
             alone; upload the package, name the range under `install.private-addresses` in portico.yaml, or say `from` there",
        ),
        (
            SupplyError::Redirects { place: "https://a.test/x".into(), most: 5 }.to_string(),
            "https://a.test/x redirects more than 5 times; write the address that it leads to",
        ),
        (
            SupplyError::Protocol { registry: host(), reason: "it is silent".into() }.to_string(),
            "a.test:443 does not do what registries do: it is silent; check that it is one",
        ),
        (
            SignError::from(KeyError::NoRandom).to_string(),
            "this machine gives no random numbers, without which no key is made and nothing signed",
        ),
        (
            Distrust::Appended.to_string(),
            "something was appended to the package after it was signed. Do not use it; fetch it again from its publisher",
        ),
    ];
    for (sentence, expected) in cases {
        assert_eq!(sentence, expected);
    }
}
