//! A real browser, headless, driven through its own driver.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

/// Between two looks at a page.
const PAUSE: Duration = Duration::from_millis(20);

/// How long a page may take to look as expected; far more than any takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A browser with one window and a profile of its own.
pub struct Browser {
    driver: Child,
    client: Client,
    _profile: TempDir,
}

impl Browser {
    /// Starts one; `script` says whether pages may run scripts.
    ///
    /// # Panics
    ///
    /// If there is no browser; `cargo xtask setup` installs one.
    pub async fn start(script: bool) -> Browser {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
        let mut driver = Command::new("chromedriver");
        driver.arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let driver = driver.spawn().expect("chromedriver is there; `cargo xtask setup` installs it");
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut arguments: Vec<String> = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1440,1000",
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let mut options = json!({ "args": arguments });
        if !script {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        let capabilities = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let capabilities = capabilities.as_object().cloned().unwrap_or_default();
        let address = format!("http://127.0.0.1:{port}");
        let start = tokio::time::Instant::now();
        let mut looks = tokio::time::interval(PAUSE);
        let client = loop {
            let attempt =
                ClientBuilder::new(HttpConnector::new()).capabilities(capabilities.clone()).connect(&address).await;
            match attempt {
                Ok(client) => break client,
                Err(error) => assert!(start.elapsed() < PATIENCE, "the browser does not start: {error}"),
            }
            looks.tick().await;
        };
        // A window that nobody looks at has no focus, in some versions, and tells no element that it got it.
        let focus = DevTools { method: "Emulation.setFocusEmulationEnabled", parameters: json!({ "enabled": true }) };
        client.issue_cmd(focus).await.expect("the page has the focus");
        Browser { driver, client, _profile: profile }
    }

    /// Goes to an address.
    pub async fn open(&self, address: &str) {
        self.client.goto(address).await.expect("the page loads");
    }

    /// The address shown.
    pub async fn address(&self) -> String {
        self.client.current_url().await.expect("an address").to_string()
    }

    /// The text of the first element that fits a CSS selector, once there is one.
    pub async fn text(&self, selector: &str) -> String {
        let element = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await;
        element.unwrap_or_else(|error| panic!("{selector}: {error}")).text().await.expect("text")
    }

    /// The texts of all elements that fit a CSS selector.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.client.find_all(Locator::Css(selector)).await.expect("a selector") {
            // An element that has gone in the meantime has no text.
            texts.push(element.text().await.unwrap_or_default());
        }
        texts
    }

    /// Whether an element fits a CSS selector now.
    pub async fn has(&self, selector: &str) -> bool {
        self.client.find(Locator::Css(selector)).await.is_ok()
    }

    /// Clicks the first element that fits a CSS selector, once there is one.
    pub async fn click(&self, selector: &str) {
        let element = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await;
        element.unwrap_or_else(|error| panic!("{selector}: {error}")).click().await.expect("a click");
    }

    /// Clicks a link by its text.
    pub async fn follow(&self, text: &str) {
        let element = self.client.wait().at_most(PATIENCE).for_element(Locator::LinkText(text)).await;
        element.unwrap_or_else(|error| panic!("link {text}: {error}")).click().await.expect("a click");
    }

    /// Types into the first element that fits a CSS selector.
    pub async fn write(&self, selector: &str, keys: &str) {
        let element = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await;
        element.unwrap_or_else(|error| panic!("{selector}: {error}")).send_keys(keys).await.expect("keys");
    }

    /// Runs a script in the page and answers what it returns.
    pub async fn script(&self, script: &str) -> serde_json::Value {
        self.client.execute(script, Vec::new()).await.expect("a script")
    }

    /// Waits until a page looks as expected.
    pub async fn until<F: Future<Output = bool>>(&self, what: &str, mut condition: impl FnMut() -> F) {
        let start = tokio::time::Instant::now();
        let mut looks = tokio::time::interval(PAUSE);
        while !condition().await {
            if start.elapsed() > PATIENCE {
                let page = self.text("body").await;
                panic!("waited {PATIENCE:?} in vain: {what}\nat {}\n{page}", self.address().await);
            }
            looks.tick().await;
        }
    }

    /// What the browser complained about in its console since the last time that it was asked.
    pub async fn complaints(&self) -> Vec<String> {
        let entries = self.client.issue_cmd(Console).await.expect("the console's entries");
        let severe = |entry: &&Value| entry["level"] == "SEVERE" || entry["level"] == "WARNING";
        let entries = entries.as_array().cloned().unwrap_or_default();
        entries.iter().filter(severe).map(|entry| entry["message"].to_string()).collect()
    }

    /// Has no address be reached that fits one of these patterns, in which `*` is anything, until others are given.
    pub async fn cut_off(&self, patterns: &[&str]) {
        for (method, parameters) in
            [("Network.enable", json!({})), ("Network.setBlockedURLs", json!({ "urls": patterns }))]
        {
            self.client.issue_cmd(DevTools { method, parameters }).await.expect("a command for developers");
        }
    }

    /// A picture of the window, as PNG.
    pub async fn screenshot(&self) -> Vec<u8> {
        self.client.screenshot().await.expect("a picture")
    }

    /// Makes the window so large.
    pub async fn resize(&self, width: u32, height: u32) {
        self.client.set_window_size(width, height).await.expect("a size");
    }
}

/// Chromium's command for the entries of its console, which the standard does not have.
#[derive(Debug)]
struct Console;

impl WebDriverCompatibleCommand for Console {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

/// A command of Chromium's protocol for developers.
#[derive(Debug)]
struct DevTools {
    method: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.method, "params": self.parameters }).to_string()))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver and the browser that it started are a group of their own.
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", self.driver.id())]).status();
        let _ = self.driver.wait();
    }
}
