//! Steps of templates that put a company's standards into what is made.
//!
//! A standard is a folder below `standards/`, of a repository or of the portal's machine. What comes out of a repository is copied by the host, with
//! modes and links; files of the machine are read one by one.

mod source;

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::workspace::{self, Author, Commit};
use portico_sdk::{Error, Result, info, locations};
use serde::Deserialize;
use serde_json::{Value, json};

use source::Source;

portico_sdk::plugin! { actions: perform }

fn perform(invocation: &Invocation) -> Result<Output> {
    match invocation.action.as_str() {
        "acme:standards:list" => list(),
        "acme:standards:add" => add(invocation),
        "acme:standards:publish" => publish(invocation),
        other => Err(Error::Invalid(format!("there is no action {other} here"))),
    }
}

fn list() -> Result<Output> {
    let names: Vec<Value> = Source::open()?.standards()?.into_iter().map(|name| json!({ "id": name })).collect();
    Ok(Output::none().with("results", names))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Add {
    standard: String,
    #[serde(default)]
    target_path: String,
}

fn add(invocation: &Invocation) -> Result<Output> {
    let Add { standard, target_path } = invocation.input()?;
    if standard.is_empty() || standard.contains(['/', '\\']) || standard.starts_with('.') {
        return Err(Error::Invalid(format!("input.standard: `{standard}` is no name of a standard")));
    }
    let files = Source::open()?.copy(&standard, &target_path)?;
    info!("{standard} is in, {files} files");
    Ok(Output::none().with("files", files))
}

#[derive(Deserialize)]
struct Publish {
    repository: String,
    descriptor: Option<String>,
}

fn publish(invocation: &Invocation) -> Result<Output> {
    let Publish { repository, descriptor } = invocation.input()?;
    let author = Author { name: "Standards".to_owned(), email: "standards@acme.example".to_owned() };
    let pushed = workspace::push(&Commit::first(repository, "main", "Begin with our standards", author))?;
    let output = Output::none().with("commit", pushed.id);
    let Some(descriptor) = descriptor else { return Ok(output) };
    let held = locations::register(&descriptor)?;
    Ok(match held.first() {
        Some(entity) => output.with("entityRef", entity.as_str()),
        None => output,
    })
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::{Portal, Repository};

    use super::*;

    const URL: &str = "https://github.com/acme/standards";

    fn portal() -> Portal {
        let repository = Repository::new()
            .file("standards/licence/LICENSE", "free")
            .executable("standards/scripts/bin/check", "#!/bin/sh")
            .file("README.md", "no standard");
        Portal::new().settings(json!({ "repository": URL })).repository(URL, repository)
    }

    fn done(portal: &Portal, action: &str, input: Value) -> Result<Value> {
        let output = portal.run(|| perform(&Invocation::new(action, input)))?;
        Ok(Value::Object(output.value().clone()))
    }

    #[test]
    fn a_standard_is_taken_in_and_those_that_there_are_are_offered() {
        let portal = portal();
        let listed = done(&portal, "acme:standards:list", json!({}));
        assert_eq!(listed, Ok(json!({ "results": [{ "id": "licence" }, { "id": "scripts" }] })));
        assert_eq!(done(&portal, "acme:standards:add", json!({ "standard": "scripts", "targetPath": "x" })), Ok(json!({ "files": 1 })));
        assert!(portal.workspace().join("x/bin/check").exists());
        let error = done(&portal, "acme:standards:add", json!({ "standard": "../secret" })).unwrap_err();
        assert_eq!(error, Error::Invalid("input.standard: `../secret` is no name of a standard".to_owned()));
    }

    #[test]
    fn files_of_the_machine_keep_their_permission_to_be_executed() {
        let portal = Portal::new()
            .settings(json!({ "repository": "/srv/standards" }))
            .executable("/srv/standards/standards/scripts/bin/check", "#!/bin/sh");
        assert_eq!(done(&portal, "acme:standards:list", json!({})), Ok(json!({ "results": [{ "id": "scripts" }] })));
        assert_eq!(done(&portal, "acme:standards:add", json!({ "standard": "scripts" })), Ok(json!({ "files": 1 })));
        assert_eq!(portal.run(|| workspace::is_executable("bin/check")), Ok(true));
    }

    #[test]
    fn what_was_made_is_pushed_and_registered() {
        let descriptor = "https://github.com/acme/ledger/blob/main/catalog-info.yaml";
        let portal = portal().location(descriptor, &["component:default/ledger"]);
        done(&portal, "acme:standards:add", json!({ "standard": "licence" })).expect("taken in");
        let input = json!({ "repository": "https://github.com/acme/ledger", "descriptor": descriptor });
        let output = done(&portal, "acme:standards:publish", input).expect("published");
        assert_eq!(output["entityRef"], "component:default/ledger");
        assert!(portal.pushed()[0].files.contains_key("LICENSE"));
    }
}
