//! Values with expressions in them, conditions and turns of steps, and which secrets are read.

use std::collections::BTreeSet;

use crate::support::{context, value};
use portico_templates::{Condition, Context, Each, Forge, Item, SecretRead, Template, TextTemplate, is_true};
use serde_json::{Value, json};

#[test]
fn a_text_that_is_one_expression_has_its_value() {
    for (text, wanted) in [
        ("${{ parameters.count }}", json!(3)),
        ("${{ parameters.half }}", json!(0.5)),
        ("${{ 9007199254740993 }}", json!(9007199254740993_i64)),
        ("${{ parameters.on }}", json!(true)),
        ("${{ parameters.none }}", json!(null)),
        ("${{ parameters.tags }}", json!(["rust", "grpc", "beta"])),
        ("${{ parameters.place }}", json!({"city": "Bern", "zip": {"codes": [3000, 3011]}})),
        ("${{ parameters.place | dump }}", json!(r#"{"city":"Bern","zip":{"codes":[3000,3011]}}"#)),
        ("${{ {b: 1, a: parameters.missing} }}", json!({"b": 1})),
        ("${{ [1, parameters.missing] }}", json!([1, null])),
        ("${{ '5' }}", json!("5")),
        ("${{ 10 / 5 }}", json!(2)),
        ("${{ parameters.empty }}", json!("")),
        ("n${{ parameters.count }}", json!("n3")),
        (" ${{ parameters.count }}", json!(" 3")),
        ("${{ parameters.count }}${{ parameters.on }}", json!("3true")),
        ("{% if parameters.on %}false{% endif %}", json!("false")),
        ("no expression", json!("no expression")),
    ] {
        assert_eq!(value(json!(text)), Ok(Some(wanted)), "{text}");
    }
    assert_eq!(value(json!("${{ parameters.missing }}")), Ok(None));
}

#[test]
fn what_comes_to_nothing_is_left_out_of_objects_and_null_in_lists() {
    let input = json!({
        "kept": {"name": "${{ parameters.name | lower }}", "gone": "${{ parameters.missing }}", "null": "${{ parameters.none }}"},
        "list": ["${{ parameters.missing }}", "${{ parameters.count }}", {"gone": "${{ parameters.missing.too }}"}],
        "${{ parameters.name }}": "keys stay as they are", "plain": [1, null, true],
    });
    let wanted = json!({
        "kept": {"name": "billing api", "null": null}, "list": [null, 3, {}],
        "${{ parameters.name }}": "keys stay as they are", "plain": [1, null, true],
    });
    assert_eq!(value(input), Ok(Some(wanted)));
}

#[test]
fn keys_and_members_stay_in_their_order() {
    let made = value(json!({"z": "${{ {y: 1, b: 2, x: 3} }}", "a": 1})).expect("fine").expect("something");
    assert_eq!(made.to_string(), r#"{"z":{"y":1,"b":2,"x":3},"a":1}"#);
}

#[test]
fn a_step_runs_when_its_condition_holds() {
    let (going, failed) = (context(), context().after_failure());
    for (condition, runs, after_failure) in [
        (json!(null), true, false),
        (json!(true), true, false),
        (json!(false), false, false),
        (json!("true"), true, false),
        (json!(""), false, false),
        (json!("${{ parameters.on }}"), true, false),
        (json!("${{ parameters.missing }}"), false, false),
        (json!("${{ parameters.none }}"), false, false),
        (json!("${{ parameters.nothing }}"), false, false),
        (json!("${{ {} }}"), true, false),
        (json!("${{ parameters.tags }}"), true, false),
        (json!("${{ parameters.count === 3 }}"), true, false),
        (json!("${{ 0 }}"), false, false),
        (json!("${{ 'false' }}"), true, false),
        (json!("${{ always() }}"), true, true),
        (json!("${{ failure() }}"), false, true),
        (json!("${{ not failure() }}"), true, false),
        (json!("${{ failure() and parameters.on }}"), false, true),
        (json!("${{ always() and parameters.off }}"), false, false),
        (json!("${{ parameters.on or always() }}"), true, true),
    ] {
        let parsed = Condition::parse(&condition).expect("a condition");
        assert_eq!(parsed.holds(&going), Ok(runs), "{condition}");
        assert_eq!(parsed.holds(&failed), Ok(after_failure), "{condition} after a failure");
    }
    assert_eq!(Condition::none().holds(&failed), Ok(false));
    assert!(Condition::parse(&json!("${{ always() }}")).expect("fine").asks_status());
}

#[test]
fn a_step_is_run_over_lists_and_objects() {
    let items = |each: Value| Each::parse(&each).and_then(|each| each.items(&context()));
    let item = |key: &str, value: Value| Item { key: key.to_owned(), value };
    let tags = vec![item("0", json!("rust")), item("1", json!("grpc")), item("2", json!("beta"))];
    assert_eq!(items(json!("${{ parameters.tags }}")), Ok(tags));
    assert_eq!(items(json!(["${{ parameters.count }}"])), Ok(vec![item("0", json!(3))]));
    assert_eq!(items(json!({"a": 1, "b": 2})), Ok(vec![item("a", json!(1)), item("b", json!(2))]));
    assert_eq!(items(json!("${{ parameters.nothing }}")), Ok(vec![]));
    let turn = context().with_each(&item("a", json!({"name": "x"}))).expect("flat");
    let input = Template::parse(&json!("${{ each.key }}:${{ each.value.name }}")).expect("fine");
    assert_eq!(input.evaluate(&turn), Ok(Some(json!("a:x"))));
}

#[test]
fn a_step_adds_its_output_to_those_before_it() {
    let context = context().with_step("next", &json!({"id": 1})).expect("flat");
    let both =
        Template::parse(&json!("${{ steps.publish.output.remoteUrl }} ${{ steps['next'].output.id }}")).expect("fine");
    assert_eq!(both.evaluate(&context), Ok(Some(json!("https://git.example/billing 1"))));
}

#[test]
fn it_is_told_which_secrets_an_expression_reads() {
    use SecretRead::{AllEnvironment, AllGiven, Environment, Given};
    let given = |name: &str| Given(name.to_owned());
    for (text, wanted) in [
        ("${{ parameters.name }}", vec![]),
        ("${{ secrets.TOKEN }}", vec![given("TOKEN")]),
        ("${{ secrets['TOKEN'] }}", vec![given("TOKEN")]),
        ("a ${{ secrets.A | upper }} ${{ {x: [secrets.B.c]} }}", vec![given("A"), given("B")]),
        ("${{ secrets[parameters.name] }}", vec![AllGiven]),
        ("{% set s = secrets %}${{ s.A }}", vec![AllGiven]),
        ("{% for k, v in secrets %}x{% endfor %}", vec![AllGiven]),
        ("{% if parameters.off %}${{ secrets.NEVER }}{% endif %}", vec![given("NEVER")]),
        ("{% macro m(x=secrets.A) %}{% endmacro %}{% call m(secrets.B) %}{% endcall %}", vec![given("A"), given("B")]),
        ("${{ environment.secrets.KEY }}", vec![Environment("KEY".to_owned())]),
        ("${{ environment.parameters.x }}", vec![]),
        ("${{ environment.secrets | dump }}", vec![AllEnvironment]),
        ("${{ environment | dump }}", vec![AllEnvironment]),
    ] {
        let template = Template::parse(&json!({"deep": [text]})).expect("fine");
        assert_eq!(template.secrets(), BTreeSet::from_iter(wanted.clone()), "{text}");
        let text_template = TextTemplate::parse(text, portico_templates::Dialect::Backstage, Default::default());
        assert_eq!(text_template.expect("fine").secrets(), BTreeSet::from_iter(wanted), "{text}");
    }
}

#[test]
fn a_context_shows_its_names_and_no_value() {
    let shown = format!("{:?}", context());
    assert!(shown.contains("secrets") && !shown.contains("s3cr3t"), "{shown}");
}

#[test]
fn repositories_lie_at_hosts_that_are_configured() {
    let context = Context::new()
        .with_hosts([("git.acme.example:8443", Forge::Gitea), ("bb.acme.example", Forge::BitbucketServer)]);
    let parsed = |address: &str| {
        let text = format!("${{{{ '{address}' | parseRepoUrl }}}}");
        Template::parse(&json!(text)).and_then(|template| template.evaluate(&context))
    };
    let wanted = json!({"host": "git.acme.example:8443", "owner": "acme", "repo": "billing"});
    assert_eq!(parsed("git.acme.example:8443?owner=/acme/&repo=billing"), Ok(Some(wanted)));
    let wanted = json!({"host": "bb.acme.example", "repo": "billing", "project": "P"});
    assert_eq!(parsed("bb.acme.example?project=P&repo=billing"), Ok(Some(wanted)));
    assert!(parsed("github.com?owner=acme&repo=billing").is_err(), "hosts are these and no others");
}

#[test]
fn truth_is_the_scaffolders() {
    let truths = [json!(true), json!(1), json!("x"), json!([0]), json!({})];
    let lies = [json!(false), json!(0), json!(""), json!([]), json!(null)];
    assert!(truths.iter().all(is_true) && !lies.iter().any(is_true));
}
