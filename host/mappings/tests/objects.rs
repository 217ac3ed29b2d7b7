//! What becomes of objects.

mod support;

use portico_mappings::Made;
use portico_model::Entity;
use serde_json::{Value, json};
use support::{read, registry};

const SERVICE: &str = r#"
- object: service
  when: .status != "disabled"
  entity:
    kind: PagerDutyService
    name: .id
    title: .name
    description: .description
    labels: { tier: .tier, level: 1, none: .none }
    annotations: { "example.com/service-id": .id }
    tags: '[.teams[].summary]'
    links: '[{url: .html_url, title: "Open", more: 1}, {url: null}]'
    url: .html_url
    spec:
      status: .status
      static: true
      numbers: [1, 2.5, null]
      kept: '"text"'
      escalation: { policy: .escalation_policy.summary, timeout: .timeout }
      nothing: { at: { all: .none } }
    relations:
      runsIn: .region
      uses: '[.deps[].name]'
  facts:
    about: '"component:default/" + .slug'
    values: { open: .open, oncall: { name: .oncall.name } }
"#;

fn service() -> Value {
    json!({
        "id": "P123", "name": "Checkout", "description": "", "status": "active", "tier": "gold", "slug": "checkout",
        "html_url": "https://acme.example/P123", "teams": [{ "summary": "Team A" }, { "summary": "team-a" }, { "summary": "§" }],
        "escalation_policy": { "summary": "Payments" }, "region": "eu", "deps": [{ "name": "component:a" }, { "name": "resource:B b" }],
        "open": 3, "secret": "hunter2",
    })
}

fn apply(yaml: &str, data: Value) -> Made {
    read(yaml).unwrap_or_else(|errors| panic!("{errors:?}")).apply("s", &data)
}

/// A system whose rest is this.
fn system(rest: &str, data: Value) -> Made {
    apply(&format!("[{{ object: s, entity: {{ kind: System, name: '\"x\"', {rest} }} }}]"), data)
}

#[test]
fn an_object_makes_a_whole_document_and_facts() {
    let made = read(SERVICE).expect("good mappings").apply("service", &service());
    assert_eq!(made.problems, [""; 0]);
    let document = json!({
        "apiVersion": "example.com/v1",
        "kind": "PagerDutyService",
        "metadata": {
            "name": "P123",
            "title": "Checkout",
            "labels": { "tier": "gold", "level": "1" },
            "annotations": { "example.com/service-id": "P123" },
            "tags": ["team-a"],
            "links": [{ "url": "https://acme.example/P123", "title": "Open" }],
        },
        "spec": {
            "status": "active", "static": true, "numbers": [1, 2.5, null], "kept": "text", "escalation": { "policy": "Payments" },
            "placement": { "region": "eu" }, "uses": ["component:a", "resource:default/b-b"],
        },
    });
    let entity = &made.entities[0];
    assert_eq!(entity.document, document);
    assert_eq!((entity.file.as_str(), entity.url.as_deref()), ("service/P123", Some("https://acme.example/P123")));
    assert!(Entity::judge(document, registry().kinds()).is_ok());
    assert_eq!(made.facts[0].about.as_str(), "component:default/checkout");
    assert_eq!(Value::Object((*made.facts[0].facts).clone()), json!({ "open": 3 }));
}

#[test]
fn an_object_that_no_mapping_wants_makes_nothing() {
    let mappings = read(SERVICE).expect("good mappings");
    let mut disabled = service();
    disabled["status"] = "disabled".into();
    assert_eq!(mappings.apply("service", &disabled), Made::default());
    assert_eq!(mappings.apply("incident", &service()), Made::default());
    for when in ["false", "null", "empty", ".missing"] {
        let made = apply(
            &format!("[{{ object: s, when: '{when}', entity: {{ kind: System, name: .a }} }}]"),
            json!({ "a": "x" }),
        );
        assert_eq!(made, Made::default(), "{when}");
    }
    let made = apply("[{ object: s, when: '0, false', entity: { kind: System, name: .a } }]", json!({ "a": "x" }));
    assert_eq!(made.entities.len(), 1);
}

#[test]
fn a_name_that_is_none_is_made_one_or_nothing_is_made() {
    for (name, expected) in [
        (json!("P123"), Ok("P123")),
        (json!("Checkout & Pay"), Ok("Checkout-Pay")),
        (json!(42), Ok("42")),
        (json!(null), Err("came to null")),
        (json!(""), Err("came to an empty text")),
        (json!("日本"), Err("came to `日本`")),
        (json!(1.5), Err("came to the number 1.5")),
        (json!(true), Err("came to the truth value true")),
        (json!(["a"]), Err("came to a list")),
    ] {
        let made = apply("[{ object: s, entity: { kind: System, name: .n } }]", json!({ "n": name }));
        match expected {
            Ok(expected) => {
                assert_eq!((&made.entities[0].document["metadata"]["name"], made.problems.len()), (&json!(expected), 0))
            }
            Err(came) => {
                let sentence = format!(
                    "`entity.name` {came} for an object of kind `s`; nothing is made of it: yield what every one of them has, a text \
                     with letters or digits of ASCII, such as `.id`"
                );
                assert_eq!((made.entities.len(), made.problems), (0, vec![sentence]));
            }
        }
    }
}

#[test]
fn a_namespace_is_made_valid_and_stands_in_the_place() {
    let yaml = "[{ object: s, entity: { kind: System, name: .n, namespace: .ns } }]";
    let made = apply(yaml, json!({ "n": "x", "ns": "Team_A" }));
    assert_eq!(made.entities[0].document["metadata"]["namespace"], "team-a");
    assert_eq!(made.entities[0].file, "s/team-a/x");
    for nothing in [json!(null), json!("")] {
        let made = apply(yaml, json!({ "n": "x", "ns": nothing }));
        assert_eq!((made.entities[0].file.as_str(), made.problems.len()), ("s/x", 0));
    }
    assert_eq!(apply(yaml, json!({ "n": "x", "ns": {} })).entities.len(), 0);
}

#[test]
fn what_cannot_stand_at_a_place_is_left_out_and_said() {
    let of = "for an object of kind `s`";
    for (rest, sentence) in [
        ("title: .list", format!("`entity.title` came to a list {of}; it is left out: yield a text")),
        ("description: .map", format!("`entity.description` came to a mapping {of}; it is left out: yield a text")),
        (
            "labels: { a: .map }",
            format!(
                "`entity.labels.a` came to a mapping {of}; it is left out: yield a text, a number or a truth value"
            ),
        ),
        (
            "annotations: { a.b/c: .list }",
            format!(
                "`entity.annotations[\"a.b/c\"]` came to a list {of}; it is left out: yield a text, a number or a truth value"
            ),
        ),
        ("tags: .text", format!("`entity.tags` came to `t` {of}; it is left out: yield a list of words")),
        ("tags: .list", format!("`entity.tags` came to a mapping {of}; it is left out: yield a list of words")),
        (
            "tags: '[range(101)]'",
            format!("`entity.tags` has 101 items, and at most 100 are taken: it is left out, {of}"),
        ),
        (
            "links: .map",
            format!(
                "`entity.links` came to a mapping {of}; it is left out: yield a list of mappings with `url` and `title`"
            ),
        ),
        (
            "links: '[1]'",
            format!(
                "`entity.links` came to the number 1 {of}; it is left out: yield a list of mappings with `url` and `title`"
            ),
        ),
        (
            "url: '\"javascript:alert(1)\"'",
            format!(
                "`entity.url` came to `javascript:alert(1)` {of}; it is left out: yield a whole address, such as `https://host/path`"
            ),
        ),
        ("spec: { a: .text + 1 }", format!("`entity.spec.a` could not be evaluated {of}: cannot calculate \"t\" + 1")),
        ("spec: { a: 'error({b: 1})' }", format!("`entity.spec.a` could not be evaluated {of}: {{\"b\":1}}")),
        (
            "relations: { ownedBy: '[\"a\", \"b\"]' }",
            format!("`entity.relations.ownedBy` names 2 entities, and `spec.owner` takes one: it is left out, {of}"),
        ),
        (
            "relations: { ownedBy: '\"a:\"' }",
            format!(
                "`entity.relations.ownedBy` names no entity: `a:` is no entity reference: there is nothing before `:`, before `/` or at \
                 the end; write it as `kind:namespace/name`, where kind and namespace may be left out together with their sign, {of}"
            ),
        ),
        (
            "relations: { ownedBy: '[range(1001)]' }",
            format!("`entity.relations.ownedBy` names 1001 entities, and at most 1000 are taken: it is left out, {of}"),
        ),
    ] {
        let made = system(rest, json!({ "text": "t", "list": [{}], "map": {} }));
        assert_eq!(made.problems, [sentence], "{rest}");
        let bare = json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "System", "metadata": { "name": "x" }, "spec": {},
        });
        assert_eq!(made.entities[0].document, bare, "{rest}");
    }
}

#[test]
fn relations_are_written_into_the_field_that_the_kind_has_for_them() {
    let of = |kind: &str, rest: &str, data: Value| {
        apply(&format!("[{{ object: s, entity: {{ kind: {kind}, name: '\"x\"', {rest} }} }}]"), data)
    };
    for (kind, rest, data, spec) in [
        (
            "Component",
            "relations: { dependsOn: .d }",
            json!({ "d": "component:a" }),
            json!({ "dependsOn": ["component:a"] }),
        ),
        ("Component", "relations: { dependsOn: .d }", json!({ "d": [null, ""] }), json!({})),
        (
            "Component",
            "relations: { ownedBy: .d }",
            json!({ "d": ["Team A"] }),
            json!({ "owner": "group:default/team-a" }),
        ),
        ("Component", "relations: { ownedBy: .d }", json!({ "d": "user:ada" }), json!({ "owner": "user:ada" })),
        (
            "Component",
            "relations: { ownedBy: .d }",
            json!({ "d": { "kind": "User", "name": "Ada" } }),
            json!({ "owner": "user:default/ada" }),
        ),
        (
            "Component",
            "relations: { partOf: .d }",
            json!({ "d": ["system:shop", "Component:cart"] }),
            json!({ "subcomponentOf": "Component:cart", "system": "system:shop" }),
        ),
        ("API", "relations: { partOf: .d }", json!({ "d": "shop" }), json!({ "system": "shop" })),
        ("System", "relations: { partOf: .d }", json!({ "d": "sales" }), json!({ "domain": "sales" })),
        ("Group", "relations: { hasMember: .d }", json!({ "d": "ada" }), json!({ "members": ["ada"] })),
        (
            "AiResource",
            "spec: { type: '\"plugin\"' }, relations: { hasPart: .d }",
            json!({ "d": "a" }),
            json!({ "type": "plugin", "skills": ["a"] }),
        ),
        (
            "PagerDutyService",
            "spec: { placement: { zone: .z } }, relations: { runsIn: .d }",
            json!({ "d": "eu", "z": 1 }),
            json!({ "placement": { "zone": 1, "region": "eu" } }),
        ),
    ] {
        let made = of(kind, rest, data.clone());
        assert_eq!((&made.entities[0].document["spec"], made.problems), (&spec, vec![]), "{kind} {rest} {data}");
    }
    for (kind, rest, reference, sentence) in [
        ("Component", "relations: { partOf: .d }", "shop", "`shop` does not say of which kind the entity is"),
        ("Component", "relations: { partOf: .d }", "domain:a", "no field of this relation takes the kind `domain`"),
        ("Component", "relations: { dependsOn: .d }", "a", "`a` does not say of which kind the entity is"),
        (
            "AiResource",
            "spec: { type: '\"rule\"' }, relations: { hasPart: .d }",
            "a",
            "is no relation that the kind has with this `spec.type`: it is left out",
        ),
    ] {
        let problems = of(kind, rest, json!({ "d": reference })).problems;
        assert!(problems.len() == 1 && problems[0].contains(sentence), "{rest}: {problems:?}");
    }
}

#[test]
fn facts_are_about_entities_whoever_owns_them() {
    let yaml = "[{ object: s, facts: { about: .about, values: { a: { b: .b }, c: .c } } }]";
    for (about, expected) in [
        (json!("checkout"), vec!["component:default/checkout"]),
        (json!(["api:a", "component:b/c", "api:default/A"]), vec!["api:default/a", "component:b/c"]),
        (json!({ "kind": "System", "name": "Shop & Co" }), vec!["system:default/shop-co"]),
        (json!(null), vec![]),
        (json!([]), vec![]),
        (json!(""), vec![]),
    ] {
        let made = apply(yaml, json!({ "about": about, "c": 1 }));
        let named: Vec<&str> = made.facts.iter().map(|facts| facts.about.as_str()).collect();
        assert_eq!((named, made.problems), (expected, vec![]), "{about}");
        assert!(made.facts.iter().all(|facts| *facts.facts == *json!({ "c": 1 }).as_object().expect("a mapping")));
    }
    let made = apply(yaml, json!({ "about": [7, "a:", "fine"], "c": 1 }));
    assert_eq!(made.facts.len(), 1);
    assert_eq!(
        made.problems[0],
        "`facts.about` names no entity: the number 7 is no text; write one such as `component:default/payments-api`, for an object of \
         kind `s`"
    );
    assert_eq!(made.problems.len(), 2);
    assert_eq!(apply(yaml, json!({ "about": "x" })), Made::default());
}

#[test]
fn each_value_makes_one_and_is_seen_beside_its_object() {
    let yaml = "
- object: s
  each: .teams[]
  entity: { kind: Group, name: .item.id, spec: { type: .object.type, children: '[]' } }
";
    let made = apply(yaml, json!({ "type": "team", "teams": [{ "id": "a" }, {}, { "id": "c" }] }));
    let files: Vec<&str> = made.entities.iter().map(|entity| entity.file.as_str()).collect();
    assert_eq!(files, ["s/a", "s/c"]);
    assert_eq!(made.entities[1].document["spec"], json!({ "type": "team", "children": [] }));
    assert!(
        made.problems[0]
            .starts_with("`entity.name` came to null for item 2 of an object of kind `s`; nothing is made of it")
    );
    let made = apply(yaml, json!({ "teams": 7 }));
    assert_eq!(
        made.problems,
        ["`each` could not be evaluated for an object of kind `s`: cannot use 7 as iterable (array or object)"]
    );
    let made = apply(yaml, json!({ "teams": vec![json!({ "id": "a" }); 1_001] }));
    assert_eq!(
        made.problems,
        ["`each` yields more than 1000 values for an object of kind `s`; nothing is made of it: select fewer"]
    );
    let made = apply(yaml, json!({ "teams": vec![json!({}); 1_000] }));
    assert_eq!((made.problems.len(), made.problems[20].as_str()), (21, "there are 980 more problems of this object"));
}

#[test]
fn of_several_mappings_a_sentence_says_which() {
    let yaml = "
- { object: s, when: .a + 1, entity: { kind: System, name: .n } }
- { object: t, entity: { kind: System, name: .n } }
- { object: s, entity: { kind: System, name: .m } }
";
    let problems = apply(yaml, json!({ "a": "x", "m": [] })).problems;
    assert_eq!(
        problems[0],
        "`when` could not be evaluated for an object of kind `s` (mapping 1 of 2): cannot calculate \"x\" + 1"
    );
    assert!(
        problems[1].starts_with("`entity.name` came to an empty list for an object of kind `s` (mapping 2 of 2); ")
    );
}

#[test]
fn the_names_are_those_of_what_is_made() {
    let mappings = read(SERVICE).expect("good mappings");
    let names = mappings.names("service", &json!({ "id": "P123", "slug": "checkout" }));
    assert_eq!(names.entities[0].as_str(), "pagerdutyservice:default/p123");
    assert_eq!(names.facts[0].as_str(), "component:default/checkout");
    assert_eq!(names.problems, [""; 0]);
}

#[test]
fn names_are_known_whatever_when_says_and_it_silences_what_is_missing() {
    let yaml = "[{ object: s, when: .active, entity: { kind: System, name: .n } }]";
    let mappings = read(yaml).expect("good mappings");
    assert_eq!(mappings.names("s", &json!({ "n": "x" })).entities[0].as_str(), "system:default/x");
    assert_eq!(mappings.names("s", &json!({})).problems, [""; 0]);
    assert_eq!(mappings.names("s", &json!({ "active": true })).problems.len(), 1);
}
