//! `fetch:template` and its sibling: what is rendered, what is copied, what is left out.

use portico_sdk::actions::Invocation;
use portico_sdk::testing::{Portal, Repository};
use serde_json::{Value, json};

use super::{REPOSITORY, done, held, output, put};
use crate::perform;

const LOGO: &[u8] = b"\x89PNG\0${{ values.name }}";

fn portal() -> Portal {
    let skeleton = Repository::new()
        .file("service/skeleton/README.md", "# ${{ values.name }}\n")
        .executable("service/skeleton/run.sh", "echo ${{ values.name }}\n")
        .file("service/skeleton/plain.txt", "no tags { at } all\n")
        .file("service/skeleton/logo.png", LOGO)
        .file("service/skeleton/src/${{ values.name }}/main.rs", "// ${{ values.name }}")
        .file("service/skeleton/${{ 'docs' if values.docs else '' }}/index.md", "docs")
        .file("service/skeleton/.github/workflows/ci.yml", "run: ${{ github.sha }}");
    Portal::new().repository(REPOSITORY, skeleton)
}

fn rendered(portal: &Portal, more: &Value) -> Vec<String> {
    let mut input = json!({ "url": "./skeleton", "values": { "name": "ledger", "docs": false, "github": {} } });
    let object = input.as_object_mut().expect("an object");
    object.extend(more.as_object().expect("an object").clone());
    assert_eq!(done(portal, "fetch:template", input), Ok(json!({})), "{more}");
    held(portal)
}

#[test]
fn texts_and_names_are_rendered_and_everything_else_is_kept() {
    let portal = portal();
    let held = rendered(&portal, &json!({ "copyWithoutTemplating": [".github/workflows/*"] }));
    let logo = format!("logo.png: {}", String::from_utf8_lossy(LOGO));
    let expected = [
        ".github/workflows/ci.yml: run: ${{ github.sha }}",
        "README.md: # ledger\n",
        logo.as_str(),
        "plain.txt: no tags { at } all\n",
        "run.sh*: echo ledger\n",
        "src/ledger/main.rs: // ledger",
    ];
    assert_eq!(held, expected);
}

#[test]
fn what_is_a_template_is_as_the_step_says() {
    let cases = [
        // The name of a file that is not templated is rendered, and that of one that is not rendered is not.
        (json!({ "copyWithoutTemplating": ["src", ".github"] }), "src/ledger/main.rs: // ${{ values.name }}"),
        (
            json!({ "copyWithoutRender": ["src/**", ".github/"] }),
            "src/${{ values.name }}/main.rs: // ${{ values.name }}",
        ),
        (json!({ "copyWithoutTemplating": ["**", "!**/*.md"] }), "README.md: # ledger\n"),
        (json!({ "templateFileExtension": true }), "README.md: # ${{ values.name }}\n"),
        (json!({ "templateFileExtension": "", "copyWithoutTemplating": [".github"] }), "README.md: # ledger\n"),
        (json!({ "targetPath": "a/b", "copyWithoutTemplating": [".github"] }), "a/b/run.sh*: echo ledger\n"),
    ];
    for (more, expected) in cases {
        let held = rendered(&portal(), &more);
        assert!(held.contains(&expected.to_owned()), "{more}: {held:?}");
    }
}

#[test]
fn an_extension_says_which_files_are_templates_and_goes() {
    let skeleton = Repository::new()
        .file("service/skeleton/a.txt.njk", "${{ values.name }}")
        .file("service/skeleton/b.txt", "${{ values.name }}")
        .file("service/skeleton/.njk", "${{ values.name }}");
    for extension in [json!(true), json!(".njk")] {
        let portal = Portal::new().repository(REPOSITORY, skeleton.clone());
        let held = rendered(&portal, &json!({ "templateFileExtension": extension }));
        assert_eq!(held, [".njk: ${{ values.name }}", "a.txt: ledger", "b.txt: ${{ values.name }}"]);
    }
}

#[test]
fn cookiecutters_words_and_white_space_are_as_the_step_says() {
    let skeleton = Repository::new().file(
        "service/skeleton/{{ cookiecutter.name }}.txt",
        "{% if true %}\n  {% if true %}\n{{ cookiecutter.name }}\n  {% endif %}\n{% endif %}\n",
    );
    for (more, expected) in [
        (json!({}), "ledger.txt: \n  \nledger\n  \n\n"),
        (json!({ "trimBlocks": true }), "ledger.txt:   ledger\n  "),
        (json!({ "trimBlocks": true, "lstripBlocks": true }), "ledger.txt: ledger\n"),
    ] {
        let portal = Portal::new().repository(REPOSITORY, skeleton.clone());
        let mut more = more;
        more["cookiecutterCompat"] = json!(true);
        assert_eq!(rendered(&portal, &more), [expected], "{more}");
    }
}

#[test]
fn what_is_there_is_kept_unless_it_is_to_be_replaced() {
    let only = Repository::new().file("service/skeleton/a", "${{ values.name }}").file("service/skeleton/b", "b");
    for (replace, expected) in [(false, "a: old"), (true, "a: ledger")] {
        let portal = Portal::new().repository(REPOSITORY, only.clone());
        put(&portal, "a", "old");
        assert_eq!(rendered(&portal, &json!({ "replace": replace })), [expected, "b: b"]);
        assert_eq!(rendered(&portal, &json!({ "replace": replace })), [expected, "b: b"], "the same again");
    }
}

#[test]
fn one_file_is_rendered_under_the_name_that_the_step_gives_it() {
    let portal = portal();
    let input = |replace| json!({ "url": "./skeleton/run.sh", "targetPath": "bin/go", "values": { "name": "x" }, "replace": replace });
    assert_eq!(done(&portal, "fetch:template:file", input(false)), Ok(json!({})));
    assert_eq!(held(&portal), ["bin/go*: echo x\n"]);
    put(&portal, "bin/go", "mine");
    assert_eq!(done(&portal, "fetch:template:file", input(false)), Ok(json!({})));
    assert_eq!(held(&portal), ["bin/go*: mine"]);
    assert_eq!(done(&portal, "fetch:template:file", input(true)), Ok(json!({})));
    assert_eq!(held(&portal), ["bin/go*: echo x\n"]);
}

#[test]
fn a_skeleton_that_is_tried_is_read_from_what_came_with_it() {
    let portal = Portal::new();
    std::fs::create_dir(portal.template().join("skeleton")).expect("a folder");
    std::fs::write(portal.template().join("skeleton/${{ values.name }}.md"), "# ${{ values.name }}").expect("a file");
    let input = json!({ "url": "./skeleton", "values": { "name": "x" } });
    let invocation = Invocation::new("fetch:template", input).based("file:/template/template.yaml").dry();
    assert_eq!(output(portal.run(|| perform(&invocation))), Ok(json!({})));
    assert_eq!(held(&portal), ["x.md: # x"]);
}

#[test]
fn a_mistake_is_said_with_its_file_and_line() {
    let broken = Repository::new().file("service/skeleton/a/b.md", "fine\n${{ values.name | nothing }}\n");
    let portal = Portal::new().repository(REPOSITORY, broken);
    let input = json!({ "url": "./skeleton", "values": { "name": "secret" } });
    let error = done(&portal, "fetch:template", input).unwrap_err().to_string();
    assert!(error.starts_with("a/b.md: line 2, column ") && !error.contains("secret"), "{error}");
    assert!(held(&portal).is_empty());
    for input in [
        json!({ "url": "./skeleton", "copyWithoutRender": [], "copyWithoutTemplating": [] }),
        json!({ "url": "./skeleton", "copyWithoutRender": [], "templateFileExtension": true }),
    ] {
        let error = done(&portal, "fetch:template", input).unwrap_err().to_string();
        assert!(error.contains("keep one of them"), "{error}");
    }
    let input = json!({ "url": "./skeleton", "copyWithoutTemplating": ["a[", "b"] });
    let error = done(&portal, "fetch:template", input).unwrap_err().to_string();
    assert!(error.starts_with("input.copyWithoutTemplating[0]: `a[` is no pattern"), "{error}");
}

#[test]
fn an_object_in_a_file_is_written_as_backstage_does_and_said_and_refused_in_a_name() {
    let skeleton =
        Repository::new().file("service/skeleton/package.json", "{\n  \"url\": \"${{ values.repoUrl }}\"\n}\n");
    let portal = Portal::new().repository(REPOSITORY, skeleton);
    let input = json!({ "url": "./skeleton", "values": { "repoUrl": { "host": "github.com" } } });
    assert_eq!(done(&portal, "fetch:template", input), Ok(json!({})));
    assert_eq!(held(&portal), ["package.json: {\n  \"url\": \"[object Object]\"\n}\n"]);
    let said: Vec<String> = portal.log().into_iter().map(|(level, line)| format!("{level:?} {line}")).collect();
    let expected = "Warn package.json: line 2, column 15: an object has no text; name one of its members, or write `| dump`. \
                    `[object Object]` is written there, as Backstage does";
    assert!(said.iter().any(|line| line == expected), "{said:#?}");
    let skeleton = Repository::new().file("service/skeleton/${{ values.repoUrl }}.md", "x");
    let portal = Portal::new().repository(REPOSITORY, skeleton);
    let input = json!({ "url": "./skeleton", "values": { "repoUrl": { "host": "github.com" } } });
    let error = done(&portal, "fetch:template", input).unwrap_err().to_string();
    assert!(error.contains("an object has no text"), "{error}");
}
