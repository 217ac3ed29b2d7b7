//! Queries as people type them: what each comes to, and the sentence and the place where one cannot be read.

use portico_model::{Asker, Comparison, EntityRef, Filter, Kinds, Operand};

fn read(text: &str) -> Filter {
    Filter::from_text(text, &Asker::default(), Kinds::built_in()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn equals(key: &str, value: &str) -> Filter {
    Filter::Equals(key.to_owned(), value.to_owned())
}

fn relation(relation: &str, targets: &[&str]) -> Filter {
    let targets = targets.iter().map(|target| (*target).to_owned()).collect();
    Filter::Relation { relation: relation.to_owned(), targets: Some(targets) }
}

fn words(text: &str) -> Filter {
    Filter::Words(vec![text.to_owned()])
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

#[test]
fn a_condition_means_what_its_name_says() {
    let number = |number| Operand::Number(number);
    let compare = |key: &str, how, operand| Filter::Compare(key.to_owned(), how, operand);
    let along = |relation: &str, filter| Filter::Along(relation.to_owned(), Box::new(filter));
    let date = Operand::parse("2026-11-01").expect("a date");
    for (text, expected) in [
        ("", Filter::everything()),
        ("  ", Filter::everything()),
        ("kind:component", equals("kind", "component")),
        ("Type:Service", equals("spec.type", "service")),
        ("tag=java", equals("metadata.tags", "java")),
        ("name:pay*", Filter::HasPrefix("metadata.name".into(), "pay".into())),
        ("title:*", Filter::Exists("metadata.title".into())),
        ("title:\"*\"", equals("metadata.title", "*")),
        ("title:\"a \\\"b\\\" c\"", equals("metadata.title", "a \"b\" c")),
        ("type:service,library", Filter::Any(vec![equals("spec.type", "service"), equals("spec.type", "library")])),
        ("label.tier:one", equals("metadata.labels.tier", "one")),
        ("annotation.backstage.io/orphan:true", equals("metadata.annotations.backstage.io/orphan", "true")),
        ("spec.profile.email:a@b.test", equals("spec.profile.email", "a@b.test")),
        ("facts.kubernetes.ready:<2", compare("facts.kubernetes.ready", Comparison::Less, number(2.0))),
        ("facts.kubernetes.ready>=-1.5", compare("facts.kubernetes.ready", Comparison::AtLeast, number(-1.5))),
        ("facts.git.last:<=2026-11-01", compare("facts.git.last", Comparison::AtMost, date)),
        ("owner:payments", relation("ownedby", &["group:default/payments"])),
        ("owner:user:ana,ops/core", relation("ownedby", &["user:default/ana", "group:ops/core"])),
        ("system:shop", relation("partof", &["system:default/shop"])),
        ("dependsOn:resource:db", relation("dependson", &["resource:default/db"])),
        ("providesApi:ledger", relation("providesapi", &["api:default/ledger"])),
        ("dependsOn:*", Filter::Relation { relation: "dependson".into(), targets: None }),
        ("hasMember>3", Filter::Count("hasmember".into(), Comparison::Greater, 3)),
        ("hasMember:<=0", Filter::Count("hasmember".into(), Comparison::AtMost, 0)),
        ("dependsOn.owner:payments", along("dependson", relation("ownedby", &["group:default/payments"]))),
        ("dependsOn.type:database", along("dependson", equals("spec.type", "database"))),
        (
            "owner.parentOf.hasMember>2",
            along("ownedby", along("parentof", Filter::Count("hasmember".into(), Comparison::Greater, 2))),
        ),
        ("-kind:api", not(equals("kind", "api"))),
        ("--kind:api", not(not(equals("kind", "api")))),
        ("Ledger", words("ledger")),
        ("\"Payment api\"", words("payment api")),
        ("\"owner:x\"", words("owner:x")),
        ("a-b", words("a-b")),
        ("order", words("order")),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn conditions_stand_side_by_side_and_are_grouped() {
    let (a, b, c) = (words("a"), words("b"), words("c"));
    for (text, expected) in [
        ("a b", Filter::All(vec![a.clone(), b.clone()])),
        ("a or b", Filter::Any(vec![a.clone(), b.clone()])),
        ("a b or c", Filter::Any(vec![Filter::All(vec![a.clone(), b.clone()]), c.clone()])),
        ("a (b OR c)", Filter::All(vec![a.clone(), Filter::Any(vec![b.clone(), c.clone()])])),
        ("-(a b)c", Filter::All(vec![not(Filter::All(vec![a.clone(), b.clone()])), c.clone()])),
        ("((a))", a.clone()),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn me_stands_for_the_asker_and_their_groups() {
    let me = ["user:default/ana", "group:default/payments"].map(|text| EntityRef::parse(text).expect(text));
    let asker = Asker { me: me.to_vec() };
    let filter = Filter::from_text("owner:@me", &asker, Kinds::built_in()).expect("a query");
    assert_eq!(filter, relation("ownedby", &["user:default/ana", "group:default/payments"]));
}

#[test]
fn what_cannot_be_read_is_said_at_its_character() {
    let long = "a".repeat(4_097);
    let many = "a ".repeat(201);
    let deep = format!("{}a{}", "(".repeat(40), ")".repeat(40));
    for (text, at, expected) in [
        ("kind:component ownr:x", 15, "`ownr` is not known here; did you mean `owner`?"),
        ("xyzzy:1", 0, "`xyzzy` is not known here; write a short name such as `owner` or `tag`"),
        ("é owner:@me", 8, "nobody is signed in"),
        ("a owner:", 8, "there is no value after `owner`"),
        ("facts.x.y:<abc", 11, "`abc` is no number and no date"),
        ("facts.x.y:<1,2", 13, "only one value can be compared with"),
        ("hasMember>many", 10, "`many` is no number of relations"),
        ("dependsOn:db", 10, "`db` "),
        ("a (b", 2, "this `(` is not closed"),
        ("a ) b", 2, "this `)` closes nothing"),
        ("a \"b", 2, "this quotation mark is not closed"),
        ("or a", 2, "there is nothing before this `or`"),
        ("a or", 4, "there is nothing after `or`"),
        ("- a", 1, "there is nothing after `-`"),
        (":x", 0, "there is no name in front of this"),
        (&long, 0, "the query has 4097 bytes"),
        (&many, 400, "the query has more than 200 conditions"),
        (&deep, 33, "the query is nested more than 32 deep"),
    ] {
        let error = Filter::from_text(text, &Asker::default(), Kinds::built_in()).expect_err(text);
        assert!(error.message.starts_with(expected), "{text}: {}", error.message);
        assert_eq!(error.at, at, "{text}: {}", error.message);
        assert!(error.to_string().starts_with(&format!("at character {}: ", at + 1)), "{error}");
    }
}

#[test]
fn only_numbers_compare_with_numbers_and_times_with_times() {
    let compare = |operand: &str, value: &str| Operand::parse(operand).expect(operand).compare(value);
    assert_eq!(compare("2", "10"), Some(std::cmp::Ordering::Greater));
    assert_eq!(compare("2", "2.0"), Some(std::cmp::Ordering::Equal));
    for (operand, value) in
        [("2", "two"), ("2", "nan"), ("2", "2026-11-01"), ("2026-11-01", "2"), ("2026-11-01", "soon")]
    {
        assert_eq!(compare(operand, value), None, "{value} beside {operand}");
    }
    assert_eq!(compare("2026-11-01", "2026-11-01T02:00:00+02:00"), Some(std::cmp::Ordering::Equal));
    assert_eq!(compare("2026-11-01T12:00:00Z", "2026-11-01"), Some(std::cmp::Ordering::Less));
    for none in ["inf", "NaN", "", "1e999", "soon", "2026-13-01"] {
        assert_eq!(Operand::parse(none), None, "{none}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused_at_one_of_its_characters(text in "[a-zA-Z:<>=,()\"\\\\*@.\\- é]{0,40}") {
        if let Err(error) = Filter::from_text(&text, &Asker::default(), Kinds::built_in()) {
            proptest::prop_assert!(error.at <= text.chars().count());
        }
    }
}
