//! Queries: what pages, orders, cursors and facets answer, and that the indexes agree with a plain look at every entity.

use crate::support::*;
use portico_catalog::{Catalog, Direction, Order, Page, Position, Query, TextFilter};
use portico_model::{Asker, Comparison, Filter, Kinds, Operand, Rows, reference_of, rows};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn company() -> Catalog {
    let catalog = catalog();
    let mut documents = vec![group("payments"), group("ledger")];
    for number in 0..100 {
        let mut document = component(&format!("svc-{number:03}"), if number % 3 == 0 { "payments" } else { "ledger" });
        document["metadata"]["tags"] = json!([format!("tag{}", number % 5)]);
        if number % 10 == 0 {
            document["metadata"]["title"] = json!(format!("Service {number}"));
        }
        documents.push(document);
    }
    sync(&catalog, "repo", &documents);
    catalog
}

fn page(catalog: &Catalog, from: Option<Position>, backwards: bool) -> Page {
    let filter = Filter::from_query(&["kind=component"]).unwrap();
    let order = by("metadata.name", Direction::Ascending);
    catalog.query(&Query { filter, text: None, order, from, backwards, offset: 0, limit: 30 }).unwrap()
}

#[test]
fn pages_follow_each_other_forwards_and_back() {
    let catalog = company();
    let mut seen = Vec::new();
    let mut from = None;
    loop {
        let page = page(&catalog, from, false);
        assert_eq!(page.total, 100);
        seen.extend(names(&page));
        from = page.last.clone();
        if !page.more {
            break;
        }
    }
    let expected: Vec<String> = (0..100).map(|number| format!("svc-{number:03}")).collect();
    assert_eq!(seen, expected);
    let third = page(&catalog, Some(Position { value: Some("svc-059".to_owned()), id: u32::MAX }), false);
    let second = page(&catalog, third.first.clone(), true);
    assert_eq!(names(&second), expected[30..60]);
    let first = page(&catalog, second.first.clone(), true);
    assert_eq!((names(&first), first.more), (expected[..30].to_vec(), false));
}

/// Every page of a walk, by name, and back again: what each showed.
fn walk(catalog: &Catalog, filters: &[&str], direction: Direction, limit: usize) -> Vec<Vec<Value>> {
    let ask = |from: Option<Position>, backwards| {
        let (filter, order) = (Filter::from_query(filters).unwrap(), by("metadata.name", direction));
        catalog.query(&Query { filter, text: None, order, from, backwards, offset: 0, limit }).unwrap()
    };
    let show = |page: &Page| page.items.iter().map(|json| serde_json::from_slice(json).unwrap()).collect();
    let mut pages = vec![ask(None, false)];
    while let Some(last) = pages.last().filter(|page| page.more) {
        pages.push(ask(last.last.clone(), false));
    }
    let back = pages.last().and_then(|page| page.first.clone());
    pages.push(ask(back, true));
    pages.iter().map(show).collect()
}

#[test]
fn a_kinds_pages_by_name_are_those_of_all_names() {
    let catalog = company();
    let mut more = Vec::new();
    for (number, namespace) in ["a", "a-b", "default", "z"].into_iter().enumerate() {
        for name in ["svc-005", "svc-050", "svc-x", "Svc-Y"] {
            let mut document = component(name, "ledger");
            document["metadata"]["name"] = json!(format!("{name}{}", if namespace == "default" { ".d" } else { "" }));
            document["metadata"]["namespace"] = json!(namespace);
            document["spec"]["type"] = json!(format!("type-{number}"));
            more.push(document);
        }
        more.push(json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "System",
            "metadata": { "name": "svc-005", "namespace": namespace }, "spec": { "owner": "ledger" },
        }));
    }
    sync(&catalog, "more", &more);
    for direction in [Direction::Ascending, Direction::Descending] {
        for limit in [1, 3, 40, 500] {
            // The same entities, where it cannot be told that they are of one kind.
            let all = ["kind=component", "kind=component,metadata.name=svc-005"];
            let known = walk(&catalog, &all[..1], direction, limit);
            assert_eq!(known, walk(&catalog, &all, direction, limit), "{direction:?}, {limit}");
            assert_eq!(known[..known.len() - 1].concat().len(), 116);
        }
    }
}

#[test]
fn entities_without_the_sorted_field_are_left_out_or_come_last_as_asked() {
    let catalog = company();
    let sorted = |keep_valueless, direction| {
        let order = Order::Field { field: "metadata.title".to_owned(), direction, keep_valueless };
        query(&catalog, &["kind=component"], order, 12)
    };
    let left_out = sorted(false, Direction::Ascending);
    assert_eq!((left_out.total, names(&left_out).len()), (10, 10));
    let last = sorted(true, Direction::Descending);
    assert_eq!(
        (last.total, &names(&last)[..2], &names(&last)[10]),
        (100, &["svc-090".to_owned(), "svc-080".to_owned()][..], &"svc-001".to_owned())
    );
}

#[test]
fn facets_count_values_as_written_among_what_matches() {
    let catalog = company();
    let filter = Filter::from_query(&["spec.owner=payments"]).unwrap();
    let facets =
        catalog.facets(&["kind".to_owned(), "metadata.tags".to_owned(), "nothing".to_owned()], &filter, None).unwrap();
    let pairs =
        |facet: usize| facets[facet].iter().map(|count| (count.value.as_str(), count.count)).collect::<Vec<_>>();
    assert_eq!(pairs(0), [("Component", 34)]);
    assert_eq!(pairs(1), [("tag0", 7), ("tag1", 7), ("tag2", 6), ("tag3", 7), ("tag4", 7)]);
    assert_eq!(pairs(2), []);
}

#[test]
fn text_is_found_anywhere_in_the_named_fields_whatever_the_case() {
    let catalog = company();
    let text = TextFilter { term: " SERVICE 9".to_owned(), fields: vec!["metadata.title".to_owned()] };
    let query = Query {
        filter: Filter::everything(),
        text: Some(text),
        order: Order::Age,
        from: None,
        backwards: false,
        offset: 0,
        limit: 10,
    };
    assert_eq!(names(&catalog.query(&query).unwrap()), ["svc-090"]);
}

#[test]
fn what_a_person_types_joins_relations_numbers_and_words() {
    let catalog = company();
    let typed = |text: &str| {
        let filter = Filter::from_text(text, &Asker::default(), Kinds::built_in()).unwrap();
        let order = by("metadata.name", Direction::Ascending);
        let query = Query { filter, text: None, order, from: None, backwards: false, offset: 0, limit: 3 };
        let page = catalog.query(&query).unwrap();
        (page.total, names(&page))
    };
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(typed("owner:payments tag:tag0"), (7, owned(&["svc-000", "svc-015", "svc-030"])));
    assert_eq!(typed("owner.name:pay* -tag:tag0,tag1,tag2,tag3"), (7, owned(&["svc-009", "svc-024", "svc-039"])));
    assert_eq!(typed("kind:group ownerOf>50"), (1, owned(&["ledger"])));
    assert_eq!(typed("kind:group ownerOf:<=34 or svc-09"), (11, owned(&["payments", "svc-090", "svc-091"])));
    assert_eq!(typed("ownerOf.tag:tag4"), (2, owned(&["ledger", "payments"])));
    assert_eq!(typed("title:* service 9"), (1, owned(&["svc-090"])));
}

/// Values that entities and filters share, so that they meet often; cases differ on purpose.
fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "A", "b", "ab", "Ab", "c", "1", "10"]).prop_map(str::to_owned)
}

fn document(number: usize) -> impl Strategy<Value = Value> {
    (word(), word(), prop::collection::vec(word().prop_map(|w| w.to_lowercase()), 0..3), prop::option::of(word()))
        .prop_map(move |(lifecycle, owner, tags, title)| {
            let mut document = component(&format!("e{number}"), &owner);
            document["spec"]["lifecycle"] = json!(lifecycle);
            document["metadata"]["tags"] = json!(tags);
            if let Some(title) = title {
                document["metadata"]["title"] = json!(title);
            }
            document
        })
}

fn filter() -> impl Strategy<Value = Filter> {
    let key = prop::sample::select(vec![
        "spec.lifecycle",
        "spec.owner",
        "metadata.tags",
        "metadata.title",
        "metadata.tags.a",
        "none",
    ]);
    let leaf = (key, word(), 0..9).prop_map(|(key, value, form)| {
        let (key, value) = (key.to_owned(), value.to_lowercase());
        match form {
            0 => Filter::Exists(key),
            1 => Filter::Equals(key, value),
            2 => Filter::In(key, vec![value, "b".to_owned()]),
            3 => Filter::Words(vec![value]),
            4 => Filter::Count("ownedby".to_owned(), Comparison::AtLeast, value.len() as u64 % 3),
            5 => Filter::Count("ownerof".to_owned(), Comparison::Less, value.len() as u64 % 3),
            6 => Filter::Along("ownedby".to_owned(), Box::new(Filter::HasPrefix(key, value))),
            7 => Filter::Compare(key, Comparison::Greater, Operand::Number(value.len() as f64)),
            _ => Filter::HasPrefix(key, value),
        }
    });
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::Any),
            inner.prop_map(|part| Filter::Not(Box::new(part))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Two syncs, the second at random different from the first: the indexes must answer like a look at each entity.
    #[test]
    fn the_indexes_agree_with_every_entity_after_any_two_syncs(
        first in (0..12_usize).prop_flat_map(|count| (0..count).map(document).collect::<Vec<_>>()),
        second in (0..12_usize).prop_flat_map(|count| (0..count).map(document).collect::<Vec<_>>()),
        filters in prop::collection::vec(filter(), 8),
        field in prop::sample::select(vec!["metadata.title", "spec.owner", "metadata.name"]),
    ) {
        let catalog = catalog();
        sync(&catalog, "repo", &first);
        sync(&catalog, "repo", &second);
        sync(&catalog, "teams", &[group("a"), group("ab")]);
        let all = query(&catalog, &[], Order::Age, 100);
        let entities: Vec<Value> = all.items.iter().map(|json| serde_json::from_slice(json).unwrap()).collect();
        prop_assert_eq!(entities.len(), second.len() + 2);
        let others: BTreeMap<String, Rows> =
            entities.iter().map(|entity| (reference_of(entity).unwrap().to_string(), rows(entity))).collect();
        for filter in filters {
            let expected: Vec<&Value> = entities.iter().filter(|entity| filter.matches_among(&rows(entity), &|name| others.get(name).cloned())).collect();
            let query = Query {
                filter: filter.clone(), text: None, order: by(field, Direction::Descending), from: None, backwards: false, offset: 0, limit: 100,
            };
            let found = catalog.query(&Query { order: Order::Age, ..query.clone() }).unwrap();
            prop_assert_eq!(found.total, expected.len() as u64, "{:?}", filter);
            // Where only some are there, a relation leads to none of the others.
            let scope = Filter::Equals("kind".to_owned(), "component".to_owned());
            let there = |name: &str| others.get(name).filter(|rows| scope.matches(rows)).cloned();
            let components = entities.iter().map(rows).filter(|rows| scope.matches(rows) && filter.matches_among(rows, &there));
            let found = catalog.query(&Query { filter: filter.clone().among(&scope), order: Order::Age, ..query.clone() }).unwrap();
            prop_assert_eq!(found.total, components.count() as u64, "{:?} among components", filter);
            let sorted = catalog.query(&query).unwrap();
            let path = format!("/{}", field.replace('.', "/"));
            let mut values: Vec<String> = expected.iter().filter_map(|e| e.pointer(&path)).map(|v| v.as_str().unwrap().to_lowercase()).collect();
            values.sort_by(|a, b| b.cmp(a));
            let seen: Vec<String> = sorted.items.iter().map(|json| {
                let entity: Value = serde_json::from_slice(json).unwrap();
                entity.pointer(&path).unwrap().as_str().unwrap().to_lowercase()
            }).collect();
            prop_assert_eq!(seen, values);
        }
    }
}

/// Components with a number and some tags each, as many as make the index worth a walk if `many`.
fn measured(numbers: &[&str], many: bool) -> Catalog {
    let catalog = catalog();
    let copies = if many { 100 / numbers.len() + 1 } else { 1 };
    let documents: Vec<Value> = (0..copies)
        .flat_map(|copy| numbers.iter().enumerate().map(move |(place, number)| (copy, place, *number)))
        .map(|(copy, place, number)| {
            let mut document = component(&format!("svc-{copy:02}-{place:02}"), "team");
            document["spec"]["size"] = serde_json::from_str(number).unwrap();
            document["metadata"]["tags"] = json!([format!("t{place}"), format!("t{}", (place + 3) % numbers.len())]);
            document
        })
        .collect();
    sync(&catalog, "repo", &documents);
    catalog
}

/// The values of all pages of three, forwards and then backwards from the last.
fn values(catalog: &Catalog, field: &str, direction: Direction) -> Vec<Vec<Value>> {
    let filter = Filter::everything();
    let order = Order::Field { field: field.to_owned(), direction, keep_valueless: false };
    let ask = |from: Option<Position>, backwards| {
        let query =
            Query { filter: filter.clone(), text: None, order: order.clone(), from, backwards, offset: 0, limit: 3 };
        catalog.query(&query).unwrap()
    };
    let show = |page: &Page| -> Vec<Value> {
        page.items.iter().map(|json| serde_json::from_slice::<Value>(json).unwrap()).collect()
    };
    let mut pages = vec![ask(None, false)];
    while let Some(last) = pages.last().filter(|page| page.more) {
        pages.push(ask(last.last.clone(), false));
    }
    let forwards: Vec<Value> = pages.iter().flat_map(show).collect();
    let mut backwards = pages.last().map(show).unwrap_or_default();
    let mut place = pages.last().and_then(|page| page.first.clone());
    loop {
        let page = ask(place, true);
        backwards.splice(0..0, show(&page));
        place = page.first.clone();
        if !page.more {
            break;
        }
    }
    vec![forwards, backwards]
}

#[test]
fn a_field_of_numbers_is_sorted_by_number_and_any_other_as_text() {
    for many in [false, true] {
        let numbers = measured(&["9", "10", "-3", "2.5", "1e3", "-20"], many);
        let texts = measured(&["9", "10", "\"-3\"", "\"b\"", "\"a\"", "-20"], many);
        for (catalog, expected) in [
            (&numbers, vec!["-20", "-3", "2.5", "9", "10", "1000.0"]),
            (&texts, vec!["-20", "\"-3\"", "10", "9", "\"a\"", "\"b\""]),
        ] {
            for direction in [Direction::Ascending, Direction::Descending] {
                let mut expected: Vec<String> = expected.iter().map(|value| (*value).to_owned()).collect();
                if direction == Direction::Descending {
                    expected.reverse();
                }
                for sorted in values(catalog, "spec.size", direction) {
                    let mut found: Vec<String> =
                        sorted.iter().map(|entity| entity["spec"]["size"].to_string()).collect();
                    let count = found.len();
                    found.dedup();
                    assert_eq!(found, expected, "{direction:?}, many: {many}");
                    assert_eq!(count % 6, 0, "each is there once");
                }
            }
        }
    }
}

#[test]
fn an_entity_with_several_values_stands_at_the_first_of_them_and_nowhere_else() {
    for many in [false, true] {
        let catalog = measured(&["1", "2", "3", "4", "5", "6", "7"], many);
        for direction in [Direction::Ascending, Direction::Descending] {
            for sorted in values(&catalog, "metadata.tags", direction) {
                let first = |entity: &Value| {
                    let tags = entity["metadata"]["tags"].as_array().unwrap().iter();
                    let tags = tags.map(|tag| tag.as_str().unwrap().to_owned());
                    if direction == Direction::Ascending { tags.min() } else { tags.max() }
                };
                let found: Vec<Option<String>> = sorted.iter().map(first).collect();
                let is_sorted = match direction {
                    Direction::Ascending => found.is_sorted(),
                    Direction::Descending => found.is_sorted_by(|a, b| a >= b),
                };
                assert!(is_sorted, "{direction:?}, many: {many}: {found:?}");
                let names: BTreeSet<String> =
                    sorted.iter().map(|entity| entity["metadata"]["name"].to_string()).collect();
                assert_eq!((names.len(), found.len()), (if many { 105 } else { 7 }, if many { 105 } else { 7 }));
            }
        }
    }
}
