//! Templates and what they made: found, followed while they go on, tried again, and tried as they are written.

use portico_tests::{Browser, Portal, PortalBuilder, until};
use serde_json::{Value, json};

use crate::company::alive;

const TEMPLATES: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: { name: platform, title: Platform Crew }
spec: { type: team, children: [] }
---
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: { name: greeting, title: Greeting, description: Says hello, tags: [demo] }
spec:
  owner: platform
  type: service
  parameters: { required: [name], properties: { name: { type: string }, seconds: { type: number, default: 0 } } }
  steps:
    - { id: wait, name: Wait a moment, action: debug:wait, input: { seconds: '${{ parameters.seconds }}' } }
    - { id: say, name: Say hello, action: debug:log, input: { message: 'Hello ${{ parameters.name }}' } }
  output:
    links:
      - { title: Repository, url: 'https://forge.test/acme/${{ parameters.name }}' }
      - { title: Its owners, entityRef: group:default/platform }
    text: [{ title: What now, content: 'Read the **docs**.' }]
---
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: { name: broken, title: Broken, tags: [other] }
spec:
  owner: platform
  type: website
  steps:
    - { id: first, name: Begin, action: debug:log, input: { message: begun } }
    - { id: bad, name: Rename what is missing, action: 'fs:rename', input: { files: [{ from: missing.txt, to: other.txt }] } }
---
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: { name: unheard, title: Unheard of }
spec: { owner: platform, type: resource, steps: [{ id: a, action: 'cloud:database:create' }] }
";

const CONFIG: &str = "\
locations: [{ type: file, target: '{folder}/templates.yaml' }]
plugins:
  scaffolder: {}
  locations:
    grants: { files: ['{folder}'], catalog: { write: ['*'] } }
";

/// A portal with templates, and a reader.
struct Workshop {
    portal: Portal,
    browser: Browser,
}

impl Workshop {
    async fn open(script: bool) -> Workshop {
        let portal = PortalBuilder::new(CONFIG).file("templates.yaml", TEMPLATES).start();
        until("the templates and what their steps do are there", || {
            let actions = portal.json("/api/scaffolder/v2/actions");
            let has_actions = actions.as_array()?.iter().any(|action| action["id"] == "debug:wait");
            (has_actions && portal.json("/api/portico/templates").as_array()?.len() == 3).then_some(())
        });
        Workshop { portal, browser: Browser::start(script).await }
    }

    async fn goes(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.portal.address())).await;
    }

    /// Runs a template.
    fn runs(&self, template: &str, values: Value) -> String {
        let body = json!({ "templateRef": format!("template:default/{template}"), "values": values });
        let answer = self.portal.post("/api/scaffolder/v2/tasks", &body);
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()["id"].as_str().expect("an id").to_owned()
    }

    fn ends(&self, id: &str) -> String {
        until("the run is over", || {
            let task = self.portal.json(&format!("/api/scaffolder/v2/tasks/{id}"));
            let status = task["status"].as_str()?.to_owned();
            (!matches!(status.as_str(), "open" | "processing")).then_some(status)
        })
    }

    async fn comes_alive(&self) {
        alive(&self.browser).await;
    }

    async fn shows(&self, selector: &str, text: &str) {
        let shown = async || self.browser.texts(selector).await.iter().any(|found| found.contains(text));
        self.browser.until(&format!("`{text}` in {selector}"), shown).await;
    }

    async fn counts(&self, selector: &str, count: usize) {
        let there = async || self.browser.texts(selector).await.len() == count;
        self.browser.until(&format!("{count} of {selector}"), there).await;
    }
}

#[tokio::test]
async fn templates_are_found_by_words_types_and_tags_with_and_without_script() {
    for script in [true, false] {
        let workshop = Workshop::open(script).await;
        workshop.goes("/create").await;
        workshop.counts(".template", 3).await;
        workshop.shows(".template .by", "Platform Crew").await;
        workshop.shows(".template .missing", "no plugin does cloud:database:create").await;
        workshop.browser.click(".chip[href*='type=service']").await;
        workshop.counts(".template", 1).await;
        workshop.shows(".template h3", "Greeting").await;
        workshop.browser.click(".tag[href*='tag=other']").await;
        workshop.shows(".empty", "No template fits").await;
        workshop.goes("/create").await;
        workshop.browser.write("input[name=q]", if script { "hello" } else { "hello\u{e007}" }).await;
        workshop.counts(".template", 1).await;
        let href =
            workshop.browser.script("return document.querySelector('.template h3 a').getAttribute('href')").await;
        assert_eq!(href, "/create/templates/default/greeting");
    }
}

#[tokio::test]
async fn a_run_is_followed_to_its_end_without_being_loaded_anew() {
    let workshop = Workshop::open(true).await;
    let id = workshop.runs("greeting", json!({ "name": "world", "seconds": 3 }));
    workshop.goes(&format!("/create/tasks/{id}")).await;
    workshop.shows("h1", "Greeting: world").await;
    workshop.shows("h1 ~ .status", "Running").await;
    workshop.browser.script("window.mark = true").await;
    workshop.shows("h1 ~ .status", "Succeeded").await;
    workshop.shows(".log li", "Hello world").await;
    workshop.shows(".card a", "Repository").await;
    workshop.shows(".card .prose", "Read the docs.").await;
    workshop.shows(".card .person, .card .ref", "Platform Crew").await;
    workshop.counts(".steps > li[data-tone=ok]", 2).await;
    assert_eq!(workshop.browser.script("return window.mark === true").await, true);
    assert_eq!(workshop.browser.complaints().await, [""; 0]);
    workshop.browser.write(".log-bar input", "hello world").await;
    workshop.counts(".log li", 1).await;
}

#[tokio::test]
async fn a_run_is_told_whole_and_can_be_stopped_and_tried_again_without_script() {
    let workshop = Workshop::open(false).await;
    let id = workshop.runs("greeting", json!({ "name": "world", "seconds": 60 }));
    workshop.goes(&format!("/create/tasks/{id}")).await;
    workshop.browser.click(&format!("form[action='/create/tasks/{id}/cancel'] button")).await;
    assert_eq!(workshop.ends(&id), "cancelled");
    workshop.goes(&format!("/create/tasks/{id}")).await;
    workshop.shows("h1 ~ .status", "Stopped").await;
    workshop.shows(".page-head button", "Retry from Wait a moment").await;

    let id = workshop.runs("broken", json!({}));
    assert_eq!(workshop.ends(&id), "failed");
    workshop.goes(&format!("/create/tasks/{id}")).await;
    workshop.shows(".banner", "In the step bad").await;
    workshop.shows(".banner .person", "Platform Crew").await;
    workshop.shows(".steps > li[aria-current]", "Rename what is missing").await;
    workshop.browser.click(&format!("form[action='/create/tasks/{id}/retry'] button")).await;
    workshop.shows(".log li", "is tried again from Rename what is missing").await;
    let log = workshop.portal.get(&format!("/create/tasks/{id}/log.txt"));
    assert!(log.media_type.starts_with("text/plain") && log.body.contains("[first] "), "{}", log.body);
    assert_eq!(workshop.portal.get("/create/tasks/nothing/log.txt").status, 404);
}

#[tokio::test]
async fn all_runs_are_listed_and_narrowed() {
    let workshop = Workshop::open(false).await;
    let (done, failed) = (workshop.runs("greeting", json!({ "name": "a" })), workshop.runs("broken", json!({})));
    assert_eq!((workshop.ends(&done), workshop.ends(&failed)), ("completed".to_owned(), "failed".to_owned()));
    workshop.goes("/create/tasks").await;
    workshop.counts("main tbody tr:has(th[scope=row] a)", 2).await;
    workshop.shows(".figure", "50 %").await;
    workshop.browser.click(".segmented a[href*='state=failed']").await;
    workshop.counts("main tbody tr:has(th[scope=row] a)", 1).await;
    workshop.shows("main tbody tr", "Broken").await;
    workshop.shows("main tbody code", "bad").await;
    workshop.browser.click("main tbody th a").await;
    workshop.shows("h1", "Broken").await;
}

#[tokio::test]
async fn actions_are_told_with_what_goes_in_and_comes_out() {
    let workshop = Workshop::open(true).await;
    workshop.goes("/create/actions?q=debug:wait").await;
    workshop.counts(".action", 1).await;
    workshop.shows(".action summary", "debug:wait").await;
    workshop.shows(".action th code", "seconds").await;
    workshop.shows(".action .ref", "scaffolder").await;
}

#[tokio::test]
async fn a_template_is_tried_as_it_is_written_with_and_without_script() {
    let workshop = Workshop::open(false).await;
    workshop.goes("/create/edit").await;
    workshop.browser.click("form[action='/create/edit/try'] button[type=submit]").await;
    workshop.shows(".banner", "It would succeed").await;
    workshop.shows(".log li", "Hello world").await;

    let workshop = Workshop::open(true).await;
    workshop.goes("/create/edit").await;
    workshop.comes_alive().await;
    workshop
        .browser
        .script(
            "const field = document.querySelector('textarea[name=values]'); field.value = 'name: moon';
             field.dispatchEvent(new Event('input', { bubbles: true }))",
        )
        .await;
    workshop.shows(".log li", "Hello moon").await;
    workshop.browser.write("textarea[name=values]", "\n- x").await;
    workshop.shows(".banner", "values.yaml").await;
}
