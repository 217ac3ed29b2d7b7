//! A company small enough to be known by heart, and its portal with a reader in front of it.

use portico_tests::{Browser, Portal, PortalBuilder, Repository};

/// Components that are there to fill pages: more than one page of the catalog shows.
pub(crate) const PARTS: usize = 60;

const NAMED: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: { name: payments, title: Payments Core }
spec: { type: team, children: [] }
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: { name: card-processing, description: From the card to the money }
spec: { owner: payments }
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: { name: payments-v2 }
spec: { type: openapi, lifecycle: production, owner: payments, system: card-processing, definition: 'openapi: 3.1.0' }
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: payments-api
  title: Payments API
  description: Authorises, captures and refunds card payments
  tags: [rust, pci]
  links: [{ url: https://runbooks.example.com/payments, title: Capture failures, type: runbook }]
spec:
  type: service
  lifecycle: production
  owner: payments
  system: card-processing
  providesApis: [payments-v2]
  dependsOn: [resource:payments-db]
";

const REFUSED: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: kyc-adapter }
spec:
  type: service
  lifecyle: production
  owner: payments
";

/// The company's portal, filled, and a browser. Both end with the test.
pub(crate) struct Visit {
    pub(crate) repository: Repository,
    pub(crate) portal: Portal,
    pub(crate) browser: Browser,
}

impl Visit {
    /// A reader whose browser runs scripts, or does not.
    pub(crate) async fn new(script: bool) -> Visit {
        Visit::with("", script).await
    }

    /// The same with further lines in the portal's configuration.
    pub(crate) async fn with(lines: &str, script: bool) -> Visit {
        let part = |number: usize| {
            let lifecycle = if number.is_multiple_of(10) { "experimental" } else { "production" };
            format!(
                "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{ name: part-{number:02} }}\n\
                 spec: {{ type: library, lifecycle: {lifecycle}, owner: payments }}\n"
            )
        };
        let parts: String = (1..=PARTS).map(part).collect();
        let repository = Repository::with(&[
            ("catalog-info.yaml", &format!("{NAMED}{parts}")),
            ("kyc-adapter/catalog-info.yaml", REFUSED),
        ]);
        let portal = PortalBuilder::reading(&[&repository]).configured(lines).start();
        let run = portal.run("git");
        assert_eq!(run["state"], "succeeded", "{run}");
        Visit { repository, portal, browser: Browser::start(script).await }
    }

    /// Commits the company with other words, and has that read.
    pub(crate) async fn change(&self, from: &str, to: &str) {
        let file = self.repository.path().join("catalog-info.yaml");
        let text = std::fs::read_to_string(file).expect("the company");
        self.repository.commit(&[("catalog-info.yaml", &text.replace(from, to))]);
        let run = self.portal.run("git");
        assert_eq!(run["state"], "succeeded", "{run}");
    }

    /// Opens a page; where scripts run, waits until they have taken over.
    pub(crate) async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.portal.address())).await;
    }

    /// Opens a page, and waits until the application has taken it over: until then a key does nothing.
    pub(crate) async fn open_alive(&self, path: &str) {
        self.open(path).await;
        self.comes_alive().await;
    }

    /// Waits until the application has taken over the page that is shown.
    pub(crate) async fn comes_alive(&self) {
        alive(&self.browser).await;
    }

    /// The path and the query of the address shown.
    pub(crate) async fn path(&self) -> String {
        let address = self.browser.address().await;
        address.strip_prefix(self.portal.address()).unwrap_or(&address).to_owned()
    }

    /// Waits for a text somewhere in what fits a selector.
    pub(crate) async fn shows(&self, selector: &str, text: &str) {
        let shown = async || self.browser.texts(selector).await.iter().any(|found| found.contains(text));
        self.browser.until(&format!("`{text}` in {selector}"), shown).await;
    }

    /// Waits for so many elements.
    pub(crate) async fn counts(&self, selector: &str, count: usize) {
        let there = async || self.browser.texts(selector).await.len() == count;
        self.browser.until(&format!("{count} of {selector}"), there).await;
    }

    /// Says that the page was not loaded since [`Visit::mark`].
    pub(crate) async fn is_marked(&self) -> bool {
        self.browser.script("return window.mark === true").await == true
    }

    /// Marks the page, so that loading it anew can be told.
    pub(crate) async fn mark(&self) {
        self.browser.script("window.mark = true").await;
    }
}

/// Waits until the application has taken over the page that is shown.
pub(crate) async fn alive(browser: &Browser) {
    let press = "document.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true }));
                 const open = document.querySelector('dialog.palette')?.open ?? false;
                 if (open) document.querySelector('dialog.palette').close();
                 return open;";
    browser.until("the page is alive", async || browser.script(press).await == true).await;
}
