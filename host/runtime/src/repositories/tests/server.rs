//! Git's own smart-HTTP server (`git http-backend`) behind a server of the test.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::egress::testing::{Asked, Server, answer};

/// Looks at a request before Git does; an answer of its own stands.
type Before = Box<dyn Fn(&Asked) -> Option<Response<Full<Bytes>>> + Send + Sync>;

/// Changes what Git answers.
type After = Box<dyn Fn(&Asked, Response<Full<Bytes>>) -> Answering + Send + Sync>;
type Answering = std::pin::Pin<Box<dyn Future<Output = Response<Full<Bytes>>> + Send>>;

/// A Git server that a test can make trouble with.
pub(super) struct GitServer {
    pub(super) server: Server,
    before: Arc<Mutex<Option<Before>>>,
    after: Arc<Mutex<Option<After>>>,
}

impl GitServer {
    pub(super) async fn start(root: PathBuf) -> GitServer {
        let before: Arc<Mutex<Option<Before>>> = Arc::default();
        let after: Arc<Mutex<Option<After>>> = Arc::default();
        let hooks = (before.clone(), after.clone());
        let server = Server::start(None, move |asked| {
            let (root, before, after) = (root.clone(), hooks.0.clone(), hooks.1.clone());
            async move {
                let own = before.lock().expect("no test panicked with it").as_ref().and_then(|before| before(&asked));
                if let Some(own) = own {
                    return own;
                }
                let response = backend(&root, &asked).await;
                let changed = match after.lock().expect("no test panicked with it").as_ref() {
                    Some(after) => after(&asked, response),
                    None => return response,
                };
                changed.await
            }
        })
        .await;
        GitServer { server, before, after }
    }

    pub(super) fn before(&self, before: impl Fn(&Asked) -> Option<Response<Full<Bytes>>> + Send + Sync + 'static) {
        *self.before.lock().expect("no test panicked with it") = Some(Box::new(before));
    }

    pub(super) fn after(&self, after: impl Fn(&Asked, Response<Full<Bytes>>) -> Answering + Send + Sync + 'static) {
        *self.after.lock().expect("no test panicked with it") = Some(Box::new(after));
    }

    /// No more trouble.
    pub(super) fn well(&self) {
        *self.before.lock().expect("no test panicked with it") = None;
        *self.after.lock().expect("no test panicked with it") = None;
    }

    pub(super) fn url(&self, name: &str) -> String {
        self.server.url(&format!("/{name}"))
    }

    /// What was asked since the last time: the last part of each path.
    pub(super) fn asked(&self, from: usize) -> Vec<String> {
        let last = |asked: &Asked| asked.path.rsplit('/').next().unwrap_or_default().to_owned();
        self.server.asked()[from..].iter().map(last).collect()
    }
}

async fn backend(root: &std::path::Path, asked: &Asked) -> Response<Full<Bytes>> {
    let mut git = Command::new("git");
    git.arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", root)
        .env("REQUEST_METHOD", asked.method.as_str())
        .env("PATH_INFO", &asked.path)
        .env("QUERY_STRING", &asked.query)
        .env("CONTENT_TYPE", asked.header("content-type").unwrap_or_default())
        .env("CONTENT_LENGTH", asked.body.len().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let mut child = git.spawn().expect("git is installed");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(&asked.body).await.expect("git reads");
    drop(stdin);
    let output = child.wait_with_output().await.expect("git ends").stdout;
    response(&output)
}

/// CGI: headers, an empty line, the body.
fn response(output: &[u8]) -> Response<Full<Bytes>> {
    let end = output.windows(4).position(|four| four == b"\r\n\r\n").expect("headers");
    let head = std::str::from_utf8(&output[..end]).expect("text");
    let mut response = answer(200, output[end + 4..].to_vec());
    for line in head.lines() {
        let (name, value) = line.split_once(": ").expect("a header");
        if name == "Status" {
            *response.status_mut() = value[..3].parse().expect("a status");
        } else {
            let name: http::HeaderName = name.parse().expect("a name");
            response.headers_mut().insert(name, value.parse().expect("a value"));
        }
    }
    response
}
