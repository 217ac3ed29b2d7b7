//! The command line, the configuration, and the life of the process.

use std::net::TcpListener;
use std::process::{Command, Output};

use portico_tests::{PortalBuilder, program};

fn portico(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    Command::new(program()).args(arguments).current_dir(folder.path()).output().expect("the program starts")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn it_serves_from_an_empty_folder() {
    let mut portal = PortalBuilder::new("").start();
    assert_eq!(portal.get("/.backstage/health/v1/readiness").json()["status"], "ok");
    assert_eq!(portal.json("/api/catalog/entities").as_array().map(Vec::len), Some(0));
    let page = portal.get("/");
    assert!(page.status < 400, "{} {}", page.status, page.body);
    assert!(portal.terminate(), "it ends well when it is told to: {}", portal.log());
}

#[test]
fn it_works_and_ends_well_where_nobody_reads_what_it_says() {
    let config = "plugins:\n  git:\n    every: never\n    settings: { repositories: ['{folder}/none'] }\n    grants: { catalog: { write: ['*'] }, repositories: [] }\n";
    let mut portal = PortalBuilder::new(config).unheard().start();
    let run = portal.run("git");
    assert_eq!(run["state"], "failed", "so that there is something to say: {run}");
    assert!(portal.terminate());
}

#[test]
fn a_reader_who_stops_to_read_ends_it_quietly() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("portico.yaml"), "title: Acme\n").expect("a configuration");
    let nobody = || std::io::pipe().expect("a pipe").1;
    let start = |arguments: &[&str]| {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(folder.path());
        command
    };
    for arguments in [&["openapi"][..], &["check"], &["plugin", "keygen", "acme.key"], &["--help"]] {
        let output = start(arguments).stdout(nobody()).output().expect("the program starts");
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {}", said(&output));
    }
    let wrong = start(&["check", "--config", "elsewhere.yaml"]).stderr(nobody()).output().expect("the program starts");
    assert_eq!(wrong.status.code(), Some(1), "it fails, and does not crash");
}

#[test]
fn help_tells_of_everything() {
    let all = said(&portico(&["--help"]));
    for word in ["serve", "check", "plugin", "openapi"] {
        assert!(all.contains(word), "{word} is missing: {all}");
        let one = said(&portico(&[word, "--help"]));
        assert!(one.contains(&format!("Usage: portico {word}")), "{one}");
    }
    let serve = said(&portico(&["serve", "--help"]));
    for option in ["--config <FILE>", "--data <DIR>", "--listen <ADDRESS>", "--log <FILTER>"] {
        assert!(serve.contains(option), "{option} is missing: {serve}");
    }
}

#[test]
fn errors_in_the_configuration_name_file_line_key_and_what_is_expected() {
    let cases = [
        ("titel: Acme\n", "portico.yaml, line 1: the key `titel`", "title"),
        ("title: Acme\nserver:\n  tokn: x\n", "portico.yaml, line 3, `server`: the key `tokn`", "Did you mean `token`"),
        ("plugins:\n  git:\n    every: often\n", "portico.yaml, line 3, `plugins.git.every`", "never"),
        (
            "plugins:\n  git:\n    grants:\n      repositories: /srv\n",
            "line 4, `plugins.git.grants.repositories`",
            "sequence",
        ),
        (
            "plugins:\n  git:\n    grants:\n      limits: { memory: much }\n",
            "line 4, `plugins.git.grants.limits.memory`",
            "MiB",
        ),
        (
            "plugins:\n  git:\n    grants:\n      credentials:\n        forge:\n          hosts: [git.example.com]\n          \
             username: portal\n          secret: { env: PORTICO_NO_SUCH_SECRET }\n",
            "portico.yaml, line 8, `plugins.git.grants.credentials.forge.secret`",
            "PORTICO_NO_SUCH_SECRET",
        ),
        ("title: 'never closed\n", "portico.yaml, line 2", "end of stream"),
    ];
    let mut failures = String::new();
    for (config, place, expected) in cases {
        let error = PortalBuilder::new(config).refused();
        if !(error.contains(place) && error.contains(expected)) {
            failures += &format!("{config}is told of as\n{error}\n");
        }
    }
    assert_eq!(failures, "");
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let output = portico(&["serve", "--listen", "127.0.0.1:0", "--config", "elsewhere.yaml"]);
    assert!(
        !output.status.success() && said(&output).contains("elsewhere.yaml could not be read"),
        "{}",
        said(&output)
    );
}

#[test]
fn the_configuration_can_be_checked_without_serving() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let check = |config: &str| {
        std::fs::write(folder.path().join("portico.yaml"), config).expect("a configuration");
        Command::new(program()).arg("check").current_dir(folder.path()).output().expect("the program starts")
    };
    assert!(check("title: Acme\n").status.success());
    let refused = check("title: Acme\ncolour: red\n");
    assert!(!refused.status.success() && said(&refused).contains("line 2: the key `colour`"), "{}", said(&refused));
}

#[test]
fn an_address_that_is_taken_is_told_of() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let output = portico(&["serve", "--listen", &address]);
    let error = said(&output);
    assert!(!output.status.success() && error.contains(&address) && error.contains("--listen"), "{error}");
}

#[test]
fn a_second_portal_on_the_same_data_is_refused() {
    let portal = PortalBuilder::new("").start();
    let data = portal.folder().join("data");
    let output = portico(&["serve", "--listen", "127.0.0.1:0", "--data", &data.display().to_string()]);
    let error = said(&output);
    assert!(!output.status.success() && error.contains("catalog.redb"), "{error}");
    assert_eq!(portal.get("/.backstage/health/v1/liveness").status, 200);
}

#[test]
fn the_description_of_the_api_names_every_route_that_readers_use() {
    let output = portico(&["openapi"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a JSON document");
    let paths = document["paths"].as_object().expect("paths");
    for path in [
        "/api/catalog/entities",
        "/api/catalog/entities/by-name/{kind}/{namespace}/{name}",
        "/api/catalog/entities/by-query",
        "/api/catalog/entity-facets",
        "/api/portico/sources",
        "/api/portico/plugins/{name}/runs",
        "/api/portico/runs/{id}/events",
        "/api/portico/problems",
    ] {
        assert!(paths.contains_key(path), "{path} is missing among {:?}", paths.keys());
    }
}
