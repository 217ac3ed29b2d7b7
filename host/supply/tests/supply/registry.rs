//! A registry in the process: keeps what is pushed, asks who is there if it is told to, and lies if it is told to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Method, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portico_supply::Digest;

use super::support::{Answer, Asked, Server, redirect, respond};

/// How it asks who is there.
#[derive(Clone)]
pub(crate) enum Auth {
    Nobody,
    /// `Basic` and its base64.
    Basic(String),
    /// A token, given at `/token` to who has the credential, if there is one.
    Token {
        token: String,
        credential: Option<String>,
    },
    /// This header and nothing else helps.
    Header(String),
}

/// What it holds.
pub(crate) struct Store {
    pub(crate) auth: Auth,
    blobs: BTreeMap<String, Vec<u8>>,
    /// By repository and tag or digest.
    manifests: BTreeMap<(String, String), Vec<u8>>,
    /// Answers with these bytes for a blob, whatever it is.
    pub(crate) lie: Option<Vec<u8>>,
    pub(crate) redirect_blobs_to: Option<String>,
    /// Begins uploads there instead of here.
    pub(crate) upload_to: Option<String>,
    /// What it says a manifest's digest is.
    pub(crate) says: Option<String>,
}

impl Store {
    pub(crate) fn open() -> Store {
        Store {
            auth: Auth::Nobody,
            blobs: BTreeMap::new(),
            manifests: BTreeMap::new(),
            lie: None,
            redirect_blobs_to: None,
            upload_to: None,
            says: None,
        }
    }

    pub(crate) fn with_basic(username: &str, password: &str) -> Store {
        Store { auth: Auth::Basic(basic(username, password)), ..Store::open() }
    }

    pub(crate) fn blob(&mut self, bytes: &[u8]) -> Digest {
        self.blobs.insert(Digest::of(bytes).to_string(), bytes.to_vec());
        Digest::of(bytes)
    }

    pub(crate) fn manifest(&mut self, repository: &str, tag: &str, manifest: &str) -> Digest {
        let digest = Digest::of(manifest.as_bytes());
        for name in [tag.to_owned(), digest.to_string()] {
            self.manifests.insert((repository.to_owned(), name), manifest.as_bytes().to_vec());
        }
        digest
    }

    /// A plugin as `wkg` pushes it; the digest is its manifest's.
    pub(crate) fn hold(&mut self, repository: &str, tag: &str, package: &[u8]) -> Digest {
        let layer = layer("application/wasm", package);
        self.blob(package);
        self.manifest(repository, tag, &manifest(&[layer]))
    }

    /// A list of what refers to a manifest, in a registry that keeps such lists.
    pub(crate) fn refer(&mut self, repository: &str, digest: Digest, list: &str) {
        self.manifests.insert((repository.to_owned(), format!("referrers/{digest}")), list.as_bytes().to_vec());
    }

    pub(crate) fn held(&self, repository: &str, name: &str) -> Option<&[u8]> {
        self.manifests.get(&(repository.to_owned(), name.to_owned())).map(Vec::as_slice)
    }
}

pub(crate) fn basic(username: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
}

pub(crate) fn layer(media_type: &str, bytes: &[u8]) -> String {
    format!(r#"{{"mediaType":"{media_type}","digest":"{}","size":{}}}"#, Digest::of(bytes), bytes.len())
}

pub(crate) fn manifest(layers: &[String]) -> String {
    let config = layer("application/vnd.wasm.config.v0+json", b"{}");
    format!(r#"{{"schemaVersion":2,"config":{config},"layers":[{}]}}"#, layers.join(","))
}

/// The registry while it runs.
pub(crate) struct Registry {
    pub(crate) server: Server,
    pub(crate) store: Arc<Mutex<Store>>,
}

impl Registry {
    pub(crate) async fn start(store: Store) -> Registry {
        let store = Arc::new(Mutex::new(store));
        let answering = store.clone();
        let server =
            Server::plain(move |asked| answering.lock().expect("no test panicked with it").answer(asked)).await;
        Registry { server, store }
    }

    /// As references and credentials name it.
    pub(crate) fn name(&self) -> String {
        self.server.address.to_string()
    }

    /// The methods and paths of all requests.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.server.asked().iter().map(|asked| format!("{} {}", asked.method, asked.uri.path())).collect()
    }
}

impl Store {
    fn answer(&mut self, asked: &Asked) -> Answer {
        let path = asked.uri.path();
        if path == "/token" {
            return self.token(asked);
        }
        if let Some(refusal) = self.refusal(asked) {
            return refusal;
        }
        let path = path.strip_prefix("/v2/").expect("a path of the protocol");
        if let Some((repository, name)) = path.split_once("/manifests/") {
            return self.manifests(asked, repository, name);
        }
        if let Some((repository, digest)) = path.split_once("/referrers/") {
            let list = self.held(repository, &format!("referrers/{digest}"));
            return list.map_or_else(|| respond(404, ""), |list| respond(200, list.to_vec()));
        }
        let (_, blob) = path.split_once("/blobs/").expect("a manifest or a blob");
        match (asked.method.clone(), blob) {
            (Method::POST, "uploads/") => self.begin(path),
            (Method::PUT, "uploads/1") => self.finish(asked),
            (_, digest) => self.blobs(asked, digest),
        }
    }

    fn refusal(&self, asked: &Asked) -> Option<Answer> {
        let host = asked.header("host").unwrap_or_default();
        let (wanted, challenge) = match &self.auth {
            Auth::Nobody => return None,
            Auth::Basic(wanted) => (wanted.clone(), r#"Basic realm="x""#.to_owned()),
            Auth::Token { token, .. } => (
                format!("Bearer {token}"),
                format!(r#"Bearer realm="http://{host}/token?a=b",service="s, t",scope="x""#),
            ),
            Auth::Header(header) => (String::new(), header.clone()),
        };
        if asked.header("authorization") == Some(wanted.as_str()) {
            return None;
        }
        let response = Response::builder().status(401).header("www-authenticate", challenge);
        Some(response.body(Body::from(r#"{"errors":[{"code":"UNAUTHORIZED"}]}"#)).expect("a response"))
    }

    fn token(&self, asked: &Asked) -> Answer {
        let Auth::Token { token, credential } = &self.auth else { return respond(404, "") };
        if asked.header("authorization") == credential.as_deref() {
            respond(200, format!(r#"{{"access_token":"{token}","expires_in":60}}"#))
        } else {
            respond(401, "")
        }
    }

    fn manifests(&mut self, asked: &Asked, repository: &str, name: &str) -> Answer {
        if asked.method == Method::PUT {
            self.manifest(repository, name, std::str::from_utf8(&asked.body).expect("JSON"));
            return respond(201, "");
        }
        match self.held(repository, name) {
            None => respond(404, r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#),
            Some(bytes) => {
                let said = self.says.clone().unwrap_or_else(|| Digest::of(bytes).to_string());
                let response = Response::builder().header("docker-content-digest", said);
                response.body(Body::from(bytes.to_vec())).expect("a response")
            }
        }
    }

    fn blobs(&self, asked: &Asked, digest: &str) -> Answer {
        let (Some(bytes), path) = (self.blobs.get(digest), asked.uri.path()) else {
            return respond(404, r#"{"errors":[{"code":"BLOB_UNKNOWN"}]}"#);
        };
        match &self.redirect_blobs_to {
            Some(storage) => redirect(307, &format!("{storage}{path}")),
            None => respond(200, self.lie.clone().unwrap_or_else(|| bytes.clone())),
        }
    }

    fn begin(&self, path: &str) -> Answer {
        let here = self.upload_to.clone().unwrap_or_default();
        let response = Response::builder().status(202).header("location", format!("{here}/v2/{path}1?state=x%2By"));
        response.body(Body::empty()).expect("a response")
    }

    fn finish(&mut self, asked: &Asked) -> Answer {
        let digest = Digest::of(&asked.body);
        let said = asked.uri.query().and_then(|query| query.strip_prefix("state=x%2By&digest=")).expect("the state");
        if said.replace("%3A", ":") != digest.to_string() {
            return respond(400, r#"{"errors":[{"code":"DIGEST_INVALID"}]}"#);
        }
        self.blob(&asked.body);
        respond(201, "")
    }
}
