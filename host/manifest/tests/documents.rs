//! Manifests and grants as people write them: what is read, and what each mistake is answered with.

use portico_manifest::{
    CredentialSource, Every, Extension, LocationKind, Manifest, Period, Placement, PluginConfig, SecretSource, Size,
    parse,
};

const MANIFEST: &str = "\
name: git
version: 0.1.0
publisher: Portico
title: Git
description: Reads catalog descriptors from Git repositories.
contract: 0.1.0
extensions: [ingestion]
every: 5m
locations: [url]
asks:
  repositories:
    reason: To read descriptors.
  files:
    reason: To read files.
  http:
    - host: '*.example.com'
      methods: [GET, POST]
      paths: [/api/*]
      reason: To list repositories.
  memory:
    size: 256MiB
    reason: Large trees.
";

const CONFIG: &str = "\
every: 10m
settings:
  repositories: [/srv/git/payments.git]
grants:
  repositories: ['/srv/git/*', 'https://github.com/acme/*']
  files: [catalog]
  http:
    - host: api.github.com
  credentials:
    github: { hosts: [github.com], username: portal, secret: { env: GITHUB_TOKEN } }
    api: { hosts: [api.github.com], secret: { file: /run/secrets/api } }
  private-addresses: [127.0.0.0/8, '::1']
  state: 4MiB
  limits: { memory: 256MiB, cpu: 60s, wall: 1h30m }
";

#[test]
fn a_manifest_is_read() {
    let manifest = Manifest::parse(MANIFEST, "manifest.yaml").unwrap();
    assert_eq!(manifest.name, "git");
    assert_eq!(manifest.extensions, [Extension::Ingestion]);
    assert_eq!(manifest.locations, [LocationKind::Url]);
    assert_eq!(manifest.every, Every::Period(Period::seconds(300)));
    assert_eq!(manifest.asks.memory.unwrap().size, Size::mebibytes(256));
    assert_eq!(manifest.asks.http[0].to_string(), "GET, POST https://*.example.com/api/*");
}

#[test]
fn a_plugins_entry_is_read() {
    let config: PluginConfig = parse(CONFIG, "portico.yaml").unwrap();
    assert_eq!(config.every, Some(Every::Period(Period::seconds(600))));
    assert_eq!(config.settings["repositories"][0], "/srv/git/payments.git");
    assert_eq!(config.grants.private_addresses[1].to_string(), "::1/128");
    assert_eq!(config.grants.limits.wall, Some(Period::seconds(5400)));
    let github = &config.grants.credentials["github"];
    assert_eq!(github.placement, Some(Placement::Basic { username: "portal".into() }));
    assert_eq!(github.secret, CredentialSource::Secret(SecretSource::Env("GITHUB_TOKEN".into())));
    let api = &config.grants.credentials["api"];
    assert_eq!(api.placement, None);
}

#[test]
fn an_empty_entry_grants_nothing() {
    let config: PluginConfig = parse("{}", "portico.yaml").unwrap();
    assert_eq!(config, PluginConfig::default());
    assert_eq!(config.settings, serde_json::json!({}));
}

#[test]
fn every_mistake_in_a_manifest_is_named_with_its_place() {
    let cases = [
        ("name: git", "nmae: git", "manifest.yaml, line 1: the key `nmae` is not known here."),
        (
            "name: git",
            "name: Git_1",
            "manifest.yaml, line 1, `name`: `Git_1` is no plugin's name; use lower-case letters",
        ),
        (
            "version: 0.1.0",
            "version: 0.1",
            "manifest.yaml, line 2, `version`: found the floating point `0.1`, expected a version of three numbers, such as `1.0.0`.",
        ),
        (
            "version: 0.1.0",
            "version: '0.1'",
            "manifest.yaml, line 2, `version`: `0.1` is no version (unexpected end of input while parsing minor version number); write three numbers, such as `1.0.0`.",
        ),
        ("publisher: Portico\n", "", "the key `publisher` is missing."),
        ("title: Git", "title: ''", "manifest.yaml, line 4, `title`: the text is empty"),
        (
            "[ingestion]",
            "[ingest]",
            "manifest.yaml, line 7, `extensions[0]`: `ingest` is not allowed here. Allowed: `ingestion`, `kinds`, `cards`, `subscriber`, `routes`, `checks`, `watcher`, `actions`.",
        ),
        ("[ingestion]", "[]", "manifest.yaml, line 1: `extensions` is empty; name what"),
        (
            "every: 5m",
            "every: 5",
            "manifest.yaml, line 8, `every`: found the integer `5`, expected a span of time with a unit, such as `5m`, or `never`.",
        ),
        ("every: 5m", "every: 1ms", "manifest.yaml, line 8, `every`: `1ms` is too often; the shortest is `1s`."),
        (
            "methods: [GET, POST]",
            "methods: [get]",
            "`asks.http[0].methods[0]`: `get` is no HTTP method; write it in capital letters, such as `GET`.",
        ),
        (
            "locations: [url]",
            "locations: [git]",
            "manifest.yaml, line 9, `locations[0]`: `git` is not allowed here. Allowed: `url`, `file`.",
        ),
        ("methods: [GET, POST]", "methods: [CONNECT]", "`CONNECT` cannot be granted to a plugin."),
        (
            "      methods",
            "      mehtods",
            "the key `mehtods` is not known here. Known keys: `host`, `port`, `methods`, `paths`, `reason`. Did you mean `methods`?",
        ),
        ("paths: [/api/*]", "paths: [api]", "`api` is no path pattern: it does not begin with `/`"),
        ("paths: [/api/*]", "paths: [/api/%2e%2e/x]", "it holds `.` or `..`"),
        (
            "host: '*.example.com'",
            "host: 'https://example.com'",
            "names no host: it is a URL, and only its host belongs here",
        ),
        ("host: '*.example.com'", "host: 'a*.example.com'", "`*` stands for whole labels at the start only"),
        ("size: 256MiB", "size: 2GiB", "`asks.memory`: `2 GiB` is too much; the most is `1 GiB`."),
        ("size: 256MiB", "size: 256", "found the integer `256`, expected a size with a unit, such as `256MiB`."),
        ("size: 256MiB", "size: 256 megs", "`256 megs` is no size; write a whole number and a unit"),
        (
            "reason: Large trees.",
            "reasons: Large trees.",
            "the key `reasons` is not known here. Known keys: `size`, `reason`. Did you mean `reason`?",
        ),
    ];
    for (right, wrong, expected) in cases {
        assert!(MANIFEST.contains(right), "{right}");
        let error = Manifest::parse(&MANIFEST.replacen(right, wrong, 1), "manifest.yaml").unwrap_err().to_string();
        assert!(error.contains(expected), "\n  wrote {wrong}\n  got   {error}\n  want  {expected}");
        assert!(error.ends_with(['.', '?', ')']), "no sentence: {error}");
    }
}

#[test]
fn all_mistakes_in_a_manifest_are_named_at_once() {
    assert!(Manifest::faults(MANIFEST, "manifest.yaml").is_empty());
    let wrong = "\
name: Git_1
version: 0.1
titel: Git
description: Reads catalog descriptors from Git repositories.
contract: 0.1.0
extensions: [ingest, ingestion]
every: 5
asks:
  http:
    - host: '*.example.com'
      reason: To list repositories.
    - host: 'https://example.com'
      reason: To list repositories.
    - { host: api.example.com, methods: [GET, get], reason: To list more. }
  memory:
    size: 2GiB
    reason: Large trees.
  files: {}
";
    let expected = [
        "manifest.yaml, line 1: the key `publisher` is missing.",
        "manifest.yaml, line 1: the key `title` is missing.",
        "manifest.yaml, line 1, `name`: `Git_1` is no plugin's name;",
        "manifest.yaml, line 2, `version`: found the floating point `0.1`,",
        "manifest.yaml, line 3, `titel`: the key `titel` is not known here.",
        "manifest.yaml, line 6, `extensions[0]`: `ingest` is not allowed here.",
        "manifest.yaml, line 7, `every`: found the integer `5`, expected a span of time",
        "manifest.yaml, line 12, `asks.http[1].host`: `https://example.com` names no host:",
        "manifest.yaml, line 14, `asks.http[2].methods[1]`: `get` is no HTTP method;",
        "manifest.yaml, line 15, `asks.memory`: `2 GiB` is too much; the most is `1 GiB`.",
        "manifest.yaml, line 18, `asks.files`: the key `reason` is missing.",
    ];
    let found: Vec<String> = Manifest::faults(wrong, "manifest.yaml").iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "\n  got   {found}\n  want  {expected}");
    }
}

#[test]
fn what_is_no_mapping_is_one_fault() {
    for (text, expected) in [
        ("", "manifest.yaml"),
        ("- name: git\n", "manifest.yaml, line 1: found a list"),
        ("name: git\n\tversion: 1\n", "manifest.yaml, line 2"),
        ("name: git\n---\nname: other\n", "manifest.yaml"),
    ] {
        let found: Vec<String> = Manifest::faults(text, "manifest.yaml").iter().map(ToString::to_string).collect();
        assert!(found.len() == 1 && found[0].starts_with(expected), "{text:?}: {found:#?}");
    }
}

#[test]
fn every_mistake_in_a_grant_is_named_with_its_place() {
    let cases = [
        (
            "every: 10m",
            "ever: 10m",
            "portico.yaml, line 1: the key `ever` is not known here. Known keys: `enabled`, `from`, `approved`, `every`, `agent`, `settings`, `mappings`, `grants`. Did you mean `every`?",
        ),
        (
            "secret: { env: GITHUB_TOKEN }",
            "secret: hunter2",
            "a secret does not belong into this file; write `{ env: NAME }`",
        ),
        (
            "secret: { env: GITHUB_TOKEN }",
            "secret: { env: A, file: /b }",
            "expected exactly one of `{ env: NAME }` and `{ file: /path }`.",
        ),
        ("file: /run/secrets/api", "file: secrets/api", "`secrets/api` is no absolute path"),
        (
            "file: /run/secrets/api",
            "vault: x",
            "the key `vault` is not known here. Known keys: `env`, `file`, `githubApp`.",
        ),
        ("hosts: [github.com]", "hosts: []", "`hosts` is empty; name the hosts that may receive the secret."),
        ("hosts: [github.com]", "hosts: ['*']", "`hosts` holds `*`; a secret goes to named hosts only"),
        ("username: portal,", "username: portal, header: x-token,", "`username` stands alone"),
        (
            "hosts: [api.github.com],",
            "hosts: [api.github.com], format: token,",
            "the format `token` does not hold `{}` once",
        ),
        (
            "127.0.0.0/8",
            "127.0.0.0/99",
            "`127.0.0.0/99` is no range of addresses; write one such as `10.20.0.0/16` or `127.0.0.1`.",
        ),
        ("'/srv/git/*'", "'git@github.com:acme/x.git'", "addresses of SSH are not supported"),
        ("'/srv/git/*'", "'/srv/*/git'", "`*` stands at the end only, after a `/`"),
        ("'/srv/git/*'", "'/srv/../etc/*'", "it holds `.`, `..` or an empty segment"),
        ("'/srv/git/*'", "relative/path", "names no repository: relative URL without a base"),
        (
            "'/srv/git/*'",
            "'https://u:p@example.com/*'",
            "it holds a user name; credentials belong under `grants.credentials`",
        ),
        ("files: [catalog]", "files: ['catalog/*.yaml']", "`catalog/*.yaml` is no folder: it holds `*` or `?`"),
        ("files: [catalog]", "files: ['']", "is no folder: it is empty"),
        ("files: [catalog]", "files: ['https://a.io/']", "is no folder: it is an address"),
        ("cpu: 60s", "cpu: 60", "found the integer `60`, expected a span of time with a unit, such as `30s` or `5m`."),
        ("cpu: 60s", "cpu: 2h", "`2h` is too much; the most is `1h`."),
        ("limits: {", "limit: {", "the key `limit` is not known here."),
        (
            "settings:\n  repositories: [/srv/git/payments.git]",
            "settings: [1]",
            "`settings`: found a list, expected a map.",
        ),
    ];
    for (right, wrong, expected) in cases {
        assert!(CONFIG.contains(right), "{right}");
        let error = parse::<PluginConfig>(&CONFIG.replacen(right, wrong, 1), "portico.yaml").unwrap_err().to_string();
        assert!(error.contains(expected), "\n  wrote {wrong}\n  got   {error}\n  want  {expected}");
        assert!(error.contains("line "), "no line: {error}");
        assert!(!error.contains("hunter2"), "the secret is repeated: {error}");
    }
}

#[test]
fn broken_yaml_is_named_with_its_line() {
    let error = parse::<PluginConfig>("every: 5m\nsettings: { a: b", "portico.yaml").unwrap_err().to_string();
    assert!(error.starts_with("portico.yaml, line "), "{error}");
}

#[test]
fn sizes_and_times_are_written_as_they_are_read() {
    for (text, shown) in [("1024KiB", "1 MiB"), ("1500B", "1500 B"), ("2GB", "1953125 KiB"), ("1GiB", "1 GiB")] {
        let size: Size = text.parse().unwrap();
        assert_eq!(size.to_string(), shown);
        assert_eq!(size.yaml().parse::<Size>().unwrap(), size);
    }
    for (text, shown) in [("90s", "1m30s"), ("1h30m", "1h30m"), ("1500ms", "1s500ms"), ("24h", "1d"), ("0s", "0s")] {
        assert_eq!(text.parse::<Period>().unwrap().to_string(), shown);
    }
    for wrong in ["", "5", "m", "5x", "-5m", "5 m", "99999999999999999999s", "9999999999999d"] {
        assert!(wrong.parse::<Period>().is_err(), "{wrong}");
    }
}

/// A manifest that uses every part there is.
const EVERYTHING: &str = include_str!("everything.yaml");

#[test]
fn what_encryption_rests_on_is_named_from_the_root_and_for_named_hosts() {
    let read = |grants: &str| parse::<PluginConfig>(&format!("grants: {{ {grants} }}"), "portico.yaml");
    let config = read(
        "authorities: [/etc/ca.pem], certificates: [{ hosts: [k8s.test], certificate: /c.pem, key: { env: KEY } }]",
    )
    .unwrap();
    assert_eq!(config.grants.authorities[0].path().to_str(), Some("/etc/ca.pem"));
    assert_eq!(config.grants.certificates[0].certificate.path().to_str(), Some("/c.pem"));
    for (grants, expected) in [
        ("authorities: [ca.pem]", "`ca.pem` is no absolute path; write where the file is from the root"),
        ("certificates: [{ hosts: [], certificate: /c.pem, key: { env: K } }]", "`hosts` is empty; name the hosts"),
        ("certificates: [{ hosts: ['*'], certificate: /c.pem, key: { env: K } }]", "a secret goes to named hosts only"),
        (
            "certificates: [{ hosts: [a.test], certificate: /c.pem, key: secret }]",
            "a secret does not belong into this file",
        ),
    ] {
        let error = read(grants).unwrap_err().to_string();
        assert!(error.contains(expected), "{grants}: {error}");
    }
}

#[test]
fn a_manifest_may_use_every_part_there_is() {
    let manifest = Manifest::parse(EVERYTHING, "manifest.yaml").unwrap();
    assert_eq!(Extension::ALL.map(|extension| manifest.offers(extension)), [true; 8]);
    assert!(manifest.declares("pagerdutyservice") && !manifest.declares("Component"));
    assert_eq!(manifest.cards[0].offer("pagerduty").width, 6);
    assert_eq!(manifest.cards[1].offer("pagerduty").width, 12);
    let route = &manifest.routes[0];
    for (method, path, covered) in [
        ("POST", "/webhook", true),
        ("GET", "/webhook", false),
        ("POST", "/webhook/x", false),
        ("POST", "/x/../webhook", false),
    ] {
        assert_eq!(route.covers(method, path), covered, "{method} {path}");
    }
    assert!(Manifest::faults(EVERYTHING, "manifest.yaml").is_empty());
}

#[test]
fn a_card_is_for_the_entities_that_its_filter_names() {
    let manifest = Manifest::parse(EVERYTHING, "manifest.yaml").unwrap();
    let rows = |kind: &str| portico_model::rows(&serde_json::json!({ "kind": kind, "metadata": { "name": "a" } }));
    assert!(manifest.cards[0].is_for(&rows("Component")) && !manifest.cards[0].is_for(&rows("API")));
    assert!(!manifest.cards[1].is_for(&rows("Component")), "a card of the home page is for no entity");
}

#[test]
fn parts_that_do_not_fit_each_other_are_named_all_at_once() {
    for (right, wrong, expected) in [
        ("kinds, cards, ", "", &["line 25, `cards`: `cards` is of no use without the extension point `cards`"][..]),
        ("extensions: [ingestion, ", "extensions: [", &["line 12, `every`: `every` is of no use without"]),
        ("id: mine", "id: incidents", &["line 27, `cards[1]`: `cards` names `incidents` twice"]),
        ("credential: hook", "credential: other", &["the signature is checked with the credential `other`, which"]),
        (
            "    read: { kinds: [Component], reason: To find the services. }\n",
            "",
            &["offers `subscriber`, and `asks.catalog.read`"],
        ),
        ("kinds: [Component]", "kinds: []", &["`asks.catalog.read.kinds`: `kinds` is empty"]),
        ("place: home", "place: attic", &["`cards[1].place`: `attic` is not allowed here"]),
        ("width: 6", "width: 13", &["`cards[0].width`: `13` is no number of columns"]),
        ("methods: [POST]", "methods: []", &["`routes[0]`: `methods` is empty"]),
    ] {
        assert!(EVERYTHING.contains(right), "{right}");
        let text = EVERYTHING.replacen(right, wrong, 1);
        let found: Vec<String> = Manifest::faults(&text, "manifest.yaml").iter().map(ToString::to_string).collect();
        let found = found.join("\n");
        for expected in expected {
            assert!(found.contains(expected), "{wrong}: {found}");
        }
        assert!(Manifest::parse(&text, "manifest.yaml").is_err(), "{wrong}");
    }
}
