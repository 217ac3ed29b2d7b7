//! A web server of plain files, as a company has one somewhere.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

/// A server that serves files until it is dropped. Each file has an `ETag` that changes with it.
pub struct Web {
    address: SocketAddr,
    files: Arc<Mutex<Files>>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

#[derive(Default)]
struct Files {
    by_path: BTreeMap<String, Vec<u8>>,
    /// The answers since somebody last asked: a status and a path each.
    answered: Vec<String>,
    /// The `Authorization` that is wanted, if any is.
    wanted: Option<String>,
}

impl Web {
    /// Serves these files, by paths such as `/all.yaml`. One whose text begins with `http` is a redirect to there; `{authorization}`
    /// in one stands for what the request says in that header.
    ///
    /// # Panics
    ///
    /// If it does not come up.
    #[must_use]
    pub fn with(files: &[(&str, &str)]) -> Web {
        let web = Web::at(0);
        files.iter().for_each(|(path, text)| web.put(path, text));
        web
    }

    /// Serves nothing yet, at a port of one's own, or at a free one for 0.
    ///
    /// # Panics
    ///
    /// If it does not come up.
    #[must_use]
    pub fn at(port: u16) -> Web {
        let files = Arc::new(Mutex::new(Files::default()));
        let listener = std::net::TcpListener::bind(("127.0.0.1", port)).expect("a free port");
        listener.set_nonblocking(true).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&files));
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
        Web { address, files, _stop: stop }
    }

    /// The address of a path, by the name of this machine.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.address.port())
    }

    /// The grants that let a plugin read what is here, as one line of YAML.
    #[must_use]
    pub fn grants(&self) -> String {
        format!(
            "{{ catalog: {{ write: ['*'] }}, http: [{{ host: localhost, port: {}, scheme: http }}], private-addresses: [127.0.0.1] }}",
            self.address.port()
        )
    }

    /// Changes a file, or adds one.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn put(&self, path: &str, text: &str) {
        self.put_bytes(path, text.as_bytes());
    }

    /// The same for a file that is no text.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn put_bytes(&self, path: &str, bytes: &[u8]) {
        self.files.lock().expect("files").by_path.insert(path.to_owned(), bytes.to_vec());
    }

    /// Wants this `Authorization` from now on, and asks for it as the Basic scheme does.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn lock(&self, authorization: &str) {
        self.files.lock().expect("files").wanted = Some(authorization.to_owned());
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The answers since the last time, such as `200 /all.yaml`.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn answered(&self) -> Vec<String> {
        std::mem::take(&mut self.files.lock().expect("files").answered)
    }
}

async fn answer(State(files): State<Arc<Mutex<Files>>>, headers: HeaderMap, uri: Uri) -> Response {
    let mut files = files.lock().expect("files");
    let shown = headers.get(header::AUTHORIZATION).and_then(|shown| shown.to_str().ok());
    if files.wanted.is_some() && files.wanted.as_deref() != shown {
        files.answered.push(format!("401 {}", uri.path()));
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Basic realm=\"x\"")]).into_response();
    }
    let (status, response) = match files.by_path.get(uri.path()) {
        None => (404, StatusCode::NOT_FOUND.into_response()),
        Some(to) if to.starts_with(b"http") => {
            (302, (StatusCode::FOUND, [(header::LOCATION, String::from_utf8_lossy(to).into_owned())]).into_response())
        }
        Some(bytes) => {
            let tag =
                format!("\"{:x}\"", bytes.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte)));
            let asked = headers.get(header::IF_NONE_MATCH).and_then(|tag| tag.to_str().ok());
            match asked == Some(tag.as_str()) {
                true => (304, StatusCode::NOT_MODIFIED.into_response()),
                false => {
                    let said =
                        headers.get(header::AUTHORIZATION).and_then(|said| said.to_str().ok()).unwrap_or("nothing");
                    let body = match std::str::from_utf8(bytes) {
                        Ok(text) => text.replace("{authorization}", said).into_bytes(),
                        Err(_) => bytes.clone(),
                    };
                    (200, ([(header::ETAG, tag)], body).into_response())
                }
            }
        }
    };
    files.answered.push(format!("{status} {}", uri.path()));
    response
}
