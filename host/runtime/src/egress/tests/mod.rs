//! The egress against servers that behave, and servers that do not.

mod addresses;
mod apps;
mod clusters;
mod encryption;
mod exchanges;
mod recordings;
mod secrets;
mod urls;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use tokio::time::Instant;

use super::*;

/// Grants everything on loopback, whatever the port.
const LOOPBACK: &str = "http: [{ host: 127.0.0.1, scheme: http, port: '*' }], private-addresses: [127.0.0.0/8]";

/// Names that lead where a test wants them to lead.
fn network(names: &[(&str, &[&str])]) -> Network {
    Network::new(table(names), RootCertStore::empty())
}

fn table(names: &[(&str, &[&str])]) -> Resolver {
    let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse::<IpAddr>().expect(text)).collect();
    let table: BTreeMap<_, _> = names.iter().map(|(name, texts)| ((*name).to_owned(), addresses(texts))).collect();
    Resolver::Table(Arc::new(table))
}

fn get(url: impl Into<String>) -> Request {
    Request { method: "GET".into(), url: url.into(), headers: Vec::new(), body: None, timeout: None }
}

/// Long enough for a slow machine; no test waits for it to pass.
fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

async fn send(network: &Network, grants: &str, request: Request) -> Result<Response, EgressError> {
    let rights = testing::rights(grants);
    Client::new(network, &rights, Arc::default())?.send(&rights, request, soon()).await
}
