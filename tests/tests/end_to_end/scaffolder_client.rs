//! Backstage's own client of the scaffolder, from npm, against a portal: every method it has, answered in the shapes that it relies on.

use portico_tests::{PortalBuilder, client, until};
use serde_json::{Value, json};

const CONFIG: &str = "\
locations: [{ type: file, target: '{folder}/templates.yaml' }]
plugins:
  locations:
    grants: { files: ['{folder}'], catalog: { write: ['*'] } }
  scaffolder: {}
";

const TEMPLATES: &str = "\
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: { name: says, title: Says a name }
spec:
  type: service
  parameters: [{ title: Who, required: [name], properties: { name: { type: string, title: Name } } }]
  steps: [{ id: say, name: Say, action: 'debug:log', input: { message: 'hello ${{ parameters.name }}' } }]
  output: { text: [{ title: Said, content: '${{ parameters.name }}' }] }
---
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: { name: waits }
spec:
  type: service
  steps: [{ id: wait, name: Wait, action: 'debug:wait', input: { minutes: 5 } }]
";

/// What was heard, as `TYPE STEP STATUS MESSAGE`; dates in messages are left out.
fn lines(events: &Value) -> Vec<String> {
    let events = events.as_array().unwrap_or_else(|| panic!("the client gave up: {events:#}"));
    let line = |event: &Value| {
        let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let body = &event["body"];
        let parts = [word(&event["type"]), word(&body["stepId"]), word(&body["status"]), word(&body["message"])];
        parts.join(" ")
    };
    events.iter().map(line).collect()
}

#[test]
fn backstages_client_drives_the_scaffolder() {
    let portal = PortalBuilder::new(CONFIG).file("templates.yaml", TEMPLATES).start();
    until("the templates are there", || {
        let found =
            |name: &str| portal.get(&format!("/api/catalog/entities/by-name/template/default/{name}")).status == 200;
        (found("says") && found("waits")).then_some(())
    });
    until("the actions are there", || {
        let actions = portal.json("/api/scaffolder/v2/actions");
        actions.as_array().is_some_and(|all| all.iter().any(|action| action["id"] == "debug:wait")).then_some(())
    });
    let seen = client(&portal, "scaffolder", &["template:default/says", "template:default/waits"]);
    let saw = &seen.saw;

    assert_eq!((&saw["schema"]["title"], &saw["schema"]["steps"][0]["title"]), (&json!("Says a name"), &json!("Who")));
    assert_eq!(saw["schema"]["steps"][0]["schema"]["properties"]["name"]["type"], json!("string"));
    assert_eq!(saw["noSchema"]["status"], json!(404), "{}", saw["noSchema"]);
    assert!(saw["actions"].as_array().is_some_and(|all| all.contains(&json!("fetch:template"))), "{}", saw["actions"]);
    assert_eq!(saw["extensions"], json!(["filters", "globals"]));

    let task = &saw["task"];
    assert_eq!((&task["status"], &task["spec"]["parameters"]["name"]), (&json!("completed"), &json!("bob")));
    assert_eq!(task["spec"]["templateInfo"]["entityRef"], json!("template:default/says"));

    let streamed = lines(&saw["streamed"]);
    assert!(streamed.contains(&"log say processing Beginning step Say".to_owned()), "{streamed:#?}");
    assert!(streamed.iter().any(|line| line.starts_with("log say - ") && line.ends_with("hello bob")), "{streamed:#?}");
    assert!(streamed.contains(&"log say completed Finished step Say".to_owned()), "{streamed:#?}");
    assert_eq!(streamed.last().map(String::as_str), Some("completion - - Run completed with status: completed"));
    let first = &saw["streamed"][0];
    for key in ["id", "isTaskRecoverable", "taskId", "body", "type", "createdAt"] {
        assert!(first.get(key).is_some(), "{key} is missing in {first}");
    }
    assert_eq!(saw["polled"], saw["streamed"], "both ways tell the same");
    assert_eq!(lines(&saw["resumed"]), streamed[2..], "what was heard is not said again");

    let refused = saw["refused"].as_str().unwrap_or_default();
    assert!(refused.starts_with("Backend request failed, 400") && refused.contains("name"), "{refused}");
    assert_eq!(saw["dryRun"]["output"], json!({ "text": [{ "title": "T", "content": "eve" }] }), "{}", saw["dryRun"]);
    assert!(saw["dryRun"]["log"].as_array().is_some_and(|log| !log.is_empty()), "{}", saw["dryRun"]);

    assert_eq!(saw["cancelled"], json!({ "status": "cancelled" }));
    assert_eq!(saw["retried"], json!({ "id": saw["waiting"] }));
    assert_eq!(saw["cancelledAgain"], json!({ "status": "cancelled" }));
    assert_eq!((saw["all"]["tasks"].as_array().map(Vec::len), &saw["all"]["totalTasks"]), (Some(1), &json!(2)));
    assert_eq!(saw["owned"], json!(0));
    assert_eq!(saw["offered"], json!({ "results": [] }));
}
