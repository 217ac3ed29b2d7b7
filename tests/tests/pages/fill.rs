//! Templates that are filled in: page by page, with what is wrong beside its field, looked over, and run; with and without script.

use portico_tests::{Browser, Portal, PortalBuilder, until};
use serde_json::{Value, json};

use crate::company::alive;

const TEMPLATES: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: { name: platform, title: Platform Crew }
spec: { type: team, children: [] }
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: orders, title: Orders }
spec: { type: service, lifecycle: production, owner: platform }
---
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: { name: service, title: A service, description: Makes a service }
spec:
  owner: platform
  type: service
  parameters:
    - title: Basics
      required: [name, owner]
      properties:
        name: { title: Name, type: string, description: In **lower** case, pattern: '^[a-z-]+$' }
        owner: { title: Owner, type: string, ui:field: OwnerPicker, ui:options: { catalogFilter: { kind: Group } } }
        isPublic: { title: Public, type: boolean }
      dependencies:
        isPublic:
          oneOf:
            - properties: { isPublic: { const: false } }
            - properties: { isPublic: { const: true }, address: { title: Address, type: string } }
              required: [address]
    - title: Details
      properties:
        tags: { title: Tags, type: array, items: { type: string } }
        token: { title: Token, type: string, ui:field: Secret }
      required: [token]
  steps:
    - { id: say, name: Say, action: debug:log, input: { message: 'Made ${{ parameters.name }} for ${{ parameters.owner }} ${{ parameters.tags | dump }}' } }
---
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: { name: restart, title: Restart it }
spec:
  owner: platform
  type: service
  forEntity: { filter: 'kind=component', parameter: component }
  parameters: { required: [component], properties: { component: { title: Component, type: string }, why: { title: Why, type: string } } }
  steps: [{ id: say, name: Say, action: debug:log, input: { message: 'Restarts ${{ parameters.component }}' } }]
---
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: { name: kept, title: Keep it somewhere }
spec:
  owner: platform
  type: service
  parameters: { required: [repoUrl], properties: { repoUrl: { title: Repository, type: string, ui:field: RepoUrlPicker } } }
  steps: [{ id: say, name: Say, action: debug:log, input: { message: 'Keeps it at ${{ parameters.repoUrl }}' } }]
";

const CONFIG: &str = "\
locations: [{ type: file, target: '{folder}/templates.yaml' }]
plugins:
  scaffolder: {}
  locations:
    grants: { files: ['{folder}'], catalog: { write: ['*'] } }
";

/// What ends a line.
const ENTER: &str = "\u{e007}";

/// A portal with templates, and a reader.
struct Desk {
    portal: Portal,
    browser: Browser,
}

impl Desk {
    async fn open(script: bool) -> Desk {
        let portal = PortalBuilder::new(CONFIG).file("templates.yaml", TEMPLATES).start();
        until("the templates and what their steps do are there", || {
            let actions = portal.json("/api/scaffolder/v2/actions");
            let has_actions = actions.as_array()?.iter().any(|action| action["id"] == "debug:log");
            (has_actions && portal.json("/api/portico/templates").as_array()?.len() == 3).then_some(())
        });
        Desk { portal, browser: Browser::start(script).await }
    }

    async fn goes(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.portal.address())).await;
    }

    async fn shows(&self, selector: &str, text: &str) {
        let shown = async || self.browser.texts(selector).await.iter().any(|found| found.contains(text));
        self.browser.until(&format!("`{text}` in {selector}"), shown).await;
    }

    async fn is_not_shown(&self, selector: &str) {
        self.browser.until(&format!("no {selector}"), async || !self.browser.has(selector).await).await;
    }

    async fn presses(&self, go: &str) {
        self.browser.click(&format!(".actionbar button[value='{go}']")).await;
    }

    /// The run that is shown, once it is over.
    async fn run(&self) -> Value {
        self.browser.until("the run is shown", async || self.browser.address().await.contains("/create/tasks/")).await;
        let address = self.browser.address().await;
        let id = address.rsplit('/').next().unwrap_or_default();
        until("the run is over", || {
            let task = self.portal.json(&format!("/api/scaffolder/v2/tasks/{id}"));
            (!matches!(task["status"].as_str(), Some("open" | "processing"))).then_some(task)
        })
    }
}

const NAME: &str = "input[name='input./name']";
const OWNER: &str = "input[name='input./owner']";

#[tokio::test]
async fn a_template_is_filled_in_looked_over_and_run_with_and_without_script() {
    for script in [true, false] {
        let desk = Desk::open(script).await;
        desk.goes("/create/templates/default/service?name=fx-quotes&owner=group:default/platform").await;
        desk.shows("h1", "A service").await;
        desk.shows(".steps > li[aria-current=step]", "Basics").await;
        assert!(desk.browser.has(&format!("{NAME}[value='fx-quotes']")).await, "the address fills it in");
        desk.presses("next").await;
        desk.shows(".steps > li[aria-current=step]", "Details").await;
        for tag in ["one", "two"] {
            desk.browser.click("button[value='add /tags']").await;
            let item = format!("input[name='input./tags/{}']", usize::from(tag == "two"));
            desk.browser.until("there is room for one more", async || desk.browser.has(&item).await).await;
            desk.browser.write(&item, tag).await;
        }
        desk.browser.click("button[value='up /tags/1']").await;
        let first = "return document.querySelector(\"input[name='input./tags/0']\").value";
        desk.browser.until("they have changed places", async || desk.browser.script(first).await == "two").await;
        desk.presses("next").await;
        desk.shows(".review", "fx-quotes").await;
        desk.browser.write("input[name='input./token']", "s3cret").await;
        desk.presses("run").await;
        let task = desk.run().await;
        assert_eq!((&task["status"], &task["secrets"][0]), (&"completed".into(), &"token".into()), "{task:#}");
        assert_eq!(task["spec"]["parameters"]["tags"], serde_json::json!(["two", "one"]));
        assert!(!task.to_string().contains("s3cret"), "{task:#}");
    }
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_takes_the_focus() {
    for script in [true, false] {
        let desk = Desk::open(script).await;
        desk.goes("/create/templates/default/service").await;
        desk.browser.write(NAME, "Bad Name").await;
        if script {
            desk.shows(".error", "^[a-z-]+$").await;
        }
        desk.presses("next").await;
        desk.browser
            .until("the name is marked", async || desk.browser.has(&format!("{NAME}[aria-invalid=true]")).await)
            .await;
        desk.shows(".steps > li[aria-current=step]", "Basics").await;
        let focus = "return document.activeElement.name";
        desk.browser.until("the focus is on it", async || desk.browser.script(focus).await == "input./name").await;
        let told = "return document.getElementById(document.activeElement.getAttribute('aria-describedby').split(' ').pop()).textContent";
        assert_ne!(desk.browser.script(told).await, "", "what is wrong is told with the field");
    }
}

#[tokio::test]
async fn a_field_comes_with_what_wants_it_and_nobody_is_disturbed() {
    let desk = Desk::open(true).await;
    desk.goes("/create/templates/default/service").await;
    desk.browser.write(NAME, "fx").await;
    desk.browser.write(OWNER, "group:default/platform").await;
    desk.browser.click("input[name='input./isPublic']").await;
    desk.shows("label", "Address").await;
    let focus = "return document.activeElement.name";
    assert_eq!(desk.browser.script(focus).await, "input./isPublic", "the focus stays where it was");
    let name = "return document.querySelector(\"input[name='input./name']\").value";
    assert_eq!(desk.browser.script(name).await, "fx");
    desk.presses("next").await;
    desk.shows(".error", "").await;
    desk.browser.write("input[name='input./address']", &format!("here{ENTER}")).await;
    desk.shows(".steps > li[aria-current=step]", "Details").await;
    assert_eq!(desk.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn what_was_begun_is_offered_again_without_secrets() {
    let desk = Desk::open(true).await;
    desk.goes("/create/templates/default/service").await;
    desk.browser.write(NAME, "begun").await;
    desk.shows(".actionbar", "Draft kept").await;
    desk.goes("/create/templates/default/service").await;
    desk.shows(".banner", "There is a draft of yours").await;
    desk.browser.click(".banner button").await;
    desk.is_not_shown(".banner").await;
    let name = "return document.querySelector(\"input[name='input./name']\").value";
    desk.browser.until("it stands there again", async || desk.browser.script(name).await == "begun").await;
}

#[tokio::test]
async fn a_template_of_entities_is_started_from_the_page_of_one() {
    let desk = Desk::open(false).await;
    desk.goes("/create/templates/default/restart").await;
    desk.shows(".banner", "It is started from an entity").await;
    desk.goes("/catalog/default/component/orders").await;
    desk.browser.click(".menu summary").await;
    desk.browser.click(".menu a").await;
    desk.shows(".about", "Started from Orders").await;
    desk.presses("next").await;
    desk.shows(".review", "component:default/orders").await;
    desk.presses("run").await;
    assert_eq!(desk.run().await["status"], "completed");
}

#[tokio::test]
async fn whoever_names_a_repository_is_not_disturbed_by_what_is_offered() {
    let desk = Desk::open(true).await;
    desk.goes("/create/templates/default/kept").await;
    let part = |part: &str| format!("input[name='input.{part}#/repoUrl']");
    alive(&desk.browser).await;
    desk.browser.script("document.querySelector(\"input[name='input.owner#/repoUrl']\").mine = true").await;
    desk.browser.write(&part("host"), "github.com").await;
    desk.browser.write(&part("owner"), "ac").await;
    desk.shows(".error", "lacks its repo").await;
    desk.browser.write(&part("owner"), "me").await;
    desk.browser.write(&part("repo"), "ledger").await;
    desk.browser
        .until("nothing is wrong any more", async || desk.browser.texts(".error").await.concat().is_empty())
        .await;
    let owner = "const owner = document.querySelector(\"input[name='input.owner#/repoUrl']\");
                 return [owner.value, owner.mine === true, document.activeElement.name]";
    assert_eq!(desk.browser.script(owner).await, json!(["acme", true, "input.repo#/repoUrl"]));
    desk.presses("next").await;
    desk.shows(".review", "github.com?owner=acme&repo=ledger").await;
    assert_eq!(desk.browser.complaints().await, [""; 0]);
}
