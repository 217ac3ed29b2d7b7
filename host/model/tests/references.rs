//! References and locations as values: parts, order, text form, sentences.

use portico_model::{EntityRef, LocationRef, is_script_url};

#[test]
fn a_reference_has_three_parts_in_lower_case() {
    let reference = EntityRef::parse("Component:Shop/Check:Out/v2").expect("a reference");
    assert_eq!((reference.kind(), reference.namespace(), reference.name()), ("component", "shop", "check:out/v2"));
    assert_eq!(reference.to_string(), "component:shop/check:out/v2");
    assert_eq!(reference, EntityRef::new("COMPONENT", "SHOP", "CHECK:OUT/V2").expect("a reference"));
    assert_eq!("user:ann".parse::<EntityRef>().expect("a reference").as_str(), "user:default/ann");
}

#[test]
fn each_part_is_lower_cased_by_itself() {
    // The last sigma of a word has a form of its own, and a part is a word.
    assert_eq!(EntityRef::new("AΣ", "default", "ΑΣ").expect("a reference").as_str(), "aς:default/ας");
}

#[test]
fn references_sort_and_travel_as_their_text() {
    let mut references: Vec<EntityRef> =
        serde_json::from_str(r#"["user:b", "Group:A/x", "user:default/a"]"#).expect("references");
    references.sort();
    let text = serde_json::to_string(&references).expect("text");
    assert_eq!(text, r#"["group:a/x","user:default/a","user:default/b"]"#);
    assert!(serde_json::from_str::<EntityRef>(r#""b""#).is_err());
    let owned = serde_json::from_value::<EntityRef>("user:\"x\"".into()).expect("a reference");
    assert_eq!(owned.name(), "\"x\"");
}

#[test]
fn what_names_no_entity_is_told_why() {
    let cases = [
        (EntityRef::parse(""), "the reference is empty; write it as `kind:namespace/name`"),
        (EntityRef::parse("x"), "`x` does not say of which kind the entity is"),
        (
            EntityRef::parse("a:/x"),
            "`a:/x` is no entity reference: there is nothing before `:`, before `/` or at the end",
        ),
        (EntityRef::new("a:b", "c", "d"), "`a:b` cannot be the kind of a reference: it holds `:`"),
        (EntityRef::new("a", "b/c", "d"), "`b/c` cannot be the namespace of a reference: it holds `/`"),
        (EntityRef::new("", "b", "c"), "`:b/c` is no entity reference"),
    ];
    for (found, expected) in cases {
        let sentence = found.expect_err(expected).to_string();
        assert!(sentence.starts_with(expected), "{sentence}");
    }
}

#[test]
fn a_location_names_the_entity_that_stands_for_it() {
    let location = LocationRef::parse("url:https://github.com/acme/payments/blob/main/catalog-info.yaml").expect("one");
    assert_eq!(location.to_string(), "url:https://github.com/acme/payments/blob/main/catalog-info.yaml");
    assert_eq!(location.entity_name(), "generated-e0c4b7c063a78cea3111c0a67d121a6cc3b3d891");
}

#[test]
fn what_is_no_location_is_told_why() {
    let cases = [
        ("hello", "`hello` is no location; write it as `type:target`"),
        (" : x", "` : x` is no location"),
        (
            " https://acme.com",
            "`https://acme.com` is a web address, not a location; write `url:` in front of it: `url:https",
        ),
        ("url: javascript:x", "`url: javascript:x` is a script and cannot be a location"),
    ];
    for (text, expected) in cases {
        let sentence = LocationRef::parse(text).expect_err(text).to_string();
        assert!(sentence.starts_with(expected), "{sentence}");
    }
}

#[test]
fn what_is_registered_is_a_web_address_without_a_password() {
    let good = "https://github.com/acme/x/blob/main/catalog-info.yaml";
    let location = LocationRef::web(&format!(" {good} ")).expect("an address");
    assert_eq!((location.kind.as_str(), location.target.as_str()), ("url", good));
    assert_eq!(location.entity_ref().as_str(), format!("location:default/{}", location.entity_name()));
    let at_the_edge = format!("https://x.test/{}", "a".repeat(485));
    assert!(LocationRef::web(&at_the_edge).is_ok());
    let cases = [
        ("x.yaml", "`x.yaml` is no address to register: relative URL without a base"),
        ("ftp://x.test/y", "`ftp://x.test/y` is no address to register: `ftp` is not supported"),
        ("https://me:secret@x.test/y", "`https://…` is no address to register: it holds a user name"),
        ("https://x.test/a b", "`https://x.test/a b` is no address to register: it holds spaces"),
        (&format!("{at_the_edge}a"), "`https://x.test/aaa"),
        ("java\nscript:x", "`java\nscript:x` is a script"),
    ];
    for (text, expected) in cases {
        let sentence = LocationRef::web(text).expect_err(text).to_string();
        assert!(sentence.starts_with(expected), "{sentence}");
    }
}

#[test]
fn a_file_is_named_by_its_absolute_path_or_a_pattern() {
    for good in ["/srv/catalog/all.yaml", "/srv/*/catalog-info.yaml", "/srv/a b/[x].yaml"] {
        let location = LocationRef::file(good).expect(good);
        assert_eq!((location.kind.as_str(), location.target.as_str()), ("file", good));
    }
    let long = format!("/{}", "a".repeat(500));
    let cases = [
        ("all.yaml", "`all.yaml` is no path of a file: it does not begin with `/`; write one such as"),
        ("/srv/../etc/passwd", "`/srv/../etc/passwd` is no path of a file: it holds `.`, `..`"),
        (
            "/srv/catalog/",
            "`/srv/catalog/` is no path of a file: it holds `.`, `..` or an empty name, or names a folder",
        ),
        ("file:///srv/all.yaml", "`file:///srv/all.yaml` is no path of a file: it is an address"),
        ("/srv/a\nb", "`/srv/a\nb` is no path of a file: it holds control characters"),
        (&long, "`/aaa"),
    ];
    for (text, expected) in cases {
        let sentence = LocationRef::file(text).expect_err(text).to_string();
        assert!(sentence.starts_with(expected), "{sentence}");
    }
}

#[test]
fn an_error_repeats_no_more_of_a_text_than_a_sentence_bears() {
    let long = ":".repeat(100_000);
    for error in [
        EntityRef::parse(&long).expect_err("no kind").to_string(),
        EntityRef::parse(&"x".repeat(100_000)).expect_err("no kind").to_string(),
        LocationRef::parse(&long).expect_err("no type").to_string(),
        LocationRef::parse(&format!("https:{long}")).expect_err("no type").to_string(),
    ] {
        assert!(error.len() < 1_500, "{} bytes", error.len());
    }
}

#[test]
fn scripts_are_known_in_every_disguise() {
    let cases = [
        ("javascript:alert(1)", true),
        ("  \u{1}\u{1f}JAVAscript:x", true),
        ("java\n\tscri\rpt\n:x", true),
        ("javascript", false),
        ("java script:x", false),
        ("xjavascript:x", false),
        ("https://acme.com/#javascript:", false),
    ];
    for (url, expected) in cases {
        assert_eq!(is_script_url(url), expected, "{url:?}");
    }
}
