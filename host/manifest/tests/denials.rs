//! Refusals: each shows the exact lines to add, and once they are added it is none.

use portico_manifest::{Capability, CatalogRight, Denial, Grants, Keeper, Manifest, Remedy, Rights, parse};
use serde_json::{Value, json};
use url::Url;

const HEAD: &str = "name: demo\nversion: 1.0.0\npublisher: Acme\ntitle: Demo\ndescription: Shows.\ncontract: 0.1.0\nextensions: [ingestion]\nevery: 5m\n";

fn manifest(asks: &str) -> Manifest {
    Manifest::parse(&format!("{HEAD}{asks}"), "manifest.yaml").unwrap()
}

fn request(rights: &Rights, method: &str, url: &str) -> Result<(), Denial> {
    rights.request(method, &Url::parse(url).unwrap()).map(drop)
}

/// Tries what a capability is about; none for those of which no grant is ever missing.
fn attempt(capability: Capability, rights: &Rights) -> Option<Result<(), Denial>> {
    Some(match capability {
        Capability::Repositories => rights.repository(&"https://git.acme.io/a/b".parse().unwrap()),
        Capability::Push => rights.push(&"https://git.acme.io/a/b".parse().unwrap()),
        Capability::Files => rights.folder("/srv/catalog").map(drop),
        Capability::Http => request(rights, "POST", "http://a.acme.io:8080/x?token=secret"),
        Capability::Credentials => match rights.credential_missing(&url::Host::Domain("api.acme.io"), 443) {
            Some(denial) => Err(denial),
            None => Ok(()),
        },
        Capability::Read => rights.kind(CatalogRight::Read, "System"),
        Capability::Write => rights.kind(CatalogRight::Write, "System"),
        Capability::Attach => rights.kind(CatalogRight::Attach, "System"),
        Capability::State if rights.state.as_bytes() < 5 << 20 => Err(rights.state_denial(5 << 20)),
        Capability::State => Ok(()),
        // What a call used up is said with `Rights::limit_lines`, and a cluster that is not granted is a request that is not.
        Capability::Kubeconfig
        | Capability::Memory
        | Capability::Cpu
        | Capability::Wall
        | Capability::Response
        | Capability::Log
        | Capability::Requests
        | Capability::Disk => {
            return None;
        }
    })
}

/// What the manifest asks for, and the lines that grant it.
const fn asked(capability: Capability) -> (&'static str, &'static str) {
    match capability {
        Capability::Repositories => {
            ("repositories: { reason: x }", "      repositories:\n        - \"https://git.acme.io/a/b\"")
        }
        Capability::Push => ("push: { reason: x }", "      push:\n        - \"https://git.acme.io/a/b\""),
        Capability::Files => ("files: { reason: x }", "      files:\n        - \"/srv/catalog\""),
        Capability::Http => (
            "http: [{ host: '*', port: '*', methods: [POST], reason: x }]",
            "      http:\n        - host: \"a.acme.io\"\n          port: 8080\n          scheme: http",
        ),
        Capability::Credentials => (
            "credentials: [{ name: acme-api, hosts: ['*.acme.io'], reason: x }]",
            "      credentials:\n        acme-api:\n          secret: { env: ACME_API }",
        ),
        Capability::Read => {
            ("catalog: { read: { kinds: ['*'], reason: x } }", "      catalog:\n        read: [\"System\"]")
        }
        Capability::Write => {
            ("catalog: { write: { kinds: ['*'], reason: x } }", "      catalog:\n        write: [\"System\"]")
        }
        Capability::Attach => {
            ("catalog: { attach: { kinds: ['*'], reason: x } }", "      catalog:\n        attach: [\"System\"]")
        }
        Capability::State => ("state: { size: 8MiB, reason: x }", "      state: 6MiB"),
        Capability::Kubeconfig
        | Capability::Memory
        | Capability::Cpu
        | Capability::Wall
        | Capability::Response
        | Capability::Log
        | Capability::Requests
        | Capability::Disk => ("", ""),
    }
}

/// The lines to add to a manifest that does not ask; none where a grant is enough, or nothing is missing without an ask.
const fn to_be_asked(capability: Capability) -> Option<&'static str> {
    match capability {
        Capability::Repositories => Some("  repositories:\n    reason: Say here what for."),
        Capability::Push => Some("  push:\n    reason: Say here what for."),
        Capability::Files => Some("  files:\n    reason: Say here what for."),
        Capability::Http => Some(
            "  http:\n    - host: \"a.acme.io\"\n      port: 8080\n      methods: [POST]\n      reason: Say here what for.",
        ),
        Capability::Read => Some("  catalog:\n    read:\n      kinds: [\"System\"]\n      reason: Say here what for."),
        Capability::Write => {
            Some("  catalog:\n    write:\n      kinds: [\"System\"]\n      reason: Say here what for.")
        }
        Capability::Attach => {
            Some("  catalog:\n    attach:\n      kinds: [\"System\"]\n      reason: Say here what for.")
        }
        Capability::Credentials
        | Capability::Kubeconfig
        | Capability::State
        | Capability::Memory
        | Capability::Cpu
        | Capability::Wall
        | Capability::Response
        | Capability::Log
        | Capability::Requests
        | Capability::Disk => None,
    }
}

/// The grants that lines of `portico.yaml` hold.
fn granted(lines: &str) -> Grants {
    let written: Value = parse(lines, "portico.yaml").unwrap();
    parse(&written["plugins"]["demo"]["grants"].to_string(), "portico.yaml").unwrap()
}

#[test]
fn each_refusal_of_what_is_asked_for_shows_the_lines_that_grant_it() {
    for capability in Capability::ALL {
        let (ask, expected) = asked(capability);
        let manifest = manifest(&format!("asks: {{ {ask} }}\n"));
        let Some(tried) = attempt(capability, &Rights::new(&manifest, &Grants::default())) else { continue };
        let denial = tried.expect_err(capability.as_str());
        assert_eq!(denial.capability, capability);
        let Remedy::Grant(lines) = &denial.remedy else { panic!("{denial}") };
        assert_eq!(*lines, format!("plugins:\n  demo:\n    grants:\n{expected}"));
        assert_eq!(denial.to_string(), format!("{} To allow it, add to portico.yaml:\n{lines}", denial.sentence));
        let rights = Rights::new(&manifest, &granted(lines));
        assert_eq!(attempt(capability, &rights), Some(Ok(())), "{lines}");
        assert!(rights.unmet().is_empty(), "{:?}", rights.unmet());
    }
}

#[test]
fn each_refusal_of_what_is_not_asked_for_shows_the_lines_that_ask_for_it_and_those_that_grant_it() {
    for capability in Capability::ALL {
        let Some(expected) = to_be_asked(capability) else { continue };
        let tried = attempt(capability, &Rights::new(&manifest(""), &Grants::default())).expect("it can be tried");
        let denial = tried.expect_err(capability.as_str());
        let Remedy::Ask { manifest: lines, grant } = &denial.remedy else { panic!("{denial}") };
        assert_eq!(*lines, format!("asks:\n{expected}"));
        assert_eq!(
            denial.to_string(),
            format!(
                "{} Its manifest does not ask for it, so no grant alone can allow it. To have it asked for, add to the \
                 plugin's manifest:\n{lines}\nTo allow it then, add to portico.yaml:\n{grant}",
                denial.sentence
            )
        );
        let rights = Rights::new(&manifest(&format!("{lines}\n")), &granted(grant));
        assert_eq!(attempt(capability, &rights), Some(Ok(())), "{denial}");
    }
}

#[test]
fn a_kind_is_asked_for_beside_those_that_are() {
    let asks = "asks: { catalog: { read: { kinds: [Component], reason: x } } }\n";
    let rights = Rights::new(&manifest(asks), &parse::<Grants>("catalog: { read: ['*'] }", "portico.yaml").unwrap());
    let denial = rights.kind(CatalogRight::Read, "System").unwrap_err();
    assert!(matches!(denial.remedy, Remedy::Ask { .. }), "{denial}");
}

#[test]
fn what_nobody_can_be_granted_has_no_lines() {
    let asks = "asks: { http: [{ host: '*', port: '*', reason: x }] }\n";
    let rights = Rights::new(&manifest(asks), &Grants::default());
    for (method, url, sentence) in [
        (
            "TRACE",
            "https://a.acme.io/",
            "The plugin `demo` may not send TRACE https://a.acme.io/. No plugin can be granted that.",
        ),
        (
            "GET",
            "https://ada:s3cret@a.acme.io/",
            "The plugin `demo` may not send GET https://a.acme.io/. Its address holds a user name or a password; \
             credentials belong under `grants.credentials`.",
        ),
    ] {
        let denial = request(&rights, method, url).unwrap_err();
        assert_eq!(denial.remedy, Remedy::Nothing);
        assert_eq!(denial.to_string(), sentence);
    }
}

#[test]
fn a_host_and_a_method_that_reading_needs_are_asked_for_in_two_lines() {
    let rights = Rights::new(&manifest(""), &Grants::default());
    let denial = request(&rights, "GET", "https://a.acme.io/x").unwrap_err();
    let Remedy::Ask { manifest, .. } = denial.remedy else { panic!("{denial}") };
    let asks: Value = parse(&manifest, "manifest.yaml").unwrap();
    assert_eq!(asks, json!({ "asks": { "http": [{ "host": "a.acme.io", "reason": "Say here what for." }] } }));
}

#[test]
fn who_keeps_the_grants_is_where_the_lines_go() {
    let rights = Rights::new(&manifest("asks: { state: { size: 8MiB, reason: x } }"), &Grants::default())
        .kept_by(Keeper::Portal);
    assert_eq!(
        rights.state_denial(5 << 20).to_string(),
        "The plugin `demo` may not keep 5 MiB of state; it may keep 1 MiB. To allow it, add to the grants of `demo`, on its page or with \
         `portico plugin configure demo --config FILE`:\ngrants:\n  state: 6MiB"
    );
}
