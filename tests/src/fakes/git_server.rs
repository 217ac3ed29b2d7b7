//! Git's own smart-HTTP server (`git http-backend`) over bare repositories that a test makes, with a token that it wants.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
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
                    let answered = tokio::task::spawn_blocking(move || backend(&root, &method, &uri, &headers, &body));
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
        let path = self.path(name);
        git(&["init", "--quiet", "--bare", "--initial-branch=main", &path.display().to_string()]);
        git(&["-C", &path.display().to_string(), "config", "http.receivepack", "true"]);
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
        let output = Command::new("git")
            .args(["-C", &self.path(name).display().to_string(), "show", &format!("main:{path}")])
            .stderr(Stdio::null())
            .output()
            .expect("git is installed");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn is_let_in(headers: &HeaderMap, token: &str) -> bool {
    use base64::Engine as _;
    let said = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
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
