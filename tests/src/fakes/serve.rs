//! A server of one function, until it is dropped.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;

/// What a server was asked.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
}

/// A server that runs.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    _stop: tokio::sync::oneshot::Sender<()>,
}

/// Answers with a function, on a free port of this machine.
pub(super) fn serve(answer: impl Fn(&Request) -> Response + Clone + Send + Sync + 'static) -> Server {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.set_nonblocking(true).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let router = Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap, _: Bytes| {
        let answered = answer(&Request { method, uri, headers });
        async move { answered }
    });
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
    Server { address, _stop: stop }
}
