//! The bound that routes are held against: an axum route that returns bytes it holds, in a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::http::header;
use axum::routing::get;
use tempfile::NamedTempFile;

/// A bare server that runs.
pub struct Bare {
    child: Child,
    address: SocketAddr,
    _bytes: NamedTempFile,
}

impl Bare {
    /// Starts this very program again as the server.
    ///
    /// # Panics
    ///
    /// If it does not come up.
    #[must_use]
    pub fn start(bytes: &[u8]) -> Bare {
        let file = NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), bytes).expect("a file");
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        let mut child = command.arg("--bare").arg(file.path()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("an address");
        Bare { child, address: line.trim().parse().expect("an address"), _bytes: file }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves the bytes of a file at `/` until the process is killed; prints the address.
///
/// # Panics
///
/// If it cannot.
pub fn bare(file: &Path) {
    let bytes = axum::body::Bytes::from(std::fs::read(file).expect("the bytes"));
    let route =
        get(move || async move { ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], bytes.clone()) });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("an address"));
        axum::serve(listener, Router::new().route("/", route)).await.expect("it serves");
    });
}
