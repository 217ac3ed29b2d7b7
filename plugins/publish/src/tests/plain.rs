//! `publish:git`.

use portico_sdk::Error;
use portico_sdk::testing::Portal;
use serde_json::json;

use super::{done, portal, put};

#[test]
fn the_workspace_is_pushed_to_a_repository_that_is_named() {
    let portal = portal(&Vec::new()).settings(json!({ "author": { "name": "Portal", "email": "portal@acme.test" } }));
    put(&portal, "out/src/main.rs", "fn main() {}\n");
    let input = json!({
        "repository": "http://127.0.0.1:18930/git/acme/new.git",
        "defaultBranch": "trunk",
        "gitCommitMessage": "Begin",
        "sourcePath": "./out",
    });
    let output = done(&portal, "publish:git", input.clone()).expect("a push");
    assert_eq!(output["repoContentsUrl"], "http://127.0.0.1:18930/git/acme/new.git?ref=trunk");
    let pushed = &portal.pushed()[0];
    let commit = &pushed.commit;
    assert_eq!(
        (commit.repository.as_str(), commit.branch.as_str()),
        ("http://127.0.0.1:18930/git/acme/new.git", "trunk")
    );
    assert_eq!(
        (commit.message.as_str(), commit.author.name.as_str(), commit.onto.as_deref(), commit.force),
        ("Begin", "Portal", None, false)
    );
    assert_eq!(pushed.files.keys().collect::<Vec<_>>(), ["src/main.rs"]);
    // A step that is done again has pushed already.
    assert_eq!(done(&portal, "publish:git", input), Ok(output));
    assert_eq!(portal.pushed().len(), 1);
}

#[test]
fn addresses_of_forges_and_of_plain_servers_are_told_as_they_are_read() {
    for (input, remote, contents) in [
        (
            json!({ "repoUrl": "127.0.0.1:18960?owner=acme&repo=new" }),
            "http://127.0.0.1:18930/git/acme/new.git",
            "http://127.0.0.1:18930/git/acme/new.git?ref=main",
        ),
        (
            json!({ "repoUrl": "bitbucket.org?workspace=acme&project=P&repo=new" }),
            "https://bitbucket.org/acme/new.git",
            "https://bitbucket.org/acme/new/src/main",
        ),
        (
            json!({ "repository": "https://github.com/acme/new.git" }),
            "https://github.com/acme/new.git",
            "https://github.com/acme/new/blob/main",
        ),
        (json!({ "repository": "/srv/git/new.git" }), "/srv/git/new.git", "/srv/git/new.git?ref=main"),
    ] {
        let hosts =
            json!({ "hosts": [{ "host": "127.0.0.1:18960", "forge": "github", "git": "http://127.0.0.1:18930/git" }] });
        let output = done(&Portal::new().settings(hosts), "publish:git", input.clone()).expect("a push");
        assert_eq!(
            (output["remoteUrl"].as_str(), output["repoContentsUrl"].as_str()),
            (Some(remote), Some(contents)),
            "{input}"
        );
    }
}

#[test]
fn where_to_push_has_to_be_said_once() {
    for (input, expected) in [
        (json!({}), "it is not said where to push"),
        (json!({ "repository": " " }), "it is not said where to push"),
        (json!({ "repository": "https://x.test/a.git", "repoUrl": "x.test?owner=a&repo=b" }), "keep one of them"),
    ] {
        let error = done(&Portal::new(), "publish:git", input).unwrap_err();
        assert!(matches!(&error, Error::Invalid(text) if text.contains(expected)), "{error:?}");
    }
}
