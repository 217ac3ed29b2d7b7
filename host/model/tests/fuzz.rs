//! What people and machines write goes wrong in every way: good texts are changed at random, and bad ones made very long. Nothing may
//! panic, take long, or be answered with a message as long as the text.
//!
//! Rule: every target runs `PORTICO_FUZZ_CASES` cases, a few hundred where that is not set; an hour's worth is some ten million. A
//! failure is shrunk and printed with its text, which then becomes a case of a test beside the others. `properties` holds what is true of
//! made-up values; here it is about texts.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use portico_model::{Asker, EntityRef, Filter, Kinds, LocationRef, Rows, parse_documents, rows};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};

/// The longest that reading may take: a thousand times what it does take where the time grows with the text and no faster.
const LONGEST: Duration = Duration::from_secs(5);

/// The longest text that is made long; more only takes longer.
const LONG: usize = 200_000;

/// Bytes of a message, whatever was read.
const MESSAGE: usize = 5_000;

/// Runs a target.
fn fuzz<T: Debug>(cases: impl Strategy<Value = T>, target: impl Fn(T) -> Result<(), TestCaseError>) {
    let given = std::env::var("PORTICO_FUZZ_CASES").ok();
    let number = given.map_or(300, |given| given.parse().expect("PORTICO_FUZZ_CASES is a number"));
    let config = Config { cases: number, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&cases, target).unwrap_or_else(|failure| panic!("{failure}"));
}

/// One change of a text; places are shares of its length.
#[derive(Clone, Debug)]
enum Edit {
    Insert(u16, String),
    Remove(u16, usize),
    Repeat(u16, usize, usize),
    /// What follows the first place and what follows the second change places.
    Swap(u16, u16),
    Replace(u16, char),
}

fn edit(pieces: &'static [&'static str]) -> impl Strategy<Value = Edit> {
    let piece = prop_oneof![
        4 => prop::sample::select(pieces).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop_oneof![
        4 => (any::<u16>(), piece).prop_map(|(at, piece)| Edit::Insert(at, piece)),
        2 => (any::<u16>(), 1..20_usize).prop_map(|(at, length)| Edit::Remove(at, length)),
        1 => (any::<u16>(), 1..12_usize, 2..90_usize).prop_map(|(at, length, times)| Edit::Repeat(at, length, times)),
        1 => (any::<u16>(), any::<u16>()).prop_map(|(one, other)| Edit::Swap(one, other)),
        2 => (any::<u16>(), any::<char>()).prop_map(|(at, other)| Edit::Replace(at, other)),
    ]
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for edit in edits {
        let place = |share: &u16| usize::from(*share) * text.len() / usize::from(u16::MAX);
        match edit {
            Edit::Insert(at, piece) => {
                let at = place(at);
                text.splice(at..at, piece.chars());
            }
            Edit::Remove(at, length) => {
                let at = place(at);
                text.drain(at..(at + length).min(text.len()));
            }
            Edit::Repeat(at, length, times) => {
                let at = place(at);
                let part: Vec<char> = text[at..].iter().copied().take(*length).collect();
                text.splice(at..at, part.repeat(*times));
            }
            Edit::Swap(one, other) => {
                let (one, other) = (place(one).min(place(other)), place(one).max(place(other)));
                text[one..].rotate_left(other - one);
            }
            Edit::Replace(at, other) => {
                let at = place(at);
                if let Some(found) = text.get_mut(at) {
                    *found = *other;
                }
            }
        }
    }
    text.into_iter().collect()
}

/// A good text with some changes, or pieces over and over.
fn texts(seeds: &'static [&'static str], pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    let changed = (prop::sample::select(seeds), vec(edit(pieces), 0..8)).prop_map(|(seed, edits)| apply(seed, &edits));
    let long = (vec(prop::sample::select(pieces), 1..4), 1..LONG, prop::sample::select(seeds), any::<bool>());
    let long = long.prop_map(|(pieces, length, seed, leads)| {
        let piece = pieces.concat();
        let many = piece.repeat(length / piece.len());
        if leads { seed.to_owned() + &many } else { many + seed }
    });
    prop_oneof![30 => changed, 1 => long]
}

/// Whether something came to an end in time.
fn in_time<T>(act: impl FnOnce() -> T) -> Result<T, TestCaseError> {
    let begun = Instant::now();
    let made = act();
    prop_assert!(begun.elapsed() < LONGEST, "it takes {:?}", begun.elapsed());
    Ok(made)
}

fn short(message: &str) -> Result<(), TestCaseError> {
    prop_assert!(!message.is_empty() && message.len() < MESSAGE, "{} bytes: {message:.2000}", message.len());
    Ok(())
}

/// Rows for filters to look at.
fn some_rows() -> Rows {
    rows(&json!({
        "kind": "Component", "metadata": { "name": "shop", "tags": ["java"], "annotations": { "a.b/c": "3" } },
        "spec": { "type": "service", "owner": "team" }, "relations": [{ "type": "ownedBy", "targetRef": "group:default/team" }],
    }))
}

#[test]
fn any_reference_is_read_or_refused() {
    let seeds =
        &["component:default/shop", "shop", "default/shop", "API:Other/Pets", "group:team", "url:https://a.test/b"];
    let pieces =
        &[":", "/", ":/", "//", " ", "\0", "\u{130}", "ß", "é", "\u{301}", "default", "component:", "%2F", "\t"];
    fuzz(texts(seeds, pieces), |text| {
        for read in in_time(|| [EntityRef::parse(&text), EntityRef::parse_with(&text, Some("API"), "x")])? {
            match read {
                Ok(reference) => prop_assert_eq!(EntityRef::parse(reference.as_str()).expect("itself"), reference),
                Err(error) => short(&error.to_string())?,
            }
        }
        match in_time(|| LocationRef::parse(&text))? {
            Ok(location) => prop_assert_eq!(LocationRef::parse(&location.to_string()).expect("itself"), location),
            Err(error) => short(&error.to_string())?,
        }
        Ok(())
    });
}

#[test]
fn any_typed_filter_is_read_or_refused_at_a_place_in_it() {
    let seeds = &[
        "kind:component -lifecycle:deprecated facts.kubernetes.ready:<2 \"payment api\"",
        "owner:payments facts.ci.passed:false dependsOn.type:database hasMember>3",
        "(kind:api or kind:system) -(tag:java,go or name:pay*) owner:@me",
        "changed:>=2026-11-01 dependsOn.owner:payments label.x/y:* -dependencyOf:*",
    ];
    let pieces = &[
        "(",
        ")",
        "-",
        " or ",
        ":",
        ",",
        "*",
        ">",
        "<=",
        "<",
        ">=",
        "\"",
        "\\",
        ".",
        "@me",
        "kind:",
        "dependsOn.",
        "hasMember>",
        "2026-11-01",
        "1e999",
        "-0",
        "\u{a0}",
        "é",
        "\0",
        "or",
        " ",
        "facts.",
    ];
    let (kinds, rows) = (Kinds::built_in(), some_rows());
    let asker = Asker { me: vec![EntityRef::parse("user:guest").expect("a reference")] };
    fuzz(texts(seeds, pieces), |text| {
        match in_time(|| Filter::from_text(&text, &asker, kinds))? {
            Ok(filter) => drop(in_time(|| filter.matches(&rows))?),
            Err(error) => {
                prop_assert!(error.at <= text.chars().count(), "{} of {}", error.at, text.len());
                short(&error.message)?;
            }
        }
        Ok(())
    });
}

#[test]
fn any_filter_parameter_is_read_or_refused() {
    let seeds =
        &["kind=component,spec.type=service", "metadata.annotations.a.b/c", "kind=api,kind=system,metadata.name"];
    let pieces =
        &["=", ",", "==", ",,", "kind", "metadata.", ".", " ", "%", "\0", "İ", "\u{301}", "relations.ownedBy="];
    let rows = some_rows();
    fuzz(texts(seeds, pieces), |text| {
        let halves = text.split_at(text.char_indices().nth(7).map_or(0, |(at, _)| at));
        match in_time(|| Filter::from_query(&[&text, halves.0, halves.1]))? {
            Ok(filter) => drop(in_time(|| filter.matches(&rows))?),
            Err(error) => short(&error.to_string())?,
        }
        Ok(())
    });
}

#[test]
fn any_predicate_is_read_or_refused() {
    let seeds = &[
        r#"{"kind":"component","spec.type":{"$in":["service","website"]}}"#,
        r#"{"$all":[{"metadata.tags":{"$contains":"java"}},{"$not":{"spec.owner":{"$hasPrefix":"te"}}}]}"#,
        r#"{"$any":[{"metadata.name":{"$exists":true}},{"relations.ownedBy":"group:default/team"}]}"#,
    ];
    let pieces = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"$all\":[",
        "\"$not\":{",
        "\"$any\":[{}]",
        "\"$in\":[1,2]",
        "null",
        "true",
        "-1e9",
        "\"a\":",
        "{\"$not\":",
        "\"$exists\":",
        "[{\"$all\":",
        "\\u0000",
        "\"$contains\":{",
    ];
    let rows = some_rows();
    fuzz(texts(seeds, pieces), |text| {
        let Ok(predicate) = serde_json::from_str::<Value>(&text) else { return Ok(()) };
        match in_time(|| Filter::from_predicate(&predicate))? {
            Ok(filter) => drop(in_time(|| filter.matches(&rows))?),
            Err(error) => short(&error.to_string())?,
        }
        Ok(())
    });
}

// As deep as JSON is read at all.
#[test]
fn a_predicate_of_any_depth_and_size_is_read_or_refused() {
    let shapes = prop::sample::select(vec!["$not", "$all", "$any", "$contains", "$in"]);
    fuzz((vec(shapes, 1..4), 1..120_usize, 1..12_000_usize), |(shapes, depth, width)| {
        let mut predicate = json!({ "kind": { "$in": vec!["component"; width] } });
        for shape in shapes.iter().cycle().take(depth) {
            let inner = if ["$not", "$contains"].contains(shape) { predicate } else { Value::Array(vec![predicate]) };
            predicate = Value::Object([((*shape).to_owned(), inner)].into_iter().collect());
        }
        if let Err(error) = in_time(|| Filter::from_predicate(&predicate))? {
            short(&error.to_string())?;
        }
        Ok(())
    });
}

#[test]
fn any_descriptor_is_read_or_refused_at_a_place_in_it() {
    let seeds = &[
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: shop\n  tags: [java, \"go\"]\nspec:\n  type: service\n",
        "# two\n---\nkind: API\nspec:\n  definition: |\n    openapi: 3\n      deep\n  other: >-\n    folded\n\n    text\n...\n---\na: &x {b: 1}\nc: *x\n",
        "{\"kind\": \"Group\", \"spec\": {\"children\": [\"a\", \"b\"], \"n\": 1.5e3, \"t\": \"\\ud83d\\ude00\"}}",
        "- ? a\n  : b\n- !!str 1\n- 'it''s'\n- \"x\\\n  y\"\n- ~\n- 0x1F\n- 2026-01-02\n",
    ];
    let pieces = &[
        "\n",
        "\n  ",
        ": ",
        "- ",
        "? ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "&a ",
        "*a ",
        "<<: *a\n",
        "!!int ",
        "|\n",
        ">+\n",
        "---\n",
        "...\n",
        "\"",
        "'",
        "#",
        "\t",
        "\r",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\0",
        "%YAML 9.9\n",
        "%TAG ! x\n",
        "\\x",
        "a: ",
        "\n\n\n",
        "é",
        "😀",
    ];
    fuzz(texts(seeds, pieces), |text| {
        let lines = text.split(['\n', '\r']).count() as u32 + 1;
        for document in in_time(|| parse_documents(&text))? {
            match document {
                Ok(document) => {
                    prop_assert!((1..=lines).contains(&document.line()));
                    prop_assert!(document.position("/spec/children/0").column >= 1);
                }
                Err(error) => {
                    prop_assert!((1..=lines).contains(&error.position.line), "{}", error);
                    prop_assert!(error.position.column >= 1);
                    short(&error.message)?;
                }
            }
        }
        Ok(())
    });
}
