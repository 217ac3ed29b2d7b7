//! The program, started as a user starts it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tempfile::TempDir;

use crate::Repository;
use crate::wait::until;

/// The program under test: what `PORTICO_BIN` names, else what `cargo xtask build` makes.
#[must_use]
pub fn program() -> PathBuf {
    let program = std::env::var_os("PORTICO_BIN").map(PathBuf::from);
    let program = program.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/portico"));
    assert!(program.exists(), "there is no program to test; `cargo xtask test` builds it first");
    program
}

/// How a portal is to be started.
pub struct PortalBuilder {
    config: String,
    files: Vec<(String, String)>,
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
    heard: bool,
}

/// A portal that runs, with a folder of its own.
pub struct Portal {
    child: Child,
    folder: TempDir,
    address: String,
    log: Arc<Mutex<String>>,
    builder: PortalBuilder,
}

/// An answer to a request.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// The `Content-Type`.
    pub media_type: String,
    /// The `Link` header, if there is one.
    pub link: Option<String>,
    /// The `ETag` header, if there is one.
    pub etag: Option<String>,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// If it is not.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{error} in the answer {}: {}", self.status, self.body))
    }
}

impl PortalBuilder {
    /// A portal with this configuration; `{folder}` in it stands for the portal's own folder. An empty one is no file at all.
    #[must_use]
    pub fn new(config: &str) -> PortalBuilder {
        PortalBuilder {
            config: config.to_owned(),
            files: Vec::new(),
            environment: Vec::new(),
            arguments: Vec::new(),
            heard: true,
        }
    }

    /// A portal that reads these repositories on demand.
    #[must_use]
    pub fn reading(repositories: &[&Repository]) -> PortalBuilder {
        let paths: Vec<String> =
            repositories.iter().map(|repository| repository.path().display().to_string()).collect();
        let list = serde_json::to_string(&paths).expect("paths are text");
        PortalBuilder::new(&format!(
            "plugins:\n  git:\n    every: never\n    settings: {{ repositories: {list} }}\n    grants: {{ catalog: {{ write: ['*'] }}, repositories: {list} }}\n"
        ))
    }

    /// With further lines of configuration before the others.
    #[must_use]
    pub fn configured(mut self, lines: &str) -> PortalBuilder {
        self.config.insert_str(0, lines);
        self
    }

    /// With a file in its folder.
    #[must_use]
    pub fn file(mut self, path: &str, text: &str) -> PortalBuilder {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// With an environment variable.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> PortalBuilder {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With further arguments.
    #[must_use]
    pub fn arguments(mut self, arguments: &[&str]) -> PortalBuilder {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// Starts it, and waits until it answers.
    ///
    /// # Panics
    ///
    /// If it does not come up; what it said is in the message.
    #[must_use]
    pub fn start(self) -> Portal {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = self.config.replace("{folder}", &folder.path().display().to_string());
        if !config.is_empty() {
            fs::write(folder.path().join("portico.yaml"), config).expect("a configuration");
        }
        self.lay_out(folder.path());
        self.start_in(folder)
    }

    fn lay_out(&self, folder: &Path) {
        for (path, text) in &self.files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
    }

    fn start_in(self, folder: TempDir) -> Portal {
        let mut command = Command::new(program());
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(&self.arguments).current_dir(folder.path());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let log = Arc::new(Mutex::new(String::new()));
        let errors = child.stderr.take().expect("piped");
        if self.heard {
            collect(errors, Arc::clone(&log));
        }
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let address = lines.find_map(|line| line.ok()?.strip_prefix("Portico is at ").map(str::to_owned));
        let Some(address) = address else {
            let status = child.wait().expect("it ended");
            panic!("the portal ended ({status}) before it answered: {}", log.lock().expect("a log"));
        };
        Portal { child, folder, address, log, builder: self }
    }

    /// Nobody reads what it says once it has said its address: whoever started it has gone.
    #[must_use]
    pub fn unheard(mut self) -> PortalBuilder {
        self.heard = false;
        self
    }

    /// Starts it where it is expected to end by itself, and answers what it said on the standard error.
    ///
    /// # Panics
    ///
    /// If it comes up all the same.
    #[must_use]
    pub fn refused(self) -> String {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("portico.yaml"), &self.config).expect("a configuration");
        self.lay_out(folder.path());
        let mut command = Command::new(program());
        command.arg("serve").args(["--listen", "127.0.0.1:0"]).args(&self.arguments).current_dir(folder.path());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut said = String::new();
        let came_up = BufReader::new(child.stdout.take().expect("piped")).lines().next().is_some();
        if came_up {
            let _ = child.kill();
        }
        child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
        child.wait().expect("it ended");
        assert!(!came_up, "the portal came up: {said}");
        said
    }
}

fn collect(stream: impl Read + Send + 'static, log: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut log = log.lock().expect("a log");
            log.push_str(&line);
            log.push('\n');
        }
    });
}

impl Portal {
    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The portal's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().expect("a log").clone()
    }

    /// A GET.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, &[])
    }

    /// The body of a GET, as JSON.
    #[must_use]
    pub fn json(&self, path: &str) -> Value {
        self.get(path).json()
    }

    /// A POST of a JSON document.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(&body.to_string()), &[])
    }

    /// Any request.
    ///
    /// # Panics
    ///
    /// If there is no answer.
    #[must_use]
    pub fn send(&self, method: &str, path: &str, body: Option<&str>, headers: &[(&str, &str)]) -> Answer {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request =
            request.header("content-type", "application/json").body(body.unwrap_or("").to_owned()).expect("a request");
        let mut answer = agent.run(request).unwrap_or_else(|error| panic!("{method} {path}: {error}\n{}", self.log()));
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (media_type, link) = (header("content-type").unwrap_or_default(), header("link").or(header("location")));
        let etag = header("etag");
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(200 << 20).read_to_string().expect("a body of text");
        Answer { status, body, media_type, link, etag }
    }

    /// Runs a plugin to the end of the run, and answers the run.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn run(&self, plugin: &str) -> Value {
        let started = self.post(&format!("/api/portico/plugins/{plugin}/runs"), &Value::Null);
        assert_eq!(started.status, 202, "{}", started.body);
        let id = started.json()["id"].clone();
        until(&format!("the run {id} of {plugin} ends"), || {
            let run = self.json(&format!("/api/portico/runs/{id}"));
            (run["state"] != "running").then_some(run)
        })
    }

    /// The log of a run, as lines of text.
    #[must_use]
    pub fn run_log(&self, run: &Value) -> Vec<String> {
        let lines = self.json(&format!("/api/portico/runs/{}/log", run["id"]));
        let lines = lines.as_array().cloned().unwrap_or_default();
        lines.iter().map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Stops it as an operator would, and starts it again on the same folder.
    #[must_use]
    pub fn restart(mut self) -> Portal {
        self.terminate();
        self.again()
    }

    /// Kills it at once, and starts it again on the same folder.
    #[must_use]
    pub fn kill_and_restart(mut self) -> Portal {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ended");
        self.again()
    }

    fn again(self) -> Portal {
        let mut this = std::mem::ManuallyDrop::new(self);
        let empty = || PortalBuilder::new("");
        let builder = std::mem::replace(&mut this.builder, empty());
        let spare = tempfile::tempdir().expect("a temporary folder");
        let folder = std::mem::replace(&mut this.folder, spare);
        builder.start_in(folder)
    }

    /// Asks the process to end, waits until it has, and answers whether it ended well.
    ///
    /// # Panics
    ///
    /// If it goes on.
    pub fn terminate(&mut self) -> bool {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().is_ok_and(|status| status.success());
        told && until("the portal ends", || self.child.try_wait().expect("its own process")).success()
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
