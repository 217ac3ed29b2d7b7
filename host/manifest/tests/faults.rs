//! Everything that is wrong with a manifest at once: faults within one part, and what they leave to look at.

use portico_manifest::{Manifest, PluginConfig, at_place, parse};

#[test]
fn all_mistakes_of_one_part_are_named_at_once() {
    let least = "name: a\nversion: 1.0.0\npublisher: A\ntitle: A\ndescription: A.\ncontract: 0.1.0\n";
    let cases: [(&str, &[&str]); 10] = [
        (
            "cards:\n  - { id: A, place: attic, width: 13, colour: red }\n  - { id: b, title: B, place: home, icon: 7 }\n",
            &[
                "line 9, `cards[0]`: the key `title` is missing",
                "line 9, `cards[0].id`: `A`",
                "line 9, `cards[0].place`: `attic` is not allowed here",
                "line 9, `cards[0].width`: `13` is no number of columns",
                "line 9, `cards[0].colour`: the key `colour` is not known here",
                "line 10, `cards[1].icon`: found the integer `7`",
            ],
        ),
        (
            "asks:\n  http:\n    - { host: 'https://a', port: 0x, methods: [GET, get, put], paths: [a], reason: '' }\n",
            &[
                "`asks.http[0].host`: `https://a` names no host",
                "`asks.http[0].port`: ",
                "`asks.http[0].methods[1]`: `get` is no HTTP method",
                "`asks.http[0].methods[2]`: `put` is no HTTP method",
                "`asks.http[0].paths[0]`: ",
                "`asks.http[0].reason`: ",
            ],
        ),
        (
            "asks:\n  credentials:\n    - { name: A, hosts: ['*'], format: x }\n    - { name: b, hosts: ['*'], reason: To ask. }\n",
            &[
                "line 10, `asks.credentials[0]`: the key `reason` is missing",
                "line 10, `asks.credentials[0].name`: `A`",
                "line 10, `asks.credentials[0].hosts`: `hosts` holds `*`",
                "line 10, `asks.credentials[0].format`: the format `x` does not hold `{}` once",
                "line 11, `asks.credentials[1].hosts`: `hosts` holds `*`",
            ],
        ),
        (
            "asks:\n  credentials:\n    - { name: a, hosts: [a.b, 'https://x'], header: a b, format: '{}{}', reason: To ask. }\n    - { name: b, username: 'a:b', reason: To ask. }\n    - { name: c, username: a, header: b, reason: To ask. }\n",
            &[
                "line 10, `asks.credentials[0].hosts[1]`: `https://x` names no host",
                "line 10, `asks.credentials[0].header`: `a b` is no header's name",
                "line 10, `asks.credentials[0].format`: the format `{}{}` does not hold",
                "line 11, `asks.credentials[1].username`: the username `a:b` holds a colon",
                "line 12, `asks.credentials[2]`: `username` stands alone",
            ],
        ),
        (
            "asks:\n  memory: { size: 9GiB, reason: 5 }\n  catalog:\n    read: { kinds: [], reason: '' }\n    wirte: {}\n",
            &[
                "line 9, `asks.memory`: ",
                "line 9, `asks.memory.reason`: found the integer `5`",
                "line 11, `asks.catalog.read.kinds`: `kinds` is empty",
                "line 11, `asks.catalog.read.reason`: ",
                "line 12, `asks.catalog.wirte`: the key `wirte` is not known here",
            ],
        ),
        (
            "routes:\n  - { path: a, methods: [], intake: { size: 9GiB, rate: often, signature: { algorithm: md5 } } }\n",
            &[
                "`routes[0]`: `methods` is empty",
                "`routes[0].path`: ",
                "`routes[0].intake.size`: ",
                "`routes[0].intake.rate`: ",
                "`routes[0].intake.signature`: the key `header` is missing",
                "`routes[0].intake.signature`: the key `credential` is missing",
                "`routes[0].intake.signature.algorithm`: `md5` is not allowed here",
            ],
        ),
        (
            "routes:\n  - path: /a\n    methods: [POST]\n    intake:\n      signature: { algorithm: md5, header: a b, format: x, signed: '{host}', credential: C, secret: x }\n      replay: { id: a b, timestamp: c d, tolerance: often, nonce: x }\n",
            &[
                "line 12, `routes[0].intake.signature.algorithm`: `md5` is not allowed here",
                "line 12, `routes[0].intake.signature.header`: `a b` is no header's name",
                "line 12, `routes[0].intake.signature.format`: the format `x` does not hold",
                "line 12, `routes[0].intake.signature.signed`: `{host}` is not what can be signed",
                "line 12, `routes[0].intake.signature.credential`: `C`",
                "line 12, `routes[0].intake.signature.secret`: the key `secret` is not known here",
                "line 13, `routes[0].intake.replay.id`: `a b` is no header's name",
                "line 13, `routes[0].intake.replay.timestamp`: `c d` is no header's name",
                "line 13, `routes[0].intake.replay.tolerance`: ",
                "line 13, `routes[0].intake.replay.nonce`: the key `nonce` is not known here",
            ],
        ),
        (
            "routes:\n  - { path: /a, methods: [POST], intake: { replay: { id: x } } }\n",
            &["`routes[0]`: `replay` without `signature` keeps nobody out"],
        ),
        (
            "kinds:\n  - plural: 7\n    relations: [{ field: a, relation: [] }]\n    properties: [{ name: a, count: { allong: b } }, { jq: 5 }]\n",
            &[
                "line 9, `kinds[0]`: the key `name` is missing",
                "line 9, `kinds[0].plural`: found the integer `7`",
                "line 10, `kinds[0].relations[0]`: the key `inverse` is missing",
                "line 10, `kinds[0].relations[0].relation`: found a list",
                "line 11, `kinds[0].properties[0].count`: the key `along` is missing",
                "line 11, `kinds[0].properties[0].count.allong`: the key `allong` is not known here",
                "line 11, `kinds[0].properties[1]`: the key `name` is missing",
                "line 11, `kinds[0].properties[1].jq`: found the integer `5`",
            ],
        ),
        (
            "mappings:\n  - { entity: { name: 5, relations: { a: 1, b: .x, c: [] } }, facts: { about: [], value: {} } }\n",
            &[
                "`mappings[0]`: the key `object` is missing",
                "`mappings[0].entity`: the key `kind` is missing",
                "`mappings[0].facts`: the key `values` is missing",
                "`mappings[0].entity.name`: found the integer `5`",
                "`mappings[0].entity.relations.a`: found the integer `1`",
                "`mappings[0].entity.relations.c`: found a list",
                "`mappings[0].facts.about`: found a list",
                "`mappings[0].facts.value`: the key `value` is not known here",
            ],
        ),
    ];
    for (part, expected) in cases {
        let offered = part.split(':').next().filter(|key| ["cards", "routes"].contains(key)).unwrap_or("ingestion");
        let text = format!("{least}extensions: [{offered}]\n{part}");
        let found: Vec<String> = Manifest::faults(&text, "manifest.yaml").iter().map(ToString::to_string).collect();
        for expected in expected {
            let count = found.iter().filter(|found| found.contains(expected)).count();
            assert_eq!(count, 1, "{part}: {expected}\n{found:#?}");
        }
        assert_eq!(found.len(), expected.len(), "{part}: {found:#?}");
    }
}

#[test]
fn what_is_wrong_in_a_part_and_between_parts_is_named_at_once() {
    let least = "name: a\nversion: 1.0.0\npublisher: A\ntitle: A\ndescription: A.\ncontract: 0.1.0\n";
    let card = "{ id: x, title: X, place: overview }";
    let cases: [(String, &[&str]); 7] = [
        (
            format!("extensions: [ingestion, routes]\ncolour: red\ncards: [{card}]\n"),
            &[
                "line 7, `extensions`: `extensions` offers `routes`, and `routes` names no route",
                "line 8, `colour`: the key `colour` is not known here",
                "line 9, `cards`: `cards` is of no use without the extension point `cards`",
            ],
        ),
        // Cards that cannot be read are there.
        (
            "extensions: [ingestion]\ncards: [{ id: X, title: X, place: overview }]\n".to_owned(),
            &["`cards`: `cards` is of no use without", "`cards[0].id`: `X`"],
        ),
        (
            "extensions: [cards]\ncards: [{ id: X, title: X, place: overview }]\n".to_owned(),
            &["`cards[0].id`: `X`"],
        ),
        // What the extension points are is not known.
        (format!("cards: [{card}]\n"), &["the key `extensions` is missing"]),
        (format!("extensions: [kards]\ncards: [{card}]\n"), &["`extensions[0]`: `kards` is not allowed here"]),
        // What is asked for is known as far as it can be read.
        (
            "extensions: [subscriber]\nasks: { log: { lines: 1, reason: So. } }\n".to_owned(),
            &["`extensions`: `extensions` offers `subscriber`, and `asks.catalog.read` names no kind", "`asks.log"],
        ),
        (
            "extensions: [subscriber, routes]\nasks: { catalog: { read: 7 } }\nroutes:\n  - { path: a, methods: [GET] }\n  - { path: /b, methods: [POST], intake: { signature: { algorithm: token, header: x, credential: key } } }\n"
                .to_owned(),
            &["`asks.catalog.read`: found", "`routes[0].path`: ", "line 11, `routes[1].intake.signature.credential`: the signature"],
        ),
    ];
    for (rest, expected) in cases {
        let found = Manifest::faults(&format!("{least}{rest}"), "manifest.yaml");
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        for expected in expected {
            assert!(found.iter().any(|found| found.contains(expected)), "{rest}: {expected}\n{found:#?}");
        }
        assert_eq!(found.len(), expected.len(), "{rest}: {found:#?}");
    }
}

#[test]
fn what_is_wrong_leaves_the_rest_to_be_looked_at_where_it_is_written() {
    let text = "\
name: a
version: 1
publisher: A
title: A
description: A.
contract: 0.1.0
extensions: [kinds, kards]
kinds:
  - 7
  - { nam: Bad, plural: bads, properties: [{ name: b, count: { allong: c } }, { name: c, jq: . }] }
  - { name: Good }
mappings: [{ object: a, entity: { kind: Good, name: 5 }, facts: { about: .a, values: { b: .b } } }]
settings: { type: object }
";
    let sound = Manifest::sound(text).expect("a manifest");
    let kinds: Vec<&str> = sound.manifest.kinds.iter().map(|kind| kind.name.as_str()).collect();
    assert_eq!(kinds, ["A", "A", "Good"], "the least takes the place of what is not there");
    assert_eq!(sound.manifest.kinds[1].properties[1].jq.as_deref(), Some("."));
    assert!(sound.manifest.settings.is_some() && sound.manifest.mappings[0].facts.is_some());
    for (place, is_held) in [
        ("version", false),
        ("title", true),
        ("extensions[1]", false),
        ("kinds[0].name", false),
        ("kinds[1].name", false),
        ("kinds[1].plural", true),
        ("kinds[1].properties[0].count", false),
        ("kinds[1].properties[0].name", true),
        ("kinds[1].properties[1].jq", true),
        ("kinds[2]", true),
        ("mappings[0]", false),
        ("mappings[0].entity.name", false),
        ("mappings[0].entity.kind", true),
        ("mappings[0].facts.values.b", true),
    ] {
        assert_eq!(sound.holds(place), is_held, "{place}");
    }
    assert!(Manifest::sound("- a\n").is_none());
}

#[test]
fn a_place_is_found_as_errors_spell_it() {
    let text = "a: 1\nmappings:\n  - object: x\n    entity:\n      labels:\n        acme.com/tier: 1\n";
    for (place, line) in
        [("mappings[0].entity.labels[\"acme.com/tier\"]", 6), ("mappings[0].object", 3), ("a", 1), ("mappings[0", 3)]
    {
        let error = at_place(text, "x.yaml", place, "it is wrong");
        assert_eq!((error.line, error.to_string()), (line, format!("x.yaml, line {line}, `{place}`: it is wrong.")));
    }
}

#[test]
fn nobody_asks_for_or_grants_less_or_more_than_there_is() {
    let least =
        "name: a\nversion: 1.0.0\npublisher: A\ntitle: A\ndescription: A.\ncontract: 0.1.0\nextensions: [ingestion]\n";
    for (key, unit, value, fits) in [
        ("response", "size", "1023B", false),
        ("response", "size", "1KiB", true),
        ("response", "size", "256MiB", true),
        ("response", "size", "257MiB", false),
        ("log", "lines", "9", false),
        ("log", "lines", "10", true),
        ("log", "lines", "50000", true),
        ("log", "lines", "50001", false),
        ("requests", "count", "0", false),
        ("requests", "count", "1", true),
        ("requests", "count", "500000", true),
        ("requests", "count", "500001", false),
    ] {
        let asked = format!("{least}asks: {{ {key}: {{ {unit}: {value}, reason: So. }} }}\n");
        assert_eq!(Manifest::parse(&asked, "manifest.yaml").is_ok(), fits, "{asked}");
        let granted = format!("grants: {{ limits: {{ {key}: {value} }} }}");
        assert_eq!(parse::<PluginConfig>(&granted, "portico.yaml").is_ok(), fits, "{granted}");
    }
}
