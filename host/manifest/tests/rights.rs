//! What a plugin may do: asks met with grants, patterns that never cover what they cannot prove, refusals that help.

use portico_manifest::{
    CatalogRight, Grants, HostPattern, Limits, Manifest, Placement, RepositoryAddress, RepositoryPattern, Rights, Size,
    grants_of, parse,
};
use proptest::prelude::*;
use url::Url;

fn manifest(asks: &str) -> Manifest {
    let head = "name: demo\nversion: 1.0.0\npublisher: Acme\ntitle: Demo\ndescription: Shows.\ncontract: 0.1.0\nextensions: [ingestion]\nevery: 5m\n";
    Manifest::parse(&format!("{head}asks:\n{asks}"), "manifest.yaml").unwrap()
}

fn rights(asks: &str, grants: &str) -> Rights {
    Rights::new(&manifest(asks), &parse::<Grants>(grants, "portico.yaml").unwrap())
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

const ASKS: &str = "  repositories: { reason: To read. }
  http:
    - { host: '*.example.com', port: '*', methods: [GET, POST], paths: [/api/*], reason: To list. }
    - { host: status.acme.io, reason: To look. }
";

#[test]
fn nothing_granted_is_nothing_possible() {
    let rights = rights(ASKS, "{}");
    assert!(rights.request("GET", &url("https://a.example.com/api/x")).is_err());
    assert!(rights.repository(&"/srv/git/a.git".parse().unwrap()).is_err());
    assert_eq!(rights.limits, Limits::DEFAULT);
    assert!(rights.lines().iter().all(|line| line.granted.is_none()));
}

#[test]
fn a_request_passes_when_ask_and_grant_cover_it() {
    let rights = rights(ASKS, "http: [{ host: a.example.com, paths: [/api/v1/*] }, { host: status.acme.io }]");
    let cases = [
        ("GET", "https://a.example.com/api/v1/x", true),
        ("GET", "https://A.EXAMPLE.COM./api/v1/x", true),
        ("GET", "https://a.example.com:443/api/v1/x?q=1", true),
        ("GET", "https://a.example.com/api/v1/g%2Fp", true),
        ("POST", "https://a.example.com/api/v1/x", true),
        ("GET", "https://status.acme.io/", true),
        ("PUT", "https://a.example.com/api/v1/x", false),
        ("POST", "https://status.acme.io/", false),
        ("GET", "http://a.example.com/api/v1/x", false),
        ("GET", "https://a.example.com:8443/api/v1/x", false),
        ("GET", "https://b.example.com/api/v1/x", false),
        ("GET", "https://a.example.com.evil.io/api/v1/x", false),
        ("GET", "https://evila.example.com/api/v1/x", false),
        ("GET", "https://user@a.example.com/api/v1/x", false),
        ("GET", "https://a.example.com@evil.io/api/v1/x", false),
        ("GET", "https://a.example.com/api/v2/x", false),
        ("GET", "https://a.example.com/api/v1", false),
        ("GET", "https://a.example.com/api/v1/../v2/x", false),
        ("GET", "https://a.example.com/api/v1/%2e%2e/v2/x", false),
        ("GET", "https://a.example.com/api/v1/..%2fv2/x", false),
        ("GET", "https://a.example.com/api/v1/%252e%252e%252fv2", false),
        ("GET", "https://a.example.com/api/v1/..%5cv2", false),
        ("GET", "https://127.0.0.1/api/v1/x", false),
        ("GET", "https://[::1]/api/v1/x", false),
        ("GET", "https://2130706433/api/v1/x", false),
    ];
    for (method, address, passes) in cases {
        assert_eq!(rights.request(method, &url(address)).is_ok(), passes, "{method} {address}");
    }
}

#[test]
fn wildcards_cover_whole_labels_and_never_addresses() {
    let cases = [
        ("*.github.com", "https://api.github.com", true),
        ("*.github.com", "https://a.b.github.com", true),
        ("*.github.com", "https://github.com", false),
        ("*.github.com", "https://evil-github.com", false),
        ("*.github.com", "https://evilgithub.com", false),
        ("github.com", "https://GitHub.com.", true),
        ("*", "https://anything.io", true),
        ("*", "https://10.0.0.1", false),
        ("*", "https://[::ffff:7f00:1]", false),
        ("10.0.0.7", "https://10.0.0.7", true),
        ("10.0.0.7", "https://167772167", true),
        ("10.0.0.7", "https://10.0.0.8", false),
        ("::1", "https://[::1]", true),
        ("[::1]", "https://[0:0::1]", true),
        ("127.0.0.1", "https://[::ffff:127.0.0.1]", false),
        ("bücher.example", "https://xn--bcher-kva.example", true),
    ];
    for (pattern, address, covers) in cases {
        let pattern: HostPattern = pattern.parse().unwrap();
        assert_eq!(pattern.covers(&url(address).host().unwrap()), covers, "{pattern} {address}");
    }
}

#[test]
fn repositories_are_compared_in_one_spelling() {
    let cases = [
        ("/srv/git/*", "/srv/git/a.git", true),
        ("/srv/git/*", "/srv/git/team/a.git/", true),
        ("/srv/git/*", "file:///srv/git/a.git", true),
        ("/srv/git/*", "/srv/git", false),
        ("/srv/git/*", "/srv/git-other/a.git", false),
        ("/srv/git/a.git", "/srv/git/a.git", true),
        ("/srv/git/a.git", "/srv/git/a.git/b", false),
        ("/*", "/etc", true),
        ("/*", "https://github.com/acme/a", false),
        ("https://github.com/acme/*", "https://GitHub.com:443/acme/a", true),
        ("https://github.com/acme/*", "https://github.com/acme-evil/a", false),
        ("https://github.com/acme/*", "https://github.com.evil.io/acme/a", false),
        ("https://github.com/acme/*", "http://github.com/acme/a", false),
        ("https://github.com/acme/*", "https://github.com:444/acme/a", false),
        ("https://github.com/*", "https://github.com/acme/a", true),
    ];
    for (pattern, address, covers) in cases {
        let pattern: RepositoryPattern = pattern.parse().unwrap();
        let address: RepositoryAddress = address.parse().unwrap();
        assert_eq!(pattern.covers(&address), covers, "{pattern} {address}");
    }
    for wrong in [
        "/srv/git/../../etc",
        "/srv//git",
        "/",
        "git@host:x",
        "ssh://host/x",
        "https://u@host/x",
        "https://host/x?y",
        "https://host/..%2fx",
        "x",
        "",
    ] {
        assert!(wrong.parse::<RepositoryAddress>().is_err(), "{wrong}");
    }
}

#[test]
fn files_are_read_below_granted_folders() {
    let rights = rights("  files: { reason: To read. }", "files: [/srv/catalog/org, /srv/catalog, /etc/portico]");
    for (folder, granted) in [
        ("/srv/catalog", Some("/srv/catalog")),
        ("/srv/catalog/org/teams", Some("/srv/catalog")),
        ("/etc/portico", Some("/etc/portico")),
        ("/etc/porticos", None),
        ("/srv", None),
        ("/", None),
    ] {
        assert_eq!(rights.folder(folder).ok().map(|granted| granted.as_str()), granted, "{folder}");
    }
    assert_eq!(
        rights.folder("/home/x").unwrap_err().to_string(),
        "The plugin `demo` may not read files below /home/x. To allow it, add to portico.yaml:
plugins:
  demo:
    grants:
      files:
        - \"/home/x\""
    );
    assert_eq!(rights.lines()[0].granted.as_deref(), Some("/srv/catalog, /etc/portico, /srv/catalog/org"));
}

#[test]
fn what_is_not_asked_for_cannot_be_granted() {
    let rights = rights(
        "  state: { size: 2MiB, reason: Many keys. }",
        "{ http: [{ host: a.io }], repositories: ['/srv/*'], files: [/srv] }",
    );
    assert!(rights.folder("/srv").is_err());
    assert!(rights.request("GET", &url("https://a.io/")).is_err());
    assert!(rights.repository(&"/srv/a.git".parse().unwrap()).is_err());
    assert_eq!(
        rights.unmet(),
        [
            "`plugins.demo.grants.repositories` does nothing: the plugin does not ask for repositories. Remove it.",
            "`plugins.demo.grants.files` does nothing: the plugin does not ask for files. Remove it.",
            "`plugins.demo.grants.http[0]` (https://a.io/*) does nothing: the plugin asks for nothing.",
        ]
    );
}

#[test]
fn asks_are_listed_with_what_was_granted_of_them() {
    let rights = rights(
        &format!("{ASKS}  state: {{ size: 2MiB, reason: Many keys. }}\n"),
        "{ http: [{ host: a.example.com }], repositories: ['/srv/*'], state: 2MiB }",
    );
    let lines: Vec<_> = rights.lines().into_iter().map(|line| (line.target, line.granted)).collect();
    assert_eq!(
        lines,
        [
            ("Git repositories".to_owned(), Some("/srv/*".to_owned())),
            (
                "GET, POST https://*.example.com:*/api/*".to_owned(),
                Some("GET, POST https://a.example.com/api/*".to_owned())
            ),
            ("GET, HEAD https://status.acme.io/*".to_owned(), None),
            ("2 MiB".to_owned(), Some("2 MiB".to_owned())),
        ]
    );
    assert_eq!(rights.state, Size::mebibytes(2));
}

fn hosts() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a.io", "b.a.io", "*.a.io", "*.b.a.io", "*", "10.0.0.1", "c.b.a.io"])
        .prop_map(str::to_owned)
}

fn paths() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "/x", "/x/*", "/x/y/*", "/*", "/x/y"]).prop_map(str::to_owned)
}

fn rule(host: &str, path: &str, reason: bool) -> String {
    let paths = if path.is_empty() { String::new() } else { format!(", paths: ['{path}']") };
    let reason = if reason { ", reason: Why." } else { "" };
    format!("[{{ host: '{host}'{paths}{reason} }}]")
}

proptest! {
    #[test]
    fn effective_rights_cover_exactly_what_both_sides_cover(
        ask in (hosts(), paths()),
        grant in (hosts(), paths()),
        host in prop::sample::select(vec!["a.io", "b.a.io", "c.b.a.io", "ba.io", "10.0.0.1"]),
        path in prop::sample::select(vec!["/", "/x", "/x/", "/x/y", "/x/y/z", "/xy"]),
    ) {
        let target = url(&format!("https://{host}{path}"));
        let both = rights(&format!("  http: {}\n", rule(&ask.0, &ask.1, true)), &format!("http: {}", rule(&grant.0, &grant.1, false)));
        let alone = |(host, path): &(String, String)| {
            rights(&format!("  http: {}\n", rule(host, path, true)), &format!("http: {}", rule(host, path, false))).request("GET", &target).is_ok()
        };
        // An address that is granted by itself is meant, also where every host is asked for.
        let asked = if ask.0 == "*" && grant.0 == "10.0.0.1" { (grant.0.clone(), ask.1) } else { ask };
        prop_assert_eq!(both.request("GET", &target).is_ok(), alone(&asked) && alone(&grant));
    }

    #[test]
    fn any_text_as_a_pattern_is_read_or_refused(text in ".{0,40}") {
        let _ = text.parse::<HostPattern>();
        let _ = text.parse::<RepositoryPattern>();
        if let Ok(address) = text.parse::<RepositoryAddress>() {
            prop_assert_eq!(address.as_str().parse::<RepositoryAddress>().unwrap(), address);
        }
    }
}

const CATALOG: &str = "  catalog:
    read: { kinds: [Component, API], reason: To look. }
    write: { kinds: ['*'], reason: To bring in. }
kinds:
  - { name: Cluster }
";

#[test]
fn kinds_are_read_written_and_attached_to_as_far_as_both_sides_say() {
    let rights = rights(CATALOG, "catalog: { read: ['*'], write: [Component], attach: [Component] }");
    for (what, kind, allowed) in [
        (CatalogRight::Read, "component", true),
        (CatalogRight::Read, "System", false),
        (CatalogRight::Write, "Component", true),
        (CatalogRight::Write, "API", false),
        (CatalogRight::Attach, "Component", false),
        // Its own kinds are the plugin's own business.
        (CatalogRight::Read, "cluster", true),
        (CatalogRight::Write, "Cluster", true),
        (CatalogRight::Attach, "Cluster", true),
    ] {
        assert_eq!(rights.kind(what, kind).is_ok(), allowed, "{what:?} {kind}");
    }
    assert_eq!(
        rights.kind(CatalogRight::Write, "API").unwrap_err().to_string(),
        "The plugin `demo` may not bring in entities of the kind `API`. To allow it, add to portico.yaml:\nplugins:\n  demo:\n    \
         grants:\n      catalog:\n        write: [\"API\"]"
    );
    assert!(rights.kind(CatalogRight::Read, "System").unwrap_err().to_string().contains("does not ask for it"));
    assert_eq!(
        rights.unmet(),
        [
            "`plugins.demo.grants.catalog.attach` names the kind `Component` and does nothing there: the plugin asks for none."
        ]
    );
    let lines: Vec<(String, Option<String>)> =
        rights.lines().into_iter().map(|line| (line.target, line.granted)).collect();
    assert_eq!(
        lines,
        [
            ("Component, API".to_owned(), Some("Component, API".to_owned())),
            ("*".to_owned(), Some("Component".to_owned()))
        ]
    );
}

const CREDENTIALS: &str = "  credentials:
    - { name: api, hosts: ['*.example.com'], header: x-api-key, reason: To be let in. }
    - { name: hook, reason: To check signatures. }
";

#[test]
fn a_credential_goes_where_both_sides_say() {
    let grants = "credentials:
  api: { hosts: [eu.example.com], secret: { env: A } }
  hook: { hosts: [evil.example], secret: { env: B } }
  other: { secret: { env: C } }
  git: { hosts: [git.example.com], username: portal, secret: { env: D } }
";
    let rights = rights(CREDENTIALS, grants);
    let covers = |name: &str, host: &str| rights.credentials[name].covers(&url::Host::Domain(host), 443);
    assert!(covers("api", "eu.example.com") && !covers("api", "us.example.com"));
    assert_eq!(
        rights.credentials["api"].placement,
        Placement::Header { name: "x-api-key".into(), format: "{}".into() }
    );
    assert!(!covers("hook", "evil.example"), "a secret for signatures goes nowhere");
    assert!(covers("git", "git.example.com"), "the operator may add one that the plugin knows nothing of");
    assert_eq!(
        rights.unmet(),
        [
            "`plugins.demo.grants.credentials.other` names no `hosts`, and the plugin asks for no credential of this name that would. \
          Correct or remove it."
        ]
    );
    let elsewhere = asked_rights("credentials: { api: { hosts: [example.org], secret: { env: A } } }");
    assert!(elsewhere.credentials.is_empty());
    assert!(
        elsewhere.unmet()[0].contains("the plugin asks for it to be sent to *.example.com"),
        "{:?}",
        elsewhere.unmet()
    );
}

fn asked_rights(grants: &str) -> Rights {
    rights(CREDENTIALS, grants)
}

#[test]
fn what_is_granted_piece_by_piece_is_what_could_have_been_written() {
    let asks = "  repositories: { reason: To read. }
  http:
    - { host: '*.example.com', port: 8443, methods: [GET, POST], paths: [/api/*], reason: To list. }
    - { host: status.acme.io, reason: To look. }
  credentials:
    - { name: api, hosts: [status.acme.io], reason: To be let in. }
  catalog:
    write: { kinds: [Component, API], reason: To bring in. }
  memory: { size: 256MiB, reason: Big trees. }
";
    let manifest = manifest(asks);
    let lines = Rights::new(&manifest, &Grants::default()).lines();
    let said = ["/srv/git/*\n https://github.com/acme/* \n", "", "", "env ACME_TOKEN", "", ""];
    let grants = grants_of(lines.iter().zip(said)).unwrap();
    assert_eq!(
        grants,
        serde_json::json!({
            "repositories": ["/srv/git/*", "https://github.com/acme/*"],
            "http": [
                { "host": "*.example.com", "port": 8443, "methods": ["GET", "POST"], "paths": ["/api/*"] },
                { "host": "status.acme.io", "methods": ["GET", "HEAD"] },
            ],
            "credentials": { "api": { "secret": { "env": "ACME_TOKEN" } } },
            "catalog": { "write": ["Component", "API"] },
            "limits": { "memory": "256MiB" },
        })
    );
    let granted = Rights::new(&manifest, &parse::<Grants>(&grants.to_string(), "grants").unwrap());
    assert!(granted.unmet().is_empty(), "{:?}", granted.unmet());
    assert!(granted.lines().iter().all(|line| line.granted.is_some()), "{:?}", granted.lines());
    for (line, said, expected) in [
        (0, " \n", "say which repositories are granted, one a line"),
        (3, "s3cret", "say where the secret `api` is found: `env NAME`"),
        (3, "env", "say where the secret `api` is found: `env NAME`"),
    ] {
        let refused = grants_of([(&lines[line], said)].into_iter()).unwrap_err();
        assert!(refused.starts_with(expected), "{refused}");
    }
}
