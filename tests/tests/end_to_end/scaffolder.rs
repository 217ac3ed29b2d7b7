//! Templates, from what is filled in to the entity in the catalog: runs that end well, fail, are stopped, wait to be approved, and go on after the
//! portal was killed.

use portico_tests::fakes::GitServer;
use portico_tests::{Portal, PortalBuilder, program, until};
use serde_json::{Value, json};

const TOKEN: &str = "git-s3cret";
const HEADER: &str = "x-forwarded-user";

const PEOPLE: &str = "\
apiVersion: backstage.io/v1alpha1
kind: User
metadata: { name: ada }
spec: { profile: { displayName: Ada }, memberOf: [platform] }
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: { name: eve }
spec: { profile: { displayName: Eve }, memberOf: [platform] }
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: { name: bob }
spec: { profile: { displayName: Bob }, memberOf: [payments] }
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: { name: platform }
spec: { type: team, children: [] }
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: { name: payments }
spec: { type: team, children: [] }
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: orders }
spec: { type: service, lifecycle: production, owner: payments }
";

const CONFIG: &str = "\
server: { user: { header: X-Forwarded-User } }
locations: [{ type: file, target: '{folder}/templates/*.yaml' }]
plugins:
  locations:
    grants: { files: ['{folder}'], catalog: { write: ['*'] } }
  scaffolder:
    grants: { files: ['{folder}'], catalog: { read: ['*'], write: [Location] } }
";

/// A template with these steps, in YAML.
fn template(name: &str, more: &str, steps: &str) -> String {
    format!(
        "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{ name: {name}, title: {name} }}\nspec:\n  type: service\n  owner: platform\n{more}  steps:\n{steps}"
    )
}

/// A portal with people and these templates, each with a name.
fn portal(templates: &[(&str, String)]) -> Portal {
    let mut builder = PortalBuilder::new(CONFIG).file("templates/people.yaml", PEOPLE);
    for (name, text) in templates {
        builder = builder.file(&format!("templates/{name}.yaml"), text);
    }
    let portal = builder.start();
    for (name, _) in templates {
        until(&format!("the template {name} is there"), || there(&portal, &format!("template/default/{name}")));
    }
    until("the people are there", || there(&portal, "component/default/orders"));
    portal
}

fn there(portal: &Portal, entity: &str) -> Option<()> {
    (portal.get(&format!("/api/catalog/entities/by-name/{entity}")).status == 200).then_some(())
}

fn begin_as(portal: &Portal, who: &str, input: &Value) -> String {
    let answer = portal.send("POST", "/api/scaffolder/v2/tasks", Some(&input.to_string()), &[(HEADER, who)]);
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["id"].as_str().expect("an id").to_owned()
}

fn begin(portal: &Portal, template: &str, values: Value) -> String {
    begin_as(portal, "ada", &json!({ "templateRef": format!("template:default/{template}"), "values": values }))
}

/// Somebody stops a task, or tries it again.
fn act(portal: &Portal, who: &str, id: &str, what: &str) -> portico_tests::Answer {
    portal.send("POST", &format!("/api/scaffolder/v2/tasks/{id}/{what}"), Some("{}"), &[(HEADER, who)])
}

fn task(portal: &Portal, id: &str) -> Value {
    portal.json(&format!("/api/scaffolder/v2/tasks/{id}"))
}

/// The task once it stands so.
fn once(portal: &Portal, id: &str, status: &str) -> Value {
    until(&format!("the task is {status}"), || {
        let task = task(portal, id);
        let is_over = matches!(task["status"].as_str(), Some("completed" | "failed" | "cancelled"));
        assert!(!is_over || task["status"] == status, "{task:#}");
        (task["status"] == status).then_some(task)
    })
}

/// All that was said in a task that is over, by the stream that ends with it.
fn messages(portal: &Portal, id: &str) -> Vec<String> {
    let stream = portal.get(&format!("/api/scaffolder/v2/tasks/{id}/eventstream")).body;
    let events = stream.lines().filter_map(|line| line.strip_prefix("data: "));
    let events = events.map(|data| serde_json::from_str::<Value>(data).expect("an event"));
    events.map(|event| event["body"]["message"].as_str().unwrap_or_default().to_owned()).collect()
}

const SAY: &str =
    "    - { id: say, name: Say, action: 'debug:log', input: { message: 'hello ${{ parameters.name }}' } }\n";

#[test]
fn a_run_says_what_it_does_and_what_came_of_it() {
    let steps = format!(
        "{SAY}    - {{ id: turns, name: Turns, each: [1, 2], action: 'debug:log', input: {{ message: '${{{{ each.key }}}}=${{{{ each.value }}}}' }} }}\n    - {{ id: never, name: Never, if: '${{{{ parameters.name === \"zzz\" }}}}', action: 'debug:log', input: {{ message: never }} }}\n  output:\n    text: [{{ title: T, content: 'n=${{{{ parameters.name }}}}' }}]\n"
    );
    let portal = portal(&[("hello", template("hello", "", &steps))]);
    let id = begin(&portal, "hello", json!({ "name": "bob" }));
    let ended = once(&portal, &id, "completed");
    assert_eq!(ended["output"], json!({ "text": [{ "title": "T", "content": "n=bob" }] }));
    assert_eq!(
        (&ended["createdBy"], &ended["spec"]["user"]["ref"]),
        (&json!("user:default/ada"), &json!("user:default/ada"))
    );
    let steps: Vec<&str> =
        ended["steps"].as_array().unwrap().iter().filter_map(|step| step["status"].as_str()).collect();
    assert_eq!(steps, ["completed", "completed", "skipped"]);
    let said = messages(&portal, &id);
    for expected in [
        "Starting up task with 3 steps",
        "Beginning step Say",
        "hello bob",
        "Finished step Say",
        "0=1",
        "1=2",
        "Skipping step never because its if condition was false",
        "Run completed with status: completed",
    ] {
        assert!(said.iter().any(|line| line == expected), "{expected}: {said:#?}");
    }
    let stream = portal.get(&format!("/api/scaffolder/v2/tasks/{id}/eventstream?after=2"));
    assert_eq!(stream.media_type, "text/event-stream");
    assert!(
        !stream.body.contains("Starting up task")
            && stream.body.trim_end().lines().any(|line| line == "event: completion")
    );
    let listed = portal.json("/api/scaffolder/v2/tasks?createdBy=user:default/ada&status=completed");
    assert_eq!((&listed["totalTasks"], &listed["tasks"][0]["id"]), (&json!(1), &json!(id)));
    assert_eq!(portal.json("/api/scaffolder/v2/tasks?status=failed")["totalTasks"], json!(0));
    let figures = &portal.json("/api/portico/templates")[0]["figures"];
    assert_eq!((&figures["completed"], &figures["success"]), (&json!(1), &json!(1.0)));
    assert!(
        portal
            .get("/metrics")
            .body
            .contains("portico_template_tasks{template=\"template:default/hello\",status=\"completed\"} 1")
    );
}

#[test]
fn a_failed_run_names_the_step_and_is_tried_again_from_there() {
    let steps = format!(
        "{SAY}    - {{ id: move, name: Move, action: 'fs:rename', input: {{ files: [{{ from: a.txt, to: b.txt }}] }} }}\n    - {{ id: tell, name: Tell, if: '${{{{ failure() }}}}', action: 'debug:log', input: {{ message: it failed }} }}\n"
    );
    let portal = portal(&[("moves", template("moves", "", &steps))]);
    let id = begin(&portal, "moves", json!({ "name": "x" }));
    let failed = once(&portal, &id, "failed");
    assert_eq!(failed["error"]["stepId"], json!("move"));
    let said = messages(&portal, &id);
    assert!(said.iter().any(|line| line == "it failed"), "a step that asks for failures is done: {said:#?}");
    let retried = act(&portal, "ada", &id, "retry");
    assert_eq!((retried.status, &retried.json()["id"]), (201, &json!(id)));
    let failed = once(&portal, &id, "failed");
    let attempts: Vec<u64> =
        failed["steps"].as_array().unwrap().iter().filter_map(|step| step["attempts"].as_u64()).collect();
    assert_eq!(attempts[..2], [1, 2], "what was done is not done again");
    let figures = &portal.json("/api/portico/templates")[0]["figures"];
    assert_eq!(figures["failsAt"], json!([{ "step": "move", "count": 1 }]));
}

#[test]
fn a_run_that_is_stopped_stops() {
    let steps = "    - { id: wait, name: Wait, action: 'debug:wait', input: { minutes: 5 } }\n    - { id: say, name: Say, action: 'debug:log', input: { message: never } }\n";
    let portal = portal(&[("waits", template("waits", "", steps))]);
    let id = begin(&portal, "waits", json!({}));
    until("it waits", || (task(&portal, &id)["steps"][0]["status"] == "processing").then_some(()));
    let refused = act(&portal, "bob", &id, "cancel");
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(refused.body.contains("user:default/bob is none of those who may"), "{}", refused.body);
    let stopped = act(&portal, "eve", &id, "cancel");
    assert_eq!((stopped.status, stopped.json()), (200, json!({ "status": "cancelled" })));
    let ended = once(&portal, &id, "cancelled");
    assert_eq!((&ended["steps"][0]["status"], &ended["steps"][1]["status"]), (&json!("cancelled"), &json!("open")));
    assert!(portal.get(&format!("/api/scaffolder/v2/tasks/{id}/eventstream")).body.contains("event: cancelled"));
}

#[test]
fn a_run_goes_on_where_it_was_when_the_portal_is_killed() {
    let steps = "    - { id: write, name: Write, action: 'roadiehq:utils:fs:write', input: { path: a.txt, content: kept } }\n    - { id: wait, name: Wait, action: 'debug:wait', input: { seconds: 8 } }\n    - { id: read, name: Read, action: 'roadiehq:utils:fs:parse', input: { path: a.txt, parser: yaml } }\n";
    let portal = portal(&[("slow", template("slow", "", steps))]);
    let id = begin(&portal, "slow", json!({}));
    until("it waits", || (task(&portal, &id)["steps"][1]["status"] == "processing").then_some(()));
    let portal = portal.kill_and_restart();
    let ended = once(&portal, &id, "completed");
    let attempts: Vec<u64> =
        ended["steps"].as_array().unwrap().iter().filter_map(|step| step["attempts"].as_u64()).collect();
    assert_eq!(attempts, [1, 2, 1], "what was done is not done again");
    assert_eq!(ended["steps"][2]["output"]["content"], json!("kept"), "the files are as the first step left them");
    let said = messages(&portal, &id);
    assert!(said.iter().any(|line| line == "The portal was started again, and goes on with the task"), "{said:#?}");
}

#[test]
fn a_step_that_ends_while_the_portal_stops_is_not_done_again() {
    let steps = "    - { id: wait, name: Wait, action: 'debug:wait', input: { seconds: 2 } }\n    - { id: say, name: Say, action: 'debug:log', input: { message: on } }\n";
    let portal = portal(&[("slow", template("slow", "", steps))]);
    let id = begin(&portal, "slow", json!({}));
    until("it waits", || (task(&portal, &id)["steps"][0]["status"] == "processing").then_some(()));
    let portal = portal.restart();
    let ended = once(&portal, &id, "completed");
    let attempts: Vec<u64> =
        ended["steps"].as_array().unwrap().iter().filter_map(|step| step["attempts"].as_u64()).collect();
    assert_eq!(attempts, [1, 1]);
}

#[test]
fn secrets_are_used_and_never_seen() {
    let steps = "    - { id: say, name: Say, action: 'debug:log', input: { message: 'token ${{ secrets.token }}' } }\n    - { id: write, name: Write, action: 'roadiehq:utils:fs:write', input: { path: a.txt, content: '${{ secrets.token }}' } }\n    - { id: read, name: Read, action: 'roadiehq:utils:fs:parse', input: { path: a.txt, parser: yaml } }\n    - { id: fail, name: Fail, action: 'fs:rename', input: { files: [{ from: '${{ secrets.token }}', to: b }] } }\n";
    let portal = portal(&[("secret", template("secret", "", steps))]);
    let input = json!({ "templateRef": "secret", "values": {}, "secrets": { "token": "hunter2-and-more" } });
    let id = begin_as(&portal, "ada", &input);
    let failed = once(&portal, &id, "failed");
    assert_eq!(failed["steps"][2]["output"]["content"], json!("***"), "it was used, and is masked");
    assert_eq!(failed["secrets"], json!(["token"]));
    let seen = [failed.to_string(), messages(&portal, &id).join("\n"), portal.log()].join("\n");
    assert!(!seen.contains("hunter2") && seen.contains("token ***"), "{seen}");
    let retried = act(&portal, "ada", &id, "retry");
    assert_eq!(retried.status, 409, "{}", retried.body);
    until("no file holds the secret", || {
        files_with(&portal.folder().join("data"), b"hunter2").is_empty().then_some(())
    });
}

/// The files below a folder that hold some bytes.
fn files_with(folder: &std::path::Path, bytes: &[u8]) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        match entry.file_type().expect("a kind") {
            kind if kind.is_dir() => found.extend(files_with(&path, bytes)),
            // What was there when the folder was listed may be gone by now.
            kind if kind.is_file() => {
                let content = std::fs::read(&path).unwrap_or_default();
                found.extend(content.windows(bytes.len()).any(|part| part == bytes).then_some(path));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn whoever_asks_is_not_the_one_who_approves() {
    let more = "  approval: { within: 1h }\n  allowed: [platform, payments]\n";
    let portal = portal(&[("careful", template("careful", more, SAY))]);
    let id = begin_as(&portal, "ada", &json!({ "templateRef": "careful", "values": { "name": "x" } }));
    let waiting = task(&portal, &id);
    assert_eq!((&waiting["status"], &waiting["approval"]["by"]), (&json!("open"), &json!(["group:default/platform"])));
    let decide = |who: &str, approved: bool| {
        let body = json!({ "approved": approved, "comment": "looks right" }).to_string();
        portal.send("POST", &format!("/api/portico/tasks/{id}/decision"), Some(&body), &[(HEADER, who)])
    };
    assert_eq!(decide("ada", true).status, 403, "four eyes");
    assert_eq!(decide("bob", true).status, 403, "not one of them");
    let mine = |who: &str| portal.send("GET", "/api/portico/approvals", None, &[(HEADER, who)]).json();
    assert_eq!((mine("eve")[0]["id"].clone(), mine("ada"), mine("bob")), (json!(id), json!([]), json!([])));
    assert_eq!(decide("eve", true).status, 200);
    once(&portal, &id, "completed");
    assert!(messages(&portal, &id).iter().any(|line| line == "user:default/eve approved: looks right"));
    assert_eq!(decide("eve", true).status, 409, "it does not wait any more");
    let declined = begin_as(&portal, "ada", &json!({ "templateRef": "careful", "values": { "name": "y" } }));
    let body = json!({ "approved": false }).to_string();
    let answer =
        portal.send("POST", &format!("/api/portico/tasks/{declined}/decision"), Some(&body), &[(HEADER, "eve")]);
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("cancelled")));
    let again = act(&portal, "ada", &declined, "retry");
    assert!(again.status == 409 && again.body.contains("was not approved; run the template anew"), "{}", again.body);
}

#[test]
fn who_may_not_run_a_template_is_told() {
    let portal = portal(&[("closed", template("closed", "  allowed: [platform]\n", SAY))]);
    let input = json!({ "templateRef": "closed", "values": { "name": "x" } }).to_string();
    let as_who = |headers: &[(&str, &str)]| portal.send("POST", "/api/scaffolder/v2/tasks", Some(&input), headers);
    let refused = as_who(&[(HEADER, "bob")]);
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(
        refused.body.contains("may be run by group:default/platform alone, and user:default/bob is none of them"),
        "{}",
        refused.body
    );
    assert_eq!((as_who(&[]).status, as_who(&[(HEADER, "eve")]).status), (403, 201));
}

#[test]
fn a_template_of_entities_starts_from_one() {
    let more = "  forEntity: { filter: 'kind=component,spec.type=service', parameter: service }\n  parameters: { properties: { service: { type: string } } }\n";
    let steps = "    - { id: say, name: Say, action: 'debug:log', input: { message: 'restart ${{ entity.metadata.name }} of ${{ entity.spec.owner }}: ${{ parameters.service }}' } }\n";
    let portal = portal(&[("restart", template("restart", more, steps)), ("hello", template("hello", "", SAY))]);
    let offered = portal.json("/api/portico/entities/component/default/orders/templates");
    assert_eq!(
        (offered.as_array().map(Vec::len), &offered[0]["entityRef"]),
        (Some(1), &json!("template:default/restart"))
    );
    assert_eq!(portal.json("/api/portico/entities/group/default/platform/templates"), json!([]));
    let input = |entity: Option<&str>| json!({ "templateRef": "restart", "values": {}, "entity": entity });
    let refused = portal.post("/api/scaffolder/v2/tasks", &input(None));
    assert!(refused.status == 400 && refused.body.contains("is started from an entity"), "{}", refused.body);
    let refused = portal.post("/api/scaffolder/v2/tasks", &input(Some("group:default/platform")));
    assert!(refused.status == 400 && refused.body.contains("is not for entities such as this one"), "{}", refused.body);
    let id = begin_as(&portal, "ada", &input(Some("component:default/orders")));
    once(&portal, &id, "completed");
    let expected = "restart orders of payments: component:default/orders";
    assert!(messages(&portal, &id).iter().any(|line| line == expected), "{:#?}", messages(&portal, &id));
}

#[test]
fn a_template_is_tried_with_nothing_left_behind() {
    let portal = portal(&[("hello", template("hello", "", SAY))]);
    let steps = json!([
        { "id": "fetch", "name": "Fetch", "action": "fetch:template", "input": { "url": "./skeleton", "values": { "name": "${{ parameters.name }}" } } },
        { "id": "register", "name": "Register", "action": "catalog:register", "input": { "catalogInfoUrl": "https://a.test/catalog-info.yaml" } },
    ]);
    let tried = json!({
        "template": { "apiVersion": "scaffolder.backstage.io/v1beta3", "kind": "Template", "metadata": { "name": "t" }, "spec": { "type": "a", "steps": steps } },
        "values": { "name": "orders" },
        "directoryContents": [{ "path": "skeleton/${{ values.name }}.md", "base64Content": "IyAke3sgdmFsdWVzLm5hbWUgfX0K" }],
    });
    let answer = portal.post("/api/scaffolder/v2/dry-run", &tried);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let outcome = answer.json();
    assert_eq!(
        outcome["directoryContents"],
        json!([{ "path": "orders.md", "executable": false, "base64Content": "IyBvcmRlcnMK" }]),
        "{outcome:#}"
    );
    assert_eq!((&outcome["outcome"][1]["status"], outcome.get("error")), (&json!("completed"), None), "{outcome:#}");
    assert_eq!(portal.json("/api/scaffolder/v2/tasks")["totalTasks"], json!(0));
    let left: Vec<_> = std::fs::read_dir(portal.folder().join("data/tasks")).expect("the folder").flatten().collect();
    assert!(left.is_empty(), "{left:?}");
    let unknown = json!({ "template": { "apiVersion": "scaffolder.backstage.io/v1beta3", "kind": "Template", "metadata": { "name": "t" }, "spec": { "steps": [{ "action": "no:such" }] } }, "values": {} });
    assert_eq!(portal.post("/api/scaffolder/v2/dry-run", &unknown).status, 404);
}

#[test]
fn a_template_is_run_from_a_terminal() {
    let restart = "    - { id: say, name: Say, action: 'debug:log', input: { message: 'restart ${{ entity.metadata.name }}' } }\n";
    let restart = template("restart", "  forEntity: { filter: kind=component }\n", restart);
    let portal = portal(&[("hello", template("hello", "", SAY)), ("restart", restart)]);
    std::fs::write(portal.folder().join("values.yaml"), "name: terminal\n").expect("a file");
    let run = |template: &str, more: &[&str]| {
        let mut command = std::process::Command::new(program());
        command.args(["scaffold", "run", template, "--values"]).arg(portal.folder().join("values.yaml"));
        command.args(["--at", portal.address()]).args(more).output().expect("the program")
    };
    let ran = run("hello", &[]);
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success() && said.contains("✓ Finished step Say") && said.contains("hello terminal"), "{said}");
    let ran = run("restart", &["--entity", "component:default/orders"]);
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success() && said.contains("restart orders"), "{said}");
    let missing = run("nowhere", &[]);
    let said = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(!missing.status.success() && said.contains("Template template:default/nowhere not found"), "{said}");
}

/// From what is filled in to the repository to the catalog, with the server that most companies have some of.
#[test]
fn a_golden_path_ends_in_a_repository_and_in_the_catalog() {
    let git = GitServer::wanting(TOKEN);
    git.create("acme/orders-api");
    let host = git.host();
    let (name, port) = host.split_once(':').expect("a port");
    let steps = "    - { id: fetch, name: Fetch, action: 'fetch:template', input: { url: ./skeleton, values: { name: '${{ parameters.name }}', note: '${{ parameters.note }}' } } }\n    - { id: publish, name: Publish, action: 'publish:git', input: { repository: 'GIT/acme/${{ parameters.name }}.git', defaultBranch: main } }\n  output: { links: [{ title: Repository, url: '${{ steps.publish.output.remoteUrl }}' }] }\n";
    let template = template("service", "", &steps.replace("GIT", &format!("http://{host}")));
    let config = format!(
        "{CONFIG}  publish:\n    grants:\n      push: ['http://{host}/acme/*']\n      private-addresses: [127.0.0.1]\n      credentials: {{ git: {{ hosts: ['{name}:{port}'], username: portal, secret: {{ env: TEST_GIT_TOKEN }} }} }}\n"
    );
    let builder = PortalBuilder::new(&config).environment("TEST_GIT_TOKEN", TOKEN);
    let builder = builder.file("templates/service.yaml", &template).file("templates/people.yaml", PEOPLE);
    let portal = builder.file("templates/skeleton/README.md", "# ${{ values.name }}${{ values.note }}\n").start();
    until("the template is there", || there(&portal, "template/default/service"));
    let id = begin(&portal, "service", json!({ "name": "orders-api" }));
    let ended = once(&portal, &id, "completed");
    assert_eq!(git.file("acme/orders-api", "README.md").as_deref(), Some("# orders-api\n"), "{ended:#}");
    assert!(
        ended["output"]["links"][0]["url"].as_str().is_some_and(|url| url.contains("acme/orders-api")),
        "{ended:#}"
    );
    let again = begin(&portal, "service", json!({ "name": "orders-api", "note": " anew" }));
    let failed = once(&portal, &again, "failed");
    assert!(failed["error"]["message"].as_str().is_some_and(|said| said.contains("is there already")), "{failed:#}");
}
