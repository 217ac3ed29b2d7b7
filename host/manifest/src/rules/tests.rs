//! Rules as people write them, and what comes in by them.

use super::*;
use crate::yaml::parse;

fn location(text: &str) -> LocationRef {
    LocationRef::parse(text).expect(text)
}

/// Rules under `catalog.rules`, and rules that locations write for themselves.
fn rules(general: &str, own: Own<'_>) -> Option<Rules> {
    let general: Option<Vec<CatalogRule>> = match general {
        "" => None,
        text => Some(parse(text, "portico.yaml").expect(text)),
    };
    let based = general.map(|rules: Vec<CatalogRule>| {
        let base = Path::new("/etc/portico");
        let place = |rule: CatalogRule| CatalogRule {
            locations: rule.locations.map(|all| all.into_iter().map(|one| one.from_folder(base)).collect()),
            ..rule
        };
        rules.into_iter().map(place).collect()
    });
    let own =
        own.iter().map(|(address, text)| (location(address), parse(text, "portico.yaml").expect("rules"))).collect();
    Rules::new(based, own)
}

/// What locations write for themselves: a location, and its rules.
type Own<'a> = &'a [(&'a str, &'a str)];

const ORG: &str = "url:https://github.com/acme/org/blob/main/org.yaml";
const SHOP: &str = "url:https://github.com/acme/shop/blob/main/catalog-info.yaml";

#[test]
fn a_kind_comes_in_where_some_rule_allows_it() {
    let by_pattern =
        "[{ allow: [Group], locations: [{ type: url, pattern: 'https://github.com/acme/*/blob/main/org.yaml' }] }]";
    let cases: &[(&str, Own<'_>, &str, &str, bool)] = &[
        ("[{ allow: [Component, API] }]", &[], "Component", SHOP, true),
        ("[{ allow: [Component, API] }]", &[], "cOMPONENT", SHOP, true),
        ("[{ allow: [component] }]", &[], "Component", SHOP, true),
        ("[{ allow: [Component, API] }]", &[], "Group", SHOP, false),
        ("[{ allow: [Component] }, { allow: [Group] }]", &[], "Group", SHOP, true),
        ("[]", &[], "Component", SHOP, false),
        ("[{ allow: [] }]", &[], "Component", SHOP, false),
        (by_pattern, &[], "Group", ORG, true),
        (by_pattern, &[], "Group", "url:https://GitHub.com/Acme/org/blob/main/org.yaml", true),
        (by_pattern, &[], "Group", "url:https://github.com/acme/a/b/blob/main/org.yaml", false),
        (by_pattern, &[], "Group", "file:/acme/org/blob/main/org.yaml", false),
        (by_pattern, &[], "Group", SHOP, false),
        ("[{ allow: [Group], locations: [{ type: url }] }]", &[], "Group", SHOP, true),
        ("[{ allow: [Group], locations: [{ type: url }] }]", &[], "Group", "file:/srv/org.yaml", false),
        ("[{ allow: [Group], locations: [] }]", &[], "Group", SHOP, false),
        (
            "[{ allow: [Group], locations: [{ type: file, exact: org.yaml }] }]",
            &[],
            "Group",
            "file:/etc/portico/org.yaml",
            true,
        ),
        (
            "[{ allow: [Group], locations: [{ type: file, target: org.yaml }] }]",
            &[],
            "Group",
            "file:/etc/org.yaml",
            false,
        ),
        (
            "[{ allow: [Group], locations: [{ type: file, pattern: '../org/**' }] }]",
            &[],
            "Group",
            "file:/etc/org/a/b.yaml",
            true,
        ),
        ("[{ allow: [Component] }]", &[(ORG, "[{ allow: [Group] }]")], "Group", ORG, true),
        ("[{ allow: [Component] }]", &[(ORG, "[{ allow: [Group] }]")], "Component", ORG, true),
        ("[{ allow: [Component] }]", &[(ORG, "[{ allow: [Group] }]")], "Group", SHOP, false),
        ("", &[(ORG, "[{ allow: [Group] }]")], "Group", ORG, true),
        ("", &[(ORG, "[{ allow: [Group] }]")], "User", ORG, false),
        ("", &[(ORG, "[{ allow: [Group] }]")], "User", SHOP, true),
    ];
    for (general, own, kind, origin, comes_in) in cases {
        let rules = rules(general, own).expect("rules");
        assert_eq!(
            rules.check(kind, &location(origin)).is_ok(),
            *comes_in,
            "{kind} from {origin} by {general} {own:?}"
        );
    }
}

#[test]
fn without_rules_there_is_nothing_to_ask() {
    assert!(rules("", &[]).is_none());
    assert!(rules("", &[(ORG, "[]")]).is_none());
}

#[test]
fn what_stays_out_is_told_with_the_rule_to_add_which_lets_it_in() {
    let general = "[{ allow: [Component, API] }]";
    let refused = rules(general, &[]).expect("rules").check("Group", &location(ORG)).expect_err("refused");
    assert_eq!(
        refused,
        "the kind Group is not taken from the location url:https://github.com/acme/org/blob/main/org.yaml: Component, API are \
         allowed there. To take it, add `{ allow: [Group], locations: [{ type: url, exact: \
         \"https://github.com/acme/org/blob/main/org.yaml\" }] }` to `catalog.rules` in portico.yaml"
    );
    let rule = refused.split('`').nth(1).expect("a rule");
    let mended = format!("[{{ allow: [Component, API] }}, {rule}]");
    assert!(rules(&mended, &[]).expect("rules").check("Group", &location(ORG)).is_ok());
    let own = rules("", &[(ORG, "[{ allow: [Group] }]")]).expect("rules");
    let refused = own.check("User", &location(ORG)).expect_err("refused");
    assert!(
        refused.ends_with(
            "Group alone is allowed there. To take it, add `User` to `allow` under the `rules` of that location in portico.yaml"
        ),
        "{refused}"
    );
}

#[test]
fn a_mistake_in_a_rule_is_named_with_its_place() {
    for (text, expected) in [
        ("- allow: Component", "[0].allow`: found the string"),
        ("- allow: [Com ponent]", "`Com ponent` is no kind; write one such as `Component`."),
        ("- deny: [Group]", "the key `deny` is not known here. Known keys: `allow`, `locations`."),
        ("- allow: [Group]\n  locations:\n    - { type: git }", "`git` is not allowed here. Allowed: `url`, `file`."),
        ("- allow: [Group]\n  locations:\n    - { exact: a }", "the key `type` is missing."),
        ("- allow: [Group]\n  locations:\n    - { type: url, exact: a, pattern: b }", "exclude each other; keep one."),
        ("- allow: [Group]\n  locations:\n    - { type: url, pattern: 'a[' }", "`a[` is no pattern: "),
    ] {
        let error = parse::<Vec<CatalogRule>>(text, "portico.yaml").expect_err(text).to_string();
        assert!(error.contains(expected) && error.contains("line "), "{text}: {error}");
    }
}

#[test]
fn other_rules_are_spelt_otherwise() {
    let spelling = |general: &str, own: Own<'_>| rules(general, own).expect("rules").spelling();
    let plain = spelling("[{ allow: [Group] }]", &[]);
    assert_eq!(plain, spelling("- allow: [group]", &[]));
    for other in [
        spelling("[{ allow: [Group, User] }]", &[]),
        spelling("[{ allow: [Group], locations: [{ type: url }] }]", &[]),
        spelling("[{ allow: [Group], locations: [{ type: url, exact: a }] }]", &[]),
        spelling("[{ allow: [Group], locations: [{ type: url, pattern: a }] }]", &[]),
        spelling("", &[(ORG, "[{ allow: [Group] }]")]),
        spelling("[{ allow: [Group] }]", &[(ORG, "[{ allow: [Group] }]")]),
    ] {
        assert_ne!(plain, other);
    }
}
