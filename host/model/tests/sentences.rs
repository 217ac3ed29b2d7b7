//! What an author hears: for each mistake the place and the whole sentence.

use portico_model::{Entity, Kinds, Rule, Violation, parse_documents, reference_of};
use serde_json::{Value, json};

fn judge(text: &str) -> Vec<Violation> {
    let document = parse_documents(text).remove(0).expect(text);
    Entity::judge(document.value, Kinds::built_in()).err().unwrap_or_default()
}

fn component(metadata: &str, spec: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: a{metadata}}}\n\
         spec: {{type: t, lifecycle: l, owner: o{spec}}}\n"
    )
}

/// Each text breaks one rule; the sentence is all that is said of it.
fn check(cases: &[(String, &str, &str)]) {
    for (text, path, message) in cases {
        let found = judge(text);
        let found: Vec<(&str, &str)> =
            found.iter().map(|found| (found.path.as_str(), found.message.as_str())).collect();
        assert_eq!(found, [(*path, *message)], "{text}");
    }
}

#[test]
fn the_envelope_says_what_is_missing_or_out_of_place() {
    let whole = |text: &str| text.to_owned();
    check(&[
        (
            whole("- a\n"),
            "",
            "The document is a list, where a mapping with `apiVersion`, `kind`, `metadata` and `spec` is expected. \
             Write one entity per document, with `---` between them.",
        ),
        (
            whole("kind: User\nmetadata: {name: a}\nspec: {memberOf: []}\n"),
            "/apiVersion",
            "`apiVersion` is missing, and every entity needs it. Add `apiVersion: backstage.io/v1alpha1`.",
        ),
        (
            whole("apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {nmae: a}\nspec: {memberOf: []}\n"),
            "/metadata/name",
            "`metadata.name` is missing, and every entity needs it. There is `nmae`; did you mean `name`?",
        ),
        (
            component("", "") + "owner: me\n",
            "/owner",
            "The document has the key `owner`, but only `apiVersion`, `kind`, `metadata` and `spec` stand there. Move \
             it under `spec`: `spec.owner`.",
        ),
        (
            component("", "") + "annotations: {}\n",
            "/annotations",
            "The document has the key `annotations`, but only `apiVersion`, `kind`, `metadata` and `spec` stand there. \
             Move it under `metadata`: `metadata.annotations`.",
        ),
        (
            component("", "") + "status: {}\n",
            "/status",
            "The document has the key `status`, but only `apiVersion`, `kind`, `metadata` and `spec` stand there. The \
             portal writes it itself; remove it.",
        ),
        (
            component(", title: ''", ""),
            "/metadata/title",
            "`metadata.title` is an empty text, where at least one character is expected. Fill it in, or remove the key \
             where it is not required.",
        ),
        (
            component(", annotations: {acme.com/level: 3}", ""),
            "/metadata/annotations/acme.com~1level",
            "`metadata.annotations[\"acme.com/level\"]` is the number 3, where a text is expected. Put it in quotes: \
             \"3\".",
        ),
        (
            component(", labels: [a]", ""),
            "/metadata/labels",
            "`metadata.labels` is a list, where a mapping is expected. Write its keys below it, each as `key: value`.",
        ),
        (
            component(", tags: java", ""),
            "/metadata/tags",
            "`metadata.tags` is the text `java`, where a list of texts is expected. Write it as an item of a list: \
             `- …`.",
        ),
    ]);
}

#[test]
fn formats_say_what_is_allowed_and_propose_something() {
    let named = |name: &str| component("", "").replace("{name: a", &format!("{{name: {name}"));
    check(&[
        (
            named("-bad-"),
            "/metadata/name",
            "`metadata.name` is `-bad-`, but a name has 1 to 63 letters, digits, `-`, `_` and `.`, and begins and ends \
             with a letter or digit. Write `bad`, for example.",
        ),
        (
            named("äöü"),
            "/metadata/name",
            "`metadata.name` is `äöü`, but a name has 1 to 63 letters, digits, `-`, `_` and `.`, and begins and ends \
             with a letter or digit.",
        ),
        (
            component(", namespace: Team_A", ""),
            "/metadata/namespace",
            "`metadata.namespace` is `Team_A`, but a namespace has 1 to 63 lower-case letters, digits and `-`, and \
             begins and ends with a letter or digit. Write `team-a`, for example.",
        ),
        (
            component(", tags: [java, Hello World]", ""),
            "/metadata/tags/1",
            "`metadata.tags[1]` is `Hello World`, but a tag has 1 to 63 lower-case letters, digits, `:`, `+` and `#`, \
             with single `-` between them. Write `hello-world`, for example.",
        ),
        (
            component(", labels: {tier: very high}", ""),
            "/metadata/labels/tier",
            "`metadata.labels.tier` is `very high`, but a label's value is empty or has up to 63 letters, digits, `-`, \
             `_` and `.`, and begins and ends with a letter or digit; what is longer or freer belongs in an annotation. \
             Write `very-high`, for example.",
        ),
        (
            component(", links: [{url: docs/index.md}]", ""),
            "/metadata/links/0/url",
            "`metadata.links[0].url` is `docs/index.md`, but a link needs a whole address with its scheme, such as \
             `https://docs.acme.com/payments`.",
        ),
    ]);
}

#[test]
fn kinds_and_api_versions_are_corrected() {
    let with = |from: &str, to: &str| component("", "").replace(from, to);
    check(&[
        (
            with("Component", "component"),
            "/kind",
            "`kind` is `component`, which is no kind of this portal. Kinds are written in their own case: write \
             `Component`.",
        ),
        (
            with("Component", "Compnent"),
            "/kind",
            "`kind` is `Compnent`, which is no kind of this portal. Did you mean `Component`?",
        ),
        (
            with("Component", "Wizard"),
            "/kind",
            "`kind` is `Wizard`, which is no kind of this portal. It can be `Component`, `API`, `Resource`, `System`, \
             `Domain`, `Group`, `User`, `Location`, `Template` or `AiResource`.",
        ),
        (
            with("v1alpha1", "v1alpha2"),
            "/apiVersion",
            "`apiVersion` is `backstage.io/v1alpha2`, but a Component has `backstage.io/v1alpha1` or \
             `backstage.io/v1beta1`. Did you mean `backstage.io/v1alpha1`?",
        ),
        (
            "apiVersion: scaffolder.backstage.io/v1beta2\nkind: Template\nmetadata: {name: a}\n".to_owned()
                + "spec: {type: t, steps: []}\n",
            "/apiVersion",
            "`apiVersion` is `scaffolder.backstage.io/v1beta2`, but a Template has `scaffolder.backstage.io/v1beta3`. \
             Write `scaffolder.backstage.io/v1beta3`.",
        ),
    ]);
}

#[test]
fn specs_are_judged_by_their_kind() {
    let of = |kind: &str, spec: &str| {
        format!("apiVersion: backstage.io/v1beta1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n")
    };
    check(&[
        (
            of("Component", "{type: t, lifecycle: l}"),
            "/spec/owner",
            "`spec.owner` is missing, and a Component needs it. Add it, for example `owner: group:default/payments`.",
        ),
        (
            of("Component", "{type: t, life-cycle: l, owner: o}"),
            "/spec/lifecycle",
            "`spec.lifecycle` is missing, and a Component needs it. There is `life-cycle`; did you mean `lifecycle`?",
        ),
        (
            "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: a}\n".to_owned(),
            "/spec",
            "`spec` is missing, and an API needs it. Add `spec` with at least `type`, `lifecycle`, `owner`, \
             `definition`.",
        ),
        (
            of("API", "{type: t, lifecycle: l, owner: o, definition: {openapi: 3}}"),
            "/spec/definition",
            "`spec.definition` is a mapping, where a text is expected. Write one text; a long one may follow a `|`.",
        ),
        (
            of("API", "{type: mcp-server, lifecycle: l, owner: o}"),
            "/spec/remotes",
            "`spec.remotes` is missing, and an API of type `mcp-server` needs it. Add it, for example `remotes: [{ \
             type: streamable-http, url: 'https://host/mcp' }]`.",
        ),
        (
            of("Group", "{type: t, children: null}"),
            "/spec/children",
            "`spec.children` is empty (null), where a list of texts is expected. Write `[]` for an empty list.",
        ),
        (
            of("Location", "{presence: requird}"),
            "/spec/presence",
            "`spec.presence` is `requird`, where `required` or `optional` is allowed; did you mean `required`?",
        ),
        (
            component("", ", dependsOn: [ledger]"),
            "/spec/dependsOn/0",
            "`spec.dependsOn[0]` names no entity: `ledger` does not say of which kind the entity is; write the kind in \
             front, for example `component:ledger`.",
        ),
        (
            component("", ", system: 'system:'"),
            "/spec/system",
            "`spec.system` names no entity: `system:` is no entity reference: there is nothing before `:`, before `/` \
             or at the end; write it as `kind:namespace/name`, where kind and namespace may be left out together with \
             their sign.",
        ),
        (
            component("", ", dependencyOf: 7"),
            "/spec/dependencyOf",
            "`spec.dependencyOf` names no entity: the number 7 is no text; write one such as \
             `component:default/payments-api`.",
        ),
    ]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let found = judge(
        "apiVersion: backstage.io/v1alpha1\nkind: component\nmetadata: {name: a b, tags: [X, 7]}\nstatus: {}\n\
         spec: {typ: t, lifecycle: 1, owner: o, dependsOn: [x, '']}\n",
    );
    let found: Vec<(Rule, &str)> = found.iter().map(|found| (found.rule, found.path.as_str())).collect();
    let expected = [
        (Rule::Envelope, "/status"),
        (Rule::Format, "/metadata/name"),
        (Rule::Format, "/metadata/tags/0"),
        (Rule::Envelope, "/metadata/tags/1"),
        (Rule::Kind, "/kind"),
        (Rule::Spec, "/spec/type"),
        (Rule::Spec, "/spec/lifecycle"),
        (Rule::Spec, "/spec/dependsOn/1"),
        (Rule::Reference, "/spec/dependsOn/0"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn long_values_are_cut_and_control_characters_shown() {
    let name = format!("{}\\u0007", "x".repeat(59));
    let found = judge(&component("", "").replace("{name: a", &format!("{{name: \"{name}yz\"")));
    assert!(
        found[0].message.starts_with(&format!("`metadata.name` is `{}\\u{{7}}…`, but", "x".repeat(59))),
        "{found:?}"
    );
}

#[test]
fn an_entity_has_its_namespace_and_sorted_references() {
    let text =
        component("", ", providesApis: [b, B, a, ﬀ, 😀], dependsOn: ['component:b', 'component:a'], tags: [b, a]");
    let entity =
        Entity::judge(parse_documents(&text).remove(0).expect("YAML").value, Kinds::built_in()).expect("an entity");
    assert_eq!(entity.reference().as_str(), "component:default/a");
    assert_eq!(entity.kind(), "Component");
    assert_eq!(entity.value()["metadata"], json!({"name": "a", "namespace": "default"}));
    // By UTF-16 units, so what lies beyond them stands before the last of them.
    assert_eq!(entity.value()["spec"]["providesApis"], json!(["B", "a", "b", "😀", "ﬀ"]));
    assert_eq!(entity.value()["spec"]["dependsOn"], json!(["component:a", "component:b"]));
    assert_eq!(entity.into_value()["spec"]["tags"], json!(["b", "a"]));
}

#[test]
fn a_refused_document_is_named_as_well_as_it_can_be() {
    let cases = [
        (json!({"kind": "User", "metadata": {"name": "A b"}}), Some("user:default/a b")),
        (json!({"kind": "Foreign", "metadata": {"name": "x", "namespace": "Y"}}), Some("foreign:y/x")),
        (json!({"kind": "User", "metadata": {"name": "x", "namespace": 7}}), Some("user:default/x")),
        (json!({"kind": "User", "metadata": {"name": ""}}), None),
        (json!({"kind": "a:b", "metadata": {"name": "x"}}), None),
        (json!({"metadata": {"name": "x"}}), None),
        (json!({"kind": "User"}), None),
        (Value::Null, None),
    ];
    for (value, expected) in cases {
        assert_eq!(reference_of(&value).as_ref().map(|reference| reference.as_str()), expected, "{value}");
    }
}
