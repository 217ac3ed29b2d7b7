//! `fetch:plain` and its sibling: from repositories, the machine, what came with a template, and the web.

use std::fs;

use portico_sdk::Error;
use portico_sdk::actions::Invocation;
use portico_sdk::testing::{Answer, Portal, Repository};
use serde_json::json;

use super::{BASE, REPOSITORY, done, held, output, put};
use crate::perform;

fn portal() -> Portal {
    let templates = Repository::new()
        .file("service/files/a.txt", "${{ a }}")
        .executable("service/files/bin/run", "#!/bin/sh")
        .file("LICENSE", "free");
    let other = Repository::new().at("release/2").file("docs/x.md", "x");
    Portal::new().repository(REPOSITORY, templates).repository("https://gitlab.com/g/x", other)
}

#[test]
fn files_are_taken_as_they_are_and_replace_what_is_there() {
    let cases = [
        (json!({ "url": "./files" }), vec!["a.txt: ${{ a }}", "bin/run*: #!/bin/sh"]),
        (
            json!({ "url": "files", "targetPath": "./in/here/" }),
            vec!["a.txt: old", "in/here/a.txt: ${{ a }}", "in/here/bin/run*: #!/bin/sh"],
        ),
        (json!({ "url": "/service/files/bin", "targetPath": "/workspace/b" }), vec!["a.txt: old", "b/run*: #!/bin/sh"]),
        (json!({ "url": "https://gitlab.com/g/x/-/tree/release/2/docs" }), vec!["a.txt: old", "x.md: x"]),
    ];
    for (input, expected) in cases {
        let portal = portal();
        put(&portal, "a.txt", "old");
        assert_eq!(done(&portal, "fetch:plain", input.clone()), Ok(json!({})), "{input}");
        assert_eq!(held(&portal), expected, "{input}");
    }
}

#[test]
fn one_file_is_taken_from_wherever_it_is() {
    let portal =
        portal().file("/srv/t/notes.md", "n").answer("GET", "https://files.test/logo.svg", Answer::body("<svg/>"));
    let tried = portal.template();
    fs::write(tried.join("tried.txt"), "t").expect("a file");
    for (url, base, path) in [
        ("../LICENSE", BASE, "LICENSE"),
        ("./files/bin/run", BASE, "bin/run"),
        ("./notes.md", "file:/srv/t/template.yaml", "notes.md"),
        ("./tried.txt", "file:/template/template.yaml", "tried.txt"),
        ("https://files.test/logo.svg", BASE, "logo.svg"),
    ] {
        let input = json!({ "url": url, "targetPath": path });
        let invocation = Invocation::new("fetch:plain:file", input).based(base);
        assert_eq!(output(portal.run(|| perform(&invocation))), Ok(json!({})), "{url}");
    }
    assert_eq!(
        held(&portal),
        ["LICENSE: free", "bin/run*: #!/bin/sh", "logo.svg: <svg/>", "notes.md: n", "tried.txt: t"]
    );
}

#[test]
fn a_folder_is_taken_from_the_machine_and_from_what_came_with_a_template() {
    let portal = Portal::new().file("/srv/t/s/a", "1").executable("/srv/t/s/b/c", "2").file("/srv/t/sx", "no");
    fs::create_dir_all(portal.template().join("s/d")).expect("a folder");
    fs::write(portal.template().join("s/d/e"), "3").expect("a file");
    for base in ["file:/srv/t/template.yaml", "file:/template/template.yaml"] {
        let invocation = Invocation::new("fetch:plain", json!({ "url": "./s" })).based(base);
        assert_eq!(output(portal.run(|| perform(&invocation))), Ok(json!({})), "{base}");
    }
    assert_eq!(held(&portal), ["a: 1", "b/c*: 2", "d/e: 3"]);
}

#[test]
fn what_cannot_be_taken_is_said_and_nothing_is_left_behind() {
    let folder = |url: &str| json!({ "url": url });
    let file = |url: &str| json!({ "url": url, "targetPath": "x" });
    for (action, input, expected) in [
        ("fetch:plain", folder("./none"), "there is no file or folder service/none"),
        ("fetch:plain", folder("../LICENSE"), "use `fetch:plain:file`"),
        ("fetch:plain", folder("https://github.com/acme/secret"), "has no repository"),
        ("fetch:plain", folder("https://example.com/a/b"), "lies in no repository that could be made out"),
        ("fetch:plain:file", file("./files"), "leads to a folder of"),
        ("fetch:plain:file", file("https://example.com/a"), "knows no answer"),
        ("fetch:plain:file", json!({ "url": "../LICENSE", "targetPath": "." }), "is the workspace itself"),
    ] {
        let portal = portal();
        let error = done(&portal, action, input.clone()).unwrap_err();
        assert!(error.to_string().contains(expected), "{input}: {error}");
        assert!(held(&portal).is_empty(), "{input}: {:?}", held(&portal));
    }
    let portal = Portal::new();
    let invocation = Invocation::new("fetch:plain", json!({ "url": "./s" })).based("file:/srv/t/template.yaml");
    assert!(matches!(portal.run(|| perform(&invocation)), Err(Error::Denied(_))), "no files are granted");
}
