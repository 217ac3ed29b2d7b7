//! Git's own smart-HTTP server (`git http-backend`) over bare repositories, with a token that it wants, and as much of GitHub's interface below
//! `/api/v3` as making a repository, pushing to it and removing a branch takes.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A server that runs until it is dropped.
pub struct GitServer {
    folder: TempDir,
    address: SocketAddr,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl GitServer {
    /// A server that lets in whoever presents this as the password of the Basic scheme.
    ///
    /// # Panics
    ///
    /// If it does not come up.
    #[must_use]
    pub fn wanting(token: &'static str) -> GitServer {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().to_owned();
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let router = Router::new()
            .fallback(move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                let root = root.clone();
                async move {
                    if !is_let_in(&headers, token) {
                        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Basic")]).into_response();
                    }
                    let answered = tokio::task::spawn_blocking(move || match uri.path().strip_prefix("/api/v3") {
                        Some(path) => interface(&root, &method, path, &headers, &body),
                        None => backend(&root, &method, &uri, &headers, &body),
                    });
                    answered.await.expect("git answers")
                }
            })
            .layer(axum::extract::DefaultBodyLimit::max(64 << 20));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    served = axum::serve(listener, router) => served.expect("it serves"),
                    _ = stopped => {}
                }
            });
        });
        GitServer { folder, address, _stop: stop }
    }

    /// An empty bare repository, such as `acme/new`.
    ///
    /// # Panics
    ///
    /// If Git cannot make it.
    pub fn create(&self, name: &str) {
        create(self.folder.path(), name);
    }

    /// Where a repository is on this machine.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.git"))
    }

    /// The address of a repository.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("http://{}/{name}.git", self.address)
    }

    /// Host and port.
    #[must_use]
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// A file of the newest commit of `main`; none if there is none.
    #[must_use]
    pub fn file(&self, name: &str, path: &str) -> Option<String> {
        self.file_of(name, "main", path)
    }

    /// A file of the newest commit of a branch; none if there is none.
    ///
    /// # Panics
    ///
    /// If there is no Git.
    #[must_use]
    pub fn file_of(&self, name: &str, branch: &str, path: &str) -> Option<String> {
        let output = Command::new("git")
            .args(["-C", &self.path(name).display().to_string(), "show", &format!("{branch}:{path}")])
            .stderr(Stdio::null())
            .output()
            .expect("git is installed");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn create(root: &Path, name: &str) {
    let path = root.join(format!("{name}.git")).display().to_string();
    git(&["init", "--quiet", "--bare", "--initial-branch=main", &path]);
    git(&["-C", &path, "config", "http.receivepack", "true"]);
}

/// GitHub's interface, as far as it goes.
fn interface(root: &Path, method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let known = |name: &str| json!({ "clone_url": format!("http://{host}/{name}.git"), "html_url": format!("http://{host}/{name}"), "default_branch": "main" });
    let answer = |status: StatusCode, body: Value| (status, axum::Json(body)).into_response();
    let nothing = || answer(StatusCode::NOT_FOUND, json!({ "message": "Not Found" }));
    let steps: Vec<&str> = path.split('/').skip(1).collect();
    match (method.as_str(), steps.as_slice()) {
        ("POST", ["orgs", owner, "repos"]) => {
            let asked: Value = serde_json::from_slice(body).expect("JSON");
            let name = format!("{owner}/{}", asked["name"].as_str().expect("a name"));
            create(root, &name);
            answer(StatusCode::CREATED, known(&name))
        }
        ("GET", ["user", "orgs"]) => answer(StatusCode::OK, json!([{ "login": "acme" }])),
        (method, ["repos", owner, repository, rest @ ..]) => {
            let name = format!("{owner}/{repository}");
            let folder = root.join(format!("{name}.git"));
            let has = |branch: &str| folder.join("refs/heads").join(branch).exists();
            match (method, rest) {
                _ if !folder.exists() => nothing(),
                ("GET", []) => answer(StatusCode::OK, known(&name)),
                ("GET", ["branches"]) if has("main") => answer(StatusCode::OK, json!([{ "name": "main" }])),
                ("GET", ["branches"]) => answer(StatusCode::OK, json!([])),
                ("GET", ["branches", branch]) if has(branch) => answer(StatusCode::OK, json!({ "name": branch })),
                ("PUT", ["branches", _, "protection"]) => answer(StatusCode::OK, json!({})),
                ("DELETE", ["git", "refs", "heads", branch]) if has(branch) => {
                    let reference = format!("refs/heads/{branch}");
                    git(&["-C", &folder.display().to_string(), "update-ref", "-d", &reference]);
                    StatusCode::NO_CONTENT.into_response()
                }
                _ => nothing(),
            }
        }
        _ => nothing(),
    }
}

fn is_let_in(headers: &HeaderMap, token: &str) -> bool {
    use base64::Engine as _;
    let said = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if said.is_some_and(|said| said == format!("Bearer {token}")) {
        return true;
    }
    let said = said.and_then(|said| said.strip_prefix("Basic "));
    let said = said.and_then(|said| base64::engine::general_purpose::STANDARD.decode(said).ok());
    let said = said.and_then(|said| String::from_utf8(said).ok());
    said.is_some_and(|said| said.split_once(':').is_some_and(|(_, password)| password == token))
}

fn git(arguments: &[&str]) {
    let status =
        Command::new("git").args(arguments).env("GIT_CONFIG_NOSYSTEM", "1").status().expect("git is installed");
    assert!(status.success(), "git {arguments:?}");
}

/// One request by CGI.
fn backend(root: &Path, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
    let header = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", root)
        .env("REMOTE_USER", "test")
        .env("REQUEST_METHOD", method.as_str())
        .env("PATH_INFO", uri.path())
        .env("QUERY_STRING", uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", header(header::CONTENT_TYPE))
        .env("CONTENT_LENGTH", body.len().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("git is installed");
    child.stdin.take().expect("piped").write_all(body).expect("git reads");
    let output = child.wait_with_output().expect("git ends").stdout;
    let end = output.windows(4).position(|four| four == b"\r\n\r\n").expect("headers");
    let mut response = Response::builder();
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        let (name, value) = line.split_once(": ").expect("a header");
        response = match name {
            "Status" => response.status(value[..3].parse::<u16>().expect("a status")),
            _ => response.header(name, value),
        };
    }
    response.body(Body::from(output[end + 4..].to_vec())).expect("an answer")
}
