//! Files as people keep them, and what is read of them.

use std::cell::Cell;

use portico_sdk::model::{Entity, Kinds};

use super::*;
use crate::testing::{Files, Heard, Shelf};

impl Heard {
    fn references(&self) -> Vec<String> {
        let document = |put: &Put| serde_json::from_str::<Value>(&put.document).expect("JSON");
        self.puts
            .iter()
            .map(|put| Entity::judge(document(put), Kinds::built_in()).expect("valid").reference().to_string())
            .collect()
    }

    fn document(&self, name: &str) -> Value {
        let documents = self.puts.iter().map(|put| serde_json::from_str::<Value>(&put.document).expect("JSON"));
        documents.into_iter().find(|document| document["metadata"]["name"] == name).expect(name)
    }

    fn annotation(&self, name: &str, annotation: &str) -> String {
        self.document(name)["metadata"]["annotations"][annotation].as_str().unwrap_or("none").to_owned()
    }

    /// Each problem as `file:line:column path entity`.
    fn places(&self) -> Vec<String> {
        let place = |problem: &Problem| {
            let position = problem.position.map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
            let entity = problem.entity.as_ref().map_or("-", EntityRef::as_str);
            format!("{}{position} {} {entity}", problem.file, problem.path)
        };
        self.problems.iter().map(place).collect()
    }

    fn messages(&self) -> String {
        self.problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("\n")
    }
}

fn system(name: &str) -> String {
    format!("apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata:\n  name: {name}\nspec:\n  owner: team-a\n")
}

fn location(name: &str, spec: &str) -> String {
    format!("apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata:\n  name: {name}\nspec:\n{spec}")
}

fn try_read(files: &[(&str, &str)], descriptors: &[&str], heard: &mut Heard) -> Result<Outline> {
    let tree = Files::new(files);
    let patterns: Vec<String> = descriptors.iter().map(|pattern| (*pattern).to_owned()).collect();
    let files = tree.find(&patterns)?;
    read(&Reading { tree: &tree, site: &Shelf, files, root: None }, heard)
}

fn reading(files: &[(&str, &str)]) -> Heard {
    let mut heard = Heard::default();
    try_read(files, &["catalog-info.yaml", "**/catalog-info.yaml"], &mut heard).expect("read");
    heard
}

#[test]
fn descriptors_are_found_near_the_root_first() {
    let (a, b, c, d) = (system("a"), system("b"), system("c"), system("d"));
    let heard = reading(&[
        ("catalog-info.yaml", &a),
        ("z/catalog-info.yaml", &b),
        ("a/deep/catalog-info.yaml", &c),
        (".backstage/catalog-info.yaml", &d),
        ("catalog-info.yml", "not: read"),
        ("other.yaml", "not: read"),
    ]);
    assert_eq!(heard.references(), ["system:default/a", "system:default/d", "system:default/b", "system:default/c"]);
    assert!(heard.problems.is_empty());
}

#[test]
fn a_location_leads_on_and_is_the_parent_of_what_it_brings() {
    let root = location("all", "  targets:\n    - ./services/*/catalog-info.yaml\n    - libs/log.yaml\n");
    let (search, mailer, log) = (system("search"), system("mailer"), system("log"));
    let heard = reading(&[
        ("catalog-info.yaml", &root),
        ("services/search/catalog-info.yaml", &search),
        ("services/mailer/catalog-info.yaml", &mailer),
        ("libs/log.yaml", &log),
    ]);
    assert_eq!(
        heard.references(),
        ["location:default/all", "system:default/mailer", "system:default/search", "system:default/log"]
    );
    let parents: Vec<_> = heard.puts.iter().map(|put| put.origin.parent.as_ref().map(ToString::to_string)).collect();
    assert_eq!(parents[0], None);
    assert!(parents[1..].iter().all(|parent| parent.as_deref() == Some("location:default/all")), "{parents:?}");
    let origin = "url:https://shelf.test/x/catalog-info.yaml";
    assert_eq!(heard.annotation("log", "backstage.io/managed-by-origin-location"), origin);
    assert_eq!(heard.annotation("log", "backstage.io/managed-by-location"), "url:https://shelf.test/x/libs/log.yaml");
}

#[test]
fn entities_say_where_they_were_written_down() {
    let heard = reading(&[("a/catalog-info.yaml", &format!("# a comment\n{}---\n{}", system("a"), system("b")))]);
    let [a, b] = heard.puts.as_slice() else { panic!("{:?}", heard.puts) };
    assert_eq!((a.origin.file.as_str(), a.origin.line, b.origin.line), ("a/catalog-info.yaml", 2, 9));
    assert_eq!(a.origin.url.as_deref(), Some("https://shelf.test/x/a/catalog-info.yaml"));
    let expected = [
        ("backstage.io/managed-by-location", "url:https://shelf.test/x/a/catalog-info.yaml"),
        ("backstage.io/managed-by-origin-location", "url:https://shelf.test/x/a/catalog-info.yaml"),
        ("backstage.io/view-url", "https://shelf.test/x/a/catalog-info.yaml"),
        ("backstage.io/edit-url", "https://shelf.test/x/a/catalog-info.yaml?edit"),
        ("backstage.io/source-location", "url:https://shelf.test/x/a/"),
    ];
    for (annotation, value) in expected {
        assert_eq!(heard.annotation("a", annotation), value, "{annotation}");
    }
}

#[test]
fn locations_in_a_circle_end() {
    let a = location("a", "  targets: [./b.yaml, ./catalog-info.yaml]\n");
    let b = location("b", "  target: ./catalog-info.yaml\n");
    let heard = reading(&[("catalog-info.yaml", &a), ("b.yaml", &b)]);
    assert_eq!(heard.references(), ["location:default/a", "location:default/b"]);
    assert!(heard.problems.is_empty(), "{:?}", heard.problems);
}

#[test]
fn a_chain_that_is_too_long_is_cut_and_keeps_what_it_brought() {
    let mut files: Vec<(String, String)> = (0..40)
        .map(|number| {
            (format!("{number}.yaml"), location(&format!("l{number}"), &format!("  target: ./{}.yaml\n", number + 1)))
        })
        .collect();
    files.push(("40.yaml".to_owned(), system("end")));
    files[0].0 = "catalog-info.yaml".to_owned();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let heard = reading(&files);
    assert_eq!(heard.puts.len(), 33);
    // Named after the file that is not read, so that what it brought before stays.
    assert_eq!(heard.places(), ["33.yaml  -"]);
}

#[test]
fn targets_that_lead_nowhere_are_problems_of_their_location() {
    let cases = [
        (
            "  target: ./gone.yaml\n",
            Some(("/spec/target", "there is no file gone.yaml; correct it, or write `presence: optional`")),
        ),
        ("  targets: [./gone/*.yaml]\n", Some(("/spec/targets/0", "matches no file"))),
        ("  target: ../../etc/passwd\n", Some(("/spec/target", "the target ../../etc/passwd lies beside the shelf"))),
        ("  target: https://example.test/\n", Some(("/spec/target", "stands on another shelf"))),
        ("  target: https://known.test/a.yaml\n", None),
        (
            "  type: github-org\n  target: https://github.com/acme\n",
            Some(("/spec/type", "a Location of the type `github-org` is not followed")),
        ),
        ("  target: ./gone.yaml\n  presence: optional\n", None),
        ("  targets: [./gone/*.yaml]\n  presence: optional\n", None),
        ("  target: https://shelf.test/x/there.yaml\n", None),
        ("  type: file\n  target: ./there.yaml\n", None),
        ("  target: /there.yaml\n", None),
    ];
    for (spec, expected) in cases {
        let there = system("there");
        let heard = reading(&[("catalog-info.yaml", &location("root", spec)), ("there.yaml", &there)]);
        assert!(heard.references().contains(&"location:default/root".to_owned()), "{spec}: the Location itself stands");
        match expected {
            None => assert!(heard.problems.is_empty(), "{spec}: {:?}", heard.problems),
            Some((path, message)) => {
                let [problem] = heard.problems.as_slice() else { panic!("{spec}: {:?}", heard.problems) };
                assert_eq!((problem.file.as_str(), problem.path.as_str()), ("catalog-info.yaml", path), "{spec}");
                assert_eq!(problem.entity.as_ref().map(EntityRef::as_str), Some("location:default/root"), "{spec}");
                assert!(problem.position.is_some_and(|at| at.line >= 6), "{spec}: {problem:?}");
                assert!(problem.message.contains(message), "{spec}: {}", problem.message);
            }
        }
    }
}

#[test]
fn names_with_brackets_are_names() {
    let odd = system("odd");
    let root = location("root", "  target: './[draft] {x}.yaml'\n");
    let heard = reading(&[("catalog-info.yaml", &root), ("[draft] {x}.yaml", &odd), ("d {x}.yaml", "not: read")]);
    assert_eq!(heard.references(), ["location:default/root", "system:default/odd"]);
}

#[test]
fn a_broken_document_costs_no_other() {
    let text = format!("{}---\nkind: Component\nmetadata:\n\tname: tab\n---\n{}", system("a"), system("b"));
    let heard = reading(&[("catalog-info.yaml", &text)]);
    assert_eq!(heard.references(), ["system:default/a", "system:default/b"]);
    let [problem] = heard.problems.as_slice() else { panic!("{:?}", heard.problems) };
    assert!(problem.position.is_some_and(|at| (8..=10).contains(&at.line)), "{problem:?}");
    assert_eq!(problem.url.as_deref(), Some("https://shelf.test/x/catalog-info.yaml"));
}

#[test]
fn a_document_that_breaks_a_rule_is_said_with_its_place() {
    let text =
        "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata:\n  name: shop\n  tags: [Bad Tag]\nspec: {}\n";
    let heard = reading(&[("catalog-info.yaml", text)]);
    assert!(heard.puts.is_empty());
    let places = heard.places();
    assert!(places.contains(&"catalog-info.yaml:5:10 /metadata/tags/0 system:default/shop".to_owned()), "{places:?}");
    assert!(places.iter().any(|place| place.contains("/spec")), "{places:?}");
}

#[test]
fn a_file_that_cannot_be_read_costs_only_itself() {
    let (good, large) = (system("good"), "#".repeat(4 * 1024 * 1024 + 1));
    let heard =
        reading(&[("a/catalog-info.yaml", "\0"), ("b/catalog-info.yaml", &good), ("c/catalog-info.yaml", &large)]);
    assert_eq!(heard.references(), ["system:default/good"]);
    assert_eq!(heard.places(), ["a/catalog-info.yaml  -", "c/catalog-info.yaml  -"]);
    assert!(heard.messages().contains("descriptors of at most 4 MiB are read: split it"), "{}", heard.messages());
}

#[test]
fn a_document_of_a_kind_of_the_portals_own_that_is_too_large_costs_only_itself() {
    let description = "x".repeat(1024 * 1024);
    let cluster = |name: &str, more: &str| {
        format!("apiVersion: x.test/v1\nkind: Cluster\nmetadata:\n  name: {name}\n  description: {more}\nspec: {{}}\n")
    };
    let (written, included) = (cluster("large", &description), cluster("other", "{ $text: ./text.md }"));
    let heard = reading(&[
        ("a/catalog-info.yaml", &written),
        ("b/catalog-info.yaml", &included),
        ("b/text.md", &description),
        ("c/catalog-info.yaml", &system("good")),
    ]);
    assert_eq!(heard.references(), ["system:default/good"]);
    assert_eq!(heard.places().len(), 2);
    assert!(heard.messages().contains("at most 1 MiB are taken: move what is large"), "{}", heard.messages());
}

#[test]
fn files_are_put_in_and_a_missing_one_costs_its_document() {
    let api = |file: &str| {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {{ name: {} }}\nspec:\n  type: openapi\n  lifecycle: production\n  owner: a\n  definition:\n    $text: ./{file}\n",
            file.replace('.', "-")
        )
    };
    let text = format!("{}---\n{}", api("here.yaml"), api("gone.yaml"));
    let heard = reading(&[("catalog-info.yaml", &text), ("here.yaml", "openapi: 3.1.0\n")]);
    assert_eq!(heard.references(), ["api:default/here-yaml"]);
    assert_eq!(heard.document("here-yaml")["spec"]["definition"], "openapi: 3.1.0\n");
    assert_eq!(heard.places(), ["catalog-info.yaml:18:3 /spec/definition api:default/gone-yaml"]);
    assert!(
        heard.messages().contains("`$text: ./gone.yaml` cannot be put in: there is no file gone.yaml"),
        "{}",
        heard.messages()
    );
}

#[test]
fn of_two_descriptions_the_later_counts_and_the_earlier_is_told() {
    let one = system("same");
    let other = one.replace("team-a", "team-b").replace("name: same", "name: Same");
    let heard =
        reading(&[("catalog-info.yaml", &one), ("b/catalog-info.yaml", &format!("{}---\n{other}", system("x")))]);
    assert_eq!(heard.references(), ["system:default/same", "system:default/x", "system:default/same"]);
    assert_eq!(heard.places(), ["catalog-info.yaml:1:1  system:default/same"]);
    assert_eq!(
        heard.messages(),
        "system:default/same is described again in b/catalog-info.yaml, line 8, and what stands there counts; remove one of the two"
    );
}

#[test]
fn what_templates_make_descriptors_of_is_left_out() {
    let template = "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: { name: rust }\nspec:\n  type: service\n  steps:\n    - { id: fetch, action: 'fetch:template', input: { url: ./skeleton } }\n";
    let skeleton =
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: ${{ values.name | dump }}\nspec: {}\n";
    let root = location("templates", "  targets: [./rust/template.yaml]\n");
    let mut heard = Heard::default();
    let outline = try_read(
        &[
            ("catalog-info.yaml", &root),
            ("rust/template.yaml", template),
            ("rust/skeleton/catalog-info.yaml", "{% if values.x %}\nnot: [yaml\n"),
            ("elsewhere/catalog-info.yaml", skeleton),
            ("{{cookiecutter.name}}/catalog-info.yaml", "not: [yaml"),
        ],
        &["**/catalog-info.yaml"],
        &mut heard,
    )
    .expect("read");
    assert_eq!(heard.references(), ["location:default/templates", "template:default/rust"]);
    assert!(heard.problems.is_empty(), "{:?}", heard.problems);
    assert_eq!(
        outline.skeletons,
        [
            "elsewhere/catalog-info.yaml (line 1)",
            "{{cookiecutter.name}}/catalog-info.yaml",
            "rust/skeleton/catalog-info.yaml"
        ]
    );
}

#[test]
fn what_is_odd_but_legal_is_read() {
    let crlf = format!("\u{feff}{}", system("crlf").replace('\n', "\r\n"));
    let heard =
        reading(&[("a/catalog-info.yaml", &crlf), ("b/catalog-info.yaml", ""), ("c/catalog-info.yaml", "---\n---\n")]);
    assert_eq!(heard.references(), ["system:default/crlf"]);
    assert!(heard.problems.is_empty(), "{:?}", heard.problems);
}

#[test]
fn a_scope_that_is_too_much_is_refused_as_a_whole() {
    let files: Vec<(String, String)> =
        (0..10_001).map(|number| (format!("{number}/catalog-info.yaml"), String::new())).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let error = try_read(&files, &["**/catalog-info.yaml"], &mut Heard::default()).expect_err("too much");
    assert!(
        error.to_string().starts_with("it has more than 10000 descriptor files; take some off the shelf"),
        "{error}"
    );
}

#[test]
fn a_reading_stops_when_it_is_told_to() {
    let (a, b) = (system("a"), system("b"));
    let mut heard = Heard { patience: Some(Cell::new(2)), ..Heard::default() };
    let error = try_read(&[("a/catalog-info.yaml", &a), ("b/catalog-info.yaml", &b)], &["**/*.yaml"], &mut heard)
        .expect_err("stopped");
    assert_eq!((error.to_string().as_str(), heard.puts.len()), ("the run was stopped", 1));
}
