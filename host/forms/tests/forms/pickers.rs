//! Fields of their own.

use portico_api_types::template_form::{FormAutocomplete, FormControl, FormEntities};
use portico_forms::{Facts, Form};
use portico_model::{EntityRef, Filter};
use serde_json::{Value, json};

use crate::{answers, field, form, state};

fn one(schema: Value, required: bool) -> Form {
    form(&json!({ "properties": { "a": schema }, "required": if required { json!(["a"]) } else { json!([]) } }))
}

fn offer(schema: Value) -> FormEntities {
    match field(&state(&one(schema.clone(), false), json!({})), "/a").control {
        FormControl::Entities(offer) => offer,
        other => panic!("{schema}: {other:?}"),
    }
}

#[test]
fn what_a_picker_offers_is_a_filter_of_the_catalog() {
    for (schema, filter, query) in [
        (json!({ "ui:field": "EntityPicker" }), vec![], None),
        (
            json!({ "ui:field": "EntityPicker", "ui:options": { "catalogFilter": { "kind": ["Group", "User"] } } }),
            vec!["kind=Group,kind=User"],
            None,
        ),
        (
            json!({ "ui:field": "EntityPicker", "ui:options": { "catalogFilter": [{ "kind": "System" }, { "kind": "Component", "spec.type": "website" }] } }),
            vec!["kind=System", "kind=Component,spec.type=website"],
            None,
        ),
        (
            json!({ "ui:field": "EntityPicker", "ui:options": { "catalogFilter": { "metadata.annotations.x/y": { "exists": true }, "spec.n": 3 } } }),
            vec!["metadata.annotations.x/y,spec.n=3"],
            None,
        ),
        (
            json!({ "ui:field": "EntityPicker", "ui:options": { "allowedKinds": ["System"] } }),
            vec!["kind=System"],
            None,
        ),
        (json!({ "ui:field": "OwnerPicker" }), vec!["kind=Group,kind=User"], None),
        (json!({ "ui:field": "OwnerPicker", "ui:options": { "allowedKinds": ["Group"] } }), vec!["kind=Group"], None),
        (
            json!({ "ui:field": "OwnerPicker", "ui:options": { "catalogFilter": { "kind": "Group" } } }),
            vec!["kind=Group"],
            None,
        ),
        (
            json!({ "ui:field": "OwnedEntityPicker", "ui:options": { "allowedKinds": ["Component"] } }),
            vec!["kind=Component"],
            Some("owner:@me"),
        ),
        (json!({ "ui:field": "MyGroupsPicker" }), vec!["kind=Group"], Some("hasMember:@me")),
    ] {
        let offer = offer(schema.clone());
        assert_eq!(
            (offer.filter.iter().map(String::as_str).collect::<Vec<_>>(), offer.query.as_deref()),
            (filter, query),
            "{schema}"
        );
        let filter: Vec<&str> = offer.filter.iter().map(String::as_str).collect();
        Filter::from_query(&filter).expect("a filter of the portal");
    }
}

#[test]
fn a_condition_that_cannot_be_asked_is_said() {
    let schema =
        json!({ "ui:field": "EntityPicker", "ui:options": { "catalogFilter": { "spec.type": ["a,b", "c"] } } });
    assert_eq!(offer(schema.clone()).filter, ["spec.type=c"]);
    let remarks = field(&state(&one(schema, false), json!({})), "/a").remarks;
    assert!(remarks[0].contains("`spec.type`") && remarks[0].contains("more is offered"), "{remarks:?}");
}

#[test]
fn the_options_of_entity_pickers_are_read() {
    let options = json!({ "defaultKind": "Component", "defaultNamespace": false, "allowArbitraryValues": false, "autoSelect": true });
    let found = offer(json!({ "ui:field": "MultiEntityPicker", "type": "array", "ui:options": options }));
    assert!(found.is_several && !found.takes_others && found.takes_only);
    assert_eq!((found.default_kind.as_deref(), found.default_namespace), (Some("Component"), None));
    let found = offer(json!({ "ui:field": "OwnerPicker" }));
    assert!(!found.is_several && found.takes_others && !found.takes_only);
    assert_eq!((found.default_kind.as_deref(), found.default_namespace.as_deref()), (Some("Group"), Some("default")));
}

#[test]
fn an_owner_who_has_to_be_there_is_who_is_signed_in_where_users_are_offered() {
    let facts = Facts { user: Some(EntityRef::parse("user:default/ada").expect("a reference")) };
    for (schema, required, wanted) in [
        (json!({ "ui:field": "OwnerPicker" }), true, json!({ "a": "user:default/ada" })),
        (json!({ "ui:field": "OwnerPicker" }), false, json!({})),
        (json!({ "ui:field": "OwnerPicker", "default": "group:default/x" }), true, json!({ "a": "group:default/x" })),
        (json!({ "ui:field": "OwnerPicker", "ui:options": { "allowedKinds": ["Group"] } }), true, json!({})),
        (
            json!({ "ui:field": "OwnerPicker", "ui:options": { "catalogFilter": { "kind": "User", "spec.type": "x" } } }),
            true,
            json!({}),
        ),
        (
            json!({ "ui:field": "OwnerPicker", "ui:options": { "catalogFilter": { "kind": "User" } } }),
            true,
            json!({ "a": "user:default/ada" }),
        ),
        (json!({ "ui:field": "EntityPicker" }), true, json!({})),
    ] {
        let settled = one(schema.clone(), required).settled(&answers(json!({})), &facts);
        assert_eq!(Value::Object(settled), wanted, "{schema}");
    }
}

/// The parts that a repository's field is drawn with.
fn parts(options: Value, value: Value) -> Vec<(String, String)> {
    let form = one(json!({ "type": "string", "ui:field": "RepoUrlPicker", "ui:options": options }), true);
    let values = if value.is_null() { json!({}) } else { json!({ "a": value }) };
    let FormControl::Repository(repository) = field(&state(&form, values), "/a").control else {
        panic!("a repository")
    };
    assert!(repository.parts.iter().all(|part| part.name == format!("input.{}#/a", part.part)));
    repository.parts.into_iter().map(|part| (part.part, part.text)).collect()
}

#[test]
fn the_address_of_a_repository_is_asked_for_in_the_parts_that_its_host_has() {
    let none = json!({});
    for (options, value, wanted) in [
        (&none, Value::Null, "host= owner= repo="),
        (&json!({ "allowedHosts": ["github.com"] }), Value::Null, "host=github.com owner= repo="),
        (&none, json!("github.com?owner=acme&repo=a"), "host=github.com owner=acme repo=a"),
        (&none, json!("gitlab.acme:8443?owner=a%2Fb&repo=c"), "host=gitlab.acme:8443 owner=a/b repo=c"),
        (&none, json!("bitbucket.org?repo=r&workspace=w&project=p"), "host=bitbucket.org workspace=w project=p repo=r"),
        (&none, json!("bitbucket.acme?repo=r&project=p"), "host=bitbucket.acme project=p repo=r"),
        (
            &none,
            json!("dev.azure.com?organization=o&project=p&repo=r"),
            "host=dev.azure.com organization=o project=p repo=r",
        ),
        (&none, json!("gerrit.acme?repo=r&owner=o"), "host=gerrit.acme repo=r owner=o"),
        (&none, json!("no address"), "host= owner= repo="),
    ] {
        let found: Vec<String> =
            parts(options.clone(), value.clone()).into_iter().map(|(part, text)| format!("{part}={text}")).collect();
        assert_eq!(found.join(" "), wanted, "{value}");
    }
}

#[test]
fn what_is_wrong_with_the_address_of_a_repository_is_said() {
    let options = json!({ "allowedHosts": ["github.com"], "allowedOwners": ["acme"], "requestUserCredentials": { "secretsKey": "TOKEN" } });
    let form = one(json!({ "type": "string", "ui:field": "RepoUrlPicker", "ui:options": options }), true);
    for (value, wanted) in [
        ("github.com?owner=acme&repo=a", None),
        ("github.com?owner=acme", Some("The address of the repository lacks its repo; fill it in.")),
        ("github.com?owner=other&repo=a", Some("The owner has to be one of these: acme.")),
        ("gitlab.com?owner=acme&repo=a", Some("The host has to be one of these: github.com.")),
        ("https://github.com/acme/a", Some("This is no address of a repository; write it as `HOST?owner=…&repo=…`.")),
    ] {
        let drawn = state(&form, json!({ "a": value }));
        let found = field(&drawn, "/a");
        assert_eq!(found.error.as_deref(), wanted, "{value}");
        assert_eq!(drawn.is_complete, wanted.is_none());
        let FormControl::Repository(repository) = found.control else { panic!("a repository") };
        assert_eq!(repository.token.as_deref(), Some("TOKEN"));
    }
}

#[test]
fn fields_about_a_repository_know_which_one() {
    let form = form(&json!([
        { "properties": { "other": { "ui:field": "RepoUrlPicker" }, "repoUrl": { "ui:field": "RepoUrlPicker" } } },
        { "properties": {
            "branch": { "ui:field": "RepoBranchPicker" },
            "owner": { "ui:field": "RepoOwnerPicker", "ui:options": { "allowedOwners": ["acme"] } },
            "there": { "ui:field": "RepoOwnerPicker", "ui:options": { "host": "gitlab.com" } }
        } }
    ]));
    let state = state(&form, json!({ "repoUrl": "github.com?owner=a&repo=b" }));
    let branches = asks("forge/branches", json!({ "host": "github.com", "owner": "a", "repo": "b" }));
    let expected = FormControl::Branch { repository: Some("/repoUrl".to_owned()), asks: Some(branches) };
    assert_eq!(field(&state, "/branch").control, expected);
    let owner = |pointer| match field(&state, pointer).control {
        FormControl::RepositoryOwner { host, owners, asks } => (host, owners, asks),
        other => panic!("{other:?}"),
    };
    let owners = |host: &str| Some(asks("forge/owners", json!({ "host": host })));
    assert_eq!(owner("/owner"), (Some("github.com".to_owned()), vec!["acme".to_owned()], owners("github.com")));
    assert_eq!(owner("/there"), (Some("gitlab.com".to_owned()), vec![], owners("gitlab.com")));
    let FormControl::Repository(repository) = field(&state, "/repoUrl").control else { panic!("a repository") };
    let asked: Vec<Option<FormAutocomplete>> = repository.parts.into_iter().map(|part| part.asks).collect();
    let repositories = asks("forge/repositories", json!({ "host": "github.com", "owner": "a" }));
    assert_eq!(asked, [None, owners("github.com"), Some(repositories)]);
}

fn asks(resource: &str, context: Value) -> FormAutocomplete {
    FormAutocomplete { resource: resource.to_owned(), context: serde_json::from_value(context).expect("texts") }
}

#[test]
fn a_list_is_asked_for_once_what_it_depends_on_is_filled_in() {
    let options = json!({ "resource": "kubernetes/namespaces", "context": { "cluster": "${{ parameters.cluster }}", "all": true } });
    let form = form(&json!([{ "properties": {
        "cluster": { "type": "string" },
        "namespace": { "type": "string", "ui:field": "AutocompletePicker", "ui:options": options },
        "none": { "type": "array", "items": { "type": "string" }, "ui:field": "AutocompletePicker" },
        "odd": { "type": "string", "ui:field": "AutocompletePicker", "ui:options": { "resource": "a/b", "context": { "x": "${{ parameters. }}" } } },
    } }]));
    let namespace = |values: Value| field(&state(&form, values), "/namespace").control;
    let listed = |asks| FormControl::Autocomplete { asks, is_several: false };
    assert_eq!(namespace(json!({})), listed(None));
    let asked = asks("kubernetes/namespaces", json!({ "cluster": "prod", "all": "true" }));
    assert_eq!(namespace(json!({ "cluster": "prod" })), listed(Some(asked)));
    let drawn = state(&form, json!({ "none": ["a", "b"] }));
    let none = field(&drawn, "/none");
    assert_eq!(
        (&none.control, none.texts.as_slice()),
        (&FormControl::Autocomplete { asks: None, is_several: true }, ["a".to_owned(), "b".to_owned()].as_slice())
    );
    assert!(none.remarks[0].starts_with("The field offers no list; name one under `ui:options`"), "{:?}", none.remarks);
    let odd = field(&drawn, "/odd");
    assert!(odd.remarks[0].starts_with("`context` of the field's `ui:options`: "), "{:?}", odd.remarks);
}

#[test]
fn names_and_tags_of_entities_have_fields_of_their_own() {
    let name = one(json!({ "type": "string", "ui:field": "EntityNamePicker" }), true);
    for (value, is_taken) in
        [("billing-api", true), ("a", true), ("Billing api", false), ("-a", false), (&"a".repeat(64), false)]
    {
        let found = field(&state(&name, json!({ "a": value })), "/a");
        assert_eq!((found.control, found.error.is_none()), (FormControl::EntityName, is_taken), "{value}");
    }
    let tags = one(
        json!({ "type": "array", "ui:field": "EntityTagsPicker", "ui:options": { "kinds": ["API", "Component"], "showCounts": true } }),
        false,
    );
    let found = field(&state(&tags, json!({ "a": ["x", "y"] })), "/a");
    assert_eq!(
        found.control,
        FormControl::Tags { filter: vec!["kind=API,kind=Component".to_owned()], shows_counts: true }
    );
    assert_eq!(found.texts, ["x", "y"]);
}
